//! Seeing an entry in every tier without a trace: no use is noted, nothing is counted, moved up or removed.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Cache;
use crate::cache::disk::Disk;
use crate::cache::entry::{Digest, Header};
use crate::cache::freshness::Known;
use crate::cache::key::Key;
use crate::cache::lookup::Tier;
use crate::cache::record::Record;
use crate::cache::sight::{Peeked, Place, Sight, Sighting};
use crate::clock::Timestamp;

/// What an entry is judged by.
struct Judge<'a> {
    cache: &'a Cache,
    record: Option<&'a Record>,
    recipe: &'a Digest,
}

impl Cache {
    /// What every tier has of the entry `key` and of its `source`; `recipe` is the digest of what would make it now.
    ///
    /// It takes a while where memory holds the entry: to read it by its key would count as a use.
    pub async fn sight(&self, key: &Key, source: &Key, recipe: &Digest) -> Sight {
        self.learn_of_purges();
        let held = self.memory.peek(key, source).await;
        let below = self.peek_disk(key, source).await;
        let shared = match &self.shared {
            Some(shared) => Some(shared.peek(key, source).await),
            None => None,
        };
        let of_shared = shared.as_ref().map(|peek| peek.record.clone());
        let of_shared = of_shared.and_then(Peeked::held);
        let record = nearest(held.1, below.record, of_shared.clone());
        let judge = |record| Judge {
            cache: self,
            record,
            recipe,
        };
        let known = judge(record.as_ref().map(|(_, record)| record));
        Sight {
            memory: held
                .0
                .map(|entry| known.sighting(entry.header.clone(), entry.cost_bytes())),
            disk: below.entry.map(|(name, entry)| known.place(name, entry)),
            // A look-up there holds the entry against the record that lies beside it.
            shared: shared.map(|peek| judge(of_shared.as_ref()).place(peek.name, peek.entry)),
            fresh_until: known.fresh_until(),
            is_passed_by: self.is_passed_by.load(Ordering::Relaxed),
            record,
        }
    }

    async fn peek_disk(&self, key: &Key, source: &Key) -> Below {
        let Some(folder) = &self.folder else {
            return Below::default();
        };
        let (key, source) = (*key, *source);
        let look = move |disk: &Disk| {
            let name = disk.entry_path(&key).display().to_string();
            Ok(Below {
                entry: Some((name, disk.peek_entry(&key))),
                record: disk.peek_record(&source).held(),
            })
        };
        folder.gate.look(look).await.unwrap_or_else(|error| Below {
            entry: Some((String::new(), Peeked::Unreadable(error.to_string()))),
            record: None,
        })
    }
}

/// What the folder has.
#[derive(Default)]
struct Below {
    entry: Option<(String, Peeked<(Header, u64)>)>,
    record: Option<Record>,
}

impl Judge<'_> {
    fn place(&self, name: String, entry: Peeked<(Header, u64)>) -> Place {
        let entry = entry.map(|(header, bytes)| self.sighting(header, bytes));
        Place { name, entry }
    }

    fn sighting(&self, header: Header, bytes: u64) -> Sighting {
        let (cache, lifetimes) = (self.cache, &self.cache.lifetimes);
        let known = Known {
            record: self.record,
            recipe: self.recipe,
            floor: cache.floor_of(&header, self.record),
        };
        let validated = self.record.map(|record| record.validated_at);
        Sighting {
            bytes,
            freshness: lifetimes.judge(&header, &known, cache.clock.now()),
            fresh_until: self.fresh_until(),
            kept_until: lifetimes.keep.until(
                header.class,
                header.created,
                validated.unwrap_or_default(),
            ),
            header,
        }
    }

    fn fresh_until(&self) -> Option<Timestamp> {
        let lifetimes = &self.cache.lifetimes;
        self.record.map(|record| lifetimes.fresh_until(record))
    }
}

/// The record that a look-up would use.
fn nearest(
    memory: Option<Arc<Record>>,
    disk: Option<Record>,
    shared: Option<Record>,
) -> Option<(Tier, Record)> {
    let memory = memory.map(|record| (Tier::Memory, Record::clone(&record)));
    let disk = disk.map(|record| (Tier::Disk, record));
    let shared = shared.map(|record| (Tier::Shared, record));
    memory.or(disk).or(shared)
}
