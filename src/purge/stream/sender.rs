//! Sends what waits, in its order, for as long as the process runs.

use std::sync::Arc;
use std::time::Duration;

use redis::RedisResult;
use tokio::time::{sleep, timeout};

use super::backlog::Backlog;
use super::entry::Entry;
use super::health::{Able, Health};
use super::link::{Address, BATCH, Link};

/// How long Redis is not asked for anything before it is asked whether it is there.
const IDLE: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Who sends.
pub(super) struct Sender {
    pub(super) address: Address,
    pub(super) node: String,
    pub(super) backlog: Arc<Backlog>,
    pub(super) health: Arc<Health>,
}

impl Sender {
    pub(super) async fn run(self) {
        let mut pause = Pause::default();
        loop {
            let Err(error) = self.send_on(&mut pause).await;
            if self.health.is_sending() || pause.is_first() {
                tracing::warn!(%error, "purges wait: Redis does not take them");
            }
            self.health.sends(Able::No);
            self.health.failure();
            // After it was said that nothing is sent: who comes now does not wait either.
            self.backlog.give_up_waiting();
            pause.wait().await;
        }
    }

    /// Sends until something goes wrong.
    async fn send_on(&self, pause: &mut Pause) -> RedisResult<std::convert::Infallible> {
        let mut link = self.address.connect().await?;
        loop {
            self.drain(&mut link).await?;
            if !self.health.is_sending() {
                tracing::info!("purges are sent to Redis");
                self.health.sends(Able::Yes);
            }
            pause.reset();
            if timeout(IDLE, self.backlog.filled()).await.is_err() {
                link.probe().await?;
            }
        }
    }

    /// Sends all that waits.
    async fn drain(&self, link: &mut Link) -> RedisResult<()> {
        loop {
            let (purges, last) = self.backlog.first(BATCH);
            if purges.is_empty() {
                return Ok(());
            }
            let entries: Vec<Entry> = purges
                .into_iter()
                .map(|(purge, applied)| Entry {
                    purge,
                    applied_by: applied.then(|| self.node.clone()),
                })
                .collect();
            let ids = link.append(&entries).await?;
            // They are in the stream whatever becomes of this.
            let replicated = link.is_replicated().await.unwrap_or(Able::No);
            self.health.sent(ids.len(), replicated);
            self.backlog.sent((&ids, last), replicated);
            self.health.waiting(self.backlog.len());
        }
    }
}

/// What is waited between attempts: twice as long each time.
#[derive(Debug)]
pub(super) struct Pause(Duration);

impl Default for Pause {
    fn default() -> Self {
        Self(FIRST_PAUSE)
    }
}

impl Pause {
    /// Whether it has not been waited yet.
    pub(super) fn is_first(&self) -> bool {
        self.0 == FIRST_PAUSE
    }

    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    pub(super) async fn wait(&mut self) {
        sleep(self.0).await;
        self.0 = (self.0 * 2).min(LONGEST_PAUSE);
    }
}
