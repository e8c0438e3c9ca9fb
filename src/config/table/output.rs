//! Which format comes out, and how it is written.

use super::{Section, Setting};
use crate::config::kind::Kind;

/// A quality in an encoder's own scale.
const QUALITY: Kind = Kind::Count {
    least: 1,
    most: 100,
};

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
            "AUTO_AVIF",
            Kind::Flag,
            "false",
            "Answers in AVIF where the URL names no format and the client accepts it at least as much as WebP; not for animations.",
        ).shared_with_imgproxy(),
        Setting::new(
            "ENFORCE_AVIF",
            Kind::Flag,
            "false",
            "Answers in AVIF where the client accepts it at least as much as WebP, whatever format the URL names; not for animations.",
        ).shared_with_imgproxy(),
        Setting::new(
            "ENABLE_CLIENT_HINTS",
            Kind::Flag,
            "false",
            "Takes device pixel ratio and width from Sec-CH-DPR, DPR, Sec-CH-Width and Width where the URL names none: ratios up to 1, 1.5, 2 and 3, widths in steps of 100 CSS pixels.",
        ).unlike_imgproxy("false, which no variable there can change"),
        Setting::new(
            "SAVE_DATA",
            Kind::Flag,
            "false",
            "Lowers the quality that the settings give for clients that send `Save-Data: on`.",
        ),
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
            "BEST_FORMAT_BY_DEFAULT",
            Kind::Flag,
            "false",
            "Takes the smallest of the formats that can hold the image, as `format:best` does, where the URL names none.",
        ).shared_with_imgproxy(),
        Setting::new(
            "BEST_FORMAT_MAX_RESOLUTION",
            Kind::MegapixelLimit,
            "0",
            "The most pixels of a result, in millions, for which formats are tried; larger ones get the usual format.",
        ).shared_with_imgproxy(),
        Setting::new(
            "ALWAYS_RASTERIZE_SVG",
            Kind::Flag,
            "false",
            "Makes pixels of a drawing also where the URL names no format.",
        ).shared_with_imgproxy(),
        Setting::new(
            "SANITIZE_SVG",
            Kind::Flag,
            "true",
            "Rids a drawing that is passed through of scripts, handlers, foreign content and references to elsewhere, and writes it shorter with the same pixels.",
        ).shared_with_imgproxy(),
        Setting::new(
            "QUALITY",
            QUALITY,
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
            "AUTOQUALITY",
            Kind::Score,
            "off",
            "How good images must look whose URL names no quality: each is written in the fewest bytes that reach this score of SSIMULACRA2. 90 cannot be told apart, 70 is good.",
        ),
        Setting::new(
            "AUTOQUALITY_METHOD",
            Kind::Word(&["none", "size", "dssim", "ml", "ssimulacra2"]),
            "none",
            "By what quality is searched for where a URL names none, if `AUTOQUALITY` is off: bytes, structural dissimilarity, or the score of SSIMULACRA2, for which `ml` is another name.",
        ).shared_with_imgproxy(),
        Setting::new(
            "AUTOQUALITY_TARGET",
            Kind::Number {
                least: 0.0,
                most: 1e12,
            },
            "",
            "What `AUTOQUALITY_METHOD` aims at: a score, a dissimilarity (0.02 where this is unset), or bytes.",
        ).unlike_imgproxy("0.02"),
        Setting::new(
            "AUTOQUALITY_MIN",
            QUALITY,
            "",
            "The least quality that a search uses. Unset, it is 70 where bytes or dissimilarity are aimed at, and 30 where a score is: flat pictures would go down to nothing.",
        ).unlike_imgproxy("70"),
        Setting::new(
            "AUTOQUALITY_FORMAT_MIN",
            Kind::FormatQuality,
            "",
            "The same by format. Unset, it is 60 for AVIF where bytes or dissimilarity are aimed at.",
        ).unlike_imgproxy("avif=60"),
        Setting::new(
            "AUTOQUALITY_MAX",
            QUALITY,
            "",
            "The greatest quality that a search uses. Unset, it is 80 where bytes or dissimilarity are aimed at, and 100 where a score is.",
        ).unlike_imgproxy("80"),
        Setting::new(
            "AUTOQUALITY_FORMAT_MAX",
            Kind::FormatQuality,
            "",
            "The same by format. Unset, it is 65 for AVIF where bytes or dissimilarity are aimed at.",
        ).unlike_imgproxy("avif=65"),
        Setting::new(
            "AUTOQUALITY_ALLOWED_ERROR",
            Kind::Number {
                least: 0.0,
                most: 100.0,
            },
            "",
            "How far from the target is near enough. Unset, it is 0.5 of a score and 0.002 of a dissimilarity.",
        ).unlike_imgproxy("0.002"),
        Setting::new(
            "AUTOQUALITY_MAX_RESOLUTION",
            Kind::MegapixelLimit,
            "0",
            "The most pixels of a result, in millions, that is measured; larger ones get the quality of `FORMAT_QUALITY`.",
        ).shared_with_imgproxy(),
        Setting::new(
            "AUTOQUALITY_DPR_FALL",
            Kind::Number {
                least: 0.0,
                most: 50.0,
            },
            "5",
            "Points that a score falls by for a device pixel ratio of 1.5 and more, and twice that from 2.5 on.",
        ),
        Setting::new(
            "JPEG_PROGRESSIVE",
            Kind::Flag,
            "false",
            "Writes progressive JPEG.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "JPEG_NO_SUBSAMPLE",
            Kind::Flag,
            "false",
            "Writes the chroma of JPEG at full resolution.",
        ).shared_with_imgproxy(),
        Setting::new(
            "JPEG_TRELLIS_QUANT",
            Kind::Flag,
            "false",
            "Quantises JPEG by trellis, and writes cleaner edges on white: slower and smaller.",
        ).shared_with_imgproxy(),
        Setting::new(
            "JPEG_OVERSHOOT_DERINGING",
            Kind::Flag,
            "false",
            "The same as `JPEG_TRELLIS_QUANT`: the encoder switches both together.",
        ).shared_with_imgproxy(),
        Setting::new(
            "JPEG_OPTIMIZE_SCANS",
            Kind::Flag,
            "false",
            "Searches for the best scans of a progressive JPEG: slower and smaller.",
        ).shared_with_imgproxy(),
        Setting::new(
            "JPEG_QUANT_TABLE",
            Kind::Count { least: 0, most: 8 },
            "0",
            "The quantisation table of JPEG; 0 is that of the standard.",
        ).shared_with_imgproxy(),
        Setting::new(
            "PNG_QUANTIZE",
            Kind::Flag,
            "false",
            "Reduces PNG to a palette.",
        ).shared_with_imgproxy(),
        Setting::new(
            "PNG_QUANTIZATION_COLORS",
            Kind::Count {
                least: 2,
                most: 256,
            },
            "256",
            "Colours of that palette.",
        ).shared_with_imgproxy(),
        Setting::new(
            "WEBP_EFFORT",
            Kind::Count { least: 1, most: 6 },
            "3",
            "Effort of the WebP encoder: more is slower and smaller. Of photographs 4 makes a file of the same size in a tenth more time.",
        )
        .unlike_imgproxy("4"),
        Setting::new(
            "WEBP_COMPRESSION",
            Kind::Word(&["lossy", "near_lossless", "lossless"]),
            "lossy",
            "How WebP codes its pixels.",
        ).shared_with_imgproxy(),
        Setting::new(
            "WEBP_PRESET",
            Kind::Word(&["default", "picture", "photo", "drawing", "icon", "text"]),
            "default",
            "What the WebP encoder is tuned for.",
        ).shared_with_imgproxy(),
        Setting::new(
            "WEBP_SMART_SUBSAMPLE",
            Kind::Flag,
            "false",
            "Writes sharper chroma in WebP: slower.",
        ).shared_with_imgproxy(),
        Setting::new(
            "AVIF_SPEED",
            Kind::Count { least: 0, most: 9 },
            "8",
            "Speed of the AVIF encoder: more is faster and larger.",
        ).shared_with_imgproxy(),
        Setting::new(
            "AVIF_SUBSAMPLE",
            Kind::Word(&["auto", "on", "off"]),
            "auto",
            "Chroma of AVIF: `on` is 4:2:0, `off` is 4:4:4, `auto` is 4:2:0 below a quality of 90.",
        ).shared_with_imgproxy(),
        Setting::new(
            "STRIP_METADATA",
            Kind::Flag,
            "true",
            "Drops EXIF, XMP and the like.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "KEEP_COPYRIGHT",
            Kind::Flag,
            "true",
            "Keeps the author and the rights where metadata is dropped.",
        ).shared_with_imgproxy(),
        Setting::new(
            "STRIP_METADATA_DPI",
            Kind::Number {
                least: 0.0,
                most: 65_535.0,
            },
            "72",
            "Resolution that is declared where metadata is dropped, in dots an inch. 0 declares none.",
        ).shared_with_imgproxy(),
        Setting::new(
            "STRIP_COLOR_PROFILE",
            Kind::Flag,
            "true",
            "Converts to sRGB and drops the profile.",
        )
        .shared_with_imgproxy(),
        Setting::new(
            "PRESERVE_HDR",
            Kind::Flag,
            "false",
            "Keeps more than 8 bits a sample in PNG and TIFF, where the image is only scaled, cut and turned.",
        ).shared_with_imgproxy(),
        Setting::new(
            "USE_LINEAR_COLORSPACE",
            Kind::Flag,
            "false",
            "Scales in linear light: slower, and right for fine bright detail.",
        ).shared_with_imgproxy(),
        Setting::new(
            "UNSHARP_MASKING_MODE",
            Kind::Word(&["auto", "none", "always"]),
            "none",
            "When a result is sharpened after scaling: `auto` is where it was made smaller and no sharpening was asked for.",
        ).unlike_imgproxy("`auto` in its Pro edition; none in the open one"),
        Setting::new(
            "UNSHARP_MASKING_WEIGHT",
            Kind::Number {
                least: 0.0001,
                most: 1000.0,
            },
            "1",
            "How much it is sharpened.",
        ).shared_with_imgproxy(),
        Setting::new(
            "UNSHARP_MASKING_DIVIDER",
            Kind::Number {
                least: 0.0001,
                most: 1_000_000.0,
            },
            "24",
            "How much less larger images are sharpened.",
        ).shared_with_imgproxy(),
        Setting::new(
            "ENFORCE_THUMBNAIL",
            Kind::Flag,
            "false",
            "Takes the thumbnail within a source in its place; AVIF may hold one.",
        ).shared_with_imgproxy(),
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
