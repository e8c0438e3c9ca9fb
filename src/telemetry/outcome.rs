//! The words for what became of a request, the same in logs, metrics and headers.

use std::time::Duration;

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A fresh entry in memory.
    HitMemory,
    /// A fresh entry on disk.
    HitDisk,
    /// A fresh entry in the store that several nodes share.
    HitShared,
    /// An entry past its freshness.
    Stale,
    /// An entry past its freshness that its source has confirmed.
    Revalidated,
    /// Another request's flight.
    Coalesced,
    /// A flight of its own.
    Miss,
    /// Past the cache, by the URL's wish.
    Bypass,
    /// Nowhere: the request was refused, or is no request for an image.
    None,
}

impl Outcome {
    /// Every outcome, in the order of declaration.
    pub const ALL: [Self; 9] = [
        Self::HitMemory,
        Self::HitDisk,
        Self::HitShared,
        Self::Stale,
        Self::Revalidated,
        Self::Coalesced,
        Self::Miss,
        Self::Bypass,
        Self::None,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HitMemory => "hit_memory",
            Self::HitDisk => "hit_disk",
            Self::HitShared => "hit_shared",
            Self::Stale => "stale",
            Self::Revalidated => "revalidated",
            Self::Coalesced => "coalesced",
            Self::Miss => "miss",
            Self::Bypass => "bypass",
            Self::None => "none",
        }
    }
}

/// A part of a request's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Getting the source.
    Fetch,
    /// Waiting for memory and a thread.
    Queue,
    /// Making the derivative.
    Work,
    /// Writing the entry.
    Store,
    /// From the request's head to the end of the answer's body.
    Total,
}

impl Phase {
    /// Every phase, in the order of declaration.
    pub const ALL: [Self; 5] = [
        Self::Fetch,
        Self::Queue,
        Self::Work,
        Self::Store,
        Self::Total,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Queue => "queue",
            Self::Work => "work",
            Self::Store => "store",
            Self::Total => "total",
        }
    }
}

/// How long each part of a request took; what did not happen has no time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phases([Option<Duration>; Phase::ALL.len()]);

impl Phases {
    /// The same, with the time of one phase.
    pub fn with(mut self, phase: Phase, time: Duration) -> Self {
        self.0[phase as usize] = Some(time);
        self
    }

    /// The time of a phase, where it happened.
    pub fn time(&self, phase: Phase) -> Option<Duration> {
        self.0[phase as usize]
    }

    /// The phases that happened, in the order of declaration.
    pub fn iter(&self) -> impl Iterator<Item = (Phase, Duration)> {
        let times = self.0;
        Phase::ALL
            .into_iter()
            .filter_map(move |phase| times[phase as usize].map(|time| (phase, time)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_in_the_order_of_declaration() {
        for (index, outcome) in Outcome::ALL.into_iter().enumerate() {
            assert_eq!(outcome as usize, index);
        }
        for (index, phase) in Phase::ALL.into_iter().enumerate() {
            assert_eq!(phase as usize, index);
        }
    }

    #[test]
    fn only_phases_that_happened_are_listed() {
        let millis = Duration::from_millis;
        let phases = Phases::default()
            .with(Phase::Total, millis(9))
            .with(Phase::Fetch, millis(5));
        let listed: Vec<_> = phases.iter().collect();
        assert_eq!(
            listed,
            [(Phase::Fetch, millis(5)), (Phase::Total, millis(9))]
        );
        assert_eq!(phases.time(Phase::Work), None);
    }
}
