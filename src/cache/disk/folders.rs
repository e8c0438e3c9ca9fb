//! Leaf folders that may be empty: one bit for each that there can be.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::frame::Kind;
use super::super::key::Key;

/// Leaf folders of one tree: three bytes of the key.
const LEAVES: usize = 1 << 24;
const TREES: [Kind; 2] = [Kind::Entry, Kind::Record];
const WORD_BITS: usize = 64;

/// Leaf folders that something was removed from; 4 MiB from the first one on.
#[derive(Debug, Default)]
pub(super) struct Folders(OnceLock<Box<[AtomicU64]>>);

/// A leaf folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) kind: Kind,
    pub(super) bytes: [u8; 3],
}

impl Leaf {
    /// The folder of `key`.
    pub(super) fn of(kind: Kind, key: &Key) -> Self {
        let [first, second, third, ..] = *key.as_bytes();
        let bytes = [first, second, third];
        Self { kind, bytes }
    }

    /// Where the folder is under the `root` of its tree.
    pub(super) fn path_under(self, root: &Path) -> PathBuf {
        let [first, second, third] = self.bytes;
        root.join(format!("{first:02x}/{second:02x}/{third:02x}"))
    }

    fn index(self) -> usize {
        let [first, second, third] = self.bytes;
        let tree = usize::from(self.kind == Kind::Record);
        tree * LEAVES + u32::from_be_bytes([0, first, second, third]) as usize
    }

    fn at(index: usize) -> Self {
        let [_, first, second, third] = ((index % LEAVES) as u32).to_be_bytes();
        Self {
            kind: TREES[index / LEAVES],
            bytes: [first, second, third],
        }
    }
}

impl Folders {
    /// Remembers that something was removed from `leaf`.
    pub(super) fn add(&self, leaf: Leaf) {
        let words = self.0.get_or_init(|| {
            let words = TREES.len() * LEAVES / WORD_BITS;
            (0..words).map(|_| AtomicU64::new(0)).collect()
        });
        let index = leaf.index();
        words[index / WORD_BITS].fetch_or(1 << (index % WORD_BITS), Ordering::Relaxed);
    }

    /// Takes `limit` folders out, or a few more, those of the lowest keys first.
    pub(super) fn take(&self, limit: usize) -> Vec<Leaf> {
        let mut taken = Vec::new();
        for (place, word) in self.0.get().into_iter().flatten().enumerate() {
            if taken.len() >= limit {
                break;
            }
            if word.load(Ordering::Relaxed) == 0 {
                continue;
            }
            let bits = word.swap(0, Ordering::Relaxed);
            let set = (0..WORD_BITS).filter(|bit| bits & (1 << bit) != 0);
            taken.extend(set.map(|bit| Leaf::at(place * WORD_BITS + bit)));
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_folder_is_given_once() {
        let folders = Folders::default();
        assert_eq!(folders.take(10), []);
        let keys = [[0; 32], [0xff; 32], [0x12; 32], [0x12; 32]].map(Key::from_bytes);
        for (kind, key) in TREES.iter().flat_map(|kind| keys.map(|key| (*kind, key))) {
            folders.add(Leaf::of(kind, &key));
        }
        let taken = folders.take(1_000);
        let bytes = [[0; 3], [0x12; 3], [0xff; 3]];
        let expected = TREES
            .iter()
            .flat_map(|kind| bytes.map(|bytes| Leaf { kind: *kind, bytes }));
        assert_eq!(taken, expected.collect::<Vec<_>>());
        assert_eq!(folders.take(10), []);
    }

    #[test]
    fn what_is_past_the_limit_waits() {
        let folders = Folders::default();
        for byte in 0..10 {
            folders.add(Leaf::of(Kind::Entry, &Key::from_bytes([byte; 32])));
        }
        assert_eq!(folders.take(4).len(), 4);
        assert_eq!(folders.take(100).len(), 6);
    }
}
