//! Keeping the folder within its limits and free of what has expired: one process of all that share it.
//!
//! A round looks at nothing that has not expired and lists no folder. The table of what the folder holds is read from
//! its snapshot and from the journal, behind the first answers; where both are lost, and room is needed, a scan of all
//! files writes the journal anew. Everything here blocks.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::disk::{
    Change, ClockGuard, Depth, Disk, Facts, Fate, Found, Marks, Reading, Resident, Scan, Swept,
};
use super::entry::Header;
use super::error::Error;
use super::freshness::Keep;
use super::purge::Purges;
use super::recency::{Limits, Recency, Uses};
use crate::clock::{Clock, Timestamp};
use counts::Counts;
use room::{Freed, Search};

mod by_hand;
mod counts;
mod learning;
mod room;

pub use counts::KeeperCounts;

/// Files that are evicted, and notes that are taken in, at a time.
const BATCH: usize = 4096;
/// Leaf folders that a round looks at: the removal of empty ones never hurries.
const FOLDERS_A_ROUND: usize = 2048;
/// Blocks of a leaf folder, which most files have to themselves.
const LEAF_BLOCKS: u32 = 8;
/// Time between two snapshots of the table.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(600);
/// Who keeps the folder.
#[derive(Debug)]
pub(super) struct Keeper {
    disk: Arc<Disk>,
    purges: Arc<Purges>,
    uses: Arc<Uses>,
    clock: Clock,
    rules: Rules,
    /// Nobody who serves or publishes takes this.
    state: Mutex<State>,
    search: Mutex<Search>,
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
    /// When the journal was read last; never since the table was loaded, where that is `None`.
    learnt_at: Option<Timestamp>,
    repaired_at: Option<Timestamp>,
    /// What was written before, in nanoseconds, the table knows from its snapshot.
    known_to: u64,
    /// How far the journal was read.
    marks: Marks,
    /// Whether something was found in it that is no note: it may lack some.
    lacks_notes: bool,
    freed: Option<Freed>,
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
            search: Mutex::default(),
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

    /// Tells the table what was published and removed, if that is so much that it should not wait for the next round,
    /// and nobody is at the table.
    pub(super) fn take_many_changes(&self) {
        if self.disk.has_many_changes()
            && let Ok(mut state) = self.state.try_lock()
        {
            self.tell(&mut state);
        }
    }

    /// Writes the table down for the next start. Nobody who publishes waits for that.
    pub(super) fn save(&self) {
        let mut state = self.state();
        self.tell(&mut state);
        if let Some(table) = &state.table {
            // Without a snapshot the journal alone tells, and the order of use is lost.
            let _ = table.save_to(&self.rules.snapshot, self.clock.now());
        }
    }

    /// The same at the end of this process, with the journal brought to disk.
    pub(super) fn settle(&self) {
        self.save();
        // The next erasure looks at every file then.
        let _ = self.disk.settle_journal();
    }

    /// What keeping has come to.
    pub(super) fn counts(&self) -> KeeperCounts {
        self.counts.read()
    }

    /// What is to become of a file.
    fn fate(&self, resident: &Resident) -> Fate {
        self.take_many_changes();
        if let Facts::Entry(header) = &resident.facts
            && self.purged(header)
        {
            return self.gone_by_purge();
        }
        let until = self.until(resident);
        match until <= self.clock.now() {
            true => Fate::Gone,
            false => Fate::Until(until),
        }
    }

    /// When a file may go that was not purged.
    fn until(&self, resident: &Resident) -> Timestamp {
        match &resident.facts {
            Facts::Entry(header) => self.entry_until(header),
            Facts::Record(record) => record.validated_at.after(self.rules.keep.variants),
        }
    }

    fn purged(&self, header: &Header) -> bool {
        header.sequence < self.purges.floor(&header.scopes).hard
    }

    fn gone_by_purge(&self) -> Fate {
        self.counts.purged();
        Fate::Gone
    }

    /// When an entry may go: only where its own time has passed its source's is read. What cannot be read is taken to
    /// be of today.
    fn entry_until(&self, header: &Header) -> Timestamp {
        let now = self.clock.now();
        let until = |validated| {
            self.rules
                .keep
                .until(header.class, header.created, validated)
        };
        let alone = until(Timestamp::default());
        if alone > now || until(now) <= now {
            return alone;
        }
        match self.disk.record(&header.source).map(Found::whole) {
            Ok(Some(record)) => until(record.validated_at),
            Ok(None) => alone,
            Err(_) => until(now),
        }
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

    /// Forgets what another process knows better now; it begins with what the folder says, should it keep it again.
    fn step_down(&self) {
        let mut state = self.state();
        state.table = None;
        self.tell(&mut state);
        self.counts.show(None);
    }

    fn save_from_time_to_time(&self, now: Timestamp) {
        if is_due(self.state().saved_at, SNAPSHOT_EVERY, now) {
            self.state().saved_at = Some(now);
            self.save();
        }
    }

    fn take_changes(&self) {
        self.tell(&mut self.state());
    }

    /// Tells the table what this process published and removed. Without a table nobody needs to know.
    fn tell(&self, state: &mut State) {
        let changes = self.disk.take_changes();
        let Some(table) = &mut state.table else {
            return;
        };
        for change in changes {
            match change {
                Change::Published(key, blocks) => {
                    table.added(key, blocks.saturating_add(LEAF_BLOCKS));
                }
                Change::Removed(key) => table.removed(&key),
            }
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
