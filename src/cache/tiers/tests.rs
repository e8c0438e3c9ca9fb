use super::super::entry::tests::{KEY, header, sample};
use super::super::record::tests::{SOURCE, sample as record};
use super::super::{
    Allowance, Body, Digest, Entry, Force, Grace, Header, Hit, Key, Lookup, Purge, Record,
    Sequence, Stage, StaleReason, Stored, Tier,
};
use super::*;
use bytes::Bytes;
use rustix::fs::inotify;
use std::fs;
use std::mem::MaybeUninit;
use std::path::Path;

mod model;

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
