//! What is held of one file, in 48 bytes.

use super::super::key::Key;
use super::segments::Segments;

/// The number of no slot.
pub(super) const NONE: u32 = u32::MAX;

/// Most blocks that are told apart: 8 GiB, eight times the longest body.
const MAX_BLOCKS: u32 = (1 << 24) - 1;
/// Most uses that are told apart.
const MAX_HEAT: u32 = 3;
const HEAT_SHIFT: u32 = 24;
const MAIN_BIT: u32 = 1 << 26;

/// The slots of all files, those that are free among them.
pub(super) type Slots = Segments<Slot>;

/// One file: its key, its size, how much it was used of late, and its neighbours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// The key of the file.
    pub(super) key: Key,
    /// Its size and use.
    pub(super) facts: Facts,
    /// The next slot of the same bucket of the index.
    pub(super) chain: u32,
    /// The neighbour in the queue that came before; in the list of free slots, the next one.
    pub(super) older: u32,
    /// The neighbour in the queue that came after.
    pub(super) newer: u32,
}

/// Blocks (24 bits), heat (2 bits), queue (1 bit), as memory and snapshots hold them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts(u32);

/// The queue in which a file waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On trial: what is new.
    Small,
    /// What was asked for again.
    Main,
}

impl Slot {
    /// The slot of a file that is in no queue and no bucket yet.
    pub(super) const fn new(key: Key, facts: Facts) -> Self {
        Self {
            key,
            facts,
            chain: NONE,
            older: NONE,
            newer: NONE,
        }
    }
}

impl Facts {
    /// A file of `blocks` that nobody used yet.
    pub(super) fn new(blocks: u32, place: Place) -> Self {
        Self(blocks.min(MAX_BLOCKS)).moved(place)
    }

    /// What a snapshot holds; unknown bits are ignored.
    pub(super) const fn from_bits(bits: u32) -> Self {
        Self(bits & (MAX_BLOCKS | MAX_HEAT << HEAT_SHIFT | MAIN_BIT))
    }

    /// As a snapshot holds them.
    pub(super) const fn bits(self) -> u32 {
        self.0
    }

    /// Blocks that the file takes.
    pub(super) const fn blocks(self) -> u32 {
        self.0 & MAX_BLOCKS
    }

    /// Uses of late, up to three.
    pub(super) const fn heat(self) -> u32 {
        self.0 >> HEAT_SHIFT & MAX_HEAT
    }

    /// The queue.
    pub(super) const fn place(self) -> Place {
        match self.0 & MAIN_BIT {
            0 => Place::Small,
            _ => Place::Main,
        }
    }

    /// The same with another size.
    pub(super) fn sized(self, blocks: u32) -> Self {
        Self(self.0 & !MAX_BLOCKS | blocks.min(MAX_BLOCKS))
    }

    /// The same with another heat.
    pub(super) fn heated(self, heat: u32) -> Self {
        let heat = heat.min(MAX_HEAT) << HEAT_SHIFT;
        Self(self.0 & !(MAX_HEAT << HEAT_SHIFT) | heat)
    }

    /// The same in another queue.
    pub(super) const fn moved(self, place: Place) -> Self {
        match place {
            Place::Small => Self(self.0 & !MAIN_BIT),
            Place::Main => Self(self.0 | MAIN_BIT),
        }
    }
}

/// `None` for [`NONE`].
pub(super) fn some(slot: u32) -> Option<u32> {
    (slot != NONE).then_some(slot)
}
