//! Several origins, what each of them holds, and what becomes of a request.

use crate::images::{DISK_HIT_US, Images, MEMORY_HIT_US, SHARED_HIT_US, VARIANTS};
use crate::outcome::{Outcome, Tally};
use crate::ring::Ring;
use crate::tier::{Half, Item, Places, Tier};

/// Homes of a source: the one at the start, and the one that it has after a change.
const SEATS: u32 = 2;

/// Minutes for which a source counts as unchanged: `CACHE_TTL`, a day.
const TTL_MINUTES: u16 = 1440;

/// What the origins are like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// Bytes of memory that each has for images.
    pub(crate) memory_bytes: u64,
    /// Bytes of disk.
    pub(crate) disk_bytes: u64,
}

/// Whether origins share what they made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    /// Each has its own alone.
    None,
    /// What one made is in a store that all of them ask.
    Shared,
}

/// What a cluster is like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    /// What each origin has.
    pub(crate) room: Room,
    /// Whether there is a shared store.
    pub(crate) store: Store,
    /// An origin that is not there yet.
    pub(crate) absent: Option<u8>,
}

/// What befalls an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It dies; its memory is lost.
    Fails(u8),
    /// It is back, with its disk.
    Returns(u8),
    /// It is new and has nothing.
    Joins(u8),
    /// It is taken away for good.
    Leaves(u8),
}

#[derive(Debug)]
struct Origin {
    memory: Tier,
    disk: Tier,
    is_there: bool,
}

/// What is known of a source, in 32 bits: its home, and until when it counts as unchanged.
#[derive(Clone, Copy, Debug, Default)]
struct Source(u32);

/// A set of numbers.
#[derive(Debug)]
struct Bits(Vec<u64>);

/// The origins, and the shared store if there is one.
#[derive(Debug)]
pub(crate) struct Cluster<'a> {
    images: &'a Images,
    variants: u32,
    /// The place of each source on the ring.
    ring_places: &'a [u32],
    ring: Ring,
    origins: Vec<Origin>,
    first_homes: Vec<u8>,
    sources: Vec<Source>,
    places: Places,
    /// Items whose source has another image by now.
    outdated: Bits,
    shared: Option<Bits>,
}

impl<'a> Cluster<'a> {
    /// Origins that hold nothing: the servers of a ring.
    pub(crate) fn new(
        (images, ring_places): (&'a Images, &'a [u32]),
        ring: Ring,
        setup: Setup,
    ) -> Self {
        let variants = ring_places.len() as u32 * VARIANTS;
        let origins =
            (0..ring.servers()).map(|number| Origin::new(setup.room, Some(number) != setup.absent));
        let mut cluster = Self {
            images,
            variants,
            ring_places,
            origins: origins.collect(),
            ring,
            first_homes: Vec::new(),
            sources: vec![Source::default(); ring_places.len()],
            places: Places::of_nothing(variants * SEATS),
            outdated: Bits::new(variants * SEATS),
            shared: match setup.store {
                Store::None => None,
                Store::Shared => Some(Bits::new(variants)),
            },
        };
        cluster.first_homes = cluster.homes().collect();
        cluster.give_homes();
        cluster
    }

    /// Answers a request in a minute of the day.
    pub(crate) fn ask(&mut self, variant: u32, minute: u16, tally: &mut Tally) {
        let number = (variant / VARIANTS) as usize;
        let source = self.sources[number];
        let item = variant + source.seat() * self.variants;
        let outcome = match source.was_renewed() && self.outdated.has(item) {
            true => Outcome::Made,
            false => self.find(variant, item),
        };
        let bytes = self.images.bytes(variant);
        let cost_us = self.settle((variant, item), source.home(), outcome);
        tally.count(outcome, source.home(), (bytes, cost_us));
        tally.count_moved(source.seat());
        if outcome == Outcome::Made {
            tally.count_fetched(self.images.source_bytes(number as u32));
        }
        if source.is_due(minute) {
            tally.count_due(outcome);
            self.sources[number] = source.fresh_until(minute + TTL_MINUTES);
        }
    }

    /// Reads what is known of some variants all at once, so that answering does not wait for each of them.
    pub(crate) fn look_ahead(&self, variants: &[u32]) -> u32 {
        let known = variants.iter().map(|&variant| {
            let source = self.sources[(variant / VARIANTS) as usize];
            source.0 ^ u32::from(self.places.holds(Half::Memory, variant))
        });
        known.fold(0, |all, one| all ^ one)
    }

    /// The nearest place where a variant is.
    fn find(&mut self, variant: u32, item: Item) -> Outcome {
        // A use is noted for the disk, whichever tier it was.
        let is_on_disk = self.places.use_of(Half::Disk, item);
        if self.places.use_of(Half::Memory, item) {
            return Outcome::Memory;
        }
        if is_on_disk {
            return Outcome::Disk;
        }
        match &self.shared {
            Some(shared) if shared.has(variant) => Outcome::Shared,
            _ => Outcome::Made,
        }
    }

    /// Keeps the variant where an answer leaves it; answers the processor time in microseconds.
    fn settle(&mut self, (variant, item): (u32, Item), home: u8, outcome: Outcome) -> u64 {
        match outcome {
            Outcome::Memory => MEMORY_HIT_US,
            Outcome::Disk => {
                self.keep_in_memory(item, home);
                DISK_HIT_US
            }
            Outcome::Shared => {
                self.keep(item, home);
                SHARED_HIT_US
            }
            Outcome::Made => {
                self.keep(item, home);
                if let Some(shared) = &mut self.shared {
                    shared.add(variant);
                }
                self.images.making_us(variant)
            }
        }
    }

    fn keep(&mut self, item: Item, home: u8) {
        self.outdated.remove(item);
        if !self.places.holds(Half::Disk, item) {
            let size = |item: Item| self.images.disk_bytes(item % self.variants);
            self.origins[home as usize]
                .disk
                .add(&mut self.places, item, size);
        }
        self.keep_in_memory(item, home);
    }

    fn keep_in_memory(&mut self, item: Item, home: u8) {
        if !self.places.holds(Half::Memory, item) {
            let size = |item: Item| self.images.memory_bytes(item % self.variants);
            self.origins[home as usize]
                .memory
                .add(&mut self.places, item, size);
        }
    }

    /// Gives a source another image: what was made of it is of no use any more.
    pub(crate) fn renew(&mut self, source: u32) {
        self.sources[source as usize] = self.sources[source as usize].renewed();
        for variant in source * VARIANTS..(source + 1) * VARIANTS {
            (0..SEATS).for_each(|seat| self.outdated.add(variant + seat * self.variants));
            if let Some(shared) = &mut self.shared {
                shared.remove(variant);
            }
        }
    }

    /// Has something befall an origin.
    pub(crate) fn change(&mut self, change: Change) {
        let (number, is_there) = match change {
            Change::Fails(number) | Change::Leaves(number) => (number, false),
            Change::Returns(number) | Change::Joins(number) => (number, true),
        };
        let origin = &mut self.origins[number as usize];
        origin.is_there = is_there;
        origin.memory.clear(&mut self.places);
        if let Change::Leaves(_) = change {
            origin.disk.clear(&mut self.places);
        }
        self.give_homes();
    }

    /// Puts a variant, by the number of its home, where it was at midnight: `heat` is how much it was used of late.
    pub(crate) fn restore(&mut self, half: Half, variant: u32, heat: u8) {
        let home = self.first_homes[(variant / VARIANTS) as usize] as usize;
        let (tier, bytes) = match half {
            Half::Memory => (
                &mut self.origins[home].memory,
                self.images.memory_bytes(variant),
            ),
            Half::Disk => (
                &mut self.origins[home].disk,
                self.images.disk_bytes(variant),
            ),
        };
        tier.restore(&mut self.places, (variant, heat), bytes);
    }

    /// Says that the shared store has a variant, if there is a store.
    pub(crate) fn restore_shared(&mut self, variant: u32) {
        if let Some(shared) = &mut self.shared {
            shared.add(variant);
        }
    }

    /// Says until when a source counts as unchanged.
    pub(crate) fn restore_freshness(&mut self, source: u32, minute: u16) {
        let known = self.sources[source as usize];
        self.sources[source as usize] = known.fresh_until(minute);
    }

    /// Origins, those that are not there included.
    pub(crate) const fn count(&self) -> u8 {
        self.ring.servers()
    }

    /// The home of a source.
    pub(crate) fn home(&self, source: u32) -> u8 {
        self.sources[source as usize].home()
    }

    /// Bytes on the disk of each origin.
    pub(crate) fn disk_bytes(&self) -> Vec<u64> {
        self.origins
            .iter()
            .map(|origin| origin.disk.bytes())
            .collect()
    }

    fn give_homes(&mut self) {
        let homes: Vec<u8> = self.homes().collect();
        for ((source, first), home) in self.sources.iter_mut().zip(&self.first_homes).zip(homes) {
            *source = source.at(home, u32::from(home != *first));
        }
    }

    /// The homes of all sources.
    pub(crate) fn homes(&self) -> impl Iterator<Item = u8> {
        let is_there = |server: u8| self.origins[server as usize].is_there;
        self.ring_places
            .iter()
            .map(move |&place| self.ring.home(place, is_there))
    }
}

impl Origin {
    fn new(room: Room, is_there: bool) -> Self {
        Self {
            memory: Tier::new(Half::Memory, room.memory_bytes),
            disk: Tier::new(Half::Disk, room.disk_bytes),
            is_there,
        }
    }
}

impl Source {
    const SEAT_SHIFT: u32 = 8;
    const RENEWED_BIT: u32 = 1 << 9;
    const MINUTE_SHIFT: u32 = 16;

    const fn home(self) -> u8 {
        self.0 as u8
    }

    const fn seat(self) -> u32 {
        self.0 >> Self::SEAT_SHIFT & 1
    }

    const fn was_renewed(self) -> bool {
        self.0 & Self::RENEWED_BIT != 0
    }

    const fn is_due(self, minute: u16) -> bool {
        (self.0 >> Self::MINUTE_SHIFT) <= minute as u32
    }

    const fn at(self, home: u8, seat: u32) -> Self {
        let kept = self.0 & !(0xff | 1 << Self::SEAT_SHIFT);
        Self(kept | home as u32 | seat << Self::SEAT_SHIFT)
    }

    const fn renewed(self) -> Self {
        Self(self.0 | Self::RENEWED_BIT)
    }

    const fn fresh_until(self, minute: u16) -> Self {
        Self(self.0 & 0xffff | (minute as u32) << Self::MINUTE_SHIFT)
    }
}

impl Bits {
    fn new(count: u32) -> Self {
        Self(vec![0; count.div_ceil(64) as usize])
    }

    fn has(&self, number: u32) -> bool {
        self.0[number as usize / 64] >> (number % 64) & 1 != 0
    }

    fn add(&mut self, number: u32) {
        self.0[number as usize / 64] |= 1 << (number % 64);
    }

    fn remove(&mut self, number: u32) {
        self.0[number as usize / 64] &= !(1 << (number % 64));
    }
}
