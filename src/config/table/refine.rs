//! What is made smaller after it was answered.

use super::{Section, Setting};
use crate::config::kind::Kind;

const YEAR: u64 = 31_536_000;

pub(super) const REFINE: Section = Section {
    title: "Refining",
    settings: &[
        Setting::new(
            "REFINE",
            Kind::Flag,
            "",
            "Whether images that were answered quickly are made smaller afterwards, while nobody waits for pixels. \
             Unset, it is on where `INKFISH_CACHE_DIR` is set.",
        ),
        Setting::new(
            "REFINE_THREADS",
            Kind::Count {
                least: 1,
                most: 1024,
            },
            "1",
            "Images that are refined at a time, each on a thread of the lowest priority. Together they take a quarter \
             of `INKFISH_PIXEL_MEMORY_BYTES` beside it; what needs more is not refined.",
        ),
        Setting::new(
            "REFINE_HITS",
            Kind::Count {
                least: 0,
                most: 1_000_000,
            },
            "0",
            "Hits after which an image is worth it, if its source is still kept in memory; 0 is at once.",
        ),
        Setting::new(
            "REFINE_MIN_BYTES",
            Kind::Bytes {
                least: 0,
                most: 1 << 30,
            },
            "2048",
            "Images of fewer bytes are not worth it.",
        ),
        Setting::new(
            "REFINE_MAX_RESOLUTION",
            Kind::MegapixelLimit,
            "16",
            "The most pixels of a result, in millions, that is refined.",
        ),
        Setting::new(
            "REFINE_QUEUE_ENTRIES",
            Kind::Count {
                least: 1,
                most: 1_000_000,
            },
            "4096",
            "Most images that wait. What there is no room for stays as it is.",
        ),
        Setting::new(
            "REFINE_QUEUE_BYTES",
            Kind::Bytes {
                least: 1 << 20,
                most: 1 << 40,
            },
            "1GiB",
            "Most bytes that those images and their sources take, in the folder beside what is kept there; in memory \
             without one.",
        ),
        Setting::new(
            "REFINE_TTL",
            Kind::Seconds {
                least: 1,
                most: YEAR,
            },
            "60",
            "The longest max-age that clients are told while an image waits or is being refined.",
        ),
        Setting::new(
            "REFINE_PURGE",
            Kind::Flag,
            "false",
            "Whether the caches of `INKFISH_PURGE_HOOKS` are told, softly, of each image that was replaced.",
        ),
    ],
};
