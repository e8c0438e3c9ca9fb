//! What was published and when it may go, in a file for each span of time.
//!
//! ```text
//! DIR/journal/END.notes          notes of files that may go before END
//! DIR/journal/END-TOKEN.sealed   the same; nothing is added any more
//! DIR/journal/whole              says that every file has a note
//! DIR/journal/writers            locked by all who add notes
//! ```
//!
//! Any number of processes append to `END.notes`, and look afterwards whether it still has its name: if not, they
//! write once more, to its successor. So whoever renames a file first, and reads it then, misses no note. A note may
//! be there twice, or of a file that never came to be; none says more than where to look, and for what.

use std::fs::{self, File, Metadata};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::fs::{FlockOperation, Mode, OFlags, flock};
use rustix::io::Errno;

use super::file::{is_absence, open_regular};
use super::note::{Note, Notes};
use crate::clock::{Clock, Timestamp};
use wholeness::Wholeness;

mod wholeness;

/// Files that a keep time is cut into.
const SPANS_PER_KEEP: u32 = 256;
/// Bounds of the time that one file covers.
const SHORTEST_SPAN: Duration = Duration::from_secs(60);
const LONGEST_SPAN: Duration = Duration::from_secs(24 * 60 * 60);
/// Most files that are held open to append to.
const OPEN_FILES: usize = 16;
/// Attempts to write one note: each other one found its file sealed.
const WRITE_ATTEMPTS: usize = 4;
const LIVE: &str = ".notes";
const SEALED: &str = ".sealed";

/// The journal of a folder.
#[derive(Debug)]
pub(super) struct Journal {
    dir: PathBuf,
    span_secs: u64,
    clock: Clock,
    open: Mutex<Vec<Arc<Appended>>>,
    wholeness: Wholeness,
}

/// A file of the journal.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bucket {
    end_secs: u64,
    path: PathBuf,
}

/// A file that notes are appended to.
#[derive(Debug)]
struct Appended {
    path: PathBuf,
    file: File,
    inode: u64,
}

/// Where a note was added.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Added {
    ToItsName,
    /// Whoever renamed the file may have read it already.
    ToNone,
}

impl Journal {
    /// The journal in `dir`, which is made by the first note, for files that are kept for about `keep`.
    pub(super) fn new(dir: PathBuf, keep: Duration, clock: Clock) -> Self {
        let span = (keep / SPANS_PER_KEEP).clamp(SHORTEST_SPAN, LONGEST_SPAN);
        Self {
            wholeness: Wholeness::of(&dir),
            dir,
            span_secs: span.as_secs(),
            clock,
            open: Mutex::default(),
        }
    }

    /// Appends a note to the file of its time, or of the next time where that has passed.
    ///
    /// # Errors
    /// What the file system refuses.
    pub(super) fn add(&self, note: &Note) -> io::Result<()> {
        let time = note.due.max(self.clock.now()).as_secs();
        let end_secs = (time / self.span_secs)
            .saturating_add(1)
            .saturating_mul(self.span_secs);
        let path = self.dir.join(format!("{end_secs:012x}{LIVE}"));
        self.append(&path, &note.encode())
    }

    /// Where the journal is.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Whether every file of the folder has a note.
    pub(super) fn is_whole(&self) -> bool {
        self.wholeness.is_declared()
    }

    /// Says that every file has a note, as is true of a folder without files, and after a scan.
    ///
    /// # Errors
    /// Where that cannot be written.
    pub(super) fn declare_whole(&self) -> io::Result<()> {
        self.wholeness.declare()
    }

    /// Takes that back.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub(super) fn doubt(&self) -> io::Result<()> {
        self.wholeness.doubt()
    }

    /// Has all notes on disk, so that a restart of the machine need not doubt them. Notes may still be added.
    ///
    /// # Errors
    /// Where they cannot be written out; then the next start doubts them.
    pub(super) fn settle(&self) -> io::Result<()> {
        let mut open = self.open_files();
        open.clear();
        self.wholeness.leave(|| {
            for bucket in self.buckets()? {
                bucket.open()?.0.sync_data()?;
            }
            File::open(&self.dir)?.sync_all()
        })
    }

    /// Sees to it that no file of the journal is removed until what it returns is dropped.
    ///
    /// # Errors
    /// Where the folder cannot be opened or locked.
    pub(super) fn hold(&self) -> io::Result<File> {
        let dir = File::open(&self.dir)?;
        flock(&dir, FlockOperation::LockShared)?;
        Ok(dir)
    }

    /// Removes one of its files; while somebody holds them it stays, and is taken again.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub(super) fn let_go(&self, bucket: Bucket) -> io::Result<()> {
        let dir = File::open(&self.dir)?;
        match flock(&dir, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => Ok(()),
            // Where nothing can be locked nobody holds.
            _ => bucket.remove(),
        }
    }

    /// Seals the files whose time ended by `now`, and answers all sealed ones of such times, the oldest first.
    ///
    /// # Errors
    /// Where the folder cannot be listed, or a file cannot be renamed.
    pub(super) fn seal_until(&self, now: Timestamp) -> io::Result<Vec<Bucket>> {
        self.buckets()?
            .into_iter()
            .filter(|bucket| bucket.end_secs <= now.as_secs())
            .map(Bucket::seal)
            .filter_map(Result::transpose)
            .collect()
    }

    /// All files, those whose time ends first before the others.
    ///
    /// # Errors
    /// Where the folder cannot be listed.
    pub(super) fn buckets(&self) -> io::Result<Vec<Bucket>> {
        let names = match fs::read_dir(&self.dir) {
            Err(error) if is_absence(&error) => return Ok(Vec::new()),
            names => names?,
        };
        let mut buckets = names
            .filter_map(|name| name.map(|name| Bucket::at(name.path())).transpose())
            .collect::<io::Result<Vec<_>>>()?;
        buckets.sort();
        Ok(buckets)
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        for _ in 0..WRITE_ATTEMPTS {
            let appended = self.appended(path)?;
            if self.wholeness.while_joined(|| appended.add(bytes))? == Some(Added::ToItsName) {
                return Ok(());
            }
            self.open_files().retain(|open| open.path != path);
        }
        Err(io::Error::other("it is sealed again and again"))
    }

    fn appended(&self, path: &Path) -> io::Result<Arc<Appended>> {
        let mut open = self.open_files();
        if let Some(known) = open.iter().find(|known| known.path == path) {
            return Ok(Arc::clone(known));
        }
        let appended = Arc::new(Appended::open(&self.dir, path)?);
        self.wholeness.join()?;
        if open.len() == OPEN_FILES {
            open.remove(0);
        }
        open.push(Arc::clone(&appended));
        Ok(appended)
    }

    fn open_files(&self) -> MutexGuard<'_, Vec<Arc<Appended>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bucket {
    /// The notes in it.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub(super) fn notes(&self) -> io::Result<Notes> {
        self.open().map(|(file, _)| Notes::of(file))
    }

    /// The file, to be read, and what the file system says of it.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub(super) fn open(&self) -> io::Result<(File, Metadata)> {
        open_regular(rustix::fs::CWD, &self.path)
    }

    /// Where the file is.
    #[cfg(test)]
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// When the time of the file ends, in seconds.
    pub(super) const fn end_secs(&self) -> u64 {
        self.end_secs
    }

    /// Removes the file.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub(super) fn remove(self) -> io::Result<()> {
        match fs::remove_file(self.path) {
            Err(error) if !is_absence(&error) => Err(error),
            _ => Ok(()),
        }
    }

    /// Sees to it that nothing is added any more; `None` where the file is gone.
    ///
    /// # Errors
    /// Where it cannot be renamed.
    pub(super) fn seal(self) -> io::Result<Option<Self>> {
        if !has_ending(&self.path, LIVE) {
            return Ok(Some(self));
        }
        let token = RandomState::new().build_hasher().finish();
        let name = format!("{:012x}-{token:016x}{SEALED}", self.end_secs);
        let path = self.path.with_file_name(name);
        match fs::rename(&self.path, &path) {
            Err(error) if is_absence(&error) => Ok(None),
            outcome => outcome.map(|()| Some(Self { path, ..self })),
        }
    }

    /// The file at `path`, if its name is one of ours.
    fn at(path: PathBuf) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let end = match name.strip_suffix(LIVE) {
            Some(end) => end,
            None => name.strip_suffix(SEALED)?.split_once('-')?.0,
        };
        let end_secs = u64::from_str_radix(end, 16).ok()?;
        Some(Self { end_secs, path })
    }
}

impl Appended {
    fn open(dir: &Path, path: &Path) -> io::Result<Self> {
        let flags = OFlags::WRONLY
            | OFlags::APPEND
            | OFlags::CREATE
            | OFlags::CLOEXEC
            | OFlags::NOFOLLOW
            | OFlags::NONBLOCK;
        let mode = Mode::from_raw_mode(0o666);
        let open = || rustix::fs::open(path, flags, mode).map_err(io::Error::from);
        let file = match open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(dir).and_then(|()| open())
            }
            outcome => outcome,
        };
        let file = File::from(file?);
        let inode = file.metadata()?.ino();
        let path = path.to_owned();
        Ok(Self { path, file, inode })
    }

    fn add(&self, bytes: &[u8]) -> io::Result<Added> {
        if (&self.file).write(bytes)? < bytes.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(match self.has_its_name() {
            true => Added::ToItsName,
            false => Added::ToNone,
        })
    }

    /// Whether nobody renamed or removed the file. Its inode is not given anew while it is open.
    fn has_its_name(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok_and(|named| named.ino() == self.inode)
    }
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.as_os_str()
        .as_encoded_bytes()
        .ends_with(ending.as_bytes())
}

#[cfg(test)]
mod tests;
