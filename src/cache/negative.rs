//! Kept errors: what failed a moment ago is not tried again for each request.
//!
//! In memory, bounded in number and in time. The caller decides which errors are worth keeping.

use std::hash::Hash;
use std::time::Duration;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use crate::clock::{Clock, Timestamp};

/// Errors by what failed, each for a short time.
pub struct Negative<K, E> {
    kept: Cache<K, Kept<E>>,
    longest: Duration,
    clock: Clock,
}

/// An error that is still kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept<E> {
    /// What went wrong.
    pub error: E,
    since: Timestamp,
    until: Timestamp,
}

impl<E> Kept<E> {
    /// How much longer the error is kept at `now`.
    pub fn remaining(&self, now: Timestamp) -> Duration {
        self.until.since(now)
    }

    /// Until when it is kept.
    pub const fn until(&self) -> Timestamp {
        self.until
    }

    /// Whether it is kept at `now`; a clock that was set back ends it, or it might stay for years.
    fn holds(&self, now: Timestamp) -> bool {
        self.since <= now && now < self.until
    }
}

impl<K, E> Negative<K, E>
where
    K: Eq + Hash + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    /// Keeps up to `capacity` errors, none for more than `longest`.
    pub fn new(capacity: u64, longest: Duration, clock: Clock) -> Self {
        // The least recently used goes. By frequency, a flood of new failures would never be kept at all.
        let kept = Cache::builder()
            .max_capacity(capacity)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self {
            kept,
            longest,
            clock,
        }
    }

    /// Keeps `error` under `key` for `duration`, or for as long as errors are kept at most.
    pub fn keep(&self, key: K, error: E, duration: Duration) {
        let since = self.clock.now();
        let until = since.after(duration.min(self.longest));
        let kept = Kept {
            error,
            since,
            until,
        };
        self.kept.insert(key, kept);
    }

    /// The error that is kept under `key`.
    pub fn find(&self, key: &K) -> Option<Kept<E>> {
        let now = self.clock.now();
        self.kept.get(key).filter(|kept| kept.holds(now))
    }

    /// An error that is kept under a key which is `wanted`, found without that counting as a use, by a walk over all.
    pub fn seek(&self, is_wanted: impl Fn(&K) -> bool) -> Option<Kept<E>> {
        let now = self.clock.now();
        let mut kept = self.kept.iter();
        let found = kept.find(|(key, kept)| is_wanted(key) && kept.holds(now));
        found.map(|(_, kept)| kept)
    }

    /// Forgets the error of `key`.
    pub fn forget(&self, key: &K) {
        self.kept.invalidate(key);
    }

    /// How many errors are held, about; those that have passed count until others need their room.
    pub fn len(&self) -> u64 {
        self.kept.entry_count()
    }

    /// Whether no error is held, about.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Settles what was put off; to be called about once a second.
    pub fn maintain(&self) {
        self.kept.run_pending_tasks();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_secs(10);

    fn negative(capacity: u64) -> (Negative<u32, &'static str>, Clock) {
        let clock = Clock::manual(Timestamp::from_millis(1_700_000_000_000));
        (Negative::new(capacity, LONGEST, clock.clone()), clock)
    }

    #[test]
    fn an_error_is_kept_for_as_long_as_asked_and_no_longer_than_the_bound() {
        let cases = [(1, 999, 1_000), (3, 2_999, 3_000), (60, 9_999, 10_000)];
        for (seconds, holds, gone) in cases {
            let (negative, clock) = negative(10);
            let asked = Duration::from_secs(seconds);
            negative.keep(1, "refused", asked);
            clock.advance(Duration::from_millis(holds));
            let kept = negative.find(&1).unwrap();
            assert_eq!(kept.error, "refused");
            let left = kept.remaining(clock.now());
            assert_eq!(left, Duration::from_millis(1), "{seconds} s");
            clock.advance(Duration::from_millis(gone - holds));
            assert_eq!(negative.find(&1), None, "{seconds} s");
        }
    }

    #[test]
    fn an_error_is_sought_by_what_its_key_is_and_as_long_as_it_is_kept() {
        let (negative, clock) = negative(10);
        negative.keep(7, "refused", LONGEST);
        assert_eq!(negative.seek(|key| key % 2 == 0), None);
        let found = negative.seek(|key| key % 2 == 1).unwrap();
        assert_eq!(
            (found.error, found.until()),
            ("refused", clock.now().after(LONGEST))
        );
        clock.advance(LONGEST);
        assert_eq!(negative.seek(|_| true), None);
    }

    #[test]
    fn a_clock_that_was_set_back_ends_it() {
        let kept = Kept {
            error: (),
            since: Timestamp::from_millis(1_000),
            until: Timestamp::from_millis(2_000),
        };
        assert!(kept.holds(Timestamp::from_millis(1_500)));
        assert!(!kept.holds(Timestamp::from_millis(999)));
    }

    #[test]
    fn a_forgotten_error_is_gone_at_once() {
        let (negative, _) = negative(10);
        negative.keep(1, "refused", LONGEST);
        negative.forget(&1);
        assert_eq!(negative.find(&1), None);
    }

    #[test]
    fn a_flood_of_failures_is_bounded_and_the_latest_are_kept() {
        let (negative, _) = negative(100);
        for key in 0..10_000 {
            negative.keep(key, "refused", LONGEST);
            negative.maintain();
        }
        assert_eq!(negative.len(), 100);
        assert!(negative.find(&9_999).is_some());
    }
}
