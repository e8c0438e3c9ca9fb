//! What was purged: a log on disk that every process on the folder follows, and a table of it in memory.
//!
//! A purge costs the same whatever it concerns: it is a number, and look-ups hold the number of what they find
//! against it. Numbers rise. What was fetched under a lower number than a purge of its scope is older than
//! that purge.
//!
//! What holds:
//! - A purge that was acknowledged is on disk, file and folder, and holds after a crash and in every process
//!   that looks.
//! - No number is given twice, not even where a crash took the record of the first: each process begins some
//!   way above what it reads.
//! - What is lost counts as a hard purge of everything: damaged records, a log that ends early, a log that is
//!   gone while its folder knows of one.
//! - The table is bounded. Past its bound the oldest purges count for everything, which purges too much and
//!   never too little.

mod log;
mod purges;
mod record;
mod table;

use super::entry::Sequence;
use super::scope::Scope;

pub use purges::{PurgeConfig, PurgeObserver, PurgeUsage, Purges};

/// What a purge does to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Force {
    /// It is stale: it has to be validated, and may answer where that cannot be had.
    Soft,
    /// It is gone.
    Hard,
}

/// What a purge concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// Everything.
    All,
    /// What belongs to a group.
    Of(Scope),
}

/// One purge, not yet numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Purge {
    /// What it concerns.
    pub extent: Extent,
    /// What it does.
    pub force: Force,
}

/// The newest purges that concern an entry; zero where there was none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Floor {
    /// What was fetched under a lower number is gone.
    pub hard: Sequence,
    /// What was validated under a lower number is stale.
    pub soft: Sequence,
}

impl Purge {
    /// A purge of everything.
    pub const fn all(force: Force) -> Self {
        Self {
            extent: Extent::All,
            force,
        }
    }

    /// A purge of the group `scope`.
    pub const fn of(scope: Scope, force: Force) -> Self {
        Self {
            extent: Extent::Of(scope),
            force,
        }
    }
}

impl Floor {
    /// The floor that is no lower than either.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            hard: self.hard.max(other.hard),
            soft: self.soft.max(other.soft),
        }
    }
}

#[cfg(test)]
mod tests;
