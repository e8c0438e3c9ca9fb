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
            "CACHE_CONTROL_PASSTHROUGH",
            Kind::Flag,
            "false",
            "Whether what the source's origin says of caching counts: when the source is asked again, how long and by \
             whom answers are kept.",
        )
        .unlike_imgproxy("the shorter of its lifetime and `INKFISH_TTL` is sent; within floor and ceiling it counts here too"),
        Setting::new(
            "CACHE_TTL_FLOOR",
            Kind::Seconds {
                least: 0,
                most: YEAR,
            },
            "0",
            "With it: the least time that a source counts as unchanged.",
        ),
        Setting::new(
            "CACHE_TTL_CEILING",
            Kind::Seconds {
                least: 0,
                most: YEAR,
            },
            "2592000",
            "With it: the most time that a source counts as unchanged.",
        ),
        Setting::new(
            "STALE_WHILE_REVALIDATE",
            Kind::Seconds {
                least: 0,
                most: YEAR,
            },
            "0",
            "How long past that an image is still answered at once while its source is asked behind. Unless it is 0, \
             clients are told too.",
        ),
        Setting::new(
            "STALE_IF_ERROR",
            Kind::Seconds {
                least: 0,
                most: YEAR,
            },
            "",
            "How long past that an image is still answered while its source fails. Unset, for as long as it is kept; \
             set, clients are told too.",
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
