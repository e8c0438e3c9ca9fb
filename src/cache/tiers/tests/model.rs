//! Random scripts, after each step of which the cache is what a map with a TTL and purges would be; and where files go
//! for want of room or by sweeps, it forgets at most.

use std::collections::HashMap;

use proptest::prelude::*;

use super::super::super::Extent;
use super::*;
use crate::clock::Timestamp;

const HOUR: Duration = Duration::from_secs(60 * 60);
const KEYS: u8 = 6;
const SOURCES: u8 = 2;
/// As many eras before the present one as what is stored may come from.
const ERAS: usize = 3;

/// What a script does to the cache.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Stores what was fetched so many purges ago.
    Store {
        key: u8,
        stage: Stage,
        ago: usize,
    },
    /// Confirms a source.
    Touch {
        source: u8,
    },
    Remove {
        key: u8,
    },
    Purge {
        what: u8,
        force: Force,
    },
    Advance {
        hours: u32,
    },
    Restart,
    Look {
        key: u8,
        recipe: u8,
    },
    /// A round of the keeper, which evicts.
    Keep,
    Sweep,
    Scan,
}

fn any_act() -> impl Strategy<Value = Act> {
    let stage = prop_oneof![Just(Stage::Fast), Just(Stage::Refined)];
    let force = prop_oneof![Just(Force::Soft), Just(Force::Hard)];
    prop_oneof![
        6 => (0..KEYS, stage, 0..ERAS).prop_map(|(key, stage, ago)| Act::Store { key, stage, ago }),
        1 => (0..SOURCES).prop_map(|source| Act::Touch { source }),
        1 => (0..KEYS).prop_map(|key| Act::Remove { key }),
        2 => (0..GROUPS, force).prop_map(|(what, force)| Act::Purge { what, force }),
        2 => (1u32..400).prop_map(|hours| Act::Advance { hours }),
        1 => Just(Act::Restart),
        8 => (0..KEYS, 0u8..2).prop_map(|(key, recipe)| Act::Look { key, recipe }),
    ]
}

/// Any act, and those of whoever keeps the folder.
fn any_act_of_all() -> impl Strategy<Value = Act> {
    let of_keeper = prop_oneof![
        4 => Just(Act::Keep),
        2 => Just(Act::Sweep),
        1 => Just(Act::Scan),
    ];
    prop_oneof![8 => any_act(), 2 => of_keeper]
}

/// What may be purged: everything, a prefix, sources, tags, URLs.
const GROUPS: u8 = 2 + SOURCES + TAGS + KEYS;
const TAGS: u8 = 3;
const PREFIX: u8 = 1;
const SOURCE: u8 = 2;
const TAG: u8 = SOURCE + SOURCES;
const URL: u8 = TAG + TAGS;

fn extent_of(what: u8) -> Extent {
    match what {
        0 => Extent::All,
        group => Extent::Of(scope(group)),
    }
}

fn scope(group: u8) -> Scope {
    Scope::from_number(group.into())
}

fn scopes_of(key: u8) -> Vec<Scope> {
    [PREFIX, SOURCE + key % SOURCES, TAG + key % TAGS, URL + key]
        .map(scope)
        .to_vec()
}

/// The tiers that a script runs over.
#[derive(Clone, Copy, Debug)]
enum Layout {
    Memory,
    Disk,
    Both,
}

/// A map of entries and a map of records, each of which keeps what supersedes the other, and the last purges.
#[derive(Default)]
struct Model {
    entries: HashMap<u8, Entry>,
    records: HashMap<u8, Record>,
    purges: HashMap<Extent, Floor>,
    /// All that was ever put, for where the maps forget.
    stored: Vec<Entry>,
    validated: Vec<(u8, Record)>,
}

impl Model {
    fn put(&mut self, key: u8, entry: &Entry, record: &Record) {
        if entry.header.sequence < self.floor(key).hard {
            return;
        }
        self.stored.push(entry.clone());
        let held = self.entries.get(&key);
        if held.is_none_or(|held| entry.header.supersedes(&held.header)) {
            self.entries.insert(key, entry.clone());
        }
        self.put_record(key % SOURCES, record);
    }

    fn put_record(&mut self, source: u8, record: &Record) {
        self.validated.push((source, record.clone()));
        let held = self.records.get(&source);
        if held.is_none_or(|held| record.supersedes(held)) {
            self.records.insert(source, record.clone());
        }
    }

    fn purge(&mut self, extent: Extent, force: Force, number: Sequence) {
        let floor = self.purges.entry(extent).or_default();
        match force {
            Force::Soft => floor.soft = number,
            Force::Hard => floor.hard = number,
        }
    }

    fn floor(&self, key: u8) -> Floor {
        let of = |extent| self.purges.get(&extent).copied().unwrap_or_default();
        let scopes = scopes_of(key).into_iter().map(Extent::Of);
        scopes.fold(of(Extent::All), |floor, scope| floor.max(of(scope)))
    }

    /// What a look-up is to find.
    fn look(&self, key: u8, recipe: u8, now: Timestamp) -> Seen {
        let Some(entry) = self.entries.get(&key) else {
            return Seen::Miss;
        };
        let (record, floor) = (self.records.get(&(key % SOURCES)), self.floor(key));
        let validated = record.map_or(Timestamp::default(), |record| record.validated_at);
        let body = entry.body.clone();
        let is_kept = now.since(validated.max(entry.header.created)) < DAY * 30;
        if entry.header.sequence < floor.hard || !is_kept {
            Seen::Miss
        } else if record.is_some_and(|record| record.digest != entry.header.source_digest) {
            Seen::Stale(body, StaleReason::Changed)
        } else if record.is_some_and(|record| record.sequence < floor.soft) {
            Seen::Stale(body, StaleReason::Purged)
        } else if now.since(validated) >= DAY {
            Seen::Stale(body, StaleReason::Expired)
        } else if entry.header.recipe != [recipe; 32] {
            Seen::Stale(body, StaleReason::Recipe)
        } else {
            Seen::Fresh(body)
        }
    }

    /// Whether what was found may be, though anything may have been forgotten: it is what was stored there, no purge
    /// since took it, and fresh it is by what was known of its source within a day, after the last soft purge.
    fn allows(&self, key: u8, recipe: u8, (found, now): (&Seen, Timestamp)) -> bool {
        let (body, is_fresh) = match found {
            Seen::Miss => return true,
            Seen::Fresh(body) => (body, true),
            Seen::Stale(body, reason) => (body, *reason == StaleReason::Recipe),
        };
        let stored = self.stored.iter().find(|entry| entry.body == *body);
        let (floor, entry) = (self.floor(key), &stored.expect("it was stored").header);
        let is_of_now = |at: Timestamp, age| now.since(at) < age;
        let validated = || {
            let of_source = self.validated.iter().filter(|it| it.0 == key % SOURCES);
            of_source.map(|(_, record)| record)
        };
        let is_kept = is_of_now(entry.created, DAY * 30)
            || validated().any(|record| is_of_now(record.validated_at, DAY * 30));
        let is_confirmed = validated().any(|record| {
            let is_later = record.sequence >= floor.soft;
            is_later && record.digest == entry.source_digest && is_of_now(record.validated_at, DAY)
        });
        let is_of_recipe = matches!(found, Seen::Stale(..)) || entry.recipe == [recipe; 32];
        entry.scopes == scopes_of(key)
            && entry.sequence >= floor.hard
            && is_kept
            && is_of_recipe
            && (!is_fresh || is_confirmed)
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
    /// How many files the folder may hold; where it is bound, anything may be forgotten.
    files: Option<u64>,
    dir: tempfile::TempDir,
    clock: Clock,
    cache: Cache,
    model: Model,
    /// The last purges that were known at some time, the newest last.
    eras: Vec<Sequence>,
    stores: u32,
}

impl Script {
    fn new(layout: Layout, files: Option<u64>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = clock();
        Self {
            layout,
            files,
            cache: open(layout, files, (dir.path(), &clock)),
            dir,
            clock,
            model: Model::default(),
            eras: vec![Sequence(0)],
            stores: 0,
        }
    }

    async fn take(&mut self, act: Act) {
        match act {
            Act::Store { key, stage, ago } => self.store(key, stage, ago).await,
            Act::Touch { source } => self.touch(source).await,
            Act::Remove { key } => {
                self.cache.remove(&key_of(key)).await.unwrap();
                self.model.entries.remove(&key);
            }
            Act::Purge { what, force } => {
                let extent = extent_of(what);
                let purge = Purge { extent, force };
                let number = self.cache.purges().add(&[purge]).unwrap();
                self.model.purge(extent, force, number);
                self.eras.push(number);
            }
            Act::Advance { hours } => self.clock.advance(HOUR * hours),
            Act::Restart => self.restart(),
            Act::Look { key, recipe } => self.look(key, recipe).await,
            Act::Keep => self.cache.keep_folder().unwrap(),
            Act::Sweep => drop(self.cache.sweep_folder().unwrap()),
            Act::Scan => drop(self.cache.scan_folder(&|_, _| ()).unwrap()),
        }
    }

    async fn look(&self, key: u8, recipe: u8) {
        let now = self.clock.now();
        let (name, source) = (key_of(key), source_of(key % SOURCES));
        let found = self.cache.lookup(&name, &source, &[recipe; 32]).await;
        let found = Seen::from(found);
        match self.files {
            None => assert_eq!(
                found,
                self.model.look(key, recipe, now),
                "{:?}",
                self.layout
            ),
            Some(_) => {
                let is_allowed = self.model.allows(key, recipe, (&found, now));
                assert!(is_allowed, "{:?}: {found:?}", self.layout);
            }
        }
    }

    async fn store(&mut self, key: u8, stage: Stage, ago: usize) {
        self.stores += 1;
        let digest = [(self.stores / 5) as u8; 32];
        let sequence = self.eras[self.eras.len().saturating_sub(ago + 1)];
        let header = Header {
            created: self.clock.now(),
            source: source_of(key % SOURCES),
            source_digest: digest,
            recipe: [(self.stores % 2) as u8; 32],
            sequence,
            stage,
            scopes: scopes_of(key),
            ..header()
        };
        let entry = Entry::new(header, Bytes::from(self.stores.to_string()));
        let record = Record {
            digest,
            sequence,
            validated_at: self.clock.now(),
            ..record()
        };
        self.model.put(key, &entry, &record);
        let held = (record, Audience::Everybody);
        let held = self.cache.hold(key_of(key), Arc::new(entry), held);
        self.cache.publish(held).await.unwrap();
    }

    async fn touch(&mut self, source: u8) {
        let Some(held) = self.model.records.get(&source) else {
            return;
        };
        let record = Record {
            validated_at: self.clock.now(),
            sequence: self.cache.newest_purge(),
            ..held.clone()
        };
        self.model.put_record(source, &record);
        let touched = self.cache.touch_record(source_of(source), for_all(record));
        touched.await.unwrap();
    }

    fn restart(&mut self) {
        self.cache.save();
        self.cache = open(self.layout, self.files, (self.dir.path(), &self.clock));
        if matches!(self.layout, Layout::Memory) {
            self.model = Model::default();
            self.eras = vec![Sequence(0)];
        }
    }
}

fn open(layout: Layout, files: Option<u64>, (dir, clock): (&Path, &Clock)) -> Cache {
    let mut config = Config {
        dir: (!matches!(layout, Layout::Memory)).then(|| dir.to_owned()),
        memory_bytes: match layout {
            Layout::Disk => 0,
            Layout::Memory | Layout::Both => 64 << 20,
        },
        ..Config::default()
    };
    if let Some(files) = files {
        config.disk_limits.entries = files;
    }
    Cache::open(config, parts(clock.clone())).unwrap()
}

fn key_of(number: u8) -> Key {
    Key::from_bytes([number; 32])
}

fn source_of(number: u8) -> Key {
    Key::from_bytes([0x80 | number; 32])
}

proptest! {
    // Each case opens several folders.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 8))]

    #[test]
    fn the_cache_is_a_map_with_a_ttl_and_purges(
        acts in proptest::collection::vec(any_act(), 1..60),
    ) {
        for layout in [Layout::Memory, Layout::Disk, Layout::Both] {
            runtime().block_on(async {
                let mut script = Script::new(layout, None);
                for act in &acts {
                    script.take(*act).await;
                }
            });
        }
    }

    #[test]
    fn what_is_kept_within_limits_is_forgotten_at_most(
        acts in proptest::collection::vec(any_act_of_all(), 1..80),
        files in 2u64..10,
    ) {
        for layout in [Layout::Disk, Layout::Both] {
            runtime().block_on(async {
                let mut script = Script::new(layout, Some(files));
                for act in &acts {
                    script.take(*act).await;
                }
                script.cache.keep_folder().unwrap();
                let held = script.cache.keeper_counts().unwrap().held_entries;
                assert!(held <= files, "{held} of {files} files");
            });
        }
    }
}
