//! Erasing: what must go is found by the journal where that names every file, and by a look at each file otherwise.

use std::mem;

use super::Disk;
use super::groups::Groups;
use super::learn::{Lacking, Marks};
use super::note::Note;
use super::pass::{Depth, Fate, Pass, Resident, Swept, in_parallel};
use super::scan::{Noting, Scan};
use crate::cache::error::Error;
use crate::clock::Timestamp;

/// Notes that are held in memory at a time.
const CHUNK: usize = 16 * 1024;
/// Readings of the journal: the second finds what was renamed or moved during the first, and others follow only where
/// files are renamed again.
const READINGS: usize = 4;

/// What is to be erased.
pub struct Erasure<'a> {
    /// The groups that it belongs to: what belongs to none of them is not looked at.
    pub groups: Vec<Groups>,
    /// Whether a file is to go.
    pub judge: &'a (dyn Fn(&Resident) -> bool + Sync),
    /// When a file that stays is to be looked at again.
    pub until: &'a (dyn Fn(&Resident) -> Timestamp + Sync),
    /// The time that it takes for now.
    pub now: Timestamp,
}

/// How an erasure found what it removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// The journal names every file, and those were looked at that may belong to the group.
    Journal,
    /// The journal may lack some, so every file was looked at.
    Files,
}

impl Disk {
    /// Removes every file of which the judge says so, and whatever of those that were looked at is too damaged to tell.
    ///
    /// What the journal names goes first. Where it may not name all, every file is looked at next, and the journal is
    /// written anew, so that it names all of them the next time.
    pub fn erase(&self, erasure: &Erasure<'_>) -> (Swept, Search) {
        let (noted, is_whole) = self.erase_noted(erasure);
        if is_whole {
            return (noted, Search::Journal);
        }
        let mut swept = self.erase_walking(erasure);
        // What failed or was foreign before was met again.
        swept.gone += noted.gone;
        swept.damaged += noted.damaged;
        swept.freed_blocks += noted.freed_blocks;
        (swept, Search::Files)
    }

    /// Removes what the journal names; answers whether it names every file.
    ///
    /// A note moves by being written again before its old file of the journal is removed. None is removed meanwhile, and
    /// each is renamed once at most: so two readings, the second of what was added since, miss no note that there was.
    fn erase_noted(&self, erasure: &Erasure<'_>) -> (Swept, bool) {
        let judge = |resident: &Resident| fate(erasure, resident, Timestamp::default());
        let pass = self.pass(Timestamp::default(), Depth::Heads, &judge);
        let was_whole = self.journal.is_whole();
        let held = self.journal.hold();
        let (mut swept, mut named) = (Swept::default(), Vec::new());
        let mut take = |notes: Vec<Note>| {
            let concerns = |note: &Note| erasure.groups.iter().any(|it| note.groups.may_hold(*it));
            named.extend(notes.into_iter().filter(concerns));
            if named.len() >= CHUNK {
                swept += self.visit_all(&pass, mem::take(&mut named));
            }
        };
        let lacks_none = self.read_all_notes(&mut take);
        swept += self.visit_all(&pass, named);
        let is_whole = was_whole && held.is_ok() && lacks_none && self.journal.is_whole();
        (swept, is_whole)
    }

    /// Hands out every note; answers whether nothing lacks.
    fn read_all_notes(&self, take: &mut dyn FnMut(Vec<Note>)) -> bool {
        let mut marks = Marks::default();
        let mut is_damaged = false;
        for reading in 1..=READINGS {
            let Ok(Lacking { damaged, unread }) = self.new_notes(&mut marks, take) else {
                return false;
            };
            is_damaged |= damaged > 0;
            if reading > 1 && unread == 0 {
                return !is_damaged;
            }
        }
        false
    }

    fn visit_all(&self, pass: &Pass<'_>, notes: Vec<Note>) -> Swept {
        in_parallel(notes.len(), &|index, swept| {
            self.visit(pass, &notes[index], swept);
        })
    }

    /// Looks at every file, and writes the journal anew where that can be written.
    fn erase_walking(&self, erasure: &Erasure<'_>) -> Swept {
        let judge = |resident: &Resident| fate(erasure, resident, (erasure.until)(resident));
        let scan = Scan {
            now: erasure.now,
            depth: Depth::Heads,
            judge: &judge,
            progress: &|_, _| (),
        };
        let scanned: Result<Swept, Error> = self.scan(&scan);
        scanned.unwrap_or_else(|_| self.walk(&scan, Noting::Not))
    }
}

fn fate(erasure: &Erasure<'_>, resident: &Resident, until: Timestamp) -> Fate {
    match (erasure.judge)(resident) {
        true => Fate::Gone,
        false => Fate::Until(until),
    }
}

#[cfg(test)]
mod tests;
