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

/// Fills a cluster of origins with `room` each.
pub(crate) fn fill(cluster: &mut Cluster<'_>, images: &Images, demand: Demand<'_>, room: Room) {
    let count = cluster.count() as f64;
    let memory = |variant| images.memory_bytes(variant);
    let disk = |variant| images.disk_bytes(variant);
    let memory_days = demand.days_that_fill(room.memory_bytes as f64 * count, memory);
    let disk_days = demand.days_that_fill(room.disk_bytes as f64 * count, disk);
    let mut random = Random::new(7);
    for pass in 0..PASSES {
        for source in (pass..demand.sources).step_by(PASSES as usize) {
            let asks = demand.requests * demand.popularity.share(source);
            cluster.restore_freshness(source, fresh_until(asks, &mut random));
            for (share, variant) in variant_shares().iter().zip(source * VARIANTS..) {
                let asks = asks * share;
                let luck = random.next_unit();
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
        }
    }
}

impl Demand<'_> {
    /// Days within which as much is asked for as fills a room.
    fn days_that_fill(&self, room_bytes: f64, size: impl Fn(u32) -> u64) -> f64 {
        let variants = self.sample(size);
        let (mut low, mut high) = (0.0, KEEP_DAYS);
        let filled = |days: f64| {
            variants
                .iter()
                .map(|&(asks, bytes)| held(asks, days) * bytes)
                .sum::<f64>()
        };
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

    /// Asks a day and bytes of the variants of some sources, each for all those that were left out.
    fn sample(&self, size: impl Fn(u32) -> u64) -> Vec<(f64, f64)> {
        let sources = (0..self.sources).step_by(SAMPLE.min(self.sources as usize / 1024 + 1));
        let step = f64::from(self.sources) / sources.len() as f64;
        let variants = sources.flat_map(|source| {
            let asks = self.requests * self.popularity.share(source);
            let shares = variant_shares().into_iter().zip(source * VARIANTS..);
            shares.map(move |(share, variant)| (asks * share, variant))
        });
        variants
            .map(|(asks, variant)| (asks, size(variant) as f64 * step))
            .collect()
    }
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
