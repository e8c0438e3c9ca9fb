//! Looking at objects without a trace: nothing is counted, removed, or learnt about the store.

use bytes::Bytes;

use super::super::disk::reason;
use super::super::entry::Header;
use super::super::frame::{Head, Kind, Prefix, Unreadable};
use super::super::key::Key;
use super::super::record::Record;
use super::super::sight::Peeked;
use super::circuit::CircuitState;
use super::name::Name;
use super::{Core, FIRST_LOOK_BYTES, Shared};

/// An entry and the record of its source, as the store has them.
pub(in crate::cache) struct Peek {
    /// The name of the entry's object.
    pub(in crate::cache) name: String,
    /// Its header, and the bytes of the object.
    pub(in crate::cache) entry: Peeked<(Header, u64)>,
    pub(in crate::cache) record: Peeked<Record>,
}

impl Shared {
    /// What the store has of the entry `key` and of its `source`. A store that is left alone is not asked.
    pub(in crate::cache) async fn peek(&self, key: &Key, source: &Key) -> Peek {
        let names = (Name::entry(*key, *source), Name::record(*source));
        let entry = self
            .core
            .peek(names.0, Kind::Entry, |bytes| entry(key, bytes));
        let record = self
            .core
            .peek(names.1, Kind::Record, |bytes| Record::decode(source, bytes));
        let (entry, record) = tokio::join!(entry, record);
        Peek {
            name: self.core.access.full_name(names.0),
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
        decode: impl Fn(&[u8]) -> Result<T, Unreadable>,
    ) -> Peeked<T> {
        match self.reading.state() {
            CircuitState::Closed => {}
            state => return Peeked::NotAsked(state),
        }
        match self.head(name, kind).await {
            Ok(Some(head)) => match decode(&head) {
                Ok(value) => Peeked::Held(value),
                Err(unreadable) => Peeked::Unreadable(reason(unreadable)),
            },
            Ok(None) => Peeked::Absent,
            Err(reason) => Peeked::Unreadable(reason),
        }
    }

    /// The bytes of the object `name` up to its body, and maybe some more.
    async fn head(&self, name: Name, kind: Kind) -> Result<Option<Bytes>, String> {
        let mut most = FIRST_LOOK_BYTES;
        loop {
            let peeked = self.access.peek(name, most, self.limits).await;
            let Some(object) = peeked.map_err(|error| error.to_string())? else {
                return Ok(None);
            };
            let prefix = Prefix::parse(kind, &object.bytes).map_err(reason)?;
            match prefix.head_bytes() as u64 {
                wanted if wanted > most => most = wanted,
                _ => return Ok(Some(object.bytes)),
            }
        }
    }
}

fn entry(key: &Key, bytes: &[u8]) -> Result<(Header, u64), Unreadable> {
    let file_bytes = Prefix::parse(Kind::Entry, bytes)?.file_bytes();
    let header = Header::decode(key, &Head::parse(Kind::Entry, bytes)?)?;
    Ok((header, file_bytes))
}
