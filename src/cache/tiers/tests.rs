use super::super::body::Body;
use super::super::entry::tests::{KEY, header, sample};
use super::super::entry::{Header, Sequence, Stage};
use super::super::freshness::{Grace, StaleReason};
use super::super::purge::{Force, Purge};
use super::super::record::tests::{SOURCE, sample as record};
use super::*;
use bytes::Bytes;
use proptest::prelude::*;
use rustix::fs::inotify;
use std::collections::HashMap;
use std::fs;
use std::mem::MaybeUninit;
use std::path::Path;

const RECIPE: Digest = [0x44; 32];
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// One blocking thread: what was begun in the background is over when a later disk operation is.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .max_blocking_threads(1)
        .build()
        .unwrap()
}

/// A clock that stands where the sample record was validated.
fn clock() -> Clock {
    Clock::manual(record().validated_at)
}

fn parts(clock: Clock) -> Parts {
    Parts {
        clock,
        runtime: Handle::current(),
        shared: None,
    }
}

fn for_all(record: Record) -> (Record, Audience) {
    (record, Audience::Everybody)
}

fn cache_in(dir: &Path, clock: &Clock) -> Cache {
    let config = Config {
        dir: Some(dir.to_owned()),
        ..Config::default()
    };
    Cache::open(config, parts(clock.clone())).unwrap()
}

fn fresh(entry: Entry, tier: Tier) -> Lookup {
    Lookup::Fresh(hit(entry, tier))
}

fn stale(entry: Entry, tier: Tier, reason: StaleReason) -> Lookup {
    let grace = match reason {
        StaleReason::Recipe => Grace::AtOnce,
        _ => Grace::OnError,
    };
    Lookup::Stale(hit(entry, tier), reason, grace)
}

fn hit(entry: Entry, tier: Tier) -> Hit {
    Hit {
        entry: Arc::new(entry),
        tier,
        allowance: Allowance::default(),
    }
}

async fn look(cache: &Cache) -> Lookup {
    cache.lookup(&KEY, &SOURCE, &RECIPE).await
}

async fn store(cache: &Cache, entry: Entry) -> Result<Stored, Error> {
    cache
        .publish(cache.hold(KEY, Arc::new(entry), for_all(record())))
        .await
}

#[test]
fn what_is_stored_is_a_memory_hit_and_after_a_restart_a_disk_hit_once() {
    let dir = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let cache = cache_in(dir.path(), &clock());
        assert_eq!(look(&cache).await, Lookup::Miss);
        assert_eq!(store(&cache, sample()).await.unwrap(), Stored::Kept);
        let found = cache.lookup_memory(&KEY, &SOURCE, &RECIPE);
        assert_eq!(found, Some(fresh(sample(), Tier::Memory)));
    });
    runtime().block_on(async {
        let cache = cache_in(dir.path(), &clock());
        assert_eq!(cache.lookup_memory(&KEY, &SOURCE, &RECIPE), None);
        assert_eq!(look(&cache).await, fresh(sample(), Tier::Disk));
        assert_eq!(look(&cache).await, fresh(sample(), Tier::Memory));
        let length = sample().body.len() as u64;
        let (memory, disk) = (cache.health().memory.counts(), cache.health().disk.counts());
        assert_eq!(
            (memory.hits, memory.misses, memory.read_bytes),
            (1, 1, length)
        );
        assert_eq!((disk.hits, disk.misses, disk.read_bytes), (1, 0, length));
        assert_eq!((disk.errors, disk.damaged), (0, 0));
    });
}

#[test]
fn a_long_body_stays_in_its_file() {
    let dir = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let config = Config {
            dir: Some(dir.path().to_owned()),
            stream_bytes: 1 << 20,
            ..Config::default()
        };
        let cache = Cache::open(config, parts(clock())).unwrap();
        for (length, tiers) in [
            (1 << 20, [Tier::Memory, Tier::Memory]),
            ((1 << 20) + 1, [Tier::Disk, Tier::Disk]),
        ] {
            let entry = Entry::new(header(), vec![7; length].into());
            store(&cache, entry.clone()).await.unwrap();
            for tier in tiers {
                let Lookup::Fresh(hit) = look(&cache).await else {
                    panic!("{length} bytes are kept");
                };
                assert_eq!((hit.tier, hit.entry.body.len()), (tier, length));
                assert_eq!(hit.entry.header, entry.header);
                let is_in_memory = hit.entry.body.in_memory().is_some();
                assert_eq!(is_in_memory, tier == Tier::Memory, "{length}");
            }
        }
    });
}

#[test]
fn one_record_makes_every_variant_of_a_source_fresh_again() {
    let dir = tempfile::tempdir().unwrap();
    let clock = clock();
    runtime().block_on(async {
        let cache = cache_in(dir.path(), &clock);
        store(&cache, sample()).await.unwrap();
        clock.advance(DAY);
        let expired = stale(sample(), Tier::Memory, StaleReason::Expired);
        assert_eq!(look(&cache).await, expired);
        let confirmed = Record {
            validated_at: clock.now(),
            ..record()
        };
        cache
            .touch_record(SOURCE, for_all(confirmed.clone()))
            .await
            .unwrap();
        assert_eq!(look(&cache).await, fresh(sample(), Tier::Memory));
        let restarted = cache_in(dir.path(), &clock);
        assert_eq!(look(&restarted).await, fresh(sample(), Tier::Disk));
        assert_eq!(restarted.record(&SOURCE).await, Some(Arc::new(confirmed)));
    });
}

#[test]
fn another_recipe_is_stale_and_still_served() {
    runtime().block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let cache = cache_in(dir.path(), &clock());
        store(&cache, sample()).await.unwrap();
        let found = cache.lookup(&KEY, &SOURCE, &[0; 32]).await;
        assert_eq!(found, stale(sample(), Tier::Memory, StaleReason::Recipe));
    });
}

#[test]
fn a_pair_that_is_too_old_gives_way_to_what_another_process_has_put_there() {
    let dir = tempfile::tempdir().unwrap();
    let clock = clock();
    runtime().block_on(async {
        let cache = cache_in(dir.path(), &clock);
        store(&cache, sample()).await.unwrap();
        clock.advance(DAY * 30);
        assert_eq!(look(&cache).await, Lookup::Miss);
        let other = cache_in(dir.path(), &clock);
        let confirmed = Record {
            validated_at: clock.now(),
            ..record()
        };
        other
            .touch_record(SOURCE, for_all(confirmed))
            .await
            .unwrap();
        assert_eq!(look(&cache).await, fresh(sample(), Tier::Disk));
    });
}

#[test]
fn what_the_folder_has_newer_is_found_after_a_late_store() {
    let dir = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let refined = sample();
        let fast = Entry::new(
            Header {
                stage: Stage::Fast,
                ..header()
            },
            Bytes::from_static(b"larger"),
        );
        let other = cache_in(dir.path(), &clock());
        store(&other, refined.clone()).await.unwrap();
        let cache = cache_in(dir.path(), &clock());
        assert_eq!(store(&cache, fast).await.unwrap(), Stored::Superseded);
        assert_eq!(look(&cache).await, fresh(refined, Tier::Disk));
    });
}

#[test]
fn what_was_made_before_a_purge_takes_nothing_newer_with_it_when_it_comes_late() {
    runtime().block_on(async {
        let cache = Cache::open(Config::default(), parts(clock())).unwrap();
        let purge = Purge::all(Force::Hard);
        let sequence = cache.purges().add(&[purge]).unwrap();
        let header = Header {
            sequence,
            ..header()
        };
        let newer = Entry::new(header, Bytes::from_static(b"newer"));
        let known = Record {
            sequence,
            ..record()
        };
        drop(cache.hold(KEY, Arc::new(newer.clone()), for_all(known)));
        drop(cache.hold(KEY, Arc::new(sample()), for_all(record())));
        let found = cache.lookup_memory(&KEY, &SOURCE, &RECIPE);
        assert_eq!(found, Some(fresh(newer, Tier::Memory)));
    });
}

#[test]
fn what_is_removed_is_gone_from_both_tiers() {
    let dir = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let cache = cache_in(dir.path(), &clock());
        store(&cache, sample()).await.unwrap();
        cache.remove(&KEY).await.unwrap();
        assert_eq!(look(&cache).await, Lookup::Miss);
        let restarted = cache_in(dir.path(), &clock());
        assert_eq!(look(&restarted).await, Lookup::Miss);
    });
}

#[test]
fn damage_is_a_miss_that_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        store(&cache_in(dir.path(), &clock()), sample())
            .await
            .unwrap();
        let path = KEY.path_under(dir.path());
        let mut file = fs::read(&path).unwrap();
        *file.last_mut().unwrap() ^= 1;
        fs::write(&path, file).unwrap();
        let cache = cache_in(dir.path(), &clock());
        assert_eq!(look(&cache).await, Lookup::Miss);
        assert!(!path.exists());
        let disk = cache.health().disk.counts();
        assert_eq!((disk.damaged, disk.misses, disk.errors), (1, 1, 0));
    });
}

#[test]
fn a_folder_that_refuses_leaves_the_entry_in_memory_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let cache = cache_in(dir.path(), &clock());
        fs::remove_dir(dir.path().join("tmp")).unwrap();
        fs::write(dir.path().join("tmp"), b"no folder").unwrap();
        let error = store(&cache, sample()).await.unwrap_err();
        assert_eq!(cache.health().last_error(), Some(error.to_string()));
        assert_eq!(look(&cache).await, fresh(sample(), Tier::Memory));
        fs::remove_file(dir.path().join("tmp")).unwrap();
        store(&cache, sample()).await.unwrap();
        assert_eq!(cache.health().last_error(), None);
        let restarted = cache_in(dir.path(), &clock());
        assert_eq!(look(&restarted).await, fresh(sample(), Tier::Disk));
    });
}

#[test]
fn a_disk_that_does_not_answer_costs_a_bounded_time() {
    let dir = tempfile::tempdir().unwrap();
    let busy = Config {
        dir: Some(dir.path().to_owned()),
        disk_operations: 0,
        ..Config::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let cache = Cache::open(busy, parts(clock())).unwrap();
        assert_eq!(look(&cache).await, Lookup::Miss);
        let stored = store(&cache, sample()).await;
        assert!(matches!(stored, Err(Error::Slow)));
        assert_eq!(look(&cache).await, fresh(sample(), Tier::Memory));
        assert_eq!(cache.health().disk.counts().errors, 2);
    });
}

#[test]
fn leftovers_go_in_the_background() {
    let dir = tempfile::tempdir().unwrap();
    let leftover = dir.path().join("tmp/1-0123456789abcdef-0.part");
    fs::create_dir(dir.path().join("tmp")).unwrap();
    fs::write(&leftover, b"").unwrap();
    runtime().block_on(async {
        let cache = cache_in(dir.path(), &clock());
        look(&cache).await;
        assert!(!leftover.exists());
    });
}

/// How often a watched folder, or something right in it, was opened since the last call.
fn opened(watch: &impl std::os::fd::AsFd) -> usize {
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut events = inotify::Reader::new(watch, &mut buffer);
    let mut count = 0;
    while events.next().is_ok() {
        count += 1;
    }
    count
}

#[test]
fn a_restart_finds_entries_without_listing_a_single_folder_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let runtime = runtime();
    runtime.block_on(async {
        store(&cache_in(dir.path(), &clock()), sample())
            .await
            .unwrap()
    });
    let watch = inotify::init(inotify::CreateFlags::NONBLOCK).unwrap();
    let folders = ["", "11", "11/11", "11/11/11", "sources", "sources/22"];
    for folder in folders {
        let flags = inotify::WatchFlags::OPEN | inotify::WatchFlags::ONLYDIR;
        inotify::add_watch(&watch, dir.path().join(folder), flags).unwrap();
    }
    runtime.block_on(async {
        let cache = cache_in(dir.path(), &clock());
        assert_eq!(cache.remove(&Key::from_bytes([9; 32])).await.ok(), Some(()));
    });
    // The folder of temporary files is the one that is listed, and it shows as an event of its parent.
    assert_eq!(opened(&watch), 1);
    runtime.block_on(async {
        let cache = cache_in(dir.path(), &clock());
        assert_eq!(look(&cache).await, fresh(sample(), Tier::Disk));
    });
    assert_eq!(opened(&watch), 2, "`tmp`, and the file of the entry itself");
    fs::read_dir(dir.path().join("11/11")).unwrap();
    assert_eq!(
        opened(&watch),
        2,
        "the watch does see listings, from above and from within"
    );
}

/// What a script does to the cache.
#[derive(Clone, Copy, Debug)]
enum Act {
    Store {
        key: u8,
        source: u8,
        stage: Stage,
        sequence: u64,
    },
    Touch {
        source: u8,
    },
    Remove {
        key: u8,
    },
    Advance {
        hours: u64,
    },
    Restart,
    Look {
        key: u8,
        source: u8,
        recipe: u8,
    },
}

fn any_act() -> impl Strategy<Value = Act> {
    let stage = prop_oneof![Just(Stage::Fast), Just(Stage::Refined)];
    prop_oneof![
        4 => (0u8..4, 0u8..2, stage, 0u64..3).prop_map(|(key, source, stage, sequence)| {
            Act::Store { key, source, stage, sequence }
        }),
        1 => (0u8..2).prop_map(|source| Act::Touch { source }),
        1 => (0u8..4).prop_map(|key| Act::Remove { key }),
        2 => (1u64..400).prop_map(|hours| Act::Advance { hours }),
        1 => Just(Act::Restart),
        6 => (0u8..4, 0u8..2, 0u8..2).prop_map(|(key, source, recipe)| {
            Act::Look { key, source, recipe }
        }),
    ]
}

/// The tiers that a script runs over.
#[derive(Clone, Copy, Debug)]
enum Layout {
    Memory,
    Disk,
    Both,
}

/// A map of entries and a map of records, each of which keeps what supersedes the other.
#[derive(Default)]
struct Model {
    entries: HashMap<u8, Entry>,
    records: HashMap<u8, Record>,
}

impl Model {
    fn put_entry(&mut self, key: u8, entry: &Entry) {
        let held = self.entries.get(&key);
        if held.is_none_or(|held| entry.header.supersedes(&held.header)) {
            self.entries.insert(key, entry.clone());
        }
    }

    fn put_record(&mut self, source: u8, record: &Record) {
        let held = self.records.get(&source);
        if held.is_none_or(|held| record.supersedes(held)) {
            self.records.insert(source, record.clone());
        }
    }

    fn look(&self, key: u8, source: u8, recipe: &Digest, now: crate::clock::Timestamp) -> Seen {
        let Some(entry) = self.entries.get(&key) else {
            return Seen::Miss;
        };
        let record = self.records.get(&source);
        let known = record.filter(|record| record.digest == entry.header.source_digest);
        let validated = record.map_or(0, |record| record.validated_at.as_millis());
        let age = |millis: u64| now.as_millis() - millis;
        let body = entry.body.clone();
        if age(validated.max(entry.header.created.as_millis())) >= (DAY * 30).as_millis() as u64 {
            Seen::Miss
        } else if record.is_some() && known.is_none() {
            Seen::Stale(body, StaleReason::Changed)
        } else if age(validated) >= DAY.as_millis() as u64 {
            Seen::Stale(body, StaleReason::Expired)
        } else if &entry.header.recipe != recipe {
            Seen::Stale(body, StaleReason::Recipe)
        } else {
            Seen::Fresh(body)
        }
    }
}

/// A [`Lookup`] without the tier.
#[derive(Debug, PartialEq)]
enum Seen {
    Fresh(Body),
    Stale(Body, StaleReason),
    Miss,
}

impl From<Lookup> for Seen {
    fn from(lookup: Lookup) -> Self {
        match lookup {
            Lookup::Fresh(hit) => Self::Fresh(hit.entry.body.clone()),
            Lookup::Stale(hit, reason, _) => Self::Stale(hit.entry.body.clone(), reason),
            Lookup::Miss => Self::Miss,
        }
    }
}

/// The cache under test beside its model.
struct Script {
    layout: Layout,
    dir: tempfile::TempDir,
    clock: Clock,
    cache: Cache,
    model: Model,
    stores: u32,
}

impl Script {
    fn new(layout: Layout) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = clock();
        let cache = Self::open(layout, dir.path(), &clock);
        Self {
            layout,
            dir,
            clock,
            cache,
            model: Model::default(),
            stores: 0,
        }
    }

    fn open(layout: Layout, dir: &Path, clock: &Clock) -> Cache {
        let config = Config {
            dir: (!matches!(layout, Layout::Memory)).then(|| dir.to_owned()),
            memory_bytes: match layout {
                Layout::Disk => 0,
                Layout::Memory | Layout::Both => 64 << 20,
            },
            ..Config::default()
        };
        Cache::open(config, parts(clock.clone())).unwrap()
    }

    async fn take(&mut self, act: Act) {
        match act {
            Act::Store {
                key,
                source,
                stage,
                sequence,
            } => {
                self.store(key, source, (Sequence(sequence), stage)).await;
            }
            Act::Touch { source } => self.touch(source).await,
            Act::Remove { key } => {
                self.cache.remove(&key_of(key)).await.unwrap();
                self.model.entries.remove(&key);
            }
            Act::Advance { hours } => self.clock.advance(Duration::from_secs(hours * 3600)),
            Act::Restart => self.restart(),
            Act::Look {
                key,
                source,
                recipe,
            } => {
                let (recipe, now) = ([recipe; 32], self.clock.now());
                let expected = self.model.look(key, source, &recipe, now);
                let (key, source) = (key_of(key), source_of(source));
                let found = self.cache.lookup(&key, &source, &recipe).await;
                assert_eq!(Seen::from(found), expected, "{:?}", self.layout);
            }
        }
    }

    async fn store(&mut self, key: u8, source: u8, (sequence, stage): (Sequence, Stage)) {
        self.stores += 1;
        let digest = [(self.stores / 5) as u8; 32];
        let header = Header {
            created: self.clock.now(),
            source: source_of(source),
            source_digest: digest,
            recipe: [(self.stores % 2) as u8; 32],
            sequence,
            stage,
            ..header()
        };
        let entry = Entry::new(header, Bytes::from(self.stores.to_string()));
        let record = Record {
            digest,
            sequence,
            validated_at: self.clock.now(),
            ..record()
        };
        self.model.put_entry(key, &entry);
        self.model.put_record(source, &record);
        let held = self
            .cache
            .hold(key_of(key), Arc::new(entry), for_all(record));
        let stored = self.cache.publish(held);
        stored.await.unwrap();
    }

    async fn touch(&mut self, source: u8) {
        let Some(held) = self.model.records.get(&source) else {
            return;
        };
        let record = Record {
            validated_at: self.clock.now(),
            ..held.clone()
        };
        self.model.put_record(source, &record);
        let touched = self.cache.touch_record(source_of(source), for_all(record));
        touched.await.unwrap();
    }

    fn restart(&mut self) {
        self.cache = Self::open(self.layout, self.dir.path(), &self.clock);
        if matches!(self.layout, Layout::Memory) {
            self.model = Model::default();
        }
    }
}

fn key_of(number: u8) -> Key {
    Key::from_bytes([number; 32])
}

fn source_of(number: u8) -> Key {
    Key::from_bytes([0x80 | number; 32])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_cache_is_a_map_with_a_ttl(acts in proptest::collection::vec(any_act(), 1..60)) {
        for layout in [Layout::Memory, Layout::Disk, Layout::Both] {
            runtime().block_on(async {
                let mut script = Script::new(layout);
                for act in &acts {
                    script.take(*act).await;
                }
            });
        }
    }
}
