//! What one flight does: gather, plan, make, store.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use super::ask::{Ask, Product};
use super::gather::{Era, Gathered, Ingredient, Ingredients, Standing};
use super::refine::{Queued, Queueing};
use super::{Delivery, Error};
use crate::cache::{
    self, Allowance, Audience, Class, Digest, Entry, Header, Key, Record, Score, Sequence,
    SourceFacts, Stage,
};
use crate::identify::Format;
use crate::request::Request;
use crate::source::{self, Lifetime};
use crate::telemetry::{Phase, Phases};
use crate::transform::ask::Variant;
use crate::transform::pipeline::Mark;
use crate::transform::plan::{self, Plan};
use crate::workers::{Job, Task};

/// The flight's own handle.
pub(super) type Flight = cache::Phase<(Key, Sequence), Made, Error>;

/// What a flight brought home, shared by everybody who waited for it.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) entry: Arc<Entry>,
    /// What the source's origin lets clients do with it.
    pub(super) allowance: Allowance,
    /// Whether the source said that what was held still holds.
    pub(super) renewed: bool,
    pub(super) phases: Phases,
}

/// The bytes of a variant before they are an entry.
struct Derived {
    bytes: Bytes,
    format: &'static str,
    media_type: &'static str,
    width: u32,
    height: u32,
    stage: Stage,
    /// How good it looks, where that was measured.
    score: Option<f64>,
    /// The source, where more work in it would make it smaller.
    improvable: Option<Bytes>,
    phases: Phases,
}

impl Delivery {
    /// Fetches the source and makes the variant. A failure is kept for a moment, so that it is not repeated for
    /// everybody who asks.
    pub(super) async fn fly(
        self: Arc<Self>,
        ask: Ask,
        (era, held): (Era, Option<Arc<Entry>>),
        flight: Flight,
    ) -> Result<Made, Error> {
        if let Some(kept) = self.failed_fetches.find(&(ask.source_key, era.floor())) {
            return Err(kept.error);
        }
        if held.is_none() {
            self.parts.workers.check_room()?;
        }
        let begun = Instant::now();
        let gathered = self.gather(&ask, era, held.is_some()).await?;
        let phases = Phases::default().with(Phase::Fetch, begun.elapsed());
        match (gathered, held) {
            (Gathered::Unchanged(standing), Some(entry)) => {
                Ok(self.renew(&ask, entry, standing, phases).await)
            }
            (Gathered::Unchanged(_), None) => {
                Err(Error::Internal("304 to a fetch without validators"))
            }
            (Gathered::Changed(all), Some(entry)) if all.digest() == entry.header.source_digest => {
                Ok(self.renew(&ask, entry, all.standing, phases).await)
            }
            (Gathered::Changed(all), _) => self.make_entry(&ask, *all, phases, flight).await,
        }
    }

    /// The source has not changed: its record is fresh again, and with it every variant; no entry is touched.
    async fn renew(
        &self,
        ask: &Ask,
        entry: Arc<Entry>,
        standing: Standing,
        phases: Phases,
    ) -> Made {
        let record = self.record(&standing, entry.header.source_digest);
        let allowance = self.parts.cache.allowance(&record);
        let touched = self
            .parts
            .cache
            .touch_record(ask.source_key, (record, audience(ask)));
        if let Err(error) = touched.await {
            tracing::warn!(%error, "a source's record is in memory only");
        }
        Made {
            entry,
            allowance,
            renewed: true,
            phases,
        }
    }

    fn record(&self, standing: &Standing, digest: Digest) -> Record {
        let validators = &standing.validators;
        Record {
            digest,
            validated_at: self.now(),
            sequence: standing.sequence,
            etag: validators.etag.clone(),
            last_modified: validators.last_modified.clone(),
            terms: match self.config.heeds_origins {
                true => terms(standing.lifetime),
                false => cache::Terms::default(),
            },
        }
    }

    async fn make_entry(
        &self,
        ask: &Ask,
        all: Ingredients,
        phases: Phases,
        flight: Flight,
    ) -> Result<Made, Error> {
        let failure_key = (all.digest(), ask.flight, all.standing.sequence);
        if let Some(kept) = self.failed_work.find(&failure_key) {
            return Err(kept.error);
        }
        let record = self.record(&all.standing, all.digest());
        let allowance = self.parts.cache.allowance(&record);
        let mut header = self.header(ask, &all);
        let mut derived = self
            .derive(ask, all, phases, flight)
            .await
            .inspect_err(|error| {
                if error.is_of_the_work() {
                    self.failed_work
                        .keep(failure_key, error.clone(), self.config.error_ttl);
                }
            })?;
        let queued = self.queue_miss(ask, &header, &mut derived);
        header.stage = derived.stage;
        header.score = derived.score.map(Score::from_points);
        header.format = derived.format.to_owned();
        header.media_type = derived.media_type.to_owned();
        (header.width, header.height) = (derived.width, derived.height);
        let entry = Arc::new(Entry::new(header, derived.bytes));
        if !ask.answer().bypass_cache {
            self.keep(ask, &entry, (record, queued)).await;
        }
        Ok(Made {
            entry,
            allowance,
            renewed: false,
            phases: derived.phases,
        })
    }

    /// What is known of an entry before it is made.
    fn header(&self, ask: &Ask, all: &Ingredients) -> Header {
        let source = &all.source;
        let (width, height) = match source.facts.format {
            Format::Svg => (0, 0),
            _ => (source.facts.width, source.facts.height),
        };
        Header {
            created: self.now(),
            source: ask.source_key,
            source_digest: all.digest(),
            sequence: all.standing.sequence,
            stage: Stage::Fast,
            recipe: ask.recipe,
            body_digest: Digest::default(),
            format: String::new(),
            media_type: String::new(),
            width: 0,
            height: 0,
            source_facts: SourceFacts {
                width,
                height,
                frames: source.facts.frames,
                bytes: source.bytes.len() as u64,
            },
            etag: String::new(),
            last_modified: all.standing.validators.last_modified.clone(),
            tags: ask.answer().cache_tags.clone(),
            class: Class::Variant,
            scopes: ask.scopes(),
            score: None,
        }
    }

    /// A place in the queue of what is worth more work, where it is. What there is no room for stays as it is.
    fn queue_miss(&self, ask: &Ask, header: &Header, derived: &mut Derived) -> Option<Queued> {
        let source = derived.improvable.take()?;
        let bytes = derived.bytes.len() as u64;
        match self.queue(ask, (header.source_digest, source), bytes) {
            Queueing::Queued(queued) => Some(queued),
            Queueing::Refused => {
                derived.stage = Stage::Refined;
                None
            }
            Queueing::Unwanted => None,
        }
    }

    async fn derive(
        &self,
        ask: &Ask,
        all: Ingredients,
        phases: Phases,
        flight: Flight,
    ) -> Result<Derived, Error> {
        match &ask.product {
            Product::Info(request) => {
                let task = Task::Info(Box::new(request.ask.clone()));
                self.work(all.source, task, phases, flight).await
            }
            Product::Image { request, variant } => {
                let whole = all.source.shared();
                let (source, plan) = self.planned(request, *variant, all.source)?;
                if plan.is_passthrough() {
                    return Ok(untouched(source, phases));
                }
                let improvable = self.is_improvable(ask, &plan).then_some(whole);
                let mark = self.mark(&plan, all.mark);
                let plan = match &mark {
                    Some(mark) => plan.with_mark(&mark.facts)?,
                    None => plan,
                };
                let plan = Box::new(plan);
                let derived = self.work(source, Task::Image { plan, mark }, phases, flight);
                Ok(Derived {
                    improvable,
                    ..derived.await?
                })
            }
        }
    }

    /// What is read of a source, and what is done with it.
    pub(super) fn planned(
        &self,
        request: &Request,
        variant: Variant,
        source: Ingredient,
    ) -> Result<(Ingredient, Plan), plan::Error> {
        let (transform, defaults) = (&request.transform, &self.config.defaults);
        let source = match defaults.takes_thumbnail(transform) {
            true => source.reduced(),
            false => source,
        };
        let plan = Plan::new(transform, defaults, &source.facts, variant)?;
        Ok((source, plan))
    }

    /// The watermark that a plan needs: the URL's, else the settings'. Without either there is none to lay.
    pub(super) fn mark(&self, plan: &Plan, named: Option<Ingredient>) -> Option<Mark> {
        let configured = || self.config.watermark.as_deref().map(Ingredient::from);
        let mark = named.or_else(configured).filter(|_| plan.needs_mark())?;
        Some(Mark {
            facts: mark.facts.clone(),
            bytes: mark.counted(),
        })
    }

    async fn work(
        &self,
        source: Ingredient,
        task: Task,
        phases: Phases,
        flight: Flight,
    ) -> Result<Derived, Error> {
        // From its start the work is worth finishing: what it makes is stored, whoever still waits.
        let on_start = move || flight.commit().is_ok();
        let job = Job {
            facts: source.facts.clone(),
            source: source.counted(),
            task,
        };
        let outcome = self.parts.workers.run(job, on_start).await?;
        let product = outcome.product;
        Ok(Derived {
            // Encoders grow their buffers by doubling; what is kept and counted is what is there.
            bytes: Bytes::from(product.bytes.into_boxed_slice()),
            format: product.format,
            media_type: product.media_type,
            width: product.width,
            height: product.height,
            stage: Stage::Fast,
            score: product.score,
            improvable: None,
            phases: phases
                .with(Phase::Queue, outcome.queued)
                .with(Phase::Work, outcome.worked),
        })
    }

    /// Stores the entry, and queues it for more work. Where memory holds it already, the answer does not wait for the
    /// disk.
    async fn keep(
        &self,
        ask: &Ask,
        entry: &Arc<Entry>,
        (record, queued): (Record, Option<Queued>),
    ) {
        let cache = Arc::clone(&self.parts.cache);
        let unpublished = cache.hold(ask.key, Arc::clone(entry), (record, audience(ask)));
        let in_memory = unpublished.is_in_memory();
        let publish = async move {
            if let Err(error) = cache.publish(unpublished).await {
                tracing::warn!(%error, "an entry is in memory only");
            }
        };
        let queue = self.write_queued(Arc::clone(entry), (ask.key, queued));
        match Arc::clone(&self.publishing).try_acquire_owned() {
            Ok(place) if in_memory => {
                self.parts.runtime.spawn(async move {
                    publish.await;
                    drop(place);
                    queue.await;
                });
            }
            _ => {
                publish.await;
                self.parts.runtime.spawn(queue);
            }
        }
    }
}

/// What was made with headers of a client is its own.
fn audience(ask: &Ask) -> Audience {
    match ask.passed.is_none() {
        true => Audience::Everybody,
        false => Audience::One,
    }
}

/// What an origin said, as a record keeps it.
fn terms(lifetime: Lifetime) -> cache::Terms {
    cache::Terms {
        fresh_for: lifetime.fresh_for,
        stale_while_revalidate: lifetime.stale_while_revalidate,
        stale_if_error: lifetime.stale_if_error,
        sharing: match lifetime.sharing {
            source::Sharing::Everybody => cache::Sharing::Everybody,
            source::Sharing::Client => cache::Sharing::Client,
            source::Sharing::Nobody => cache::Sharing::Nobody,
        },
    }
}

/// The source's bytes as they are. They no longer count as a source's: the entry has them now.
fn untouched(source: Ingredient, phases: Phases) -> Derived {
    let format = source.facts.format;
    Derived {
        bytes: source.bytes,
        format: format.name(),
        media_type: format.media_type(),
        width: source.facts.width,
        height: source.facts.height,
        stage: Stage::Passthrough,
        score: None,
        improvable: None,
        phases,
    }
}
