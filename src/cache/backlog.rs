//! Work that is put off: a bounded queue of jobs, one a key, oldest first, which outlives the process.
//!
//! A job is bytes that mean something to whoever queued it, and the source that it works on; sources are kept once,
//! by their digest. How often a job was begun stands in the name of its file and is counted before it begins, so a job
//! that takes the process down with it is begun [`MAX_ATTEMPTS`] times and no more. Of all processes on a folder one
//! queues and works, the holder of the lock. Everything here blocks, but for [`Backlog::reserve`] and
//! [`Backlog::is_pending`].
//!
//! Nothing is synced: a crash of the machine may lose jobs, and what is torn fails its checksum and is removed.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::entry::Digest;
use super::error::Error;
use super::key::Key;
use crate::clock::Clock;
use file::JobFile;
use folder::Folder;
use state::{Held, Phase, Removed, State};

mod file;
mod folder;
mod place;
mod state;
#[cfg(test)]
mod tests;

pub use place::Place;

/// How often a job is begun at most.
pub const MAX_ATTEMPTS: u32 = 2;
/// Longest payload of a job; those that wait are held in memory too.
const MAX_PAYLOAD_BYTES: usize = 8 << 10;

/// Where the queue is, and how long it may get.
#[derive(Clone, Debug)]
pub struct BacklogConfig {
    /// The cache's folder; `None` keeps jobs in memory alone.
    pub dir: Option<PathBuf>,
    /// Most jobs.
    pub entries: usize,
    /// Most bytes of jobs and their sources.
    pub bytes: u64,
}

/// The queue.
#[derive(Debug)]
pub struct Backlog {
    config: BacklogConfig,
    folder: Option<Folder>,
    leads: AtomicBool,
    state: Mutex<State>,
    /// Jobs in all, for whoever only wants to know that there are none.
    count: AtomicUsize,
    /// Held while files are written or removed, so that nobody removes what another has just begun to need.
    files: Mutex<()>,
}

/// Why a job is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no room.
    #[error("the queue is full")]
    Full,
    /// A job of the key is just being written.
    #[error("a job of the same key is being queued")]
    Pending,
    /// Another process has the queue, or it cannot be read just now.
    #[error("the queue is not ours")]
    Elsewhere,
}

/// A job that is to be done now. It stays in the queue until it is given to [`Backlog::done`].
#[derive(Debug)]
pub struct Job {
    number: u64,
    /// What it is about.
    pub key: Key,
    /// Digest of the source that it works on.
    pub source: Digest,
    /// What its maker wrote.
    pub payload: Vec<u8>,
    /// How often it was begun, this time left out.
    pub attempts: u32,
}

impl Job {
    /// Whether it was begun as often as it may be, and is to be given up.
    pub fn is_worn_out(&self) -> bool {
        self.attempts >= MAX_ATTEMPTS
    }
}

impl Backlog {
    /// Opens the queue and reads what an earlier process left in it, if no other process has it. Where that cannot be
    /// done just now, nothing is queued until [`Backlog::lead`] can.
    ///
    /// # Errors
    /// Where the folder of temporary files can be neither found nor made.
    pub fn open(config: BacklogConfig, clock: Clock) -> Result<Self, Error> {
        let folder = match &config.dir {
            Some(dir) => Some(Folder::open(dir, clock)?),
            None => None,
        };
        let backlog = Self {
            leads: AtomicBool::new(folder.is_none()),
            config,
            folder,
            state: Mutex::default(),
            count: AtomicUsize::new(0),
            files: Mutex::default(),
        };
        // Trouble is told by who calls again.
        let _ = backlog.lead();
        Ok(backlog)
    }

    /// Takes the queue over where no other process has it; answers whether it is ours.
    ///
    /// # Errors
    /// What the file system refuses.
    pub fn lead(&self) -> Result<bool, Error> {
        let Some(folder) = &self.folder else {
            return Ok(true);
        };
        if self.leads.load(Ordering::Acquire) {
            return Ok(true);
        }
        if !folder.acquire()? {
            return Ok(false);
        }
        let _files = self.files();
        let recovered = folder.recover(self.config.entries)?;
        let mut state = self.state();
        for job in recovered {
            let fits = state.bytes.saturating_add(job.bytes()) <= self.config.bytes;
            match fits && !state.newest.contains_key(&job.key) {
                true => state.restore(job),
                false => folder.remove_job(&job.key, job.attempts),
            }
        }
        folder.remove_sources(|digest| !state.sources.contains_key(digest))?;
        self.count.store(state.len(), Ordering::Relaxed);
        self.leads.store(true, Ordering::Release);
        Ok(true)
    }

    /// Room for a job on a source of these bytes, in place of a waiting one of the same key. From now on the key is
    /// pending.
    ///
    /// # Errors
    /// Why there is none.
    pub fn reserve(
        self: &Arc<Self>,
        key: Key,
        payload: Vec<u8>,
        (source, source_bytes): (Digest, u64),
    ) -> Result<Place, Refusal> {
        if !self.leads.load(Ordering::Acquire) {
            return Err(Refusal::Elsewhere);
        }
        if payload.len() > MAX_PAYLOAD_BYTES {
            return Err(Refusal::Full);
        }
        let mut state = self.state();
        let waiting = match state.newest_of(&key) {
            Some((_, Phase::Writing)) => return Err(Refusal::Pending),
            Some((number, Phase::Waiting)) => Some(number),
            Some((_, Phase::Running)) | None => None,
        };
        let others = state.len() - usize::from(waiting.is_some());
        let more = state.cost(&source, source_bytes) + payload.len() as u64;
        if others >= self.config.entries || state.bytes + more > self.config.bytes {
            return Err(Refusal::Full);
        }
        // What waits does not hold back what is newer; its file goes when that is written.
        let replaced = waiting.and_then(|number| state.remove(number));
        let number = state.add(
            Held {
                key,
                source,
                payload,
                attempts: 0,
                phase: Phase::Writing,
            },
            source_bytes,
        );
        self.count.store(state.len(), Ordering::Relaxed);
        drop(state);
        Ok(Place {
            backlog: Arc::clone(self),
            number,
            key,
            source,
            replaced,
            is_filled: false,
        })
    }

    /// The oldest job whose key is not worked on; it counts as begun, unless it is worn out.
    ///
    /// # Errors
    /// What the file system refuses; the job is given up then.
    pub fn take(&self) -> Result<Option<Job>, Error> {
        let _files = self.files();
        let Some(job) = self.state().take() else {
            return Ok(None);
        };
        let begun = match &self.folder {
            Some(folder) if !job.is_worn_out() => folder.begin(&job.key, job.attempts),
            _ => Ok(()),
        };
        if begun.is_err() {
            self.settle(&job);
        }
        begun.map(|()| Some(job))
    }

    /// The source of this digest, whole; `None` where it is damaged or gone.
    ///
    /// # Errors
    /// What the file system refuses.
    pub fn source(&self, digest: &Digest) -> Result<Option<Bytes>, Error> {
        match &self.folder {
            Some(folder) => folder.read_source(digest),
            None => {
                let state = self.state();
                Ok(state.sources.get(digest).map(|source| source.held.clone()))
            }
        }
    }

    /// Takes a job out, whatever came of it.
    pub fn done(&self, job: &Job) {
        let _files = self.files();
        self.settle(job);
    }

    /// Has jobs that were begun count as never begun, for the next process: this one stops and they are not to blame.
    pub fn close(&self) {
        let _files = self.files();
        // From here on nothing is taken, queued or removed.
        self.leads.store(false, Ordering::Release);
        let mut state = self.state();
        let Some(folder) = &self.folder else {
            return;
        };
        for job in state.jobs.values() {
            if job.attempts_in_name() != job.attempts {
                folder.rename(&job.key, (job.attempts_in_name(), job.attempts));
            }
        }
        state.jobs.clear();
    }

    /// Takes out the jobs whose payload is unwanted, whatever is done with them just now, and their sources; answers
    /// how many there were.
    pub fn withdraw(&self, is_unwanted: impl Fn(&[u8]) -> bool) -> usize {
        let _files = self.files();
        let payloads = self.state().payloads();
        let unwanted = payloads
            .iter()
            .filter(|(_, payload)| is_unwanted(payload))
            .map(|(number, _)| *number);
        unwanted.filter(|number| self.withdraw_one(*number)).count()
    }

    /// Whether a job of the key is queued or running.
    pub fn is_pending(&self, key: &Key) -> bool {
        if self.count.load(Ordering::Relaxed) == 0 {
            return false;
        }
        let state = self.state();
        state.is_pending(key)
    }

    /// Jobs that are queued or running.
    pub fn len(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of jobs and their sources.
    pub fn bytes(&self) -> u64 {
        self.state().bytes
    }

    /// Takes a job out by its number; answers whether it was there.
    fn withdraw_one(&self, number: u64) -> bool {
        let mut state = self.state();
        let file = state.file_of(number);
        let removed = state.remove(number);
        self.count.store(state.len(), Ordering::Relaxed);
        drop(state);
        if let (Some(folder), Some((key, attempts))) = (&self.folder, file) {
            folder.remove_job(&key, attempts);
        }
        let was_there = removed.is_some();
        self.clean(removed);
        was_there
    }

    /// Forgets a job and removes its files.
    fn settle(&self, job: &Job) {
        if !self.leads.load(Ordering::Acquire) {
            return;
        }
        let mut state = self.state();
        let attempts = match job.is_worn_out() {
            true => job.attempts,
            false => job.attempts + 1,
        };
        state.running.remove(&job.key);
        let removed = state.remove(job.number);
        self.count.store(state.len(), Ordering::Relaxed);
        drop(state);
        if let Some(folder) = &self.folder {
            folder.remove_job(&job.key, attempts);
        }
        self.clean(removed);
    }

    /// Removes the source that a job left behind, unless it was written again since; the caller holds the files.
    fn clean(&self, removed: Option<Removed>) {
        let source = removed.and_then(|removed| removed.source);
        let (Some(folder), Some(source)) = (&self.folder, source) else {
            return;
        };
        let kept = self
            .state()
            .sources
            .get(&source)
            .map(|kept| kept.is_written);
        if kept != Some(true) {
            folder.remove_source(&source);
        }
    }

    fn fill(&self, place: &mut Place, source: Bytes) -> Result<(), Error> {
        let _files = self.files();
        if !self.leads.load(Ordering::Acquire) {
            return Ok(());
        }
        self.clear_away(place);
        let Some((payload, is_written)) = self.state().to_write(place) else {
            // It was withdrawn meanwhile.
            return Ok(());
        };
        if let Some(folder) = &self.folder {
            if !is_written {
                folder.write_source(&place.source, &source)?;
                self.state().written(&place.source, Bytes::new());
            }
            let file = JobFile {
                key: place.key,
                source: place.source,
                payload: &payload,
            };
            folder.write_job(&file)?;
        } else if !is_written {
            // A copy: the bytes as they came may hold a share of a budget that is not for what waits.
            self.state()
                .written(&place.source, Bytes::copy_from_slice(&source));
        }
        if let Some(held) = self.state().jobs.get_mut(&place.number) {
            held.phase = Phase::Waiting;
        }
        place.is_filled = true;
        Ok(())
    }

    /// Removes what the job that a place replaces has left.
    fn clear_away(&self, place: &mut Place) {
        let Some(replaced) = place.replaced.take() else {
            return;
        };
        if let (Some(folder), true) = (&self.folder, replaced.attempts > 0) {
            folder.remove_job(&place.key, replaced.attempts);
        }
        self.clean(Some(replaced));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn files(&self) -> MutexGuard<'_, ()> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
