//! How this node stands to the stream.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What has happened on the stream since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamCounts {
    /// Purges that Redis took.
    pub sent: u64,
    /// Purges that came with the stream and were applied.
    pub applied: u64,
    /// Purges that Redis has not taken yet.
    pub waiting: u64,
    /// Purges that Redis took and no replica confirmed.
    pub unreplicated: u64,
    /// Times that everything was purged softly because entries of the stream were missed.
    pub gaps: u64,
    /// Connections that failed or were lost.
    pub failures: u64,
}

/// The same as it changes, and whether purges are confirmed.
#[derive(Debug)]
pub(super) struct Health {
    sending: AtomicBool,
    following: AtomicBool,
    unconfirmed: Arc<AtomicBool>,
    sent: AtomicU64,
    applied: AtomicU64,
    waiting: AtomicU64,
    unreplicated: AtomicU64,
    gaps: AtomicU64,
    failures: AtomicU64,
}

impl Health {
    /// Nothing is confirmed until Redis was reached.
    pub(super) fn new(unconfirmed: Arc<AtomicBool>) -> Self {
        unconfirmed.store(true, Ordering::Release);
        Self {
            sending: AtomicBool::default(),
            following: AtomicBool::default(),
            unconfirmed,
            sent: AtomicU64::default(),
            applied: AtomicU64::default(),
            waiting: AtomicU64::default(),
            unreplicated: AtomicU64::default(),
            gaps: AtomicU64::default(),
            failures: AtomicU64::default(),
        }
    }

    /// Whether all that was to be sent is sent, and more can be.
    pub(super) fn is_sending(&self) -> bool {
        self.sending.load(Ordering::Acquire)
    }

    pub(super) fn is_unconfirmed(&self) -> bool {
        self.unconfirmed.load(Ordering::Acquire)
    }

    pub(super) fn sends(&self, sends: Able) {
        self.sending.store(sends == Able::Yes, Ordering::Release);
        self.note();
    }

    pub(super) fn follows(&self, follows: Able) {
        self.following
            .store(follows == Able::Yes, Ordering::Release);
        self.note();
    }

    pub(super) fn sent(&self, count: usize, replicated: Able) {
        self.sent.fetch_add(count as u64, Ordering::Relaxed);
        if replicated == Able::No {
            self.unreplicated.fetch_add(count as u64, Ordering::Relaxed);
        }
    }

    pub(super) fn applied(&self, count: usize) {
        self.applied.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(super) fn waiting(&self, count: usize) {
        self.waiting.store(count as u64, Ordering::Relaxed);
    }

    pub(super) fn gap(&self) {
        self.gaps.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn failure(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn counts(&self) -> StreamCounts {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        StreamCounts {
            sent: load(&self.sent),
            applied: load(&self.applied),
            waiting: load(&self.waiting),
            unreplicated: load(&self.unreplicated),
            gaps: load(&self.gaps),
            failures: load(&self.failures),
        }
    }

    fn note(&self) {
        let confirmed = self.is_sending() && self.following.load(Ordering::Acquire);
        self.unconfirmed.store(!confirmed, Ordering::Release);
    }
}

/// Whether something goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Able {
    Yes,
    No,
}
