//! Looking at objects without a trace: nothing is counted, removed, or learnt about the store.

use bytes::Bytes;

use super::super::disk::reason;
use super::super::entry::Header;
use super::super::frame::{Head, Kind, Prefix, Unreadable};
use super::super::key::Key;
use super::super::record::Record;
use super::super::sight::Peeked;
use super::circuit::CircuitState;
use super::error::SharedError;
use super::name::Name;
use super::{Core, FIRST_LOOK_BYTES, Shared};
use crate::clock::Timestamp;

/// Why an object that is too old is not read.
const PAST: &str = "too old for the store, which loses it at the next look-up";

/// An entry and the record of its source, as the store has them.
pub(in crate::cache) struct Peek {
    /// The name of the entry's object.
    pub(in crate::cache) name: String,
    /// Its header, and the bytes of the object.
    pub(in crate::cache) entry: Peeked<(Header, u64)>,
    pub(in crate::cache) record: Peeked<Record>,
}

/// What was decoded, and when it was made or validated.
type Dated<T> = (T, Timestamp);

impl Shared {
    /// What the store has of the entry `key` and of its `source`. A store that is left alone is not asked.
    pub(in crate::cache) async fn peek(&self, key: &Key, source: &Key) -> Peek {
        let (core, names) = (
            &self.core,
            (Name::entry(*key, *source), Name::record(*source)),
        );
        let entry = core.peek(names.0, Kind::Entry, |head| entry(key, head));
        let record = core.peek(names.1, Kind::Record, |head| record(source, head));
        let (entry, record) = tokio::join!(entry, record);
        Peek {
            name: core.access.full_name(names.0),
            entry,
            record,
        }
    }
}

impl Core {
    async fn peek<T>(
        &self,
        name: Name,
        kind: Kind,
        decode: impl Fn(&[u8]) -> Result<Dated<T>, Unreadable>,
    ) -> Peeked<T> {
        match self.reading.state() {
            CircuitState::Closed => {}
            state => return Peeked::NotAsked(state),
        }
        let head = match self.head(name, kind).await {
            Ok(Some(head)) => head,
            Ok(None) => return Peeked::Absent,
            Err(reason) => return Peeked::Unreadable(reason),
        };
        match decode(&head) {
            Ok((_, time)) if self.age().is_past(time) => Peeked::Unreadable(PAST.to_owned()),
            Ok((value, _)) => Peeked::Held(value),
            Err(unreadable) => Peeked::Unreadable(reason(unreadable)),
        }
    }

    /// The bytes of the object `name` up to its body, and maybe some more.
    async fn head(&self, name: Name, kind: Kind) -> Result<Option<Bytes>, String> {
        let mut most = FIRST_LOOK_BYTES;
        loop {
            let peeked = self.access.peek(name, most, self.limits).await;
            let Some(object) = peeked.map_err(told)? else {
                return Ok(None);
            };
            let prefix = Prefix::parse(kind, &object.bytes).map_err(reason)?;
            self.limits.check(prefix.file_bytes()).map_err(told)?;
            match prefix.head_bytes() as u64 {
                wanted if wanted > most => most = wanted,
                _ => return Ok(Some(object.bytes)),
            }
        }
    }
}

fn entry(key: &Key, bytes: &[u8]) -> Result<Dated<(Header, u64)>, Unreadable> {
    let file_bytes = Prefix::parse(Kind::Entry, bytes)?.file_bytes();
    let header = Header::decode(key, &Head::parse(Kind::Entry, bytes)?)?;
    let created = header.created;
    Ok(((header, file_bytes), created))
}

fn record(source: &Key, bytes: &[u8]) -> Result<Dated<Record>, Unreadable> {
    let record = Record::decode(source, bytes)?;
    let validated = record.validated_at;
    Ok((record, validated))
}

fn told(error: SharedError) -> String {
    error.to_string()
}
