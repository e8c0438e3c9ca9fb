//! The tiers as one cache: memory above, a folder below it, and below that a store that several nodes share.

mod erase;
mod refine;
mod sight;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;

use super::body::FileBody;
use super::config::Config;
use super::disk::{Disk, Found, Opened, Stored, Swept};
use super::entry::{Digest, Entry, Header, Sequence};
use super::error::Error;
use super::freshness::{Freshness, Known, Lifetimes};
use super::gate::{Bounds, Gate};
use super::health::{Health, TierHealth};
use super::keeper::{Keeper, KeeperCounts, Rules};
use super::key::Key;
use super::lookup::{Allowance, Hit, Lookup, Tier};
use super::memory::Memory;
use super::purge::{Floor, PurgeConfig, Purges};
use super::recency::Uses;
use super::record::Record;
use super::scope::Scope;
use super::shared::{Shared, SharedCounts};
use crate::clock::{Clock, Timestamp};

pub use erase::{Erasure, Unwanted};

/// Derivatives in memory, in a folder, and in a store that several nodes share.
///
/// Trouble with what lies below memory never fails a request: a look-up becomes a miss, a store leaves its entry in
/// memory alone. It is told by what writing methods return and by [`Cache::health`].
#[derive(Debug)]
pub struct Cache {
    memory: Memory,
    folder: Option<Folder>,
    shared: Option<Shared>,
    purges: Arc<Purges>,
    /// Whether what the folder and the store hold is not looked at for now.
    is_passed_by: AtomicBool,
    lifetimes: Lifetimes,
    clock: Clock,
    health: Arc<Health>,
}

/// The folder tier, and who keeps it.
#[derive(Debug)]
struct Folder {
    gate: Gate,
    stream_bytes: u64,
    keeper: Arc<Keeper>,
    uses: Arc<Uses>,
    /// Whether the last round of the keeper failed.
    was_unkept: AtomicBool,
}

/// What the cache takes from around it.
pub struct Parts {
    /// The time.
    pub clock: Clock,
    /// Disk operations run on its blocking threads; callers need a runtime with a timer.
    pub runtime: Handle,
    /// The store that several nodes share, where there is one.
    pub shared: Option<Shared>,
}

/// Who may see an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Every client of every node.
    Everybody,
    /// The client that it was made for, whose key it has: it stays with this node.
    One,
}

/// An entry that memory was given, and that is still to be kept below.
#[derive(Debug)]
#[must_use = "an entry that is not published is lost at a restart"]
pub struct Unpublished {
    key: Key,
    entry: Arc<Entry>,
    record: Arc<Record>,
    audience: Audience,
    held: Stored,
    in_memory: bool,
}

impl Unpublished {
    /// Whether memory answers for the entry until it is published; entries that are too large for it do not fit.
    pub fn is_in_memory(&self) -> bool {
        self.in_memory
    }
}

impl Cache {
    /// Opens the cache. The folder is made where it is absent, and not listed: what it holds is found by its path.
    ///
    /// # Errors
    /// Where the folder can be neither found nor made, and where what was purged cannot be read.
    pub fn open(config: Config, parts: Parts) -> Result<Self, Error> {
        let Parts {
            clock,
            runtime,
            shared,
        } = parts;
        let health = Arc::new(Health::default());
        let purges = Arc::new(open_purges(&config, &clock)?);
        let folder = match &config.dir {
            Some(dir) => {
                let runtime = (runtime, Arc::clone(&health));
                Some(Folder::open(
                    dir,
                    &config,
                    Arc::clone(&purges),
                    (&clock, runtime),
                )?)
            }
            None => None,
        };
        Ok(Self {
            memory: Memory::new(config.memory_bytes, config.stream_bytes),
            folder,
            shared,
            purges,
            is_passed_by: AtomicBool::default(),
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
        self.learn_of_purges();
        match self.judge(entry, Tier::Memory, Some(&record), recipe) {
            Lookup::Miss => None,
            found => {
                self.note_use(key, source);
                Some(found)
            }
        }
    }

    /// Looks in memory, then in the folder, then in the shared store; what they gave is held in memory from then on.
    pub async fn lookup(&self, key: &Key, source: &Key, recipe: &Digest) -> Lookup {
        if let Some(found) = self.lookup_memory(key, source, recipe) {
            return found;
        }
        self.learn_of_purges();
        let (entry, tier) = match self.held(key, source) {
            Some(entry) => (Some(entry), Tier::Memory),
            None if self.is_passed_by.load(Ordering::Relaxed) => return Lookup::Miss,
            None => (self.read_entry(key).await, Tier::Disk),
        };
        let found = match entry {
            Some(entry) => {
                let record = self.record(source).await;
                self.judge(entry, tier, record.as_deref(), recipe)
            }
            None => Lookup::Miss,
        };
        let found = match found {
            Lookup::Miss => self.lookup_shared(key, source, recipe).await,
            found => found,
        };
        if found != Lookup::Miss {
            self.note_use(key, source);
        }
        self.count_misses(&found);
        found
    }

    /// What is known of a source: its validators, and when it was last validated.
    pub async fn record(&self, source: &Key) -> Option<Arc<Record>> {
        if let Some(record) = self.memory.record(source) {
            return Some(record);
        }
        let record = match self.record_of_folder(source).await {
            Some(record) => record,
            None => self.shared.as_ref()?.record(source).await?,
        };
        let record = Arc::new(record);
        self.memory.fill_record(*source, &record);
        Some(record)
    }

    /// Keeps an entry and the record of its source in memory, each unless something newer is there.
    ///
    /// What it returns must be given to [`Cache::publish`], which brings both below.
    pub fn hold(
        &self,
        key: Key,
        entry: Arc<Entry>,
        (record, audience): (Record, Audience),
    ) -> Unpublished {
        let record = Arc::new(record);
        let mut held = Stored::Superseded;
        // What was purged while it was made takes nothing's place.
        if !self.is_gone(&entry.header) {
            held = self.memory.put_entry(key, &entry);
            self.memory.put_record(entry.header.source, &record);
            if self.is_gone(&entry.header) {
                // After it was put: whoever purges and erases finds it, or is seen here. What is newer stays.
                self.memory.remove_up_to(&key, &entry.header);
                self.memory.remove_record(&entry.header.source);
            }
        }
        let in_memory = self.memory.entry(&key).is_some();
        Unpublished {
            key,
            entry,
            record,
            audience,
            held,
            in_memory,
        }
    }

    /// Keeps in the folder what memory holds already, and has it written to the shared store behind.
    ///
    /// # Errors
    /// What kept it from the folder. It is in memory nevertheless.
    pub async fn publish(&self, unpublished: Unpublished) -> Result<Stored, Error> {
        let Unpublished {
            key,
            entry,
            record,
            audience,
            held,
            ..
        } = unpublished;
        let source = entry.header.source;
        if self.is_gone(&entry.header) {
            return Ok(Stored::Superseded);
        }
        if held == Stored::Superseded {
            return self
                .touch_record(source, (Record::clone(&record), audience))
                .await
                .map(|_| Stored::Superseded);
        }
        if let (Some(shared), Audience::Everybody) = (&self.shared, audience) {
            shared.put_record(source, Arc::clone(&record));
            shared.put_entry(key, Arc::clone(&entry));
        }
        let stored = self.put_in_folder(key, Arc::clone(&entry), record).await?;
        match stored {
            Stored::Kept => self.health.disk.wrote(entry.body.len()),
            Stored::Superseded => self.memory.remove_entry(&key),
        }
        Ok(stored)
    }

    /// Keeps what is known of a source after the origin confirmed it: all its variants are fresh again.
    ///
    /// # Errors
    /// What kept it from the folder. It is in memory nevertheless.
    pub async fn touch_record(
        &self,
        source: Key,
        (record, audience): (Record, Audience),
    ) -> Result<Stored, Error> {
        let record = Arc::new(record);
        let held = self.memory.put_record(source, &record);
        if let (Some(shared), Audience::Everybody) = (&self.shared, audience) {
            shared.put_record(source, Arc::clone(&record));
        }
        let Some(folder) = &self.folder else {
            return Ok(held);
        };
        let due = record.validated_at.after(self.lifetimes.keep.variants);
        let recorded = folder
            .gate
            .run(move |disk| disk.put_record(&source, &record, due))
            .await?;
        self.settle_record(&source, recorded);
        Ok(recorded)
    }

    /// Removes the entry of `key` from memory and from the folder.
    ///
    /// # Errors
    /// What kept it in the folder. It is out of memory nevertheless.
    pub async fn remove(&self, key: &Key) -> Result<(), Error> {
        self.memory.remove_entry(key);
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let key = *key;
        folder.gate.run(move |disk| disk.remove_entry(&key)).await
    }

    /// What the origin of a source with this `record` lets clients do now.
    pub fn allowance(&self, record: &Record) -> Allowance {
        Allowance {
            remaining: self.lifetimes.remaining(record, self.clock.now()),
            sharing: record.terms.sharing,
        }
    }

    /// What was purged.
    pub fn purges(&self) -> &Arc<Purges> {
        &self.purges
    }

    /// The last purge that is known. Who needs a floor too reads this first: then the floor holds every purge up to it.
    pub fn newest_purge(&self) -> Sequence {
        self.learn_of_purges();
        self.purges.newest()
    }

    /// The last purges that concern any of `scopes`.
    pub fn floor(&self, scopes: &[Scope]) -> Floor {
        self.purges.floor(scopes)
    }

    /// Has what lies below memory not looked at while purges of other nodes may be missed. What is made is kept there
    /// all the same.
    pub fn pass_folder_by(&self, is_passed_by: bool) {
        self.is_passed_by.store(is_passed_by, Ordering::Relaxed);
    }

    /// What the tiers have done.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// What keeping the folder has come to; `None` without one.
    pub fn keeper_counts(&self) -> Option<KeeperCounts> {
        self.folder.as_ref().map(|folder| folder.keeper.counts())
    }

    /// What the shared store has done and how it is; `None` without one.
    pub fn shared_counts(&self) -> Option<SharedCounts> {
        self.shared.as_ref().map(Shared::counts)
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

    /// Removes from the folder what has expired and what there is no room for, if this process is the one that keeps
    /// it; to be called about once a second. Blocks.
    ///
    /// # Errors
    /// What the file system refuses; it is counted, and tried again by the next call.
    pub fn keep_folder(&self) -> Result<(), Error> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let outcome = folder.keeper.round();
        match &outcome {
            Err(error) => self.health.disk_failed(error),
            // What readers and writers have run into is theirs to take back.
            Ok(()) if folder.was_unkept.load(Ordering::Relaxed) => self.health.disk_recovered(),
            Ok(()) => {}
        }
        folder.was_unkept.store(outcome.is_err(), Ordering::Relaxed);
        outcome
    }

    /// Removes from the folder what has expired, by hand; `None` where another process keeps it. Blocks.
    ///
    /// # Errors
    /// What the file system refuses.
    pub fn sweep_folder(&self) -> Result<Option<Swept>, Error> {
        match &self.folder {
            Some(folder) => folder.keeper.sweep_now(),
            None => Ok(Some(Swept::default())),
        }
    }

    /// Looks at every file of the folder, removes what has expired or is damaged, and writes the journal anew.
    /// `progress` is told how many parts of how many are done. Blocks.
    ///
    /// # Errors
    /// What the file system refuses.
    pub fn scan_folder(&self, progress: &(dyn Fn(u32, u32) + Sync)) -> Result<Swept, Error> {
        match &self.folder {
            Some(folder) => folder.keeper.scan(progress),
            None => Ok(Swept::default()),
        }
    }

    /// Writes down what the next start wants to know. Blocks.
    pub fn save(&self) {
        if let Some(folder) = &self.folder {
            folder.keeper.save();
        }
    }

    /// Waits until the shared store has what it was given, for `patience` at most.
    pub async fn settle(&self, patience: Duration) {
        if let Some(shared) = &self.shared {
            shared.settle(patience).await;
        }
    }

    /// Takes note of what other processes on the folder have purged.
    fn learn_of_purges(&self) {
        if let Err(error) = self.purges.refresh() {
            self.health.disk_failed(&error);
        }
    }

    /// The entry of memory, for which the folder may have the record.
    ///
    /// Where memory has both, they are too old, or [`Cache::lookup_memory`] had taken them: then they make room
    /// for what another process may have put below since.
    fn held(&self, key: &Key, source: &Key) -> Option<Arc<Entry>> {
        let entry = self.memory.entry(key)?;
        let is_alone = self.folder.is_none() && self.shared.is_none();
        if is_alone || self.memory.record(source).is_none() {
            return Some(entry);
        }
        self.memory.remove_entry(key);
        self.memory.remove_record(source);
        None
    }

    async fn read_entry(&self, key: &Key) -> Option<Arc<Entry>> {
        let folder = self.folder.as_ref()?;
        let (wanted, above) = (*key, folder.stream_bytes);
        let found = folder
            .gate
            .run(move |disk| disk.open_entry(&wanted, above))
            .await
            .ok()?;
        let entry = Arc::new(match self.whole(found)? {
            Opened::Whole(entry) => entry,
            Opened::Streamed(header, reader) => Entry {
                header,
                body: FileBody::new(*key, reader, folder.gate.clone()).into(),
            },
        });
        if self.is_gone(&entry.header) {
            return None;
        }
        self.memory.fill_entry(*key, &entry);
        Some(entry)
    }

    async fn record_of_folder(&self, source: &Key) -> Option<Record> {
        let folder = self.folder.as_ref()?;
        let key = *source;
        let found = folder.gate.run(move |disk| disk.record(&key)).await.ok()?;
        self.whole(found)
    }

    /// What another node made is kept here too, so that the store is asked once.
    async fn lookup_shared(&self, key: &Key, source: &Key, recipe: &Digest) -> Lookup {
        let Some(shared) = &self.shared else {
            return Lookup::Miss;
        };
        let (entry, record) = tokio::join!(shared.entry(key, source), shared.record(source));
        let (Some(entry), Some(record)) = (entry, record) else {
            return Lookup::Miss;
        };
        let (entry, record) = (Arc::new(entry), Arc::new(record));
        let found = self.judge(Arc::clone(&entry), Tier::Shared, Some(&record), recipe);
        if found != Lookup::Miss {
            self.memory.put_entry(*key, &entry);
            self.memory.put_record(*source, &record);
            // What cannot be kept here is asked for again.
            let _ = self.put_in_folder(*key, entry, record).await;
        }
        found
    }

    async fn put_in_folder(
        &self,
        key: Key,
        entry: Arc<Entry>,
        record: Arc<Record>,
    ) -> Result<Stored, Error> {
        let Some(folder) = &self.folder else {
            return Ok(Stored::Kept);
        };
        let source = entry.header.source;
        let due = self.due(&entry.header, &record);
        let (keeper, purges) = (Arc::clone(&folder.keeper), Arc::clone(&self.purges));
        let put = move |disk: &Disk| {
            // An erasure waits for what was begun before it; what begins later sees the purge before it.
            let _ = purges.refresh();
            if is_gone(&purges, &entry.header) {
                return Ok((Stored::Superseded, Stored::Superseded));
            }
            // The record first: whichever process finds the entry finds what makes it fresh. Both are tried: an entry
            // that is too long says nothing against its record.
            let recorded = disk.put_record(&source, &record, due.1);
            let stored = disk.put_entry(&key, &entry, due.0);
            keeper.take_many_changes();
            Ok((stored?, recorded?))
        };
        let (stored, recorded) = folder.gate.run(put).await?;
        self.health.disk_recovered();
        self.settle_record(&source, recorded);
        Ok(stored)
    }

    /// When an entry and the record of its source may go.
    fn due(&self, header: &Header, record: &Record) -> (Timestamp, Timestamp) {
        let keep = &self.lifetimes.keep;
        (
            keep.until(header.class, header.created, record.validated_at),
            record.validated_at.after(keep.variants),
        )
    }

    fn note_use(&self, key: &Key, source: &Key) {
        if let Some(folder) = &self.folder {
            folder.uses.note(key);
            folder.uses.note(source);
        }
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
            floor: self.floor_of(&entry.header, record),
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

    /// The last purges that concern an entry. What nothing was purged after needs no look, and an entry that does not
    /// say what it belongs to may belong to anything.
    fn floor_of(&self, header: &Header, record: Option<&Record>) -> Floor {
        let newest = self.purges.newest();
        let oldest = record.map_or(Sequence::default(), |record| {
            record.sequence.min(header.sequence)
        });
        match (newest > oldest, header.scopes.is_empty()) {
            (false, _) => Floor::default(),
            (true, false) => self.purges.floor(&header.scopes),
            (true, true) => Floor {
                hard: newest,
                soft: newest,
            },
        }
    }

    /// Whether an entry was purged hard, so that it answers nothing any more.
    fn is_gone(&self, header: &Header) -> bool {
        is_gone(&self.purges, header)
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
        if tier.is_none() && self.folder.is_some() {
            self.health.disk.missed();
        }
    }
}

impl Folder {
    fn open(
        dir: &Path,
        config: &Config,
        purges: Arc<Purges>,
        (clock, (runtime, health)): (&Clock, (Handle, Arc<Health>)),
    ) -> Result<Self, Error> {
        let bounds = Bounds {
            operations: config.disk_operations,
            patience: config.disk_patience,
        };
        let keep = config.lifetimes.keep;
        let disk = Arc::new(Disk::open(dir, keep.variants, clock.clone())?);
        let uses = Arc::new(Uses::new());
        let rules = Rules {
            keep,
            limits: config.disk_limits,
            sweep_interval: config.sweep_interval,
            snapshot: dir.join("recency"),
        };
        let parts = (Arc::clone(&disk), purges);
        Ok(Self {
            keeper: Arc::new(Keeper::new(parts, Arc::clone(&uses), rules, clock.clone())),
            gate: Gate::new(disk, bounds, runtime, health),
            stream_bytes: config.stream_bytes,
            uses,
            was_unkept: AtomicBool::default(),
        })
    }
}

/// An entry that does not say what it belongs to may belong to whatever was purged.
fn is_gone(purges: &Purges, header: &Header) -> bool {
    let newest = purges.newest();
    newest > header.sequence
        && (header.scopes.is_empty() || purges.floor(&header.scopes).hard > header.sequence)
}

/// Numbers of purges begin above those of any log that was lost: at the time.
fn open_purges(config: &Config, clock: &Clock) -> Result<Purges, Error> {
    let dir = config.dir.as_ref().map(|dir| dir.join("purges"));
    let origin = Sequence(clock.now().as_millis() << 16);
    let config = PurgeConfig {
        table_bytes: config.purge_table_bytes,
        origin,
        observer: Box::new(|_| ()),
    };
    Purges::open(dir.as_deref(), config)
}

#[cfg(test)]
mod tests;
