//! Opening and reading one file, and what is wrong with it.

use std::fs::{File, Metadata};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::path::Arg;

use super::super::entry::Header;
use super::super::frame::{Head, Kind, PREFIX_BYTES, Prefix, Unreadable};
use super::super::key::Key;
use super::body::BodyReader;

/// Bytes that are read at first: nearly every head, and every file of a record.
const START_BYTES: usize = 4096;
const ENDS_EARLY: Unreadable = Unreadable::Damaged("shorter than a prefix");

/// Why a file gave nothing.
#[derive(Debug)]
pub(super) enum Refusal {
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
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) file: File,
    pub(super) prefix: Prefix,
    pub(super) facts: Metadata,
    start: [u8; START_BYTES],
}

impl Opened {
    /// The way to the body, if it is one that is checked block by block.
    pub(super) fn into_body(self) -> Result<Option<BodyReader>, Refusal> {
        let Some(bytes) = self.prefix.long_body_bytes() else {
            return Ok(None);
        };
        let head = self.head()?;
        let blocks = Head::parse(Kind::Entry, &head)?.block_table();
        let start = head.len() as u64;
        let body = start..start + bytes;
        Ok(Some(BodyReader::new(self.file, body, blocks)))
    }

    /// The bytes before the body.
    pub(super) fn head(&self) -> Result<Vec<u8>, Refusal> {
        self.read(self.prefix.head_bytes() as u64)
    }

    /// The first `length` bytes, which the file must have, in one allocation of that size.
    pub(super) fn read(&self, length: u64) -> Result<Vec<u8>, Refusal> {
        let capacity = usize::try_from(length).map_err(io::Error::other)?;
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(capacity)
            .map_err(io::Error::other)?;
        let known = capacity.min(START_BYTES);
        bytes.extend_from_slice(&self.start[..known]);
        bytes.resize(capacity, 0);
        match self.file.read_exact_at(&mut bytes[known..], known as u64) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(Unreadable::Damaged("truncated while it was read").into())
            }
            outcome => Ok(outcome.map(|()| bytes)?),
        }
    }
}

/// Opens the file `path` under `dir` and reads its start. What is no file of ours is known before more is read.
pub(super) fn open<P: Arg>(kind: Kind, dir: impl AsFd, path: P) -> Result<Opened, Refusal> {
    let (file, facts) = open_regular(dir, path).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidInput => Unreadable::Damaged("not a regular file").into(),
        _ => Refusal::from(error),
    })?;
    let mut start = [0; START_BYTES];
    let length = read_start(&file, &mut start)?;
    if length < PREFIX_BYTES {
        return Err(ENDS_EARLY.into());
    }
    let prefix = Prefix::parse(kind, &start)?;
    if facts.len() != prefix.file_bytes() {
        return Err(Unreadable::Damaged("file is not as long as its head says").into());
    }
    Ok(Opened {
        file,
        prefix,
        facts,
        start,
    })
}

fn read_start(file: &File, start: &mut [u8; START_BYTES]) -> io::Result<usize> {
    let mut length = 0;
    while length < START_BYTES {
        match file.read_at(&mut start[length..], length as u64) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// Opens a regular file, and never waits: a pipe that somebody put there would block us for good.
///
/// # Errors
/// What the file system refuses; [`io::ErrorKind::InvalidInput`] for what is no regular file.
pub(super) fn open_regular<P: Arg>(dir: impl AsFd, path: P) -> io::Result<(File, Metadata)> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = match rustix::fs::openat(dir, path, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(Errno::LOOP | Errno::NXIO) => return Err(io::ErrorKind::InvalidInput.into()),
        Err(error) => return Err(error.into()),
    };
    let facts = file.metadata()?;
    if facts.is_file() {
        Ok((file, facts))
    } else {
        Err(io::ErrorKind::InvalidInput.into())
    }
}

pub(super) fn read(kind: Kind, path: &Path) -> Result<Vec<u8>, Refusal> {
    let opened = open(kind, CWD, path)?;
    opened.read(opened.prefix.file_bytes())
}

pub(super) fn read_header(key: &Key, path: &Path) -> Result<Header, Refusal> {
    let head = open(Kind::Entry, CWD, path)?.head()?;
    Ok(Header::decode(key, &Head::parse(Kind::Entry, &head)?)?)
}

/// Whether the error says that there is no such file, be it for want of a folder on the way.
pub(super) fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// When a file was written, in nanoseconds, and the blocks of 512 bytes that it takes.
pub(super) fn written_and_blocks(facts: &Metadata) -> (u64, u32) {
    let nanos = facts
        .mtime()
        .saturating_mul(1_000_000_000)
        .saturating_add(facts.mtime_nsec());
    (
        u64::try_from(nanos).unwrap_or(0),
        u32::try_from(facts.blocks()).unwrap_or(u32::MAX),
    )
}
