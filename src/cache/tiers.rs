//! The tiers as one cache: memory above, a folder below it, and below that a store that several nodes share.

mod erase;
mod folder;
mod lookups;
mod publication;
mod refine;
mod sight;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;

use super::config::Config;
use super::entry::{Header, Sequence};
use super::error::Error;
use super::freshness::Lifetimes;
use super::health::Health;
use super::memory::Memory;
use super::purge::{Floor, PurgeConfig, Purges};
use super::scope::Scope;
use super::shared::{Shared, SharedCounts};
use crate::clock::Clock;
use folder::{Folder, FolderParts};

pub use erase::{Erasure, Unwanted};
pub use publication::{Audience, Unpublished};

/// Derivatives in memory, in a folder, and in a store that several nodes share.
///
/// Trouble with what lies below memory never fails a request: a look-up becomes a miss, a store leaves its entry in
/// memory alone. It is told by what writing methods return and by [`Cache::health`].
#[derive(Debug)]
pub struct Cache {
    memory: Memory,
    folder: Option<Folder>,
    shared: Option<Shared>,
    purges: Arc<Purges>,
    /// Whether what the folder and the store hold is not looked at for now.
    is_passed_by: AtomicBool,
    lifetimes: Lifetimes,
    clock: Clock,
    health: Arc<Health>,
}

/// What the cache takes from around it.
pub struct Parts {
    /// The time.
    pub clock: Clock,
    /// Disk operations run on its blocking threads; callers need a runtime with a timer.
    pub runtime: Handle,
    /// The store that several nodes share, where there is one.
    pub shared: Option<Shared>,
}

impl Cache {
    /// Opens the cache. The folder is made where it is absent, and not listed: what it holds is found by its path.
    ///
    /// # Errors
    /// Where the folder can be neither found nor made, and where what was purged cannot be read.
    pub fn open(config: Config, parts: Parts) -> Result<Self, Error> {
        let Parts {
            clock,
            runtime,
            shared,
        } = parts;
        let health = Arc::new(Health::default());
        let purges = Arc::new(open_purges(&config, &clock)?);
        let folder = match &config.dir {
            Some(dir) => {
                let parts = FolderParts {
                    purges: Arc::clone(&purges),
                    clock: clock.clone(),
                    runtime,
                    health: Arc::clone(&health),
                };
                Some(Folder::open(dir, &config, parts)?)
            }
            None => None,
        };
        Ok(Self {
            memory: Memory::new(config.memory_bytes, config.stream_bytes),
            folder,
            shared,
            purges,
            is_passed_by: AtomicBool::default(),
            lifetimes: config.lifetimes,
            clock,
            health,
        })
    }

    /// What was purged.
    pub fn purges(&self) -> &Arc<Purges> {
        &self.purges
    }

    /// The last purge that is known. Who needs a floor too reads this first: then the floor holds every purge up to it.
    pub fn newest_purge(&self) -> Sequence {
        self.learn_of_purges();
        self.purges.newest()
    }

    /// The last purges that concern any of `scopes`.
    pub fn floor(&self, scopes: &[Scope]) -> Floor {
        self.purges.floor(scopes)
    }

    /// Has what lies below memory not looked at while purges of other nodes may be missed. What is made is kept there
    /// all the same.
    pub fn pass_folder_by(&self, is_passed_by: bool) {
        self.is_passed_by.store(is_passed_by, Ordering::Relaxed);
    }

    /// What the tiers have done.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// What the shared store has done and how it is; `None` without one.
    pub fn shared_counts(&self) -> Option<SharedCounts> {
        self.shared.as_ref().map(Shared::counts)
    }

    /// Bytes that the memory tier takes, about.
    pub fn memory_bytes(&self) -> u64 {
        self.memory.bytes()
    }

    /// Entries in the memory tier, about.
    pub fn memory_entries(&self) -> u64 {
        self.memory.entries()
    }

    /// Settles what the memory tier put off; to be called about once a second.
    pub fn maintain(&self) {
        self.memory.maintain();
    }

    /// Waits until the shared store has what it was given, for `patience` at most.
    pub async fn settle(&self, patience: Duration) {
        if let Some(shared) = &self.shared {
            shared.settle(patience).await;
        }
    }

    /// Takes note of what other processes on the folder have purged.
    fn learn_of_purges(&self) {
        if let Err(error) = self.purges.refresh() {
            self.health.disk_failed(&error);
        }
    }

    /// Whether an entry was purged hard, so that it answers nothing any more.
    fn is_gone(&self, header: &Header) -> bool {
        is_gone(&self.purges, header)
    }
}

/// An entry that does not say what it belongs to may belong to whatever was purged.
fn is_gone(purges: &Purges, header: &Header) -> bool {
    let newest = purges.newest();
    newest > header.sequence
        && (header.scopes.is_empty() || purges.floor(&header.scopes).hard > header.sequence)
}

/// The same, for who is about to write an entry below: other processes may have purged meanwhile. An erasure waits for
/// what was begun before it; what begins later sees the purge that went before.
fn is_gone_by_now(purges: &Purges, header: &Header) -> bool {
    // What cannot be read is told by whoever looks up next.
    let _ = purges.refresh();
    is_gone(purges, header)
}

/// Numbers of purges begin above those of any log that was lost: at the time.
fn open_purges(config: &Config, clock: &Clock) -> Result<Purges, Error> {
    let dir = config.dir.as_ref().map(|dir| dir.join("purges"));
    let origin = Sequence(clock.now().as_millis() << 16);
    let config = PurgeConfig {
        table_bytes: config.purge_table_bytes,
        origin,
        observer: Box::new(|_| ()),
    };
    Purges::open(dir.as_deref(), config)
}
