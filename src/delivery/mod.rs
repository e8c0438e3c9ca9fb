//! One request for an image, from its parsed URL to bytes: the use case that everything else serves.
//!
//! Knows no HTTP. What is held is looked at first and answered without waiting for anybody; what is not held is
//! fetched, planned and made once, by one flight that every request for it joins. What is held past its time
//! is better than an error.

mod admission;
mod ask;
mod delivered;
mod error;
mod explain;
mod flight;
mod gather;
mod leases;
mod payload;
mod refine;
pub mod scopes;
mod stale;
mod standing_in;
mod still;

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

pub use ask::{Ask, record_key};
pub use delivered::Delivered;
pub use error::Error;
pub use explain::{Explained, KeptFailure, Standing};
pub use payload::{FilePayload, Payload};
pub use refine::{RefineConfig, RefineCounts, RefineParts, Refinery, Replaced};
pub use still::Still;

use crate::cache::{
    Allowance, Cache, Digest, Entry, Failure, Flights, Hit, Key, Lookup, Negative, Role, Sequence,
    Tier,
};
use crate::clock::{Clock, Timestamp};
use crate::request::{InfoRequest, Request};
use crate::source::{Fetcher, Streamed, TransferBudget};
use crate::telemetry::{Outcome, Phases};
use crate::transform::ask::Variant;
use crate::transform::plan::Defaults;
use crate::workers::Workers;
use flight::Made;
use gather::Era;
use leases::Leases;
use stale::Turns;

/// Failures that are kept at once, of each kind.
const MAX_KEPT_ERRORS: u64 = 16 * 1024;
/// However long a source asks to be left alone.
const LONGEST_KEPT_ERROR: Duration = Duration::from_secs(60);
/// Entries that are written to disk behind their answers at once; past it an answer waits for its own.
const PUBLISHING: u32 = 32;
/// Entries that are queued for more work behind their answers at once; past it they wait for their turn.
const QUEUEING: u32 = 8;

/// What delivery is told by the settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// How long a request may take.
    pub timeout: Duration,
    /// How long a flight may take whoever waits for it.
    pub flight_timeout: Duration,
    /// How long a failure is answered from memory before it is tried again.
    pub error_ttl: Duration,
    /// Whether what origins say of caching counts.
    pub heeds_origins: bool,
    /// Largest source in bytes, also for sources that are held already.
    pub max_source_bytes: u64,
    /// Settings that decide bytes.
    pub defaults: Defaults,
    /// The watermark of URLs that ask for one and name none.
    pub watermark: Option<Arc<Still>>,
    /// What is shown where a source cannot be had.
    pub fallback: Option<Arc<Still>>,
}

/// Everything delivery works with.
pub struct Parts {
    /// What is held.
    pub cache: Arc<Cache>,
    /// Who fetches.
    pub fetcher: Arc<Fetcher>,
    /// Memory that answers on their way have to themselves; past it they share the fetcher's.
    pub answers: TransferBudget,
    /// Who makes pixels.
    pub workers: Arc<Workers>,
    /// Who makes files smaller that were answered already; `None` where that is switched off.
    pub refinery: Option<Arc<Refinery>>,
    /// The time.
    pub clock: Clock,
    /// The runtime that flights run on, whatever becomes of the connections that wait for them.
    pub runtime: Handle,
}

/// The use case; one for the process.
pub struct Delivery {
    config: Config,
    parts: Parts,
    /// By what is asked for and the last purge that concerns it: nobody joins what began before.
    flights: Flights<(Key, Sequence), Made, Error>,
    /// Failures to fetch, by source and the last purge that concerns it.
    failed_fetches: Negative<(Key, Sequence), Error>,
    /// Failures to make pixels, by digest of the source's bytes, the flight's key, and the last purge before them.
    failed_work: Negative<(Digest, Key, Sequence), Error>,
    leases: Leases,
    turns: Turns,
    /// Entries that are held in memory are written to disk behind the answer, this many at once.
    publishing: Arc<Semaphore>,
    /// Entries are queued for more work behind the answer, this many at once.
    queueing: Arc<Semaphore>,
}

/// What is asked for, as it came.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'r> {
    /// The parsed URL.
    pub request: &'r Arc<Request>,
    /// Its path as it was sent.
    pub path: &'r str,
    /// What the client's headers chose.
    pub variant: Variant,
    /// The client's headers.
    pub headers: &'r http::HeaderMap,
}

impl Delivery {
    /// Puts the use case together.
    pub fn new(config: Config, parts: Parts) -> Self {
        Self {
            flights: Flights::new(parts.runtime.clone(), config.flight_timeout),
            failed_fetches: Negative::new(MAX_KEPT_ERRORS, LONGEST_KEPT_ERROR, parts.clock.clone()),
            failed_work: Negative::new(MAX_KEPT_ERRORS, LONGEST_KEPT_ERROR, parts.clock.clone()),
            leases: Leases::new(parts.answers.clone(), parts.fetcher.budget().clone()),
            turns: Turns::default(),
            publishing: Arc::new(Semaphore::new(PUBLISHING as usize)),
            queueing: Arc::new(Semaphore::new(QUEUEING as usize)),
            config,
            parts,
        }
    }

    /// Whether headers of the client go to the source, so that what is made is for nobody else.
    pub fn passes(&self, wanted: &Wanted<'_>) -> bool {
        let source = &wanted.request.source;
        !self.parts.fetcher.passed(source, wanted.headers).is_none()
    }

    /// Names the image that is asked for.
    pub fn ask(&self, wanted: Wanted<'_>) -> Ask {
        let request = wanted.request;
        let passed = self.parts.fetcher.passed(&request.source, wanted.headers);
        let defaults = &self.config.defaults;
        Ask::image(Arc::clone(request), wanted.variant, passed, defaults).by(wanted.path)
    }

    /// Names what is asked about a source.
    pub fn ask_info(&self, request: &Arc<InfoRequest>, headers: &http::HeaderMap) -> Ask {
        let passed = self.parts.fetcher.passed(&request.source, headers);
        Ask::info(Arc::clone(request), passed)
    }

    /// The answer that needs no waiting: a refusal, or a fresh image held in memory. `None` when
    /// [`Delivery::deliver`] must be asked.
    pub fn deliver_held(self: &Arc<Self>, ask: &Ask) -> Option<Result<Delivered, Error>> {
        if let Err(refusal) = self.admit(ask) {
            return Some(Err(refusal));
        }
        if ask.answer().bypass_cache {
            return None;
        }
        match self
            .parts
            .cache
            .lookup_memory(&ask.key, &ask.source_key, &ask.recipe)?
        {
            Lookup::Fresh(hit) => Some(self.held(ask, hit, Outcome::HitMemory)),
            _ => None,
        }
    }

    /// The image that is asked for, from wherever it is quickest.
    ///
    /// Dropping the future gives up the wait; the flight goes on for others, or ends if there are none.
    ///
    /// # Errors
    ///
    /// Every way in which an image cannot be delivered.
    pub async fn deliver(self: &Arc<Self>, ask: &Ask) -> Result<Delivered, Error> {
        self.admit(ask)?;
        if ask.answer().bypass_cache {
            let made = self.make(ask, None).await?;
            return Ok(Delivered {
                outcome: Outcome::Bypass,
                ..made
            });
        }
        match self
            .parts
            .cache
            .lookup(&ask.key, &ask.source_key, &ask.recipe)
            .await
        {
            Lookup::Fresh(hit) => {
                let outcome = outcome(hit.tier);
                self.held(ask, hit, outcome)
            }
            Lookup::Stale(hit, reason, grace) => {
                self.deliver_stale(ask, hit, (reason, grace)).await
            }
            Lookup::Miss => self.make(ask, None).await,
        }
    }

    /// The source as it is, neither identified nor stored.
    ///
    /// # Errors
    ///
    /// Every way in which a source cannot be opened.
    pub async fn stream(
        self: &Arc<Self>,
        request: &Request,
        headers: &http::HeaderMap,
    ) -> Result<Streamed, Error> {
        self.check_expiry(&request.answer)?;
        let fetcher = &self.parts.fetcher;
        let passed = fetcher.passed(&request.source, headers);
        Ok(fetcher.stream(&request.source, headers, &passed).await?)
    }

    /// Waits until every entry that was answered is on disk too, and in the queue and the shared store where it is to
    /// be, each for as long as `patience`.
    pub async fn settle(&self, patience: Duration) {
        // A timeout loses entries that will be made again; there is nobody to tell.
        let _ = tokio::time::timeout(patience, self.publishing.acquire_many(PUBLISHING)).await;
        let _ = tokio::time::timeout(patience, self.queueing.acquire_many(QUEUEING)).await;
        self.parts.cache.settle(patience).await;
    }

    /// Drops kept failures that have run out; called from time to time.
    pub fn maintain(&self) {
        self.failed_fetches.maintain();
        self.failed_work.maintain();
        self.parts.cache.maintain();
    }

    /// Switches on or off that more work is put into files, where it was on at the start.
    pub fn switch_refining(&self, is_on: bool) {
        if let Some(refinery) = &self.parts.refinery {
            refinery.switch(is_on);
        }
    }

    /// Stops putting more work into files; what is under way is left to the next process.
    pub fn stop_refining(&self) {
        if let Some(refinery) = &self.parts.refinery {
            refinery.stop();
        }
    }

    /// Flights under way.
    pub fn flights(&self) -> usize {
        self.flights.len()
    }

    fn held(self: &Arc<Self>, ask: &Ask, hit: Hit, outcome: Outcome) -> Result<Delivered, Error> {
        self.recheck(ask, &hit.entry)?;
        self.note_hit(ask, &hit.entry);
        self.delivered(ask, (hit.entry, hit.allowance), outcome, Phases::default())
    }

    fn delivered(
        &self,
        ask: &Ask,
        (entry, allowance): (Arc<Entry>, Allowance),
        outcome: Outcome,
        phases: Phases,
    ) -> Result<Delivered, Error> {
        let digest = entry.header.body_digest;
        let body = self
            .leases
            .lease(ask.key, digest, &entry.body)
            .ok_or(Error::Congested)?;
        Ok(Delivered {
            is_provisional: self.is_provisional(ask, &entry),
            entry,
            body,
            outcome,
            phases,
            stands_in: None,
            allowance,
            private: !ask.passed.is_none(),
        })
    }

    /// Joins or starts the flight for `ask`. `held` is an entry that a 304 of its source would renew.
    async fn make(
        self: &Arc<Self>,
        ask: &Ask,
        held: Option<Arc<Entry>>,
    ) -> Result<Delivered, Error> {
        let (delivery, task, era) = (Arc::clone(self), ask.clone(), self.era(ask));
        let waiter = self
            .flights
            .join((ask.flight, era.floor()), move |phase| async move {
                delivery.fly(task, (era, held), phase).await
            });
        let role = waiter.role();
        let limit = self.config.timeout;
        let made = waiter.wait(limit).await.map_err(|failure| match failure {
            Failure::Work(error) => error,
            Failure::TimedOut => Error::Timeout { limit },
            Failure::Lost => Error::Internal("a flight ended without a result"),
        })?;
        self.recheck(ask, &made.entry)?;
        let (outcome, phases) = match (role, made.renewed) {
            (_, true) => (Outcome::Revalidated, made.phases),
            (Role::Leader, false) => (Outcome::Miss, made.phases),
            (Role::Follower, false) => (Outcome::Coalesced, Phases::default()),
        };
        self.delivered(ask, (made.entry, made.allowance), outcome, phases)
    }

    /// The purges that are known now, as they concern `ask`.
    fn era(&self, ask: &Ask) -> Era {
        // The number is read before the floor: a purge between the two is taken for a later one, which costs a fetch.
        let sequence = self.parts.cache.newest_purge();
        Era {
            sequence,
            floor: self.parts.cache.floor(&ask.scopes()),
        }
    }

    fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }
}

fn outcome(tier: Tier) -> Outcome {
    match tier {
        Tier::Memory => Outcome::HitMemory,
        Tier::Disk => Outcome::HitDisk,
        Tier::Shared => Outcome::HitShared,
    }
}
