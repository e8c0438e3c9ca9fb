use std::fs;

use object_store::ObjectStore;
use object_store::path::Path;

use super::super::entry::tests::{KEY, header, sample};
use super::super::record::tests::{SOURCE, sample as record};
use super::super::sight::Peeked;
use super::super::{Sequence, Stage};
use super::*;
use nodes::Nodes;
use store::{Mood, Store, held};

mod erasing;
mod nodes;
mod store;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const PREFIX: &str = "images/v1";

/// A clock that stands where the samples were made.
fn clock() -> Clock {
    Clock::manual(header().created)
}

fn config() -> SharedConfig {
    SharedConfig {
        patience: SECOND,
        ttl: DAY,
        ..SharedConfig::default()
    }
}

fn bucket(store: &Arc<Store>) -> SharedStore {
    let store = Arc::clone(store) as Arc<dyn ObjectStore>;
    let prefix = PREFIX.to_owned();
    SharedStore::Bucket { store, prefix }
}

fn open(store: &Arc<Store>, config: SharedConfig) -> Shared {
    Shared::open(config, bucket(store), clock(), Handle::current()).unwrap()
}

fn path(name: Name) -> Path {
    Path::from(format!("{PREFIX}/{name}"))
}

impl Shared {
    /// Puts an entry and waits until it is written, or not.
    async fn keep(&self, key: Key, entry: Entry) {
        self.put_entry(key, Arc::new(entry));
        assert_eq!(self.settle(DAY).await, 0);
    }
}

#[tokio::test]
async fn an_object_is_the_file_that_a_folder_would_keep() {
    let store = Arc::new(Store::default());
    open(&store, config()).keep(KEY, sample()).await;
    let name = Name::entry(KEY, SOURCE);
    let expected = super::super::entry::tests::file_of(&KEY, &sample());
    assert_eq!(store.file(name).await, Some(expected));
}

#[tokio::test]
async fn what_has_outlived_its_time_is_a_miss_and_removed() {
    let store = Arc::new(Store::default());
    let clock = clock();
    let shared = Shared::open(config(), bucket(&store), clock.clone(), Handle::current()).unwrap();
    shared.keep(KEY, sample()).await;
    shared.put_record(SOURCE, Arc::new(record()));
    assert_eq!(shared.settle(DAY).await, 0);
    clock.advance(DAY);
    assert_eq!(shared.entry(&KEY, &SOURCE).await, Some(sample()));
    assert_eq!(shared.record(&SOURCE).await, Some(record()));
    clock.advance(Duration::from_millis(1));
    assert_eq!(shared.entry(&KEY, &SOURCE).await, None);
    assert_eq!(shared.record(&SOURCE).await, None);
    assert_eq!(shared.settle(DAY).await, 0);
    assert_eq!(store.names().await, 0);
    let counts = shared.counts();
    assert_eq!((counts.expired, counts.removed, counts.misses), (2, 2, 2));
}

#[tokio::test]
async fn what_has_outlived_its_time_gives_way_to_anything() {
    let store = Arc::new(Store::default());
    let clock = clock();
    let shared = Shared::open(config(), bucket(&store), clock.clone(), Handle::current()).unwrap();
    shared.keep(KEY, sample()).await;
    clock.advance(DAY * 2);
    let header = Header {
        created: clock.now(),
        sequence: Sequence(1),
        ..header()
    };
    let younger = Entry::new(header, Bytes::from_static(b"younger"));
    shared.keep(KEY, younger.clone()).await;
    assert_eq!(shared.entry(&KEY, &SOURCE).await, Some(younger));
}

#[tokio::test]
async fn what_two_nodes_made_alike_is_written_once() {
    let store = Arc::new(Store::default());
    let nodes = Nodes::new(Arc::clone(&store), bucket(&store));
    let [one, other] = &nodes.nodes;
    one.keep(KEY, sample()).await;
    let header = Header {
        created: header().created.after(SECOND),
        ..header()
    };
    let alike = Entry::new(header, sample().body.in_memory().unwrap().clone());
    other.keep(KEY, alike).await;
    assert_eq!(store.puts(), 1);
    assert_eq!(other.counts().superseded, 1);
}

#[tokio::test(start_paused = true)]
async fn a_dead_store_costs_its_patience_a_few_times_and_then_nothing() {
    let store = Arc::new(Store::default());
    let clock = clock();
    let shared = Shared::open(config(), bucket(&store), clock.clone(), Handle::current()).unwrap();
    shared.keep(KEY, sample()).await;
    store.set(Mood::Dead);
    let begun = tokio::time::Instant::now();
    for _ in 0..100 {
        assert_eq!(shared.entry(&KEY, &SOURCE).await, None);
    }
    assert_eq!(begun.elapsed(), SECOND * 5);
    let counts = shared.counts();
    assert_eq!((counts.read_errors, counts.read_refusals), (5, 95));
    assert_eq!(counts.reads, CircuitState::Open);
    store.set(Mood::Well);
    clock.advance(SECOND);
    assert_eq!(shared.entry(&KEY, &SOURCE).await, Some(sample()));
    assert_eq!(shared.counts().reads, CircuitState::Closed);
    assert_eq!(shared.counts().last_error, None);
}

#[tokio::test(start_paused = true)]
async fn a_peek_leaves_no_trace_and_a_store_that_is_left_alone_in_peace() {
    let store = Arc::new(Store::default());
    let clock = clock();
    let shared = Shared::open(config(), bucket(&store), clock.clone(), Handle::current()).unwrap();
    let peek = shared.peek(&KEY, &SOURCE).await;
    assert_eq!((peek.entry, peek.record), (Peeked::Absent, Peeked::Absent));
    assert_eq!(peek.name, path(Name::entry(KEY, SOURCE)).to_string());
    shared.put_record(SOURCE, Arc::new(record()));
    shared.keep(KEY, sample()).await;
    let counts = shared.counts();
    let peek = shared.peek(&KEY, &SOURCE).await;
    let bytes = store.file(Name::entry(KEY, SOURCE)).await.unwrap().len() as u64;
    assert_eq!(peek.entry, Peeked::Held((sample().header, bytes)));
    assert_eq!(peek.record, Peeked::Held(record()));
    clock.advance(DAY * 2);
    let past = shared.peek(&KEY, &SOURCE).await;
    assert!(
        matches!(past.entry, Peeked::Unreadable(_)),
        "{:?}",
        past.entry
    );
    store.set(Mood::Broken);
    for _ in 0..9 {
        let refused = shared.peek(&KEY, &SOURCE).await;
        assert!(matches!(refused.entry, Peeked::Unreadable(_)));
    }
    assert_eq!(shared.settle(DAY).await, 0);
    assert_eq!(shared.counts(), counts, "a peek is no read");
    assert_eq!(store.names().await, 2, "what is too old is left");
    for _ in 0..5 {
        assert_eq!(shared.entry(&KEY, &SOURCE).await, None);
    }
    store.set(Mood::Well);
    let alone = shared.peek(&KEY, &SOURCE).await;
    assert_eq!(alone.entry, Peeked::NotAsked(CircuitState::Open));
}

#[tokio::test]
async fn a_store_that_refuses_writes_is_still_read() {
    let store = Arc::new(Store::default());
    let shared = open(&store, config());
    shared.keep(KEY, sample()).await;
    store.set(Mood::Broken);
    for number in 0..20 {
        shared.keep(Key::from_bytes([number; 32]), sample()).await;
    }
    let counts = shared.counts();
    assert_eq!((counts.write_errors, counts.dropped), (5, 15));
    assert_eq!(counts.writes, CircuitState::Open);
    assert!(counts.last_error.is_some());
    store.set(Mood::Well);
    assert_eq!(shared.entry(&KEY, &SOURCE).await, Some(sample()));
}

#[tokio::test]
async fn an_object_that_is_too_long_is_neither_written_nor_read() {
    let store = Arc::new(Store::default());
    open(&store, config()).keep(KEY, sample()).await;
    let small = SharedConfig {
        max_object_bytes: 100,
        ..config()
    };
    let shared = open(&store, small);
    for _ in 0..10 {
        assert_eq!(shared.entry(&KEY, &SOURCE).await, None);
        shared.keep(KEY, sample()).await;
    }
    let counts = shared.counts();
    assert_eq!((counts.reads, counts.writes), Default::default());
    assert_eq!((counts.read_errors, counts.write_errors), (10, 10));
    assert_eq!(store.puts(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_into_the_queue_is_dropped() {
    let store = held();
    let bounded = SharedConfig {
        queue_jobs: 3,
        ..config()
    };
    let shared = open(&store, bounded);
    for number in 0..5 {
        shared.put_entry(Key::from_bytes([number; 32]), Arc::new(sample()));
    }
    let counts = shared.counts();
    assert_eq!((counts.dropped, counts.queued), (2, 3));
    assert!(counts.queued_bytes > 0);
    assert_eq!(shared.settle(SECOND).await, 3);
    store.held.as_ref().unwrap().add_permits(3);
    assert_eq!(shared.settle(SECOND).await, 0);
    assert_eq!(shared.counts().written, 3);
}

#[tokio::test]
async fn what_others_outrun_at_every_try_is_given_up() {
    let store = held();
    let shared = open(&store, config());
    shared.put_entry(KEY, Arc::new(sample()));
    for sequence in 1..=2_u64 {
        while store.puts() < sequence {
            tokio::task::yield_now().await;
        }
        let rival = Header {
            sequence: Sequence(sequence),
            stage: Stage::Fast,
            ..header()
        };
        let rival = Entry::new(rival, Bytes::from_static(b"rival"));
        let file = super::super::entry::tests::file_of(&KEY, &rival);
        store.plant(Name::entry(KEY, SOURCE), file).await;
        store.held.as_ref().unwrap().add_permits(1);
    }
    assert_eq!(shared.settle(DAY).await, 0);
    let counts = shared.counts();
    assert_eq!((counts.outrun, counts.written), (1, 0));
}
