//! A budget of memory for bytes in flight.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes of memory that transfers share: sources being read, and answers being written.
///
/// It counts in whole KiB, rounded up, and grants in the order of asking. Clones share one budget.
#[derive(Clone, Debug)]
pub struct TransferBudget {
    free: Arc<Semaphore>,
    total_kib: u32,
}

/// A share of a [`TransferBudget`]; dropping the last clone gives the bytes back.
#[derive(Clone, Debug)]
pub struct TransferPermit {
    share: Arc<OwnedSemaphorePermit>,
}

impl TransferBudget {
    /// A budget of `bytes`, rounded down to KiB and capped at what a semaphore counts (4 TiB).
    pub fn new(bytes: u64) -> Self {
        let most = u64::from(u32::MAX).min(Semaphore::MAX_PERMITS as u64);
        let total_kib = u32::try_from((bytes / 1024).min(most)).unwrap_or(u32::MAX);
        Self {
            free: Arc::new(Semaphore::new(total_kib as usize)),
            total_kib,
        }
    }

    /// A share of `bytes` if that much is free now and nobody waits for it.
    pub fn try_reserve(&self, bytes: u64) -> Option<TransferPermit> {
        let share = self.share(bytes)?;
        let share = Arc::clone(&self.free).try_acquire_many_owned(share).ok()?;
        Some(TransferPermit::new(share))
    }

    /// A share of `bytes`, waited for in the order of asking; `None` at once if the whole budget is smaller.
    ///
    /// Whoever holds a share must not wait for another: two that do so wait for each other. Dropping the future
    /// gives up the place.
    pub async fn reserve(&self, bytes: u64) -> Option<TransferPermit> {
        let share = self.share(bytes)?;
        let share = Arc::clone(&self.free).acquire_many_owned(share).await;
        let share = share.expect("the semaphore is never closed");
        Some(TransferPermit::new(share))
    }

    /// Bytes that are free now.
    pub fn free_bytes(&self) -> u64 {
        self.free.available_permits() as u64 * 1024
    }

    /// Bytes of the whole budget.
    pub fn total_bytes(&self) -> u64 {
        u64::from(self.total_kib) * 1024
    }

    fn share(&self, bytes: u64) -> Option<u32> {
        let kib = u32::try_from(bytes.div_ceil(1024)).ok()?;
        (kib <= self.total_kib).then_some(kib)
    }
}

impl TransferPermit {
    fn new(share: OwnedSemaphorePermit) -> Self {
        Self {
            share: Arc::new(share),
        }
    }

    /// Bytes of the share.
    pub fn bytes(&self) -> u64 {
        self.share.num_permits() as u64 * 1024
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_taken_in_kib_and_given_back() {
        let budget = TransferBudget::new(10 * 1024 + 5);
        assert_eq!(budget.total_bytes(), 10 * 1024);
        let share = budget.try_reserve(1025).unwrap();
        assert_eq!(budget.free_bytes(), 8 * 1024);
        assert!(budget.try_reserve(8 * 1024 + 1).is_none());
        drop(share);
        assert_eq!(budget.free_bytes(), 10 * 1024);
    }

    #[tokio::test]
    async fn more_than_the_whole_budget_is_refused_and_not_waited_for() {
        let budget = TransferBudget::new(4096);
        assert!(budget.reserve(4097).await.is_none());
        assert!(budget.reserve(u64::MAX).await.is_none());
        assert!(budget.reserve(4096).await.is_some());
    }

    #[tokio::test]
    async fn a_large_share_is_waited_for_and_not_overtaken_by_small_ones() {
        let budget = TransferBudget::new(4096);
        let first = budget.try_reserve(2048).unwrap();
        let large = tokio::spawn({
            let budget = budget.clone();
            async move { budget.reserve(4096).await.is_some() }
        });
        tokio::task::yield_now().await;
        assert!(budget.try_reserve(1024).is_none());
        drop(first);
        assert!(large.await.unwrap());
    }
}
