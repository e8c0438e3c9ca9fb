//! What has become of telling a hook, as it changes.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

/// What has become of telling one hook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HookCounts {
    /// Requests that it answered with success.
    pub sent: u64,
    /// Requests that failed; each is tried again a few times.
    pub failed: u64,
    /// Purges that it was never told: given up, without room to wait, or with no key that covers them.
    pub dropped: u64,
    /// Purges that it is still to be told.
    pub waiting: u64,
}

/// The same as it changes.
#[derive(Debug, Default)]
pub(super) struct Counts {
    sent: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
    waiting: watch::Sender<u64>,
}

impl HookCounts {
    /// Of two hooks together.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            failed: self.failed + other.failed,
            dropped: self.dropped + other.dropped,
            waiting: self.waiting + other.waiting,
        }
    }
}

impl Counts {
    pub(super) fn sent(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn dropped(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// One more waits.
    pub(super) fn came(&self) {
        self.waiting.send_modify(|waiting| *waiting += 1);
    }

    /// One waits no more.
    pub(super) fn went(&self) {
        self.waiting.send_modify(|waiting| *waiting -= 1);
    }

    /// Waits until none waits.
    pub(super) async fn settled(&self) {
        let mut waiting = self.waiting.subscribe();
        // It fails where nobody counts any more, and then none waits.
        let _ = waiting.wait_for(|waiting| *waiting == 0).await;
    }

    pub(super) fn read(&self) -> HookCounts {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        HookCounts {
            sent: load(&self.sent),
            failed: load(&self.failed),
            dropped: load(&self.dropped),
            waiting: *self.waiting.borrow(),
        }
    }
}
