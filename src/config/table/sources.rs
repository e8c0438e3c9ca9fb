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
