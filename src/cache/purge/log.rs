//! The folder of the purge log, which any number of processes share.
//!
//! ```text
//! DIR/log       what was purged; appended to under the lock, replaced by renaming
//! DIR/lock      held by who writes; holds the newest number, so that a lost log is noticed
//! DIR/log.new   a log that is being written
//! ```

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;

use super::record::{Header, Record, SLOT_BYTES, Start, extract};
use crate::cache::entry::Sequence;
use crate::cache::error::Error;

/// Longest wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(1);

/// Where the log is.
#[derive(Debug)]
pub(super) struct Log {
    dir: PathBuf,
    path: PathBuf,
}

/// The log file as far as it was read.
#[derive(Debug)]
pub(super) struct Tail {
    file: File,
    /// Where the last whole record ends that was read.
    end: AtomicU64,
    newest: AtomicU64,
    /// Whether the file lacks some of what it was written with.
    spoilt: bool,
    gaps: AtomicBool,
    scrap: AtomicBool,
}

/// The right to write, until it is dropped.
#[derive(Debug)]
pub(super) struct Lock(File);

/// How a log file stands beside what was read of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// It holds what was read and nothing else, but for the remains of an append that was cut short.
    Sound,
    /// It is damaged, shorter than it was, or not at its place; it has to be written anew.
    Worn,
    /// As before, and what the damaged part said is not known.
    Lost,
}

impl Log {
    pub(super) fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            path: dir.join("log"),
        }
    }

    /// Takes the lock; makes the folder and the file where they lack.
    ///
    /// # Errors
    /// [`Error::Slow`] where another process keeps it; what the file system refuses.
    pub(super) fn lock(&self) -> Result<Lock, Error> {
        let path = self.dir.join("lock");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let file = open_lock(&path).map_err(Error::io("open", &path))?;
            match file.try_lock() {
                // Who removed the file may let another process lock its successor.
                Ok(()) if links(&file)? > 0 => return Ok(Lock(file)),
                Err(TryLockError::Error(error)) => return Err(Error::io("lock", path)(error)),
                Ok(()) | Err(TryLockError::WouldBlock) if Instant::now() > deadline => {
                    return Err(Error::Slow);
                }
                Ok(()) | Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            }
        }
    }

    /// Opens the log to read it from its start, or past what it carried from before for who knows all up to
    /// the number `known`; `None` where there is no log.
    ///
    /// # Errors
    /// [`Error::UnknownVersion`]; what the file system refuses.
    pub(super) fn open(&self, known: Sequence) -> Result<Option<Tail>, Error> {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(flags.bits() as i32)
            .open(&self.path);
        match file {
            Ok(file) => self.begin(file, known).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed("open")(error)),
        }
    }

    /// Adds `records` behind what `tail` has read, and syncs. What was torn there is cut off.
    ///
    /// Without records it syncs all the same: whoever wrote what is known may have died before that.
    ///
    /// # Errors
    /// What the file system refuses; then nothing was added, as far as that can be had.
    pub(super) fn append(&self, _: &Lock, tail: &Tail, records: &[Record]) -> Result<(), Error> {
        let bytes: Vec<u8> = records.iter().flat_map(Record::encode).collect();
        let file = self.cut(tail)?;
        let end = tail.end();
        file.write_all_at(&bytes, end)
            .and_then(|()| file.sync_data())
            .map_err(|error| {
                // Where it stays, the next who writes finds it as a torn tail or as purges too many.
                let _ = file.set_len(end);
                self.failed("write")(error)
            })
    }

    /// Cuts off what follows the last whole record; answers the file, to be written to.
    pub(super) fn cut(&self, tail: &Tail) -> Result<File, Error> {
        let file = OpenOptions::new()
            .write(true)
            .open(&self.path)
            .map_err(self.failed("open"))?;
        let end = tail.end();
        if file.metadata().map_err(self.failed("read"))?.len() > end {
            file.set_len(end).map_err(self.failed("cut"))?;
        }
        Ok(file)
    }

    /// Puts a new log in the place of whatever is there, and syncs it and its folder.
    ///
    /// # Errors
    /// What the file system refuses; then the log is as it was.
    pub(super) fn replace(
        &self,
        _: &Lock,
        newest: Sequence,
        records: &[Record],
    ) -> Result<Tail, Error> {
        let header = Header {
            newest,
            records: records.len() as u64,
        };
        let mut bytes = header.encode().to_vec();
        bytes.extend(records.iter().flat_map(Record::encode));
        let path = self.dir.join("log.new");
        let file = write_new(&path, &bytes)
            .and_then(|file| fs::rename(&path, &self.path).map(|()| file))
            .map_err(Error::io("write", &path))?;
        self.sync_folders().map_err(self.failed("sync"))?;
        Ok(Tail::new(file, header, header.carried_end()))
    }

    /// How the file stands beside what `tail` has read of it.
    ///
    /// # Errors
    /// What the file system refuses.
    pub(super) fn condition(&self, tail: &Tail) -> Result<Condition, Error> {
        if !self.is_at_its_place(tail)? {
            return Ok(Condition::Worn);
        }
        let length = tail.file.metadata().map_err(self.failed("read"))?.len();
        Ok(if tail.spoilt || tail.scrap.load(Ordering::Acquire) {
            Condition::Lost
        } else if tail.gaps.load(Ordering::Acquire) || length < tail.end() {
            Condition::Worn
        } else {
            Condition::Sound
        })
    }

    /// Whether the path of the log leads to the file that `tail` reads.
    ///
    /// # Errors
    /// What the file system refuses.
    pub(super) fn is_at_its_place(&self, tail: &Tail) -> Result<bool, Error> {
        let held = tail.file.metadata().map_err(self.failed("read"))?;
        match fs::symlink_metadata(&self.path) {
            Ok(there) => Ok((there.dev(), there.ino()) == (held.dev(), held.ino())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(self.failed("read")(error)),
        }
    }

    /// The error of doing `action` to the log.
    pub(super) fn failed(&self, action: &'static str) -> impl FnOnce(io::Error) -> Error {
        Error::io(action, &self.path)
    }

    fn begin(&self, file: File, known: Sequence) -> Result<Tail, Error> {
        let length = file.metadata().map_err(self.failed("read"))?.len();
        match Start::read(&file).map_err(self.failed("read"))? {
            Start::Known(header) if header.carried_end() > length => {
                Ok(Tail::new(file, header, SLOT_BYTES as u64).spoilt())
            }
            Start::Known(header) if header.newest <= known => {
                Ok(Tail::new(file, header, header.carried_end()))
            }
            Start::Known(header) => Ok(Tail::new(file, header, SLOT_BYTES as u64)),
            Start::Damaged => Ok(Tail::new(file, Header::default(), SLOT_BYTES as u64).spoilt()),
            Start::UnknownVersion(version) => Err(Error::UnknownVersion {
                path: self.path.clone(),
                version,
            }),
        }
    }

    fn sync_folders(&self) -> io::Result<()> {
        sync_folder(&self.dir)?;
        self.dir.parent().map_or(Ok(()), sync_folder)
    }
}

impl Tail {
    fn new(file: File, header: Header, end: u64) -> Self {
        Self {
            file,
            end: AtomicU64::new(end),
            newest: AtomicU64::new(header.newest.0),
            spoilt: false,
            gaps: AtomicBool::new(false),
            scrap: AtomicBool::new(false),
        }
    }

    fn spoilt(self) -> Self {
        Self {
            spoilt: true,
            ..self
        }
    }

    /// Whether the file is as long as what was read of it, and still has its name.
    pub(super) fn is_current(&self) -> bool {
        rustix::fs::fstat(&self.file)
            .is_ok_and(|stat| stat.st_size as u64 == self.end() && stat.st_nlink > 0)
    }

    /// Whether another file took this one's place, or none did.
    pub(super) fn is_unlinked(&self) -> io::Result<bool> {
        self.file.metadata().map(|facts| facts.nlink() == 0)
    }

    /// Reads what follows and hands it out. One thread at a time does so.
    ///
    /// # Errors
    /// What the file system refuses.
    pub(super) fn read(&self, mut take: impl FnMut(&[Record])) -> io::Result<()> {
        let found = extract(&self.file, self.end(), |records| {
            take(records);
            let newest = records.iter().map(|record| record.number.0).max();
            self.newest
                .fetch_max(newest.unwrap_or_default(), Ordering::AcqRel);
        })?;
        self.gaps.fetch_or(found.gaps, Ordering::AcqRel);
        self.scrap.store(found.scrap, Ordering::Release);
        // Last: who finds the file to be read may rely on what it said.
        self.end.store(found.end, Ordering::Release);
        Ok(())
    }

    /// The newest number that the file says.
    pub(super) fn newest(&self) -> Sequence {
        Sequence(self.newest.load(Ordering::Acquire))
    }

    /// Records in the file as far as it was read.
    pub(super) fn records(&self) -> u64 {
        self.end() / SLOT_BYTES as u64 - 1
    }

    fn end(&self) -> u64 {
        self.end.load(Ordering::Acquire)
    }
}

impl Lock {
    /// The newest number as the last who wrote has noted it; `None` where nobody wrote yet.
    pub(super) fn newest(&self) -> Option<Sequence> {
        match Start::read(&self.0) {
            Ok(Start::Known(header)) => Some(header.newest),
            _ => (self.0.metadata().map_or(1, |facts| facts.len()) > 0).then_some(Sequence(0)),
        }
    }

    /// Notes the newest number. It is not synced: what a crash loses is a hint, and a lower number does no harm.
    pub(super) fn note(&self, newest: Sequence) {
        let header = Header { newest, records: 0 };
        let _ = self.0.write_all_at(&header.encode(), 0);
    }
}

/// Opens the lock to note numbers in it; only to hold it, where the disk is read-only.
fn open_lock(path: &Path) -> io::Result<File> {
    let options = |write| {
        let mut options = OpenOptions::new();
        options
            .read(true)
            .write(write)
            .create(write)
            .truncate(false);
        options
    };
    match options(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            options(true).open(path)
        }
        Err(error) => options(false).open(path).map_err(|_| error),
        opened => opened,
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)?;
    file.write_all_at(bytes, 0)?;
    file.sync_all()?;
    Ok(file)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn links(file: &File) -> Result<u64, Error> {
    file.metadata()
        .map(|facts| facts.nlink())
        .map_err(Error::io("read", "the lock of the purge log"))
}
