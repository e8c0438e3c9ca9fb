//! Removing what may go, found by its note; what the passes over the folder are asked for.

use std::io;

use rustix::fs::{CWD, statvfs};

use super::super::error::Error;
use super::Disk;
use super::journal::Bucket;
use super::note::{Note, Notes};
use super::pass::{Depth, Judge, Pass, Place, Swept, in_parallel};
use crate::clock::Timestamp;

/// Notes that are held in memory at a time.
const CHUNK: usize = 16 * 1024;

/// Room on the file system of the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Bytes that we may still write.
    pub free_bytes: u64,
    /// All bytes.
    pub bytes: u64,
    /// Files that we may still make.
    pub free_inodes: u64,
    /// All files that there can be; 0 where the file system sets no number.
    pub inodes: u64,
}

impl Disk {
    /// Takes the lock of the folder where nobody has it; answers whether this process is the one that sweeps.
    ///
    /// # Errors
    /// Where the lock file can be neither opened nor locked.
    pub fn leads(&self) -> Result<bool, Error> {
        self.lock
            .acquire()
            .map_err(Error::io("lock", self.entries.join("lock")))
    }

    /// Removes what may go by `now`, as far as it was noted and `judge` says so of its head.
    ///
    /// Only notes whose time has passed are looked at. What stays is noted again. A pass that was cut off is done
    /// again by the next, and readers and writers wait for nothing here.
    ///
    /// # Errors
    /// Where the journal cannot be listed or sealed.
    pub fn sweep(&self, now: Timestamp, judge: &Judge<'_>) -> Result<Swept, Error> {
        let pass = self.pass(now, Depth::LongBodies, judge);
        let sealed = self.journal.seal_until(now);
        let sealed = sealed.map_err(Error::io("read", self.journal.dir()))?;
        let mut sum = Swept::default();
        for bucket in sealed {
            match self.sweep_bucket(&bucket, &pass) {
                Ok(swept) => {
                    sum += swept;
                    // Where its notes could not be written anew, or it cannot be removed, it is taken again.
                    if swept.unnoted > 0 || self.journal.let_go(bucket).is_err() {
                        sum.failed += 1;
                    }
                }
                Err(_) => sum.failed += 1,
            }
        }
        Ok(sum)
    }

    /// Removes of the next of `notes`, a bounded number of them, the files of which `judge` says that they are to
    /// go, whether or not their time has come; `None` where there are no more notes.
    ///
    /// For when room is short and purged files are to go before others. What stays is not noted again.
    pub fn reclaim(
        &self,
        notes: &mut dyn Iterator<Item = Note>,
        judge: &Judge<'_>,
    ) -> Option<Swept> {
        let pass = self.pass(Timestamp::default(), Depth::Heads, judge);
        let chunk = tidied(notes.take(CHUNK).collect());
        (!chunk.is_empty()).then(|| {
            in_parallel(chunk.len(), &|index, swept| {
                self.visit(&pass, &chunk[index], swept);
            })
        })
    }

    /// All notes, those whose time comes first before the others, roughly; one file may have several.
    ///
    /// What cannot be read is left out.
    ///
    /// # Errors
    /// Where the journal cannot be listed.
    pub fn notes(&self) -> Result<impl Iterator<Item = Note> + use<>, Error> {
        let buckets = self.journal.buckets();
        let buckets = buckets.map_err(Error::io("list", self.journal.dir()))?;
        Ok(buckets
            .into_iter()
            .filter_map(|bucket| bucket.notes().ok())
            .flat_map(|notes| notes.map_while(Result::ok)))
    }

    /// Removes about `limit` leaf folders of those that something was removed from, where they are empty; answers
    /// how many. What is published meanwhile makes its folder again.
    pub fn remove_folders(&self, limit: usize) -> u64 {
        let leaves = self.folders.take(limit);
        let removed = leaves.into_iter().filter(|leaf| {
            let path = leaf.path_under(self.root(leaf.kind));
            std::fs::remove_dir(path).is_ok()
        });
        removed.count() as u64
    }

    /// Room on the file system.
    ///
    /// # Errors
    /// Where the file system does not tell.
    pub fn usage(&self) -> Result<Usage, Error> {
        let facts = statvfs(&self.entries)
            .map_err(io::Error::from)
            .map_err(Error::io("measure", &self.entries))?;
        Ok(Usage {
            free_bytes: facts.f_bavail.saturating_mul(facts.f_frsize),
            bytes: facts.f_blocks.saturating_mul(facts.f_frsize),
            free_inodes: facts.f_favail,
            inodes: facts.f_files,
        })
    }

    pub(super) fn pass<'a>(
        &'a self,
        now: Timestamp,
        depth: Depth,
        judge: &'a Judge<'a>,
    ) -> Pass<'a> {
        Pass {
            now,
            depth,
            judge,
            folders: &self.folders,
            changes: &self.changes,
        }
    }

    fn sweep_bucket(&self, bucket: &Bucket, pass: &Pass<'_>) -> io::Result<Swept> {
        let mut notes = bucket.notes()?;
        let mut sum = Swept::default();
        loop {
            let chunk = next_chunk(&mut notes)?;
            if chunk.is_empty() {
                break;
            }
            sum += in_parallel(chunk.len(), &|index, swept| {
                self.sweep_note(pass, &chunk[index], swept);
            });
        }
        if notes.lacks_some() {
            // Nothing else tells of it once the file is gone.
            self.journal.doubt()?;
        }
        Ok(sum)
    }

    fn sweep_note(&self, pass: &Pass<'_>, note: &Note, swept: &mut Swept) {
        let Some(found) = self.visit(pass, note, swept) else {
            return;
        };
        let found = found.or_as_in(note);
        if !found.is_of_file_of(note) {
            // What took the file's place has a note of its own.
            swept.outdated += 1;
        } else if self.journal.add(&found).is_err() {
            swept.unnoted += 1;
        }
    }

    pub(super) fn visit(&self, pass: &Pass<'_>, note: &Note, swept: &mut Swept) -> Option<Note> {
        let path = note.key.path_under(self.root(note.kind));
        let place = Place {
            dir: CWD,
            path: &path,
            kind: note.kind,
            key: note.key,
        };
        pass.visit(&place, swept)
    }
}

/// The next notes, in the order of their paths, each file once.
fn next_chunk(notes: &mut Notes) -> io::Result<Vec<Note>> {
    notes
        .take(CHUNK)
        .collect::<io::Result<Vec<_>>>()
        .map(tidied)
}

fn tidied(mut notes: Vec<Note>) -> Vec<Note> {
    notes.sort_unstable();
    notes.dedup_by_key(|note| (note.kind, note.key, note.written));
    notes
}

#[cfg(test)]
pub(super) mod tests;
