//! What one flight does: fetch, plan, make, store.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use super::ask::Ask;
use super::{Delivery, Error};
use crate::cache::{self, Digest, Entry, Header, Key, Record, Sequence, SourceFacts, Stage};
use crate::identify::Format;
use crate::source::{Fetched, Image, Passed, TransferPermit, Validators};
use crate::telemetry::{Phase, Phases};
use crate::transform::plan::Plan;
use crate::workers::{self, Job};

/// The flight's own handle.
pub(super) type Flight = cache::Phase<Key, Made, Error>;

/// What a flight brought home, shared by everybody who waited for it.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) entry: Arc<Entry>,
    /// Whether the source said that what was held still holds.
    pub(super) renewed: bool,
    pub(super) phases: Phases,
}

/// The bytes of a variant before they are an entry.
struct Derived {
    bytes: Bytes,
    format: Format,
    width: u32,
    height: u32,
    stage: Stage,
    phases: Phases,
}

/// Source bytes that stay counted for as long as anybody holds them: a job that runs, too.
struct Counted {
    bytes: Bytes,
    _permit: TransferPermit,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Delivery {
    /// Fetches the source and makes the variant. A failure is kept for a moment, so that it is not repeated for
    /// everybody who asks.
    pub(super) async fn fly(
        self: Arc<Self>,
        ask: Ask,
        held: Option<Arc<Entry>>,
        flight: Flight,
    ) -> Result<Made, Error> {
        if let Some(kept) = self.failed_fetches.find(&ask.source_key) {
            return Err(kept.error);
        }
        let begun = Instant::now();
        let fetched = self.fetch(&ask, held.is_some()).await?;
        let phases = Phases::default().with(Phase::Fetch, begun.elapsed());
        match (fetched, held) {
            (Fetched::NotModified(validators), Some(entry)) => {
                Ok(self.renew(&ask, entry, validators, phases).await)
            }
            (Fetched::NotModified(_), None) => {
                Err(Error::Internal("304 to a fetch without validators"))
            }
            (Fetched::Image(image), Some(entry)) if image.digest == entry.header.source_digest => {
                Ok(self.renew(&ask, entry, image.validators, phases).await)
            }
            (Fetched::Image(image), _) => self.make_entry(&ask, image, phases, flight).await,
        }
    }

    async fn fetch(&self, ask: &Ask, conditionally: bool) -> Result<Fetched, Error> {
        let validators = if conditionally {
            // Without any of them the source is still asked about, and not taken from what is kept of it.
            Some(self.validators(ask).await.unwrap_or_default())
        } else {
            None
        };
        let fetched = self
            .parts
            .fetcher
            .fetch(&ask.request.source, validators.as_ref(), &Passed::none())
            .await;
        fetched.map_err(|error| {
            let (keep, pause) = (error.is_keepable(), error.retry_after());
            let error = Error::Source(error);
            if keep {
                let duration = self.config.error_ttl.max(pause.unwrap_or_default());
                self.failed_fetches
                    .keep(ask.source_key, error.clone(), duration);
            }
            error
        })
    }

    async fn validators(&self, ask: &Ask) -> Option<Validators> {
        let record = self.parts.cache.record(&ask.source_key).await?;
        Some(Validators {
            etag: record.etag.clone(),
            last_modified: record.last_modified.clone(),
        })
    }

    /// The source has not changed: its record is fresh again, and with it every variant; no entry is touched.
    async fn renew(
        &self,
        ask: &Ask,
        entry: Arc<Entry>,
        validators: Validators,
        phases: Phases,
    ) -> Made {
        let record = self.record(validators, entry.header.source_digest);
        if let Err(error) = self.parts.cache.touch_record(ask.source_key, record).await {
            tracing::warn!(%error, "a source's record is in memory only");
        }
        Made {
            entry,
            renewed: true,
            phases,
        }
    }

    fn record(&self, validators: Validators, digest: Digest) -> Record {
        Record {
            digest,
            validated_at: self.now(),
            sequence: Sequence::default(),
            etag: validators.etag,
            last_modified: validators.last_modified,
        }
    }

    async fn make_entry(
        &self,
        ask: &Ask,
        image: Image,
        phases: Phases,
        flight: Flight,
    ) -> Result<Made, Error> {
        let failure_key = (image.digest, ask.key);
        if let Some(kept) = self.failed_work.find(&failure_key) {
            return Err(kept.error);
        }
        let record = self.record(image.validators.clone(), image.digest);
        let mut header = self.header(ask, &image);
        let derived = self
            .derive(ask, image, phases, flight)
            .await
            .inspect_err(|error| {
                if matches!(
                    error,
                    Error::Plan(_) | Error::Work(workers::Error::Failed(_))
                ) {
                    self.failed_work
                        .keep(failure_key, error.clone(), self.config.error_ttl);
                }
            })?;
        header.stage = derived.stage;
        header.format = derived.format.name().to_owned();
        header.media_type = derived.format.media_type().to_owned();
        (header.width, header.height) = (derived.width, derived.height);
        let entry = Arc::new(Entry::new(header, derived.bytes));
        self.keep(ask, &entry, record).await;
        Ok(Made {
            entry,
            renewed: false,
            phases: derived.phases,
        })
    }

    /// What is known of an entry before it is made.
    fn header(&self, ask: &Ask, image: &Image) -> Header {
        Header {
            created: self.now(),
            source: ask.source_key,
            source_digest: image.digest,
            sequence: Sequence::default(),
            stage: Stage::Fast,
            recipe: ask.recipe,
            body_digest: Digest::default(),
            format: String::new(),
            media_type: String::new(),
            width: 0,
            height: 0,
            source_facts: SourceFacts {
                width: image.facts.width,
                height: image.facts.height,
                frames: image.facts.frames,
                bytes: image.bytes.len() as u64,
            },
            etag: String::new(),
            last_modified: image.validators.last_modified.clone(),
            tags: Vec::new(),
        }
    }

    async fn derive(
        &self,
        ask: &Ask,
        image: Image,
        phases: Phases,
        flight: Flight,
    ) -> Result<Derived, Error> {
        let facts = image.facts;
        let plan = Plan::new(
            &ask.request.transform,
            &self.config.defaults,
            &facts,
            ask.variant,
        )?;
        if plan.is_passthrough() {
            return Ok(Derived {
                bytes: image.bytes,
                format: facts.format,
                width: facts.width,
                height: facts.height,
                stage: Stage::Passthrough,
                phases,
            });
        }
        let source = Bytes::from_owner(Counted {
            bytes: image.bytes,
            _permit: image.permit,
        });
        // From its start the work is worth finishing: what it makes is stored, whoever still waits.
        let on_start = move || flight.commit().is_ok();
        let outcome = self
            .parts
            .workers
            .run(
                Job {
                    source,
                    facts,
                    plan,
                },
                on_start,
            )
            .await?;
        let derivative = outcome.derivative;
        Ok(Derived {
            // Encoders grow their buffers by doubling; what is kept and counted is what is there.
            bytes: Bytes::from(derivative.bytes.into_boxed_slice()),
            format: derivative.format,
            width: derivative.width,
            height: derivative.height,
            stage: Stage::Fast,
            phases: phases
                .with(Phase::Queue, outcome.queued)
                .with(Phase::Work, outcome.worked),
        })
    }

    /// Stores the entry. Where memory holds it already, the answer does not wait for the disk.
    async fn keep(&self, ask: &Ask, entry: &Arc<Entry>, record: Record) {
        let cache = Arc::clone(&self.parts.cache);
        let unpublished = cache.hold(ask.key, Arc::clone(entry), record);
        let in_memory = unpublished.is_in_memory();
        let publish = async move {
            if let Err(error) = cache.publish(unpublished).await {
                tracing::warn!(%error, "an entry is in memory only");
            }
        };
        match Arc::clone(&self.publishing).try_acquire_owned() {
            Ok(place) if in_memory => {
                self.parts.runtime.spawn(async move {
                    publish.await;
                    drop(place);
                });
            }
            _ => publish.await,
        }
    }
}
