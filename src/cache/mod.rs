//! The cache: derivatives in memory and in a folder, and what is known of their sources.

mod disk;
mod entry;
mod error;
mod fields;
mod flight;
mod frame;
mod freshness;
mod key;
mod memory;
mod negative;
mod record;
mod temporary;

pub use disk::Stored;
pub use entry::{Digest, Entry, Header, Sequence, SourceFacts, Stage};
pub use error::Error;
pub use flight::{CalledOff, Failure, Flights, Phase, Role, Waiter};
pub use freshness::{Freshness, Lifetimes, StaleReason};
pub use key::{Key, KeyBuilder};
pub use negative::{Kept, Negative};
pub use record::Record;
