//! How many fetches run at a time, in total and from one host.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Config, Error};

/// Lets fetches in, up to a number in total and for each host; a bounded number of others waits, a bounded time.
///
/// A place is held for one hop of a fetch. A redirect gives it back before it asks for the next one, so that
/// fetches never wait for each other in a circle.
#[derive(Debug)]
pub(super) struct Gate {
    total: Arc<Semaphore>,
    waiting: Semaphore,
    lanes: Arc<Lanes>,
    longest_wait: Duration,
}

/// A place for one hop; dropping it lets the next fetch in.
#[derive(Debug)]
pub(super) struct Pass {
    _total: OwnedSemaphorePermit,
    _lane: OwnedSemaphorePermit,
    // After the permit: the lane is swept when its last user has left.
    _seat: Seat,
}

/// The hosts that are being fetched from now, each with its own limit.
#[derive(Debug)]
struct Lanes {
    width: usize,
    open: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// The use of a lane, waiting or running; the last one to go removes it.
#[derive(Debug)]
struct Seat {
    host: String,
    lane: Option<Arc<Semaphore>>,
    lanes: Arc<Lanes>,
}

impl Gate {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            total: semaphore(config.max_fetches),
            waiting: Semaphore::new(config.fetch_queue.min(Semaphore::MAX_PERMITS)),
            lanes: Arc::new(Lanes {
                width: config.max_fetches_per_host,
                open: Mutex::default(),
            }),
            longest_wait: config.download_timeout,
        }
    }

    /// A place for a fetch from `host`. Dropping the future gives up the place in the queue.
    pub(super) async fn enter(&self, host: &str) -> Result<Pass, Error> {
        let seat = Lanes::seat(&self.lanes, host);
        if let Some(pass) = self.enter_now(&seat) {
            return Ok(pass.seated(seat));
        }
        let _place = self.waiting.try_acquire().map_err(|_| Error::Busy {
            exhausted: "the queue of fetches is full",
        })?;
        let permits = tokio::time::timeout(self.longest_wait, self.permits(&seat)).await;
        let permits = permits.map_err(|_| Error::Busy {
            exhausted: "the queue of fetches did not move",
        })?;
        Ok(permits.seated(seat))
    }

    fn enter_now(&self, seat: &Seat) -> Option<Permits> {
        let lane = Arc::clone(seat.lane()).try_acquire_owned().ok()?;
        let total = Arc::clone(&self.total).try_acquire_owned().ok()?;
        Some(Permits { total, lane })
    }

    /// The host first: whoever waits for a slow host takes no place from the others.
    async fn permits(&self, seat: &Seat) -> Permits {
        let lane = Arc::clone(seat.lane()).acquire_owned().await;
        let total = Arc::clone(&self.total).acquire_owned().await;
        Permits {
            total: total.expect("the semaphore is never closed"),
            lane: lane.expect("the semaphore is never closed"),
        }
    }
}

struct Permits {
    total: OwnedSemaphorePermit,
    lane: OwnedSemaphorePermit,
}

impl Permits {
    fn seated(self, seat: Seat) -> Pass {
        Pass {
            _total: self.total,
            _lane: self.lane,
            _seat: seat,
        }
    }
}

impl Lanes {
    fn seat(lanes: &Arc<Self>, host: &str) -> Seat {
        let mut open = lanes.open.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = open
            .entry(host.to_owned())
            .or_insert_with(|| semaphore(lanes.width));
        Seat {
            host: host.to_owned(),
            lane: Some(Arc::clone(lane)),
            lanes: Arc::clone(lanes),
        }
    }
}

impl Seat {
    fn lane(&self) -> &Arc<Semaphore> {
        self.lane.as_ref().expect("the lane is there until drop")
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self
            .lanes
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.lane = None;
        // Seats are counted under the lock, and permits go before their seat: one reference is the map's own.
        if open
            .get(&self.host)
            .is_some_and(|lane| Arc::strong_count(lane) == 1)
        {
            open.remove(&self.host);
        }
    }
}

fn semaphore(permits: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(total: usize, per_host: usize, queue: usize) -> Gate {
        Gate::new(&Config {
            max_fetches: total,
            max_fetches_per_host: per_host,
            fetch_queue: queue,
            download_timeout: Duration::from_millis(20),
            ..Config::default()
        })
    }

    #[tokio::test]
    async fn a_full_host_keeps_nobody_else_out() {
        let gate = gate(2, 1, 0);
        let _held = gate.enter("slow.example").await.unwrap();
        assert!(matches!(
            gate.enter("slow.example").await,
            Err(Error::Busy { .. })
        ));
        assert!(gate.enter("other.example").await.is_ok());
    }

    #[tokio::test]
    async fn the_total_holds_over_all_hosts() {
        let gate = gate(1, 1, 0);
        let held = gate.enter("a.example").await.unwrap();
        assert!(gate.enter("b.example").await.is_err());
        drop(held);
        assert!(gate.enter("b.example").await.is_ok());
    }

    #[tokio::test]
    async fn a_waiting_fetch_gets_the_place_that_is_given_back() {
        let gate = Arc::new(gate(1, 1, 1));
        let held = gate.enter("a.example").await.unwrap();
        let waiting = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.enter("a.example").await.is_ok() }
        });
        tokio::task::yield_now().await;
        drop(held);
        assert!(waiting.await.unwrap());
    }

    #[tokio::test]
    async fn a_queue_that_does_not_move_is_left_after_its_time() {
        let gate = gate(1, 1, 1);
        let _held = gate.enter("a.example").await.unwrap();
        assert!(matches!(
            gate.enter("a.example").await,
            Err(Error::Busy { .. })
        ));
    }

    #[tokio::test]
    async fn no_host_is_remembered_once_it_is_idle() {
        let gate = gate(1, 1, 1);
        let held = gate.enter("a.example").await.unwrap();
        assert!(gate.enter("a.example").await.is_err());
        assert!(gate.enter("b.example").await.is_err());
        assert_eq!(gate.lanes.open.lock().unwrap().len(), 1);
        drop(held);
        assert!(gate.lanes.open.lock().unwrap().is_empty());
    }
}
