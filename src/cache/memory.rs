//! The memory tier: entries and records, bounded by the bytes that they take.

use std::sync::Arc;

use moka::ops::compute::{CompResult, Op};
use moka::sync::Cache;

use super::disk::Stored;
use super::entry::{Entry, Header};
use super::key::Key;
use super::record::Record;

/// What the cache's own tables take for each thing that they hold, about.
const SLOT_BYTES: u64 = 256;
/// The part of the memory that records get: one 16th. A record takes some 400 bytes, an entry some 16 KiB.
const RECORDS_PART: u64 = 16;

/// What an entry with more work in it came upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Improved {
    /// The same with less work, whose place it took.
    Refined,
    /// Something that it is no better than.
    Other,
    /// Nothing.
    Nothing,
}

/// Entries and records in memory. Reading takes no lock and allocates nothing.
#[derive(Debug)]
pub(super) struct Memory {
    entries: Cache<Key, Arc<Entry>>,
    records: Cache<Key, Arc<Record>>,
    max_body_bytes: u64,
}

impl Memory {
    /// Holds up to `bytes`, and no body that is longer than `max_body_bytes` or in a file.
    pub(super) fn new(bytes: u64, max_body_bytes: u64) -> Self {
        let records_bytes = bytes / RECORDS_PART;
        Self {
            entries: Cache::builder()
                .max_capacity(bytes - records_bytes)
                .weigher(|_, entry: &Arc<Entry>| weight(entry.cost_bytes()))
                .build(),
            records: Cache::builder()
                .max_capacity(records_bytes)
                .weigher(|_, record: &Arc<Record>| weight(record.cost_bytes()))
                .build(),
            max_body_bytes,
        }
    }

    /// The entry of `key`.
    pub(super) fn entry(&self, key: &Key) -> Option<Arc<Entry>> {
        self.entries.get(key)
    }

    /// The record of the source `key`.
    pub(super) fn record(&self, key: &Key) -> Option<Arc<Record>> {
        self.records.get(key)
    }

    /// Holds `entry` unless what is there supersedes it. What is too long to be held takes what is there with it.
    pub(super) fn put_entry(&self, key: Key, entry: &Arc<Entry>) -> Stored {
        let op = match self.has_room_for(entry) {
            true => Op::Put(Arc::clone(entry)),
            false => Op::Remove,
        };
        outcome(self.entries.entry(key).and_compute_with(|held| match held {
            Some(held) if !entry.header.supersedes(&held.value().header) => Op::Nop,
            _ => op,
        }))
    }

    /// Holds `record` unless what is there supersedes it.
    pub(super) fn put_record(&self, key: Key, record: &Arc<Record>) -> Stored {
        outcome(self.records.entry(key).and_compute_with(|held| match held {
            Some(held) if !record.supersedes(held.value()) => Op::Nop,
            _ => Op::Put(Arc::clone(record)),
        }))
    }

    /// Puts `entry` in the place of one that it refines, and of no other; answers what there was.
    pub(super) fn refine_entry(&self, key: Key, entry: &Arc<Entry>) -> Improved {
        let mut improved = Improved::Nothing;
        self.entries.entry(key).and_compute_with(|held| {
            let refines = held.map(|held| entry.header.refines(&held.value().header));
            improved = match refines {
                Some(true) => Improved::Refined,
                Some(false) => Improved::Other,
                None => Improved::Nothing,
            };
            match refines == Some(true) && self.has_room_for(entry) {
                true => Op::Put(Arc::clone(entry)),
                false => Op::Nop,
            }
        });
        improved
    }

    /// Holds an entry that was read from below. What is here by now was put later, and stays.
    pub(super) fn fill_entry(&self, key: Key, entry: &Arc<Entry>) {
        if self.has_room_for(entry) {
            self.entries.entry(key).or_insert_with(|| Arc::clone(entry));
        }
    }

    /// Holds a record that was read from below, likewise.
    pub(super) fn fill_record(&self, key: Key, record: &Arc<Record>) {
        self.records
            .entry(key)
            .or_insert_with(|| Arc::clone(record));
    }

    /// The entry of `key` and the record of `source`, read without that counting as a use: by a walk over all that is
    /// held, on a blocking thread, for what is there.
    pub(super) async fn peek(
        &self,
        key: &Key,
        source: &Key,
    ) -> (Option<Arc<Entry>>, Option<Arc<Record>>) {
        tokio::join!(peek(&self.entries, *key), peek(&self.records, *source))
    }

    /// Lets go of the entry of `key`.
    pub(super) fn remove_entry(&self, key: &Key) {
        self.entries.invalidate(key);
    }

    /// Lets go of the record of the source `key`.
    pub(super) fn remove_record(&self, key: &Key) {
        self.records.invalidate(key);
    }

    /// Lets go of the entry of `key` and of the record of its source, as far as they are no newer than `header`.
    pub(super) fn remove_up_to(&self, key: &Key, header: &Header) {
        let newest = header.sequence;
        remove_if(&self.entries, *key, |held| held.header.sequence <= newest);
        remove_if(&self.records, header.source, |held| held.sequence <= newest);
    }

    /// Lets go of every entry whose header `is_unwanted`; answers how many there were, and their sources.
    pub(super) fn remove_where(&self, is_unwanted: impl Fn(&Header) -> bool) -> (u64, Vec<Key>) {
        let unwanted = |entry: &Entry| is_unwanted(&entry.header);
        let found = self.entries.iter().filter(|(_, entry)| unwanted(entry));
        let sources: Vec<Key> = found
            .map(|(key, entry)| {
                self.entries.invalidate(&*key);
                entry.header.source
            })
            .collect();
        (sources.len() as u64, sources)
    }

    /// Settles what was put off: evictions happen inside calls, and an idle cache would keep too much.
    pub(super) fn maintain(&self) {
        self.entries.run_pending_tasks();
        self.records.run_pending_tasks();
    }

    /// Bytes that are held, about.
    pub(super) fn bytes(&self) -> u64 {
        self.entries.weighted_size() + self.records.weighted_size()
    }

    /// Entries that are held, about.
    pub(super) fn entries(&self) -> u64 {
        self.entries.entry_count()
    }

    fn has_room_for(&self, entry: &Entry) -> bool {
        let in_memory = entry.body.in_memory();
        in_memory.is_some_and(|body| body.len() as u64 <= self.max_body_bytes)
    }
}

async fn peek<V>(held: &Cache<Key, Arc<V>>, key: Key) -> Option<Arc<V>>
where
    V: Send + Sync + 'static,
{
    if !held.contains_key(&key) {
        return None;
    }
    let held = held.clone();
    let walk = move || held.iter().find(|(found, _)| **found == key);
    let found = tokio::task::spawn_blocking(walk).await.ok()??;
    Some(found.1)
}

fn remove_if<V>(held: &Cache<Key, Arc<V>>, key: Key, is_unwanted: impl Fn(&V) -> bool)
where
    V: Send + Sync + 'static,
{
    held.entry(key).and_compute_with(|held| match held {
        Some(held) if is_unwanted(held.value()) => Op::Remove,
        _ => Op::Nop,
    });
}

fn outcome<V>(computed: CompResult<Key, V>) -> Stored {
    match computed {
        CompResult::Unchanged(_) => Stored::Superseded,
        _ => Stored::Kept,
    }
}

fn weight(cost_bytes: u64) -> u32 {
    u32::try_from(cost_bytes + SLOT_BYTES).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::entry::tests::{KEY, header, sample};
    use super::super::entry::{Header, Sequence, Stage};
    use super::super::record::tests::{SOURCE, sample as record};
    use super::*;
    use bytes::Bytes;

    fn numbered(number: u32) -> Key {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&number.to_le_bytes());
        Key::from_bytes(bytes)
    }

    fn of_stage(stage: Stage) -> Arc<Entry> {
        let header = Header { stage, ..header() };
        Arc::new(Entry::new(header, Bytes::from_static(b"body")))
    }

    #[test]
    fn what_is_held_stays_within_the_budget() {
        const BUDGET: u64 = 1 << 20;
        let memory = Memory::new(BUDGET, BUDGET);
        for number in 0..1_000 {
            let entry = Entry::new(header(), Bytes::from(vec![0; 10_000]));
            memory.put_entry(numbered(number), &Arc::new(entry));
            memory.put_record(numbered(number), &Arc::new(record()));
        }
        memory.maintain();
        assert!(memory.bytes() <= BUDGET);
        assert!(memory.bytes() > BUDGET / 2);
        assert!(memory.entries() > 50);
    }

    #[test]
    fn an_entry_above_the_limit_is_not_held_and_leaves_nothing_older() {
        let memory = Memory::new(1 << 20, 4_999);
        memory.put_entry(KEY, &Arc::new(sample()));
        assert!(memory.entry(&KEY).is_some());
        let large = Arc::new(Entry::new(header(), Bytes::from(vec![0; 5_000])));
        memory.put_entry(KEY, &large);
        assert!(memory.entry(&KEY).is_none());
        memory.fill_entry(KEY, &large);
        assert!(memory.entry(&KEY).is_none());
    }

    #[test]
    fn nothing_older_replaces_what_is_held() {
        let memory = Memory::new(1 << 20, 1 << 20);
        let (fast, refined) = (of_stage(Stage::Fast), of_stage(Stage::Refined));
        memory.put_entry(KEY, &fast);
        assert_eq!(memory.put_entry(KEY, &refined), Stored::Kept);
        assert_eq!(memory.put_entry(KEY, &fast), Stored::Superseded);
        assert_eq!(memory.entry(&KEY), Some(Arc::clone(&refined)));
        memory.fill_entry(KEY, &of_stage(Stage::Passthrough));
        assert_eq!(memory.entry(&KEY), Some(refined));
        memory.remove_entry(&KEY);
        memory.fill_entry(KEY, &fast);
        assert_eq!(memory.entry(&KEY), Some(fast));
    }

    #[test]
    fn more_work_takes_the_place_of_the_same_picture_alone() {
        let memory = Memory::new(1 << 20, 1 << 20);
        let (fast, refined) = (of_stage(Stage::Fast), of_stage(Stage::Refined));
        assert_eq!(memory.refine_entry(KEY, &refined), Improved::Nothing);
        assert_eq!(memory.entry(&KEY), None);
        let header = Header {
            source_digest: [9; 32],
            ..fast.header.clone()
        };
        let changed = Arc::new(Entry::new(header, Bytes::from_static(b"changed")));
        memory.put_entry(KEY, &changed);
        assert_eq!(memory.refine_entry(KEY, &refined), Improved::Other);
        assert_eq!(memory.entry(&KEY), Some(changed));
        memory.remove_entry(&KEY);
        memory.put_entry(KEY, &fast);
        assert_eq!(memory.refine_entry(KEY, &refined), Improved::Refined);
        assert_eq!(memory.entry(&KEY), Some(refined));
    }

    #[test]
    fn a_record_from_before_a_purge_does_not_replace_a_later_one() {
        let memory = Memory::new(1 << 20, 1 << 20);
        let with = |sequence| {
            Arc::new(Record {
                sequence: Sequence(sequence),
                ..record()
            })
        };
        memory.put_record(SOURCE, &with(2));
        memory.put_record(SOURCE, &with(1));
        memory.fill_record(SOURCE, &with(3));
        assert_eq!(memory.record(&SOURCE), Some(with(2)));
    }

    #[test]
    fn without_memory_nothing_is_held() {
        let memory = Memory::new(0, 1 << 20);
        memory.put_entry(KEY, &Arc::new(sample()));
        memory.put_record(SOURCE, &Arc::new(record()));
        memory.maintain();
        assert_eq!((memory.bytes(), memory.entry(&KEY)), (0, None));
    }
}
