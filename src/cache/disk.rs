//! The folder tier: one file an entry, found by its key alone.
//!
//! ```text
//! DIR/dd/73/22/REST           entries, by the digits of their key
//! DIR/sources/dd/73/22/REST   records of sources, likewise
//! DIR/tmp/                    files that are being written
//! ```
//!
//! A file is written aside and renamed into place, so a reader sees all of it or none; it is never changed
//! afterwards. It is not synced: a crash of the machine can leave a file whose bytes never reached the disk,
//! and its checksums find that. Any number of processes may share the folder. Everything here blocks.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::entry::{Entry, Header};
use super::error::Error;
use super::frame::{Head, Kind, PREFIX_BYTES, Prefix, Unreadable};
use super::key::Key;
use super::record::Record;
use super::temporary::Temporaries;
use crate::clock::Clock;

/// A folder of entries and records.
#[derive(Debug)]
pub(super) struct Disk {
    entries: PathBuf,
    sources: PathBuf,
    temporaries: Temporaries,
}

/// What a path held.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<T> {
    /// A file that passed every check.
    Whole(T),
    /// No file, or one of another release, which is left alone.
    Nothing,
    /// A file that failed a check, as the phrase says; it was removed.
    Damaged(&'static str),
}

/// What came of keeping something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is kept.
    Kept,
    /// What was there is newer, and stays.
    Superseded,
}

impl Disk {
    /// Opens `dir`, which is made where it is absent. Nothing in it is listed.
    ///
    /// # Errors
    /// Where the folder can be neither found nor made.
    pub(super) fn open(dir: &Path, clock: Clock) -> Result<Self, Error> {
        Ok(Self {
            entries: dir.to_owned(),
            sources: dir.join("sources"),
            temporaries: Temporaries::open(dir.join("tmp"), clock)?,
        })
    }

    /// Reads the entry of `key` and checks all of it.
    ///
    /// # Errors
    /// What the file system refuses; absence and damage are answers.
    pub(super) fn entry(&self, key: &Key) -> Result<Found<Entry>, Error> {
        let path = key.path_under(&self.entries);
        let file = read(Kind::Entry, &path);
        settle(
            &path,
            file.and_then(|file| Ok(Entry::decode(key, Bytes::from(file))?)),
        )
    }

    /// Reads the record of the source `key`.
    ///
    /// # Errors
    /// As [`Disk::entry`].
    pub(super) fn record(&self, key: &Key) -> Result<Found<Record>, Error> {
        let path = key.path_under(&self.sources);
        let file = read(Kind::Record, &path);
        settle(&path, file.and_then(|file| Ok(Record::decode(key, &file)?)))
    }

    /// Publishes `entry` unless what is there supersedes it.
    ///
    /// Of two that publish at the same time either may win; both are whole, and freshness is judged on reading.
    ///
    /// # Errors
    /// Where it cannot be written, or is too large for the format.
    pub(super) fn put_entry(&self, key: &Key, entry: &Entry) -> Result<Stored, Error> {
        let head = entry.encode_head(key)?;
        let path = key.path_under(&self.entries);
        match read_header(key, &path) {
            Ok(held) if !entry.header.supersedes(&held) => Ok(Stored::Superseded),
            _ => self.publish(&path, [&head, &entry.body]),
        }
    }

    /// Publishes the record of the source `key` unless what is there supersedes it.
    ///
    /// # Errors
    /// As [`Disk::put_entry`].
    pub(super) fn put_record(&self, key: &Key, record: &Record) -> Result<Stored, Error> {
        let file = record.encode(key)?;
        match self.record(key) {
            Ok(Found::Whole(held)) if !record.supersedes(&held) => Ok(Stored::Superseded),
            _ => self.publish(&key.path_under(&self.sources), [&file, &[]]),
        }
    }

    /// Removes the entry of `key`, if there is one.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub(super) fn remove_entry(&self, key: &Key) -> Result<(), Error> {
        let path = key.path_under(&self.entries);
        match fs::remove_file(&path) {
            Err(error) if !is_absence(&error) => Err(Error::io("remove", path)(error)),
            _ => Ok(()),
        }
    }

    /// Removes what writers that died left behind, a bounded number of files; answers how many.
    ///
    /// # Errors
    /// Where the folder cannot be listed.
    pub(super) fn remove_leftovers(&self) -> Result<usize, Error> {
        self.temporaries.remove_leftovers()
    }

    fn publish(&self, path: &Path, parts: [&[u8]; 2]) -> Result<Stored, Error> {
        let (mut file, temporary) = self.temporaries.create()?;
        parts
            .into_iter()
            .try_for_each(|part| file.write_all(part))
            .map_err(Error::io("write", temporary.path()))?;
        temporary
            .publish(path)
            .map_err(Error::io("publish", path))?;
        Ok(Stored::Kept)
    }
}

/// Why a file gave nothing.
#[derive(Debug)]
enum Refusal {
    Absent,
    Unreadable(Unreadable),
    Io(io::Error),
}

impl From<Unreadable> for Refusal {
    fn from(unreadable: Unreadable) -> Self {
        Self::Unreadable(unreadable)
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        if is_absence(&error) {
            Self::Absent
        } else {
            Self::Io(error)
        }
    }
}

/// A file whose first bytes announce exactly its length.
struct Opened {
    file: File,
    start: [u8; PREFIX_BYTES],
    prefix: Prefix,
}

impl Opened {
    /// The first `length` bytes, in one allocation of that size.
    fn read(self, length: u64) -> Result<Vec<u8>, Refusal> {
        let mut bytes = Vec::new();
        let capacity = usize::try_from(length).map_err(io::Error::other)?;
        bytes
            .try_reserve_exact(capacity)
            .map_err(io::Error::other)?;
        bytes.extend_from_slice(&self.start);
        self.file
            .take(length - PREFIX_BYTES as u64)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Opens a file and reads its prefix. What is no file of ours is known before more of it is read.
fn open(kind: Kind, path: &Path) -> Result<Opened, Refusal> {
    let mut file = open_regular(path)?;
    let mut start = [0; PREFIX_BYTES];
    file.read_exact(&mut start)
        .map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Unreadable::Damaged("shorter than a prefix").into(),
            _ => Refusal::Io(error),
        })?;
    let prefix = Prefix::parse(kind, &start)?;
    if file.metadata()?.len() != prefix.file_bytes() {
        return Err(Unreadable::Damaged("file is not as long as its head says").into());
    }
    Ok(Opened {
        file,
        start,
        prefix,
    })
}

/// Opens a regular file, and never waits: a pipe that somebody put there would block us for good.
fn open_regular(path: &Path) -> Result<File, Refusal> {
    const FOREIGN: Unreadable = Unreadable::Damaged("not a regular file");
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(Errno::LOOP | Errno::NXIO) => return Err(FOREIGN.into()),
        Err(error) => return Err(io::Error::from(error).into()),
    };
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(FOREIGN.into())
    }
}

fn read(kind: Kind, path: &Path) -> Result<Vec<u8>, Refusal> {
    let opened = open(kind, path)?;
    let length = opened.prefix.file_bytes();
    opened.read(length)
}

fn read_header(key: &Key, path: &Path) -> Result<Header, Refusal> {
    let opened = open(Kind::Entry, path)?;
    let length = opened.prefix.head_bytes() as u64;
    let bytes = opened.read(length)?;
    Ok(Header::decode(key, &Head::parse(Kind::Entry, &bytes)?)?)
}

/// Turns what reading `path` gave into an answer, and removes what is damaged.
///
/// A whole file that is published between the two goes with it, which costs one miss.
fn settle<T>(path: &Path, read: Result<T, Refusal>) -> Result<Found<T>, Error> {
    match read {
        Ok(value) => Ok(Found::Whole(value)),
        Err(Refusal::Absent | Refusal::Unreadable(Unreadable::UnknownVersion(_))) => {
            Ok(Found::Nothing)
        }
        Err(Refusal::Unreadable(Unreadable::Damaged(reason))) => {
            // What cannot be removed is found damaged again: still a miss.
            let _ = fs::remove_file(path);
            Ok(Found::Damaged(reason))
        }
        Err(Refusal::Io(error)) => Err(Error::io("read", path)(error)),
    }
}

/// Whether the error says that there is no such file, be it for want of a folder on the way.
fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

#[cfg(test)]
mod tests;
