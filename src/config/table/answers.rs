//! What stands in the head of an answer.

use super::{Section, Setting};
use crate::config::kind::Kind;

/// The largest number of seconds that every cache understands (RFC 9111, section 1.2.2).
const FOREVER: u64 = (1 << 31) - 1;

pub(super) const ANSWERS: Section = Section {
    title: "Headers of answers",
    settings: &[
        Setting::new(
            "TTL",
            Kind::Seconds {
                least: 0,
                most: FOREVER,
            },
            "31536000",
            "The max-age that clients are told. 0 tells them `no-cache`.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "CDN_CACHE_CONTROL",
            Kind::Seconds {
                least: 0,
                most: FOREVER,
            },
            "",
            "The max-age that CDNs are told apart from browsers, in `CDN-Cache-Control` (RFC 9213). Unset, \
             the header is not sent.",
        ),
        Setting::new(
            "CDN",
            Kind::Word(&[
                "none", "nginx", "varnish", "fastly", "cloudflare", "cloudfront", "akamai", "other",
            ]),
            "",
            "What stands in front of Inkfish, so that somebody has thought of `Vary`: many CDNs pass over it, and \
             then everybody gets the format of who asked first. Unset while headers of clients have a say, the \
             start warns of it. It changes nothing else.",
        ),
        Setting::new(
            "USE_ETAG",
            Kind::Flag,
            "true",
            "Sends an ETag made from the bytes of the answer, and answers If-None-Match.",
        )
        .unlike_imgproxy("true; the ETag there is the source's"),
        Setting::new(
            "USE_LAST_MODIFIED",
            Kind::Flag,
            "true",
            "Sends the source's Last-Modified, and answers If-Modified-Since.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "SET_CANONICAL_HEADER",
            Kind::Flag,
            "false",
            "Sends the source's URL as `Link` with `rel=\"canonical\"`.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "ENABLE_DEBUG_HEADERS",
            Kind::Flag,
            "false",
            "Sends sizes of source and result: `X-Origin-Content-Length`, `X-Origin-Width`, `X-Origin-Height`, \
             `X-Result-Width`, `X-Result-Height`.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "ALLOW_ORIGIN",
            Kind::Header,
            "",
            "The origin whose scripts may read the image (CORS). Unset, none is named.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "CROSS_ORIGIN_RESOURCE_POLICY",
            Kind::Word(&["same-origin", "same-site", "cross-origin"]),
            "",
            "The `Cross-Origin-Resource-Policy` of images. Unset, it is not sent.",
        ),
        Setting::new(
            "TIMING_ALLOW_ORIGIN",
            Kind::Header,
            "",
            "The `Timing-Allow-Origin` of images. Unset, it is not sent.",
        ),
    ],
};
