//! What a look-up answers.

use std::sync::Arc;
use std::time::Duration;

use super::entry::Entry;
use super::freshness::{Grace, StaleReason};
use super::terms::Sharing;

/// Where an entry was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// In memory.
    Memory,
    /// In the folder.
    Disk,
    /// In the store that several nodes share.
    Shared,
}

/// What a look-up found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// An entry that answers the request.
    Fresh(Hit),
    /// An entry that may answer while, or where, nothing better can be had.
    Stale(Hit, StaleReason, Grace),
    /// Nothing that may be served.
    Miss,
}

/// An entry, and what is known beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The entry.
    pub entry: Arc<Entry>,
    /// Where it was found.
    pub tier: Tier,
    /// What its origin lets clients do with it.
    pub allowance: Allowance,
}

/// What the origin of a source lets clients do with its variants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// How much longer they may use them; `None` where it did not say, or is not listened to.
    pub remaining: Option<Duration>,
    /// Who may keep them.
    pub sharing: Sharing,
}

impl Tier {
    /// The text of logs, headers and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Disk => "disk",
            Self::Shared => "shared",
        }
    }
}

impl Lookup {
    /// Where the entry was found; `None` for a miss.
    pub fn tier(&self) -> Option<Tier> {
        match self {
            Self::Fresh(hit) | Self::Stale(hit, ..) => Some(hit.tier),
            Self::Miss => None,
        }
    }
}
