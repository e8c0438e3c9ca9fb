//! Settings of the refined stage.

use std::time::Duration;

use super::gather::Settings;

/// What is made smaller after it was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefineSettings {
    /// Whether anything is.
    pub is_on: bool,
    /// Images at a time.
    pub threads: usize,
    /// Hits after which an image is worth it; 0 is at once.
    pub hits: u32,
    /// Images of fewer bytes are not worth it.
    pub min_bytes: u64,
    /// Results of more pixels are not tried; 0 is no limit.
    pub max_pixels: u64,
    /// Most images that are queued.
    pub queue_entries: usize,
    /// Most bytes that the queue takes, sources included.
    pub queue_bytes: u64,
    /// What clients are told at most while an image is queued.
    pub ttl: Duration,
    /// Whether caches in front are told of each image that was replaced.
    pub tells_hooks: bool,
}

impl Settings {
    /// Unset, it is on where there is a folder: without one the queue and its sources would take memory, and each
    /// restart would lose the work that was done.
    pub(super) fn refine(&self) -> RefineSettings {
        RefineSettings {
            is_on: match self.is_set("REFINE") {
                true => self.flag("REFINE"),
                false => self.is_set("CACHE_DIR"),
            },
            threads: self.count("REFINE_THREADS"),
            hits: self.small("REFINE_HITS"),
            min_bytes: self.number("REFINE_MIN_BYTES"),
            max_pixels: self.number("REFINE_MAX_RESOLUTION"),
            queue_entries: self.count("REFINE_QUEUE_ENTRIES"),
            queue_bytes: self.number("REFINE_QUEUE_BYTES"),
            ttl: self.seconds("REFINE_TTL"),
            tells_hooks: self.flag("REFINE_PURGE"),
        }
    }
}
