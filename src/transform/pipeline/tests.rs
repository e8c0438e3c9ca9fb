use std::path::{Path, PathBuf};

use ::image::{ColorType, DynamicImage, RgbaImage};

use super::*;
use crate::identify::{Identified, identify};
use crate::image::encode;
use crate::transform::ask::{
    Choice, Compass, Crop, Extend, Flip, Gravity, Padding, ResizingType, Rgb, Transform, Turn,
    Variant,
};
use crate::transform::plan::Defaults;

mod golden;
mod output;
mod turning;

fn defaults() -> Defaults {
    Defaults {
        quality: 90,
        format_quality: Vec::new(),
        ..Defaults::default()
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn facts_of(file: &[u8]) -> Facts {
    match identify(file, true) {
        Identified::Image(facts) => facts,
        other => panic!("not identified: {other:?}"),
    }
}

/// What the choices make of a fixture, checked against its plan.
fn made(fixture: &str, choices: &[Choice]) -> Derivative {
    let file = std::fs::read(fixtures().join(fixture)).unwrap();
    let facts = facts_of(&file);
    let transform = Transform::from_choices(choices);
    let plan = Plan::new(&transform, &defaults(), &facts, Variant::default()).unwrap();
    let derivative = run(&file, &facts, &plan, None).unwrap();
    let made = facts_of(&derivative.bytes);
    assert_eq!(made.format, plan.format(), "{fixture}");
    assert_eq!(
        (made.width, made.height),
        (plan.width(), plan.height()),
        "{fixture}"
    );
    assert_eq!(
        (derivative.width, derivative.height),
        (made.width, made.height)
    );
    derivative
}

/// The same, as an independent decoder sees it.
fn seen(fixture: &str, choices: &[Choice]) -> DynamicImage {
    ::image::load_from_memory(&made(fixture, choices).bytes).unwrap()
}

/// The colours of the flag, by the letters that tell them apart.
fn letter(pixel: [u8; 4]) -> char {
    let table = [
        ('R', [220, 40, 40]),
        ('G', [40, 180, 60]),
        ('B', [40, 80, 220]),
        ('Y', [240, 200, 40]),
        ('K', [20, 20, 24]),
    ];
    let distance = |color: [u8; 3]| -> u32 {
        color
            .iter()
            .zip(pixel)
            .map(|(a, b)| u32::from(a.abs_diff(b)).pow(2))
            .sum()
    };
    let nearest = table
        .into_iter()
        .min_by_key(|(_, color)| distance(*color))
        .unwrap();
    if distance(nearest.1) < 1_800 {
        nearest.0
    } else {
        '?'
    }
}

/// The letters of the corners: top left, top right, bottom left, bottom right.
fn corners(image: &RgbaImage) -> String {
    let (right, bottom) = (image.width() - 3, image.height() - 3);
    [(2, 2), (right, 2), (2, bottom), (right, bottom)]
        .map(|(x, y)| letter(image.get_pixel(x, y).0))
        .iter()
        .collect()
}

#[test]
fn a_scaled_decode_looks_like_a_full_one() {
    for fixture in ["jpeg/photo-1200x800.jpg", "webp/photo-1200x800.webp"] {
        for width in [75, 140, 150, 290, 300, 400, 600] {
            let file = std::fs::read(fixtures().join(fixture)).unwrap();
            let facts = facts_of(&file);
            let choices = [Choice::Width(width), Choice::Format(Format::Png)];
            let transform = Transform::from_choices(&choices);
            let images = [true, false].map(|shrink_on_load| {
                let defaults = Defaults {
                    shrink_on_load,
                    ..defaults()
                };
                let plan = Plan::new(&transform, &defaults, &facts, Variant::default()).unwrap();
                let made = run(&file, &facts, &plan, None).unwrap();
                ::image::load_from_memory(&made.bytes).unwrap().to_rgb8()
            });
            let [scaled, full] = &images;
            let off: f64 = scaled
                .iter()
                .zip(full.iter())
                .map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2))
                .sum();
            let noise = 10.0 * (255.0 * 255.0 * scaled.len() as f64 / off.max(1.0)).log10();
            assert!(noise > 30.0, "{fixture} at {width}: {noise:.1} dB");
        }
    }
}

#[test]
fn hidden_colours_never_show() {
    for width in [5, 11, 20, 31] {
        let choices = [
            Choice::Width(width),
            Choice::Background(Some(Rgb { r: 0, g: 0, b: 0 })),
        ];
        let image = seen("png/rgba-8-clear-edges-over-green.png", &choices).to_rgb8();
        for pixel in image.pixels() {
            // The disc's own green is 40; over black nothing may be greener, but for a little ringing.
            assert!(pixel[1] <= 48, "width {width}: {pixel:?}");
        }
    }
}

#[test]
fn grey_stays_grey() {
    let white = Choice::Background(Some(Rgb {
        r: 255,
        g: 255,
        b: 255,
    }));
    let padding = Choice::Padding(Padding {
        top: 2,
        right: 2,
        bottom: 2,
        left: 2,
    });
    let small = Choice::Width(20);
    let jpeg = Choice::Format(Format::Jpeg);
    let table = [
        ("jpeg/grey.jpg", vec![small.clone()]),
        ("png/grey-8.png", vec![small.clone()]),
        ("png/grey-8.png", vec![padding.clone(), white.clone()]),
        ("jpeg/grey.jpg", vec![padding.clone(), small.clone()]),
        ("png/grey-alpha-8.png", vec![small, jpeg.clone()]),
        ("png/grey-8-trns-arrow.png", vec![padding, jpeg, white]),
    ];
    for (fixture, choices) in table {
        let color = seen(fixture, &choices).color();
        assert_eq!(color, ColorType::L8, "{fixture} {choices:?}");
    }
}

#[test]
fn grey_takes_colour_from_what_is_laid_around_it() {
    let padding = Choice::Padding(Padding {
        top: 3,
        right: 0,
        bottom: 0,
        left: 0,
    });
    let red = Choice::Background(Some(Rgb {
        r: 220,
        g: 40,
        b: 40,
    }));
    let image = seen("png/grey-8.png", &[padding.clone(), red]);
    assert_eq!(image.color(), ColorType::Rgb8);
    assert_eq!(letter(image.to_rgba8().get_pixel(0, 0).0), 'R');
    let clear = seen("png/grey-8.png", &[padding]).to_rgba8();
    assert_eq!(clear.get_pixel(0, 0).0, [0; 4]);
    assert_eq!(clear.get_pixel(0, 3).0[3], 255);
}

#[test]
fn transparency_becomes_white_where_the_format_has_none() {
    let image = seen("png/rgb-8-trns-arrow.png", &[Choice::Format(Format::Jpeg)]).to_rgb8();
    let arrow = image.get_pixel(24, 14);
    assert!(arrow.0.iter().all(|&value| value > 235), "{arrow:?}");
}

#[test]
fn profiles_are_converted_or_kept() {
    for fixture in [
        "jpeg/icc-swapped-red-green.jpg",
        "png/icc-swapped-red-green.png",
        "webp/icc-swapped-red-green.webp",
    ] {
        let converted = seen(fixture, &[Choice::Format(Format::Png)]);
        assert_eq!(corners(&converted.to_rgba8()), "RGBY", "{fixture}");
        let choices = [
            Choice::Format(Format::Png),
            Choice::StripColorProfile(false),
        ];
        let kept = made(fixture, &choices);
        assert!(facts_of(&kept.bytes).icc, "{fixture}");
        let as_stored = ::image::load_from_memory(&kept.bytes).unwrap().to_rgba8();
        let [red, green, ..] = as_stored.get_pixel(2, 2).0;
        assert!(green > 200 && red < 60, "{fixture}: {red} {green}");
    }
}

#[test]
fn ink_becomes_colour_before_it_is_scaled() {
    for fixture in [
        "jpeg/cmyk-adobe-inverted.jpg",
        "jpeg/cmyk-adobe-icc.jpg",
        "jpeg/ycck-adobe-inverted.jpg",
    ] {
        for width in [48, 24] {
            let choices = [Choice::Width(width), Choice::Format(Format::Png)];
            let image = seen(fixture, &choices).to_rgba8();
            assert_eq!(corners(&image), "RGBY", "{fixture} at {width}");
        }
    }
}

#[test]
fn kept_exif_is_upright_once_it_was_obeyed() {
    let keep = Choice::StripMetadata(false);
    let made_with = |choices: &[Choice]| facts_of(&made("jpeg/orientation-6.jpg", choices).bytes);
    let obeyed = made_with(std::slice::from_ref(&keep));
    assert!(obeyed.exif);
    assert_eq!(obeyed.orientation.exif(), 1);
    let ignored = made_with(&[keep, Choice::AutoRotate(false)]);
    assert_eq!(ignored.orientation.exif(), 6);
    assert!(!made_with(&[]).exif);
}

#[test]
fn what_passes_through_is_the_source() {
    let choices = [Choice::SkipProcessing(vec![Format::Jpeg]), Choice::Width(5)];
    let file = std::fs::read(fixtures().join("jpeg/orientation-6.jpg")).unwrap();
    let facts = facts_of(&file);
    let transform = Transform::from_choices(&choices);
    let plan = Plan::new(&transform, &defaults(), &facts, Variant::default()).unwrap();
    assert_eq!(run(&file, &facts, &plan, None).unwrap().bytes, file);
}

#[test]
fn facts_that_are_not_the_file_s_are_refused() {
    let file = std::fs::read(fixtures().join("png/rgb-8.png")).unwrap();
    let facts = Facts {
        width: 47,
        ..facts_of(&file)
    };
    let plan = Plan::new(
        &Transform::default(),
        &defaults(),
        &facts,
        Variant::default(),
    )
    .unwrap();
    assert!(run(&file, &facts, &plan, None).is_err());
}

fn size(width: u32, height: u32) -> [Choice; 2] {
    [Choice::Width(width), Choice::Height(height)]
}

fn kind(kind: ResizingType) -> Choice {
    Choice::ResizingType(kind)
}

fn towards(at: Compass) -> Gravity {
    Gravity::Compass { at, x: 0.0, y: 0.0 }
}

#[test]
fn jpeg_xl_is_seen_upright_and_in_its_colours() {
    for fixture in [
        "foreign/lossless-rgb.jxl",
        "foreign/container.jxl",
        "foreign/lossy-rgb.jxl",
        "foreign/lossless-rgb-16.jxl",
        "foreign/icc-swapped-red-green.jxl",
        "foreign/lossy-icc-swapped-red-green.jxl",
        "foreign/rec2100-pq.jxl",
        "foreign/orientation-6.jxl",
        "foreign/animated-3-frames.jxl",
    ] {
        for width in [48, 24] {
            let choices = [Choice::Width(width), Choice::Format(Format::Png)];
            let image = seen(fixture, &choices).to_rgba8();
            assert_eq!(corners(&image), "RGBY", "{fixture} at {width}");
            assert!(image.width() > image.height(), "{fixture}");
        }
    }
}

#[test]
fn the_short_way_by_planes_shows_what_the_way_by_rgb_shows() {
    let source = colourful_jpeg(301, 203);
    let facts = facts_of(&source);
    let table: [&[Choice]; 5] = [
        &[],
        &[Choice::Width(120)],
        &[Choice::Width(77), Choice::Rotate(Turn::Quarter)],
        &[
            Choice::Width(80),
            Choice::Height(80),
            Choice::Rotate(Turn::Quarter),
        ],
        &[
            Choice::ResizingType(ResizingType::Fill),
            Choice::Width(61),
            Choice::Height(99),
        ],
    ];
    for choices in table {
        let made = |format| {
            let choices = [choices, &[Choice::Format(format), Choice::Quality(85)]].concat();
            let transform = Transform::from_choices(&choices);
            let plan = Plan::new(&transform, &defaults(), &facts, Variant::default()).unwrap();
            let bytes = run(&source, &facts, &plan, None).unwrap().bytes;
            ::image::load_from_memory(&bytes).unwrap().to_rgb8()
        };
        let by_rgb = made(Format::Png);
        for format in [Format::Jpeg, Format::WebP] {
            let by_planes = made(format);
            assert_eq!(by_planes.dimensions(), by_rgb.dimensions());
            let pairs = by_planes.as_raw().iter().zip(by_rgb.as_raw());
            let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            let off = sum as f64 / by_rgb.as_raw().len() as f64;
            assert!(off < 5.0, "{choices:?} as {}: {off}", format.name());
        }
    }
}

/// A picture in which every channel goes another way, in 4:2:0.
fn colourful_jpeg(width: u32, height: u32) -> Vec<u8> {
    let rows = 0..height;
    let data = rows
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .flat_map(|(x, y)| [x * 255 / width, y * 255 / height, 255 - x * 255 / width])
        .map(|sample| sample as u8)
        .collect();
    let pixels = Pixels::new(width, height, crate::image::Layout::Rgb, data);
    let options = encode::Options {
        format: Format::Jpeg,
        quality: 85,
        jpeg: encode::JpegOptions::default(),
        png: encode::PngOptions::default(),
        webp: encode::WebpOptions::default(),
        avif: encode::AvifOptions::default(),
        dpi: None,
        metadata: Metadata::default(),
    };
    encode::encode(&pixels, &options).unwrap()
}
