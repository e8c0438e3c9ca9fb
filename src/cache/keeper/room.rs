//! Making room: what was purged goes first, then what was used least, until the limits are kept and the file system
//! has room to spare.

use std::fmt;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use super::super::disk::{Facts, Fate, Note, Resident, Usage};
use super::super::entry::Sequence;
use super::super::error::Error;
use super::super::recency::{BLOCK_BYTES, Need, Weighed};
use super::{BATCH, Keeper, is_due};
use crate::clock::Timestamp;

/// The part of a file system that is left free: a fiftieth, and no more than this.
const SPARE_PART: u64 = 50;
const MOST_SPARE_BYTES: u64 = 1 << 30;
const MOST_SPARE_INODES: u64 = 10_000;
/// How long it may take until the file system shows what was removed: some free it with their next commit.
const SHOWN_WITHIN: Duration = Duration::from_secs(60);
/// Time between two searches for what was purged, each through all notes.
const RECLAIM_EVERY: Duration = Duration::from_secs(3600);
/// Parts of a search that one round makes before it evicts what was not purged.
const PARTS_A_ROUND: usize = 4;

/// What was removed for want of room, and may not show yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Freed {
    at: Timestamp,
    before: Usage,
    sum: Need,
}

/// A search for what was purged, over some rounds.
#[derive(Default)]
pub(super) struct Search {
    notes: Option<Box<dyn Iterator<Item = Note> + Send>>,
    began_at: Option<Timestamp>,
    /// The last purge that the search knows of, or the one before it.
    known: Sequence,
}

impl Freed {
    /// What of it is still to show. What shows by half is not waited for: others write meanwhile.
    fn unseen(&self, usage: Usage, now: Timestamp) -> Need {
        let of = |free: u64, before: u64, freed: u64| match free >= before.saturating_add(freed / 2)
        {
            true => 0,
            false => freed,
        };
        if is_due(Some(self.at), SHOWN_WITHIN, now) {
            return Need::default();
        }
        let before = self.before;
        Need {
            bytes: of(usage.free_bytes, before.free_bytes, self.sum.bytes),
            entries: of(usage.free_inodes, before.free_inodes, self.sum.entries),
        }
    }
}

impl Keeper {
    /// Removes files until the limits are kept and the file system has room to spare. Where that cannot be measured
    /// the limits are kept all the same.
    pub(super) fn make_room(&self, now: Timestamp) -> Result<(), Error> {
        self.take_changes();
        let (mut need, measured) = match self.need(now) {
            Ok(need) => (need, Ok(())),
            Err(error) => (Need::default(), Err(error)),
        };
        let reclaimed = self.reclaim(&mut need, now);
        let evicted = self.evict_until_met(&mut need);
        self.counts.show(self.state().table.as_ref());
        if evicted.is_ok() && need != Need::default() {
            // Room is short and the table has nothing to give: what it does not know may be there all the same.
            self.repair(now)?;
        }
        measured.and(reclaimed).and(evicted)
    }

    /// Removes what was purged and has not expired yet, as much as is needed, a bounded number of heads a round.
    fn reclaim(&self, need: &mut Need, now: Timestamp) -> Result<(), Error> {
        let mut search = self.search();
        for _ in 0..PARTS_A_ROUND {
            if !self.is_short(*need) || !self.has_notes(&mut search, now)? {
                break;
            }
            let notes = search.notes.as_mut().expect("there are notes");
            let judge = |resident: &Resident| self.fate_by_purges(resident);
            match self.disk.reclaim(notes, &judge) {
                Some(swept) => {
                    self.counts.swept(swept);
                    self.freed(need, (swept.freed_blocks * BLOCK_BYTES, swept.gone));
                    self.take_changes();
                }
                None => search.notes = None,
            }
        }
        Ok(())
    }

    /// Whether a search is under way; begins one if something was purged since the last one, and that was long ago.
    fn has_notes(&self, search: &mut Search, now: Timestamp) -> Result<bool, Error> {
        let newest = self.purges.newest();
        let is_due = newest > search.known && is_due(search.began_at, RECLAIM_EVERY, now);
        if search.notes.is_none() && is_due {
            *search = Search {
                notes: Some(Box::new(self.disk.notes()?)),
                began_at: Some(now),
                known: newest,
            };
        }
        Ok(search.notes.is_some())
    }

    /// As [`Keeper::fate`], but for the clock: it need not be believed.
    fn fate_by_purges(&self, resident: &Resident) -> Fate {
        match &resident.facts {
            Facts::Entry(header) if self.purged(header) => self.gone_by_purge(),
            _ => Fate::Until(Timestamp::default()),
        }
    }

    fn is_short(&self, need: Need) -> bool {
        let state = self.state();
        need != Need::default() || state.table.as_ref().is_some_and(|table| table.is_over())
    }

    /// Evicts until the limits are kept and `need` is met; leaves in it what is not.
    fn evict_until_met(&self, need: &mut Need) -> Result<(), Error> {
        loop {
            let victims = self.victims(*need);
            if victims.is_empty() {
                return Ok(());
            }
            self.evict(victims, need)?;
        }
    }

    fn victims(&self, need: Need) -> Vec<Weighed> {
        let mut state = self.state();
        let Some(table) = &mut state.table else {
            return Vec::new();
        };
        table.take_uses(&self.uses);
        table.victims(need, BATCH)
    }

    /// Removes files, and takes what that frees off `need`. Those that stay are held on; the last error is told.
    fn evict(&self, victims: Vec<Weighed>, need: &mut Need) -> Result<(), Error> {
        let mut outcome = Ok(());
        for victim in victims {
            match self.disk.evict(&victim.key) {
                Ok(true) => {
                    self.freed(need, (u64::from(victim.blocks) * BLOCK_BYTES, 1));
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
        outcome
    }

    fn hold(&self, file: Weighed) {
        if let Some(table) = &mut self.state().table {
            table.added(file.key, file.blocks);
        }
    }

    /// Takes what was freed off `need`, and remembers it where there was any.
    fn freed(&self, need: &mut Need, (bytes, entries): (u64, u64)) {
        if let Some(freed) = &mut self.state().freed {
            freed.sum.bytes += bytes;
            freed.sum.entries += entries;
        }
        need.bytes = need.bytes.saturating_sub(bytes);
        need.entries = need.entries.saturating_sub(entries);
    }

    /// What the file system lacks of the room that is to spare, apart from what it is about to have.
    fn need(&self, now: Timestamp) -> Result<Need, Error> {
        let usage = self.disk.usage()?;
        let mut state = self.state();
        let unseen = state.freed.map(|freed| freed.unseen(usage, now));
        let unseen = unseen.unwrap_or_default();
        let need = short_of(usage, unseen);
        if unseen == Need::default() {
            state.freed = (need != Need::default()).then_some(Freed {
                at: now,
                before: usage,
                sum: Need::default(),
            });
        }
        Ok(need)
    }

    fn search(&self) -> MutexGuard<'_, Search> {
        self.search.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search")
            .field("began_at", &self.began_at)
            .finish_non_exhaustive()
    }
}

/// What is lacking of the room to spare, if `coming` is as good as free.
fn short_of(usage: Usage, coming: Need) -> Need {
    let spare_bytes = (usage.bytes / SPARE_PART).min(MOST_SPARE_BYTES);
    let spare_inodes = (usage.inodes / SPARE_PART).min(MOST_SPARE_INODES);
    Need {
        bytes: spare_bytes.saturating_sub(usage.free_bytes.saturating_add(coming.bytes)),
        entries: spare_inodes.saturating_sub(usage.free_inodes.saturating_add(coming.entries)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn usage(free_bytes: u64, free_inodes: u64) -> Usage {
        Usage {
            free_bytes,
            bytes: 5000,
            free_inodes,
            inodes: 500,
        }
    }

    #[test]
    fn a_fiftieth_is_left_free() {
        for (free, coming, lacking) in [
            ((100, 10), (0, 0), (0, 0)),
            ((40, 10), (0, 0), (60, 0)),
            ((100, 3), (0, 0), (0, 7)),
            ((40, 3), (50, 9), (10, 0)),
        ] {
            let [coming, lacking] =
                [coming, lacking].map(|(bytes, entries)| Need { bytes, entries });
            let found = short_of(usage(free.0, free.1), coming);
            assert_eq!(found, lacking, "{free:?}");
        }
    }

    #[test]
    fn what_was_freed_counts_until_it_shows_or_a_minute_is_over() {
        let freed = Freed {
            at: START,
            before: usage(40, 3),
            sum: Need {
                bytes: 60,
                entries: 8,
            },
        };
        for (seconds, free, unseen) in [
            (1, (40, 3), (60, 8)),
            (59, (40, 3), (60, 8)),
            (60, (40, 3), (0, 0)),
            (1, (69, 3), (60, 8)),
            (1, (70, 3), (0, 8)),
            (1, (10, 7), (60, 0)),
        ] {
            let now = START.after(Duration::from_secs(seconds));
            let Need { bytes, entries } = freed.unseen(usage(free.0, free.1), now);
            assert_eq!((bytes, entries), unseen, "{seconds} {free:?}");
        }
    }
}
