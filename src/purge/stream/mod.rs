//! Purges of all nodes, in one order: a stream of Redis.
//!
//! What is sent is applied when it comes back, so that every node applies the same purges in the same order under the
//! same numbers. Where Redis does not answer, a purge is applied here at once and sent later, marked as applied, so
//! that it comes into force here once. Until then it is written down, for the next process on the folder.
//!
//! Gaps are taken for the worst: where the stream was cut past the place that we had reached, or is another than it
//! was, everything is purged softly.

mod backlog;
mod cursor;
mod entry;
mod follower;
mod health;
mod link;
mod sender;
mod unsent;

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

use super::{Error, Receipt, add};
use crate::cache::{Purge, Purges, Sequence};
use backlog::{Backlog, Marks, Sent};
use cursor::Cursor;
use entry::Id;
use follower::Follower;
use health::{Able, Health};
use link::Address;
use sender::Sender;
use unsent::Unsent;

pub use health::StreamCounts;

/// How long an order waits for Redis before it goes on alone.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long it waits for its purge to come back; then it is applied without waiting.
const RETURN: Duration = Duration::from_secs(1);

/// What the stream is told by the settings. Its debug text shows no secret.
#[derive(Clone)]
pub struct StreamConfig {
    /// Where Redis is, with user and password: `redis://`, or `rediss://` over TLS.
    pub url: String,
    /// The key of the stream.
    pub key: String,
    /// The folder that remembers how far the stream was followed, and what could not be sent; `None` follows it from
    /// its start, and forgets what could not be sent.
    pub dir: Option<PathBuf>,
    /// Is true while nodes may not know of each other's purges.
    pub unconfirmed: Arc<AtomicBool>,
}

/// The stream, as this node takes part in it.
pub(super) struct Stream {
    backlog: Arc<Backlog>,
    health: Arc<Health>,
    applied: watch::Receiver<Id>,
    unsent: Arc<Unsent>,
    purges: Arc<Purges>,
    runtime: Handle,
}

impl Stream {
    /// Begins to follow, and to send. Reads two small files.
    pub(super) fn start(
        config: StreamConfig,
        purges: Arc<Purges>,
        runtime: &Handle,
    ) -> Result<Self, String> {
        let address = Address::parse(&config.url, &config.key)?;
        let health = Arc::new(Health::new(config.unconfirmed));
        let backlog = Arc::new(Backlog::default());
        let cursor = Cursor::open(config.dir.as_deref()).map_err(|error| error.to_string())?;
        let unsent = Unsent::open(config.dir.as_deref()).map_err(|error| error.to_string())?;
        backlog.adopt(unsent.read().map_err(|error| error.to_string())?);
        health.waiting(backlog.len());
        let unsent = Arc::new(unsent);
        let (note, applied) = watch::channel(Id::default());
        runtime.spawn(
            Sender {
                address: address.clone(),
                node: cursor.node().to_owned(),
                backlog: Arc::clone(&backlog),
                health: Arc::clone(&health),
                unsent: Arc::clone(&unsent),
            }
            .run(),
        );
        runtime.spawn(
            Follower {
                address,
                cursor: Arc::new(cursor),
                purges: Arc::clone(&purges),
                health: Arc::clone(&health),
                applied: note,
            }
            .run(),
        );
        Ok(Self {
            backlog,
            health,
            applied,
            unsent,
            purges,
            runtime: runtime.clone(),
        })
    }

    /// Purges here and, as soon as may be, everywhere.
    pub(super) async fn purge(&self, purge: Purge) -> Result<Receipt, Error> {
        let (marks, reply) = self.backlog.push(purge);
        self.health.waiting(self.backlog.len());
        let sent = if self.health.is_sending() {
            reply_of(reply).await
        } else {
            None
        };
        let Some(sent) = sent else {
            let sequence = add(&self.purges, purge, &self.runtime).await?;
            marks.mark_applied();
            self.write_down(purge, marks).await;
            return Ok(receipt(sequence, Some("redis")));
        };
        let sequence = if self.came_back(sent.id).await {
            self.purges.newest()
        } else {
            add(&self.purges, purge, &self.runtime).await?
        };
        Ok(receipt(
            sequence,
            (sent.replicated == Able::No).then_some("replica"),
        ))
    }

    /// Writes a purge down that waits for Redis. Where that fails, it waits in memory alone, and the log says so.
    async fn write_down(&self, purge: Purge, marks: Marks) {
        let unsent = Arc::clone(&self.unsent);
        let written = self.runtime.spawn_blocking(move || {
            unsent.add(purge)?;
            match marks.mark_written() {
                true => unsent.remove(&[purge]),
                false => Ok(()),
            }
        });
        if let Ok(Err(error)) = written.await {
            tracing::warn!(%error, "a purge that waits for Redis is lost to others if this process ends");
        }
    }

    pub(super) fn is_unconfirmed(&self) -> bool {
        self.health.is_unconfirmed()
    }

    pub(super) fn counts(&self) -> StreamCounts {
        self.health.counts()
    }

    /// Waits until all is sent; Redis is asked often from now on.
    pub(super) async fn settled(&self) {
        self.backlog.emptied().await;
    }

    async fn came_back(&self, id: Id) -> bool {
        let mut applied = self.applied.clone();
        let there = applied.wait_for(|applied| *applied >= id);
        matches!(timeout(RETURN, there).await, Ok(Ok(_)))
    }
}

async fn reply_of(reply: oneshot::Receiver<Sent>) -> Option<Sent> {
    timeout(PATIENCE, reply).await.ok()?.ok()
}

fn receipt(sequence: Sequence, unconfirmed: Option<&'static str>) -> Receipt {
    Receipt {
        sequence,
        unconfirmed: unconfirmed.into_iter().collect(),
    }
}

impl std::fmt::Debug for StreamConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamConfig")
            .field("key", &self.key)
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

/// A file for all processes on a folder, which is made where it lacks; its content stays.
fn file_in(dir: &Path, name: &str) -> io::Result<File> {
    fs::create_dir_all(dir)?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.open(dir.join(name))
}
