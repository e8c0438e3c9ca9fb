//! The pool under real threads: channels and gates order the steps, nothing sleeps.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::Poll;

use super::*;

fn pool(threads: usize, queue: usize, memory_bytes: u64) -> Arc<Pool> {
    let limits = Limits {
        threads,
        queue,
        memory_bytes,
    };
    Arc::new(Pool::start(limits, Priority::BelowServing).unwrap())
}

/// A job that has started and that ends when told.
struct Held {
    end: mpsc::Sender<()>,
    ran: tokio::task::JoinHandle<Result<Ran<()>, Lost>>,
}

impl Held {
    async fn start(pool: &Arc<Pool>, bytes: u64) -> Self {
        let (end, ended) = mpsc::channel();
        let (start, started) = oneshot::channel();
        let pool = Arc::clone(pool);
        let ran = tokio::spawn(async move {
            let work = move || {
                start.send(()).unwrap();
                ended.recv().unwrap();
            };
            pool.run(bytes, work).await
        });
        started.await.unwrap();
        Self { end, ran }
    }

    async fn end(self) {
        self.end.send(()).unwrap();
        self.ran.await.unwrap().unwrap();
    }
}

/// Polls a run once, so that it is in the queue.
async fn queued<F: Future>(run: F) -> Pin<Box<F>> {
    let mut run = Box::pin(run);
    let waits = poll_fn(|context| Poll::Ready(run.as_mut().poll(context).is_pending()));
    assert!(waits.await, "it was to wait");
    run
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_guesses_a_wait() {
    let pool = pool(1, 1, 100);
    let held = Held::start(&pool, 10).await;
    assert_eq!(pool.check_room(), Ok(()));
    let waiting = queued(pool.run(10, || ())).await;
    let refused = pool.run(10, || ()).await;
    assert!(matches!(refused, Err(Lost::Refused(Refusal::Full, _))));
    assert!(pool.check_room().is_err());
    assert_eq!(pool.gauges().queued, 1);
    held.end().await;
    waiting.await.unwrap();
}

#[tokio::test]
async fn a_job_that_waits_for_memory_leaves_the_threads_alone() {
    let pool = pool(2, 9, 100);
    let held = Held::start(&pool, 80).await;
    let waiting = queued(pool.run(30, || ())).await;
    let gauges = pool.gauges();
    assert_eq!((gauges.running, gauges.queued), (1, 1));
    assert_eq!((gauges.reserved_bytes, gauges.budget_bytes), (80, 100));
    held.end().await;
    waiting.await.unwrap();
}

#[tokio::test]
async fn jobs_start_in_the_order_in_which_they_came() {
    let pool = pool(1, 99, 100);
    let held = Held::start(&pool, 1).await;
    let (started, order) = mpsc::channel();
    let mut runs = Vec::new();
    for index in 0..20_u64 {
        let started = started.clone();
        // Sizes go up and down: none overtakes because it is small.
        let work = move || started.send(index).unwrap();
        runs.push(queued(pool.run(100 - index * 37 % 100, work)).await);
    }
    held.end().await;
    for run in runs {
        run.await.unwrap();
    }
    assert!(order.try_iter().eq(0..20));
}

#[tokio::test]
async fn a_job_whose_waiter_is_gone_never_runs() {
    let pool = pool(1, 9, 100);
    let held = Held::start(&pool, 10).await;
    let runs = Arc::new(AtomicUsize::new(0));
    let count = |runs: &Arc<AtomicUsize>| {
        let runs = Arc::clone(runs);
        move || runs.fetch_add(1, Ordering::SeqCst)
    };
    let dropped = queued(pool.run(10, count(&runs))).await;
    let kept = queued(pool.run(10, count(&runs))).await;
    drop(dropped);
    assert_eq!(pool.gauges().queued, 1);
    held.end().await;
    kept.await.unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_panic_is_an_error_and_the_thread_lives_on() {
    let pool = pool(1, 9, 100);
    let lost = pool.run(100, || panic!("on purpose")).await;
    assert_eq!(lost.map(|ran| ran.value), Err::<(), _>(Lost::Panicked));
    let name = || thread::current().name().map(str::to_owned);
    let ran = pool.run(100, name).await.unwrap();
    assert_eq!(ran.value.as_deref(), Some("worker-0"));
    assert_eq!(pool.gauges().running, 0);
}

#[tokio::test]
async fn threads_work_side_by_side() {
    let pool = pool(2, 9, 100);
    let both = Arc::new(Barrier::new(2));
    let meet = |both: &Arc<Barrier>| {
        let both = Arc::clone(both);
        move || both.wait().is_leader()
    };
    let (one, two) = tokio::join!(pool.run(50, meet(&both)), pool.run(50, meet(&both)));
    assert_ne!(one.unwrap().value, two.unwrap().value);
}

#[tokio::test]
async fn threads_are_nicer_than_the_one_that_started_them() {
    let limits = Limits {
        threads: 1,
        queue: 9,
        memory_bytes: 100,
    };
    let nice = || getpriority_process(Some(rustix::thread::gettid())).unwrap();
    for (priority, nicer) in [(Priority::BelowServing, 5), (Priority::Lowest, 19)] {
        let pool = Pool::start(limits, priority).unwrap();
        let ran = pool.run(1, nice).await.unwrap();
        assert_eq!(ran.value, (nice() + nicer).min(19), "{priority:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_calm_when_there_has_been_time_to_spare_for_a_while() {
    let pool = pool(1, 9, 100);
    pool.calm().await;
    let held = Held::start(&pool, 10).await;
    let waiting = queued(pool.run(10, || ())).await;
    let calm = queued(pool.calm()).await;
    assert!(!pool.is_calm());
    held.end().await;
    waiting.await.unwrap();
    assert!(!pool.is_calm());
    let begun = tokio::time::Instant::now();
    calm.await;
    assert!(begun.elapsed() >= CALM, "{:?}", begun.elapsed());
    assert!(pool.is_calm());
    pool.calm().await;
}

#[tokio::test]
async fn few_jobs_on_many_threads_are_no_crowd() {
    let pool = pool(4, 9, 100);
    let first = Held::start(&pool, 10).await;
    pool.calm().await;
    let second = Held::start(&pool, 10).await;
    let calm = queued(pool.calm()).await;
    second.end().await;
    calm.await;
    first.end().await;
}

#[tokio::test]
async fn stopping_finishes_what_runs_and_drops_the_rest() {
    let pool = pool(1, 9, 100);
    let held = Held::start(&pool, 10).await;
    let waiting = queued(pool.run(10, || ())).await;
    pool.shared.close();
    assert_eq!(waiting.await.unwrap_err(), Lost::Stopped);
    held.end().await;
    pool.stop();
    assert_eq!(pool.run(1, || ()).await.unwrap_err(), Lost::Stopped);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_however_many_waiters_go() {
    let pool = pool(3, usize::MAX, 100);
    for round in 0..20_u64 {
        let held = Held::start(&pool, 60).await;
        let mut runs = Vec::new();
        for index in 0..50 {
            let pool = Arc::clone(&pool);
            let bytes = (round * 31 + index * 17) % 101;
            runs.push(tokio::spawn(async move { pool.run(bytes, || ()).await }));
        }
        for run in runs.iter().skip(round as usize % 3).step_by(2) {
            run.abort();
        }
        held.end().await;
        for run in runs {
            // Aborted or done: either will do.
            let _ = run.await;
        }
        pool.run(100, || ()).await.unwrap();
    }
    pool.stop();
    let gauges = pool.gauges();
    assert_eq!(
        (gauges.queued, gauges.running, gauges.reserved_bytes),
        (0, 0, 0)
    );
}

#[test]
fn the_guess_grows_with_the_queue_and_follows_recent_jobs() {
    let limits = Limits {
        threads: 2,
        queue: 9,
        memory_bytes: 100,
    };
    let mut state = Shared::new(limits).state.into_inner().unwrap();
    assert_eq!(state.wait(), Duration::ZERO);
    state.learn(Duration::from_secs(2));
    for _ in 0..5 {
        state.admission.enter(1, Box::new(drop)).unwrap();
    }
    assert_eq!(state.wait(), Duration::from_secs(6));
    state.learn(Duration::from_secs(10));
    assert_eq!(state.wait(), Duration::from_secs(9));
}
