//! What is handed on to be sent.

use std::sync::Arc;

use super::{Error, Payload};
use crate::cache::{Allowance, Entry};
use crate::identify::Format;
use crate::telemetry::{Outcome, Phases};

/// An image, ready to be sent.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// What is known of it.
    pub entry: Arc<Entry>,
    /// Its bytes, holding their share of the transfer budget.
    pub body: Payload,
    /// Where it came from.
    pub outcome: Outcome,
    /// What it cost.
    pub phases: Phases,
    /// Why another image stands in for the one that was asked for; `None` where none does.
    pub stands_in: Option<Error>,
    /// What the source's origin lets clients do with it.
    pub allowance: Allowance,
    /// Whether smaller bytes are on their way: clients are to ask again soon.
    pub is_provisional: bool,
    /// Whether it was made with headers of the client, and is nobody else's.
    pub private: bool,
}

impl Delivered {
    /// A strong ETag made from the bytes, quotes included.
    pub fn etag(&self) -> &str {
        &self.entry.header.etag
    }

    /// Last-Modified of the source, as its origin spelled it.
    pub fn last_modified(&self) -> Option<&str> {
        self.entry.header.last_modified.as_deref()
    }

    /// The media type of the bytes.
    pub fn media_type(&self) -> &str {
        &self.entry.header.media_type
    }

    /// Whether it is what is known of a source, and no image.
    pub fn is_report(&self) -> bool {
        self.entry.header.format == "json"
    }

    /// The usual extension of a file of these bytes, without the dot. An entry that another release left in the
    /// folder may name a format that is not known here: then its name.
    pub fn extension(&self) -> &str {
        let name = self.entry.header.format.as_str();
        Format::from_name(name).map_or(name, |format| format.extension())
    }
}
