//! Keeping the folder within its limits and free of what has expired: one process of all that share it.
//!
//! A round looks at nothing that has not expired and lists no folder. The table of what the folder holds is read from
//! its snapshot and from the journal, behind the first answers; where both are lost, and room is needed, a scan of all
//! files writes the journal anew. Everything here blocks.

mod by_hand;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::disk::{ClockGuard, Depth, Disk, Facts, Fate, Reading, Resident, Scan, Swept};
use super::entry::Header;
use super::error::Error;
use super::freshness::Keep;
use super::key::Key;
use super::purge::Purges;
use super::recency::{BLOCK_BYTES, Held, Limits, Need, Recency, Uses, Weighed};
use super::record::Record;
use crate::clock::{Clock, Timestamp};

/// Files that are evicted between two looks at what else there is to do.
const BATCH: usize = 4096;
/// Leaf folders that a round looks at: the removal of empty ones never hurries.
const FOLDERS_A_ROUND: usize = 2048;
/// Blocks of a leaf folder, which most files have to themselves.
const LEAF_BLOCKS: u32 = 8;
/// Time between two snapshots of the table.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(600);
/// Time between two readings of the journal for what other processes have published.
const LEARN_EVERY: Duration = Duration::from_secs(3600);
/// Time between two scans for want of a table.
const REPAIR_EVERY: Duration = Duration::from_secs(3600);
/// The part of a file system that is left free: a fiftieth, and no more than this.
const SPARE_PART: u64 = 50;
const MOST_SPARE_BYTES: u64 = 1 << 30;
const MOST_SPARE_INODES: u64 = 10_000;

/// Who keeps the folder.
#[derive(Debug)]
pub(super) struct Keeper {
    disk: Arc<Disk>,
    purges: Arc<Purges>,
    uses: Arc<Uses>,
    clock: Clock,
    rules: Rules,
    state: Mutex<State>,
    counts: Counts,
}

/// What a folder is kept by.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) keep: Keep,
    pub(super) limits: Limits,
    /// Time between two looks for what has expired.
    pub(super) sweep_interval: Duration,
    /// Where the snapshot of the table is.
    pub(super) snapshot: PathBuf,
}

/// What this process knows while it is the one that keeps the folder.
#[derive(Debug, Default)]
struct State {
    table: Option<Recency>,
    guard: ClockGuard,
    swept_at: Option<Timestamp>,
    saved_at: Timestamp,
    learnt_at: Timestamp,
    repaired_at: Option<Timestamp>,
}

/// What keeping has come to since the start.
#[derive(Debug, Default)]
struct Counts {
    expired: AtomicU64,
    purged: AtomicU64,
    damaged: AtomicU64,
    evicted: AtomicU64,
    freed_blocks: AtomicU64,
    folders: AtomicU64,
    failed: AtomicU64,
    held_entries: AtomicU64,
    held_bytes: AtomicU64,
    table_bytes: AtomicU64,
}

/// What keeping has come to since the start, and what the folder holds, where this process keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeeperCounts {
    /// Files that were removed because they had expired or were purged.
    pub expired: u64,
    /// Those of them that were purged.
    pub purged: u64,
    /// Files that were removed because they failed a check.
    pub damaged: u64,
    /// Files that made room for others.
    pub evicted: u64,
    /// Bytes of the files that were removed, in whole blocks.
    pub freed_bytes: u64,
    /// Empty folders that were removed.
    pub folders: u64,
    /// Files that could be neither read nor removed, and notes that could not be written.
    pub failed: u64,
    /// Files that the folder holds.
    pub held_entries: u64,
    /// Bytes that they take, in whole blocks, with their folders.
    pub held_bytes: u64,
    /// Bytes of memory of the table that knows them.
    pub table_bytes: u64,
}

impl Keeper {
    /// Keeps the folder of `disk` by `rules`.
    pub(super) fn new(
        (disk, purges): (Arc<Disk>, Arc<Purges>),
        uses: Arc<Uses>,
        rules: Rules,
        clock: Clock,
    ) -> Self {
        Self {
            disk,
            purges,
            uses,
            clock,
            rules,
            state: Mutex::default(),
            counts: Counts::default(),
        }
    }

    /// One round: sweeps where it is time to, makes room where room is short. Does nothing where another process
    /// keeps the folder.
    ///
    /// # Errors
    /// What the file system refuses; the next round tries again.
    pub(super) fn round(&self) -> Result<(), Error> {
        if !self.disk.leads()? {
            // Whoever takes over begins with what the folder says then.
            self.state().table = None;
            return Ok(());
        }
        self.learn();
        let now = self.clock.now();
        if self.is_time_to_sweep(now) {
            self.count(self.disk.sweep(now, &|resident| self.fate(resident))?);
        }
        self.make_room()?;
        let folders = self.disk.remove_folders(FOLDERS_A_ROUND);
        add(&self.counts.folders, folders);
        self.save_from_time_to_time(now);
        Ok(())
    }

    /// Looks at every file of the folder, whoever keeps it, and writes the journal anew.
    ///
    /// # Errors
    /// What the file system refuses.
    pub(super) fn scan(&self, progress: &(dyn Fn(u32, u32) + Sync)) -> Result<Swept, Error> {
        let swept = self.disk.scan(&Scan {
            now: self.clock.now(),
            depth: Depth::LongBodies,
            judge: &|resident| self.fate(resident),
            progress,
        })?;
        self.count(swept);
        Ok(swept)
    }

    /// Takes in a file that this process published.
    pub(super) fn added(&self, key: Key, file_bytes: u64) {
        let blocks = u32::try_from(file_bytes.div_ceil(BLOCK_BYTES)).unwrap_or(u32::MAX);
        if let Some(table) = &mut self.state().table {
            table.added(key, blocks.saturating_add(LEAF_BLOCKS));
        }
    }

    /// Writes the table down for the next start.
    pub(super) fn save(&self) {
        if let Some(table) = &self.state().table {
            // Without a snapshot the journal alone tells, and the order of use is lost.
            let _ = table.save_to(&self.rules.snapshot, self.clock.now());
        }
    }

    /// What keeping has come to.
    pub(super) fn counts(&self) -> KeeperCounts {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &self.counts;
        KeeperCounts {
            expired: load(&counts.expired),
            purged: load(&counts.purged),
            damaged: load(&counts.damaged),
            evicted: load(&counts.evicted),
            freed_bytes: load(&counts.freed_blocks) * BLOCK_BYTES,
            folders: load(&counts.folders),
            failed: load(&counts.failed),
            held_entries: load(&counts.held_entries),
            held_bytes: load(&counts.held_bytes),
            table_bytes: load(&counts.table_bytes),
        }
    }

    /// What is to become of a file.
    fn fate(&self, resident: &Resident) -> Fate {
        let now = self.clock.now();
        let (hard, until) = match &resident.facts {
            Facts::Entry(header) => (self.purged(header), self.entry_until(header)),
            Facts::Record(record) => (false, record.validated_at.after(self.rules.keep.variants)),
        };
        if hard || until <= now {
            add(&self.counts.purged, hard.into());
            if let Some(table) = &mut self.state().table {
                table.removed(&resident.key);
            }
            return Fate::Gone;
        }
        Fate::Until(until)
    }

    fn purged(&self, header: &Header) -> bool {
        header.sequence < self.purges.floor(&header.scopes).hard
    }

    /// When an entry may go: only where its own time has passed its source's is read.
    fn entry_until(&self, header: &Header) -> Timestamp {
        let until = |validated| {
            self.rules
                .keep
                .until(header.class, header.created, validated)
        };
        let alone = until(Timestamp::default());
        if alone > self.clock.now() {
            return alone;
        }
        let record = self.disk.record(&header.source).ok();
        let record: Option<Record> = record.and_then(super::disk::Found::whole);
        until(record.map_or(Timestamp::default(), |record| record.validated_at))
    }

    fn is_time_to_sweep(&self, now: Timestamp) -> bool {
        let mut state = self.state();
        let due = state
            .swept_at
            .is_none_or(|last| last > now || now.since(last) >= self.rules.sweep_interval);
        if !due {
            return false;
        }
        state.swept_at = Some(now);
        state.guard.allows(Reading::now(now))
    }

    /// Evicts until the limits are kept and the file system has room to spare.
    fn make_room(&self) -> Result<(), Error> {
        let mut need = self.need()?;
        loop {
            let victims = self.victims(need);
            if victims.is_empty() {
                break;
            }
            let freed = self.evict(&victims);
            need = Need {
                bytes: need.bytes.saturating_sub(freed.bytes),
                entries: need.entries.saturating_sub(freed.entries),
            };
        }
        self.show_held();
        if need != Need::default() {
            self.repair()?;
        }
        Ok(())
    }

    fn victims(&self, need: Need) -> Vec<Weighed> {
        let mut state = self.state();
        let Some(table) = &mut state.table else {
            return Vec::new();
        };
        table.take_uses(&self.uses);
        table.victims(need, BATCH)
    }

    /// Removes files; one of the two kinds has the key.
    fn evict(&self, victims: &[Weighed]) -> Need {
        let mut freed = Need::default();
        for victim in victims {
            let removed = self
                .disk
                .remove_entry(&victim.key)
                .and_then(|()| self.disk.remove_record(&victim.key));
            if removed.is_err() {
                add(&self.counts.failed, 1);
                continue;
            }
            freed.bytes += u64::from(victim.blocks) * BLOCK_BYTES;
            freed.entries += 1;
            add(&self.counts.evicted, 1);
            add(&self.counts.freed_blocks, victim.blocks.into());
        }
        freed
    }

    /// What the file system lacks of the room that is to spare.
    fn need(&self) -> Result<Need, Error> {
        let usage = self.disk.usage()?;
        let spare_bytes = (usage.bytes / SPARE_PART).min(MOST_SPARE_BYTES);
        let spare_inodes = (usage.inodes / SPARE_PART).min(MOST_SPARE_INODES);
        Ok(Need {
            bytes: spare_bytes.saturating_sub(usage.free_bytes),
            entries: spare_inodes.saturating_sub(usage.free_inodes),
        })
    }

    /// Room is short and the table has nothing to give: what it does not know may be there all the same.
    fn repair(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let is_due = |last: Timestamp| now.since(last) >= REPAIR_EVERY;
        if !self.state().repaired_at.is_none_or(is_due) {
            return Ok(());
        }
        self.state().repaired_at = Some(now);
        self.scan(&|_, _| ())?;
        self.read_journal();
        Ok(())
    }

    /// Reads what the folder holds: at first the snapshot, and from time to time the journal.
    fn learn(&self) {
        let now = self.clock.now();
        let is_new = self.state().table.is_none();
        if is_new {
            let loaded = Recency::load_from(self.rules.limits, &self.rules.snapshot);
            let table =
                loaded.map_or_else(|_| Recency::new(self.rules.limits), |loaded| loaded.recency);
            let mut state = self.state();
            state.table = Some(table);
            state.saved_at = now;
        }
        if is_new || now.since(self.state().learnt_at) >= LEARN_EVERY {
            self.state().learnt_at = now;
            self.read_journal();
        }
    }

    fn read_journal(&self) {
        let Ok(notes) = self.disk.notes() else {
            return;
        };
        let mut files = notes
            .filter(|note| note.blocks > 0)
            .map(|note| Weighed {
                key: note.key,
                blocks: note.blocks.saturating_add(LEAF_BLOCKS),
            })
            .peekable();
        // In parts, so that nobody who publishes waits for long.
        while files.peek().is_some() {
            let part: Vec<Weighed> = files.by_ref().take(BATCH).collect();
            if let Some(table) = &mut self.state().table {
                table.merge(part);
            }
        }
    }

    fn save_from_time_to_time(&self, now: Timestamp) {
        let due = now.since(self.state().saved_at) >= SNAPSHOT_EVERY;
        if due {
            self.state().saved_at = now;
            self.save();
        }
    }

    fn count(&self, swept: Swept) {
        let counts = &self.counts;
        add(&counts.expired, swept.gone);
        add(&counts.damaged, swept.damaged);
        add(&counts.freed_blocks, swept.freed_blocks);
        add(&counts.folders, swept.folders);
        add(&counts.failed, swept.failed + swept.unnoted);
    }

    fn show_held(&self) {
        let state = self.state();
        let held = state.table.as_ref().map_or(Held::default(), Recency::held);
        let bytes = state.table.as_ref().map_or(0, Recency::memory_bytes);
        let show = |count: &AtomicU64, value| count.store(value, Ordering::Relaxed);
        show(&self.counts.held_entries, held.entries);
        show(&self.counts.held_bytes, held.bytes);
        show(&self.counts.table_bytes, bytes as u64);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add(count: &AtomicU64, amount: u64) {
    count.fetch_add(amount, Ordering::Relaxed);
}
