//! Single flight: of many that need the same thing at the same time, one run makes it for all.
//!
//! A flight is a task of its own, so no caller's end ends it by accident:
//! - While its work is cancellable, it is dropped when the last waiter leaves. [`Phase::commit`] ends that:
//!   committed work runs to its end whoever waits.
//! - Joining, leaving, committing and closing share one lock. Who comes after the close starts anew; nobody
//!   joins a flight that has been called off.
//! - At its deadline a flight closes: its waiters are told and later comers start anew. Work that is not
//!   committed is dropped; committed work runs on, so that what it makes is still kept.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

/// The flights under way, by key.
pub struct Flights<K, V, E> {
    table: Arc<Table<K, V, E>>,
    runtime: Handle,
    deadline: Duration,
}

/// Why a waiter has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure<E> {
    /// The work failed, for every waiter in the same way.
    #[error("{0}")]
    Work(E),
    /// The waiter's own patience, or the deadline of the flight, has passed.
    #[error("waited too long")]
    TimedOut,
    /// The work ended without a result: it panicked, or its runtime was stopped.
    #[error("the work ended without a result")]
    Lost,
}

/// How a waiter came to its flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It started the flight.
    Leader,
    /// It joined a flight that was under way.
    Follower,
}

/// The work was called off: nobody waits for it, and who comes now starts anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody waits for this any more")]
pub struct CalledOff;

/// One caller's share in a flight. Dropping it leaves the flight.
pub struct Waiter<K: Eq + Hash, V, E> {
    seat: Seat<K, V, E>,
    role: Role,
    outcome: Receiver<V, E>,
}

/// The work's own handle on its flight.
pub struct Phase<K: Eq + Hash, V, E>(Seat<K, V, E>);

type Outcome<V, E> = Result<V, Failure<E>>;
type Sender<V, E> = watch::Sender<Option<Outcome<V, E>>>;
type Receiver<V, E> = watch::Receiver<Option<Outcome<V, E>>>;
type Boarded<K, V, E> = (Waiter<K, V, E>, Option<Landing<K, V, E>>);

struct Table<K, V, E>(Mutex<Inner<K, V, E>>);

struct Inner<K, V, E> {
    flights: HashMap<K, State<V, E>>,
    started: u64,
}

/// What the lock guards of one flight. It is in the table from its start until it closes.
struct State<V, E> {
    number: u64,
    waiters: usize,
    committed: bool,
    call_off: Arc<Notify>,
    outcome: Receiver<V, E>,
}

/// Names one flight; the number tells it from later ones of the same key.
struct Seat<K, V, E> {
    table: Arc<Table<K, V, E>>,
    key: K,
    number: u64,
}

/// Closes the flight when it is dropped, whatever ended the task.
struct Landing<K: Eq + Hash, V, E> {
    seat: Seat<K, V, E>,
    outcome: Sender<V, E>,
    call_off: Arc<Notify>,
}

/// What is left of a flight when it closes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Closed {
    Cancellable,
    Committed,
}

impl<K, V, E> Flights<K, V, E>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    /// No flights yet; they will run on `runtime` and close at `deadline` after their start.
    pub fn new(runtime: Handle, deadline: Duration) -> Self {
        let inner = Inner {
            flights: HashMap::new(),
            started: 0,
        };
        Self {
            table: Arc::new(Table(Mutex::new(inner))),
            runtime,
            deadline,
        }
    }

    /// Joins the flight of `key`, or starts one with what `work` makes.
    ///
    /// The work begins in its cancellable phase. It is not started where a flight is under way.
    pub fn join<F, W>(&self, key: K, work: F) -> Waiter<K, V, E>
    where
        F: FnOnce(Phase<K, V, E>) -> W,
        W: Future<Output = Result<V, E>> + Send + 'static,
    {
        let (waiter, landing) = self.board(key);
        if let Some(landing) = landing {
            // Here and not under the lock: a panic in `work` drops the landing, which closes the flight.
            let work = work(Phase(waiter.seat.clone()));
            self.runtime.spawn(fly(landing, work, self.deadline));
        }
        waiter
    }

    /// Whether a flight of `key` is under way.
    pub fn is_under_way(&self, key: &K) -> bool {
        self.table.lock().flights.contains_key(key)
    }

    /// How many flights are under way.
    pub fn len(&self) -> usize {
        self.table.lock().flights.len()
    }

    /// Whether no flight is under way.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes a seat; the first of a flight also gets the landing, to start the task with.
    fn board(&self, key: K) -> Boarded<K, V, E> {
        let mut inner = self.table.lock();
        if let Some(flight) = inner.flights.get_mut(&key) {
            flight.waiters += 1;
            let (number, outcome) = (flight.number, flight.outcome.clone());
            let role = Role::Follower;
            let seat = self.seat(key, number);
            return (
                Waiter {
                    seat,
                    role,
                    outcome,
                },
                None,
            );
        }
        inner.started += 1;
        let seat = self.seat(key.clone(), inner.started);
        let (sender, outcome) = watch::channel(None);
        let state = State::new(seat.number, outcome.clone());
        let landing = Landing {
            seat: seat.clone(),
            outcome: sender,
            call_off: Arc::clone(&state.call_off),
        };
        inner.flights.insert(key, state);
        let role = Role::Leader;
        (
            Waiter {
                seat,
                role,
                outcome,
            },
            Some(landing),
        )
    }

    fn seat(&self, key: K, number: u64) -> Seat<K, V, E> {
        let table = Arc::clone(&self.table);
        Seat { table, key, number }
    }
}

impl<V, E> State<V, E> {
    /// A flight with its first waiter.
    fn new(number: u64, outcome: Receiver<V, E>) -> Self {
        Self {
            number,
            waiters: 1,
            committed: false,
            call_off: Arc::default(),
            outcome,
        }
    }
}

impl<K: Eq + Hash, V: Clone, E: Clone> Waiter<K, V, E> {
    /// Whether this waiter started the flight.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Waits for the outcome, for as long as `patience`. Leaving early takes nothing from other waiters.
    ///
    /// # Errors
    /// [`Failure`], the same for every waiter but for the patience.
    pub async fn wait(mut self, patience: Duration) -> Result<V, Failure<E>> {
        match timeout(patience, self.outcome.wait_for(Option::is_some)).await {
            Ok(Ok(outcome)) => outcome.clone().unwrap_or(Err(Failure::Lost)),
            Ok(Err(_)) => Err(Failure::Lost),
            Err(_) => Err(Failure::TimedOut),
        }
    }
}

impl<K: Eq + Hash, V, E> Drop for Waiter<K, V, E> {
    fn drop(&mut self) {
        self.seat.leave();
    }
}

impl<K: Eq + Hash, V, E> Phase<K, V, E> {
    /// Ends the cancellable phase: from here on the work runs to its end, whoever waits.
    ///
    /// # Errors
    /// [`CalledOff`] where the flight has closed before: the work should stop here.
    pub fn commit(&self) -> Result<(), CalledOff> {
        let mut inner = self.0.table.lock();
        let flight = self.0.find(&mut inner).ok_or(CalledOff)?;
        flight.committed = true;
        Ok(())
    }
}

impl<K: Eq + Hash, V, E> Seat<K, V, E> {
    fn find<'a>(&self, inner: &'a mut Inner<K, V, E>) -> Option<&'a mut State<V, E>> {
        inner
            .flights
            .get_mut(&self.key)
            .filter(|flight| flight.number == self.number)
    }

    /// One waiter less; the last one calls off what is not committed.
    fn leave(&self) {
        let mut inner = self.table.lock();
        let Some(flight) = self.find(&mut inner) else {
            return;
        };
        flight.waiters -= 1;
        if flight.waiters == 0 && !flight.committed {
            flight.call_off.notify_one();
            inner.flights.remove(&self.key);
        }
    }

    /// Takes the flight from the table, so that nobody joins it any more.
    fn close(&self) -> Closed {
        let mut inner = self.table.lock();
        let committed = self.find(&mut inner).map(|flight| flight.committed);
        if committed.is_some() {
            inner.flights.remove(&self.key);
        }
        match committed {
            Some(true) => Closed::Committed,
            Some(false) | None => Closed::Cancellable,
        }
    }
}

impl<K: Eq + Hash, V, E> Landing<K, V, E> {
    fn close(&self, outcome: Outcome<V, E>) -> Closed {
        let closed = self.seat.close();
        self.outcome.send_if_modified(|held| {
            let first = held.is_none();
            if first {
                *held = Some(outcome);
            }
            first
        });
        closed
    }
}

impl<K: Eq + Hash, V, E> Drop for Landing<K, V, E> {
    fn drop(&mut self) {
        self.close(Err(Failure::Lost));
    }
}

async fn fly<K, V, E, W>(landing: Landing<K, V, E>, work: W, deadline: Duration)
where
    K: Eq + Hash,
    W: Future<Output = Result<V, E>>,
{
    let mut work = pin!(work);
    tokio::select! {
        biased;
        () = landing.call_off.notified() => {}
        result = &mut work => {
            landing.close(result.map_err(Failure::Work));
        }
        () = sleep(deadline) => {
            if landing.close(Err(Failure::TimedOut)) == Closed::Committed {
                // Its waiters are gone; what it keeps on its way is for the next.
                let _ = work.await;
            }
        }
    }
}

impl<K, V, E> Table<K, V, E> {
    fn lock(&self) -> MutexGuard<'_, Inner<K, V, E>> {
        // Nothing under the lock panics half-way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Clone, V, E> Clone for Seat<K, V, E> {
    fn clone(&self) -> Self {
        Self {
            table: Arc::clone(&self.table),
            key: self.key.clone(),
            number: self.number,
        }
    }
}

impl<K, V, E> fmt::Debug for Flights<K, V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flights = self.table.lock().flights.len();
        f.debug_struct("Flights").field("len", &flights).finish()
    }
}

#[cfg(test)]
mod tests;
