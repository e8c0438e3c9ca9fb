//! The time that one fetch may take.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::{Error, Phase};

/// The time limit of a whole fetch, which stands still while the fetch waits for our own limits: an origin is not
/// blamed for our queue.
#[derive(Debug)]
pub(super) struct Deadline {
    limit: Duration,
    started: Instant,
    paused: Duration,
}

impl Deadline {
    pub(super) fn after(limit: Duration) -> Self {
        Self {
            limit,
            started: Instant::now(),
            paused: Duration::ZERO,
        }
    }

    /// Awaits `waiting` off the clock.
    pub(super) async fn pausing<T>(&mut self, waiting: impl Future<Output = T>) -> T {
        let began = Instant::now();
        let outcome = waiting.await;
        self.paused += began.elapsed();
        outcome
    }

    /// What is left of the time.
    pub(super) fn remaining(&self) -> Duration {
        let used = self.started.elapsed().saturating_sub(self.paused);
        self.limit.saturating_sub(used)
    }

    /// Awaits `work` for what is left of the time.
    pub(super) async fn bound<T>(
        &self,
        host: &str,
        work: impl Future<Output = T>,
    ) -> Result<T, Error> {
        timeout(self.remaining(), work)
            .await
            .map_err(|_| timed_out(host, Phase::Download))
    }

    /// Awaits the response to a request for `limit` or what is left of the time, whichever is shorter.
    pub(super) async fn bound_first_byte<T>(
        &self,
        host: &str,
        (limit, work): (Duration, impl Future<Output = T>),
    ) -> Result<T, Error> {
        let remaining = self.remaining();
        let (limit, phase) = if limit < remaining {
            (limit, Phase::FirstByte)
        } else {
            (remaining, Phase::Download)
        };
        timeout(limit, work)
            .await
            .map_err(|_| timed_out(host, phase))
    }
}

/// The error of a passed limit.
pub(super) fn timed_out(host: &str, phase: Phase) -> Error {
    Error::Timeout {
        host: host.to_owned(),
        phase,
    }
}
