//! Learning what the folder holds: from the snapshot, from the journal, and where both are lost from the files.

use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use super::super::disk::Note;
use super::super::error::Error;
use super::super::recency::{Held, Recency, Weighed};
use super::{BATCH, Keeper, LEAF_BLOCKS, is_due};
use crate::clock::Timestamp;

/// Time between two readings of the journal for what other processes have published.
pub(super) const LEARN_EVERY: Duration = Duration::from_secs(3600);
/// How far the journal is read again: what is noted gets its name later.
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
        self.scan(&|_, _| ())?;
        self.state().learnt_to = 0;
        self.read_journal().map(|_| ())
    }

    /// Reads what the folder holds: at first the snapshot, and from time to time the journal.
    pub(super) fn learn(&self, now: Timestamp) -> Result<(), Error> {
        let is_new = self.state().table.is_none();
        if is_new {
            self.load(now);
        }
        if !is_due(self.state().learnt_at, LEARN_EVERY, now) {
            return Ok(());
        }
        self.state().learnt_at = Some(now);
        let notes = self.read_journal()?;
        let is_lost = is_new && notes == 0 && self.state().learnt_to == 0;
        if is_lost && self.disk.holds_any()? {
            // Both are lost: what nobody knows would never go.
            self.rebuild(now)?;
        }
        Ok(())
    }

    /// Reads the snapshot. What was written later is in the journal.
    fn load(&self, now: Timestamp) {
        let snapshot = &self.rules.snapshot;
        let taken = written(snapshot).unwrap_or(0);
        let loaded = Recency::load_from(self.rules.limits, snapshot).ok();
        let is_whole = loaded.as_ref().is_some_and(|it| it.fault.is_none());
        let mut state = self.state();
        state.learnt_at = None;
        state.learnt_to = if is_whole { taken } else { 0 };
        state.saved_at = Some(now);
        state.table =
            Some(loaded.map_or_else(|| Recency::new(self.rules.limits), |loaded| loaded.recency));
    }

    /// Takes in what was published since the table was last told; answers how many notes there were of it.
    ///
    /// Of most older notes the files were evicted since, and would come to life again; so would those that were
    /// evicted soon after, unless they are looked for. A table of nothing takes what it can get.
    fn read_journal(&self) -> Result<u64, Error> {
        let since = self.state().learnt_to.saturating_sub(OVERLAP_NANOS);
        let is_empty = self.held() == Held::default();
        let mut notes = self
            .disk
            .notes()?
            .filter(|note| note.blocks > 0 && note.written >= since)
            .inspect(|note| self.learnt_to(note.written))
            .filter(|note| is_empty || self.is_there(note));
        let mut sum = 0;
        loop {
            // In parts, so that nobody who publishes waits for long.
            let part: Vec<Note> = notes.by_ref().take(BATCH).collect();
            if part.is_empty() {
                return Ok(sum);
            }
            sum += part.len() as u64;
            self.merge(&part);
        }
    }

    fn learnt_to(&self, written: u64) {
        let mut state = self.state();
        state.learnt_to = state.learnt_to.max(written);
    }

    /// Whether the file of a note is known, or found.
    fn is_there(&self, note: &Note) -> bool {
        let is_held = self
            .state()
            .table
            .as_ref()
            .is_some_and(|table| table.holds(&note.key));
        is_held || self.disk.has(note.kind, &note.key)
    }

    fn held(&self) -> Held {
        let state = self.state();
        state.table.as_ref().map(Recency::held).unwrap_or_default()
    }

    fn merge(&self, notes: &[Note]) {
        if let Some(table) = &mut self.state().table {
            table.merge(notes.iter().map(|note| Weighed {
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
