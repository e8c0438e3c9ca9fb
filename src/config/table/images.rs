//! Watermark and fallback image.

use super::{Section, Setting};
use crate::config::kind::Kind;

/// The largest number of seconds that every cache understands (RFC 9111, section 1.2.2).
const FOREVER: u64 = (1 << 31) - 1;

pub(super) const IMAGES: Section = Section {
    title: "Watermark and fallback image",
    settings: &[
        Setting::new(
            "WATERMARK_DATA",
            Kind::Base64,
            "",
            "The watermark itself. It goes before the path, and the path before the URL.",
        ).shared_with_imgproxy(),
        Setting::new(
            "WATERMARK_PATH",
            Kind::Path,
            "",
            "The file of the watermark.",
        ).shared_with_imgproxy(),
        Setting::new(
            "WATERMARK_URL",
            Kind::Source,
            "",
            "The source of the watermark; it is held to the rules of sources.",
        ).shared_with_imgproxy(),
        Setting::new(
            "WATERMARK_OPACITY",
            Kind::Number {
                least: 0.0001,
                most: 1.0,
            },
            "1",
            "Factor of every watermark's opacity.",
        ).shared_with_imgproxy(),
        Setting::new(
            "FALLBACK_IMAGE_DATA",
            Kind::Base64,
            "",
            "The image that is shown where a source fails. It goes before the path, and the path before the URL.",
        ).shared_with_imgproxy(),
        Setting::new(
            "FALLBACK_IMAGE_PATH",
            Kind::Path,
            "",
            "The file of that image.",
        ).shared_with_imgproxy(),
        Setting::new(
            "FALLBACK_IMAGE_URL",
            Kind::Source,
            "",
            "The source of that image; it is held to the rules of sources.",
        ).shared_with_imgproxy(),
        Setting::new(
            "FALLBACK_IMAGE_HTTP_CODE",
            Kind::Count {
                least: 0,
                most: 599,
            },
            "200",
            "The status with it, from 100. 0 keeps that of the failure.",
        ).shared_with_imgproxy(),
        Setting::new(
            "FALLBACK_IMAGE_TTL",
            Kind::Seconds {
                least: 0,
                most: FOREVER,
            },
            "0",
            "The max-age that clients are told with it. 0 is that of other images.",
        ).shared_with_imgproxy(),
    ],
};
