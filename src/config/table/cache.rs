//! What is kept, where, and for how long.

use super::{Section, Setting};
use crate::config::kind::Kind;

const YEAR: u64 = 31_536_000;

pub(super) const SHARED: Section = Section {
    title: "Shared cache",
    settings: &[
        Setting::new(
            "SHARED_CACHE_URL",
            Kind::Header,
            "",
            "A store below the folder that several nodes share: `s3://BUCKET/PREFIX`, `gs://…`, `abs://…`, or \
             `file:///PATH` of a folder that all of them mount.",
        ),
        Setting::new(
            "SHARED_CACHE_STORE",
            Kind::Header,
            "",
            "The name of the store in `INKFISH_OBJECT_STORES_PATH` whose credentials count. Unset, those of \
             `INKFISH_USE_S3`, `INKFISH_USE_GCS` or `INKFISH_USE_ABS`.",
        ),
        Setting::new(
            "SHARED_CACHE_TTL",
            Kind::Seconds {
                least: 1,
                most: 10 * YEAR,
            },
            "2592000",
            "Age at which what is in the store is used no more.",
        ),
        Setting::new(
            "SHARED_CACHE_PATIENCE",
            Kind::Number {
                least: 0.01,
                most: 60.0,
            },
            "0.5",
            "Seconds that a look-up waits for the store. Where it fails often, it is left alone for a while.",
        ),
        Setting::new(
            "SHARED_CACHE_QUEUE_BYTES",
            Kind::Bytes {
                least: 1 << 20,
                most: 1 << 40,
            },
            "64MiB",
            "Memory for what waits to be written to the store. What does not fit is not written.",
        ),
        Setting::new(
            "SHARED_CACHE_SINGLE_WRITER",
            Kind::Flag,
            "false",
            "Says that no other node writes to the store, so that purges need no `INKFISH_REDIS_URL`.",
        ),
    ],
};

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
            "CACHE_STREAM_BYTES",
            Kind::Bytes {
                least: 1 << 20,
                most: 1 << 30,
            },
            "4MiB",
            "Images longer than this are not kept in memory: they are read from the folder while they are sent.",
        ),
        Setting::new(
            "CACHE_DISK_BYTES",
            Kind::Bytes {
                least: 1 << 20,
                most: 1 << 50,
            },
            "10GiB",
            "Most that kept images and what is known of their sources take in the folder, in whole blocks. What was not \
             used for long goes first; a fiftieth of the file system, 1 GiB at most, stays free in any case.",
        ),
        Setting::new(
            "CACHE_DISK_ENTRIES",
            Kind::Count {
                least: 16,
                most: 1 << 31,
            },
            "1000000",
            "Most files in the folder. The process that keeps it takes 60 bytes of memory for each.",
        ),
        Setting::new(
            "SWEEP_INTERVAL",
            Kind::Seconds {
                least: 1,
                most: 86_400,
            },
            "60",
            "Time between two looks for what has expired.",
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
            "CACHE_KEEP_UPLOADS",
            Kind::Seconds {
                least: 1,
                most: 10 * YEAR,
            },
            "3600",
            "How long what an upload by the API came to may stay.",
        ),
        Setting::new(
            "CACHE_KEEP_WEB_UPLOADS",
            Kind::Seconds {
                least: 1,
                most: 10 * YEAR,
            },
            "43200",
            "How long what an upload from the web page came to may stay.",
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
