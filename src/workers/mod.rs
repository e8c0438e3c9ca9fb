//! Where pixels are made: admission, and threads that do nothing else.
//!
//! A job is a plain value and so is its outcome: neither knows URLs, caches or clients. Memory and a thread
//! are held for CPU work only, never while bytes come from an origin or go to a client.

mod admission;
mod pool;

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bytes::Bytes;

use crate::identify::Facts;
use crate::image;
use crate::transform::info::{self, InfoAsk};
use crate::transform::pipeline::{self, Abort, Derivative, Mark};
use crate::transform::plan::Plan;

use admission::{Limits, Refusal};
use pool::{Lost, Pool, Priority, Ran};

/// Whole seconds that a client is told to wait when it is turned away.
const RETRY_AFTER_SECS: std::ops::RangeInclusive<u64> = 1..=30;

/// How often searches that stand still look whether they may go on.
const LOOK_EVERY: Duration = Duration::from_millis(20);

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
    /// What to do.
    pub task: Task,
}

/// What is made of a source; it states how much memory that takes.
#[derive(Clone, Debug)]
pub enum Task {
    /// A derivative.
    Image {
        /// How.
        plan: Box<Plan>,
        /// The watermark, where the plan needs one and there is one.
        mark: Option<Mark>,
    },
    /// What is known of the source, as JSON.
    Info(Box<InfoAsk>),
}

/// What a task made.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    /// The file.
    pub bytes: Vec<u8>,
    /// The name of its format.
    pub format: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// Its width in pixels, as seen; 0 for what is no image.
    pub width: u32,
    /// Its height in pixels, as seen; 0 for what is no image.
    pub height: u32,
    /// How good it looks, where that was measured: SSIMULACRA2.
    pub score: Option<f64>,
}

impl Job {
    /// The most bytes that it holds at any time, the source left out.
    fn peak_bytes(&self) -> u64 {
        match &self.task {
            Task::Image { plan, .. } => plan.peak_bytes(),
            Task::Info(ask) => info::peak_bytes(&self.facts, ask),
        }
    }

    fn run(&self, abort: &Abort) -> Result<Product, Error> {
        match self.made(abort) {
            Err(_) if abort.is_stopped() => Err(Error::Stopped),
            made => Ok(made?),
        }
    }

    fn made(&self, abort: &Abort) -> Result<Product, image::Error> {
        match &self.task {
            Task::Image { plan, mark } => {
                let source = (&*self.source, &self.facts);
                pipeline::run_unless(source, plan, mark.as_ref(), abort).map(Product::from)
            }
            Task::Info(ask) => Ok(Product {
                bytes: info::report(&self.source, &self.facts, ask)?,
                format: "json",
                media_type: "application/json",
                width: 0,
                height: 0,
                score: None,
            }),
        }
    }
}

impl From<Derivative> for Product {
    fn from(derivative: Derivative) -> Self {
        Self {
            bytes: derivative.bytes,
            format: derivative.format.name(),
            media_type: derivative.format.media_type(),
            width: derivative.width,
            height: derivative.height,
            score: derivative.score,
        }
    }
}

/// What a job came to, and what it cost.
#[derive(Debug)]
pub struct Outcome {
    /// What the task made.
    pub product: Product,
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
    /// The workers were stopped before the job started, or while it searched.
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
pub struct Workers {
    pool: Pool,
    /// Told to those that search.
    abort: Arc<Abort>,
}

impl Workers {
    /// Starts the threads.
    ///
    /// # Errors
    /// Where the system gives no more threads.
    pub fn start(config: Config) -> io::Result<Self> {
        Self::with_priority(config, Priority::BelowServing, Abort::default())
    }

    /// The same, for work that nobody waits for: its threads run where nothing else wants to, and searches stand still
    /// while the `others` are busy.
    ///
    /// # Errors
    /// As [`Workers::start`].
    pub fn start_lowest(config: Config, others: Arc<Self>) -> io::Result<Self> {
        let abort = Abort::giving_way(move |abort| {
            while !abort.is_stopped() && !others.pool.is_calm() {
                thread::sleep(LOOK_EVERY);
            }
        });
        Self::with_priority(config, Priority::Lowest, abort)
    }

    fn with_priority(config: Config, priority: Priority, abort: Abort) -> io::Result<Self> {
        let limits = Limits {
            threads: config.threads.max(1),
            queue: config.queue,
            memory_bytes: config.pixel_memory_bytes,
        };
        let pool = Pool::start(limits, priority)?;
        let abort = Arc::new(abort);
        Ok(Self { pool, abort })
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
        let needed_bytes = job.peak_bytes();
        let abort = Arc::clone(&self.abort);
        let work = move || match on_start() {
            true => job.run(&abort),
            false => Err(Error::Stopped),
        };
        match self.pool.run(needed_bytes, work).await {
            Ok(ran) => outcome(ran),
            Err(lost) => Err(self.explain(lost, needed_bytes)),
        }
    }

    /// Refuses work while the queue is full, before its source is fetched for nothing.
    ///
    /// # Errors
    /// [`Error::Overloaded`].
    pub fn check_room(&self) -> Result<(), Error> {
        let room = self.pool.check_room();
        room.map_err(|lost| self.explain(lost, 0))
    }

    /// Waits until there has been time to spare for a while: then nobody is kept waiting by other work.
    pub async fn calm(&self) {
        self.pool.calm().await;
    }

    /// What is queued and taken now.
    pub fn gauges(&self) -> Gauges {
        self.pool.gauges()
    }

    /// Refuses new jobs, drops those that have not started, and has those that search for a file end without one.
    pub fn halt(&self) {
        self.abort.stop();
        self.pool.close();
    }

    /// The same, and blocks until those that have started are done.
    pub fn stop(&self) {
        self.halt();
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

fn outcome(ran: Ran<Result<Product, Error>>) -> Result<Outcome, Error> {
    Ok(Outcome {
        product: ran.value?,
        queued: ran.queued,
        worked: ran.worked,
    })
}

fn retry_after(wait: Duration) -> Duration {
    let secs = wait.as_secs_f64().ceil() as u64;
    Duration::from_secs(secs.clamp(*RETRY_AFTER_SECS.start(), *RETRY_AFTER_SECS.end()))
}

#[cfg(test)]
mod tests;
