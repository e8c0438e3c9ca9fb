//! The names of the groups that a purge may name.

/// The name of a group of entries: of one source, one tag, one prefix of source URLs, one URL.
///
/// A digest of 64 bits: two of a million groups share one about once in 40 million caches, and what comes of it is a
/// purge too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(u64);

impl Scope {
    /// The group `name` of a `kind`; groups of two kinds differ even where their names are the same.
    pub fn new(kind: &str, name: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(kind.len() as u64).to_le_bytes());
        hasher.update(kind.as_bytes()).update(name);
        let mut first = [0; 8];
        first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        Self(u64::from_le_bytes(first))
    }

    /// The scope with this number.
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The number of the scope, as files hold it.
    pub const fn number(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_two_kinds_differ() {
        assert_ne!(Scope::new("tag", b"a"), Scope::new("source", b"a"));
        assert_ne!(Scope::new("tag", b"a"), Scope::new("ta", b"ga"));
    }

    #[test]
    fn a_scope_is_the_same_in_every_release() {
        let number = Scope::new("tag", b"shop").number();
        assert_eq!(format!("{number:016x}"), "0e110fff2dee8a93");
    }
}
