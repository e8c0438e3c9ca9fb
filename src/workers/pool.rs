//! Threads of their own for pixels, below the priority of those that serve.
//!
//! The pool runs any closure; what jobs are is the business of the module above.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{io, thread};

use rustix::process::{getpriority_process, setpriority_process};
use tokio::sync::{Notify, oneshot};

use super::Gauges;
use super::admission::{Admission, Limits, Refusal};

/// Below the threads that serve: those get nearly three times the share of a contended core.
const BELOW_SERVING: i32 = 5;
/// The nicest that a thread can be: any other gets nearly seventy times the share.
const NICEST: i32 = 19;

/// How long there must have been time to spare for it to be calm: between the requests of busy clients there are gaps too.
const CALM: Duration = Duration::from_millis(100);

/// Jobs on more than one in so many threads are a crowd. What works beside them has their cores' caches and halves.
const CROWD_SHARE: usize = 4;

/// Each finished job counts this part in the mean of job times.
const MEAN_WEIGHT: u32 = 8;

type Task = Box<dyn FnOnce(Share) + Send>;

/// What became of a closure that ran.
#[derive(Debug)]
pub(super) struct Ran<T> {
    /// What it returned.
    pub(super) value: T,
    /// From its coming to its start.
    pub(super) queued: Duration,
    /// From its start to its end.
    pub(super) worked: Duration,
}

/// Why there is no result.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// It was not let in; the duration is a guess at when it would be.
    Refused(Refusal, Duration),
    /// It panicked.
    Panicked,
    /// The pool was stopped before it started.
    Stopped,
}

/// Who is to get the processor first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Priority {
    /// Somebody waits for what is made.
    BelowServing,
    /// Nobody does.
    Lowest,
}

impl Priority {
    /// How much nicer threads are than those that serve.
    const fn nicer(self) -> i32 {
        match self {
            Self::BelowServing => BELOW_SERVING,
            Self::Lowest => NICEST,
        }
    }
}

/// The threads and their queue.
#[derive(Debug)]
pub(super) struct Pool {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Pool {
    /// Starts the threads.
    pub(super) fn start(limits: Limits, priority: Priority) -> io::Result<Self> {
        let pool = Self {
            shared: Arc::new(Shared::new(limits)),
            threads: Mutex::default(),
        };
        for index in 0..limits.threads {
            let shared = Arc::clone(&pool.shared);
            let thread = thread::Builder::new()
                .name(format!("worker-{index}"))
                .spawn(move || shared.work(priority))?;
            locked(&pool.threads).push(thread);
        }
        Ok(pool)
    }

    /// Runs `work` on a thread once there is one and `bytes` of memory; dropped before that, it never runs.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        bytes: u64,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Ran<T>, Lost> {
        let came = Instant::now();
        let (reply, answer) = oneshot::channel();
        let task = Box::new(move |share: Share| {
            let started = Instant::now();
            let value = catch_unwind(AssertUnwindSafe(work));
            let (queued, worked) = (started.duration_since(came), started.elapsed());
            // First the share, then the answer: who has the answer sees the books without this job.
            share.give_back(worked);
            let ran = value.map(|value| Ran {
                value,
                queued,
                worked,
            });
            // The waiter may be gone by now.
            let _ = reply.send(ran.map_err(|_| Lost::Panicked));
        });
        let _ticket = self.shared.enter(bytes, task)?;
        answer.await.unwrap_or(Err(Lost::Stopped))
    }

    /// Refuses what would be refused now, before anything was done for it.
    pub(super) fn check_room(&self) -> Result<(), Lost> {
        let state = locked(&self.shared.state);
        match state.admission.is_full() {
            true => Err(Lost::Refused(Refusal::Full, state.wait())),
            false => Ok(()),
        }
    }

    /// Waits until there has been time to spare for a while.
    pub(super) async fn calm(&self) {
        loop {
            // From here on no word is missed, though nobody has asked for it yet.
            let calmed = self.shared.calmed.notified();
            let left = locked(&self.shared.state).calm_in(tokio::time::Instant::now());
            match left {
                Some(Duration::ZERO) => return,
                Some(left) => tokio::time::sleep(left).await,
                None => calmed.await,
            }
        }
    }

    /// Whether there has been time to spare for a while.
    pub(super) fn is_calm(&self) -> bool {
        let left = locked(&self.shared.state).calm_in(tokio::time::Instant::now());
        left == Some(Duration::ZERO)
    }

    /// What is queued and taken now.
    pub(super) fn gauges(&self) -> Gauges {
        let state = locked(&self.shared.state);
        let limits = state.admission.limits();
        Gauges {
            queued: state.admission.waiting(),
            queue_limit: limits.queue,
            running: state.admission.running(),
            threads: limits.threads,
            reserved_bytes: state.admission.reserved_bytes(),
            budget_bytes: limits.memory_bytes,
        }
    }

    /// Refuses new work, and drops what has not started.
    pub(super) fn close(&self) {
        self.shared.close();
    }

    /// The same, and waits for what has started.
    pub(super) fn stop(&self) {
        self.close();
        for thread in std::mem::take(&mut *locked(&self.threads)) {
            // A thread ends with an error only by a panic outside of any job; there is nobody to tell.
            let _ = thread.join();
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.close();
    }
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Rung when a job became ready, and when the pool is closed.
    bell: Condvar,
    /// Told when there is no crowd of jobs any more.
    calmed: Notify,
}

struct State {
    admission: Admission<Task>,
    mean_work: Duration,
    /// When the last crowd of jobs ended, once there was one.
    crowd_end: Option<tokio::time::Instant>,
    closed: bool,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

impl Shared {
    fn new(limits: Limits) -> Self {
        Self {
            state: Mutex::new(State {
                admission: Admission::new(limits),
                mean_work: Duration::ZERO,
                crowd_end: None,
                closed: false,
            }),
            bell: Condvar::new(),
            calmed: Notify::new(),
        }
    }

    fn enter(self: &Arc<Self>, bytes: u64, task: Task) -> Result<Ticket, Lost> {
        let mut state = locked(&self.state);
        if state.closed {
            return Err(Lost::Stopped);
        }
        let number = state
            .admission
            .enter(bytes, task)
            .map_err(|refusal| Lost::Refused(refusal, state.wait()))?;
        drop(state);
        self.bell.notify_one();
        Ok(Ticket {
            shared: Arc::clone(self),
            number,
        })
    }

    /// The life of a thread.
    fn work(self: Arc<Self>, priority: Priority) {
        lower(priority);
        while let Some((task, bytes)) = self.fetch() {
            task(Share {
                shared: Arc::clone(&self),
                bytes,
            });
        }
    }

    fn fetch(&self) -> Option<(Task, u64)> {
        let mut state = locked(&self.state);
        loop {
            if let Some(fetched) = state.admission.fetch() {
                return Some(fetched);
            }
            if state.closed {
                return None;
            }
            state = self
                .bell
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn close(&self) {
        let mut state = locked(&self.state);
        state.closed = true;
        let dropped = state.admission.withdraw_all();
        drop(state);
        self.bell.notify_all();
        self.calmed.notify_waiters();
        drop(dropped);
    }

    /// Changes the books, and wakes threads for the jobs that became ready by it.
    fn settle<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = locked(&self.state);
        let was_crowded = state.is_crowded();
        let result = change(&mut state);
        let (ready, is_crowded) = (state.admission.ready(), state.is_crowded());
        if was_crowded {
            state.crowd_end = Some(tokio::time::Instant::now());
        }
        drop(state);
        for _ in 0..ready {
            self.bell.notify_one();
        }
        if !is_crowded {
            self.calmed.notify_waiters();
        }
        result
    }
}

impl State {
    /// Whether jobs wait for their turn, or more than a few threads are at work.
    fn is_crowded(&self) -> bool {
        let few = self.admission.limits().threads / CROWD_SHARE;
        self.admission.waiting() > 0 || self.admission.running() > few
    }

    /// In what time it will be calm if nothing comes; `None` as long as there is a crowd.
    fn calm_in(&self, now: tokio::time::Instant) -> Option<Duration> {
        if self.is_crowded() && !self.closed {
            return None;
        }
        let since = self.crowd_end.map(|end| now.saturating_duration_since(end));
        Some(since.map_or(Duration::ZERO, |since| CALM.saturating_sub(since)))
    }

    /// A guess at when a job that comes now could start: the work ahead of it over the threads that do it.
    fn wait(&self) -> Duration {
        let ahead = self.admission.waiting() + self.admission.running();
        let rounds = ahead.div_ceil(self.admission.limits().threads);
        self.mean_work
            .saturating_mul(u32::try_from(rounds).unwrap_or(u32::MAX))
    }

    fn learn(&mut self, worked: Duration) {
        self.mean_work = if self.mean_work.is_zero() {
            worked
        } else {
            (self.mean_work * (MEAN_WEIGHT - 1) + worked) / MEAN_WEIGHT
        };
    }
}

/// A waiter's hold on its job; dropping it takes the job out if no thread has fetched it.
struct Ticket {
    shared: Arc<Shared>,
    number: u64,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let task = self
            .shared
            .settle(|state| state.admission.withdraw(self.number));
        drop(task);
    }
}

/// The memory and the thread that a running job holds.
struct Share {
    shared: Arc<Shared>,
    bytes: u64,
}

impl Share {
    fn give_back(self, worked: Duration) {
        self.shared.settle(|state| state.learn(worked));
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.shared
            .settle(|state| state.admission.leave(self.bytes));
    }
}

/// The lock, whoever panicked while holding it: no step of the books can be left half done by a panic.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes the calling thread nicer; on Linux a thread has a nice value of its own.
fn lower(priority: Priority) {
    let thread = Some(rustix::thread::gettid());
    let lowered = getpriority_process(thread)
        .and_then(|nice| setpriority_process(thread, (nice + priority.nicer()).min(NICEST)));
    if let Err(error) = lowered {
        tracing::warn!(%error, "worker thread keeps its priority");
    }
}

#[cfg(test)]
mod tests;
