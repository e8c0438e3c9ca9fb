//! What the tiers have done and how they are, for whoever writes metrics and answers readiness.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::error::Error;

/// Counts of both tiers since the start.
#[derive(Debug, Default)]
pub struct Health {
    /// The memory tier.
    pub memory: TierHealth,
    /// The folder tier; all zero where there is none.
    pub disk: TierHealth,
    /// The shared tier; all zero where there is none.
    pub shared: TierHealth,
    last_error: Mutex<Option<String>>,
}

/// Counts of one tier since the start. They are raised without order among each other.
#[derive(Debug, Default)]
pub struct TierHealth {
    hits: AtomicU64,
    misses: AtomicU64,
    errors: AtomicU64,
    damaged: AtomicU64,
    read_bytes: AtomicU64,
    written_bytes: AtomicU64,
}

/// The counts of one tier at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TierCounts {
    /// Look-ups that found an entry, fresh or stale.
    pub hits: u64,
    /// Look-ups that found none.
    pub misses: u64,
    /// Operations that the system refused or that took too long.
    pub errors: u64,
    /// Files that failed a check and were removed.
    pub damaged: u64,
    /// Bytes of bodies that hits returned.
    pub read_bytes: u64,
    /// Bytes of bodies that were kept.
    pub written_bytes: u64,
}

impl Health {
    /// The last error of the folder tier in words; `None` while there was none, and after a later store.
    pub fn last_error(&self) -> Option<String> {
        self.error_slot().clone()
    }

    pub(super) fn disk_failed(&self, error: &Error) {
        add(&self.disk.errors, 1);
        *self.error_slot() = Some(error.to_string());
    }

    pub(super) fn disk_recovered(&self) {
        *self.error_slot() = None;
    }

    fn error_slot(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.last_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl TierHealth {
    /// The counts now.
    pub fn counts(&self) -> TierCounts {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        TierCounts {
            hits: load(&self.hits),
            misses: load(&self.misses),
            errors: load(&self.errors),
            damaged: load(&self.damaged),
            read_bytes: load(&self.read_bytes),
            written_bytes: load(&self.written_bytes),
        }
    }

    pub(super) fn hit(&self, body_bytes: usize) {
        add(&self.hits, 1);
        add(&self.read_bytes, body_bytes as u64);
    }

    pub(super) fn missed(&self) {
        add(&self.misses, 1);
    }

    pub(super) fn found_damage(&self) {
        add(&self.damaged, 1);
    }

    pub(super) fn wrote(&self, body_bytes: usize) {
        add(&self.written_bytes, body_bytes as u64);
    }
}

fn add(count: &AtomicU64, amount: u64) {
    count.fetch_add(amount, Ordering::Relaxed);
}
