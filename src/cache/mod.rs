//! The cache: derivatives in memory and in a folder, what is known of their sources, and single flight.
//!
//! It knows byte strings under keys. What a transform or a URL is, it never learns: `delivery` builds the keys
//! and the digests of recipes. It keeps no connection, makes no image and answers no HTTP.
//!
//! What holds:
//! - A reader sees a whole entry or none. What is damaged, truncated or foreign is removed and a miss; what
//!   another release wrote is a miss and left alone.
//! - An entry is found by its key alone. Nothing is listed or indexed to serve, so a restart costs nothing.
//! - An entry is fresh while the record of its source says the same bytes and was validated within the TTL; so
//!   a revalidation writes one record, whatever the number of variants.
//! - Nothing that was fetched before a purge replaces what was fetched after it.
//! - What has expired is found by the journal of what was published, without a look at what has not.
//! - What is put off outlives the process, is bounded, and is begun twice at most.
//! - Trouble with the disk fails no request. It is returned to whoever writes, and counted in [`Health`].

mod backlog;
mod body;
mod config;
#[cfg(test)]
mod conformance;
mod disk;
mod entry;
mod error;
mod fields;
mod flight;
mod frame;
mod freshness;
mod gate;
mod health;
mod keeper;
mod key;
mod lookup;
mod memory;
mod negative;
mod purge;
mod recency;
mod record;
mod scope;
mod shared;
mod sight;
mod temporary;
mod terms;
#[cfg(test)]
mod tests;
mod tiers;

pub use backlog::{Backlog, BacklogConfig, Job, MAX_ATTEMPTS, Place as BacklogPlace, Refusal};
pub use body::{Body, FileBody};
pub use config::Config;
pub use disk::{
    BodyReader, Change, ClockGuard, Depth, Disk, Erasure as DiskErasure, Facts, Fate, Found,
    Groups, Judge, Lacking, Marks, Note, Opened, Reading, Resident, Scan, Search, Stored, Swept,
    Usage,
};
pub use entry::{Class, Digest, Entry, Header, Score, Sequence, SourceFacts, Stage};
pub use error::Error;
pub use flight::{CalledOff, Failure, Flights, Phase, Role, Waiter};
pub use frame::Kind;
pub use freshness::{Freshness, Grace, Keep, Known, Lifetimes, StaleReason};
pub use health::{Health, TierCounts, TierHealth};
pub use keeper::KeeperCounts;
pub use key::{Key, KeyBuilder};
pub use lookup::{Allowance, Hit, Lookup, Tier};
pub use negative::{Kept, Negative};
pub use purge::{Extent, Floor, Force, Purge, PurgeConfig, PurgeObserver, PurgeUsage, Purges};
pub use recency::{BLOCK_BYTES, Fit, Held, Limits, Loaded, Need, Recency, Uses, Weighed};
pub use record::Record;
pub use scope::Scope;
pub use shared::{
    CircuitRules, CircuitState, Erased, Shared, SharedConfig, SharedCounts, SharedError,
    SharedStore,
};
pub use sight::{Peeked, Place, Sight, Sighting};
pub use terms::{Sharing, Terms};
pub use tiers::{Audience, Cache, Erasure, Parts, Unpublished, Unwanted};
