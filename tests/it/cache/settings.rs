//! What becomes of entries when settings change.

use std::thread;

use super::{Folder, SMALL, etag};
use crate::support::{
    DISK, MEMORY, MISS, Origin, PICTURE, Response, STALE, eventually, fixture, status,
};

const PHOTO: &str = "jpeg/photo-1200x800.jpg";
const FITTED: &str = "rs:fit:60:60";

/// A setting that decides bytes, and an image in whose bytes it shows.
struct Deciding {
    setting: &'static str,
    value: &'static str,
    fixture: &'static str,
    options: &'static str,
}

const fn deciding(
    setting: &'static str,
    value: &'static str,
    fixture: &'static str,
    options: &'static str,
) -> Deciding {
    Deciding {
        setting,
        value,
        fixture,
        options,
    }
}

const DECIDING: [Deciding; 47] = [
    deciding("AUTOQUALITY", "low", PHOTO, "rs:fit:200:200"),
    deciding("AUTOQUALITY_METHOD", "ml", PHOTO, "rs:fit:200:200"),
    deciding(
        "AUTOQUALITY_TARGET",
        "0.0001",
        PHOTO,
        "rs:fit:200:200/aq:dssim",
    ),
    deciding(
        "AUTOQUALITY_ALLOWED_ERROR",
        "0.1",
        PHOTO,
        "rs:fit:200:200/aq:dssim:0.002:1:100",
    ),
    deciding(
        "AUTOQUALITY_MIN",
        "79",
        PHOTO,
        "rs:fit:200:200/aq:dssim:0.05",
    ),
    deciding(
        "AUTOQUALITY_FORMAT_MIN",
        "jpeg=79",
        PHOTO,
        "rs:fit:200:200/aq:dssim:0.05",
    ),
    deciding(
        "AUTOQUALITY_MAX",
        "71",
        PHOTO,
        "rs:fit:200:200/aq:dssim:0.0001",
    ),
    deciding(
        "AUTOQUALITY_FORMAT_MAX",
        "jpeg=71",
        PHOTO,
        "rs:fit:200:200/aq:dssim:0.0001",
    ),
    deciding(
        "AUTOQUALITY_MAX_RESOLUTION",
        "0.01",
        PHOTO,
        "rs:fit:200:200/aq:ml:40",
    ),
    deciding(
        "AUTOQUALITY_DPR_FALL",
        "30",
        PHOTO,
        "rs:fit:100:100/dpr:2/q:auto",
    ),
    deciding("PREFERRED_FORMATS", "png", "jpeg/grey.jpg", SMALL),
    deciding("SKIP_PROCESSING_FORMATS", "jpg", "jpeg/grey.jpg", SMALL),
    deciding("QUALITY", "30", PHOTO, FITTED),
    deciding("FORMAT_QUALITY", "jpeg=30", PHOTO, FITTED),
    deciding("JPEG_PROGRESSIVE", "true", "jpeg/grey.jpg", SMALL),
    deciding("WEBP_EFFORT", "1", PHOTO, "rs:fit:60:60/f:webp"),
    deciding("STRIP_METADATA", "false", "jpeg/xmp.jpg", SMALL),
    deciding(
        "STRIP_COLOR_PROFILE",
        "false",
        "jpeg/icc-swapped-red-green.jpg",
        SMALL,
    ),
    deciding("AUTO_ROTATE", "false", "jpeg/orientation-6.jpg", SMALL),
    deciding(
        "ENFORCE_THUMBNAIL",
        "true",
        "foreign/avif-thumbnail.avif",
        SMALL,
    ),
    deciding("DISABLE_SHRINK_ON_LOAD", "true", PHOTO, FITTED),
    deciding("JPEG_NO_SUBSAMPLE", "true", PHOTO, FITTED),
    deciding("PNG_QUANTIZE", "true", PHOTO, "rs:fit:60:60/f:png"),
    deciding("WEBP_COMPRESSION", "lossless", PHOTO, "rs:fit:60:60/f:webp"),
    deciding("AVIF_SUBSAMPLE", "off", PHOTO, "rs:fit:60:60/f:avif"),
    deciding("USE_LINEAR_COLORSPACE", "true", PHOTO, FITTED),
    deciding("UNSHARP_MASKING_MODE", "always", PHOTO, FITTED),
    deciding("ALWAYS_RASTERIZE_SVG", "true", "other/plain.svg", SMALL),
    deciding("MAX_RESULT_DIMENSION", "10", "jpeg/grey.jpg", SMALL),
    deciding("PRESETS", "sharp=q:30,thumb=s:10:10", PHOTO, "pr:thumb"),
    deciding("PRESETS", "default=q:30,thumb=s:60:60", PHOTO, "pr:thumb"),
    deciding("JPEG_TRELLIS_QUANT", "true", PHOTO, FITTED),
    deciding("JPEG_OVERSHOOT_DERINGING", "true", PHOTO, FITTED),
    deciding("JPEG_OPTIMIZE_SCANS", "true", PHOTO, "rs:fit:60:60/jpgo:1"),
    deciding("JPEG_QUANT_TABLE", "3", PHOTO, FITTED),
    deciding(
        "PNG_QUANTIZATION_COLORS",
        "8",
        PHOTO,
        "rs:fit:60:60/f:png/pngo::1",
    ),
    deciding("WEBP_PRESET", "text", PHOTO, "rs:fit:60:60/f:webp"),
    deciding("WEBP_SMART_SUBSAMPLE", "true", PHOTO, "rs:fit:60:60/f:webp"),
    deciding("AVIF_SPEED", "5", PHOTO, "rs:fit:60:60/f:avif"),
    deciding("KEEP_COPYRIGHT", "false", "jpeg/xmp.jpg", SMALL),
    deciding("STRIP_METADATA_DPI", "300", "jpeg/grey.jpg", SMALL),
    deciding("PRESERVE_HDR", "true", "png/rgb-16.png", SMALL),
    deciding(
        "UNSHARP_MASKING_WEIGHT",
        "4",
        PHOTO,
        "rs:fit:60:60/ush:always",
    ),
    deciding(
        "UNSHARP_MASKING_DIVIDER",
        "5",
        PHOTO,
        "rs:fit:60:60/ush:always",
    ),
    deciding("SANITIZE_SVG", "false", "other/with-prolog.svg", SMALL),
    deciding(
        "BEST_FORMAT_BY_DEFAULT",
        "true",
        "jpeg/size-1x1.jpg",
        "w:20/el:1",
    ),
    deciding(
        "BEST_FORMAT_MAX_RESOLUTION",
        "0.0001",
        "jpeg/size-1x1.jpg",
        "w:20/el:1/f:best",
    ),
];

/// Settings of the section that make no other bytes of one variant: they choose the variant.
const SHOWING_NOTHING: [&str; 6] = [
    "AUTO_WEBP",
    "ENFORCE_WEBP",
    "AUTO_AVIF",
    "ENFORCE_AVIF",
    "ENABLE_CLIENT_HINTS",
    "SAVE_DATA",
];

#[test]
fn a_setting_that_decides_bytes_has_entries_remade_behind_a_stale_answer() {
    // A few at once: each starts three servers.
    for rows in DECIDING.chunks(12) {
        thread::scope(|scope| {
            for row in rows {
                scope.spawn(|| check_remake(row));
            }
        });
    }
}

fn check_remake(row: &Deciding) {
    let (origin, folder) = (Origin::start(), Folder::new());
    origin.serve(PICTURE, Response::ok("image/any", fixture(row.fixture)));
    let path = origin.asking(row.options);
    let presets = ("PRESETS", "thumb=s:60:60");
    let server = folder.serve(&[presets]);
    let old = server.get(&path);
    assert_eq!(status(&old), MISS, "{}: {}", row.setting, old.text());
    server.stop();
    let server = folder.serve(&[presets, (row.setting, row.value)]);
    let stale = server.get(&path);
    assert_eq!(status(&stale), STALE, "{}", row.setting);
    assert_eq!(stale.body, old.body, "{}", row.setting);
    assert_eq!(stale.header("cache-control"), Some("max-age=10, public"));
    eventually("the entry is remade", || {
        status(&server.get(&path)) == MEMORY
    });
    assert_ne!(etag(&server.get(&path)), etag(&old), "{}", row.setting);
    assert_eq!(origin.hits(PICTURE), 2, "{}", row.setting);
    server.stop();
    // A disk that is too busy loses a writing, which then is done again.
    for is_last in [false, true] {
        let server = folder.serve(&[presets, (row.setting, row.value)]);
        if status(&server.get(&path)) == DISK {
            return;
        }
        assert!(!is_last, "{} is remade once", row.setting);
        eventually("the entry is remade", || {
            status(&server.get(&path)) == MEMORY
        });
        server.stop();
    }
}

#[test]
fn every_setting_of_formats_and_quality_is_held_to_that() {
    let page = inkfish::config::markdown();
    let (_, section) = page.split_once("\n## Formats and quality\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let listed = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `INKFISH_")?.split('`').next());
    let tried: Vec<_> = DECIDING.iter().map(|row| row.setting).collect();
    let mut count = 0;
    for setting in listed {
        let is_known = tried.contains(&setting) || SHOWING_NOTHING.contains(&setting);
        assert!(is_known, "{setting} decides bytes; try it in DECIDING");
        count += 1;
    }
    assert!(count > 10, "{section}");
}

#[test]
fn a_setting_that_decides_no_bytes_leaves_entries_fresh() {
    let (origin, folder) = (Origin::with_picture(), Folder::new());
    let path = origin.asking(SMALL);
    folder.serve(&[]).get(&path);
    for (setting, value) in [
        ("TTL", "60"),
        ("ENABLE_DEBUG_HEADERS", "true"),
        ("MAX_SRC_RESOLUTION", "1"),
        ("MAX_SRC_FILE_SIZE", "1MiB"),
        ("AUTO_WEBP", "true"),
        ("PRESETS", "unused=q:1"),
        ("WORKERS", "1"),
    ] {
        let server = folder.serve(&[(setting, value)]);
        assert_eq!(status(&server.get(&path)), DISK, "{setting}");
    }
    assert_eq!(origin.hits(PICTURE), 1);
}

#[test]
fn limits_bind_what_was_made_before_they_were_lowered() {
    let (origin, folder) = (Origin::with_picture(), Folder::new());
    let path = origin.asking(SMALL);
    folder.serve(&[]).get(&path);
    for (setting, value, expected) in [
        ("MAX_SRC_RESOLUTION", "0.001", 422),
        ("MAX_SRC_FILE_SIZE", "100", 422),
        ("ALLOWED_SOURCES", "http://shop.example/", 404),
    ] {
        let server = folder.serve(&[(setting, value)]);
        for _from_disk_and_memory in 0..2 {
            let reply = server.get(&path);
            assert_eq!(reply.status, expected, "{setting}");
            assert_eq!(reply.header("cache-control"), Some("s-maxage=10"));
            let conditional = server.get_with(&path, &[("If-None-Match", "*")]);
            assert_eq!(conditional.status, expected, "{setting}");
        }
    }
    assert_eq!(origin.hits(PICTURE), 1);
}
