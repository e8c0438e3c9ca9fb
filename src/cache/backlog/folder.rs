//! The folder of the queue.
//!
//! ```text
//! DIR/refine/KEY.N           a job that was begun N times
//! DIR/refine/sources/DIGEST  the source of one or more jobs
//! DIR/refine/lock            held by the process that queues and works
//! ```

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::super::disk::Lock;
use super::super::entry::Digest;
use super::super::error::Error;
use super::super::frame::Unreadable;
use super::super::key::Key;
use super::super::temporary::Temporaries;
use super::MAX_ATTEMPTS;
use super::file::{JobFile, MAX_FILE_BYTES};
use crate::clock::Clock;

/// Where jobs and sources are.
#[derive(Debug)]
pub(super) struct Folder {
    jobs: PathBuf,
    sources: PathBuf,
    temporaries: Temporaries,
    lock: Lock,
}

/// A job that an earlier process left.
#[derive(Debug)]
pub(super) struct Recovered {
    pub(super) key: Key,
    pub(super) source: Digest,
    pub(super) payload: Vec<u8>,
    pub(super) source_bytes: u64,
    pub(super) attempts: u32,
}

impl Recovered {
    /// What it takes by itself.
    pub(super) fn bytes(&self) -> u64 {
        self.source_bytes.saturating_add(self.payload.len() as u64)
    }
}

impl Folder {
    /// The folder of the queue below the cache's.
    ///
    /// # Errors
    /// Where that of temporary files can be neither found nor made.
    pub(super) fn open(dir: &Path, clock: Clock) -> Result<Self, Error> {
        let jobs = dir.join("refine");
        let sources = jobs.join("sources");
        Ok(Self {
            temporaries: Temporaries::open(dir.join("tmp"), clock)?,
            lock: Lock::new(jobs.join("lock")),
            jobs,
            sources,
        })
    }

    /// Takes the lock where nobody has it, and makes the folder where it is absent; answers whether the lock is ours.
    pub(super) fn acquire(&self) -> Result<bool, Error> {
        fs::create_dir_all(&self.sources).map_err(Error::io("make", &self.sources))?;
        self.lock.acquire().map_err(Error::io("lock", &self.jobs))
    }

    /// The jobs that are whole and have their sources, by key and then by attempts, `most` at most. What is damaged
    /// is removed, what another release wrote is left alone.
    pub(super) fn recover(&self, most: usize) -> Result<Vec<Recovered>, Error> {
        let mut found: Vec<(Key, u32)> = names(&self.jobs)?
            .filter_map(|name| read_name(&name))
            .collect();
        found.sort();
        let jobs = found.into_iter();
        Ok(jobs
            .filter_map(|(key, attempts)| self.recovered(key, attempts))
            .take(most)
            .collect())
    }

    fn recovered(&self, key: Key, attempts: u32) -> Option<Recovered> {
        let file = read_bounded(&self.job_path(&key, attempts)).ok()?;
        let job = match JobFile::decode(&key, &file) {
            Ok(job) => job,
            Err(Unreadable::UnknownVersion(_)) => return None,
            Err(Unreadable::Damaged(_)) => {
                self.remove_job(&key, attempts);
                return None;
            }
        };
        let source = fs::symlink_metadata(self.source_path(&job.source));
        let Some(source) = source.ok().filter(fs::Metadata::is_file) else {
            self.remove_job(&key, attempts);
            return None;
        };
        Some(Recovered {
            key,
            source: job.source,
            payload: job.payload.to_vec(),
            source_bytes: source.len(),
            attempts,
        })
    }

    /// Removes the sources that nobody needs.
    pub(super) fn remove_sources(
        &self,
        is_unneeded: impl Fn(&Digest) -> bool,
    ) -> Result<(), Error> {
        for name in names(&self.sources)? {
            let mut digest = Digest::default();
            if hex::decode_to_slice(&name, &mut digest).is_ok() && is_unneeded(&digest) {
                self.remove_source(&digest);
            }
        }
        Ok(())
    }

    /// Writes a job that was never begun, in place of whatever was there of its key.
    pub(super) fn write_job(&self, job: &JobFile<'_>) -> Result<(), Error> {
        self.write(&self.job_path(&job.key, 0), &job.encode())
    }

    /// Writes a source.
    pub(super) fn write_source(&self, digest: &Digest, source: &[u8]) -> Result<(), Error> {
        self.write(&self.source_path(digest), source)
    }

    /// Counts one more attempt at a job, which is about to begin.
    pub(super) fn begin(&self, key: &Key, attempts: u32) -> Result<(), Error> {
        let (from, to) = (
            self.job_path(key, attempts),
            self.job_path(key, attempts + 1),
        );
        fs::rename(&from, to).map_err(Error::io("rename", from))
    }

    /// A source, if it is whole.
    pub(super) fn read_source(&self, digest: &Digest) -> Result<Option<Bytes>, Error> {
        let path = self.source_path(digest);
        match fs::read(&path) {
            Ok(source) if blake3::hash(&source).as_bytes() == digest => Ok(Some(source.into())),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("read", path)(error)),
        }
    }

    /// Gives a job another count of attempts. Where that fails, it counts as it did.
    pub(super) fn rename(&self, key: &Key, (from, to): (u32, u32)) {
        let _ = fs::rename(self.job_path(key, from), self.job_path(key, to));
    }

    /// Removes a job. What cannot be removed is found by the next process, and begun as often as it may be.
    pub(super) fn remove_job(&self, key: &Key, attempts: u32) {
        let _ = fs::remove_file(self.job_path(key, attempts));
    }

    /// Removes a source. What cannot be removed is removed by the next process.
    pub(super) fn remove_source(&self, digest: &Digest) {
        let _ = fs::remove_file(self.source_path(digest));
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        let (mut file, temporary) = self.temporaries.create()?;
        file.write_all(bytes)
            .map_err(Error::io("write", temporary.path()))?;
        temporary.publish(path).map_err(Error::io("publish", path))
    }

    fn job_path(&self, key: &Key, attempts: u32) -> PathBuf {
        self.jobs.join(format!("{key}.{attempts}"))
    }

    fn source_path(&self, digest: &Digest) -> PathBuf {
        self.sources.join(hex::encode(digest))
    }
}

fn names(dir: &Path) -> Result<impl Iterator<Item = String>, Error> {
    let names = fs::read_dir(dir).map_err(Error::io("list", dir))?;
    Ok(names
        .flatten()
        .filter_map(|file| file.file_name().into_string().ok()))
}

/// The key and the attempts of a job's name; `None` for any other name.
fn read_name(name: &str) -> Option<(Key, u32)> {
    let (key, attempts) = name.split_once('.')?;
    let mut bytes = [0; 32];
    hex::decode_to_slice(key, &mut bytes).ok()?;
    let attempts = attempts
        .parse()
        .ok()
        .filter(|count| *count <= MAX_ATTEMPTS)?;
    Some((Key::from_bytes(bytes), attempts))
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = Vec::new();
    File::open(path)?
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut file)?;
    Ok(file)
}
