//! What one flight does: fetch, plan, make, store.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::ask::Ask;
use super::outcome::Timings;
use super::{Delivery, Error};
use crate::cache::{self, Entry, Header, Record, Stage};
use crate::source::{Fetched, Image, Validators};
use crate::transform::plan::Plan;
use crate::workers::Job;

/// What a flight brought home, shared by everybody who waited for it.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) entry: Arc<Entry>,
    /// Whether the source said that what was held still holds.
    pub(super) renewed: bool,
    pub(super) timings: Timings,
}

/// The bytes of a variant before they are an entry.
struct Derived {
    bytes: Bytes,
    format: crate::identify::Format,
    width: u32,
    height: u32,
    stage: cache::EntryStage,
    timings: Timings,
}

impl Delivery {
    /// Fetches the source and makes the variant; a failure is kept for a moment so that it is not repeated by
    /// everybody who asks.
    pub(super) async fn fly(self: Arc<Self>, ask: Ask, held: Option<Arc<Entry>>, stage: Stage) -> Result<Made, Error> {
        let limit = self.config.flight_timeout;
        tokio::time::timeout(limit, self.fetch_and_make(&ask, held, &stage))
            .await
            .unwrap_or(Err(Error::Timeout { limit }))
    }

    async fn fetch_and_make(&self, ask: &Ask, held: Option<Arc<Entry>>, stage: &Stage) -> Result<Made, Error> {
        if let Some(error) = self.failed_sources.get(&ask.source_key) {
            return Err(error);
        }
        let begun = Instant::now();
        let fetched = self.fetch(ask, held.is_some()).await?;
        let fetch = begun.elapsed();
        match (fetched, held) {
            (Fetched::NotModified(validators), Some(entry)) => self.renew(ask, entry, validators, fetch).await,
            (Fetched::NotModified(_), None) => Err(Error::Internal("304 to a fetch without validators")),
            (Fetched::Image(image), Some(entry)) if image.digest == entry.header.source_digest => {
                self.renew(ask, entry, image.validators.clone(), fetch).await
            }
            (Fetched::Image(image), _) => self.make_entry(ask, image, fetch, stage).await,
        }
    }

    async fn fetch(&self, ask: &Ask, conditionally: bool) -> Result<Fetched, Error> {
        let validators = if conditionally { self.validators(ask).await } else { None };
        let result = self.parts.fetcher.fetch(&ask.request.source, validators.as_ref()).await;
        result.map_err(|error| {
            let keep = error.is_about_source();
            let keep_for = self.config.error_ttl.max(error.retry_after().unwrap_or_default());
            let error = Error::Source(error);
            if keep {
                self.failed_sources.keep(ask.source_key, error.clone(), keep_for);
            }
            error
        })
    }

    async fn validators(&self, ask: &Ask) -> Option<Validators> {
        let record = self.parts.cache.record(&ask.source_key).await?;
        Some(Validators { etag: record.etag, last_modified: record.last_modified })
    }

    /// The source has not changed: its record is fresh again, and with it every variant; no entry is touched.
    async fn renew(&self, ask: &Ask, entry: Arc<Entry>, validators: Validators, fetch: Duration) -> Result<Made, Error> {
        let record = self.record(validators, entry.header.source_digest);
        self.parts.cache.store_record(ask.source_key, record).await;
        Ok(Made { entry, renewed: true, timings: Timings { fetch, ..Timings::default() } })
    }

    fn record(&self, validators: Validators, digest: [u8; 32]) -> Record {
        Record {
            etag: validators.etag,
            last_modified: validators.last_modified,
            digest,
            validated: self.now(),
            sequence: cache::Sequence::default(),
        }
    }

    async fn make_entry(&self, ask: &Ask, image: Image, fetch: Duration, stage: &Stage) -> Result<Made, Error> {
        let failure_key = (image.digest, ask.key);
        if let Some(error) = self.failed_work.get(&failure_key) {
            return Err(error);
        }
        let derived = match self.derive(ask, &image, fetch, stage).await {
            Err(error @ (Error::Plan(_) | Error::Work(crate::workers::Error::Failed(_)))) => {
                self.failed_work.keep(failure_key, error.clone(), self.config.error_ttl);
                return Err(error);
            }
            derived => derived?,
        };
        let timings = derived.timings;
        let record = self.record(image.validators.clone(), image.digest);
        let entry = self.entry(ask, &image, derived);
        drop(image);
        let entry = self.parts.cache.store(ask.key, entry, ask.source_key, record).await;
        Ok(Made { entry, renewed: false, timings })
    }

    async fn derive(&self, ask: &Ask, image: &Image, fetch: Duration, stage: &Stage) -> Result<Derived, Error> {
        let facts = &image.facts;
        let plan = Plan::new(&ask.request.transform, &self.config.defaults, facts, ask.variant)?;
        if plan.is_passthrough() {
            return Ok(Derived {
                bytes: image.bytes.clone(),
                format: facts.format,
                width: facts.width,
                height: facts.height,
                stage: cache::EntryStage::Passthrough,
                timings: Timings { fetch, ..Timings::default() },
            });
        }
        let job = Job { source: image.bytes.clone(), facts: facts.clone(), plan };
        let outcome = self.parts.workers.run(job, stage.committer()).await?;
        let timings = Timings { fetch, queue: outcome.queued, work: outcome.worked };
        let derivative = outcome.derivative;
        Ok(Derived {
            bytes: Bytes::from(derivative.bytes),
            format: derivative.format,
            width: derivative.width,
            height: derivative.height,
            stage: cache::EntryStage::Fast,
            timings,
        })
    }

    fn entry(&self, ask: &Ask, image: &Image, derived: Derived) -> Entry {
        let header = Header {
            created: self.now(),
            source_key: ask.source_key,
            source_digest: image.digest,
            source_width: image.facts.width,
            source_height: image.facts.height,
            source_bytes: image.bytes.len() as u64,
            source_frames: image.facts.frames.unwrap_or(0),
            sequence: cache::Sequence::default(),
            stage: derived.stage,
            recipe: ask.recipe,
            format: derived.format.name().to_owned(),
            width: derived.width,
            height: derived.height,
            last_modified: image.validators.last_modified.clone(),
            tags: Vec::new(),
            checksum: *blake3::hash(&derived.bytes).as_bytes(),
        };
        Entry { header, body: derived.bytes }
    }
}
