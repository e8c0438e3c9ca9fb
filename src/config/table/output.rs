//! Which format comes out, and how it is written.

use super::{Section, Setting};
use crate::config::kind::Kind;

pub(super) const OUTPUT: Section = Section {
    title: "Formats and quality",
    settings: &[
        Setting::new(
            "AUTO_WEBP",
            Kind::Flag,
            "false",
            "Answers in WebP where the URL names no format and the client accepts it.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "ENFORCE_WEBP",
            Kind::Flag,
            "false",
            "Answers in WebP where the client accepts it, whatever format the URL names.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "PREFERRED_FORMATS",
            Kind::OutputFormats,
            "jpeg,png,gif",
            "Formats that an answer keeps from its source; of others the first that can hold the image is taken.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "SKIP_PROCESSING_FORMATS",
            Kind::Formats,
            "",
            "Source formats that are answered as they are, unless the URL names another.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "QUALITY",
            Kind::Count {
                least: 1,
                most: 100,
            },
            "80",
            "Quality of lossy formats that `FORMAT_QUALITY` does not name.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "FORMAT_QUALITY",
            Kind::FormatQuality,
            "webp=79,avif=63,jxl=77",
            "Quality by format; what is given is laid over the default.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "JPEG_PROGRESSIVE",
            Kind::Flag,
            "false",
            "Writes progressive JPEG.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "PNG_INTERLACED",
            Kind::Flag,
            "false",
            "Writes interlaced PNG.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "WEBP_EFFORT",
            Kind::Count { least: 1, most: 6 },
            "4",
            "Effort of the WebP encoder: more is slower and smaller.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "STRIP_METADATA",
            Kind::Flag,
            "true",
            "Drops EXIF, XMP and the like.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "STRIP_COLOR_PROFILE",
            Kind::Flag,
            "true",
            "Converts to sRGB and drops the profile.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "AUTO_ROTATE",
            Kind::Flag,
            "true",
            "Turns the image as its EXIF orientation says.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "DISABLE_SHRINK_ON_LOAD",
            Kind::Flag,
            "false",
            "Decodes at full size always, where a decoder could scale: slower, and more memory.",
        )
        .shared_with_imgproxy(),
    ],
};
