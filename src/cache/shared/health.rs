//! What the shared tier has done and how it is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::circuit::CircuitState;
use super::error::SharedError;

/// What came of what was asked of the shared tier, since the start.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: [AtomicU64; Event::COUNT],
    read_bytes: AtomicU64,
    written_bytes: AtomicU64,
    last_error: Mutex<Option<String>>,
}

/// Something that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Hit,
    Miss,
    Damaged,
    Expired,
    ReadError,
    Written,
    Superseded,
    Outrun,
    WriteError,
    Dropped,
    Removed,
}

/// The shared tier at one time: counts since the start, and how it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedCounts {
    /// Entries and records that were found.
    pub hits: u64,
    /// Those that were not, for whatever reason.
    pub misses: u64,
    /// Objects that failed a check; they are removed.
    pub damaged: u64,
    /// Objects that had outlived their time; they are removed.
    pub expired: u64,
    /// Reads that the store refused or that took too long.
    pub read_errors: u64,
    /// Reads that were not tried because the store had failed too often.
    pub read_refusals: u64,
    /// Entries and records that were written.
    pub written: u64,
    /// Those that gave way to what was there.
    pub superseded: u64,
    /// Those that others outran at every try.
    pub outrun: u64,
    /// Writes and removals that the store refused or that took too long.
    pub write_errors: u64,
    /// Writes and removals that were not tried: no room in the queue, or the store had failed too often.
    pub dropped: u64,
    /// Objects that were removed.
    pub removed: u64,
    /// Bytes of bodies that were read.
    pub read_bytes: u64,
    /// Bytes of bodies that were written.
    pub written_bytes: u64,
    /// Whether the store is read from.
    pub reads: CircuitState,
    /// Whether the store is written to.
    pub writes: CircuitState,
    /// What waits to be written, or is being written.
    pub queued: u64,
    /// Bytes of it.
    pub queued_bytes: u64,
    /// The last error in words; `None` while there was none, and after a later success.
    pub last_error: Option<String>,
}

impl Event {
    const COUNT: usize = Self::Removed as usize + 1;
}

impl Tally {
    pub(super) fn count(&self, event: Event) {
        self.counts[event as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self, body_bytes: usize) {
        self.count(Event::Hit);
        self.read_bytes
            .fetch_add(body_bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn wrote(&self, body_bytes: usize) {
        self.count(Event::Written);
        self.written_bytes
            .fetch_add(body_bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn failed(&self, event: Event, error: &SharedError) {
        self.count(event);
        *self.error_slot() = Some(error.to_string());
    }

    pub(super) fn recovered(&self) {
        *self.error_slot() = None;
    }

    /// The counts; what others know is left at its default.
    pub(super) fn counts(&self) -> SharedCounts {
        let load = |event: Event| self.counts[event as usize].load(Ordering::Relaxed);
        SharedCounts {
            hits: load(Event::Hit),
            misses: load(Event::Miss),
            damaged: load(Event::Damaged),
            expired: load(Event::Expired),
            read_errors: load(Event::ReadError),
            written: load(Event::Written),
            superseded: load(Event::Superseded),
            outrun: load(Event::Outrun),
            write_errors: load(Event::WriteError),
            dropped: load(Event::Dropped),
            removed: load(Event::Removed),
            read_bytes: self.read_bytes.load(Ordering::Relaxed),
            written_bytes: self.written_bytes.load(Ordering::Relaxed),
            last_error: self.error_slot().clone(),
            ..SharedCounts::default()
        }
    }

    fn error_slot(&self) -> MutexGuard<'_, Option<String>> {
        self.last_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
