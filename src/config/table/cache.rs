//! What is kept, where, and for how long.

use super::{Section, Setting};
use crate::config::kind::Kind;

const YEAR: u64 = 31_536_000;

pub(super) const CACHE: Section = Section {
    title: "Cache",
    settings: &[
        Setting::new(
            "CACHE_DIR",
            Kind::Path,
            "",
            "The folder of kept images. Unset, they are kept in memory alone and a restart begins anew.",
        ),
        Setting::new(
            "CACHE_MEMORY_BYTES",
            Kind::Bytes {
                least: 0,
                most: 1 << 40,
            },
            "256MiB",
            "Memory for kept images.",
        ),
        Setting::new(
            "CACHE_TTL",
            Kind::Seconds {
                least: 0,
                most: YEAR,
            },
            "86400",
            "How long a source counts as unchanged; then it is asked again.",
        ),
        Setting::new(
            "CACHE_KEEP",
            Kind::Seconds {
                least: 1,
                most: 10 * YEAR,
            },
            "2592000",
            "How long an image that nobody asks for may stay.",
        ),
        Setting::new(
            "ERROR_TTL",
            Kind::Seconds {
                least: 0,
                most: 600,
            },
            "5",
            "How long a source's failure is remembered, so that it is not asked again on every view.",
        ),
    ],
};
