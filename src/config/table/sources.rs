//! Where sources come from, and what they may be.

use super::{Section, Setting};
use crate::config::kind::Kind;

const HOUR: u64 = 3600;

pub(super) const SOURCES: Section = Section {
    title: "Sources",
    settings: &[
        Setting::new(
            "ALLOWED_SOURCES",
            Kind::List,
            "",
            "Beginnings of source URLs that are fetched, redirects included; `*` is any text without `/`, and \
             a host ends in `/`. Unset, all of them.",
        )
        .unlike_imgproxy("unset; redirects are not held to it, and a host may end anywhere"),
        Setting::new(
            "LOCAL_FILESYSTEM_ROOT",
            Kind::Path,
            "",
            "The folder that `local:///` reads from. Unset, there are no local sources.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "ALLOW_LOOPBACK_SOURCE_ADDRESSES",
            Kind::Flag,
            "false",
            "Fetches from this machine's own addresses too.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "ALLOW_LINK_LOCAL_SOURCE_ADDRESSES",
            Kind::Flag,
            "false",
            "Fetches from link-local addresses too, the clouds' metadata among them.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "ALLOW_PRIVATE_SOURCE_ADDRESSES",
            Kind::Flag,
            "false",
            "Fetches from private networks too.",
        )
        .unlike_imgproxy("true"),
        Setting::new(
            "IGNORE_SSL_VERIFICATION",
            Kind::Flag,
            "false",
            "Takes any certificate from a source. For tests alone.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "USER_AGENT",
            Kind::Header,
            "inkfish/%current_version",
            "The User-Agent that sources see; `%current_version` becomes the version.",
        )
        .unlike_imgproxy("`imgproxy/%current_version`"),
        Setting::new(
            "DOWNLOAD_TIMEOUT",
            Kind::Seconds {
                least: 1,
                most: HOUR,
            },
            "5",
            "For a whole fetch, redirects included; past it the answer is 504.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "CONNECT_TIMEOUT",
            Kind::Seconds {
                least: 1,
                most: HOUR,
            },
            "2",
            "For a connection to a source to stand, its TLS included.",
        ),
        Setting::new(
            "FIRST_BYTE_TIMEOUT",
            Kind::Seconds {
                least: 1,
                most: HOUR,
            },
            "4",
            "For the head of a source's answer to arrive once the request was sent.",
        ),
        Setting::new(
            "CLIENT_KEEP_ALIVE_TIMEOUT",
            Kind::Seconds {
                least: 0,
                most: HOUR,
            },
            "90",
            "How long an unused connection to a source is kept. 0 keeps none.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "MAX_REDIRECTS",
            Kind::Count {
                least: 0,
                most: 100,
            },
            "10",
            "Redirects that one fetch follows.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "MAX_FETCHES",
            Kind::Count {
                least: 1,
                most: 65_536,
            },
            "64",
            "Fetches at once.",
        ),
        Setting::new(
            "MAX_FETCHES_PER_HOST",
            Kind::Count {
                least: 1,
                most: 65_536,
            },
            "16",
            "Fetches from one host at once.",
        ),
        Setting::new(
            "FETCH_QUEUE_SIZE",
            Kind::Count {
                least: 0,
                most: 65_536,
            },
            "256",
            "Fetches that may wait for their turn; past it the answer is 503 at once.",
        ),
        Setting::new(
            "SOURCE_CACHE_BYTES",
            Kind::Bytes {
                least: 0,
                most: 1 << 40,
            },
            "64MiB",
            "Memory of sources that are kept for their next size, beside `TRANSFER_MEMORY_BYTES`. 0 keeps none.",
        ),
        Setting::new(
            "SOURCE_CACHE_TTL",
            Kind::Seconds {
                least: 0,
                most: HOUR,
            },
            "300",
            "How long a kept source is used before it is asked for again.",
        ),
    ],
};

pub(super) const LIMITS: Section = Section {
    title: "Limits of images",
    settings: &[
        Setting::new(
            "MAX_SRC_FILE_SIZE",
            Kind::Bytes {
                least: 0,
                most: 1 << 40,
            },
            "32MiB",
            "The largest source; past it the answer is 422. It must fit into `TRANSFER_MEMORY_BYTES`. 0 is \
             all of that.",
        )
        .unlike_imgproxy("0, without any limit"),
        Setting::new(
            "MAX_SRC_RESOLUTION",
            Kind::Megapixels,
            "50",
            "The most pixels of a source, in millions, counted before it is decoded; past it the answer is 422.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "MAX_ANIMATION_FRAMES",
            Kind::Count {
                least: 1,
                most: 100_000,
            },
            "1",
            "The most frames that are read of an animation; 1 makes one picture of it.",
        ).shared_with_imgproxy(),
        Setting::new(
            "MAX_ANIMATION_FRAME_RESOLUTION",
            Kind::MegapixelLimit,
            "0",
            "The most pixels of one frame of an animation, in millions.",
        ).shared_with_imgproxy(),
        Setting::new(
            "MAX_RESULT_DIMENSION",
            Kind::Count {
                least: 0,
                most: 65_535,
            },
            "16384",
            "The longest side of a result in pixels; what would be longer is scaled down to it. 0 leaves only \
             what the format can hold, 65535 at most.",
        )
        .unlike_imgproxy("0, without any limit"),
    ],
};

pub(super) const STORES: Section = Section {
    title: "Object stores",
    settings: &[
        Setting::new(
            "OBJECT_STORES_PATH",
            Kind::Path,
            "",
            "A TOML file of `[[store]]` tables, each a store with credentials of its own. A store that lists the bucket of an object goes before one that lists none.",
        ),
        Setting::new(
            "USE_S3",
            Kind::Flag,
            "false",
            "Reads `s3://bucket/key` from Amazon S3 or a store that speaks its protocol, with the credentials that its own tools take from the environment.",
        ).shared_with_imgproxy(),
        Setting::new(
            "S3_REGION",
            Kind::Header,
            "",
            "The region that signatures name. Unset, `us-east-1`.",
        ).shared_with_imgproxy(),
        Setting::new(
            "S3_ENDPOINT",
            Kind::Endpoint,
            "",
            "Where the store is. Unset, Amazon.",
        ).shared_with_imgproxy(),
        Setting::new(
            "S3_ENDPOINT_USE_PATH_STYLE",
            Kind::Flag,
            "true",
            "The bucket stands in the path, and not before the host.",
        ).shared_with_imgproxy(),
        Setting::new(
            "S3_ALLOWED_BUCKETS",
            Kind::Buckets,
            "",
            "The only buckets that are read. Unset, all of them.",
        ).shared_with_imgproxy(),
        Setting::new(
            "S3_DENIED_BUCKETS",
            Kind::Buckets,
            "",
            "Buckets that are not read, whatever else is said.",
        ).shared_with_imgproxy(),
        Setting::new(
            "USE_GCS",
            Kind::Flag,
            "false",
            "Reads `gs://bucket/key` from Google Cloud Storage.",
        ).shared_with_imgproxy(),
        Setting::new(
            "GCS_KEY",
            Kind::Header,
            "",
            "The JSON of a service account's key. Unset, credentials come from the environment.",
        ).shared_with_imgproxy().secret(),
        Setting::new(
            "GCS_ENDPOINT",
            Kind::Endpoint,
            "",
            "Where the store is. Unset, Google.",
        ).shared_with_imgproxy(),
        Setting::new(
            "GCS_ALLOWED_BUCKETS",
            Kind::Buckets,
            "",
            "The only buckets that are read. Unset, all of them.",
        ).shared_with_imgproxy(),
        Setting::new(
            "GCS_DENIED_BUCKETS",
            Kind::Buckets,
            "",
            "Buckets that are not read, whatever else is said.",
        ).shared_with_imgproxy(),
        Setting::new(
            "USE_ABS",
            Kind::Flag,
            "false",
            "Reads `abs://container/key` from Azure Blob Storage.",
        ).shared_with_imgproxy(),
        Setting::new(
            "ABS_NAME",
            Kind::Header,
            "",
            "The storage account.",
        ).shared_with_imgproxy(),
        Setting::new(
            "ABS_KEY",
            Kind::Header,
            "",
            "The account's shared key, in base64. Unset, credentials come from the environment.",
        ).shared_with_imgproxy().secret(),
        Setting::new(
            "ABS_ENDPOINT",
            Kind::Endpoint,
            "",
            "Where the store is. Unset, Azure.",
        ).shared_with_imgproxy(),
        Setting::new(
            "ABS_ALLOWED_BUCKETS",
            Kind::Buckets,
            "",
            "The only containers that are read. Unset, all of them.",
        ).shared_with_imgproxy(),
        Setting::new(
            "ABS_DENIED_BUCKETS",
            Kind::Buckets,
            "",
            "Containers that are not read, whatever else is said.",
        ).shared_with_imgproxy(),
    ],
};

pub(super) const PASSTHROUGH: Section = Section {
    title: "Headers and cookies that pass",
    settings: &[
        Setting::new(
            "REQUEST_HEADERS_PASSTHROUGH",
            Kind::HeaderNames,
            "",
            "Headers of a request that its source sees too. They enter the cache key, and the answer is private.",
        ).shared_with_imgproxy(),
        Setting::new(
            "COOKIE_PASSTHROUGH",
            Kind::Flag,
            "false",
            "Sends a client's cookies on to sources on the host that the client asked for, or below `COOKIE_BASE_URL`. They enter the cache key, and the answer is private.",
        ).shared_with_imgproxy(),
        Setting::new(
            "COOKIE_PASSTHROUGH_ALL",
            Kind::Flag,
            "false",
            "Sends a client's cookies on to every source.",
        ).shared_with_imgproxy(),
        Setting::new(
            "COOKIE_BASE_URL",
            Kind::Endpoint,
            "",
            "The URL that cookies count as set by. Unset, the host that the client asked for.",
        ).shared_with_imgproxy(),
        Setting::new(
            "CUSTOM_REQUEST_HEADERS",
            Kind::Separated("CUSTOM_HEADERS_SEPARATOR"),
            "",
            "Headers of every request to a source, each `Name=value`.",
        ).shared_with_imgproxy(),
        Setting::new(
            "CUSTOM_RESPONSE_HEADERS",
            Kind::Separated("CUSTOM_HEADERS_SEPARATOR"),
            "",
            "Headers of every image, each `Name=value`.",
        ).shared_with_imgproxy(),
        Setting::new(
            "CUSTOM_HEADERS_SEPARATOR",
            Kind::Separator,
            "\\;",
            "What stands between two of these headers, where they are not an array.",
        ).shared_with_imgproxy(),
    ],
};
