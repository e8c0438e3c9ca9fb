//! Legal erasure: a source and everything that was made of it go, bytes and all.
//!
//! A purge comes first, so that nothing of it is served or kept again, whatever is being made of it just then. Then
//! each place that may hold bytes is gone through. Erasure is of this node and of the store that it shares; what
//! other nodes hold for themselves is purged, and erased where they are asked to.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::subject::Subject;
use super::{Error, Order, Purger, Receipt, Target};
use crate::cache::{Cache, Erasure, Force, Unwanted};
use crate::delivery::{Refinery, record_key, scopes};
use crate::request::SourceUrl;
use crate::source::Fetcher;

/// Erases; one erasure at a time.
pub struct Eraser {
    parts: Arc<EraserParts>,
    runtime: Handle,
    turn: Arc<Semaphore>,
}

/// What an eraser works with.
pub struct EraserParts {
    /// Who purges first.
    pub purger: Arc<Purger>,
    /// What is held.
    pub cache: Arc<Cache>,
    /// Who keeps sources for their next size.
    pub fetcher: Arc<Fetcher>,
    /// Who keeps sources of images that more work is to be put into.
    pub refinery: Option<Arc<Refinery>>,
}

/// What an erasure came to.
#[derive(Debug)]
pub struct Erased {
    /// What became of the purge before it.
    pub receipt: Receipt,
    /// Versions of the source that were kept for its next size.
    pub sources: usize,
    /// Images made of it that were queued for more work.
    pub queued: usize,
    /// What the tiers of the cache held.
    pub tiers: Erasure,
    /// How long it took.
    pub took: Duration,
}

impl Eraser {
    /// Erases on `runtime`, whatever becomes of who asked for it.
    pub fn new(parts: EraserParts, runtime: Handle) -> Self {
        Self {
            parts: Arc::new(parts),
            runtime,
            turn: Arc::new(Semaphore::new(1)),
        }
    }

    /// Purges the source of this URL, and removes its bytes and all that was made of them. Where the future is
    /// dropped, the erasure goes on.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] while another erasure is under way; those of [`Purger::purge`], after which nothing was
    /// erased. What fails later is told in the report.
    pub async fn erase(&self, source: &str) -> Result<Erased, Error> {
        let turn = Arc::clone(&self.turn)
            .try_acquire_owned()
            .map_err(|_| Error::Busy)?;
        let order = Order {
            target: Target::Source(source.to_owned()),
            force: Force::Hard,
        };
        let erasing = Arc::clone(&self.parts).erase(order, turn);
        let erased = self.runtime.spawn(erasing).await;
        erased.map_err(|_| Error::Stopped)?
    }
}

impl EraserParts {
    async fn erase(
        self: Arc<Self>,
        order: Order,
        _turn: OwnedSemaphorePermit,
    ) -> Result<Erased, Error> {
        let begun = Instant::now();
        let subject = Subject::of(&order.target, &self.purger.parser.load())?;
        let Subject::Source(source) = subject else {
            return Err(Error::Malformed("it names no source".to_owned()));
        };
        let receipt = self.purger.purge(&order).await?;
        let sources = self.fetcher.forget(&source);
        let queued = self.withdraw(&source).await?;
        let tiers = self.cache.erase(unwanted(&source)).await;
        Ok(Erased {
            receipt,
            sources,
            queued,
            tiers,
            took: begun.elapsed(),
        })
    }

    async fn withdraw(&self, source: &SourceUrl) -> Result<usize, Error> {
        let Some(refinery) = self.refinery.clone() else {
            return Ok(0);
        };
        let source = source.clone();
        let withdrawn = tokio::task::spawn_blocking(move || refinery.withdraw(&source)).await;
        withdrawn.map_err(|_| Error::Stopped)
    }
}

fn unwanted(source: &SourceUrl) -> Unwanted {
    Unwanted {
        scopes: vec![scopes::source(source)],
        sources: vec![record_key(source)],
    }
}
