//! Asking for one image after another, so many a second and so many at a time.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use http::HeaderMap;
use http::header::RETRY_AFTER;
use tokio::time::sleep_until;

use super::caller::{Caller, Drained};
use super::tally::Tally;
use crate::cli::progress::Progress;

/// For the head of an answer, and for each part of its body.
const PATIENCE: Duration = Duration::from_secs(120);
/// How far behind its time a request may be and still be made up for: timers are no finer than some milliseconds.
const SLACK: Duration = Duration::from_millis(20);
/// Requests in a row without an answer after which there is no server.
const MAX_UNANSWERED: u32 = 10;
/// The longest pause that an overloaded server gets.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What to ask for, and how.
pub(super) struct Plan {
    /// The address of the server.
    pub(super) address: String,
    /// What to ask for.
    pub(super) paths: Vec<Box<str>>,
    /// The headers with each of which every path is asked for.
    pub(super) headers: Vec<HeaderMap>,
    /// Requests a second.
    pub(super) rate: f64,
    /// Requests at a time.
    pub(super) concurrency: usize,
}

/// Says when the next request is due.
struct Pace {
    next: Instant,
    period: Duration,
}

/// A warm-up under way.
pub(super) struct Filling {
    plan: Plan,
    next: Cell<usize>,
    unanswered: Cell<u32>,
    pace: RefCell<Pace>,
    tally: RefCell<Tally>,
    /// Is told how many of how many requests are over, after each.
    progress: Progress,
}

impl Pace {
    fn new(rate: f64, now: Instant) -> Self {
        Self {
            next: now,
            period: Duration::from_secs_f64(1.0 / rate),
        }
    }

    /// When the next request is due. Time in which nobody asked is not made up for.
    fn turn(&mut self, now: Instant) -> Instant {
        let earliest = now.checked_sub(SLACK).unwrap_or(now);
        let turn = self.next.max(earliest);
        self.next = turn + self.period;
        turn
    }

    /// Lets nothing be due until `pause` is over.
    fn rest(&mut self, now: Instant, pause: Duration) {
        self.next = self.next.max(now + pause.min(LONGEST_PAUSE));
    }
}

impl Plan {
    /// How many requests it takes.
    pub(super) fn requests(&self) -> usize {
        self.paths.len() * self.headers.len()
    }

    fn request(&self, number: usize) -> (&str, &HeaderMap) {
        let each = self.headers.len();
        (&self.paths[number / each], &self.headers[number % each])
    }
}

impl Filling {
    /// Begins `plan`.
    pub(super) fn new(plan: Plan, progress: Progress) -> Self {
        Self {
            next: Cell::new(0),
            unanswered: Cell::new(0),
            pace: RefCell::new(Pace::new(plan.rate, Instant::now())),
            tally: RefCell::default(),
            progress,
            plan,
        }
    }

    /// Asks for everything. Dropping the future ends it, with what is in hand.
    ///
    /// # Errors
    /// Where the server does not answer any more.
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let lanes = (0..self.plan.concurrency).map(|_| self.lane());
        try_join_all(lanes).await?;
        Ok(())
    }

    /// What shows how far it is.
    pub(super) const fn progress(&self) -> &Progress {
        &self.progress
    }

    /// What came of it so far.
    pub(super) fn tally(&self) -> Tally {
        self.tally.borrow().clone()
    }

    async fn lane(&self) -> anyhow::Result<()> {
        let mut caller = Caller::new(&self.plan.address, PATIENCE);
        while let Some(number) = self.take() {
            let turn = self.pace.borrow_mut().turn(Instant::now());
            sleep_until(turn.into()).await;
            let (path, headers) = self.plan.request(number);
            self.settle(caller.drain(path, headers).await)?;
        }
        Ok(())
    }

    /// The number of the next request.
    fn take(&self) -> Option<usize> {
        let number = self.next.get();
        let is_left = number < self.plan.requests();
        self.next.set(number + usize::from(is_left));
        is_left.then_some(number)
    }

    fn settle(&self, outcome: anyhow::Result<Drained>) -> anyhow::Result<()> {
        let ended = match outcome {
            Ok(drained) => {
                self.unanswered.set(0);
                self.heed(&drained);
                self.tally.borrow_mut().answered(&drained);
                Ok(())
            }
            Err(error) => {
                self.unanswered.set(self.unanswered.get() + 1);
                self.tally.borrow_mut().unanswered();
                match self.unanswered.get() {
                    count if count < MAX_UNANSWERED => Ok(()),
                    _ => Err(error),
                }
            }
        };
        let asked = self.tally.borrow().asked;
        self.progress.show(asked, self.plan.requests() as u64);
        ended
    }

    /// Rests where the server has too much to do.
    fn heed(&self, drained: &Drained) {
        let pause = drained.headers.get(RETRY_AFTER);
        let pause = pause.and_then(|value| value.to_str().ok()?.parse().ok());
        if let (503, Some(seconds)) = (drained.status, pause) {
            let pause = Duration::from_secs(seconds);
            self.pace.borrow_mut().rest(Instant::now(), pause);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn requests_are_due_one_period_after_another() {
        let begin = Instant::now();
        let mut pace = Pace::new(4.0, begin);
        let turns = [0, 1, 2].map(|_| pace.turn(begin) - begin);
        assert_eq!(turns, [0, 250, 500].map(Duration::from_millis));
    }

    #[test]
    fn time_in_which_nobody_asked_is_not_made_up_for() {
        let begin = Instant::now();
        let mut pace = Pace::new(1000.0, begin);
        let late = begin + SECOND;
        let turns: Vec<Instant> = (0..100).map(|_| pace.turn(late)).collect();
        assert_eq!(turns[0], late - SLACK);
        assert_eq!(turns.iter().filter(|turn| **turn <= late).count(), 21);
    }

    #[test]
    fn a_server_with_too_much_to_do_is_left_alone_for_a_bounded_while() {
        let begin = Instant::now();
        for (asked_for, expected) in [(SECOND, SECOND), (SECOND * 900, LONGEST_PAUSE)] {
            let mut pace = Pace::new(1.0, begin);
            pace.rest(begin, asked_for);
            assert_eq!(pace.turn(begin) - begin, expected);
        }
    }
}
