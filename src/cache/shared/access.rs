//! The way to a store: a bounded number of requests at a time, each in bounded time, whatever kind of store it is.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use object_store::ObjectStore;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::super::error::Error as Unkept;
use super::super::key::Key;
use super::bucket::{Bucket, Version};
use super::error::SharedError;
use super::folder::{Folder, Mark};
use super::name::Name;
use crate::clock::Clock;

/// Bytes a second below which a body is too slow: 8 MiB.
const SLOWEST_BYTES_PER_SECOND: u64 = 8 << 20;

/// What several machines reach.
#[derive(Clone, Debug)]
pub enum SharedStore {
    /// A bucket of an object store, with conditional writes.
    Bucket {
        /// The client of the bucket, which neither retries for long nor waits.
        store: Arc<dyn ObjectStore>,
        /// What stands before the name of every object; empty for nothing.
        prefix: String,
    },
    /// A folder that all of them mount.
    Folder(PathBuf),
}

/// What bounds one operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Longest object.
    pub(super) bytes: u64,
    /// Longest wait for an answer to begin.
    pub(super) patience: Duration,
}

/// The state of an object when it was read, by which a later change is noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Version(Version),
    Mark(Mark),
}

/// An object, or its beginning.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) bytes: Bytes,
    pub(super) seen: Seen,
}

/// What came of a conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// It is there.
    Done,
    /// Somebody else wrote since the object was seen.
    Outrun,
}

/// Names, as a listing finds them.
pub(super) type Names = BoxStream<'static, Result<Name, SharedError>>;

/// A store, its limits apart.
#[derive(Debug)]
enum Place {
    Bucket(Bucket),
    Folder(Folder),
}

/// A store within its limits.
#[derive(Debug)]
pub(super) struct Access {
    place: Place,
    lanes: Arc<Semaphore>,
}

impl Limits {
    /// Longest wait for `bytes` to come or go.
    pub(super) fn time_for(&self, bytes: u64) -> Duration {
        let millis = bytes.saturating_mul(1000) / SLOWEST_BYTES_PER_SECOND;
        self.patience.saturating_add(Duration::from_millis(millis))
    }

    /// Whether `bytes` may be read or kept.
    pub(super) fn check(&self, bytes: u64) -> Result<(), SharedError> {
        if bytes <= self.bytes {
            return Ok(());
        }
        let limit = self.bytes;
        Err(SharedError::TooLarge { bytes, limit })
    }
}

impl Access {
    /// The way to `store` for so many `operations` at a time.
    ///
    /// # Errors
    /// Where a folder can be neither found nor made.
    pub(super) fn open(
        store: SharedStore,
        operations: usize,
        clock: Clock,
        runtime: Handle,
    ) -> Result<Self, Unkept> {
        let place = match store {
            SharedStore::Bucket { store, prefix } => Place::Bucket(Bucket::new(store, &prefix)),
            SharedStore::Folder(dir) => Place::Folder(Folder::open(dir, clock, runtime)?),
        };
        Ok(Self {
            place,
            lanes: Arc::new(Semaphore::new(operations)),
        })
    }

    /// The name of an object as whoever looks into the store finds it.
    pub(super) fn full_name(&self, name: Name) -> String {
        match &self.place {
            Place::Bucket(bucket) => bucket.path(name).to_string(),
            Place::Folder(folder) => folder.path(name).display().to_string(),
        }
    }

    /// The whole object `name`.
    pub(super) async fn read(
        &self,
        name: Name,
        limits: Limits,
    ) -> Result<Option<Object>, SharedError> {
        let lane = self.enter(limits).await?;
        match &self.place {
            Place::Bucket(bucket) => bucket.read(name, limits).await,
            Place::Folder(folder) => folder.read(name, limits, lane).await,
        }
    }

    /// The first `bytes` of the object `name`, or all of it where it is shorter.
    pub(super) async fn peek(
        &self,
        name: Name,
        bytes: u64,
        limits: Limits,
    ) -> Result<Option<Object>, SharedError> {
        let lane = self.enter(limits).await?;
        let time = limits.time_for(bytes);
        match &self.place {
            Place::Bucket(bucket) => within(time, bucket.peek(name, bytes)).await,
            Place::Folder(folder) => within(time, folder.peek(name, bytes, lane)).await,
        }
    }

    /// Writes `parts` as the object `name`, if it still is as it was `seen`; `None`: if it still is absent.
    pub(super) async fn write(
        &self,
        name: Name,
        parts: [Bytes; 2],
        seen: Option<Seen>,
        limits: Limits,
    ) -> Result<Written, SharedError> {
        let bytes = parts.iter().map(|part| part.len() as u64).sum();
        let lane = self.enter(limits).await?;
        let time = limits.time_for(bytes);
        match (&self.place, seen) {
            (Place::Bucket(bucket), seen) => {
                let version = match seen {
                    Some(Seen::Version(version)) => Some(version),
                    _ => None,
                };
                within(time, bucket.write(name, parts, version)).await
            }
            (Place::Folder(folder), seen) => {
                let mark = match seen {
                    Some(Seen::Mark(mark)) => Some(mark),
                    _ => None,
                };
                within(time, folder.write(name, (parts, mark), lane)).await
            }
        }
    }

    /// Removes the object `name`; that it is absent is as good.
    pub(super) async fn remove(&self, name: Name, limits: Limits) -> Result<(), SharedError> {
        let lane = self.enter(limits).await?;
        match &self.place {
            Place::Bucket(bucket) => within(limits.patience, bucket.remove(name)).await,
            Place::Folder(folder) => within(limits.patience, folder.remove(name, lane)).await,
        }
    }

    /// The names of everything that belongs to `source`, or of everything there is.
    pub(super) fn names(&self, source: Option<Key>) -> Names {
        match &self.place {
            Place::Bucket(bucket) => bucket.names(source.as_ref()),
            Place::Folder(folder) => folder.names(source),
        }
    }

    async fn enter(&self, limits: Limits) -> Result<OwnedSemaphorePermit, SharedError> {
        let entered = timeout(limits.patience, Arc::clone(&self.lanes).acquire_owned()).await;
        match entered {
            Ok(Ok(lane)) => Ok(lane),
            Ok(Err(_)) => Err(SharedError::Stopped),
            Err(_) => Err(SharedError::Busy),
        }
    }
}

/// What `operation` comes to, unless it takes longer than `time`.
pub(super) async fn within<T>(
    time: Duration,
    operation: impl Future<Output = Result<T, SharedError>>,
) -> Result<T, SharedError> {
    timeout(time, operation)
        .await
        .unwrap_or(Err(SharedError::Slow))
}
