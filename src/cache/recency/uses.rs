//! What was used since the owner of the table last asked: written on the path of every hit, by any thread.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::key::Key;

/// Places for keys: 512 KiB. Two keys of one place that are used between two calls of the owner lose one of them.
const PLACES: usize = 1 << 16;
const COUNT_MASK: u64 = 3;

/// The part of a key that tells it from others well enough to count its uses: 62 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag(u64);

/// Recent uses, a few per key, lossy and bounded.
///
/// Noting takes no lock and never waits: a key has one place, where its uses are counted up to three; a key that
/// finds another one there takes the place. So a key that everybody asks for costs a read of memory.
pub struct Uses(Box<[AtomicU64]>);

impl Tag {
    /// The tag of `key`.
    pub(super) fn of(key: &Key) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = *key.as_bytes();
        Self(u64::from_le_bytes([a, b, c, d, e, f, g, h]) & !COUNT_MASK)
    }

    /// The tag as a number.
    pub(super) const fn number(self) -> u64 {
        self.0
    }
}

impl Uses {
    /// No uses so far.
    pub fn new() -> Self {
        Self((0..PLACES).map(|_| AtomicU64::new(0)).collect())
    }

    /// Notes that what `key` names was used.
    pub fn note(&self, key: &Key) {
        let tag = Tag::of(key).number();
        let place = self.place_of(tag);
        let held = place.load(Ordering::Relaxed);
        // Two threads at once may lose a use: nothing is decided by one.
        match held {
            _ if held & !COUNT_MASK != tag => place.store(tag | 1, Ordering::Relaxed),
            _ if held & COUNT_MASK < COUNT_MASK => place.store(held + 1, Ordering::Relaxed),
            _ => (),
        }
    }

    /// Takes out what was noted: tags, and how often each, up to three.
    pub(super) fn take(&self) -> impl Iterator<Item = (Tag, u32)> {
        self.0
            .iter()
            .filter(|place| place.load(Ordering::Relaxed) != 0)
            .map(|place| place.swap(0, Ordering::Relaxed))
            .map(|held| (Tag(held & !COUNT_MASK), (held & COUNT_MASK) as u32))
    }

    fn place_of(&self, tag: u64) -> &AtomicU64 {
        &self.0[(tag >> 2) as usize % PLACES]
    }
}

impl Default for Uses {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Uses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uses").finish_non_exhaustive()
    }
}
