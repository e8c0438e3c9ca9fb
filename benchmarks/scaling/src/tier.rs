//! A tier of a cache, memory or disk: what it holds, and what goes first (S3-FIFO).
//!
//! What is new waits in a small queue, a tenth of the room, on trial. What was used by the end of it moves to the main queue;
//! what was not goes and is remembered for a while: if it comes back, it enters the main queue at once. The main queue
//! lets what was used go round again, up to three times.

use std::collections::VecDeque;

/// A variant at one of its two homes: [`crate::cluster`] numbers them.
pub(crate) type Item = u32;

/// The small queue is one such part of the room.
const SMALL_PART: u64 = 10;
/// Keys that are remembered after they went, for each that is held.
const REMEMBERED: usize = 4;

const REMEMBERED_ALONE: u8 = 1;
const HELD: u8 = 8;
const MAIN: u8 = 4;
const MOST_HEAT: u8 = 3;

/// Which half of a byte belongs to a tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    /// The memory's.
    Memory = 0,
    /// The disk's.
    Disk = 4,
}

/// What both tiers of an item's home know of it: half a byte each.
#[derive(Debug)]
pub(crate) struct Places(Vec<u8>);

impl Places {
    /// Of so many items, none of which is anywhere.
    pub(crate) fn of_nothing(items: u32) -> Self {
        Self(vec![0; items as usize])
    }

    /// Whether a tier holds `item`; if so, that is a use of it.
    pub(crate) fn use_of(&mut self, half: Half, item: Item) -> bool {
        let place = self.get(half, item);
        if place & HELD != 0 && place & MOST_HEAT != MOST_HEAT {
            self.set(half, item, place + 1);
        }
        place & HELD != 0
    }

    /// Whether a tier holds `item`; no use.
    pub(crate) fn holds(&self, half: Half, item: Item) -> bool {
        self.get(half, item) & HELD != 0
    }

    fn get(&self, half: Half, item: Item) -> u8 {
        self.0[item as usize] >> half as u8 & 15
    }

    fn set(&mut self, half: Half, item: Item, place: u8) {
        let other = self.0[item as usize] & !(15 << half as u8);
        self.0[item as usize] = other | place << half as u8;
    }
}

/// One tier of one origin.
#[derive(Debug)]
pub(crate) struct Tier {
    half: Half,
    limit_bytes: u64,
    small: Queue,
    main: Queue,
    remembered: VecDeque<Item>,
}

#[derive(Debug, Default)]
struct Queue {
    items: VecDeque<Item>,
    bytes: u64,
}

impl Tier {
    /// A tier of nothing.
    pub(crate) fn new(half: Half, limit_bytes: u64) -> Self {
        Self {
            half,
            limit_bytes,
            small: Queue::default(),
            main: Queue::default(),
            remembered: VecDeque::new(),
        }
    }

    /// Takes in `item`, which it does not hold, and lets others go for it. `size` is bytes of any item in this tier.
    pub(crate) fn add(&mut self, places: &mut Places, item: Item, size: impl Fn(Item) -> u64) {
        let bytes = size(item);
        if bytes > self.limit_bytes {
            return;
        }
        while self.bytes() + bytes > self.limit_bytes {
            self.judge_next(places, &size);
        }
        let was_remembered = places.get(self.half, item) == REMEMBERED_ALONE;
        let place = HELD | if was_remembered { MAIN } else { 0 };
        places.set(self.half, item, place);
        self.queue_of(place).push(item, bytes);
    }

    /// Takes in `item` as one that was used `heat` times of late; nothing where there is no room.
    pub(crate) fn restore(&mut self, places: &mut Places, (item, heat): (Item, u8), bytes: u64) {
        if self.bytes() + bytes <= self.limit_bytes {
            places.set(self.half, item, HELD | MAIN | heat.min(MOST_HEAT));
            self.main.push(item, bytes);
        }
    }

    /// Loses everything, as memory does at a restart.
    pub(crate) fn clear(&mut self, places: &mut Places) {
        let held = self.small.items.drain(..).chain(self.main.items.drain(..));
        for item in held.chain(self.remembered.drain(..)) {
            places.set(self.half, item, 0);
        }
        (self.small.bytes, self.main.bytes) = (0, 0);
    }

    /// Bytes that are held.
    pub(crate) const fn bytes(&self) -> u64 {
        self.small.bytes + self.main.bytes
    }

    /// Lets the oldest of a queue go, or go on.
    fn judge_next(&mut self, places: &mut Places, size: &impl Fn(Item) -> u64) {
        let is_small = self.small.bytes * SMALL_PART > self.bytes() || self.main.items.is_empty();
        let from = if is_small {
            &mut self.small
        } else {
            &mut self.main
        };
        let Some(item) = from.items.pop_front() else {
            return;
        };
        let bytes = size(item);
        from.bytes -= bytes;
        match (places.get(self.half, item) & MOST_HEAT, is_small) {
            (0, true) => self.remember(places, item),
            (0, false) => places.set(self.half, item, 0),
            (heat, _) => {
                let left = if is_small { 0 } else { heat - 1 };
                places.set(self.half, item, HELD | MAIN | left);
                self.main.push(item, bytes);
            }
        }
    }

    fn remember(&mut self, places: &mut Places, item: Item) {
        places.set(self.half, item, REMEMBERED_ALONE);
        self.remembered.push_back(item);
        let most = (self.small.items.len() + self.main.items.len()) * REMEMBERED;
        while self.remembered.len() > most.max(REMEMBERED) {
            self.forget_oldest(places);
        }
    }

    fn forget_oldest(&mut self, places: &mut Places) {
        let Some(item) = self.remembered.pop_front() else {
            return;
        };
        if places.get(self.half, item) == REMEMBERED_ALONE {
            places.set(self.half, item, 0);
        }
    }

    const fn queue_of(&mut self, place: u8) -> &mut Queue {
        match place & MAIN {
            0 => &mut self.small,
            _ => &mut self.main,
        }
    }
}

impl Queue {
    fn push(&mut self, item: Item, bytes: u64) {
        self.items.push_back(item);
        self.bytes += bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks a tier of room for `room` items of a byte for each in turn; answers which were hits.
    fn hits(room: u64, asked: &[Item]) -> Vec<bool> {
        let mut places = Places::of_nothing(10_000);
        let mut tier = Tier::new(Half::Disk, room);
        let ask = |&item: &Item| {
            let is_hit = places.use_of(Half::Disk, item);
            if !is_hit {
                tier.add(&mut places, item, |_| 1);
            }
            assert!(tier.bytes() <= room);
            is_hit
        };
        asked.iter().map(ask).collect()
    }

    #[test]
    fn what_fits_stays() {
        let asked: Vec<Item> = (0..10).chain(0..10).collect();
        assert_eq!(hits(10, &asked)[10..], [true; 10]);
    }

    #[test]
    fn a_scan_does_not_push_out_what_is_used() {
        let used = [1, 2, 3, 4, 5, 1, 2, 3, 4, 5];
        let asked: Vec<Item> = used.into_iter().chain(100..5000).chain(used).collect();
        assert_eq!(hits(20, &asked)[asked.len() - 10..], [true; 10]);
    }

    #[test]
    fn what_comes_back_soon_has_no_second_trial() {
        let asked: Vec<Item> = (0..12).chain([0]).chain(100..120).chain([0]).collect();
        let found = hits(10, &asked);
        assert!(!found[12]);
        assert!(found.last().copied().unwrap_or_default());
    }

    #[test]
    fn the_halves_of_a_byte_do_not_touch_each_other() {
        let mut places = Places::of_nothing(1);
        let mut memory = Tier::new(Half::Memory, 1);
        let mut disk = Tier::new(Half::Disk, 1);
        memory.add(&mut places, 0, |_| 1);
        disk.add(&mut places, 0, |_| 1);
        (0..5).for_each(|_| assert!(places.use_of(Half::Memory, 0)));
        memory.clear(&mut places);
        assert!(!places.holds(Half::Memory, 0) && places.holds(Half::Disk, 0));
    }

    #[test]
    fn what_is_larger_than_all_room_is_not_held() {
        let mut places = Places::of_nothing(2);
        let mut tier = Tier::new(Half::Memory, 5);
        tier.add(&mut places, 0, |_| 5);
        tier.add(&mut places, 1, |_| 6);
        assert!(places.holds(Half::Memory, 0) && !places.holds(Half::Memory, 1));
    }
}
