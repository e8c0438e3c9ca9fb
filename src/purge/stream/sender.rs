//! Sends what waits, in its order, for as long as the process runs.

use std::sync::Arc;
use std::time::Duration;

use redis::RedisResult;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use super::backlog::Backlog;
use super::entry::Entry;
use super::health::{Able, Health};
use super::link::{Address, BATCH, Link};
use super::unsent::Unsent;
use crate::cache::Purge;

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
    pub(super) unsent: Arc<Unsent>,
}

impl Sender {
    pub(super) async fn run(self) {
        let mut pause = Pause::default();
        loop {
            let Err(error) = self.send_on(&mut pause).await;
            self.health.failure();
            if pause.is_first() {
                // The connection had served, or was never tried: another is worth it before anybody goes on alone.
                pause.skip();
                continue;
            }
            if pause.is_second() {
                tracing::warn!(%error, "purges wait: Redis does not take them");
            }
            self.health.sends(Able::No);
            // After it was said that nothing is sent: who comes now does not wait either.
            self.backlog.give_up_waiting();
            tokio::select! {
                () = pause.wait() => {}
                () = self.hurried() => {}
            }
        }
    }

    /// The short pause in which Redis is asked again while somebody waits for the end of what waits.
    async fn hurried(&self) {
        self.backlog.hurried().await;
        sleep(FIRST_PAUSE).await;
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
            let written = self.backlog.sent((&ids, last), replicated);
            self.health.waiting(self.backlog.len());
            if !written.is_empty() {
                self.take_out(written).await;
            }
        }
    }

    /// Takes out what was written down and is sent now.
    async fn take_out(&self, written: Vec<Purge>) {
        let unsent = Arc::clone(&self.unsent);
        let taken_out = spawn_blocking(move || unsent.remove(&written)).await;
        if let Ok(Err(error)) = taken_out {
            tracing::warn!(%error, "purges that were sent will be sent again by the next process");
        }
    }
}

/// What is waited between attempts: twice as long each time.
#[derive(Debug, Default)]
pub(super) struct Pause {
    failures: u32,
}

impl Pause {
    /// Whether nothing has failed since the last success.
    pub(super) fn is_first(&self) -> bool {
        self.failures == 0
    }

    fn is_second(&self) -> bool {
        self.failures == 1
    }

    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    fn skip(&mut self) {
        self.failures += 1;
    }

    pub(super) async fn wait(&mut self) {
        let doubled = FIRST_PAUSE.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        sleep(doubled.min(LONGEST_PAUSE)).await;
    }
}
