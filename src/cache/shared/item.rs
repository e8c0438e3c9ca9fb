//! What is shared: entries and records, and when one may take the place of what is there.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::super::entry::{Entry, Header};
use super::super::error::Error;
use super::super::frame::{Head, Kind, Prefix, Unreadable, VERSION};
use super::super::key::Key;
use super::super::record::Record;
use super::name::Name;
use crate::clock::Timestamp;

/// An entry or a record on its way to the store.
#[derive(Clone, Debug)]
pub(super) enum Item {
    Entry(Key, Arc<Entry>),
    Record(Key, Arc<Record>),
}

/// What the beginning of an object says about an item that would replace it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The object gives way.
    Replace,
    /// The object stays.
    Stay,
    /// So many bytes of the object are needed to tell.
    Unclear(u64),
}

/// How long things may be shared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Age {
    pub(super) now: Timestamp,
    pub(super) ttl: Duration,
}

impl Age {
    /// Whether what was made or validated at `time` is too old. So is what lies as far in the future: it was written
    /// by a clock that was wrong, and would stay for good.
    pub(super) fn is_past(&self, time: Timestamp) -> bool {
        self.now.since(time) > self.ttl || time.since(self.now) > self.ttl
    }
}

impl Item {
    pub(super) fn name(&self) -> Name {
        match self {
            Self::Entry(key, entry) => Name::entry(*key, entry.header.source),
            Self::Record(source, _) => Name::record(*source),
        }
    }

    /// Bytes that it takes while it waits.
    pub(super) fn cost_bytes(&self) -> u64 {
        match self {
            Self::Entry(_, entry) => entry.cost_bytes(),
            Self::Record(_, record) => record.cost_bytes(),
        }
    }

    /// Bytes of the body that is shared.
    pub(super) fn body_bytes(&self) -> usize {
        match self {
            Self::Entry(_, entry) => entry.body.len(),
            Self::Record(..) => 0,
        }
    }

    /// The object: its head, and its body.
    ///
    /// # Errors
    /// Where it is too long for the format.
    pub(super) fn encode(&self) -> Result<[Bytes; 2], Error> {
        Ok(match self {
            Self::Entry(key, entry) => [entry.encode_head(key)?.into(), entry.body.clone()],
            Self::Record(source, record) => [record.encode(source)?.into(), Bytes::new()],
        })
    }

    /// What is to be done about an object that begins with `start`.
    ///
    /// Of a later release's objects we know nothing, so they stay; an earlier release's, and what is damaged, go.
    pub(super) fn against(&self, start: &[u8], age: Age) -> Verdict {
        let kind = match self {
            Self::Entry(..) => Kind::Entry,
            Self::Record(..) => Kind::Record,
        };
        let wanted = Prefix::parse(kind, start).map(Prefix::head_bytes);
        match wanted {
            Err(Unreadable::UnknownVersion(version)) if version > VERSION => Verdict::Stay,
            Err(_) => Verdict::Replace,
            Ok(wanted) if wanted > start.len() => Verdict::Unclear(wanted as u64),
            Ok(wanted) if self.yields(&start[..wanted], age) => Verdict::Stay,
            Ok(_) => Verdict::Replace,
        }
    }

    /// Whether it gives way to the readable and living object with this head.
    fn yields(&self, head: &[u8], age: Age) -> bool {
        match self {
            Self::Entry(key, entry) => {
                let held =
                    Head::parse(Kind::Entry, head).and_then(|head| Header::decode(key, &head));
                held.is_ok_and(|held| {
                    !age.is_past(held.created)
                        && (!entry.header.supersedes(&held)
                            || is_as_good(&held, &entry.header, age))
                })
            }
            Self::Record(source, record) => Record::decode(source, head).is_ok_and(|held| {
                !age.is_past(held.validated_at) && (!record.supersedes(&held) || held == **record)
            }),
        }
    }
}

/// Whether writing `new` over `held` would change nothing but its age, and that is not much: as where two nodes have
/// made the same at the same time.
fn is_as_good(held: &Header, new: &Header, age: Age) -> bool {
    let same = Header {
        created: new.created,
        ..held.clone()
    };
    same == *new && age.now.since(held.created) <= age.ttl / 2
}
