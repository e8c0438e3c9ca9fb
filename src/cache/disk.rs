//! The folder tier: one file an entry, found by its key alone.
//!
//! ```text
//! DIR/dd/73/22/REST           entries, by the digits of their key
//! DIR/sources/dd/73/22/REST   records of sources, likewise
//! DIR/tmp/                    files that are being written
//! DIR/journal/                what was published, by the time when it may go
//! DIR/lock                    held by the process that sweeps
//! ```
//!
//! A file is written aside and renamed into place, so a reader sees all of it or none; it is never changed
//! afterwards. It is not synced: a crash of the machine can leave a file whose bytes never reached the disk,
//! and its checksums find that. Any number of processes may share the folder. Everything here blocks.
//!
//! The journal is needed to sweep and never to serve: what may go is found there, by its time, and what has not
//! passed is not looked at. An erasure finds there what it looks at, where the journal says that it names every file.
//! A scan of all files repairs it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use rustix::fs::CWD;

use super::entry::{Entry, Header};
use super::error::Error;
use super::frame::{Head, Kind, Unreadable};
use super::key::Key;
use super::record::Record;
use super::temporary::Temporaries;
use crate::clock::Clock;
use changes::Changes;
use file::{Refusal, is_absence, read};
use folders::{Folders, Leaf};
use journal::Journal;

mod body;
mod changes;
mod erase;
mod file;
mod folders;
mod groups;
mod guard;
mod journal;
mod learn;
mod lock;
mod note;
mod pass;
mod peek;
mod publish;
mod scan;
mod sweep;

pub use body::{BodyReader, Opened};
pub use changes::Change;
pub use erase::{Erasure, Search};
pub use groups::Groups;
pub use guard::{ClockGuard, Reading};
pub use learn::{Lacking, Marks};
pub(super) use lock::Lock;
pub use note::Note;
pub use pass::{Depth, Facts, Fate, Judge, Resident, Swept};
pub(super) use peek::reason;
pub(super) use publish::Absence;
pub use publish::Stored;
pub use scan::Scan;
pub use sweep::Usage;

/// A folder of entries and records.
#[derive(Debug)]
pub struct Disk {
    entries: PathBuf,
    sources: PathBuf,
    temporaries: Temporaries,
    journal: Journal,
    lock: Lock,
    folders: Folders,
    changes: Changes,
    /// Whether this process has looked if the journal begins with the folder.
    begun: OnceLock<()>,
}

/// What a path held.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<T> {
    /// A file that passed every check.
    Whole(T),
    /// No file, or one of another release, which is left alone.
    Nothing,
    /// A file that failed a check, as the phrase says; it was removed.
    Damaged(&'static str),
}

impl<T> Found<T> {
    /// What was whole.
    pub fn whole(self) -> Option<T> {
        match self {
            Self::Whole(value) => Some(value),
            Self::Nothing | Self::Damaged(_) => None,
        }
    }
}

impl Disk {
    /// Opens `dir`, which is made where it is absent. Nothing in it is listed. Files are kept for about `keep`.
    ///
    /// # Errors
    /// Where the folder can be neither found nor made.
    pub fn open(dir: &Path, keep: Duration, clock: Clock) -> Result<Self, Error> {
        Ok(Self {
            entries: dir.to_owned(),
            sources: dir.join("sources"),
            temporaries: Temporaries::open(dir.join("tmp"), clock.clone())?,
            journal: Journal::new(dir.join("journal"), keep, clock),
            lock: Lock::new(dir.join("lock")),
            folders: Folders::default(),
            changes: Changes::default(),
            begun: OnceLock::new(),
        })
    }

    /// Reads the entry of `key` into memory and checks all of it.
    ///
    /// # Errors
    /// What the file system refuses; absence and damage are answers.
    pub fn entry(&self, key: &Key) -> Result<Found<Entry>, Error> {
        let path = key.path_under(&self.entries);
        let file = read(Kind::Entry, &path);
        let entry = file.and_then(|file| Ok(Entry::decode(key, Bytes::from(file))?));
        self.settle((Kind::Entry, key), entry)
    }

    /// Opens the entry of `key`: one whose body is longer than `stream_above` is not read, if it can be checked
    /// block by block; any other is read as by [`Disk::entry`].
    ///
    /// # Errors
    /// As [`Disk::entry`].
    pub fn open_entry(&self, key: &Key, stream_above: u64) -> Result<Found<Opened>, Error> {
        let path = key.path_under(&self.entries);
        self.settle((Kind::Entry, key), open_entry(key, &path, stream_above))
    }

    /// Reads the record of the source `key`.
    ///
    /// # Errors
    /// As [`Disk::entry`].
    pub fn record(&self, key: &Key) -> Result<Found<Record>, Error> {
        let path = key.path_under(&self.sources);
        let file = read(Kind::Record, &path);
        let record = file.and_then(|file| Ok(Record::decode(key, &file)?));
        self.settle((Kind::Record, key), record)
    }

    /// Removes the entry of `key`, if there is one.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub fn remove_entry(&self, key: &Key) -> Result<(), Error> {
        self.remove(Kind::Entry, key).map(|_| ())
    }

    /// Removes the entry of `key` if it is the file that `body` is read from, and not one that took its place since.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub(super) fn remove_damaged(&self, key: &Key, body: &BodyReader) -> Result<(), Error> {
        let path = key.path_under(&self.entries);
        let is_it = fs::symlink_metadata(&path).and_then(|facts| body.is_of(&facts));
        match is_it {
            Ok(true) => self.remove_entry(key),
            Ok(false) => Ok(()),
            Err(error) if is_absence(&error) => Ok(()),
            Err(error) => Err(Error::io("look at", path)(error)),
        }
    }

    /// Removes the record of the source `key`, if there is one.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub fn remove_record(&self, key: &Key) -> Result<(), Error> {
        self.remove(Kind::Record, key).map(|_| ())
    }

    /// Removes the entry or the record of `key`, whichever there is; answers whether there was one. Whoever evicts
    /// knows: that is no [`Change`].
    ///
    /// # Errors
    /// Where the file system refuses.
    pub fn evict(&self, key: &Key) -> Result<bool, Error> {
        Ok(self.unlink(Kind::Entry, key)? || self.unlink(Kind::Record, key)?)
    }

    /// What this process published and removed since the last call, in that order.
    pub fn take_changes(&self) -> Vec<Change> {
        self.changes.take()
    }

    /// Whether so much was published and removed that it should be asked for.
    pub fn has_many_changes(&self) -> bool {
        self.changes.are_many()
    }

    /// Whether there is a folder of entries or records, be they empty. Costs a look at the top alone.
    ///
    /// # Errors
    /// Where the folder cannot be listed.
    pub fn holds_any(&self) -> Result<bool, Error> {
        for tree in [&self.entries, &self.sources] {
            match fs::read_dir(tree) {
                Ok(mut names) => {
                    if names.any(|name| name.is_ok_and(|name| is_of_key(&name.file_name()))) {
                        return Ok(true);
                    }
                }
                Err(error) if is_absence(&error) => {}
                Err(error) => return Err(Error::io("list", tree)(error)),
            }
        }
        Ok(false)
    }

    /// Has the journal on disk, so that a restart of the machine need not doubt it.
    ///
    /// # Errors
    /// Where it cannot be written out.
    pub fn settle_journal(&self) -> Result<(), Error> {
        let settled = self.journal.settle();
        settled.map_err(Error::io("write out", self.journal.dir()))
    }

    /// Removes what writers that died left behind, a bounded number of files; answers how many.
    ///
    /// # Errors
    /// Where the folder cannot be listed.
    pub fn remove_leftovers(&self) -> Result<usize, Error> {
        self.temporaries.remove_leftovers()
    }

    /// A folder that holds nothing yet has a journal that names all of it from now on.
    fn begin_journal(&self) {
        self.begun.get_or_init(|| {
            if matches!(self.holds_any(), Ok(false)) {
                // Erasing takes longer without it.
                let _ = self.journal.declare_whole();
            }
        });
    }

    fn remove(&self, kind: Kind, key: &Key) -> Result<bool, Error> {
        let removed = self.unlink(kind, key)?;
        if removed {
            self.changes.add(Change::Removed(*key));
        }
        Ok(removed)
    }

    fn unlink(&self, kind: Kind, key: &Key) -> Result<bool, Error> {
        let path = key.path_under(self.root(kind));
        match fs::remove_file(&path) {
            Err(error) if is_absence(&error) => Ok(false),
            Err(error) => Err(Error::io("remove", path)(error)),
            Ok(()) => {
                self.folders.add(Leaf::of(kind, key));
                Ok(true)
            }
        }
    }

    /// Turns what reading a file gave into an answer, and removes what is damaged.
    ///
    /// A whole file that is published between the two goes with it, which costs one miss.
    fn settle<T>(
        &self,
        (kind, key): (Kind, &Key),
        read: Result<T, Refusal>,
    ) -> Result<Found<T>, Error> {
        match read {
            Ok(value) => Ok(Found::Whole(value)),
            Err(Refusal::Absent | Refusal::Unreadable(Unreadable::UnknownVersion(_))) => {
                Ok(Found::Nothing)
            }
            Err(Refusal::Unreadable(Unreadable::Damaged(reason))) => {
                // What cannot be removed is found damaged again: still a miss.
                let _ = self.remove(kind, key);
                Ok(Found::Damaged(reason))
            }
            Err(Refusal::Io(error)) => {
                Err(Error::io("read", key.path_under(self.root(kind)))(error))
            }
        }
    }

    /// The tree of files of a kind.
    fn root(&self, kind: Kind) -> &Path {
        match kind {
            Kind::Entry => &self.entries,
            Kind::Record => &self.sources,
        }
    }
}

/// Whether a folder has the name of one at the top: the first two digits of a key.
fn is_of_key(name: &OsStr) -> bool {
    let digits = name.as_encoded_bytes();
    digits.len() == 2
        && digits
            .iter()
            .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

fn open_entry(key: &Key, path: &Path, stream_above: u64) -> Result<Opened, Refusal> {
    let opened = file::open(Kind::Entry, CWD, path)?;
    let body_bytes = opened.prefix.long_body_bytes();
    if body_bytes.is_none_or(|bytes| bytes <= stream_above) {
        let file = opened.read(opened.prefix.file_bytes())?;
        return Ok(Opened::Whole(Entry::decode(key, Bytes::from(file))?));
    }
    let head = opened.head()?;
    let header = Header::decode(key, &Head::parse(Kind::Entry, &head)?)?;
    let body = opened.into_body()?;
    Ok(Opened::Streamed(
        header,
        body.expect("a body this long has a block table"),
    ))
}

#[cfg(test)]
mod tests;
