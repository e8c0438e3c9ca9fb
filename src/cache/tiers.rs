//! The tiers as one cache: memory above, a folder below.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::disk::{Disk, Found, Stored};
use super::entry::{Digest, Entry, Sequence};
use super::error::Error;
use super::freshness::{Freshness, Known, Lifetimes};
use super::gate::{Bounds, Gate};
use super::health::{Health, TierHealth};
use super::key::Key;
use super::lookup::{Allowance, Hit, Lookup, Tier};
use super::memory::Memory;
use super::purge::Floor;
use super::record::Record;
use super::scope::Scope;
use crate::clock::Clock;

/// The settings of the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The folder that entries are kept in; `None` keeps them in memory alone.
    pub dir: Option<PathBuf>,
    /// Bytes of memory for entries and records; 0 holds nothing in memory.
    pub memory_bytes: u64,
    /// Bytes above which an entry is not held in memory.
    pub max_memory_entry_bytes: u64,
    /// How long things last.
    pub lifetimes: Lifetimes,
    /// Disk operations at a time; more of them wait.
    pub disk_operations: usize,
    /// Longest wait for one disk operation; past it the request goes on as if nothing were kept.
    pub disk_patience: Duration,
}

/// Derivatives in memory and in a folder.
///
/// Trouble with the folder never fails a request: a look-up becomes a miss, a store leaves its entry in memory
/// alone. It is told by what writing methods return and by [`Cache::health`].
#[derive(Debug)]
pub struct Cache {
    memory: Memory,
    disk: Option<Gate>,
    lifetimes: Lifetimes,
    clock: Clock,
    health: Arc<Health>,
}

/// An entry that memory was given, and that is still to be kept in the folder.
#[derive(Debug)]
#[must_use = "an entry that is not published is lost at a restart"]
pub struct Unpublished {
    key: Key,
    entry: Arc<Entry>,
    record: Arc<Record>,
    held: Stored,
    in_memory: bool,
}

impl Unpublished {
    /// Whether memory answers for the entry until it is published; entries that are too large for it do not fit.
    pub fn is_in_memory(&self) -> bool {
        self.in_memory
    }
}

impl Default for Config {
    /// Memory alone, 256 MiB; entries up to 4 MiB; a day and 30 days; 32 disk operations, 2 seconds each.
    fn default() -> Self {
        Self {
            dir: None,
            memory_bytes: 256 << 20,
            max_memory_entry_bytes: 4 << 20,
            lifetimes: Lifetimes::default(),
            disk_operations: 32,
            disk_patience: Duration::from_secs(2),
        }
    }
}

impl Cache {
    /// Opens the cache. The folder is made where it is absent, and not listed: what it holds is found by its path.
    ///
    /// Disk operations run on the blocking threads of `runtime`; callers need a runtime with a timer.
    ///
    /// # Errors
    /// Where the folder can be neither found nor made.
    pub fn open(config: Config, clock: Clock, runtime: Handle) -> Result<Self, Error> {
        let health = Arc::new(Health::default());
        let bounds = Bounds {
            operations: config.disk_operations,
            patience: config.disk_patience,
        };
        let disk = config
            .dir
            .map(|dir| Disk::open(&dir, config.keep, clock.clone()))
            .transpose()?
            .map(|disk| Gate::new(disk, bounds, runtime, Arc::clone(&health)));
        Ok(Self {
            memory: Memory::new(config.memory_bytes, config.max_memory_entry_bytes),
            disk,
            lifetimes: config.lifetimes,
            clock,
            health,
        })
    }

    /// Looks in memory alone, without waiting and without allocating.
    ///
    /// `source` is the key of the source's record, `recipe` the digest of what would make the entry now. `None`
    /// says that memory cannot tell, and that [`Cache::lookup`] is to be asked.
    pub fn lookup_memory(&self, key: &Key, source: &Key, recipe: &Digest) -> Option<Lookup> {
        let entry = self.memory.entry(key)?;
        let record = self.memory.record(source)?;
        match self.judge(entry, Tier::Memory, Some(&record), recipe) {
            Lookup::Miss => None,
            found => Some(found),
        }
    }

    /// Looks in memory, then in the folder; what the folder gave is held in memory from then on.
    pub async fn lookup(&self, key: &Key, source: &Key, recipe: &Digest) -> Lookup {
        if let Some(found) = self.lookup_memory(key, source, recipe) {
            return found;
        }
        let (entry, tier) = match self.held(key, source) {
            Some(entry) => (Some(entry), Tier::Memory),
            None => (self.read_entry(key).await, Tier::Disk),
        };
        let found = match entry {
            Some(entry) => {
                let record = self.record(source).await;
                self.judge(entry, tier, record.as_deref(), recipe)
            }
            None => Lookup::Miss,
        };
        self.count_misses(&found);
        found
    }

    /// What is known of a source: its validators, and when it was last validated.
    pub async fn record(&self, source: &Key) -> Option<Arc<Record>> {
        if let Some(record) = self.memory.record(source) {
            return Some(record);
        }
        let disk = self.disk.as_ref()?;
        let key = *source;
        let found = disk.run(move |disk| disk.record(&key)).await.ok()?;
        let record = Arc::new(self.whole(found)?);
        self.memory.fill_record(*source, &record);
        Some(record)
    }

    /// Keeps an entry and the record of its source in memory, each unless something newer is there.
    ///
    /// What it returns must be given to [`Cache::publish`], which brings both to the folder.
    pub fn hold(&self, key: Key, entry: Arc<Entry>, record: Record) -> Unpublished {
        let record = Arc::new(record);
        let held = self.memory.put_entry(key, &entry);
        self.memory.put_record(entry.header.source, &record);
        let in_memory = self.memory.entry(&key).is_some();
        Unpublished {
            key,
            entry,
            record,
            held,
            in_memory,
        }
    }

    /// Keeps in the folder what memory holds already.
    ///
    /// # Errors
    /// What kept it from the folder. It is in memory nevertheless.
    pub async fn publish(&self, unpublished: Unpublished) -> Result<Stored, Error> {
        let Unpublished {
            key,
            entry,
            record,
            held,
            ..
        } = unpublished;
        let source = entry.header.source;
        if held == Stored::Superseded {
            return self
                .touch_record(source, Record::clone(&record))
                .await
                .map(|_| Stored::Superseded);
        }
        let Some(disk) = &self.disk else {
            return Ok(Stored::Kept);
        };
        let body_bytes = entry.body.len();
        let due = self.clock.now().after(self.lifetimes.keep);
        let (stored, recorded) = disk
            .run(move |disk| {
                // Both are tried: an entry that is too long says nothing against its record.
                let stored = disk.put_entry(&key, &entry, due);
                let recorded = disk.put_record(&source, &record, due)?;
                Ok((stored?, recorded))
            })
            .await?;
        self.health.disk_recovered();
        self.settle_record(&source, recorded);
        match stored {
            Stored::Kept => self.health.disk.wrote(body_bytes),
            Stored::Superseded => self.memory.remove_entry(&key),
        }
        Ok(stored)
    }

    /// Keeps what is known of a source after the origin confirmed it: all its variants are fresh again.
    ///
    /// # Errors
    /// What kept it from the folder. It is in memory nevertheless.
    pub async fn touch_record(&self, source: Key, record: Record) -> Result<Stored, Error> {
        let record = Arc::new(record);
        let held = self.memory.put_record(source, &record);
        let Some(disk) = &self.disk else {
            return Ok(held);
        };
        let due = self.clock.now().after(self.lifetimes.keep);
        let recorded = disk
            .run(move |disk| disk.put_record(&source, &record, due))
            .await?;
        self.settle_record(&source, recorded);
        Ok(recorded)
    }

    /// Removes the entry of `key` from both tiers.
    ///
    /// # Errors
    /// What kept it in the folder. It is out of memory nevertheless.
    pub async fn remove(&self, key: &Key) -> Result<(), Error> {
        self.memory.remove_entry(key);
        let Some(disk) = &self.disk else {
            return Ok(());
        };
        let key = *key;
        disk.run(move |disk| disk.remove_entry(&key)).await
    }

    /// What the origin of a source with this `record` lets clients do now.
    pub fn allowance(&self, record: &Record) -> Allowance {
        Allowance {
            remaining: self.lifetimes.remaining(record, self.clock.now()),
            sharing: record.terms.sharing,
        }
    }

    /// The last purge that is known.
    pub fn newest_purge(&self) -> Sequence {
        Sequence::default()
    }

    /// The last purges that concern any of `scopes`.
    pub fn floor(&self, _scopes: &[Scope]) -> Floor {
        Floor::default()
    }

    /// What the tiers have done.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Bytes that the memory tier takes, about.
    pub fn memory_bytes(&self) -> u64 {
        self.memory.bytes()
    }

    /// Entries in the memory tier, about.
    pub fn memory_entries(&self) -> u64 {
        self.memory.entries()
    }

    /// Settles what the memory tier put off; to be called about once a second.
    pub fn maintain(&self) {
        self.memory.maintain();
    }

    /// The entry of memory, for which the folder may have the record.
    ///
    /// Where memory has both, they are too old, or [`Cache::lookup_memory`] had taken them: then they make room
    /// for what another process may have put in the folder since.
    fn held(&self, key: &Key, source: &Key) -> Option<Arc<Entry>> {
        let entry = self.memory.entry(key)?;
        if self.disk.is_none() || self.memory.record(source).is_none() {
            return Some(entry);
        }
        self.memory.remove_entry(key);
        self.memory.remove_record(source);
        None
    }

    async fn read_entry(&self, key: &Key) -> Option<Arc<Entry>> {
        let disk = self.disk.as_ref()?;
        let wanted = *key;
        let found = disk.run(move |disk| disk.entry(&wanted)).await.ok()?;
        let entry = Arc::new(self.whole(found)?);
        self.memory.fill_entry(*key, &entry);
        Some(entry)
    }

    /// Where the folder has something newer, of another process or an earlier run, memory is to learn it from there.
    fn settle_record(&self, source: &Key, recorded: Stored) {
        if recorded == Stored::Superseded {
            self.memory.remove_record(source);
        }
    }

    fn whole<T>(&self, found: Found<T>) -> Option<T> {
        match found {
            Found::Whole(value) => Some(value),
            Found::Nothing => None,
            Found::Damaged(_) => {
                self.health.disk.found_damage();
                None
            }
        }
    }

    fn judge(
        &self,
        entry: Arc<Entry>,
        tier: Tier,
        record: Option<&Record>,
        recipe: &Digest,
    ) -> Lookup {
        let now = self.clock.now();
        let known = Known {
            record,
            recipe,
            floor: Floor::default(),
        };
        let freshness = self.lifetimes.judge(&entry.header, &known, now);
        if freshness != Freshness::Gone {
            self.tier_health(tier).hit(entry.body.len());
        }
        let allowance = record.map_or(Allowance::default(), |record| self.allowance(record));
        let hit = Hit {
            entry,
            tier,
            allowance,
        };
        match freshness {
            Freshness::Fresh => Lookup::Fresh(hit),
            Freshness::Stale(reason, grace) => Lookup::Stale(hit, reason, grace),
            Freshness::Gone => Lookup::Miss,
        }
    }

    fn tier_health(&self, tier: Tier) -> &TierHealth {
        match tier {
            Tier::Memory => &self.health.memory,
            Tier::Disk => &self.health.disk,
            Tier::Shared => &self.health.shared,
        }
    }

    fn count_misses(&self, found: &Lookup) {
        let tier = found.tier();
        if tier != Some(Tier::Memory) {
            self.health.memory.missed();
        }
        if tier.is_none() && self.disk.is_some() {
            self.health.disk.missed();
        }
    }
}

#[cfg(test)]
mod tests;
