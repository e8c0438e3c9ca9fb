//! Applies what comes with the stream, for as long as the process runs.

use std::sync::Arc;

use redis::RedisError;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use super::cursor::Cursor;
use super::entry::{Entry, Id};
use super::health::{Able, Health};
use super::link::{Address, BATCH, Continuity, Link, READ_WAIT};
use super::sender::Pause;
use crate::cache::{self, Force, Purge, Purges, Sequence};

/// Who follows.
pub(super) struct Follower {
    pub(super) address: Address,
    pub(super) cursor: Arc<Cursor>,
    pub(super) purges: Arc<Purges>,
    pub(super) health: Arc<Health>,
    /// Is told how far it has come.
    pub(super) applied: watch::Sender<Id>,
}

/// What keeps purges of other nodes from being applied.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("Redis: {0}")]
    Redis(#[from] RedisError),
    #[error("the purge log: {0}")]
    Log(#[from] cache::Error),
    #[error("the place in the stream: {0}")]
    Cursor(#[from] std::io::Error),
    #[error("the process is ending")]
    Stopped,
}

impl Follower {
    pub(super) async fn run(self) {
        let mut pause = Pause::default();
        loop {
            let Err(error) = self.follow(&mut pause).await;
            if pause.is_first() {
                tracing::warn!(%error, "purges of other nodes may be missed until Redis is followed again");
            }
            self.health.follows(Able::No);
            self.health.failure();
            pause.wait().await;
        }
    }

    /// Follows until something goes wrong.
    async fn follow(&self, pause: &mut Pause) -> Result<std::convert::Infallible, Trouble> {
        let mut link = self.address.connect_to_read().await?;
        let mut at = self.check(&mut link).await?;
        let mut wait = None;
        loop {
            let entries = link.read(at, wait).await?;
            let count = entries.len();
            at = self.apply(entries).await?;
            if count == BATCH {
                // Where so much came, more may have been cut off than was read.
                at = self.check(&mut link).await?;
            } else {
                self.health.follows(Able::Yes);
                wait = Some(READ_WAIT);
                pause.reset();
            }
        }
    }

    /// Makes good what the stream has lost since we were there, and answers where to go on.
    async fn check(&self, link: &mut Link) -> Result<Id, Trouble> {
        let at = self.cursor.at()?;
        let Continuity::Gap(resumed) = link.continuity(at).await? else {
            return Ok(at);
        };
        tracing::warn!("purges of other nodes were missed: everything is purged softly");
        self.health.gap();
        let purges = Arc::clone(&self.purges);
        self.advance(move |_| {
            purges.add(&[Purge::all(Force::Soft)])?;
            Ok(resumed)
        })
        .await
    }

    async fn apply(&self, entries: Vec<(Id, Entry)>) -> Result<Id, Trouble> {
        let (purges, node) = (Arc::clone(&self.purges), self.cursor.node().to_owned());
        let health = Arc::clone(&self.health);
        self.advance(move |at| {
            let last = entries.last().map_or(at, |(id, _)| *id);
            let fresh = entries.iter().filter(|(id, entry)| {
                *id > at && entry.applied_by.as_deref() != Some(node.as_str())
            });
            let numbered = numbered(fresh, &purges)?;
            if !numbered.is_empty() {
                purges.add_numbered(&numbered)?;
                health.applied(numbered.len());
            }
            Ok(last.max(at))
        })
        .await
    }

    async fn advance(
        &self,
        step: impl FnOnce(Id) -> Result<Id, Trouble> + Send + 'static,
    ) -> Result<Id, Trouble> {
        let cursor = Arc::clone(&self.cursor);
        let advanced = spawn_blocking(move || cursor.advance(step)).await;
        let at = advanced.map_err(|_| Trouble::Stopped)??;
        self.applied.send_replace(at);
        Ok(at)
    }
}

/// Entries under the numbers of their ids. One that is not above all that is known here, for a clock that is ahead or
/// purges of our own, gets the next number: it is new, whatever its number says.
fn numbered<'e>(
    entries: impl Iterator<Item = &'e (Id, Entry)>,
    purges: &Purges,
) -> Result<Vec<(Sequence, Purge)>, Trouble> {
    purges.refresh()?;
    let newest = purges.newest();
    let number = |id: &Id| Some(id.number()).filter(|number| *number > newest);
    Ok(entries
        .map(|(id, entry)| (number(id).unwrap_or_default(), entry.purge))
        .collect())
}
