//! The name of what is kept: a BLAKE3 digest of named byte parts.
//!
//! A key never says what its parts mean. Each part is written with its name and both lengths, so two
//! different lists of parts never feed the digest the same bytes.

use std::fmt;
use std::path::{Path, PathBuf};

/// The digest under which an entry, or the record of a source, is kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key([u8; 32]);

/// Collects the named parts of a [`Key`].
#[derive(Debug)]
pub struct KeyBuilder(blake3::Hasher);

impl Key {
    /// The key with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes of the digest.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The file of this key under `root`: three folders of two hex digits each, then the other 58 digits.
    pub(super) fn path_under(&self, root: &Path) -> PathBuf {
        let text = hex::encode(self.0);
        let mut path = PathBuf::with_capacity(root.as_os_str().len() + text.len() + 4);
        path.push(root);
        path.extend([&text[..2], &text[2..4], &text[4..6], &text[6..]]);
        path
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

impl KeyBuilder {
    /// Starts a key of `domain`; keys of two domains differ even where their parts are the same.
    pub fn new(domain: &str) -> Self {
        Self(blake3::Hasher::new()).sized(domain.as_bytes())
    }

    /// Adds the part `name`. The order of parts matters; a part that is absent differs from one that is empty.
    #[must_use]
    pub fn part(self, name: &str, bytes: &[u8]) -> Self {
        self.sized(name.as_bytes()).sized(bytes)
    }

    /// The key of the parts so far.
    pub fn finish(self) -> Key {
        Key(*self.0.finalize().as_bytes())
    }

    fn sized(mut self, bytes: &[u8]) -> Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn parts_that_only_look_alike_give_different_keys() {
        let keys: HashSet<Key> = [
            KeyBuilder::new("entry"),
            KeyBuilder::new("source"),
            KeyBuilder::new("entry").part("a", b""),
            KeyBuilder::new("entry").part("a", b"b"),
            KeyBuilder::new("entry").part("ab", b""),
            KeyBuilder::new("entry").part("", b"ab"),
            KeyBuilder::new("entry").part("a", b"").part("b", b""),
            KeyBuilder::new("entry").part("b", b"").part("a", b""),
        ]
        .into_iter()
        .map(KeyBuilder::finish)
        .collect();
        assert_eq!(keys.len(), 8);
    }

    #[test]
    fn a_key_is_the_same_in_every_release() {
        let key = KeyBuilder::new("entry")
            .part("source", b"https://shop.example/cat.jpg")
            .finish();
        assert_eq!(
            key.to_string(),
            "c262ac52471dea47678d62616dbe3a691ff834b0877ac39e6b22e8545234bb4b"
        );
    }

    #[test]
    fn the_path_is_three_folders_and_the_rest() {
        let mut bytes = [0xab; 32];
        bytes[..3].copy_from_slice(&[0xdd, 0x73, 0x22]);
        let path = Key::from_bytes(bytes).path_under(Path::new("/cache"));
        let rest = "ab".repeat(29);
        assert_eq!(path, Path::new("/cache/dd/73/22").join(rest));
    }
}
