//! Who of all processes on a folder cleans it: the one that holds the lock.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// A lock file. The system lets go of the lock when the process that holds it dies.
#[derive(Debug)]
pub(in crate::cache) struct Lock {
    path: PathBuf,
    held: Mutex<Option<File>>,
}

impl Lock {
    /// The lock of the file at `path`, which nobody needs to have made.
    pub(in crate::cache) fn new(path: PathBuf) -> Self {
        Self {
            path,
            held: Mutex::default(),
        }
    }

    /// Takes the lock where nobody has it; answers whether it is ours.
    ///
    /// Whoever holds a file that was removed since gives it up: others would lock its successor.
    ///
    /// # Errors
    /// Where the file can be neither opened nor locked.
    pub(in crate::cache) fn acquire(&self) -> io::Result<bool> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.as_ref().is_some_and(|file| self.is_named(file)) {
            return Ok(true);
        }
        *held = None;
        *held = self.try_lock()?;
        Ok(held.is_some())
    }

    fn try_lock(&self) -> io::Result<Option<File>> {
        let file = File::options().append(true).create(true).open(&self.path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(file).filter(|file| self.is_named(file))),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn is_named(&self, file: &File) -> bool {
        let inode = |facts: fs::Metadata| (facts.dev(), facts.ino());
        let named = fs::symlink_metadata(&self.path).map(inode);
        matches!((named, file.metadata().map(inode)), (Ok(named), Ok(held)) if named == held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_and_another_takes_over_when_that_one_goes() {
        let dir = tempfile::tempdir().unwrap();
        let [first, second] = [0; 2].map(|_| Lock::new(dir.path().join("lock")));
        assert!(first.acquire().unwrap());
        assert!(first.acquire().unwrap());
        assert!(!second.acquire().unwrap());
        drop(first);
        assert!(second.acquire().unwrap());
    }

    #[test]
    fn a_lock_whose_file_was_removed_is_taken_anew() {
        let dir = tempfile::tempdir().unwrap();
        let [first, second] = [0; 2].map(|_| Lock::new(dir.path().join("lock")));
        assert!(first.acquire().unwrap());
        fs::remove_file(dir.path().join("lock")).unwrap();
        assert!(second.acquire().unwrap());
        assert!(!first.acquire().unwrap());
        drop(second);
        assert!(first.acquire().unwrap());
    }
}
