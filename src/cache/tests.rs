//! The suite of [`conformance`](super::conformance) over memory, folder and both.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::conformance::{Subject, conform};
use super::disk::{Disk, Found};
use super::entry::tests::header;
use super::memory::Memory;
use super::record::tests::sample as record;
use super::{Audience, Cache, Config, Entry, Header, Key, Lookup, Parts, Record, Sequence};
use crate::clock::{Clock, Timestamp};

const SPACE: u64 = 64 << 20;

/// A clock that stands where the samples were made.
fn clock() -> Clock {
    Clock::manual(header().created)
}

const KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);

fn due() -> Timestamp {
    clock().now().after(KEEP)
}

fn parts(clock: Clock) -> Parts {
    Parts {
        clock,
        runtime: Handle::current(),
        shared: None,
    }
}

impl Subject for Memory {
    const ORDERS_RIVALS: bool = true;

    fn sample(&self) -> (Header, Record) {
        (header(), record())
    }

    async fn put_entry(&self, key: Key, entry: Entry) {
        Memory::put_entry(self, key, &Arc::new(entry));
    }

    async fn entry(&self, key: &Key, _: &Key) -> Option<Entry> {
        Memory::entry(self, key).map(|entry| Entry::clone(&entry))
    }

    async fn put_record(&self, source: Key, record: Record) {
        Memory::put_record(self, source, &Arc::new(record));
    }

    async fn record(&self, source: &Key) -> Option<Record> {
        Memory::record(self, source).map(|record| Record::clone(&record))
    }

    async fn file(&self, _: &Key, _: &Key) -> Option<Vec<u8>> {
        None
    }

    async fn plant(&self, _: &Key, _: &Key, _: Vec<u8>) {}

    async fn settle(&self) {}
}

/// Something with a folder of its own.
struct Rooted<T> {
    below: T,
    dir: tempfile::TempDir,
}

impl<T> Rooted<T> {
    fn new(open: impl FnOnce(&Path) -> T) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let below = open(dir.path());
        Self { below, dir }
    }

    fn file(&self, key: &Key) -> Option<Vec<u8>> {
        fs::read(key.path_under(self.dir.path())).ok()
    }

    fn plant(&self, key: &Key, file: &[u8]) {
        let path = key.path_under(self.dir.path());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
}

impl Subject for Rooted<Disk> {
    const ORDERS_RIVALS: bool = false;

    fn sample(&self) -> (Header, Record) {
        (header(), record())
    }

    async fn put_entry(&self, key: Key, entry: Entry) {
        self.below.put_entry(&key, &entry, due()).unwrap();
    }

    async fn entry(&self, key: &Key, _: &Key) -> Option<Entry> {
        match self.below.entry(key).unwrap() {
            Found::Whole(entry) => Some(entry),
            _ => None,
        }
    }

    async fn put_record(&self, source: Key, record: Record) {
        self.below.put_record(&source, &record, due()).unwrap();
    }

    async fn record(&self, source: &Key) -> Option<Record> {
        match self.below.record(source).unwrap() {
            Found::Whole(record) => Some(record),
            _ => None,
        }
    }

    async fn file(&self, key: &Key, _: &Key) -> Option<Vec<u8>> {
        Rooted::file(self, key)
    }

    async fn plant(&self, key: &Key, _: &Key, file: Vec<u8>) {
        Rooted::plant(self, key, &file);
    }

    async fn settle(&self) {}
}

impl Subject for Rooted<Cache> {
    const ORDERS_RIVALS: bool = false;

    fn sample(&self) -> (Header, Record) {
        (header(), record())
    }

    async fn put_entry(&self, key: Key, entry: Entry) {
        let record = Record {
            sequence: entry.header.sequence.max(Sequence(7)),
            ..record()
        };
        let unpublished = self
            .below
            .hold(key, Arc::new(entry), (record, Audience::Everybody));
        self.below.publish(unpublished).await.unwrap();
    }

    async fn entry(&self, key: &Key, source: &Key) -> Option<Entry> {
        match self.below.lookup(key, source, &header().recipe).await {
            Lookup::Fresh(hit) | Lookup::Stale(hit, ..) => Some(Entry::clone(&hit.entry)),
            Lookup::Miss => None,
        }
    }

    async fn put_record(&self, source: Key, record: Record) {
        self.below
            .touch_record(source, (record, Audience::Everybody))
            .await
            .unwrap();
    }

    async fn record(&self, source: &Key) -> Option<Record> {
        let found = self.below.record(source).await;
        found.map(|record| Record::clone(&record))
    }

    async fn file(&self, key: &Key, _: &Key) -> Option<Vec<u8>> {
        self.below.maintain();
        // Where memory answers, what lies below is not what is served.
        let is_below = self.below.memory_entries() == 0;
        is_below.then(|| Rooted::file(self, key)).flatten()
    }

    async fn plant(&self, key: &Key, _: &Key, file: Vec<u8>) {
        Rooted::plant(self, key, &file);
    }

    async fn settle(&self) {}
}

fn tiered(memory_bytes: u64) -> Rooted<Cache> {
    Rooted::new(|dir| {
        let config = Config {
            dir: Some(dir.to_owned()),
            memory_bytes,
            ..Config::default()
        };
        Cache::open(config, parts(clock())).unwrap()
    })
}

#[tokio::test]
async fn memory_conforms() {
    conform(&Memory::new(SPACE, SPACE)).await;
}

#[tokio::test]
async fn the_folder_conforms() {
    conform(&Rooted::new(|dir| Disk::open(dir, KEEP, clock()).unwrap())).await;
}

#[tokio::test]
async fn the_tiers_conform_with_and_without_memory() {
    conform(&tiered(0)).await;
    let with_memory = tiered(SPACE);
    conform(&with_memory).await;
    with_memory.below.maintain();
    assert!(with_memory.below.memory_entries() > 0);
}
