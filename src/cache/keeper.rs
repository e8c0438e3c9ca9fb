//! Keeping the folder within its limits and free of what has expired: one process of all that share it.
//!
//! A round looks at nothing that has not expired and lists no folder. The table of what the folder holds is read from
//! its snapshot and from the journal, behind the first answers; where both are lost, and room is needed, a scan of all
//! files writes the journal anew. Everything here blocks.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::disk::{ClockGuard, Depth, Disk, Facts, Fate, Found, Reading, Resident, Scan, Swept};
use super::entry::Header;
use super::error::Error;
use super::freshness::Keep;
use super::key::Key;
use super::purge::Purges;
use super::recency::{BLOCK_BYTES, Limits, Need, Recency, Uses, Weighed, write_snapshot};
use super::record::Record;
use crate::clock::{Clock, Timestamp};
use counts::Counts;

mod by_hand;
mod counts;
mod learning;

pub use counts::KeeperCounts;

/// Files that are evicted between two looks at what else there is to do.
const BATCH: usize = 4096;
/// Leaf folders that a round looks at: the removal of empty ones never hurries.
const FOLDERS_A_ROUND: usize = 2048;
/// Blocks of a leaf folder, which most files have to themselves.
const LEAF_BLOCKS: u32 = 8;
/// What file systems give to a file at a time.
const UNIT_BYTES: u64 = 4096;
const UNIT_BLOCKS: u64 = UNIT_BYTES / BLOCK_BYTES;
/// Time between two snapshots of the table.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(600);
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
    /// Held while a snapshot is written.
    saving: Mutex<()>,
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
    /// Whether the clock was believed when it was last asked about.
    trusts_clock: bool,
    swept_at: Option<Timestamp>,
    saved_at: Option<Timestamp>,
    learnt_at: Option<Timestamp>,
    repaired_at: Option<Timestamp>,
    /// When the newest file that the table was told of was written, in nanoseconds.
    learnt_to: u64,
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
            saving: Mutex::default(),
            counts: Counts::default(),
        }
    }

    /// One round: sweeps where it is time to, makes room where room is short. Does nothing where another process
    /// keeps the folder. What fails keeps nothing else from being done.
    ///
    /// # Errors
    /// What the file system refuses; the next round tries again.
    pub(super) fn round(&self) -> Result<(), Error> {
        if !self.disk.leads()? {
            self.step_down();
            return Ok(());
        }
        let now = self.clock.now();
        let learnt = self.learn(now);
        let swept = self.sweep(now);
        let roomy = self.make_room(now);
        self.counts
            .removed_folders(self.disk.remove_folders(FOLDERS_A_ROUND));
        self.save_from_time_to_time(now);
        learnt.and(swept).and(roomy)
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
        self.counts.swept(swept);
        Ok(swept)
    }

    /// Takes in a file that this process published.
    pub(super) fn added(&self, key: Key, file_bytes: u64) {
        let blocks = file_bytes.div_ceil(UNIT_BYTES) * UNIT_BLOCKS;
        let blocks = u32::try_from(blocks).unwrap_or(u32::MAX);
        if let Some(table) = &mut self.state().table {
            table.added(key, blocks.saturating_add(LEAF_BLOCKS));
        }
    }

    /// Writes the table down for the next start.
    pub(super) fn save(&self) {
        let _saving = self.saving.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever publishes waits for a copy of the table at most, and never for the disk.
        let table = &self.state().table;
        let snapshot = table.as_ref().map(|table| table.snapshot(self.clock.now()));
        if let Some(snapshot) = snapshot {
            // Without a snapshot the journal alone tells, and the order of use is lost.
            let _ = write_snapshot(&self.rules.snapshot, &snapshot);
        }
    }

    /// What keeping has come to.
    pub(super) fn counts(&self) -> KeeperCounts {
        self.counts.read()
    }

    /// What is to become of a file.
    fn fate(&self, resident: &Resident) -> Fate {
        let now = self.clock.now();
        let (hard, until) = match &resident.facts {
            Facts::Entry(header) => (self.purged(header), self.entry_until(header)),
            Facts::Record(record) => (false, record.validated_at.after(self.rules.keep.variants)),
        };
        if hard || until <= now {
            self.counts.purged(hard.into());
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
        let record: Option<Record> = record.and_then(Found::whole);
        until(record.map_or(Timestamp::default(), |record| record.validated_at))
    }

    fn sweep(&self, now: Timestamp) -> Result<(), Error> {
        if self.is_time_to_sweep(now) {
            let swept = self.disk.sweep(now, &|resident| self.fate(resident))?;
            self.counts.swept(swept);
        }
        Ok(())
    }

    fn is_time_to_sweep(&self, now: Timestamp) -> bool {
        let mut state = self.state();
        if !is_due(state.swept_at, self.rules.sweep_interval, now) {
            return false;
        }
        state.swept_at = Some(now);
        state.trusts_clock = state.guard.allows(Reading::now(now));
        state.trusts_clock
    }

    /// Evicts until the limits are kept and the file system has room to spare.
    fn make_room(&self, now: Timestamp) -> Result<(), Error> {
        let mut need = self.need()?;
        loop {
            let victims = self.victims(need);
            if victims.is_empty() {
                break;
            }
            let freed = self.evict(victims)?;
            need = Need {
                bytes: need.bytes.saturating_sub(freed.bytes),
                entries: need.entries.saturating_sub(freed.entries),
            };
        }
        self.counts.show(self.state().table.as_ref());
        if need != Need::default() {
            // Room is short and the table has nothing to give: what it does not know may be there all the same.
            self.repair(now)?;
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

    /// Removes files, and answers what that freed. Those that stay are held on.
    fn evict(&self, victims: Vec<Weighed>) -> Result<Need, Error> {
        let mut freed = Need::default();
        let mut outcome = Ok(());
        for victim in victims {
            match self.disk.evict(&victim.key) {
                Ok(true) => {
                    freed.bytes += u64::from(victim.blocks) * BLOCK_BYTES;
                    freed.entries += 1;
                    self.counts.evicted(victim.blocks);
                }
                Ok(false) => {}
                Err(error) => {
                    self.counts.failed();
                    self.hold(victim);
                    outcome = Err(error);
                }
            }
        }
        outcome.map(|()| freed)
    }

    fn hold(&self, file: Weighed) {
        if let Some(table) = &mut self.state().table {
            table.added(file.key, file.blocks);
        }
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

    /// Forgets what another process knows better now; it begins with what the folder says, should it keep it again.
    fn step_down(&self) {
        self.state().table = None;
        self.counts.show(None);
    }

    fn save_from_time_to_time(&self, now: Timestamp) {
        if is_due(self.state().saved_at, SNAPSHOT_EVERY, now) {
            self.state().saved_at = Some(now);
            self.save();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether it is time again for what is done every so often; at once where the clock was set back since.
fn is_due(last: Option<Timestamp>, every: Duration, now: Timestamp) -> bool {
    last.is_none_or(|last| last > now || now.since(last) >= every)
}

#[cfg(test)]
mod tests;
