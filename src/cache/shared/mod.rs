//! The shared tier: entries and records in a store that several machines reach, below the folder of each.
//!
//! An object is exactly the file that the folder tier would keep, so everything about it is checked on reading. It is
//! read when nothing nearer has it, and written behind: whoever makes an entry never waits for the store.
//!
//! ```text
//! PREFIX/dd/73/22/REST/source     the record of the source whose key begins with dd7322
//! PREFIX/dd/73/22/REST/KEY        the entry KEY that was made of it
//! ```
//!
//! What holds:
//! - A store that is slow or dead costs a bounded time, and then nothing: after some failures in a row it is left
//!   alone for a while, for reading and for writing apart.
//! - Nothing that was fetched before a purge replaces what was fetched after it: a write says what it saw, and the
//!   store refuses it if somebody else wrote since.
//! - Memory, requests at a time and bytes of an object are bounded. What does not fit is dropped and counted.
//! - Whoever gives it something has made sure that it may be seen by every client.

mod access;
mod bucket;
mod circuit;
mod erase;
mod error;
mod folder;
mod health;
mod item;
mod name;
mod peek;
mod queue;
mod write;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::entry::{Entry, Header};
use super::error::Error;
use super::frame::Unreadable;
use super::key::Key;
use super::record::Record;
use crate::clock::{Clock, Timestamp};
use access::{Access, Limits, Object, Seen};
use circuit::Circuit;
use health::{Event, Tally};
use item::{Age, Item};
use name::Name;
use queue::{Cost, Load, Queue};

pub use access::SharedStore;
pub use circuit::{CircuitRules, CircuitState};
pub use erase::Erased;
pub use error::SharedError;
pub use health::SharedCounts;

/// Bytes of an object that are read to learn what it is; the heads of most are shorter.
const FIRST_LOOK_BYTES: u64 = 4096;
/// Objects up to this length are decoded where they were read; longer ones would hold other requests up.
const INLINE_BYTES: usize = 64 * 1024;

/// The settings of the shared tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedConfig {
    /// Age at which an entry, since it was made, and a record, since its source was validated, is no longer used.
    pub ttl: Duration,
    /// Longest wait of a look-up for the store's answer to begin; a long body has more time to follow.
    pub patience: Duration,
    /// The same of a write, for which nobody waits.
    pub write_patience: Duration,
    /// Longest object that is written or read, in bytes.
    pub max_object_bytes: u64,
    /// Requests at a time.
    pub operations: usize,
    /// Writes at a time.
    pub writers: usize,
    /// Entries and records that may wait to be written.
    pub queue_jobs: usize,
    /// Bytes of memory that they may take.
    pub queue_bytes: u64,
    /// When the store is left alone.
    pub circuit: CircuitRules,
}

/// Entries and records in a store that several machines reach.
#[derive(Debug)]
pub struct Shared {
    core: Arc<Core>,
    /// They end with this.
    _writers: JoinSet<()>,
}

/// What look-ups and writers share.
#[derive(Debug)]
struct Core {
    ttl: Duration,
    limits: Limits,
    write_limits: Limits,
    access: Access,
    reading: Arc<Circuit>,
    writing: Arc<Circuit>,
    queue: Arc<Queue<Job>>,
    tally: Tally,
    clock: Clock,
    runtime: Handle,
}

/// What writers do.
#[derive(Debug)]
enum Job {
    /// Bring an item to the store.
    Write(Item),
    /// Remove an object, if it still is as it was seen.
    Remove(Name, Seen),
}

/// What was read, with when it was made or validated.
struct Read<T> {
    value: T,
    time: Timestamp,
    body_bytes: usize,
}

impl Default for SharedConfig {
    /// 30 days; 500 milliseconds to read and 10 seconds to write; 32 MiB an object; 64 requests, 4 of them writes;
    /// 4,096 waiting writes in 64 MiB.
    fn default() -> Self {
        Self {
            ttl: Duration::from_secs(30 * 24 * 60 * 60),
            patience: Duration::from_millis(500),
            write_patience: Duration::from_secs(10),
            max_object_bytes: 32 << 20,
            operations: 64,
            writers: 4,
            queue_jobs: 4096,
            queue_bytes: 64 << 20,
            circuit: CircuitRules::default(),
        }
    }
}

impl Shared {
    /// Opens the tier in `store`, which is not asked anything yet. Its writers run on `runtime`, whose blocking
    /// threads also check long bodies and use a mounted folder.
    ///
    /// # Errors
    /// Where a mounted folder can be neither found nor made.
    pub fn open(
        config: SharedConfig,
        store: SharedStore,
        clock: Clock,
        runtime: Handle,
    ) -> Result<Self, Error> {
        let limits = |patience| Limits {
            bytes: config.max_object_bytes,
            patience,
        };
        let circuit = || Arc::new(Circuit::new(config.circuit, clock.clone()));
        let core = Arc::new(Core {
            ttl: config.ttl,
            limits: limits(config.patience),
            write_limits: limits(config.write_patience),
            access: Access::open(store, config.operations, clock.clone(), runtime.clone())?,
            reading: circuit(),
            writing: circuit(),
            queue: Arc::new(Queue::new(Load {
                jobs: config.queue_jobs,
                bytes: config.queue_bytes,
            })),
            tally: Tally::default(),
            clock,
            runtime,
        });
        let mut writers = JoinSet::new();
        for _ in 0..config.writers {
            writers.spawn_on(Arc::clone(&core).write_behind(), &core.runtime);
        }
        Ok(Self {
            core,
            _writers: writers,
        })
    }

    /// The entry `key` that was made of `source`. Trouble is counted, and as good as absence.
    pub async fn entry(&self, key: &Key, source: &Key) -> Option<Entry> {
        let key = *key;
        let decode = move |file| {
            let entry = Entry::decode(&key, file)?;
            Ok(Read {
                time: entry.header.created,
                body_bytes: entry.body.len(),
                value: entry,
            })
        };
        self.core.read(Name::entry(key, *source), decode).await
    }

    /// The record of `source`, likewise.
    pub async fn record(&self, source: &Key) -> Option<Record> {
        let key = *source;
        let decode = move |file: Bytes| {
            let record = Record::decode(&key, &file)?;
            Ok(Read {
                time: record.validated_at,
                body_bytes: 0,
                value: record,
            })
        };
        self.core.read(Name::record(key), decode).await
    }

    /// Has `entry` written behind, unless what is there by then supersedes it. It must be one that any client may see.
    pub fn put_entry(&self, key: Key, entry: Arc<Entry>) {
        self.core.put(Item::Entry(key, entry));
    }

    /// Has the record of `source` written behind, likewise.
    pub fn put_record(&self, source: Key, record: Arc<Record>) {
        self.core.put(Item::Record(source, record));
    }

    /// Waits until everything is written, for `time` at most; answers how many jobs are left.
    pub async fn settle(&self, time: Duration) -> usize {
        self.core.queue.settle(time).await.jobs
    }

    /// Removes everything that belongs to `source` from the store, and from what waits to be written.
    ///
    /// It asks the store even where the circuit is open: whoever erases wants to know.
    ///
    /// # Errors
    /// Where the store cannot be listed; some of it may be removed by then.
    pub async fn erase_source(&self, source: &Key) -> Result<Erased, SharedError> {
        self.core.erase_source(*source).await
    }

    /// Removes every entry whose header `is_unwanted`, and the records of their sources, likewise.
    ///
    /// It reads the head of every entry in the store.
    ///
    /// # Errors
    /// As [`Shared::erase_source`].
    pub async fn erase_where(
        &self,
        is_unwanted: impl Fn(&Header) -> bool,
    ) -> Result<Erased, SharedError> {
        self.core.erase_where(is_unwanted).await
    }

    /// What the tier has done and how it is.
    pub fn counts(&self) -> SharedCounts {
        let core = &self.core;
        let load = core.queue.load();
        SharedCounts {
            read_refusals: core.reading.refused(),
            reads: core.reading.state(),
            writes: core.writing.state(),
            queued: load.jobs as u64,
            queued_bytes: load.bytes,
            ..core.tally.counts()
        }
    }
}

impl Core {
    /// What the object `name` holds, if it is whole and young enough.
    async fn read<T, F>(&self, name: Name, decode: F) -> Option<T>
    where
        T: Send + 'static,
        F: FnOnce(Bytes) -> Result<Read<T>, Unreadable> + Send + 'static,
    {
        let found = self.find(name, decode).await;
        match &found {
            Some(read) => self.tally.read(read.body_bytes),
            None => self.tally.count(Event::Miss),
        }
        found.map(|read| read.value)
    }

    async fn find<T, F>(&self, name: Name, decode: F) -> Option<Read<T>>
    where
        T: Send + 'static,
        F: FnOnce(Bytes) -> Result<Read<T>, Unreadable> + Send + 'static,
    {
        let Object { bytes, seen } = self.fetch(name).await?;
        match self.decoded(bytes, decode).await? {
            Ok(read) if !self.age().is_past(read.time) => return Some(read),
            Ok(_) => self.discard(name, seen, Event::Expired),
            Err(Unreadable::Damaged(_)) => self.discard(name, seen, Event::Damaged),
            Err(Unreadable::UnknownVersion(_)) => {}
        }
        None
    }

    async fn fetch(&self, name: Name) -> Option<Object> {
        let attempt = self.reading.ask()?;
        let outcome = self.access.read(name, self.limits).await;
        attempt.end(&outcome);
        match outcome {
            Ok(object) => {
                self.tally.recovered();
                object
            }
            Err(error) => {
                self.tally.failed(Event::ReadError, &error);
                None
            }
        }
    }

    /// What `decode` makes of the bytes; `None` where the process is being stopped.
    async fn decoded<T, F>(&self, bytes: Bytes, decode: F) -> Option<Result<Read<T>, Unreadable>>
    where
        T: Send + 'static,
        F: FnOnce(Bytes) -> Result<Read<T>, Unreadable> + Send + 'static,
    {
        if bytes.len() <= INLINE_BYTES {
            return Some(decode(bytes));
        }
        let decoding = self.runtime.spawn_blocking(move || decode(bytes));
        decoding.await.ok()
    }

    fn discard(&self, name: Name, seen: Seen, why: Event) {
        self.tally.count(why);
        self.enqueue(Job::Remove(name, seen));
    }

    fn put(&self, item: Item) {
        self.enqueue(Job::Write(item));
    }

    /// Leaves a job to the writers, if there is room and the store is not left alone.
    fn enqueue(&self, job: Job) {
        if self.writing.is_shut() || self.queue.push(job).is_err() {
            self.tally.count(Event::Dropped);
        }
    }

    fn age(&self) -> Age {
        Age {
            now: self.clock.now(),
            ttl: self.ttl,
        }
    }
}

impl Job {
    fn name(&self) -> Name {
        match self {
            Self::Write(item) => item.name(),
            Self::Remove(name, _) => *name,
        }
    }
}

impl Cost for Job {
    fn cost_bytes(&self) -> u64 {
        let own = size_of::<Self>() as u64;
        match self {
            Self::Write(item) => own + item.cost_bytes(),
            Self::Remove(..) => own,
        }
    }
}

#[cfg(test)]
mod tests;
