//! Files that are being written, all in one folder, and what dead writers left there.

use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::error::Error;
use crate::clock::{Clock, Timestamp};

/// A file older than this has no writer: publishing takes seconds.
const ABANDONED_AFTER: Duration = Duration::from_secs(60 * 60);
/// Most names that one clean-up looks at.
const LEFTOVERS_PER_PASS: usize = 10_000;
/// Attempts to publish: another process may remove an empty folder between our making it and using it.
const PUBLISH_ATTEMPTS: usize = 8;
const SUFFIX: &str = ".part";

/// The folder of temporary files.
///
/// A name is the time of its making, a number drawn by this process, and a count. Process ids would not do:
/// two containers on one folder may have the same.
#[derive(Debug)]
pub(super) struct Temporaries {
    dir: PathBuf,
    clock: Clock,
    process: u64,
    count: AtomicU64,
}

/// A file that is removed when this is dropped, unless it was published.
#[derive(Debug)]
pub(super) struct Temporary {
    path: PathBuf,
    published: bool,
}

impl Temporaries {
    /// Opens `dir`, which is made where it is absent.
    ///
    /// # Errors
    /// Where it can be neither found nor made.
    pub(super) fn open(dir: PathBuf, clock: Clock) -> Result<Self, Error> {
        fs::create_dir_all(&dir).map_err(Error::io("make", &dir))?;
        Ok(Self {
            dir,
            clock,
            process: RandomState::new().build_hasher().finish(),
            count: AtomicU64::new(0),
        })
    }

    /// A new empty file, and the guard that removes it. Makes the folder where somebody removed it.
    ///
    /// # Errors
    /// Where no file can be made.
    pub(super) fn create(&self) -> Result<(File, Temporary), Error> {
        let path = self.dir.join(self.next_name());
        let file = match File::create_new(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(&self.dir).and_then(|()| File::create_new(&path))
            }
            outcome => outcome,
        };
        let file = file.map_err(Error::io("create", &path))?;
        let published = false;
        Ok((file, Temporary { path, published }))
    }

    /// Removes files of our making that are too old to have a writer; answers how many.
    ///
    /// # Errors
    /// Where the folder cannot be listed.
    pub(super) fn remove_leftovers(&self) -> Result<usize, Error> {
        let now = self.clock.now();
        let names = fs::read_dir(&self.dir).map_err(Error::io("list", &self.dir))?;
        Ok(names
            .take(LEFTOVERS_PER_PASS)
            .flatten()
            .filter(|file| {
                file.file_name()
                    .to_str()
                    .and_then(made_at)
                    .is_some_and(|made| now.since(made) > ABANDONED_AFTER)
            })
            .filter(|file| fs::remove_file(file.path()).is_ok())
            .count())
    }

    fn next_name(&self) -> String {
        let made = self.clock.now().as_millis();
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        format!("{made:x}-{:016x}-{count:x}{SUFFIX}", self.process)
    }
}

impl Temporary {
    /// Where the file is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name, in place of whatever had it. Makes the folders on the way only where they lack.
    ///
    /// # Errors
    /// What the file system refuses; then the file is removed.
    pub(super) fn publish(mut self, path: &Path) -> io::Result<()> {
        for _ in 1..PUBLISH_ATTEMPTS {
            match fs::rename(&self.path, path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => make_parent(path)?,
                outcome => return outcome.map(|()| self.published = true),
            }
        }
        fs::rename(&self.path, path).map(|()| self.published = true)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.published {
            // What stays is found as a leftover.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// When a file of our naming was made; `None` for any other name.
fn made_at(name: &str) -> Option<Timestamp> {
    let mut parts = name.strip_suffix(SUFFIX)?.split('-');
    let made = u64::from_str_radix(parts.next()?, 16).ok()?;
    let process = parts.next().filter(|process| process.len() == 16)?;
    u64::from_str_radix(process, 16).ok()?;
    u64::from_str_radix(parts.next()?, 16).ok()?;
    parts
        .next()
        .is_none()
        .then_some(Timestamp::from_millis(made))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_that_is_not_published_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let temporaries = Temporaries::open(dir.path().to_owned(), Clock::system()).unwrap();
        let (_file, temporary) = temporaries.create().unwrap();
        assert_eq!(names(dir.path()).len(), 1);
        drop(temporary);
        assert_eq!(names(dir.path()).len(), 0);
    }

    #[test]
    fn leftovers_are_old_files_of_our_naming_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::manual(Timestamp::from_millis(1_700_000_000_000));
        let temporaries = Temporaries::open(dir.path().to_owned(), clock.clone()).unwrap();
        for foreign in ["notes", "1-2-3.part", "0-zzzzzzzzzzzzzzzz-0.part", "a.part"] {
            fs::write(dir.path().join(foreign), b"").unwrap();
        }
        let abandoned = temporaries.create().unwrap();
        clock.advance(ABANDONED_AFTER);
        let live = temporaries.create().unwrap();
        assert_eq!(temporaries.remove_leftovers().unwrap(), 0);
        clock.advance(Duration::from_millis(1));
        assert_eq!(temporaries.remove_leftovers().unwrap(), 1);
        assert!(!abandoned.1.path().exists());
        assert!(live.1.path().exists());
        assert_eq!(names(dir.path()).len(), 5);
    }

    #[test]
    fn the_folder_is_made_again_where_it_was_removed() {
        let dir = tempfile::tempdir().unwrap();
        let temporaries = Temporaries::open(dir.path().join("tmp"), Clock::system()).unwrap();
        fs::remove_dir(dir.path().join("tmp")).unwrap();
        assert!(temporaries.create().is_ok());
    }
}
