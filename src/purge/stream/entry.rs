//! An entry of the stream: its place, and the purge in it.

use std::collections::HashMap;
use std::fmt;

use redis::{FromRedisValue, Value};

use crate::cache::{Extent, Force, Purge, Scope, Sequence};

/// Milliseconds past which an id is no time; what they come to leaves room for numbers above.
const MAX_MILLIS: u64 = (1 << 46) - 1;
const MAX_COUNT: u64 = (1 << 16) - 1;

const EXTENT: &str = "extent";
const FORCE: &str = "force";
/// The node that has applied the purge already; absent where none has.
const APPLIED_BY: &str = "applied_by";

/// The place of an entry: a time in milliseconds, and a count within it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id {
    pub(super) millis: u64,
    pub(super) count: u64,
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) purge: Purge,
    pub(super) applied_by: Option<String>,
}

impl Id {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (millis, count) = text.split_once('-')?;
        Some(Self {
            millis: millis.parse().ok()?,
            count: count.parse().ok()?,
        })
    }

    /// The number of its purge.
    pub(super) fn number(self) -> Sequence {
        Sequence(self.millis.min(MAX_MILLIS) << 16 | self.count.min(MAX_COUNT))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.millis, self.count)
    }
}

impl Entry {
    /// Reads the fields of an entry. What another release wrote and this one does not know, is taken for a soft purge
    /// of everything.
    pub(super) fn read(fields: &HashMap<String, Value>) -> Self {
        Self::known(fields).unwrap_or(Self {
            purge: Purge::all(Force::Soft),
            applied_by: None,
        })
    }

    fn known(fields: &HashMap<String, Value>) -> Option<Self> {
        let text = |name: &str| String::from_redis_value(fields.get(name)?.clone()).ok();
        let extent = match text(EXTENT)?.as_str() {
            "all" => Extent::All,
            scope => Extent::Of(Scope::from_number(u64::from_str_radix(scope, 16).ok()?)),
        };
        let force = match text(FORCE)?.as_str() {
            "hard" => Force::Hard,
            "soft" => Force::Soft,
            _ => return None,
        };
        Some(Self {
            purge: Purge { extent, force },
            applied_by: text(APPLIED_BY),
        })
    }

    /// The names and values of its fields.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let extent = match self.purge.extent {
            Extent::All => "all".to_owned(),
            Extent::Of(scope) => format!("{:016x}", scope.number()),
        };
        let force = match self.purge.force {
            Force::Hard => "hard",
            Force::Soft => "soft",
        };
        let applied = self
            .applied_by
            .iter()
            .map(|node| (APPLIED_BY, node.clone()));
        [(EXTENT, extent), (FORCE, force.to_owned())]
            .into_iter()
            .chain(applied)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &str)]) -> Entry {
        let fields = fields.iter().map(|(name, value)| {
            let value = Value::BulkString(value.as_bytes().to_vec());
            ((*name).to_owned(), value)
        });
        Entry::read(&fields.collect())
    }

    #[test]
    fn an_entry_reads_as_it_was_written() {
        let scope = Extent::Of(Scope::new("tag", b"shop"));
        for (extent, applied_by) in [(Extent::All, None), (scope, Some("node".to_owned()))] {
            for force in [Force::Hard, Force::Soft] {
                let purge = Purge { extent, force };
                let applied_by = applied_by.clone();
                let entry = Entry { purge, applied_by };
                let fields = entry.fields();
                let fields: Vec<_> = fields
                    .iter()
                    .map(|(name, text)| (*name, text.as_str()))
                    .collect();
                assert_eq!(read(&fields), entry);
            }
        }
    }

    #[test]
    fn what_is_not_known_is_a_soft_purge_of_everything() {
        for fields in [
            &[][..],
            &[("extent", "all")],
            &[("extent", "all"), ("force", "molten")],
            &[("extent", "some"), ("force", "hard")],
        ] {
            assert_eq!(read(fields).purge, Purge::all(Force::Soft));
        }
    }

    #[test]
    fn ids_are_numbers_in_their_order() {
        let ids =
            ["0-1", "1-0", "1-65535", "2-0", "1800000000000-7"].map(|id| Id::parse(id).unwrap());
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(
            ids.windows(2)
                .all(|pair| pair[0].number() < pair[1].number())
        );
        let odd = Id::parse("18446744073709551615-18446744073709551615").unwrap();
        assert!(odd.number() < Sequence(u64::MAX >> 1));
        assert_eq!(Id::parse("12"), None);
        assert_eq!(ids[4].to_string(), "1800000000000-7");
    }
}
