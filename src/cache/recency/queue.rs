//! A queue of slots, each linked with the one that came before and the one that came after.

use super::slot::{NONE, Slots, some};

/// The ends of a queue and what it holds. A slot is in one queue at most; the caller sees to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Queue {
    oldest: u32,
    newest: u32,
    entries: u32,
    blocks: u64,
}

impl Queue {
    /// A queue of nothing.
    pub(super) const fn new() -> Self {
        Self {
            oldest: NONE,
            newest: NONE,
            entries: 0,
            blocks: 0,
        }
    }

    /// The slot that leaves first.
    pub(super) fn oldest(&self) -> Option<u32> {
        some(self.oldest)
    }

    /// Slots in the queue.
    pub(super) const fn entries(&self) -> u32 {
        self.entries
    }

    /// Blocks of their files.
    pub(super) const fn blocks(&self) -> u64 {
        self.blocks
    }

    /// Puts `slot` at the end that leaves last.
    pub(super) fn push_newest(&mut self, slots: &mut Slots, slot: u32) {
        slots[slot].older = self.newest;
        slots[slot].newer = NONE;
        match some(self.newest) {
            Some(newest) => slots[newest].newer = slot,
            None => self.oldest = slot,
        }
        self.newest = slot;
        self.count(slots, slot);
    }

    /// Puts `slot` at the end that leaves first.
    pub(super) fn push_oldest(&mut self, slots: &mut Slots, slot: u32) {
        slots[slot].newer = self.oldest;
        slots[slot].older = NONE;
        match some(self.oldest) {
            Some(oldest) => slots[oldest].older = slot,
            None => self.newest = slot,
        }
        self.oldest = slot;
        self.count(slots, slot);
    }

    /// Takes `slot`, which is in this queue, out of it.
    pub(super) fn remove(&mut self, slots: &mut Slots, slot: u32) {
        let (older, newer) = (slots[slot].older, slots[slot].newer);
        match some(older) {
            Some(older) => slots[older].newer = newer,
            None => self.oldest = newer,
        }
        match some(newer) {
            Some(newer) => slots[newer].older = older,
            None => self.newest = older,
        }
        self.entries -= 1;
        self.blocks -= u64::from(slots[slot].facts.blocks());
    }

    /// The slots from the one that leaves first on.
    pub(super) fn iter(self, slots: &Slots) -> impl Iterator<Item = u32> {
        std::iter::successors(self.oldest(), |&slot| some(slots[slot].newer))
    }

    /// Counts a slot of this queue anew, whose file has another size.
    pub(super) fn resized(&mut self, before: u32, after: u32) {
        self.blocks = self.blocks - u64::from(before) + u64::from(after);
    }

    fn count(&mut self, slots: &Slots, slot: u32) {
        self.entries += 1;
        self.blocks += u64::from(slots[slot].facts.blocks());
    }
}
