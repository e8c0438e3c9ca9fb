//! Time as a value that is passed in, so that tests move it by hand and pure code never reads it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point in wall-clock time, in whole milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The timestamp `millis` milliseconds after the Unix epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1000
    }

    /// This time plus `duration`, capped at the largest timestamp.
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(whole_millis(duration)))
    }

    /// How long ago `earlier` was; zero if it is in the future.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The wall clock of the system, or one that a test sets and advances.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    manual: Option<Arc<AtomicU64>>,
}

impl Clock {
    /// The clock of the system.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still at `start` until [`Clock::advance`] moves it; clones share the same time.
    pub fn manual(start: Timestamp) -> Self {
        Self {
            manual: Some(Arc::new(AtomicU64::new(start.0))),
        }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        match &self.manual {
            Some(millis) => Timestamp(millis.load(Ordering::SeqCst)),
            None => Timestamp(
                SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .map_or(0, whole_millis),
            ),
        }
    }

    /// Sets a manual clock to `time`, as somebody may set that of a machine.
    #[cfg(test)]
    pub(crate) fn set(&self, time: Timestamp) {
        if let Some(millis) = &self.manual {
            millis.store(time.0, Ordering::SeqCst);
        }
    }

    /// Moves a manual clock forward; a system clock is left alone.
    pub fn advance(&self, duration: Duration) {
        if let Some(millis) = &self.manual {
            millis.fetch_add(whole_millis(duration), Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = Clock::manual(Timestamp::from_millis(5_000));
        let twin = clock.clone();
        assert_eq!(clock.now().as_secs(), 5);
        clock.advance(Duration::from_millis(1_500));
        assert_eq!(twin.now().as_millis(), 6_500);
        assert_eq!(
            twin.now().since(Timestamp::from_millis(6_000)),
            Duration::from_millis(500)
        );
        assert_eq!(Timestamp::from_millis(0).since(twin.now()), Duration::ZERO);
    }
}
