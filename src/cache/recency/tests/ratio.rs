//! Hit ratios against exact LRU.

use super::lru::Lru;
use super::traces::{Shape, Sizes};
use super::*;

const THINGS: u32 = 2_000;
const ASKS: usize = 30_000;

/// Parts of the asks, and of the bytes asked for, that were there.
#[derive(Clone, Copy, Debug)]
struct Ratio {
    asks: f64,
    bytes: f64,
}

fn ratio(asks: &[u32], sizes: Sizes, mut ask: impl FnMut(u32, u32) -> bool) -> Ratio {
    let (mut hits, mut hit_blocks, mut blocks) = (0_u64, 0_u64, 0_u64);
    for &id in asks {
        let size = sizes.of(id);
        let hit = u64::from(ask(id, size));
        hits += hit;
        hit_blocks += hit * u64::from(size);
        blocks += u64::from(size);
    }
    Ratio {
        asks: hits as f64 / asks.len() as f64,
        bytes: hit_blocks as f64 / blocks as f64,
    }
}

fn ours(asks: &[u32], sizes: Sizes, room: u64) -> Ratio {
    let mut recency = Recency::new(limits(room, u64::MAX));
    ratio(asks, sizes, |id, blocks| {
        let key = key(id);
        if recency.holds(&key) {
            recency.used(&key);
            return true;
        }
        recency.added(key, blocks);
        recency.victims(Need::default(), usize::MAX);
        false
    })
}

fn exact_lru(asks: &[u32], sizes: Sizes, room: u64) -> Ratio {
    let mut lru = Lru::default();
    ratio(asks, sizes, |id, blocks| lru.ask(id, blocks, room))
}

fn shapes() -> impl Iterator<Item = Shape> {
    [0.6, 0.8, 1.0, 1.2].into_iter().flat_map(|skew| {
        [
            Shape::Zipf(skew),
            Shape::Scans(skew),
            Shape::Loops(skew),
            Shape::Shifting(skew),
        ]
    })
}

#[test]
fn hit_ratios_are_within_3_percent_of_exact_lru_or_above() {
    for shape in shapes() {
        let asks = shape.asks(THINGS, ASKS);
        for sizes in [Sizes::Fixed, Sizes::Lognormal] {
            let all: u64 = (0..THINGS).map(|id| u64::from(sizes.of(id))).sum();
            for percent in [2, 20] {
                let room = all * percent / 100;
                let (ours, lru) = (ours(&asks, sizes, room), exact_lru(&asks, sizes, room));
                let close = ours.asks >= 0.97 * lru.asks && ours.bytes >= 0.97 * lru.bytes;
                let case = format!("{shape:?}, {sizes:?} sizes, {percent} %");
                assert!(close, "{case}: {ours:?}, exact LRU {lru:?}");
            }
        }
    }
}
