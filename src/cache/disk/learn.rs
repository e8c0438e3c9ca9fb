//! Learning what the folder holds from its journal: what was added to it since, and whether it is there.

use std::collections::HashMap;
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::error::Error;
use super::Disk;
use super::journal::Bucket;
use super::note::{Note, Notes};
use super::pass::in_parallel;

/// Notes that are handed out at a time.
const CHUNK: usize = 4096;

/// How far each file of the journal was read: where its last whole note ends that was handed out.
#[derive(Debug, Default)]
pub struct Marks(HashMap<Identity, u64>);

/// How many files of the journal did not tell all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lacking {
    /// Those that hold what is no note, or are shorter than they were, and so may lack some.
    pub damaged: usize,
    /// Those that were gone, or renamed, or could not be opened.
    pub unread: usize,
}

/// What tells a file of the journal from the others, sealed or not: the end of its time, and its inode.
type Identity = (u64, u64);

/// What came of reading one file of the journal.
struct Read {
    identity: Identity,
    /// Where its last whole note ends.
    end: u64,
    is_damaged: bool,
}

impl Disk {
    /// Hands out what was added to the journal since `marks` were set, and sets them anew. No clock decides what is
    /// new. What cannot be read is left out, and tried again by the next call. Where a file is damaged the journal says
    /// no longer that it names every file.
    ///
    /// # Errors
    /// Where the journal cannot be listed.
    pub fn new_notes(
        &self,
        marks: &mut Marks,
        take: &mut dyn FnMut(Vec<Note>),
    ) -> Result<Lacking, Error> {
        let buckets = self.journal.buckets();
        let buckets = buckets.map_err(Error::io("list", self.journal.dir()))?;
        let read: Vec<Read> = buckets
            .iter()
            .filter_map(|bucket| read_on(bucket, marks, take).ok())
            .collect();
        *marks = Marks(read.iter().map(|read| (read.identity, read.end)).collect());
        let damaged = read.iter().filter(|read| read.is_damaged).count();
        if damaged > 0 {
            // Where that cannot be written either, whoever reads next finds the same.
            let _ = self.journal.doubt();
        }
        Ok(Lacking {
            damaged,
            unread: buckets.len() - read.len(),
        })
    }

    /// Those of `notes` whose file is there, whatever it holds.
    pub fn present(&self, notes: Vec<Note>) -> Vec<Note> {
        let found: Vec<_> = notes.iter().map(|_| AtomicBool::new(false)).collect();
        in_parallel(notes.len(), &|index, _| {
            let Note { kind, key, .. } = &notes[index];
            let path = key.path_under(self.root(*kind));
            found[index].store(path.symlink_metadata().is_ok(), Ordering::Relaxed);
        });
        notes
            .into_iter()
            .zip(found)
            .filter_map(|(note, found)| found.into_inner().then_some(note))
            .collect()
    }
}

fn read_on(bucket: &Bucket, marks: &Marks, take: &mut dyn FnMut(Vec<Note>)) -> io::Result<Read> {
    let (mut file, facts) = bucket.open()?;
    let identity = (bucket.end_secs(), facts.ino());
    let before = marks.0.get(&identity).copied().unwrap_or(0);
    let known = before.min(facts.len());
    file.seek(SeekFrom::Start(known))?;
    let mut notes = Notes::of(file);
    loop {
        let chunk: Vec<Note> = notes.by_ref().take(CHUNK).map_while(Result::ok).collect();
        if chunk.is_empty() {
            break;
        }
        take(chunk);
    }
    Ok(Read {
        identity,
        end: known + notes.whole_bytes(),
        is_damaged: notes.lacks_some() || known < before,
    })
}

#[cfg(test)]
mod tests;
