//! Where pixels are made: admission, and threads that do nothing else.
//!
//! A job is a plain value and so is its outcome: neither knows URLs, caches or clients. Memory and a thread
//! are held for CPU work only, never while bytes come from an origin or go to a client.

mod admission;
mod pool;

use std::io;
use std::time::Duration;

use bytes::Bytes;

use crate::identify::Facts;
use crate::image;
use crate::transform::pipeline::{self, Derivative, Mark};
use crate::transform::plan::Plan;

use admission::{Limits, Refusal};
use pool::{Lost, Pool, Ran};

/// Whole seconds that a client is told to wait when it is turned away.
const RETRY_AFTER_SECS: std::ops::RangeInclusive<u64> = 1..=30;

/// How many jobs run, how many wait, and how much memory they take together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Threads that make pixels, at least 1.
    pub threads: usize,
    /// Jobs that may wait for a thread or for memory; past it they are refused at once.
    pub queue: usize,
    /// Memory that the plans of all running jobs may take together, in bytes.
    pub pixel_memory_bytes: u64,
}

/// Source bytes, what they are, and what to make of them.
#[derive(Clone, Debug)]
pub struct Job {
    /// The whole source.
    pub source: Bytes,
    /// What its header declares.
    pub facts: Facts,
    /// What to do; it states how much memory that takes.
    pub plan: Plan,
    /// The file that is laid over the result, where the plan asks for one.
    pub mark: Option<Mark>,
}

/// What a job came to, and what it cost.
#[derive(Debug)]
pub struct Outcome {
    /// The bytes that the plan made.
    pub derivative: Derivative,
    /// Time from the call to the start of the work.
    pub queued: Duration,
    /// Time of the work itself.
    pub worked: Duration,
}

/// Why there is no outcome.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The queue is full. Nobody's fault; worth a retry.
    #[error("too many images are waiting, try again in {} s", retry_after.as_secs())]
    Overloaded {
        /// When a retry may find room: whole seconds, guessed from the queue and the time of recent jobs.
        retry_after: Duration,
    },
    /// The plan needs more memory than all jobs together may have. The request's fault.
    #[error("the image needs {needed_bytes} bytes of memory, and {budget_bytes} is the budget")]
    TooLarge {
        /// What the plan needs.
        needed_bytes: u64,
        /// What there is.
        budget_bytes: u64,
    },
    /// The pipeline failed.
    #[error(transparent)]
    Failed(#[from] image::Error),
    /// The pipeline panicked; its thread lives on. Our fault.
    #[error("the image pipeline panicked")]
    Panicked,
    /// The workers were stopped before the job started.
    #[error("the workers are stopped")]
    Stopped,
}

/// The state of the workers at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gauges {
    /// Jobs that wait.
    pub queued: usize,
    /// How many may wait.
    pub queue_limit: usize,
    /// Jobs that hold a thread.
    pub running: usize,
    /// Threads.
    pub threads: usize,
    /// Memory that running jobs hold, in bytes.
    pub reserved_bytes: u64,
    /// Memory that they may hold together, in bytes.
    pub budget_bytes: u64,
}

/// The threads that make pixels, and the queue before them.
///
/// Dropping it lets running jobs end and drops the others; [`Workers::stop`] also waits.
#[derive(Debug)]
pub struct Workers {
    pool: Pool,
}

impl Workers {
    /// Starts the threads.
    ///
    /// # Errors
    /// Where the system gives no more threads.
    pub fn start(config: Config) -> io::Result<Self> {
        let limits = Limits {
            threads: config.threads.max(1),
            queue: config.queue,
            memory_bytes: config.pixel_memory_bytes,
        };
        Pool::start(limits).map(|pool| Self { pool })
    }

    /// Runs a job: oldest first, once a thread and the memory of its plan are free.
    ///
    /// `on_start` is called on the worker's thread as the job starts; where it says no, the job ends there.
    /// Dropping the future before that drops the job; one that runs finishes, its outcome unseen.
    ///
    /// # Errors
    /// See [`Error`]; overload and size are told at once, before any waiting.
    pub async fn run(
        &self,
        job: Job,
        on_start: impl FnOnce() -> bool + Send + 'static,
    ) -> Result<Outcome, Error> {
        let needed_bytes = job.plan.peak_bytes();
        let work = move || match on_start() {
            true => Ok(pipeline::run(
                &job.source,
                &job.facts,
                &job.plan,
                job.mark.as_ref(),
            )?),
            false => Err(Error::Stopped),
        };
        match self.pool.run(needed_bytes, work).await {
            Ok(ran) => outcome(ran),
            Err(lost) => Err(self.explain(lost, needed_bytes)),
        }
    }

    /// What is queued and taken now.
    pub fn gauges(&self) -> Gauges {
        self.pool.gauges()
    }

    /// Refuses new jobs, drops those that have not started, and blocks until those that have are done.
    pub fn stop(&self) {
        self.pool.stop();
    }

    fn explain(&self, lost: Lost, needed_bytes: u64) -> Error {
        match lost {
            Lost::Refused(Refusal::Full, wait) => Error::Overloaded {
                retry_after: retry_after(wait),
            },
            Lost::Refused(Refusal::TooLarge, _) => Error::TooLarge {
                needed_bytes,
                budget_bytes: self.gauges().budget_bytes,
            },
            Lost::Panicked => Error::Panicked,
            Lost::Stopped => Error::Stopped,
        }
    }
}

fn outcome(ran: Ran<Result<Derivative, Error>>) -> Result<Outcome, Error> {
    Ok(Outcome {
        derivative: ran.value?,
        queued: ran.queued,
        worked: ran.worked,
    })
}

fn retry_after(wait: Duration) -> Duration {
    let secs = wait.as_secs_f64().ceil() as u64;
    Duration::from_secs(secs.clamp(*RETRY_AFTER_SECS.start(), *RETRY_AFTER_SECS.end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_whole_seconds_within_bounds() {
        for (wait_millis, secs) in [(0, 1), (999, 1), (1_001, 2), (29_500, 30), (900_000, 30)] {
            let wait = Duration::from_millis(wait_millis);
            assert_eq!(retry_after(wait), Duration::from_secs(secs), "{wait:?}");
        }
    }
}
