use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::identify::{Identified, identify};
use crate::transform::ask::{Compass, Crop, Gravity, HashKind};

fn told(fixture: &str, ask: &InfoAsk) -> Value {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let file = std::fs::read(fixtures.join(fixture)).unwrap();
    let Identified::Image(facts) = identify(&file, true) else {
        panic!("{fixture} is an image");
    };
    serde_json::from_slice(&report(&file, &facts, ask).unwrap()).unwrap()
}

/// Nothing at all; tests switch on what they are about.
fn nothing() -> InfoAsk {
    InfoAsk {
        size: false,
        format: false,
        dimensions: false,
        exif: ExifAsk::Off,
        iptc: false,
        xmp: false,
        video_meta: false,
        ..InfoAsk::default()
    }
}

fn everything() -> InfoAsk {
    InfoAsk {
        colorspace: true,
        bands: true,
        sample_format: true,
        pages_number: true,
        alpha: AlphaAsk::Transparency,
        crop: crop(0.5, 0.5, Gravity::Smart),
        palette: 4,
        average: AverageAsk::IgnoreTransparent,
        dominant_colors: DominantColorsAsk::BuildMissed,
        blurhash: Some((4, 3)),
        thumb_hash: true,
        perceptual_hash: true,
        hashsums: vec![HashKind::Md5],
        ..InfoAsk::default()
    }
}

fn crop(width: f64, height: f64, gravity: Gravity) -> Crop {
    Crop {
        width,
        height,
        gravity: Some(gravity),
    }
}

#[test]
fn nothing_asked_is_nothing_told() {
    assert_eq!(told("jpeg/photo-1200x800.jpg", &nothing()), json!({}));
    assert!(!needs_pixels(&InfoAsk::default()));
}

#[test]
fn the_header_is_told_as_the_picture_is_seen() {
    let found = told("jpeg/orientation-6.jpg", &InfoAsk::default());
    assert_eq!(found["format"], "jpeg");
    assert_eq!(found["mime_type"], "image/jpeg");
    assert_eq!(found["orientation"], 6);
    let upright = told("jpeg/orientation-1.jpg", &InfoAsk::default());
    assert_eq!(
        (&found["width"], &found["height"]),
        (&upright["width"], &upright["height"])
    );
    assert!(found["size"].as_u64() > Some(100));
    assert!(found["exif"]["Orientation"].is_string());
}

#[test]
fn technical_fields_are_in_the_words_of_libvips() {
    let ask = InfoAsk {
        colorspace: true,
        bands: true,
        sample_format: true,
        pages_number: true,
        alpha: AlphaAsk::Transparency,
        ..nothing()
    };
    let fields = |colorspace: &str, bands: u8, sample: &str, pages: u32| json!({"colorspace": colorspace, "bands": bands, "sample_format": sample, "pages_number": pages});
    let table = [
        (
            "jpeg/grey.jpg",
            fields("b-w", 1, "uchar", 1),
            (false, false),
        ),
        (
            "jpeg/cmyk-adobe-icc.jpg",
            fields("cmyk", 4, "uchar", 1),
            (false, false),
        ),
        (
            "png/rgb-16.png",
            fields("rgb16", 3, "ushort", 1),
            (false, false),
        ),
        (
            "png/grey-alpha-8.png",
            fields("b-w", 2, "uchar", 1),
            (true, true),
        ),
        (
            "gif/animated-2-frames-once.gif",
            fields("srgb", 4, "uchar", 2),
            (true, false),
        ),
    ];
    for (fixture, mut expected, (alpha, transparency)) in table {
        let mut found = told(fixture, &ask);
        let told = found["alpha"].take();
        expected["alpha"] = Value::Null;
        if fixture.starts_with("gif") {
            expected["bands"] = found["bands"].clone();
        } else {
            assert_eq!(
                told,
                json!({"alpha": alpha, "transparency": transparency}),
                "{fixture}"
            );
        }
        assert_eq!(found, expected, "{fixture}");
    }
}

#[test]
fn statistics_are_of_every_format_that_decodes_and_the_same_each_time() {
    for fixture in [
        "jpeg/photo-1200x800.jpg",
        "jpeg/size-1x1.jpg",
        "jpeg/ycck-adobe-inverted.jpg",
        "png/palette-4-trns-red-clear-green-half.png",
        "png/exif-orientation-6.png",
        "gif/transparent-arrow.gif",
    ] {
        let found = told(fixture, &everything());
        for key in ["palette", "average", "dominant_colors", "crop", "hashsums"] {
            assert!(!found[key].is_null(), "{fixture} {key}");
        }
        assert_eq!(
            found["blurhash"].as_str().map(str::len),
            Some(28),
            "{fixture}"
        );
        assert_eq!(found["perceptual_hash"].as_str().map(str::len), Some(16));
        assert_eq!(found, told(fixture, &everything()));
    }
}

#[test]
fn every_orientation_has_the_same_statistics() {
    let ask = InfoAsk {
        perceptual_hash: true,
        dimensions: true,
        ..nothing()
    };
    let upright = told("jpeg/orientation-1.jpg", &ask);
    let bits =
        |report: &Value| u64::from_str_radix(report["perceptual_hash"].as_str().unwrap(), 16);
    for orientation in 2..=8 {
        let found = told(&format!("jpeg/orientation-{orientation}.jpg"), &ask);
        assert_eq!(found["width"], upright["width"]);
        let off = bits(&found).unwrap() ^ bits(&upright).unwrap();
        assert!(off.count_ones() <= 8, "{orientation}: {off:064b}");
    }
}

#[test]
fn a_crop_is_told_in_shares() {
    let at = |gravity, width, height| {
        let ask = InfoAsk {
            crop: crop(width, height, gravity),
            ..nothing()
        };
        told("jpeg/photo-1200x800.jpg", &ask)["crop"].clone()
    };
    let corner = Gravity::Compass {
        at: Compass::SouthEast,
        x: 0.0,
        y: 0.0,
    };
    assert_eq!(
        at(corner, 300.0, 0.5),
        json!({"left": 0.75, "top": 0.5, "width": 0.25, "height": 0.5})
    );
    assert_eq!(at(corner, 300.0, 0.0), Value::Null);
    let smart = at(Gravity::Smart, 0.5, 5000.0);
    assert_eq!(
        (&smart["top"], &smart["height"]),
        (&json!(0.0), &json!(1.0))
    );
}

#[test]
fn keys_keep_their_order() {
    let file = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/png/rgb-16.png"))
        .unwrap();
    let Identified::Image(facts) = identify(&file, true) else {
        panic!("it is an image");
    };
    let text = String::from_utf8(report(&file, &facts, &everything()).unwrap()).unwrap();
    let keys = [
        "\"size\"",
        "\"format\"",
        "\"width\"",
        "\"colorspace\"",
        "\"palette\"",
        "\"hashsums\"",
    ];
    let places = keys.map(|key| text.find(key));
    assert!(places.is_sorted() && places[0] == Some(1), "{text}");
}

#[test]
fn pixels_are_counted_only_where_they_are_needed() {
    let file = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/png/rgb-16.png"))
        .unwrap();
    let Identified::Image(facts) = identify(&file, true) else {
        panic!("it is an image");
    };
    let header = peak_bytes(&facts, &InfoAsk::default());
    assert!(peak_bytes(&facts, &everything()) > header);
}
