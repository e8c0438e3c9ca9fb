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
            Self::Entry(key, entry) => {
                let (head, body) = entry.encode(key)?;
                [head.into(), body.clone()]
            }
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

#[cfg(test)]
mod tests {
    use super::super::super::entry::tests::{KEY, file_of, header, sample};
    use super::super::super::entry::{Sequence, Stage};
    use super::super::super::record::tests::{SOURCE, sample as record};
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn age() -> Age {
        Age {
            now: header().created,
            ttl: DAY,
        }
    }

    fn item(header: Header) -> Item {
        let entry = Entry::new(header, Bytes::from_static(b"a derivative"));
        Item::Entry(KEY, Arc::new(entry))
    }

    #[test]
    fn an_entry_replaces_what_it_supersedes_and_what_nobody_can_read() {
        let held = file_of(&KEY, &sample());
        let head = held.len() - sample().body.len();
        let later = Header {
            sequence: Sequence(8),
            ..header()
        };
        let earlier = Header {
            stage: Stage::Fast,
            ..header()
        };
        let mut of_later_release = held.clone();
        of_later_release[4..8].copy_from_slice(&[2, 0, 0xfd, 0xff]);
        let mut of_earlier_release = held.clone();
        of_earlier_release[4..8].copy_from_slice(&[0, 0, 0xff, 0xff]);
        let mut damaged = held.clone();
        damaged[50] ^= 1;
        for (new, start, verdict) in [
            (&later, &held[..], Verdict::Replace),
            (&earlier, &held[..], Verdict::Stay),
            (&earlier, &held[..head], Verdict::Stay),
            (&earlier, &held[..head - 1], Verdict::Unclear(head as u64)),
            (&earlier, &held[..10], Verdict::Replace),
            (&earlier, &[], Verdict::Replace),
            (&earlier, &damaged, Verdict::Replace),
            (&earlier, &of_earlier_release, Verdict::Replace),
            (&later, &of_later_release, Verdict::Stay),
        ] {
            assert_eq!(item(new.clone()).against(start, age()), verdict);
        }
    }

    #[test]
    fn the_same_once_more_is_written_only_where_it_has_grown_old() {
        let held = file_of(&KEY, &sample());
        for (aged, verdict) in [
            (DAY / 2, Verdict::Stay),
            (DAY / 2 + Duration::from_millis(1), Verdict::Replace),
        ] {
            let now = header().created.after(aged);
            let again = Header {
                created: now,
                ..header()
            };
            let age = Age { now, ttl: DAY };
            assert_eq!(item(again).against(&held, age), verdict, "{aged:?}");
        }
    }

    #[test]
    fn a_record_replaces_any_but_its_like_and_those_of_after_a_purge() {
        let held = record().encode(&SOURCE).unwrap();
        let numbered = |sequence| Record {
            sequence: Sequence(sequence),
            ..record()
        };
        let validated = Record {
            validated_at: record().validated_at.after(Duration::from_secs(1)),
            ..record()
        };
        for (new, verdict) in [
            (record(), Verdict::Stay),
            (validated, Verdict::Replace),
            (numbered(6), Verdict::Stay),
            (numbered(8), Verdict::Replace),
        ] {
            let item = Item::Record(SOURCE, Arc::new(new));
            assert_eq!(item.against(&held, age()), verdict, "{item:?}");
        }
    }

    #[test]
    fn what_is_too_old_or_from_too_far_ahead_is_past() {
        let moment = Duration::from_millis(1);
        let Age { now, .. } = age();
        let earlier = Timestamp::from_millis(now.as_millis() - DAY.as_millis() as u64);
        let before = Timestamp::from_millis(earlier.as_millis() - 1);
        for (time, is_past) in [
            (now, false),
            (earlier, false),
            (before, true),
            (now.after(DAY), false),
            (now.after(DAY + moment), true),
        ] {
            assert_eq!(age().is_past(time), is_past, "{time:?}");
        }
    }
}
