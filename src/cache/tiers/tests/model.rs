//! Random scripts, after each step of which the cache is what a map with a TTL and purges would be; and where files go
//! for want of room or by sweeps, it forgets at most.

use proptest::prelude::*;

use super::super::super::Extent;
use super::*;
use crate::clock::Timestamp;
use map::{GROUPS, Model, Seen, extent_of, scopes_of};

mod map;

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

/// The tiers that a script runs over.
#[derive(Clone, Copy, Debug)]
enum Layout {
    Memory,
    Disk,
    Both,
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
