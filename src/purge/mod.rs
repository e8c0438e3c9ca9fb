//! Purging: an order to its group, into the log, to the other nodes and to the caches in front of us.
//!
//! What holds:
//! - A purge binds this node before it is acknowledged, whatever becomes of Redis and of the caches in front.
//! - It is confirmed once Redis holds it, on a replica where there is one; until then it waits, in order and
//!   bounded, and is never dropped: what there is no room for becomes a purge of everything.
//! - Nobody who wants an image waits for any of it.

mod erase;
mod hooks;
mod http;
mod order;
mod stream;
mod subject;
mod surrogate;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::runtime::Handle;

pub use erase::{Erased, Eraser, EraserParts};
pub use hooks::{Form, Hook, HookConfig, HookCounts};
pub use http::{Client, Reply};
pub use order::{MAX_ORDER_BYTES, Order, Target};
pub use stream::{StreamConfig, StreamCounts};
pub use subject::prefix as normal_prefix;
pub use surrogate::{MAX_KEYS, SurrogateConfig, SurrogateKind, Surrogates};

use crate::cache::{self, Force, Purges, Sequence};
use crate::delivery::scopes::Named;
use crate::request::Parser;
use hooks::{Hooks, Told};
use stream::Stream;
use subject::Subject;

/// Why an order was not carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is no order: why, as a clause.
    #[error("this is no order to purge: {0}")]
    Malformed(String),
    /// It names something that cannot be: which member, and why.
    #[error("`{0}` cannot be purged: {1}")]
    Refused(&'static str, String),
    /// The purge could not be written; nothing was purged.
    #[error("the purge cannot be written: {0}")]
    Log(#[from] cache::Error),
    /// Another erasure is under way; this one may be asked for again.
    #[error("another erasure is under way")]
    Busy,
    /// We are stopping; nothing may have been purged.
    #[error("the purge was cut short by the end of the process")]
    Stopped,
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The number of the purge.
    pub sequence: Sequence,
    /// Who may not know of it yet, a word or two each; empty where all do.
    pub unconfirmed: Vec<&'static str>,
}

/// What purging is told by the settings.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The stream that nodes share; `None` leaves each node alone.
    pub stream: Option<StreamConfig>,
    /// Who is told of purges.
    pub hooks: HookConfig,
}

/// Carries out orders.
pub struct Purger {
    parser: ArcSwap<Parser>,
    purges: Arc<Purges>,
    surrogates: Arc<Surrogates>,
    stream: Option<Stream>,
    hooks: Hooks,
    runtime: Handle,
}

/// What a purger works with.
pub struct Parts {
    /// Reads URLs.
    pub parser: Arc<Parser>,
    /// What was purged.
    pub purges: Arc<Purges>,
    /// Names answers for the caches in front.
    pub surrogates: Arc<Surrogates>,
    /// The runtime of what outlives a request.
    pub runtime: Handle,
}

impl Purger {
    /// Puts purging together, and begins to follow the stream.
    ///
    /// # Errors
    ///
    /// What is wrong with the settings of the stream, as a clause.
    pub fn start(config: Config, parts: Parts) -> Result<Self, String> {
        let stream = config
            .stream
            .map(|settings| Stream::start(settings, Arc::clone(&parts.purges), &parts.runtime));
        Ok(Self {
            stream: stream.transpose()?,
            hooks: Hooks::start(config.hooks, &parts.runtime),
            parser: ArcSwap::new(parts.parser),
            purges: parts.purges,
            surrogates: parts.surrogates,
            runtime: parts.runtime,
        })
    }

    /// Carries out an order. Dropping the future may leave it carried out.
    ///
    /// # Errors
    ///
    /// An order that names nothing that can be, and a log that cannot be written.
    pub async fn purge(&self, order: &Order) -> Result<Receipt, Error> {
        let subject = Subject::of(&order.target, &self.parser.load())?;
        let purge = subject.purge(order);
        let receipt = match &self.stream {
            Some(stream) => stream.purge(purge).await?,
            None => Receipt {
                sequence: add(&self.purges, purge, &self.runtime).await?,
                unconfirmed: Vec::new(),
            },
        };
        self.hooks.tell(&Told {
            order: order.clone(),
            keys: self.surrogates.of_subject(&subject),
        });
        Ok(receipt)
    }

    /// Has the caches in front told that one answer was replaced by a better one: what they hold is stale, and nothing
    /// is purged here. Who knows answers by keys is told only where one covers it.
    pub fn tell_replaced(&self, path: &str, named: &Named<'_>) {
        let order = Order {
            target: Target::Url(path.to_owned()),
            force: Force::Soft,
        };
        let keys = self.surrogates.of_variant(named);
        self.hooks.tell(&Told {
            order,
            keys: keys.into_iter().collect(),
        });
    }

    /// Reads URLs with another parser from now on.
    pub fn read_with(&self, parser: Arc<Parser>) {
        self.parser.store(parser);
    }

    /// Whether nodes may not know of each other's purges: Redis cannot be reached, or holds not all of ours.
    pub fn is_unconfirmed(&self) -> bool {
        self.stream.as_ref().is_some_and(Stream::is_unconfirmed)
    }

    /// What has happened on the stream; `None` without one.
    pub fn stream_counts(&self) -> Option<StreamCounts> {
        self.stream.as_ref().map(Stream::counts)
    }

    /// What has become of telling others, by the form of the hook.
    pub fn hook_counts(&self) -> Vec<(Form, HookCounts)> {
        self.hooks.counts()
    }

    /// Waits until others were told all that they are to be told, for as long as `patience`: what waits for Redis is
    /// sent, and what caches in front were to be told later they are told now. For a time when no request is under
    /// way any more.
    pub async fn settle(&self, patience: Duration) {
        let told = async { tokio::join!(self.sent(), self.hooks.settled()) };
        if tokio::time::timeout(patience, told).await.is_err() {
            let nodes = self.stream_counts().map_or(0, |counts| counts.waiting);
            let hooks: u64 = self
                .hook_counts()
                .iter()
                .map(|(_, counts)| counts.waiting)
                .sum();
            tracing::warn!(
                nodes,
                hooks,
                "the process ends before others were told of all purges"
            );
        }
    }

    async fn sent(&self) {
        if let Some(stream) = &self.stream {
            stream.settled().await;
        }
    }
}

/// Has a purge bind this node; `runtime` has the threads that may wait for the disk.
async fn add(
    purges: &Arc<Purges>,
    purge: cache::Purge,
    runtime: &Handle,
) -> Result<Sequence, Error> {
    let purges = Arc::clone(purges);
    let added = runtime.spawn_blocking(move || purges.add(&[purge]));
    Ok(added.await.map_err(|_| Error::Stopped)??)
}
