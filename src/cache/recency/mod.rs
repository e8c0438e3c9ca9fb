//! What the folder holds, and what of it goes first: a compact table that serving never needs.
//!
//! The order is that of S3-FIFO. What is new waits in a small queue, on trial. What was used by the time it gets to
//! the end of it moves to the main queue, and what was not is let go and remembered for a while: if it comes back, it
//! enters the main queue at once. The main queue lets what was used go round again. So a scan of things that nobody
//! asks for twice passes through a tenth of the folder and leaves the rest alone.
//!
//! What holds:
//! - A file takes 60 bytes here, what is remembered of those that left included. Nothing grows by being copied.
//! - Uses are noted by any thread in [`Uses`], without a lock; the owner of the table takes them over.
//! - The table knows what it is told and walks no folder. A file that it does not know stays until it expires.

mod index;
mod queue;
mod segments;
mod slot;
mod snapshot;
mod uses;

#[cfg(test)]
mod tests;

pub use snapshot::Loaded;
pub use uses::Uses;

use super::key::Key;
use index::Index;
use queue::Queue;
use slot::{Facts, NONE, Place, Slot, Slots, some};
use uses::Tag;

/// Bytes of a block, the unit in which file systems count what a file takes.
pub const BLOCK_BYTES: u64 = 512;

/// The part of the blocks that the small queue keeps while there is something else to let go: a tenth.
const SMALL_PART: u64 = 10;

/// How much the folder may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes, counted in whole blocks.
    pub bytes: u64,
    /// Files.
    pub entries: u64,
}

/// What is to be made free even where the limits are kept, as when others have filled the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// Bytes, counted in whole blocks.
    pub bytes: u64,
    /// Files, and so inodes.
    pub entries: u64,
}

/// What the folder holds, as far as the table knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Bytes, counted in whole blocks.
    pub bytes: u64,
    /// Files.
    pub entries: u64,
}

/// A file and the blocks that it takes: one to remove, or one that a journal names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weighed {
    /// The key of the file.
    pub key: Key,
    /// Blocks of [`BLOCK_BYTES`] that it takes; what is above 8 GiB counts as 8 GiB.
    pub blocks: u32,
}

/// Whether a file can stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// There is room for it, if need be by letting go of others.
    Fits,
    /// It alone is past the limit: it is the first to go, whoever uses it.
    LargerThanLimit,
}

/// The table of what the folder holds.
#[derive(Debug)]
pub struct Recency {
    limits: Limits,
    slots: Slots,
    free: u32,
    latest: u32,
    index: Index,
    small: Queue,
    main: Queue,
}

impl Recency {
    /// A table of nothing.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            slots: Slots::new(),
            free: NONE,
            latest: NONE,
            index: Index::new(),
            small: Queue::new(),
            main: Queue::new(),
        }
    }

    /// Holds the folder to other limits from now on.
    pub fn limit(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Takes in a file that was published. One that replaces another keeps its place: that is no use of it.
    pub fn added(&mut self, key: Key, blocks: u32) -> Fit {
        let slot = match self.index.find(&self.slots, &key) {
            Some(slot) => self.resize(slot, blocks),
            None => self.insert(key, blocks),
        };
        if self.fits(slot) {
            return Fit::Fits;
        }
        self.move_first(slot);
        Fit::LargerThanLimit
    }

    /// Takes in files that a journal names, in the order of their making; answers how many were new here.
    pub fn merge(&mut self, files: impl IntoIterator<Item = Weighed>) -> u64 {
        let before = self.held().entries;
        for Weighed { key, blocks } in files {
            self.added(key, blocks);
        }
        self.held().entries - before
    }

    /// Counts a use of a file; one that is not held is ignored.
    pub fn used(&mut self, key: &Key) {
        if let Some(slot) = self.index.find(&self.slots, key) {
            self.heat(slot, 1);
        }
    }

    /// Counts the uses that were noted since the last call.
    pub fn take_uses(&mut self, uses: &Uses) {
        for (tag, times) in uses.take() {
            if let Some(slot) = self.index.find_tag(&self.slots, tag) {
                self.heat(slot, times);
            }
        }
    }

    /// Forgets a file that is gone, as when it expired; one that is not held is ignored.
    pub fn removed(&mut self, key: &Key) {
        if let Some(slot) = self.index.find(&self.slots, key) {
            self.let_go(slot);
        }
    }

    /// Whether the table holds `key`.
    pub fn holds(&self, key: &Key) -> bool {
        self.index.find(&self.slots, key).is_some()
    }

    /// Lets go of files until the limits are kept and `need` is met, or of `most` of them: what is returned is
    /// held no more, and to be removed. Empty where nothing is to be done.
    ///
    /// What was added last goes when nothing else is left. A file that cannot be removed is [`Recency::added`] again.
    pub fn victims(&mut self, need: Need, most: usize) -> Vec<Weighed> {
        let mut victims = Vec::new();
        let mut freed = Need::default();
        while victims.len() < most && self.is_short(need, freed) {
            let Some(victim) = self.victim() else { break };
            freed.entries += 1;
            freed.bytes += u64::from(victim.blocks) * BLOCK_BYTES;
            victims.push(victim);
        }
        victims
    }

    /// What is held.
    pub fn held(&self) -> Held {
        Held {
            bytes: (self.small.blocks() + self.main.blocks()) * BLOCK_BYTES,
            entries: u64::from(self.small.entries()) + u64::from(self.main.entries()),
        }
    }

    /// Bytes of memory that the table takes. It keeps those of files that left, for others.
    pub fn memory_bytes(&self) -> usize {
        size_of::<Self>() + self.slots.memory_bytes() + self.index.memory_bytes()
    }

    /// Whether more is held than the limits allow.
    pub fn is_over(&self) -> bool {
        let held = self.held();
        held.bytes > self.limits.bytes || held.entries > self.limits.entries
    }

    fn is_short(&self, need: Need, freed: Need) -> bool {
        self.is_over() || freed.bytes < need.bytes || freed.entries < need.entries
    }

    fn victim(&mut self) -> Option<Weighed> {
        loop {
            let place = self.next_place();
            let slot = self.queue(place).oldest()?;
            if !self.goes_on(slot) {
                return Some(self.evict(slot));
            }
        }
    }

    /// The queue whose oldest is next to be judged.
    fn next_place(&self) -> Place {
        match (self.has_spare(Place::Small), self.has_spare(Place::Main)) {
            (true, false) => Place::Small,
            (false, true) => Place::Main,
            (true, true) if self.small_is_over() => Place::Small,
            (true, true) => Place::Main,
            (false, false) if self.small.entries() > 0 => Place::Small,
            (false, false) => Place::Main,
        }
    }

    /// Whether a queue holds anything besides what was added last.
    fn has_spare(&self, place: Place) -> bool {
        let latest_is_here =
            some(self.latest).is_some_and(|slot| self.slots[slot].facts.place() == place);
        self.queue(place).entries() > u32::from(latest_is_here)
    }

    fn small_is_over(&self) -> bool {
        let (small, main) = (self.small.blocks(), self.main.blocks());
        small * SMALL_PART > small + main
    }

    /// Moves `slot`, which is the oldest of its queue, to the end of the main queue if it has earned that.
    fn goes_on(&mut self, slot: u32) -> bool {
        let facts = self.slots[slot].facts;
        let spared = slot == self.latest && self.held().entries > 1;
        let earned = facts.heat() > 0 && self.fits(slot);
        if !(spared || earned) {
            return false;
        }
        let left = match facts.place() {
            Place::Small => 0,
            Place::Main => facts.heat().saturating_sub(1),
        };
        self.unqueue(slot);
        self.slots[slot].facts = facts.heated(left).moved(Place::Main);
        self.enqueue(slot);
        true
    }

    /// Lets go of `slot`. What had its trial and failed is remembered; what was in the main queue had its time.
    fn evict(&mut self, slot: u32) -> Weighed {
        let place = self.slots[slot].facts.place();
        let victim = self.let_go(slot);
        if place == Place::Small {
            self.index.remember(Tag::of(&victim.key));
        }
        victim
    }

    fn fits(&self, slot: u32) -> bool {
        u64::from(self.slots[slot].facts.blocks()) * BLOCK_BYTES <= self.limits.bytes
    }

    fn heat(&mut self, slot: u32, times: u32) {
        let facts = self.slots[slot].facts;
        self.slots[slot].facts = facts.heated(facts.heat() + times);
    }

    fn insert(&mut self, key: Key, blocks: u32) -> u32 {
        let place = match self.index.recall(Tag::of(&key)) {
            true => Place::Main,
            false => Place::Small,
        };
        let slot = self.restore(key, Facts::new(blocks, place));
        self.latest = slot;
        slot
    }

    /// Takes in a file that is not held yet, as the last of its queue.
    fn restore(&mut self, key: Key, facts: Facts) -> u32 {
        let slot = self.claim(Slot::new(key, facts));
        self.index.insert(&mut self.slots, slot);
        self.enqueue(slot);
        slot
    }

    /// Takes in a file likewise, but for the index.
    fn append(&mut self, slot: Slot) {
        self.slots.push(slot);
        self.enqueue(self.slots.count() - 1);
    }

    fn resize(&mut self, slot: u32, blocks: u32) -> u32 {
        let before = self.slots[slot].facts;
        let after = before.sized(blocks);
        self.slots[slot].facts = after;
        self.queue_mut(before.place())
            .resized(before.blocks(), after.blocks());
        slot
    }

    /// Puts `slot` where the small queue lets go first.
    fn move_first(&mut self, slot: u32) {
        self.unqueue(slot);
        self.slots[slot].facts = self.slots[slot].facts.heated(0).moved(Place::Small);
        self.small.push_oldest(&mut self.slots, slot);
        self.forget_latest(slot);
    }

    fn let_go(&mut self, slot: u32) -> Weighed {
        let Slot { key, facts, .. } = self.slots[slot];
        self.unqueue(slot);
        self.index.remove(&mut self.slots, slot);
        self.forget_latest(slot);
        self.slots[slot].older = self.free;
        self.free = slot;
        let blocks = facts.blocks();
        Weighed { key, blocks }
    }

    fn forget_latest(&mut self, slot: u32) {
        if self.latest == slot {
            self.latest = NONE;
        }
    }

    fn claim(&mut self, slot: Slot) -> u32 {
        let Some(free) = some(self.free) else {
            self.slots.push(slot);
            return self.slots.count() - 1;
        };
        self.free = self.slots[free].older;
        self.slots[free] = slot;
        free
    }

    fn enqueue(&mut self, slot: u32) {
        match self.slots[slot].facts.place() {
            Place::Small => self.small.push_newest(&mut self.slots, slot),
            Place::Main => self.main.push_newest(&mut self.slots, slot),
        }
    }

    fn unqueue(&mut self, slot: u32) {
        match self.slots[slot].facts.place() {
            Place::Small => self.small.remove(&mut self.slots, slot),
            Place::Main => self.main.remove(&mut self.slots, slot),
        }
    }

    const fn queue(&self, place: Place) -> &Queue {
        match place {
            Place::Small => &self.small,
            Place::Main => &self.main,
        }
    }

    const fn queue_mut(&mut self, place: Place) -> &mut Queue {
        match place {
            Place::Small => &mut self.small,
            Place::Main => &mut self.main,
        }
    }
}
