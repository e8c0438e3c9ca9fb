//! The groups that a file belongs to, as far as its note tells.

use crate::cache::entry::Header;
use crate::cache::key::Key;
use crate::cache::scope::Scope;

/// Bits that one group sets.
const BITS_PER_GROUP: u32 = 4;
const INDEX_BITS: u32 = 7;

/// A filter of groups, 128 bits long: what it does not hold the file does not belong to. Of entries with ten groups
/// one in a hundred seems to belong to any other, and is looked at for nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Groups(u128);

impl Groups {
    /// Of a file that may belong to anything.
    pub const ANY: Self = Self(u128::MAX);

    /// All that the entry with this header belongs to. One that does not say may belong to anything.
    pub(in crate::cache) fn of(header: &Header) -> Self {
        if header.scopes.is_empty() {
            return Self::ANY;
        }
        let of_scopes = header.scopes.iter().map(|scope| Self::of_scope(*scope));
        of_scopes.fold(Self::of_source(&header.source), |all, one| {
            Self(all.0 | one.0)
        })
    }

    /// One group.
    pub fn of_scope(scope: Scope) -> Self {
        Self::of_number(scope.number())
    }

    /// What is made of one source, and the record of it.
    pub fn of_source(source: &Key) -> Self {
        let first = source.as_bytes().first_chunk();
        Self::of_number(u64::from_le_bytes(*first.expect("a key is longer")))
    }

    /// The filter of these bytes.
    pub(super) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_le_bytes(bytes))
    }

    /// The bytes of the filter.
    pub(super) const fn to_bytes(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }

    /// Whether what belongs to these groups may belong to all of `others`.
    pub(super) const fn may_hold(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// Numbers are digests mostly, but need not be.
    fn of_number(number: u64) -> Self {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        let bits = (1..=BITS_PER_GROUP).map(|place| mixed >> (u64::BITS - place * INDEX_BITS));
        Self(bits.fold(0, |all, bit| all | 1 << (bit & ((1 << INDEX_BITS) - 1))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::entry::tests::header;

    fn of(numbers: std::ops::Range<u64>) -> Header {
        Header {
            scopes: numbers.map(Scope::from_number).collect(),
            ..header()
        }
    }

    #[test]
    fn an_entry_holds_its_source_and_each_of_its_scopes() {
        let groups = Groups::of(&of(0..256));
        assert!(groups.may_hold(Groups::of_source(&header().source)));
        assert!(
            (0..256).all(|number| groups.may_hold(Groups::of_scope(Scope::from_number(number))))
        );
    }

    #[test]
    fn one_that_names_none_may_belong_to_anything() {
        let groups = Groups::of(&of(0..0));
        assert_eq!(groups, Groups::ANY);
        assert!(groups.may_hold(Groups::of_scope(Scope::from_number(9))));
    }

    #[test]
    fn of_entries_with_ten_groups_few_seem_to_belong_to_another() {
        let other = Groups::of_scope(Scope::new("source", b"https://a.example/cat.jpg"));
        let seeming = (0..10_000u64)
            .filter(|entry| Groups::of(&of(entry * 9..entry * 9 + 9)).may_hold(other));
        let seeming = seeming.count();
        assert!(seeming < 200, "{seeming} of 10,000");
    }

    #[test]
    fn a_filter_is_the_same_in_every_release() {
        let groups = Groups::of(&of(5..7));
        assert_eq!(
            hex::encode(groups.to_bytes()),
            "18080000005010000420404002000000"
        );
        assert_eq!(Groups::from_bytes(groups.to_bytes()), groups);
    }
}
