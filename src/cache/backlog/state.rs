//! The books of the queue: what waits, what runs, and what that takes.

use std::collections::{BTreeMap, HashMap, HashSet};

use bytes::Bytes;

use super::folder::Recovered;
use super::{Job, MAX_ATTEMPTS, Place};
use crate::cache::entry::Digest;
use crate::cache::key::Key;

/// What is queued and running.
#[derive(Debug, Default)]
pub(super) struct State {
    /// In the order of their coming.
    pub(super) jobs: BTreeMap<u64, Held>,
    /// The job of a key that counts: one that runs may be followed by a newer one.
    pub(super) newest: HashMap<Key, u64>,
    pub(super) running: HashSet<Key>,
    pub(super) sources: HashMap<Digest, Source>,
    pub(super) bytes: u64,
    last: u64,
}

/// A job of the queue.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) key: Key,
    pub(super) source: Digest,
    pub(super) payload: Vec<u8>,
    pub(super) attempts: u32,
    pub(super) phase: Phase,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Writing,
    Waiting,
    Running,
}

/// A source of jobs.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) jobs: usize,
    pub(super) bytes: u64,
    pub(super) is_written: bool,
    /// Where there is no folder.
    pub(super) held: Bytes,
}

/// A job that is in the queue no more, and what it leaves behind.
#[derive(Debug, Default)]
pub(super) struct Removed {
    /// How often it was begun.
    pub(super) attempts: u32,
    /// Its source, if it was written and nobody else needs it.
    pub(super) source: Option<Digest>,
}

impl Held {
    /// The attempts that stand in the name of its file.
    pub(super) fn attempts_in_name(&self) -> u32 {
        match self.phase {
            Phase::Running if self.attempts < MAX_ATTEMPTS => self.attempts + 1,
            _ => self.attempts,
        }
    }
}

impl State {
    /// The job of a key that counts.
    pub(super) fn newest_of(&self, key: &Key) -> Option<(u64, Phase)> {
        let number = self.newest.get(key)?;
        Some((*number, self.jobs.get(number)?.phase))
    }

    /// The payloads of all jobs, by number.
    pub(super) fn payloads(&self) -> Vec<(u64, Vec<u8>)> {
        let jobs = self.jobs.iter();
        jobs.map(|(number, job)| (*number, job.payload.clone()))
            .collect()
    }

    /// The key and the attempts in the name of a job's file.
    pub(super) fn file_of(&self, number: u64) -> Option<(Key, u32)> {
        let job = self.jobs.get(&number)?;
        Some((job.key, job.attempts_in_name()))
    }

    /// Jobs in all.
    pub(super) fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Whether a job of the key is queued or running.
    pub(super) fn is_pending(&self, key: &Key) -> bool {
        self.newest.contains_key(key) || self.running.contains(key)
    }

    /// What keeping a source takes.
    pub(super) fn cost(&self, source: &Digest, bytes: u64) -> u64 {
        match self.sources.contains_key(source) {
            true => 0,
            false => bytes,
        }
    }

    /// What is written for a place: the payload, and whether its source is there already.
    pub(super) fn to_write(&self, place: &Place) -> Option<(Vec<u8>, bool)> {
        let held = self.jobs.get(&place.number)?;
        let source = self.sources.get(&place.source)?;
        Some((held.payload.clone(), source.is_written))
    }

    /// Takes a job in; answers its number.
    pub(super) fn add(&mut self, job: Held, source_bytes: u64) -> u64 {
        self.last += 1;
        self.bytes += job.payload.len() as u64 + self.cost(&job.source, source_bytes);
        let source = self.sources.entry(job.source).or_insert(Source {
            jobs: 0,
            bytes: source_bytes,
            is_written: false,
            held: Bytes::new(),
        });
        source.jobs += 1;
        self.newest.insert(job.key, self.last);
        self.jobs.insert(self.last, job);
        self.last
    }

    /// Takes in what an earlier process left.
    pub(super) fn restore(&mut self, job: Recovered) {
        let held = Held {
            key: job.key,
            source: job.source,
            payload: job.payload,
            attempts: job.attempts,
            phase: Phase::Waiting,
        };
        self.add(held, job.source_bytes);
        self.written(&job.source, Bytes::new());
    }

    /// Notes that a source is written, or held where there is no folder.
    pub(super) fn written(&mut self, source: &Digest, held: Bytes) {
        if let Some(source) = self.sources.get_mut(source) {
            source.is_written = true;
            source.held = held;
        }
    }

    /// The oldest job that may begin; it runs from now on.
    pub(super) fn take(&mut self) -> Option<Job> {
        let running = &self.running;
        let free = |held: &Held| held.phase == Phase::Waiting && !running.contains(&held.key);
        let (number, held) = self.jobs.iter_mut().find(|(_, held)| free(held))?;
        held.phase = Phase::Running;
        self.running.insert(held.key);
        Some(Job {
            number: *number,
            key: held.key,
            source: held.source,
            payload: held.payload.clone(),
            attempts: held.attempts,
        })
    }

    /// Takes a job out.
    pub(super) fn remove(&mut self, number: u64) -> Option<Removed> {
        let held = self.jobs.remove(&number)?;
        if self.newest.get(&held.key) == Some(&number) {
            self.newest.remove(&held.key);
        }
        self.bytes -= held.payload.len() as u64;
        Some(Removed {
            attempts: held.attempts,
            source: self.release(&held.source),
        })
    }

    /// Counts a job less on a source; answers with it where it was the last one and the source was written.
    fn release(&mut self, digest: &Digest) -> Option<Digest> {
        let source = self.sources.get_mut(digest)?;
        source.jobs -= 1;
        if source.jobs > 0 {
            return None;
        }
        let source = self.sources.remove(digest)?;
        self.bytes -= source.bytes;
        source.is_written.then_some(*digest)
    }
}
