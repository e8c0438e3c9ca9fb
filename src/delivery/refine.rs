//! Putting more work into what was answered already: the refined stage.
//!
//! An answer that somebody waited for is made quickly. Where more work makes it smaller, a job is queued behind the
//! answer, with the source's bytes; nothing is ever fetched for it. It runs on threads of its own while nobody waits
//! for pixels, and what comes of it takes the place of the entry, unless that was purged, remade or evicted meanwhile.
//! While a job of an entry is queued or running, clients are told to ask again soon. However a job ends, its entry
//! counts as refined from then on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use tokio::sync::Notify;

use super::Delivery;
use super::ask::{Ask, Origin, Product};
use super::scopes::Named;
use crate::cache::{Backlog, BacklogPlace, Digest, Entry, Key, Refusal, Stage};
use crate::request::{Request, SourceUrl};
use crate::transform::plan::Plan;
use crate::workers::Workers;
use hits::Hits;
use payload::Payload;

mod hits;
mod payload;
mod run;
mod successor;

/// What refining is told by the settings.
#[derive(Clone, Copy, Debug)]
pub struct RefineConfig {
    /// Jobs at a time.
    pub threads: usize,
    /// Hits after which an entry is worth more work; 0 is at once.
    pub hits: u32,
    /// Files that are shorter are not worth it.
    pub min_bytes: u64,
    /// Results of more pixels are not tried; 0 is no limit.
    pub max_pixels: u64,
}

/// A file that was replaced by a better one.
#[derive(Clone, Copy, Debug)]
pub struct Replaced<'a> {
    /// The path by which it was asked for.
    pub path: &'a str,
    /// What caches in front of us may know it by.
    pub named: Named<'a>,
}

/// Reads a path with the presets of today, whatever its signature says.
type Read = Box<dyn Fn(&str) -> Option<Request> + Send + Sync>;
/// Is told of what was replaced.
type Observer = Box<dyn Fn(&Replaced<'_>) + Send + Sync>;

/// Everything that refining works with.
pub struct RefineParts {
    /// What is put off.
    pub backlog: Arc<Backlog>,
    /// Threads of its own.
    pub workers: Workers,
    /// Reads the paths of jobs.
    pub read: Read,
    /// Told of what was replaced.
    pub observer: Observer,
}

/// The refined stage; one for the process.
pub struct Refinery {
    config: RefineConfig,
    parts: RefineParts,
    hits: Hits,
    counts: Counts,
    /// Whether anything is queued or begun just now.
    is_on: AtomicBool,
    /// Rung when a job was queued, and when it is switched on.
    bell: Notify,
}

/// What refining has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefineCounts {
    /// Files that were replaced by better ones.
    pub refined: u64,
    /// Files of which nothing better was found.
    pub unchanged: u64,
    /// Jobs that there was no room for, or that could not be written.
    pub refused: u64,
    /// Jobs that were given up: begun too often, or without their source.
    pub abandoned: u64,
    /// Jobs that failed.
    pub failed: u64,
    /// Jobs whose entry was purged, remade or evicted.
    pub dropped: u64,
    /// Bytes that files became shorter by.
    pub saved_bytes: u64,
    /// Jobs that are queued or running.
    pub pending: u64,
    /// Bytes of jobs and their sources.
    pub pending_bytes: u64,
}

#[derive(Debug, Default)]
struct Counts {
    refined: AtomicU64,
    unchanged: AtomicU64,
    refused: AtomicU64,
    abandoned: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
    saved_bytes: AtomicU64,
}

/// What became of wanting to queue something.
pub(super) enum Queueing {
    /// It is not worth more work, or not now.
    Unwanted,
    /// There is no room, and there will be no second try.
    Refused,
    /// It has a place.
    Queued(Queued),
}

/// A job that has a place in the queue and is still to be written.
pub(super) struct Queued {
    place: BacklogPlace,
    source: Bytes,
}

impl Refinery {
    /// Puts it together; nothing runs yet.
    pub fn new(config: RefineConfig, parts: RefineParts) -> Self {
        Self {
            config,
            parts,
            hits: Hits::default(),
            counts: Counts::default(),
            is_on: AtomicBool::new(true),
            bell: Notify::new(),
        }
    }

    /// Switches it on or off, from the next request and the next job on. What is queued stays queued.
    pub fn switch(&self, is_on: bool) {
        self.is_on.store(is_on, Ordering::Relaxed);
        self.bell.notify_one();
    }

    fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Relaxed)
    }

    /// What it has come to.
    pub fn counts(&self) -> RefineCounts {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &self.counts;
        RefineCounts {
            refined: load(&counts.refined),
            unchanged: load(&counts.unchanged),
            refused: load(&counts.refused),
            abandoned: load(&counts.abandoned),
            failed: load(&counts.failed),
            dropped: load(&counts.dropped),
            saved_bytes: load(&counts.saved_bytes),
            pending: self.parts.backlog.len() as u64,
            pending_bytes: self.parts.backlog.bytes(),
        }
    }

    /// Takes out the jobs on `source`, and its bytes; answers how many there were. Blocks.
    pub fn withdraw(&self, source: &SourceUrl) -> usize {
        let names = |payload: &[u8]| {
            let path = Payload::decode(payload).map(|payload| payload.path);
            let request = path.and_then(|path| (self.parts.read)(path));
            // What is not understood any more may be of any source.
            request.is_none_or(|request| request.source == *source)
        };
        self.parts.backlog.withdraw(names)
    }

    /// Takes nothing more; what runs ends soon, is left to the next process, and does not count as tried.
    pub(super) fn stop(&self) {
        self.parts.backlog.close();
        self.parts.workers.halt();
    }

    /// Whether more work is put into what this plan makes.
    fn improves(&self, plan: &Plan) -> bool {
        let pixels = u64::from(plan.width()) * u64::from(plan.height());
        let most = self.config.max_pixels;
        let fits = most == 0 || pixels <= most;
        let budget_bytes = self.parts.workers.gauges().budget_bytes;
        let refined = plan.refined().filter(|_| fits);
        refined.is_some_and(|plan| plan.peak_bytes() <= budget_bytes)
    }

    fn reserve(
        &self,
        key: Key,
        payload: &Payload<'_>,
        source: (Digest, u64),
    ) -> Result<BacklogPlace, Refusal> {
        let reserved = self.parts.backlog.reserve(key, payload.encode(), source);
        if reserved
            .as_ref()
            .is_err_and(|refusal| *refusal == Refusal::Full)
        {
            add(&self.counts.refused, 1);
        }
        reserved
    }
}

impl Delivery {
    /// Whether a smaller file than the entry is on its way.
    pub(super) fn is_provisional(&self, ask: &Ask, entry: &Entry) -> bool {
        let pending = |refinery: &Arc<Refinery>| refinery.parts.backlog.is_pending(&ask.key);
        entry.header.stage == Stage::Fast && self.refinery().is_some_and(pending)
    }

    /// Who refines, while that is switched on.
    fn refinery(&self) -> Option<&Arc<Refinery>> {
        let refinery = self.parts.refinery.as_ref();
        refinery.filter(|refinery| refinery.is_on())
    }

    /// Whether what was just planned for `ask` is to be queued as soon as it is made.
    pub(super) fn is_improvable(&self, ask: &Ask, plan: &Plan) -> bool {
        let at_once = self.refinery().filter(|refinery| refinery.config.hits == 0);
        is_everybodys(ask) && at_once.is_some_and(|refinery| refinery.improves(plan))
    }

    /// A place in the queue for a file of `bytes` that was made of `source`.
    pub(super) fn queue(
        &self,
        ask: &Ask,
        (digest, source): (Digest, Bytes),
        bytes: u64,
    ) -> Queueing {
        let refinery = self.refinery();
        let Some(refinery) = refinery.filter(|refinery| bytes >= refinery.config.min_bytes) else {
            return Queueing::Unwanted;
        };
        let Some(payload) = Payload::of(ask) else {
            return Queueing::Unwanted;
        };
        match refinery.reserve(ask.key, &payload, (digest, source.len() as u64)) {
            Ok(place) => Queueing::Queued(Queued { place, source }),
            Err(Refusal::Full) => Queueing::Refused,
            Err(Refusal::Pending | Refusal::Elsewhere) => Queueing::Unwanted,
        }
    }

    /// Writes a job that has a place, in its turn. How many wait for theirs, the queue's bounds say. Where it fails,
    /// the entry stays as it is.
    pub(super) fn write_queued(
        &self,
        entry: Arc<Entry>,
        (key, queued): (Key, Option<Queued>),
    ) -> impl Future<Output = ()> + Send + 'static {
        let refinery = self.parts.refinery.clone();
        let (cache, turns) = (Arc::clone(&self.parts.cache), Arc::clone(&self.queueing));
        async move {
            let (Some(refinery), Some(Queued { place, source })) = (refinery, queued) else {
                return;
            };
            let _turn = turns.acquire().await;
            // An erasure finds the job, or is seen here.
            if cache.is_purged(&entry.header) {
                add(&refinery.counts.dropped, 1);
                return;
            }
            let written = tokio::task::spawn_blocking(move || place.fill(source)).await;
            match written {
                Ok(Ok(())) => refinery.bell.notify_one(),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "an image was not queued for more work");
                    add(&refinery.counts.refused, 1);
                    run::promote(&cache, key, &entry).await;
                }
                // The process stops.
                Err(_) => {}
            }
        }
    }

    /// Counts a hit of an entry that more work may be put into, and queues it where that was the last one it lacked.
    pub(super) fn note_hit(self: &Arc<Self>, ask: &Ask, entry: &Arc<Entry>) {
        let Some(refinery) = self.refinery() else {
            return;
        };
        let counts = refinery.config.hits > 0 && entry.header.stage == Stage::Fast;
        let is_pending = || refinery.parts.backlog.is_pending(&ask.key);
        if !counts || is_pending() || !refinery.hits.reaches(ask.key, refinery.config.hits) {
            return;
        }
        let (delivery, ask, entry) = (Arc::clone(self), ask.clone(), Arc::clone(entry));
        self.parts.runtime.spawn(async move {
            delivery.queue_held(&ask, entry).await;
        });
    }

    /// Queues an entry, if its source is still kept.
    async fn queue_held(&self, ask: &Ask, entry: Arc<Entry>) {
        if !is_everybodys(ask) {
            return;
        }
        let Some(image) = self.parts.fetcher.kept(ask.named_source()) else {
            return;
        };
        let Product::Image { request, variant } = &ask.product else {
            return;
        };
        let header = &entry.header;
        if image.digest != header.source_digest || ask.recipe != header.recipe {
            return;
        }
        let source = (image.digest, image.bytes.clone());
        let planned = self.planned(request, *variant, image.into());
        let improves = |refinery: &Arc<Refinery>| {
            planned.is_ok_and(|(_, plan)| !plan.is_passthrough() && refinery.improves(&plan))
        };
        if !self.refinery().is_some_and(improves) {
            return;
        }
        let bytes = entry.body.len() as u64;
        match self.queue(ask, source, bytes) {
            Queueing::Queued(queued) => self.write_queued(entry, (ask.key, Some(queued))).await,
            Queueing::Refused => {
                run::promote(&self.parts.cache, ask.key, &entry).await;
            }
            Queueing::Unwanted => {}
        }
    }
}

/// Whether it is an image for everybody, of one source that its path names and that is kept by itself.
fn is_everybodys(ask: &Ask) -> bool {
    let is_plain = ask.passed.is_none() && !ask.answer().bypass_cache && ask.mark().is_none();
    is_plain && ask.path.is_some() && matches!(ask.origin, Origin::Source)
}

fn add(count: &AtomicU64, more: u64) {
    count.fetch_add(more, Ordering::Relaxed);
}
