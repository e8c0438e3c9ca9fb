//! Where the slot of a key is, and which keys left of late.
//!
//! A hash table that grows by one bucket at a time (linear hashing): no moment at which it is copied, and no more
//! buckets than slots. Each bucket also remembers the last few keys of it that left without having been used
//! again, by 16 bits each: one that comes back so soon was let go too early.

use std::hash::{BuildHasher, Hasher, RandomState};

use super::super::key::Key;
use super::segments::Segments;
use super::slot::{NONE, Slots, some};
use super::uses::Tag;

/// Keys that left and are remembered, for each bucket.
pub(super) const GHOSTS: usize = 4;

/// Finds slots by key.
#[derive(Debug)]
pub(super) struct Index {
    buckets: Segments<Bucket>,
    seed: u64,
}

/// The slots of one bucket are a chain.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    first: u32,
    ghosts: [u16; GHOSTS],
}

const EMPTY: Bucket = Bucket {
    first: NONE,
    ghosts: [0; GHOSTS],
};

impl Index {
    /// An index of nothing.
    pub(super) fn new() -> Self {
        let mut buckets = Segments::new();
        buckets.push(EMPTY);
        // Nobody can prepare keys that all fall into one bucket of an unknown seed.
        let seed = RandomState::new().build_hasher().finish() | 1;
        Self { buckets, seed }
    }

    /// An index of all `slots`, none of which is free and no two of which have one key.
    pub(super) fn of(slots: &mut Slots) -> Self {
        let mut index = Self::new();
        while index.buckets.count() < slots.count() {
            index.buckets.push(EMPTY);
        }
        for slot in 0..slots.count() {
            let bucket = index.bucket_of(index.hash(Tag::of(&slots[slot].key)));
            index.link(slots, bucket, slot);
        }
        index
    }

    /// The slot of `key`.
    pub(super) fn find(&self, slots: &Slots, key: &Key) -> Option<u32> {
        self.chain(slots, Tag::of(key))
            .find(|&slot| slots[slot].key == *key)
    }

    /// The slot of a key with this tag.
    pub(super) fn find_tag(&self, slots: &Slots, tag: Tag) -> Option<u32> {
        self.chain(slots, tag)
            .find(|&slot| Tag::of(&slots[slot].key) == tag)
    }

    /// Adds `slot`, whose key is not there yet.
    pub(super) fn insert(&mut self, slots: &mut Slots, slot: u32) {
        if self.buckets.count() < slots.count() {
            self.grow(slots);
        }
        let bucket = self.bucket_of(self.hash(Tag::of(&slots[slot].key)));
        self.link(slots, bucket, slot);
    }

    /// Takes `slot` out; the slot itself is the caller's.
    pub(super) fn remove(&mut self, slots: &mut Slots, slot: u32) {
        let bucket = self.bucket_of(self.hash(Tag::of(&slots[slot].key)));
        let next = slots[slot].chain;
        let mut at = self.buckets[bucket].first;
        if at == slot {
            self.buckets[bucket].first = next;
            return;
        }
        while slots[at].chain != slot {
            at = slots[at].chain;
        }
        slots[at].chain = next;
    }

    /// Remembers that the key with this tag left; the oldest of its bucket is forgotten for it.
    pub(super) fn remember(&mut self, tag: Tag) {
        let hash = self.hash(tag);
        let bucket = self.bucket_of(hash);
        let ghosts = &mut self.buckets[bucket].ghosts;
        ghosts.rotate_right(1);
        ghosts[0] = ghost_of(hash);
    }

    /// Whether the key with this tag left of late; says so once.
    pub(super) fn recall(&mut self, tag: Tag) -> bool {
        let hash = self.hash(tag);
        let bucket = self.bucket_of(hash);
        let ghosts = &mut self.buckets[bucket].ghosts;
        let found = ghosts.iter_mut().find(|ghost| **ghost == ghost_of(hash));
        found.map(|ghost| *ghost = 0).is_some()
    }

    /// Bytes that the index takes.
    pub(super) const fn memory_bytes(&self) -> usize {
        self.buckets.memory_bytes()
    }

    /// Adds a bucket and shares out the one that held its keys so far. What left is remembered in both.
    fn grow(&mut self, slots: &mut Slots) {
        let new = self.buckets.count();
        let old = new ^ (1 << new.ilog2());
        let mut at = std::mem::replace(&mut self.buckets[old].first, NONE);
        self.buckets.push(self.buckets[old]);
        while at != NONE {
            let next = slots[at].chain;
            let bucket = self.bucket_of(self.hash(Tag::of(&slots[at].key)));
            self.link(slots, bucket, at);
            at = next;
        }
    }

    /// The slots of the bucket where this tag belongs.
    fn chain(&self, slots: &Slots, tag: Tag) -> impl Iterator<Item = u32> {
        let first = self.buckets[self.bucket_of(self.hash(tag))].first;
        std::iter::successors(some(first), |&slot| some(slots[slot].chain))
    }

    fn link(&mut self, slots: &mut Slots, bucket: u32, slot: u32) {
        slots[slot].chain = self.buckets[bucket].first;
        self.buckets[bucket].first = slot;
    }

    /// The low bits of the hash, one fewer where the bucket of all of them is still to come.
    fn bucket_of(&self, hash: u64) -> u32 {
        let count = self.buckets.count();
        let mask = count.next_power_of_two() - 1;
        let bucket = hash as u32 & mask;
        if bucket < count {
            bucket
        } else {
            bucket & (mask >> 1)
        }
    }

    fn hash(&self, tag: Tag) -> u64 {
        let product = u128::from(tag.number()) * u128::from(self.seed);
        product as u64 ^ (product >> 64) as u64
    }
}

/// Bits of the hash that no bucket number has, and never zero: that is no key.
const fn ghost_of(hash: u64) -> u16 {
    (hash >> 48) as u16 | 1
}
