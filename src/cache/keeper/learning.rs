//! Learning what the folder holds: from the snapshot, from the journal, and where both are lost from the files.

use std::fs;
use std::mem;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use super::super::disk::{Marks, Note};
use super::super::error::Error;
use super::super::recency::{Recency, Weighed};
use super::{Keeper, LEAF_BLOCKS, is_due};
use crate::clock::Timestamp;

/// Time between two readings of what was added to the journal, by other processes too.
pub(super) const LEARN_EVERY: Duration = Duration::from_secs(60);
/// How far before a snapshot the journal is read: what is noted gets its name later.
const OVERLAP_NANOS: u64 = 60 * 1_000_000_000;
/// Time between two scans for want of a table.
const REPAIR_EVERY: Duration = Duration::from_secs(3600);

impl Keeper {
    /// Rebuilds what is known, where that was not done of late and the clock is believed.
    pub(super) fn repair(&self, now: Timestamp) -> Result<(), Error> {
        let is_due = {
            let state = self.state();
            state.trusts_clock && is_due(state.repaired_at, REPAIR_EVERY, now)
        };
        if is_due {
            self.rebuild(now)?;
        }
        Ok(())
    }

    /// Looks at every file, and learns of those that neither the table nor the journal names.
    fn rebuild(&self, now: Timestamp) -> Result<(), Error> {
        self.state().repaired_at = Some(now);
        let scanned = self.scan(&|_, _| ());
        self.state().lacks_notes = false;
        // Whatever became of the scan, the journal holds what it has seen.
        self.read_journal()?;
        scanned.map(|_| ())
    }

    /// Reads what the folder holds: at first the snapshot, and from time to time what was added to the journal.
    pub(super) fn learn(&self, now: Timestamp) -> Result<(), Error> {
        if self.state().table.is_none() {
            self.load(now);
        }
        self.take_changes();
        let (learnt_at, known_to) = {
            let state = self.state();
            (state.learnt_at, state.known_to)
        };
        if !is_due(learnt_at, LEARN_EVERY, now) {
            return Ok(());
        }
        let notes = self.read_journal()?;
        if self.state().lacks_notes {
            // What lost its note would neither count nor ever go.
            self.repair(now)?;
        }
        // Where both are lost, what nobody knows would never go.
        let is_lost =
            learnt_at.is_none() && notes == 0 && known_to == 0 && self.disk.holds_any()?;
        self.state().learnt_at = Some(now);
        match is_lost {
            true => self.rebuild(now),
            false => Ok(()),
        }
    }

    /// Reads the snapshot. What was written later is in the journal.
    fn load(&self, now: Timestamp) {
        let snapshot = &self.rules.snapshot;
        let taken = written(snapshot).unwrap_or(0);
        let loaded = Recency::load_from(self.rules.limits, snapshot).ok();
        let is_whole = loaded.as_ref().is_some_and(|it| it.fault.is_none());
        let mut state = self.state();
        state.learnt_at = None;
        state.marks = Marks::default();
        state.known_to = if is_whole { taken } else { 0 };
        state.saved_at = Some(now);
        state.table =
            Some(loaded.map_or_else(|| Recency::new(self.rules.limits), |loaded| loaded.recency));
    }

    /// Takes in what was noted since the table was last told; answers how many notes there were of it.
    fn read_journal(&self) -> Result<u64, Error> {
        let (known_to, mut marks) = {
            let mut state = self.state();
            (mem::take(&mut state.known_to), mem::take(&mut state.marks))
        };
        let since = known_to.saturating_sub(OVERLAP_NANOS);
        let mut sum = 0;
        let outcome = self.disk.new_notes(&mut marks, &mut |mut notes| {
            notes.retain(|note| note.blocks > 0 && note.written >= since);
            sum += notes.len() as u64;
            self.merge(notes);
        });
        let mut state = self.state();
        state.marks = marks;
        state.lacks_notes |= outcome?.damaged > 0;
        Ok(sum)
    }

    /// Takes in the files of `notes`. Of most older notes the files are gone since, and would come to life again:
    /// those that the table does not hold are looked for.
    fn merge(&self, notes: Vec<Note>) {
        let is_held = |note: &Note| {
            let state = self.state();
            state
                .table
                .as_ref()
                .is_some_and(|table| table.holds(&note.key))
        };
        let (held, others): (Vec<Note>, Vec<Note>) = notes.into_iter().partition(is_held);
        let found = self.disk.present(others);
        if let Some(table) = &mut self.state().table {
            table.merge(held.iter().chain(&found).map(|note| Weighed {
                key: note.key,
                blocks: note.blocks.saturating_add(LEAF_BLOCKS),
            }));
        }
    }
}

/// When the snapshot was written, in nanoseconds, as the file system says.
fn written(snapshot: &Path) -> Option<u64> {
    let modified = fs::metadata(snapshot).and_then(|facts| facts.modified());
    let since = modified.ok()?.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_nanos()).ok()
}
