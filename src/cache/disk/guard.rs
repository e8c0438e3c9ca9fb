//! Whether the wall clock can be believed: files must not go because somebody set it.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::clock::Timestamp;

/// Most that the two clocks may differ between two rounds.
const TOLERANCE: Duration = Duration::from_secs(60);
/// How long they must agree after they differed.
const AGREEMENT: Duration = Duration::from_secs(10 * 60);

/// Both clocks at one time.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The wall clock.
    pub wall: Timestamp,
    /// The time since the machine started, which nobody sets.
    pub boot: Duration,
}

/// Compares the wall clock with the time since the start of the machine, round by round.
#[derive(Debug, Default)]
pub struct ClockGuard {
    last: Option<Reading>,
    differed_at: Option<Duration>,
}

impl Reading {
    /// The time since the machine started, beside a wall clock that says `wall`.
    pub fn now(wall: Timestamp) -> Self {
        let boot = clock_gettime(ClockId::Boottime);
        let boot = Duration::try_from(boot).unwrap_or_default();
        Self { wall, boot }
    }
}

impl ClockGuard {
    /// Takes the reading of a round; answers whether the wall clock can be believed in it.
    ///
    /// It cannot while the clocks went apart by over a minute since the round before, nor until they have agreed
    /// for ten minutes from then on.
    pub fn allows(&mut self, reading: Reading) -> bool {
        if self
            .last
            .replace(reading)
            .is_some_and(|last| differ(last, reading))
        {
            self.differed_at = Some(reading.boot);
        }
        if self
            .differed_at
            .is_some_and(|at| reading.boot.saturating_sub(at) >= AGREEMENT)
        {
            self.differed_at = None;
        }
        self.differed_at.is_none()
    }
}

fn differ(last: Reading, now: Reading) -> bool {
    let due = last.wall.after(now.boot.saturating_sub(last.boot));
    now.wall.since(due).max(due.since(now.wall)) > TOLERANCE
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_700_000_000;

    /// Rounds as (seconds of the wall clock since the start, seconds of the other), and what is allowed in each.
    fn check(rounds: &[(i64, u64, bool)]) {
        let mut guard = ClockGuard::default();
        for (round, (wall, boot, allowed)) in rounds.iter().enumerate() {
            let reading = Reading {
                wall: Timestamp::from_millis((START + wall) as u64 * 1000),
                boot: Duration::from_secs(*boot),
            };
            assert_eq!(guard.allows(reading), *allowed, "round {round}");
        }
    }

    #[test]
    fn clocks_that_agree_are_believed_from_the_first_round() {
        check(&[(0, 50, true), (60, 110, true), (3_660, 3_710, true)]);
    }

    #[test]
    fn a_minute_of_difference_is_nothing_and_more_is_too_much() {
        check(&[(0, 0, true), (120, 60, true), (240, 120, true)]);
        check(&[(0, 0, true), (121, 60, false)]);
        check(&[(0, 0, true), (0, 60, true), (-1, 120, false)]);
    }

    #[test]
    fn after_a_step_either_way_ten_minutes_of_agreement_are_waited_for() {
        for step in [86_400, -86_400] {
            check(&[
                (0, 0, true),
                (60 + step, 60, false),
                (120 + step, 120, false),
                (659 + step, 659, false),
                (660 + step, 660, true),
                (720 + step, 720, true),
            ]);
        }
    }

    #[test]
    fn a_step_back_starts_the_wait_anew() {
        check(&[
            (0, 0, true),
            (86_460, 60, false),
            (360, 360, false),
            (900, 900, false),
            (960, 960, true),
        ]);
    }

    #[test]
    fn a_machine_that_slept_shows_in_both_clocks() {
        check(&[(0, 0, true), (36_000, 36_000, true)]);
    }

    #[test]
    fn the_clock_of_the_machine_moves_on() {
        let wall = Timestamp::from_millis(0);
        let first = Reading::now(wall).boot;
        assert!(first > Duration::ZERO);
        assert!(Reading::now(wall).boot >= first);
    }
}
