//! Whether a store is asked at all: after some failures in a row it is left alone for a while.
//!
//! Closed, everybody asks. Open, nobody does until a pause is over; then one asks for all, and its outcome closes
//! the circuit or opens it again for twice as long, up to a bound.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::error::SharedError;
use crate::clock::{Clock, Timestamp};

/// When a circuit opens, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitRules {
    /// Failures in a row that open it; at least 1.
    pub failures: u32,
    /// The first pause; it doubles each time that the one who asks after it fails.
    pub pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

/// How a circuit stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CircuitState {
    /// The store is asked.
    #[default]
    Closed,
    /// The store is left alone.
    Open,
    /// One asks, to see whether the store is back.
    Probing,
}

/// The state between two events; it knows no clock and no thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed {
        failures: u32,
    },
    Open {
        since: Timestamp,
        until: Timestamp,
        round: u32,
    },
    Probing {
        round: u32,
    },
}

/// What is asked while a circuit lets it pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Passage {
    Regular,
    Probe,
}

/// How something that was let through ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// The store answered, whatever it said.
    Answered,
    /// It refused, broke off or was too slow.
    Failed,
    /// Whoever asked left before.
    Abandoned,
}

impl Default for CircuitRules {
    /// 5 failures; 1 second, up to a minute.
    fn default() -> Self {
        Self {
            failures: 5,
            pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(60),
        }
    }
}

impl CircuitRules {
    fn pause_of(&self, round: u32) -> Duration {
        let factor = 1_u32.checked_shl(round).unwrap_or(u32::MAX);
        self.pause.saturating_mul(factor).min(self.longest_pause)
    }

    fn open(&self, now: Timestamp, round: u32) -> State {
        State::Open {
            since: now,
            until: now.after(self.pause_of(round)),
            round,
        }
    }
}

impl CircuitState {
    /// The text of logs and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::Probing => "probing",
        }
    }
}

impl State {
    /// Lets one more ask, or not.
    fn ask(self, now: Timestamp) -> (Self, Option<Passage>) {
        match self {
            Self::Closed { .. } => (self, Some(Passage::Regular)),
            Self::Open { round, .. } if self.is_due(now) => {
                (Self::Probing { round }, Some(Passage::Probe))
            }
            Self::Open { .. } | Self::Probing { .. } => (self, None),
        }
    }

    /// Whether a pause is over. A clock that was set back ends it, or it might last for years.
    fn is_due(self, now: Timestamp) -> bool {
        match self {
            Self::Open { since, until, .. } => now >= until || now < since,
            Self::Closed { .. } => true,
            Self::Probing { .. } => false,
        }
    }

    /// The state after an ending. What was let through before the circuit opened says nothing new by its end.
    fn after(self, ended: (Passage, Ending), now: Timestamp, rules: &CircuitRules) -> Self {
        match (self, ended) {
            (Self::Closed { .. }, (Passage::Regular, Ending::Answered))
            | (Self::Probing { .. }, (Passage::Probe, Ending::Answered)) => {
                Self::Closed { failures: 0 }
            }
            (Self::Closed { failures }, (Passage::Regular, Ending::Failed)) => match failures + 1 {
                failures if failures < rules.failures => Self::Closed { failures },
                _ => rules.open(now, 0),
            },
            (Self::Probing { round }, (Passage::Probe, Ending::Failed)) => {
                rules.open(now, round.saturating_add(1))
            }
            (Self::Probing { round }, (Passage::Probe, Ending::Abandoned)) => Self::Open {
                since: now,
                until: now,
                round,
            },
            _ => self,
        }
    }

    fn shown(self) -> CircuitState {
        match self {
            Self::Closed { .. } => CircuitState::Closed,
            Self::Open { .. } => CircuitState::Open,
            Self::Probing { .. } => CircuitState::Probing,
        }
    }
}

/// A circuit that many share.
#[derive(Debug)]
pub(super) struct Circuit {
    rules: CircuitRules,
    clock: Clock,
    state: Mutex<State>,
    refused: AtomicU64,
}

/// The right to ask once. Dropped without a word, it counts as abandoned.
#[derive(Debug)]
#[must_use = "the circuit is to learn how it ended"]
pub(super) struct Attempt {
    circuit: Arc<Circuit>,
    passage: Passage,
    ending: Ending,
}

impl Circuit {
    pub(super) fn new(rules: CircuitRules, clock: Clock) -> Self {
        Self {
            rules,
            clock,
            state: Mutex::new(State::Closed { failures: 0 }),
            refused: AtomicU64::new(0),
        }
    }

    /// The right to ask, unless the circuit is open.
    pub(super) fn ask(self: &Arc<Self>) -> Option<Attempt> {
        let now = self.clock.now();
        let passage = {
            let mut state = self.lock();
            let (next, passage) = state.ask(now);
            *state = next;
            passage
        };
        if passage.is_none() {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        Some(Attempt {
            circuit: Arc::clone(self),
            passage: passage?,
            ending: Ending::Abandoned,
        })
    }

    /// Whether nobody would be let through now.
    pub(super) fn is_shut(&self) -> bool {
        !self.lock().is_due(self.clock.now())
    }

    pub(super) fn state(&self) -> CircuitState {
        self.lock().shown()
    }

    /// How often somebody was not let through.
    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn end(&self, ended: (Passage, Ending)) {
        let now = self.clock.now();
        let mut state = self.lock();
        *state = state.after(ended, now, &self.rules);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt {
    /// Tells what came of it; what speaks neither for nor against the store says nothing.
    pub(super) fn end<T>(mut self, outcome: &Result<T, SharedError>) {
        self.ending = match outcome {
            Ok(_) => Ending::Answered,
            Err(error) if error.is_failure() => Ending::Failed,
            Err(_) => Ending::Abandoned,
        };
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.circuit.end((self.passage, self.ending));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Attempt {
        fn answered(self) {
            self.end(&Ok(()));
        }

        fn failed(self) {
            self.end(&Err::<(), _>(SharedError::Slow));
        }
    }

    const RULES: CircuitRules = CircuitRules {
        failures: 3,
        pause: Duration::from_secs(1),
        longest_pause: Duration::from_secs(4),
    };

    fn circuit() -> (Arc<Circuit>, Clock) {
        let clock = Clock::manual(Timestamp::from_millis(1_700_000_000_000));
        (Arc::new(Circuit::new(RULES, clock.clone())), clock)
    }

    /// Plays a script: `+` asks and is answered, `-` asks and fails, `~` asks and leaves, `x` is not let through,
    /// a digit lets so many seconds pass.
    fn play(script: &str) -> CircuitState {
        let (circuit, clock) = circuit();
        for (at, step) in script.char_indices() {
            if let Some(seconds) = step.to_digit(10) {
                clock.advance(Duration::from_secs(seconds.into()));
                continue;
            }
            match (step, circuit.ask()) {
                ('+', Some(attempt)) => attempt.answered(),
                ('-', Some(attempt)) => attempt.failed(),
                ('~', Some(attempt)) => drop(attempt),
                ('x', None) => {}
                (_, attempt) => panic!("step {at} of {script}: {attempt:?}"),
            }
        }
        circuit.state()
    }

    #[test]
    fn failures_in_a_row_open_it_and_a_probe_that_is_answered_closes_it() {
        for (script, state) in [
            ("", CircuitState::Closed),
            ("--", CircuitState::Closed),
            ("--+--", CircuitState::Closed),
            ("--~-", CircuitState::Open),
            ("---x", CircuitState::Open),
            ("---1", CircuitState::Open),
            ("---1+", CircuitState::Closed),
            ("---1+--", CircuitState::Closed),
            ("---1-x1x", CircuitState::Open),
            ("---1-2-x3x1+", CircuitState::Closed),
        ] {
            assert_eq!(play(script), state, "{script}");
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        play("---1-x1x1-x3x1-x3x1-x3x1-x3x1+");
    }

    #[test]
    fn a_probe_that_is_abandoned_leaves_the_next_to_try_at_once() {
        assert_eq!(play("---1~+"), CircuitState::Closed);
        assert_eq!(play("---1~~-1x1+"), CircuitState::Closed);
    }

    #[test]
    fn one_probes_for_all() {
        let (circuit, clock) = circuit();
        (0..3).for_each(|_| circuit.ask().unwrap().failed());
        assert!(circuit.is_shut());
        clock.advance(RULES.pause);
        assert!(!circuit.is_shut());
        let probe = circuit.ask().unwrap();
        assert!(circuit.is_shut());
        assert_eq!(circuit.state(), CircuitState::Probing);
        assert!(circuit.ask().is_none());
        assert_eq!(circuit.refused(), 1);
        probe.answered();
        assert!(circuit.ask().is_some());
    }

    #[test]
    fn what_was_let_through_before_it_opened_changes_nothing_by_its_end() {
        let (circuit, clock) = circuit();
        let early: Vec<Attempt> = (0..6).map(|_| circuit.ask().unwrap()).collect();
        let (late, early) = {
            let mut early = early.into_iter();
            (early.by_ref().take(3).collect::<Vec<_>>(), early)
        };
        early.for_each(Attempt::failed);
        assert_eq!(circuit.state(), CircuitState::Open);
        clock.advance(RULES.pause);
        let probe = circuit.ask().unwrap();
        late.into_iter().for_each(Attempt::answered);
        assert_eq!(circuit.state(), CircuitState::Probing);
        probe.failed();
        assert_eq!(circuit.state(), CircuitState::Open);
    }

    #[test]
    fn a_clock_that_is_set_back_ends_a_pause() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let open = RULES.open(now, 2);
        assert!(!open.is_due(now));
        assert!(open.is_due(Timestamp::from_millis(1_699_999_999_999)));
        assert!(open.is_due(now.after(Duration::from_secs(4))));
    }
}
