//! One request for an image, from its parsed URL to bytes: the use case that everything else serves.
//!
//! Knows no HTTP. What is held is looked at first and answered without waiting for anybody; what is not held is
//! fetched, planned and made once, by one flight that every request for it joins. What is held past its time
//! is better than an error.

mod ask;
mod error;
mod flight;
mod leases;
mod outcome;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

pub use ask::Ask;
pub use error::Error;
pub use outcome::{Outcome, Timings};

use crate::cache::{Cache, Entry, Flights, Key, Kept, Lookup, StaleReason, Tier};
use crate::clock::{Clock, Timestamp};
use crate::identify::Format;
use crate::source::{Fetcher, TransferBudget};
use crate::transform::plan::Defaults;
use crate::workers::Workers;
use flight::Made;
use leases::Leases;

/// What delivery is told by the settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// How long a request may take.
    pub timeout: Duration,
    /// How long a flight may take whoever waits for it.
    pub flight_timeout: Duration,
    /// How long a failure is answered from memory before it is tried again.
    pub error_ttl: Duration,
    /// Most failures that are kept.
    pub max_kept_errors: u64,
    /// Largest source in bytes, also for sources that are held already.
    pub max_source_bytes: u64,
    /// Settings that decide bytes.
    pub defaults: Defaults,
}

/// Everything delivery works with.
pub struct Parts {
    /// What is held.
    pub cache: Arc<Cache>,
    /// Who fetches.
    pub fetcher: Arc<Fetcher>,
    /// Who makes pixels.
    pub workers: Arc<Workers>,
    /// Bytes in flight, shared with the fetcher.
    pub transfers: TransferBudget,
    /// The time.
    pub clock: Clock,
    /// The runtime that flights run on, whatever becomes of the connections that wait for them.
    pub runtime: Handle,
}

/// The use case; one for the process.
pub struct Delivery {
    config: Config,
    parts: Parts,
    flights: Flights<Key, Made, Error>,
    /// Failures to fetch, by source.
    failed_sources: Kept<Key, Error>,
    /// Failures to make pixels, by digest of the source's bytes and recipe.
    failed_work: Kept<([u8; 32], Key), Error>,
    leases: Leases,
    /// Entries of an old recipe are remade one at a time.
    remakes: Arc<Semaphore>,
}

/// An image, ready to be sent.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// What is known of it.
    pub entry: Arc<Entry>,
    /// Its bytes, holding their share of the transfer budget.
    pub body: Bytes,
    /// Where it came from.
    pub outcome: Outcome,
    /// What it cost.
    pub timings: Timings,
}

impl Delivered {
    /// A strong ETag made from the bytes: quotes and 22 letters of base64.
    pub fn etag(&self) -> String {
        self.entry.header.etag()
    }

    /// Last-Modified of the source, as its origin spelled it.
    pub fn last_modified(&self) -> Option<&str> {
        self.entry.header.last_modified.as_deref()
    }

    /// The format of the bytes.
    pub fn format(&self) -> Format {
        Format::from_name(&self.entry.header.format).expect("entries are stored under a format's name")
    }
}

impl Delivery {
    /// Puts the use case together.
    pub fn new(config: Config, parts: Parts) -> Self {
        Self {
            flights: Flights::new(parts.runtime.clone()),
            failed_sources: Kept::new(config.max_kept_errors, parts.clock.clone()),
            failed_work: Kept::new(config.max_kept_errors, parts.clock.clone()),
            leases: Leases::new(parts.transfers.clone()),
            remakes: Arc::new(Semaphore::new(1)),
            config,
            parts,
        }
    }

    /// Names what is asked for.
    pub fn ask(&self, request: crate::request::Request, variant: crate::transform::ask::Variant) -> Ask {
        Ask::new(request, variant, &self.config.defaults)
    }

    /// The answer that needs no waiting: a refusal, or a fresh image held in memory. `None` when
    /// [`Delivery::deliver`] must be asked.
    pub fn deliver_held(&self, ask: &Ask) -> Option<Result<Delivered, Error>> {
        if let Err(refusal) = self.admit(ask) {
            return Some(Err(refusal));
        }
        match self.parts.cache.lookup_memory(&ask.key, &ask.source_key, &ask.recipe)? {
            Lookup::Fresh(entry, _) => Some(self.held(ask, entry, Outcome::MemoryHit)),
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
    pub async fn deliver(self: &Arc<Self>, ask: Ask) -> Result<Delivered, Error> {
        self.admit(&ask)?;
        let limit = self.config.timeout;
        match self.parts.cache.lookup(&ask.key, &ask.source_key, &ask.recipe).await {
            Lookup::Fresh(entry, Tier::Memory) => self.held(&ask, entry, Outcome::MemoryHit),
            Lookup::Fresh(entry, Tier::Disk) => self.held(&ask, entry, Outcome::DiskHit),
            Lookup::Stale(entry, _, StaleReason::Recipe) => {
                self.remake_later(&ask);
                self.held(&ask, entry, Outcome::Stale)
            }
            Lookup::Stale(entry, _, reason) => {
                let held = (reason == StaleReason::Expired).then(|| Arc::clone(&entry));
                match within(limit, self.make(ask.clone(), held)).await {
                    Err(error) if error.is_passing() => self.held(&ask, entry, Outcome::Stale),
                    made => made,
                }
            }
            Lookup::Miss => within(limit, self.make(ask, None)).await,
        }
    }

    /// Refuses what must not even be answered from what is held.
    fn admit(&self, ask: &Ask) -> Result<(), Error> {
        if let Some(at) = ask.request.answer.expires.filter(|at| *at <= self.parts.clock.now().as_secs()) {
            return Err(Error::Expired { at });
        }
        self.parts.fetcher.permits(&ask.request.source)?;
        Ok(())
    }

    fn held(&self, ask: &Ask, entry: Arc<Entry>, outcome: Outcome) -> Result<Delivered, Error> {
        self.recheck(&entry)?;
        self.delivered(ask, entry, outcome, Timings::default())
    }

    /// Limits are no part of the key: one that was lowered since binds what is held too.
    fn recheck(&self, entry: &Entry) -> Result<(), Error> {
        let header = &entry.header;
        let defaults = &self.config.defaults;
        let source_pixels = u64::from(header.source_width) * u64::from(header.source_height);
        let limit = if defaults.max_src_pixels > 0 && source_pixels > defaults.max_src_pixels {
            "source pixels"
        } else if self.config.max_source_bytes > 0 && header.source_bytes > self.config.max_source_bytes {
            "source bytes"
        } else {
            return Ok(());
        };
        let format = Format::from_name(&header.format).unwrap_or(Format::Jpeg);
        Err(Error::PastLimit { format, limit })
    }

    fn delivered(&self, ask: &Ask, entry: Arc<Entry>, outcome: Outcome, timings: Timings) -> Result<Delivered, Error> {
        let digest = entry.header.checksum;
        let body = self.leases.lease(ask.key, digest, &entry.body).ok_or(Error::Congested)?;
        Ok(Delivered { entry, body, outcome, timings })
    }

    /// Joins or starts the flight for `ask`. `held` is an entry that a 304 of its source would renew.
    async fn make(self: &Arc<Self>, ask: Ask, held: Option<Arc<Entry>>) -> Result<Delivered, Error> {
        let (delivery, task) = (Arc::clone(self), ask.clone());
        let waiter = self.flights.join(ask.key, move |stage| async move { delivery.fly(task, held, stage).await });
        let leads = waiter.is_leader();
        let made = waiter.wait().await?;
        let outcome = match (leads, made.renewed) {
            (_, true) => Outcome::Revalidated,
            (true, false) => Outcome::Miss,
            (false, false) => Outcome::Coalesced,
        };
        let timings = if leads { made.timings } else { Timings::default() };
        self.delivered(&ask, made.entry, outcome, timings)
    }

    /// Makes the entry anew behind the stale answer, one at a time over the process; if one is under way
    /// already, a later request will ask again.
    fn remake_later(self: &Arc<Self>, ask: &Ask) {
        let Ok(turn) = Arc::clone(&self.remakes).try_acquire_owned() else { return };
        let (delivery, ask) = (Arc::clone(self), ask.clone());
        self.parts.runtime.spawn(async move {
            if let Err(error) = delivery.make(ask, None).await {
                tracing::info!(%error, "an entry of an old recipe was not remade");
            }
            drop(turn);
        });
    }

    fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::time::timeout(limit, work).await.unwrap_or(Err(Error::Timeout { limit }))
}
