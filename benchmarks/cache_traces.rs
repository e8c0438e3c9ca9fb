//! Prints what part of many traces the table of the disk tier would have kept, beside exact LRU and TinyLFU (moka),
//! and what the table costs: a JSON object a line.
//!
//! `cache_traces [THINGS] [ASKS]`: how many things there are in a trace, and how often something is asked for.

#[path = "../src/cache/recency/tests/lru.rs"]
mod lru;
#[path = "../src/cache/recency/tests/traces.rs"]
mod traces;

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::Context;
use inkfish::cache::{BLOCK_BYTES, Key, Limits, Need, Recency, Uses};
use inkfish::clock::Timestamp;
use lru::Lru;
use serde_json::{Value, json};
use traces::{Shape, Sizes, mixed};

const SKEWS: [f64; 4] = [0.6, 0.8, 1.0, 1.2];
/// Room for the cache, in percent of all things.
const ROOMS: [u64; 3] = [1, 5, 20];
/// Entries of the table whose cost is measured.
const ENTRIES: u32 = 1_000_000;
/// Asks between two times at which moka settles what it put off.
const MOKA_PAUSE: usize = 64;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let things = number(arguments.next(), 100_000)?;
    let asks = number(arguments.next(), 2_000_000)?;
    for skew in SKEWS {
        for (name, shape) in shapes(skew) {
            let trace = shape.asks(things, asks as usize);
            for sizes in [Sizes::Fixed, Sizes::Lognormal] {
                print_ratios(json!({ "trace": name, "skew": skew }), &trace, sizes);
            }
        }
    }
    println!("{}", cost()?);
    Ok(())
}

fn number(argument: Option<String>, default: u32) -> anyhow::Result<u32> {
    argument.map_or(Ok(default), |text| {
        text.parse().with_context(|| format!("{text}: no number"))
    })
}

fn shapes(skew: f64) -> [(&'static str, Shape); 4] {
    [
        ("zipf", Shape::Zipf(skew)),
        ("scans", Shape::Scans(skew)),
        ("loops", Shape::Loops(skew)),
        ("shifting", Shape::Shifting(skew)),
    ]
}

fn print_ratios(mut line: Value, trace: &[u32], sizes: Sizes) {
    let things = trace.iter().max().map_or(0, |last| last + 1);
    let mean = (0..things).map(|id| u64::from(sizes.of(id))).sum::<u64>() / u64::from(things);
    let asked = trace.iter().collect::<std::collections::HashSet<_>>().len() as u64;
    for percent in ROOMS {
        let room = mean * asked * percent / 100;
        line["sizes"] = format!("{sizes:?}").to_lowercase().into();
        line["room_percent"] = percent.into();
        line["inkfish"] = ours(trace, sizes, room);
        line["exact_lru"] = exact_lru(trace, sizes, room);
        line["moka"] = moka(trace, sizes, room);
        println!("{line}");
    }
}

/// The parts of the asks, and of the bytes asked for, that were there.
fn ratio(trace: &[u32], sizes: Sizes, mut ask: impl FnMut(u32, u32) -> bool) -> Value {
    let (mut hits, mut hit_blocks, mut blocks) = (0_u64, 0_u64, 0_u64);
    for &id in trace {
        let size = sizes.of(id);
        let hit = u64::from(ask(id, size));
        hits += hit;
        hit_blocks += hit * u64::from(size);
        blocks += u64::from(size);
    }
    let part = |hits: u64, all: u64| (hits as f64 / all as f64 * 10_000.0).round() / 10_000.0;
    json!({ "asks": part(hits, trace.len() as u64), "bytes": part(hit_blocks, blocks) })
}

fn ours(trace: &[u32], sizes: Sizes, room: u64) -> Value {
    let mut recency = Recency::new(Limits {
        bytes: room * BLOCK_BYTES,
        entries: u64::MAX,
    });
    ratio(trace, sizes, |id, blocks| {
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

fn exact_lru(trace: &[u32], sizes: Sizes, room: u64) -> Value {
    let mut lru = Lru::default();
    ratio(trace, sizes, |id, blocks| lru.ask(id, blocks, room))
}

fn moka(trace: &[u32], sizes: Sizes, room: u64) -> Value {
    let cache = moka::sync::Cache::builder()
        .max_capacity(room)
        .weigher(|_, blocks| *blocks)
        .build();
    let mut asked = 0;
    ratio(trace, sizes, |id, blocks| {
        asked += 1;
        if asked % MOKA_PAUSE == 0 {
            cache.run_pending_tasks();
        }
        let hit = cache.get(&id).is_some();
        if !hit {
            cache.insert(id, blocks);
        }
        hit
    })
}

/// What a table of a million files takes in memory and time.
fn cost() -> anyhow::Result<Value> {
    let mut recency = Recency::new(Limits {
        bytes: u64::MAX,
        entries: u64::MAX,
    });
    let keys: Vec<Key> = (0..ENTRIES).map(key).collect();
    let added = each(&keys, |key| {
        black_box(recency.added(*key, 32));
    });
    let used = each(&keys, |key| recency.used(black_box(key)));
    let uses = Uses::new();
    let noted = each(&keys, |key| uses.note(black_box(key)));
    let noted_hot = each(&keys, |_| uses.note(black_box(&keys[0])));
    let start = Instant::now();
    recency.take_uses(&uses);
    let take_uses = start.elapsed();
    let mut line = json!({
        "entries": ENTRIES,
        "bytes_per_entry": recency.memory_bytes() as f64 / f64::from(ENTRIES),
        "added_ns": added,
        "used_ns": used,
        "noted_ns": noted,
        "noted_again_ns": noted_hot,
        "noted_by_two_threads_ns": noted_by_two(&keys, &uses),
        "take_uses_ms": millis(take_uses),
    });
    snapshot(&recency, &mut line)?;
    let start = Instant::now();
    let victims = recency.victims(
        Need {
            bytes: 0,
            entries: u64::from(ENTRIES) / 10,
        },
        usize::MAX,
    );
    line["victim_ns"] = (start.elapsed().as_nanos() as f64 / victims.len() as f64).into();
    Ok(line)
}

fn noted_by_two(keys: &[Key], uses: &Uses) -> f64 {
    std::thread::scope(|scope| {
        let other = scope.spawn(|| each(keys, |key| uses.note(black_box(key))));
        let own = each(keys, |key| uses.note(black_box(key)));
        other.join().map_or(own, |other| other.max(own))
    })
}

fn snapshot(recency: &Recency, line: &mut Value) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("recency");
    let start = Instant::now();
    recency.save(&mut std::fs::File::create(&path)?, Timestamp::default())?;
    line["save_ms"] = millis(start.elapsed()).into();
    let start = Instant::now();
    recency.save_to(&path, Timestamp::default())?;
    line["save_synced_ms"] = millis(start.elapsed()).into();
    let limits = Limits {
        bytes: u64::MAX,
        entries: u64::MAX,
    };
    let start = Instant::now();
    let loaded = Recency::load_from(limits, &path)?;
    line["load_ms"] = millis(start.elapsed()).into();
    anyhow::ensure!(loaded.recency.held() == recency.held(), "lost something");
    line["snapshot_bytes"] = std::fs::metadata(&path)?.len().into();
    Ok(())
}

/// Nanoseconds that `work` takes for one key.
fn each(keys: &[Key], mut work: impl FnMut(&Key)) -> f64 {
    let start = Instant::now();
    keys.iter().for_each(&mut work);
    let nanos = start.elapsed().as_nanos() as f64 / keys.len() as f64;
    (nanos * 10.0).round() / 10.0
}

fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}

/// A key as a digest would be.
fn key(number: u32) -> Key {
    let mut bytes = [0; 32];
    for (part, word) in bytes.chunks_mut(8).zip(0..) {
        part.copy_from_slice(&mixed(u64::from(number) << 3 | word).to_le_bytes());
    }
    Key::from_bytes(bytes)
}
