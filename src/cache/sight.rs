//! What is seen of an entry where it lies, by who wants to know and changes nothing by it.

use super::entry::Header;
use super::freshness::Freshness;
use super::lookup::Tier;
use super::record::Record;
use super::shared::CircuitState;
use crate::clock::Timestamp;

/// What a place below memory holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peeked<T> {
    /// Nothing.
    Absent,
    /// This. Of an entry the head was checked, and not the body.
    Held(T),
    /// Something that is not read, or nobody can tell; the text says why.
    Unreadable(String),
    /// Nobody looked: the place is left alone for now.
    NotAsked(CircuitState),
}

/// An entry, as one tier has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Its facts.
    pub header: Header,
    /// Bytes that it takes there.
    pub bytes: u64,
    /// Whether it answers.
    pub freshness: Freshness,
    /// Until when its source needs no validation; `None` where none is known.
    pub fresh_until: Option<Timestamp>,
    /// When it may go.
    pub kept_until: Timestamp,
}

/// A place below memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The path of the file, or the name of the object.
    pub name: String,
    /// What is there.
    pub entry: Peeked<Sighting>,
}

/// An entry and the record of its source, tier by tier; `None` for a tier that there is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// In memory.
    pub memory: Option<Sighting>,
    /// In the folder.
    pub disk: Option<Place>,
    /// In the shared store.
    pub shared: Option<Place>,
    /// What is known of the source, and where the nearest tier is that knows it.
    pub record: Option<(Tier, Record)>,
    /// Until when the source needs no validation, by that.
    pub fresh_until: Option<Timestamp>,
    /// Whether the folder and the store are not looked at for now.
    pub is_passed_by: bool,
}

impl<T> Peeked<T> {
    /// What is held.
    pub fn held(self) -> Option<T> {
        match self {
            Self::Held(value) => Some(value),
            Self::Absent | Self::Unreadable(_) | Self::NotAsked(_) => None,
        }
    }

    /// The same, with `make` of what is held.
    pub(super) fn map<U>(self, make: impl FnOnce(T) -> U) -> Peeked<U> {
        match self {
            Self::Absent => Peeked::Absent,
            Self::Held(value) => Peeked::Held(make(value)),
            Self::Unreadable(reason) => Peeked::Unreadable(reason),
            Self::NotAsked(state) => Peeked::NotAsked(state),
        }
    }
}
