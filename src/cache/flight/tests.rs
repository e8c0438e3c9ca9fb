use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Barrier, oneshot};
use tokio::task::yield_now;

const DEADLINE: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(10);

type Numbers = Flights<&'static str, usize, String>;

fn flights() -> Arc<Numbers> {
    Arc::new(Flights::new(Handle::current(), DEADLINE))
}

/// Counts itself among the living until it is dropped.
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Lets every other task run until it waits for something.
async fn settle() {
    for _ in 0..8 {
        yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_run_serves_everybody_who_joins() {
    let flights = flights();
    let runs = Arc::new(AtomicUsize::new(0));
    let start = Arc::new(Barrier::new(50));
    let (release, released) = watch::channel(false);
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (flights, runs) = (Arc::clone(&flights), Arc::clone(&runs));
            let (start, mut released) = (Arc::clone(&start), released.clone());
            tokio::spawn(async move {
                start.wait().await;
                let waiter = flights.join("key", |_| async move {
                    released.wait_for(|released| *released).await.unwrap();
                    Ok(runs.fetch_add(1, Ordering::SeqCst) + 1)
                });
                let role = waiter.role();
                (role, waiter.wait(PATIENCE).await)
            })
        })
        .collect();
    settle().await;
    assert_eq!(flights.len(), 1);
    release.send(true).unwrap();
    let mut leaders = 0;
    for task in tasks {
        let (role, outcome) = task.await.unwrap();
        assert_eq!(outcome, Ok(1));
        leaders += usize::from(role == Role::Leader);
    }
    assert_eq!(leaders, 1);
    assert!(flights.is_empty());
}

#[tokio::test(start_paused = true)]
async fn different_keys_fly_apart() {
    let flights = flights();
    let one = flights.join("one", |_| async { Ok(1) });
    let two = flights.join("two", |_| async { Ok(2) });
    assert_eq!(one.wait(PATIENCE).await, Ok(1));
    assert_eq!(two.wait(PATIENCE).await, Ok(2));
}

#[tokio::test(start_paused = true)]
async fn cancellable_work_is_dropped_when_the_last_waiter_leaves() {
    let flights = flights();
    let alive = Arc::new(AtomicUsize::new(0));
    let guard = Alive::new(&alive);
    let first = flights.join("key", |_| async move {
        let _guard = guard;
        std::future::pending().await
    });
    let second = flights.join("key", |_| async { Ok(0) });
    settle().await;
    drop(first);
    settle().await;
    assert_eq!(alive.load(Ordering::SeqCst), 1, "one still waits");
    drop(second);
    assert!(flights.is_empty(), "closed before the task has noticed");
    settle().await;
    assert_eq!(alive.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn work_that_was_called_off_before_it_began_never_runs() {
    let flights = flights();
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    drop(flights.join("key", |_| async move {
        Ok(counted.fetch_add(1, Ordering::SeqCst))
    }));
    settle().await;
    assert_eq!(runs.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn committed_work_runs_to_its_end_without_waiters() {
    let flights = flights();
    let (release, released) = oneshot::channel::<()>();
    let (stored, mut kept) = oneshot::channel();
    let waiter = flights.join("key", |phase| async move {
        phase.commit().unwrap();
        released.await.unwrap();
        stored.send(5).unwrap();
        Ok(5)
    });
    settle().await;
    drop(waiter);
    settle().await;
    assert_eq!(flights.len(), 1, "who comes now still joins");
    let late = flights.join("key", |_| async { Ok(6) });
    assert_eq!(late.role(), Role::Follower);
    release.send(()).unwrap();
    assert_eq!(late.wait(PATIENCE).await, Ok(5));
    assert_eq!(kept.try_recv(), Ok(5));
}

#[tokio::test(start_paused = true)]
async fn who_comes_after_the_close_starts_anew() {
    let flights = flights();
    let first = flights.join("key", |_| async { Ok(1) });
    settle().await;
    assert!(flights.is_empty());
    let second = flights.join("key", |_| async { Ok(2) });
    assert_eq!(second.role(), Role::Leader);
    assert_eq!(first.wait(PATIENCE).await, Ok(1));
    assert_eq!(second.wait(PATIENCE).await, Ok(2));
}

#[tokio::test(start_paused = true)]
async fn a_waiter_without_patience_leaves_the_flight_to_the_others() {
    let flights = flights();
    let (release, released) = oneshot::channel::<()>();
    let hasty = flights.join("key", |_| async move {
        released.await.unwrap();
        Ok(1)
    });
    let patient = flights.join("key", |_| async { Ok(2) });
    let timed_out = hasty.wait(Duration::from_secs(1)).await;
    assert_eq!(timed_out, Err(Failure::TimedOut));
    release.send(()).unwrap();
    assert_eq!(patient.wait(PATIENCE).await, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn an_error_is_shared() {
    let flights = flights();
    let one = flights.join("key", |_| async { Err("no such cat".to_owned()) });
    let two = flights.join("key", |_| async { Ok(2) });
    let failure = Err(Failure::Work("no such cat".to_owned()));
    assert_eq!(one.wait(PATIENCE).await, failure);
    assert_eq!(two.wait(PATIENCE).await, failure);
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_an_error_for_every_waiter_and_frees_the_key() {
    let flights = flights();
    let one = flights.join("key", |_| async { panic!("on purpose") });
    let two = flights.join("key", |_| async { Ok(2) });
    assert_eq!(one.wait(PATIENCE).await, Err(Failure::Lost));
    assert_eq!(two.wait(PATIENCE).await, Err(Failure::Lost));
    let next = flights.join("key", |_| async { Ok(3) });
    assert_eq!(next.wait(PATIENCE).await, Ok(3));
}

#[tokio::test(start_paused = true)]
async fn a_panic_before_there_is_a_task_frees_the_key() {
    let flights = flights();
    let twin = Arc::clone(&flights);
    let joined = tokio::spawn(async move {
        twin.join::<_, std::future::Ready<_>>("key", |_| panic!("on purpose"));
    });
    assert!(joined.await.is_err());
    assert!(flights.is_empty());
}

#[tokio::test(start_paused = true)]
async fn at_the_deadline_waiters_are_told_and_cancellable_work_is_dropped() {
    let flights = flights();
    let alive = Arc::new(AtomicUsize::new(0));
    let guard = Alive::new(&alive);
    let waiter = flights.join("key", |_| async move {
        let _guard = guard;
        std::future::pending().await
    });
    let outcome = waiter.wait(DEADLINE * 2).await;
    assert_eq!(outcome, Err(Failure::TimedOut));
    settle().await;
    assert_eq!(alive.load(Ordering::SeqCst), 0);
    assert!(flights.is_empty());
}

#[tokio::test(start_paused = true)]
async fn committed_work_outlives_the_deadline_and_holds_nobody_up() {
    let flights = flights();
    let (release, released) = oneshot::channel::<()>();
    let (stored, kept) = oneshot::channel();
    let waiter = flights.join("key", |phase| async move {
        phase.commit().unwrap();
        released.await.unwrap();
        stored.send(5).unwrap();
        Ok(5)
    });
    let outcome = waiter.wait(DEADLINE * 2).await;
    assert_eq!(outcome, Err(Failure::TimedOut));
    let next = flights.join("key", |_| async { Ok(6) });
    assert_eq!(next.wait(PATIENCE).await, Ok(6));
    release.send(()).unwrap();
    assert_eq!(kept.await, Ok(5));
}

#[test]
fn a_stopped_runtime_is_an_error_and_not_a_hang() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
    };
    let background = runtime();
    let flights: Numbers = Flights::new(background.handle().clone(), DEADLINE);
    let before = flights.join("key", |_| std::future::pending());
    drop(background);
    let after = flights.join("key", |_| std::future::pending());
    runtime().block_on(async {
        assert_eq!(before.wait(PATIENCE).await, Err(Failure::Lost));
        assert_eq!(after.wait(PATIENCE).await, Err(Failure::Lost));
    });
}

/// What can happen to one key.
#[derive(Clone, Copy, Debug)]
enum Step {
    Join,
    Leave,
    Commit,
    Finish,
}

/// The flights of one key as they ought to behave, beside the flights as they do.
struct Model {
    flights: Arc<Numbers>,
    /// The phase and the release of each run that was started.
    runs: Arc<Mutex<Vec<Run>>>,
    waiters: Vec<Waiter<&'static str, usize, String>>,
    open: bool,
    committed: bool,
    started: usize,
}

type Run = (
    Phase<&'static str, usize, String>,
    Option<oneshot::Sender<()>>,
);

impl Model {
    fn new() -> Self {
        Self {
            flights: flights(),
            runs: Arc::default(),
            waiters: Vec::new(),
            open: false,
            committed: false,
            started: 0,
        }
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Join => self.join(),
            Step::Leave => self.leave(),
            Step::Commit => self.commit(),
            Step::Finish => self.finish().await,
        }
        assert_eq!(self.flights.len(), usize::from(self.open));
        assert_eq!(self.runs.lock().unwrap().len(), self.started);
    }

    fn join(&mut self) {
        let runs = Arc::clone(&self.runs);
        let number = self.started;
        let waiter = self.flights.join("key", |phase| {
            let (release, released) = oneshot::channel();
            runs.lock().unwrap().push((phase, Some(release)));
            async move {
                let _ = released.await;
                Ok(number)
            }
        });
        if !self.open {
            self.started += 1;
            (self.open, self.committed) = (true, false);
            assert_eq!(waiter.role(), Role::Leader);
        }
        self.waiters.push(waiter);
    }

    fn leave(&mut self) {
        if self.waiters.pop().is_some() && self.waiters.is_empty() && !self.committed {
            self.open = false;
        }
    }

    fn commit(&mut self) {
        if let Some((phase, _)) = self.runs.lock().unwrap().last() {
            assert_eq!(phase.commit().is_ok(), self.open);
            self.committed |= self.open;
        }
    }

    async fn finish(&mut self) {
        let release = {
            let mut runs = self.runs.lock().unwrap();
            runs.last_mut().and_then(|(_, release)| release.take())
        };
        if let Some(release) = release {
            let _ = release.send(());
            settle().await;
        }
        self.open = false;
        for waiter in self.waiters.drain(..) {
            let outcome = waiter.wait(Duration::ZERO).await;
            assert_eq!(outcome, Ok(self.started - 1));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_order_of_six_steps_does_what_the_model_says() {
    const STEPS: [Step; 4] = [Step::Join, Step::Leave, Step::Commit, Step::Finish];
    for script in 0..STEPS.len().pow(6) {
        let mut model = Model::new();
        for place in 0..6 {
            let step = STEPS[script / STEPS.len().pow(place) % STEPS.len()];
            model.take(step).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_stays_gets_a_value_while_others_come_and_go() {
    let flights = flights();
    let start = Arc::new(Barrier::new(8));
    let tasks: Vec<_> = (0..8usize)
        .map(|task| {
            let (flights, start) = (Arc::clone(&flights), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                for round in 0..300 {
                    let waiter = flights.join("key", |phase| async move {
                        yield_now().await;
                        if round % 3 == 0 {
                            phase.commit().map_err(|off| off.to_string())?;
                        }
                        yield_now().await;
                        Ok(round)
                    });
                    if (task + round) % 2 == 0 {
                        drop(waiter);
                    } else {
                        waiter.wait(DEADLINE).await.unwrap();
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}
