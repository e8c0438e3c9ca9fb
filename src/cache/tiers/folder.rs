//! The folder below memory, and the upkeep of it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Handle;

use super::Cache;
use crate::cache::body::FileBody;
use crate::cache::config::Config;
use crate::cache::disk::{Disk, Opened, Swept};
use crate::cache::entry::Entry;
use crate::cache::error::Error;
use crate::cache::gate::{Bounds, Gate};
use crate::cache::health::Health;
use crate::cache::keeper::{Keeper, KeeperCounts, Rules};
use crate::cache::key::Key;
use crate::cache::purge::Purges;
use crate::cache::recency::Uses;
use crate::clock::Clock;

/// The folder tier, and who keeps it.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) gate: Gate,
    pub(super) stream_bytes: u64,
    pub(super) keeper: Arc<Keeper>,
    pub(super) uses: Arc<Uses>,
    /// Whether the last round of the keeper failed.
    was_unkept: AtomicBool,
}

/// What the folder tier shares with the others.
pub(super) struct FolderParts {
    pub(super) purges: Arc<Purges>,
    pub(super) clock: Clock,
    pub(super) runtime: Handle,
    pub(super) health: Arc<Health>,
}

impl Cache {
    /// Removes from the folder what has expired and what there is no room for, if this process is the one that keeps
    /// it; to be called about once a second. Blocks.
    ///
    /// # Errors
    /// What the file system refuses; it is counted, and tried again by the next call.
    pub fn keep_folder(&self) -> Result<(), Error> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let outcome = folder.keeper.round();
        match &outcome {
            Err(error) => self.health.disk_failed(error),
            // What readers and writers have run into is theirs to take back.
            Ok(()) if folder.was_unkept.load(Ordering::Relaxed) => self.health.disk_recovered(),
            Ok(()) => {}
        }
        folder.was_unkept.store(outcome.is_err(), Ordering::Relaxed);
        outcome
    }

    /// Removes from the folder what has expired, by hand; `None` where another process keeps it. Blocks.
    ///
    /// # Errors
    /// What the file system refuses.
    pub fn sweep_folder(&self) -> Result<Option<Swept>, Error> {
        match &self.folder {
            Some(folder) => folder.keeper.sweep_now(),
            None => Ok(Some(Swept::default())),
        }
    }

    /// Looks at every file of the folder, removes what has expired or is damaged, and writes the journal anew.
    /// `progress` is told how many parts of how many are done. Blocks.
    ///
    /// # Errors
    /// What the file system refuses.
    pub fn scan_folder(&self, progress: &(dyn Fn(u32, u32) + Sync)) -> Result<Swept, Error> {
        match &self.folder {
            Some(folder) => folder.keeper.scan(progress),
            None => Ok(Swept::default()),
        }
    }

    /// Writes down what the next start wants to know. Blocks.
    pub fn save(&self) {
        if let Some(folder) = &self.folder {
            folder.keeper.settle();
        }
    }

    /// What keeping the folder has come to; `None` without one.
    pub fn keeper_counts(&self) -> Option<KeeperCounts> {
        self.folder.as_ref().map(|folder| folder.keeper.counts())
    }
}

impl Folder {
    /// Opens `dir`, which is made where it is absent.
    ///
    /// # Errors
    /// Where it can be neither found nor made.
    pub(super) fn open(dir: &Path, config: &Config, parts: FolderParts) -> Result<Self, Error> {
        let FolderParts {
            purges,
            clock,
            runtime,
            health,
        } = parts;
        let bounds = Bounds {
            operations: config.disk_operations,
            patience: config.disk_patience,
        };
        let keep = config.lifetimes.keep;
        let disk = Arc::new(Disk::open(dir, keep.variants, clock.clone())?);
        let uses = Arc::new(Uses::new());
        let rules = Rules {
            keep,
            limits: config.disk_limits,
            sweep_interval: config.sweep_interval,
            snapshot: dir.join("recency"),
        };
        let parts = (Arc::clone(&disk), purges);
        Ok(Self {
            keeper: Arc::new(Keeper::new(parts, Arc::clone(&uses), rules, clock)),
            gate: Gate::new(disk, bounds, runtime, health),
            stream_bytes: config.stream_bytes,
            uses,
            was_unkept: AtomicBool::default(),
        })
    }

    /// The entry of `key` as it was `opened`: a long body stays in its file until it is sent.
    pub(super) fn entry(&self, key: Key, opened: Opened) -> Entry {
        match opened {
            Opened::Whole(entry) => entry,
            Opened::Streamed(header, reader) => Entry {
                header,
                body: FileBody::new(key, reader, self.gate.clone()).into(),
            },
        }
    }
}
