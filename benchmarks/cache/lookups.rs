//! How fast the tiers answer: by themselves, while the folder is swept, and while things are purged.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use inkfish::cache::{Cache, Config, Digest, Force, Limits, Lookup, Parts, Purge, Scope, Tier};
use inkfish::clock::Clock;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{EXPIRED_IN, key, source, timed};

/// How long each figure is taken.
const TAKE: Duration = Duration::from_secs(3);
/// Entries that are asked for from memory; more than a table of the processor holds, fewer than memory does.
const IN_MEMORY: u64 = 20_000;
const MEMORY_BYTES: u64 = 256 << 20;
/// Who asks at a time.
const ASKERS: u64 = 2;
/// Purges of a tag that are timed.
const PURGES: u64 = 500;
/// The digest of what would make the entries.
pub(super) const RECIPE: Digest = [0; 32];

/// What was found in some time, and how long each look took, in microseconds.
#[derive(Default)]
struct Taken {
    looks: u64,
    hits: u64,
    seconds: f64,
    micros: Vec<f32>,
}

/// The folder as a server has it, and the entries that stand in it.
struct Asked {
    cache: Cache,
    runtime: Runtime,
    entries: u64,
}

/// Every figure of the folder `dir` of so many entries. Purges everything in the end.
pub(super) fn measure(dir: &Path, entries: u64) -> Result<Value> {
    let (opened, open_seconds) = timed(|| Asked::open(dir, entries, 0));
    let asked = opened?;
    let disk = asked.take(Tier::Disk, until_past(TAKE));
    let sweeping = asked.while_sweeping()?;
    let memory = Asked::open(dir, entries, MEMORY_BYTES)?.of_memory();
    let tags = asked.while_purging_tags()?;
    let all = asked.while_purging_all()?;
    Ok(json!({
        "open_seconds": open_seconds,
        "memory": memory,
        "disk": disk.figures(),
        "disk_while_sweeping": sweeping,
        "disk_while_purging_tags": tags,
        "disk_while_purging_all": all,
    }))
}

impl Asked {
    fn open(dir: &Path, entries: u64, memory_bytes: u64) -> Result<Self> {
        let runtime = Runtime::new()?;
        let config = Config {
            dir: Some(dir.to_owned()),
            memory_bytes,
            disk_limits: Limits {
                bytes: u64::MAX,
                entries: u64::MAX,
            },
            ..Config::default()
        };
        let parts = Parts {
            clock: Clock::system(),
            runtime: runtime.handle().clone(),
            shared: None,
        };
        Ok(Self {
            cache: Cache::open(config, parts)?,
            runtime,
            entries,
        })
    }

    /// Looks at the pace of [`ASKERS`] that each wait for their answer, while `goes_on`.
    fn take(&self, tier: Tier, goes_on: impl Fn() -> bool + Sync) -> Taken {
        let (start, goes_on) = (Instant::now(), &goes_on);
        let mut taken = Taken::default();
        thread::scope(|scope| {
            let askers: Vec<_> = (0..ASKERS)
                .map(|asker| scope.spawn(move || self.ask(asker, tier, goes_on)))
                .collect();
            for asker in askers {
                taken.add(asker.join().expect("an asker ends"));
            }
        });
        taken.seconds = start.elapsed().as_secs_f64();
        taken
    }

    fn ask(&self, asker: u64, tier: Tier, goes_on: &impl Fn() -> bool) -> Taken {
        let mut taken = Taken::default();
        let mut random = asker;
        while goes_on() {
            random = random.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let index = live(mixed(random) % self.room(tier));
            let (found, seconds) = timed(|| self.look(index));
            taken.looks += 1;
            taken.hits += u64::from(found.tier() == Some(tier));
            taken.micros.push((seconds * 1e6) as f32);
        }
        taken
    }

    /// How many entries are asked for.
    fn room(&self, tier: Tier) -> u64 {
        match tier {
            Tier::Memory => IN_MEMORY.min(self.entries),
            Tier::Disk | Tier::Shared => self.entries,
        }
    }

    fn look(&self, index: u64) -> Lookup {
        let (key, source) = (key(index), source(index));
        match self.cache.lookup_memory(&key, &source, &RECIPE) {
            Some(found) => found,
            None => self
                .runtime
                .block_on(self.cache.lookup(&key, &source, &RECIPE)),
        }
    }

    fn of_memory(&self) -> Value {
        for index in 0..self.room(Tier::Memory) {
            self.look(live(index));
        }
        self.cache.maintain();
        self.take(Tier::Memory, until_past(TAKE)).figures()
    }

    fn while_sweeping(&self) -> Result<Value> {
        let swept = |asked: &Self| asked.cache.sweep_folder();
        let (outcome, seconds, taken) = self.take_while(swept);
        let swept = outcome?.expect("nobody else keeps the folder");
        Ok(json!({
            "sweep_seconds": seconds,
            "removed": swept.gone,
            "looks": taken.figures(),
        }))
    }

    fn while_purging_tags(&self) -> Result<Value> {
        let purged = |asked: &Self| -> Result<Vec<f32>> {
            let tag = |number| Purge::of(Scope::from_number(1_000_000 + number), Force::Hard);
            (0..PURGES)
                .map(|number| {
                    let (added, seconds) = timed(|| asked.cache.purges().add(&[tag(number)]));
                    added?;
                    Ok((seconds * 1e3) as f32)
                })
                .collect()
        };
        let (outcome, _, taken) = self.take_while(purged);
        let mut millis = outcome?;
        millis.sort_by(f32::total_cmp);
        Ok(json!({
            "acknowledged_ms_median": part(&millis, 0.5),
            "acknowledged_ms_p99": part(&millis, 0.99),
            "looks": taken.figures(),
        }))
    }

    fn while_purging_all(&self) -> Result<Value> {
        let purged = |asked: &Self| -> Result<f64> {
            thread::sleep(TAKE / 3);
            let (added, seconds) = timed(|| asked.cache.purges().add(&[Purge::all(Force::Hard)]));
            added?;
            thread::sleep(TAKE / 3);
            Ok(seconds)
        };
        let (outcome, _, taken) = self.take_while(purged);
        ensure!(self.look(live(1)) == Lookup::Miss, "the purge left some");
        Ok(json!({
            "acknowledged_ms": outcome? * 1e3,
            "looks": taken.figures(),
        }))
    }

    /// Looks while `work` goes on beside it; what came of the work, its seconds, and what was taken.
    fn take_while<T: Send>(&self, work: impl FnOnce(&Self) -> T + Send) -> (T, f64, Taken) {
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let working = scope.spawn(|| {
                let outcome = timed(|| work(self));
                is_over.store(true, Ordering::Relaxed);
                outcome
            });
            let taken = self.take(Tier::Disk, || !is_over.load(Ordering::Relaxed));
            let (outcome, seconds) = working.join().expect("the work ends");
            (outcome, seconds, taken)
        })
    }
}

impl Taken {
    fn add(&mut self, other: Self) {
        self.looks += other.looks;
        self.hits += other.hits;
        self.micros.extend(other.micros);
    }

    fn figures(mut self) -> Value {
        self.micros.sort_by(f32::total_cmp);
        json!({
            "per_second": (self.looks as f64 / self.seconds).round(),
            "hits": self.hits,
            "looks": self.looks,
            "p50_us": part(&self.micros, 0.5),
            "p99_us": part(&self.micros, 0.99),
        })
    }
}

fn until_past(span: Duration) -> impl Fn() -> bool + Sync {
    let start = Instant::now();
    move || start.elapsed() < span
}

/// The entry beside `index`, where that one has expired.
fn live(index: u64) -> u64 {
    index + u64::from(index.is_multiple_of(EXPIRED_IN))
}

/// The value below which this part of the sorted ones lies.
fn part(sorted: &[f32], part: f64) -> f32 {
    let at = (sorted.len() as f64 * part) as usize;
    sorted
        .get(at)
        .or(sorted.last())
        .copied()
        .unwrap_or_default()
}

/// Random numbers from counted ones (SplitMix64).
fn mixed(counted: u64) -> u64 {
    let mixed = (counted ^ (counted >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
