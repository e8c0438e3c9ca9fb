//! What a cluster that has run for long holds at midnight.
//!
//! Replaying weeks would take as long as they have days. A cache that lets the least recently used go holds what was asked for
//! within some time, the same for all (Che's approximation): so each image is held with the probability that it was asked
//! for within that time. The time is the one at which what is held fills the room, and `CACHE_KEEP` at most.

use crate::cluster::{Cluster, Room};
use crate::images::{Images, VARIANTS, variant_shares};
use crate::popularity::Popularity;
use crate::random::Random;
use crate::tier::Half;

/// Days for which an image that nobody asks for may stay: `CACHE_KEEP`.
const KEEP_DAYS: f64 = 30.0;
/// One of so many sources is looked at to find the time that fills the room.
const SAMPLE: usize = 64;
/// The part of the room that is filled, lest the sample's error leave out what comes last.
const FULL: f64 = 0.99;
/// Passes over the sources, lest the popular ones be all the first in a queue.
const PASSES: u32 = 64;

/// What is asked for, day after day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demand<'a> {
    /// How popular sources are.
    pub(crate) popularity: &'a Popularity,
    /// How many there are.
    pub(crate) sources: u32,
    /// Requests of a day.
    pub(crate) requests: f64,
}

/// For how many days an origin holds what is asked for once.
#[derive(Clone, Copy, Debug)]
struct Memory {
    memory_days: f64,
    disk_days: f64,
}

/// Fills a cluster of origins with `room` each.
pub(crate) fn fill(cluster: &mut Cluster<'_>, images: &Images, demand: Demand<'_>, room: Room) {
    let memories: Vec<Memory> = (0..cluster.count())
        .map(|home| demand.memory_of(cluster, home, (images, room)))
        .collect();
    let mut random = Random::new(7);
    for pass in 0..PASSES {
        for source in (pass..demand.sources).step_by(PASSES as usize) {
            let asks = demand.requests * demand.popularity.share(source);
            cluster.restore_freshness(source, fresh_until(asks, &mut random));
            let memory = memories[usize::from(cluster.home(source))];
            for (share, variant) in variant_shares().iter().zip(source * VARIANTS..) {
                fill_variant(cluster, (variant, asks * share), memory, random.next_unit());
            }
        }
    }
}

/// Puts a variant that has so many `asks` a day where it is held.
fn fill_variant(cluster: &mut Cluster<'_>, (variant, asks): (u32, f64), memory: Memory, luck: f64) {
    let Memory {
        memory_days,
        disk_days,
    } = memory;
    let is_held = |days: f64| luck < held(asks, days);
    if is_held(memory_days) {
        cluster.restore(Half::Memory, variant, heat(asks * memory_days));
    }
    if is_held(disk_days) {
        cluster.restore(Half::Disk, variant, heat(asks * disk_days));
    }
    if is_held(KEEP_DAYS) {
        cluster.restore_shared(variant);
    }
}

impl Demand<'_> {
    fn memory_of(
        &self,
        cluster: &Cluster<'_>,
        home: u8,
        (images, room): (&Images, Room),
    ) -> Memory {
        let sample = self.sample(cluster, home);
        let days = |room_bytes: u64, size: &dyn Fn(u32) -> u64| {
            let sized = sample
                .variants
                .iter()
                .map(|&(asks, variant)| (asks, size(variant) as f64));
            days_that_fill(
                room_bytes as f64 * FULL / sample.step,
                &sized.collect::<Vec<_>>(),
            )
        };
        Memory {
            memory_days: days(room.memory_bytes, &|variant| images.memory_bytes(variant)),
            disk_days: days(room.disk_bytes, &|variant| images.disk_bytes(variant)),
        }
    }

    /// Some of the sources at a home.
    fn sample(&self, cluster: &Cluster<'_>, home: u8) -> Sample {
        let step = SAMPLE.min(self.sources as usize / 1024 + 1);
        let sources = (0..self.sources).filter(|&source| cluster.home(source) == home);
        let variants = sources.step_by(step).flat_map(|source| {
            let asks = self.requests * self.popularity.share(source);
            let shares = variant_shares().into_iter().zip(source * VARIANTS..);
            shares.map(move |(share, variant)| (asks * share, variant))
        });
        Sample {
            variants: variants.collect(),
            step: step as f64,
        }
    }
}

/// Some of the variants at a home: asks a day, and the number of each.
#[derive(Debug)]
struct Sample {
    variants: Vec<(f64, u32)>,
    /// How many each stands for.
    step: f64,
}

/// Days within which as much is asked for as fills a room, of variants with so many asks a day and bytes.
fn days_that_fill(room_bytes: f64, variants: &[(f64, f64)]) -> f64 {
    let filled = |days: f64| {
        variants
            .iter()
            .map(|&(asks, bytes)| held(asks, days) * bytes)
            .sum::<f64>()
    };
    let (mut low, mut high) = (0.0, KEEP_DAYS);
    if filled(high) <= room_bytes {
        return high;
    }
    for _ in 0..30 {
        let middle = (low + high) / 2.0;
        if filled(middle) < room_bytes {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// How likely it is that what has so many asks a day was asked for within some days.
fn held(asks: f64, days: f64) -> f64 {
    1.0 - (-asks * days).exp()
}

/// Uses since an image was last judged.
const fn heat(uses: f64) -> u8 {
    uses.min(3.0) as u8
}

/// The minute of the day until which a source counts as unchanged that has so many asks a day: 0 if it is due.
///
/// It is due from a day after it was confirmed until it is asked for, and then it is confirmed again.
fn fresh_until(asks: f64, random: &mut Random) -> u16 {
    let cycle_days = 1.0 + 1.0 / asks;
    let passed_days = random.next_unit() * cycle_days;
    ((1.0 - passed_days).max(0.0) * 1440.0) as u16
}
