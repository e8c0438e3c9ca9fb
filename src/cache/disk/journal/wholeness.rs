//! Whether every file has a note: the journal says so itself, in a file of its own.
//!
//! It says so for the time that the machine runs, by the name that the system gives to that time: a crash of the machine
//! may take notes with it whose files stay. Where all who add notes have stopped, and the notes are on disk, it says so
//! for good, until somebody adds one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::is_absence;

/// What the file says where all notes are on disk.
const FOR_GOOD: &str = "settled";
/// Where the system names the time since it was started.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// What the journal says of itself, and whether this process is one of those who add to it.
#[derive(Debug)]
pub(super) struct Wholeness {
    path: PathBuf,
    writers: PathBuf,
    /// The name of the time since the machine started; without one nothing is ever said.
    boot: Option<String>,
    /// The lock of those who add notes, shared among them.
    joined: RwLock<Option<File>>,
}

impl Wholeness {
    /// That of the journal in `dir`.
    pub(super) fn of(dir: &Path) -> Self {
        let boot = fs::read_to_string(BOOT).ok();
        Self {
            path: dir.join("whole"),
            writers: dir.join("writers"),
            boot: boot.filter(|name| !name.trim().is_empty()),
            joined: RwLock::default(),
        }
    }

    /// Whether it says so, and for now.
    pub(super) fn is_declared(&self) -> bool {
        self.said()
            .is_some_and(|said| said == FOR_GOOD || self.boot.as_ref() == Some(&said))
    }

    /// Says so, for as long as the machine runs.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn declare(&self) -> io::Result<()> {
        let (Some(boot), Some(dir)) = (&self.boot, self.path.parent()) else {
            return Ok(());
        };
        fs::create_dir_all(dir)?;
        fs::write(&self.path, boot)
    }

    /// Says so no longer.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub(super) fn doubt(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if !is_absence(&error) => Err(error),
            _ => Ok(()),
        }
    }

    /// Makes this process one of those who add notes. What was said for good is said for now from then on.
    ///
    /// # Errors
    /// Where that cannot be written: then nothing may be added.
    pub(super) fn join(&self) -> io::Result<()> {
        let mut joined = self.joined.write().unwrap_or_else(PoisonError::into_inner);
        let file = File::options()
            .append(true)
            .create(true)
            .open(&self.writers)?;
        flock(&file, FlockOperation::LockShared)?;
        if self.said().as_deref() == Some(FOR_GOOD) {
            self.say_for_now()?;
        }
        *joined = Some(file);
        Ok(())
    }

    /// Runs `work` if this process is one of those who add notes, and stays it meanwhile.
    ///
    /// # Errors
    /// Those of the work.
    pub(super) fn while_joined<T>(
        &self,
        work: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<Option<T>> {
        let joined = self.joined.read().unwrap_or_else(PoisonError::into_inner);
        joined.as_ref().map(|_| work()).transpose()
    }

    /// Leaves those who add notes. The last one has them written out by `sync`, and says so for good what was said for
    /// now.
    ///
    /// # Errors
    /// What keeps it from being written.
    pub(super) fn leave(&self, sync: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let mut joined = self.joined.write().unwrap_or_else(PoisonError::into_inner);
        let Some(file) = joined.take() else {
            return Ok(());
        };
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => return Ok(()),
            outcome => outcome?,
        }
        if self.is_declared() {
            sync()?;
            fs::write(&self.path, FOR_GOOD)?;
        }
        Ok(())
    }

    /// On disk before a note is added: after a crash nothing else would tell.
    fn say_for_now(&self) -> io::Result<()> {
        let Some(boot) = &self.boot else {
            return self.doubt();
        };
        let mut file = File::create(&self.path)?;
        file.write_all(boot.as_bytes())?;
        file.sync_all()
    }

    fn said(&self) -> Option<String> {
        fs::read_to_string(&self.path).ok()
    }
}

#[cfg(test)]
mod tests;
