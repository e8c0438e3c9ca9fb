//! Doing what was queued.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use bytes::Bytes;

use super::super::Wanted;
use super::super::ask::{Ask, Product};
use super::super::gather::Ingredient;
use super::super::still::Still;
use super::payload::Payload;
use super::successor::{is_better, refined};
use super::{Counts, Delivery, Refinery, Replaced, add};
use crate::cache::{Cache, Entry, Header, Job as Queued, Key, Stage, Stored};
use crate::workers::{self, Job, Product as Made, Task};

/// How often it is looked whether another process has let go of the queue.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Its file was replaced by one that is shorter by so many bytes, if it is.
    Refined { saved_bytes: u64 },
    /// Nothing better was found.
    Unchanged,
    /// It was begun too often, or its source is gone.
    Abandoned,
    /// Its pipeline failed.
    Failed,
    /// Its entry is no more what it was queued for.
    Dropped,
    /// The process stops; another will do it.
    Left,
}

impl Fate {
    /// The word of logs and metrics.
    const fn name(self) -> &'static str {
        match self {
            Self::Refined { .. } => "refined",
            Self::Unchanged => "unchanged",
            Self::Abandoned => "abandoned",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
            Self::Left => "left",
        }
    }
}

/// What a job is about, as it stands now.
struct Subject {
    ask: Ask,
    entry: Arc<Entry>,
}

impl Delivery {
    /// Does what is queued, for as long as it is polled.
    pub async fn refine(self: Arc<Self>) {
        let Some(refinery) = self.parts.refinery.clone() else {
            return;
        };
        refinery.lead().await;
        for _ in 1..refinery.config.threads {
            let (delivery, refinery) = (Arc::clone(&self), Arc::clone(&refinery));
            tokio::spawn(async move { delivery.work_off(&refinery).await });
        }
        self.work_off(&refinery).await;
    }

    async fn work_off(&self, refinery: &Arc<Refinery>) {
        loop {
            // Whoever waits for pixels goes first.
            self.parts.workers.calm().await;
            let Some(job) = refinery.take().await else {
                refinery.bell.notified().await;
                continue;
            };
            // There may be more for another thread.
            refinery.bell.notify_one();
            let fate = self.do_job(refinery, &job).await;
            refinery.settle(job, fate).await;
        }
    }

    async fn do_job(&self, refinery: &Arc<Refinery>, job: &Queued) -> Fate {
        let Some(subject) = self.subject(refinery, job).await else {
            return Fate::Dropped;
        };
        let fate = match job.is_worn_out() {
            true => Fate::Abandoned,
            false => self.attempt(refinery, job, &subject).await,
        };
        match fate {
            Fate::Unchanged | Fate::Abandoned | Fate::Failed => {
                promote(&self.parts.cache, job.key, &subject.entry).await;
            }
            Fate::Refined { .. } | Fate::Dropped | Fate::Left => {}
        }
        fate
    }

    /// The entry that a job is about; `None` where it is purged, evicted, refined, or to be made of something else or
    /// in another way by now.
    async fn subject(&self, refinery: &Refinery, job: &Queued) -> Option<Subject> {
        let payload = Payload::decode(&job.payload)?;
        let request = Arc::new((refinery.parts.read)(payload.path)?);
        let ask = self.ask(Wanted {
            request: &request,
            path: payload.path,
            variant: payload.variant,
            headers: &http::HeaderMap::new(),
        });
        let entry = self.parts.cache.standing(&job.key).await?;
        let header = &entry.header;
        let stands = ask.key == job.key
            && header.stage == Stage::Fast
            && header.recipe == ask.recipe
            && header.source_digest == job.source;
        stands.then_some(Subject { ask, entry })
    }

    async fn attempt(&self, refinery: &Arc<Refinery>, job: &Queued, subject: &Subject) -> Fate {
        let Some(source) = refinery.source(job).await else {
            return Fate::Abandoned;
        };
        let Some((work, target)) = self.work_of(&subject.ask, source) else {
            return Fate::Failed;
        };
        match refinery.parts.workers.run(work, || true).await {
            Ok(outcome) => {
                let made = outcome.product;
                let is_better = is_better(&made, &subject.entry, target);
                match is_better {
                    true => self.replace(refinery, subject, made).await,
                    false => Fate::Unchanged,
                }
            }
            Err(workers::Error::Stopped) => Fate::Left,
            Err(error) => {
                tracing::warn!(%error, "an image could not be refined");
                Fate::Failed
            }
        }
    }

    /// The work, and the score that its file is to have.
    fn work_of(&self, ask: &Ask, source: Bytes) -> Option<(Job, Option<f64>)> {
        let Product::Image { request, variant } = &ask.product else {
            return None;
        };
        let source = Ingredient::from(&Still::try_new(source).ok()?);
        let (source, plan) = self.planned(request, *variant, source).ok()?;
        let plan = plan.refined()?;
        let target = plan.target();
        let mark = self.mark(&plan, None);
        let plan = match &mark {
            Some(mark) => plan.with_mark(&mark.facts).ok()?,
            None => plan,
        };
        let job = Job {
            facts: source.facts.clone(),
            source: source.counted(),
            task: Task::Image {
                plan: Box::new(plan),
                mark,
            },
        };
        Some((job, target))
    }

    async fn replace(&self, refinery: &Refinery, subject: &Subject, made: Made) -> Fate {
        let Subject { ask, entry } = subject;
        let length = made.bytes.len();
        let refined = Arc::new(refined(&entry.header, made, self.now()));
        match self.parts.cache.refine(ask.key, refined).await {
            Ok(Stored::Kept) => {}
            Ok(Stored::Superseded) => return Fate::Dropped,
            Err(error) => tracing::warn!(%error, "a refined image is in memory only"),
        }
        if let Some(path) = &ask.path {
            (refinery.parts.observer)(&Replaced {
                path,
                named: ask.named(),
            });
        }
        Fate::Refined {
            saved_bytes: entry.body.len().saturating_sub(length) as u64,
        }
    }
}

impl Refinery {
    /// Waits until the queue is ours.
    async fn lead(&self) {
        let mut told = None;
        loop {
            let backlog = Arc::clone(&self.parts.backlog);
            match tokio::task::spawn_blocking(move || backlog.lead()).await {
                Ok(Ok(true)) => return,
                Ok(Err(error)) => {
                    // Told once, for as long as it stays the same.
                    let error =
                        Some(error.to_string()).filter(|error| told.as_ref() != Some(error));
                    if let Some(error) = error {
                        tracing::warn!(%error, "images are not refined: the queue cannot be read");
                        told = Some(error);
                    }
                }
                Ok(Ok(false)) | Err(_) => {}
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// The next job; `None` where there is none, or none is to be begun.
    async fn take(&self) -> Option<Queued> {
        while self.is_on() {
            let backlog = Arc::clone(&self.parts.backlog);
            let taken = tokio::task::spawn_blocking(move || backlog.take()).await;
            match taken.ok()? {
                Ok(job) => return job,
                Err(error) => {
                    tracing::warn!(%error, "a queued image is given up");
                    self.counts.end(Fate::Abandoned);
                }
            }
        }
        None
    }

    /// The source of a job, if it is whole.
    async fn source(&self, job: &Queued) -> Option<Bytes> {
        let (backlog, digest) = (Arc::clone(&self.parts.backlog), job.source);
        let read = tokio::task::spawn_blocking(move || backlog.source(&digest)).await;
        match read.ok()? {
            Ok(source) => source,
            Err(error) => {
                tracing::warn!(%error, "the source of a queued image cannot be read");
                None
            }
        }
    }

    /// Takes a job out of the queue.
    async fn settle(&self, job: Queued, fate: Fate) {
        self.counts.end(fate);
        if fate == Fate::Left {
            return;
        }
        let backlog = Arc::clone(&self.parts.backlog);
        // Where the process stops, the next one finds what is left.
        let _ = tokio::task::spawn_blocking(move || backlog.done(&job)).await;
        tracing::debug!(outcome = fate.name(), "an image has left the queue");
    }
}

impl Counts {
    fn end(&self, fate: Fate) {
        let count: &AtomicU64 = match fate {
            Fate::Refined { saved_bytes } => {
                add(&self.saved_bytes, saved_bytes);
                &self.refined
            }
            Fate::Unchanged => &self.unchanged,
            Fate::Abandoned => &self.abandoned,
            Fate::Failed => &self.failed,
            Fate::Dropped => &self.dropped,
            Fate::Left => return,
        };
        add(count, 1);
    }
}

/// Has an entry count as refined as it is, so that nobody asks again. A body that is not in memory stays as it was:
/// nothing is pending for it all the same.
pub(super) async fn promote(cache: &Cache, key: Key, entry: &Entry) {
    if entry.body.in_memory().is_none() {
        return;
    }
    let header = Header {
        stage: Stage::Refined,
        ..entry.header.clone()
    };
    let promoted = Arc::new(Entry {
        header,
        body: entry.body.clone(),
    });
    if let Err(error) = cache.refine(key, promoted).await {
        tracing::warn!(%error, "an image counts as refined in memory only");
    }
}
