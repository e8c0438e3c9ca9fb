//! What is to be written, in the order in which it came, bounded in number and in bytes.

use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::timeout;

/// Something that takes memory while it waits.
pub(super) trait Cost {
    /// Bytes that it takes.
    fn cost_bytes(&self) -> u64;
}

/// What a queue holds, including what was taken from it and is still being worked on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) jobs: usize,
    pub(super) bytes: u64,
}

/// A bounded queue of jobs.
#[derive(Debug)]
pub(super) struct Queue<J> {
    bounds: Load,
    jobs: Mutex<Jobs<J>>,
    arrived: Notify,
    load: watch::Sender<Load>,
}

/// The jobs of a queue.
#[derive(Debug)]
struct Jobs<J> {
    waiting: VecDeque<J>,
    taken: Vec<Arc<J>>,
}

/// A job that was taken; it counts until it is dropped.
#[derive(Debug)]
pub(super) struct Taken<J: Cost> {
    job: Arc<J>,
    queue: Arc<Queue<J>>,
}

impl<J: Cost> Queue<J> {
    pub(super) fn new(bounds: Load) -> Self {
        Self {
            bounds,
            jobs: Mutex::new(Jobs {
                waiting: VecDeque::new(),
                taken: Vec::new(),
            }),
            arrived: Notify::new(),
            load: watch::Sender::default(),
        }
    }

    /// Adds `job`; gives it back where it does not fit.
    pub(super) fn push(&self, job: J) -> Result<(), J> {
        let bytes = job.cost_bytes();
        let fits = self.load.send_if_modified(|load| {
            let jobs = load.jobs + 1;
            let bytes = load.bytes.saturating_add(bytes);
            let fits = jobs <= self.bounds.jobs && bytes <= self.bounds.bytes;
            if fits {
                *load = Load { jobs, bytes };
            }
            fits
        });
        if !fits {
            return Err(job);
        }
        self.lock().waiting.push_back(job);
        self.arrived.notify_one();
        Ok(())
    }

    /// Takes the oldest job, and waits for one where there is none.
    pub(super) async fn next(self: &Arc<Self>) -> Taken<J> {
        loop {
            let arrived = self.arrived.notified();
            if let Some(job) = self.take() {
                return job;
            }
            arrived.await;
        }
    }

    /// Removes the jobs that `is_unwanted` names, and waits for those of them that are worked on; answers how many
    /// were removed.
    pub(super) async fn withdraw(&self, is_unwanted: impl Fn(&J) -> bool) -> usize {
        let mut load = self.load.subscribe();
        let removed = self.remove(&is_unwanted);
        let is_over = |_: &Load| !self.lock().taken.iter().any(|job| is_unwanted(job));
        // The sender lives as long as this queue does.
        let _ = load.wait_for(is_over).await;
        removed
    }

    fn remove(&self, is_unwanted: impl Fn(&J) -> bool) -> usize {
        let unwanted = {
            let mut jobs = self.lock();
            let (unwanted, wanted) = jobs.waiting.drain(..).partition(|job| is_unwanted(job));
            jobs.waiting = wanted;
            unwanted
        };
        let unwanted: VecDeque<J> = unwanted;
        unwanted.iter().for_each(|job| self.release(job));
        unwanted.len()
    }

    pub(super) fn load(&self) -> Load {
        *self.load.borrow()
    }

    /// Waits until nothing waits and nothing is worked on, for `time` at most; answers what is left.
    pub(super) async fn settle(&self, time: Duration) -> Load {
        let mut load = self.load.subscribe();
        let emptied = load.wait_for(|load| load.jobs == 0);
        match timeout(time, emptied).await {
            Ok(_) => Load::default(),
            Err(_) => self.load(),
        }
    }

    fn take(self: &Arc<Self>) -> Option<Taken<J>> {
        let (job, more) = {
            let mut jobs = self.lock();
            let job = Arc::new(jobs.waiting.pop_front()?);
            jobs.taken.push(Arc::clone(&job));
            (job, !jobs.waiting.is_empty())
        };
        if more {
            // One notice may stand for several arrivals.
            self.arrived.notify_one();
        }
        Some(Taken {
            job,
            queue: Arc::clone(self),
        })
    }

    fn release(&self, job: &J) {
        self.load.send_modify(|load| {
            load.jobs -= 1;
            load.bytes -= job.cost_bytes();
        });
    }

    fn lock(&self) -> MutexGuard<'_, Jobs<J>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<J: Cost> Deref for Taken<J> {
    type Target = J;

    fn deref(&self) -> &J {
        &self.job
    }
}

impl<J: Cost> Drop for Taken<J> {
    fn drop(&mut self) {
        let is_other = |job: &Arc<J>| !Arc::ptr_eq(job, &self.job);
        self.queue.lock().taken.retain(is_other);
        self.queue.release(&self.job);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Cost for u64 {
        fn cost_bytes(&self) -> u64 {
            *self
        }
    }

    fn queue() -> Arc<Queue<u64>> {
        Arc::new(Queue::new(Load { jobs: 3, bytes: 10 }))
    }

    #[tokio::test]
    async fn jobs_come_out_as_they_went_in() {
        let queue = queue();
        for job in [4, 1, 3] {
            queue.push(job).unwrap();
        }
        for job in [4, 1, 3] {
            assert_eq!(*queue.next().await, job);
        }
    }

    #[tokio::test]
    async fn what_does_not_fit_is_given_back_until_there_is_room() {
        let queue = queue();
        for (jobs, fits) in [
            (vec![11], false),
            (vec![10, 1], false),
            (vec![1, 1, 1, 1], false),
            (vec![3, 3, 4], true),
        ] {
            let outcomes: Vec<_> = jobs.iter().map(|job| queue.push(*job)).collect();
            assert_eq!(outcomes.iter().all(Result::is_ok), fits, "{jobs:?}");
            queue.remove(|_| true);
            assert_eq!(queue.load(), Load::default());
        }
        queue.push(10).unwrap();
        let taken = queue.next().await;
        assert_eq!(queue.push(1), Err(1), "what is worked on counts");
        drop(taken);
        assert_eq!(queue.push(1), Ok(()));
    }

    #[tokio::test]
    async fn everybody_who_waits_gets_a_job() {
        let queue = queue();
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let queue = Arc::clone(&queue);
                tokio::spawn(async move { *queue.next().await })
            })
            .collect();
        tokio::task::yield_now().await;
        for job in 1..=3 {
            queue.push(job).unwrap();
        }
        let mut taken = Vec::new();
        for task in waiting {
            taken.push(task.await.unwrap());
        }
        taken.sort_unstable();
        assert_eq!(taken, [1, 2, 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn settling_waits_for_what_is_worked_on_and_not_for_ever() {
        let queue = queue();
        let second = Duration::from_secs(1);
        assert_eq!(queue.settle(second).await, Load::default());
        queue.push(2).unwrap();
        let taken = queue.next().await;
        assert_eq!(queue.settle(second).await, Load { jobs: 1, bytes: 2 });
        let settling = {
            let queue = Arc::clone(&queue);
            tokio::spawn(async move { queue.settle(second).await })
        };
        tokio::task::yield_now().await;
        drop(taken);
        assert_eq!(settling.await.unwrap(), Load::default());
    }

    #[tokio::test]
    async fn withdrawing_waits_for_what_is_worked_on() {
        let queue = queue();
        queue.push(2).unwrap();
        let taken = queue.next().await;
        let other = queue.withdraw(|job| *job == 3).await;
        assert_eq!(other, 0);
        let withdrawing = {
            let queue = Arc::clone(&queue);
            tokio::spawn(async move { queue.withdraw(|job| *job == 2).await })
        };
        tokio::task::yield_now().await;
        assert!(!withdrawing.is_finished());
        drop(taken);
        assert_eq!(withdrawing.await.unwrap(), 0);
    }

    #[test]
    fn unwanted_jobs_leave_and_the_rest_stays_in_order() {
        let queue = queue();
        for job in [1, 2, 3] {
            queue.push(job).unwrap();
        }
        assert_eq!(queue.remove(|job| *job == 2), 1);
        assert_eq!(queue.load(), Load { jobs: 2, bytes: 4 });
        assert_eq!(queue.take().as_deref(), Some(&1));
        assert_eq!(queue.take().as_deref(), Some(&3));
    }
}
