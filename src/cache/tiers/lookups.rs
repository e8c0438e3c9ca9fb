//! Looking up: from memory down to the store, and whether what is found still counts.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Cache;
use crate::cache::disk::Found;
use crate::cache::entry::{Digest, Entry, Header, Sequence};
use crate::cache::freshness::{Freshness, Known};
use crate::cache::health::TierHealth;
use crate::cache::key::Key;
use crate::cache::lookup::{Allowance, Hit, Lookup, Tier};
use crate::cache::purge::Floor;
use crate::cache::record::Record;

impl Cache {
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

    /// What the origin of a source with this `record` lets clients do now.
    pub fn allowance(&self, record: &Record) -> Allowance {
        Allowance {
            remaining: self.lifetimes.remaining(record, self.clock.now()),
            sharing: record.terms.sharing,
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
        let entry = Arc::new(folder.entry(*key, self.whole(found)?));
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

    fn note_use(&self, key: &Key, source: &Key) {
        if let Some(folder) = &self.folder {
            folder.uses.note(key);
            folder.uses.note(source);
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
    pub(super) fn floor_of(&self, header: &Header, record: Option<&Record>) -> Floor {
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
