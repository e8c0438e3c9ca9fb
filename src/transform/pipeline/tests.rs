use std::path::{Path, PathBuf};

use ::image::{ColorType, DynamicImage, RgbaImage};

use super::*;
use crate::identify::{Identified, identify};
use crate::transform::ask::{
    Choice, Compass, Crop, Extend, Flip, Gravity, Padding, ResizingType, Rgb, Transform, Turn,
    Variant,
};
use crate::transform::plan::Defaults;

mod output;

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

/// The upright flag's corners after a turn and a flip, moved as letters.
fn expected_corners(turn: Turn, flip: Flip) -> String {
    let [r, g, b, y] = ['R', 'G', 'B', 'Y'];
    let [tl, tr, bl, br] = match turn {
        Turn::Zero => [r, g, b, y],
        Turn::Quarter => [b, r, y, g],
        Turn::Half => [y, b, g, r],
        Turn::ThreeQuarters => [g, y, r, b],
    };
    let [tl, tr, bl, br] = if flip.horizontal {
        [tr, tl, br, bl]
    } else {
        [tl, tr, bl, br]
    };
    let turned = if flip.vertical {
        [bl, br, tl, tr]
    } else {
        [tl, tr, bl, br]
    };
    turned.iter().collect()
}

fn flips() -> impl Iterator<Item = Flip> {
    [(false, false), (true, false), (false, true), (true, true)]
        .into_iter()
        .map(|(horizontal, vertical)| Flip {
            horizontal,
            vertical,
        })
}

const TURNS: [Turn; 4] = [Turn::Zero, Turn::Quarter, Turn::Half, Turn::ThreeQuarters];

#[test]
fn every_orientation_turn_and_flip_comes_out_as_seen() {
    for exif in 1..=8 {
        for turn in TURNS {
            for flip in flips() {
                let choices = [Choice::Rotate(turn), Choice::Flip(flip)];
                let image = seen(&format!("jpeg/orientation-{exif}.jpg"), &choices);
                assert_eq!(
                    corners(&image.to_rgba8()),
                    expected_corners(turn, flip),
                    "{exif} {turn:?} {flip:?}"
                );
            }
        }
    }
}

#[test]
fn a_crop_shows_the_corner_that_is_seen_there() {
    let gravities = [
        Compass::NorthWest,
        Compass::NorthEast,
        Compass::SouthWest,
        Compass::SouthEast,
    ];
    for exif in 1..=8 {
        for turn in TURNS {
            let flip = Flip {
                horizontal: true,
                vertical: false,
            };
            let expected = expected_corners(turn, flip);
            for (at, letter) in gravities.into_iter().zip(expected.chars()) {
                let crop = Crop {
                    width: 0.2,
                    height: 0.2,
                    gravity: Some(Gravity::Compass { at, x: 0.0, y: 0.0 }),
                };
                let choices = [Choice::Rotate(turn), Choice::Flip(flip), Choice::Crop(crop)];
                let image = seen(&format!("jpeg/orientation-{exif}.jpg"), &choices);
                let all = letter.to_string().repeat(4);
                assert_eq!(corners(&image.to_rgba8()), all, "{exif} {turn:?} {at:?}");
            }
        }
    }
}

#[test]
fn a_cut_shows_the_side_that_is_seen_there() {
    // Half of the width is cut off: the west is red over blue.
    let west = Choice::Gravity(Gravity::Compass {
        at: Compass::West,
        x: 0.0,
        y: 0.0,
    });
    let choices = [
        Choice::ResizingType(ResizingType::Fill),
        Choice::Width(16),
        Choice::Height(32),
        west,
    ];
    for exif in 1..=8 {
        let image = seen(&format!("jpeg/orientation-{exif}.jpg"), &choices).to_rgba8();
        let column = [(2, 2), (2, 29)].map(|(x, y)| letter(image.get_pixel(x, y).0));
        assert_eq!(column, ['R', 'B'], "{exif}");
    }
}

#[test]
fn exif_is_left_alone_where_that_was_asked() {
    let image = seen("jpeg/orientation-3.jpg", &[Choice::AutoRotate(false)]);
    assert_eq!(corners(&image.to_rgba8()), "YBGR");
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

/// Each is named by its input and by what is asked of it; the golden image has the same name.
fn golden() -> Vec<(&'static str, &'static str, Vec<Choice>)> {
    let red = Choice::Background(Some(Rgb {
        r: 220,
        g: 40,
        b: 40,
    }));
    let padding = Choice::Padding(Padding {
        top: 1,
        right: 2,
        bottom: 3,
        left: 4,
    });
    let extend = |at| Extend {
        enabled: true,
        gravity: towards(at),
    };
    let crop = Crop {
        width: 0.5,
        height: 20.0,
        gravity: Some(Gravity::FocalPoint { x: 0.25, y: 0.75 }),
    };
    let fill =
        |width, height| [vec![kind(ResizingType::Fill)], size(width, height).to_vec()].concat();
    let fit = |width, height| size(width, height).to_vec();
    vec![
        ("png/rgb-8.png", "w:30", fit(30, 0)),
        (
            "png/rgb-8.png",
            "w:96_el:1",
            [fit(96, 0), vec![Choice::Enlarge(true)]].concat(),
        ),
        ("png/rgb-8.png", "rs:fill:20:20", fill(20, 20)),
        (
            "png/rgb-8.png",
            "rs:fill:20:30_g:ea",
            [fill(20, 30), vec![Choice::Gravity(towards(Compass::East))]].concat(),
        ),
        (
            "png/rgb-8.png",
            "rs:force:20:30_rot:90",
            [
                vec![kind(ResizingType::Force), Choice::Rotate(Turn::Quarter)],
                fit(20, 30),
            ]
            .concat(),
        ),
        (
            "png/rgb-8.png",
            "c:0.5:20:fp:0.25:0.75",
            vec![Choice::Crop(crop)],
        ),
        (
            "png/rgb-8.png",
            "c:0.5:20:fp:0.25:0.75_w:15_rot:270",
            [
                vec![Choice::Crop(crop), Choice::Rotate(Turn::ThreeQuarters)],
                fit(15, 0),
            ]
            .concat(),
        ),
        (
            "png/rgb-8.png",
            "s:60:40_ex:1:soea",
            [
                fit(60, 40),
                vec![Choice::Extend(extend(Compass::SouthEast))],
            ]
            .concat(),
        ),
        (
            "png/rgb-8.png",
            "s:24:24_exar:1_pd:1:2:3:4_bg:dc2828",
            [
                fit(24, 24),
                vec![
                    Choice::ExtendAspectRatio(extend(Compass::Center)),
                    padding.clone(),
                    red.clone(),
                ],
            ]
            .concat(),
        ),
        ("png/exif-orientation-6.png", "w:24", fit(24, 0)),
        ("png/rgba-8.png", "w:24", fit(24, 0)),
        (
            "png/rgba-8.png",
            "w:24_bg:dc2828",
            [fit(24, 0), vec![red]].concat(),
        ),
        ("png/rgba-8-clear-edges-over-green.png", "w:20", fit(20, 0)),
        ("png/grey-8.png", "w:24", fit(24, 0)),
        ("png/grey-8.png", "pd:1:2:3:4", vec![padding]),
        (
            "png/palette-8.png",
            "w:24_dpr:1.5",
            [fit(24, 0), vec![Choice::Dpr(1.5)]].concat(),
        ),
        ("gif/transparent-arrow.gif", "w:24_f:png", fit(24, 0)),
        (
            "jpeg/photo-1200x800.jpg",
            "rs:fill:60:60_f:png",
            fill(60, 60),
        ),
    ]
}

#[test]
fn results_equal_their_golden_images() {
    for (fixture, ask, mut choices) in golden() {
        choices.push(Choice::Format(Format::Png));
        let found = made(fixture, &choices).bytes;
        let (_, input) = fixture.split_once('/').unwrap();
        let name = format!("{input}__{}.png", ask.replace(':', "-"));
        let path = fixtures().join("golden").join(&name);
        if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &found).unwrap();
        }
        let decoded = |bytes: &[u8]| ::image::load_from_memory(bytes).unwrap();
        let golden =
            std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if decoded(&golden) != decoded(&found) {
            let left = std::env::temp_dir().join(&name);
            std::fs::write(&left, &found).unwrap();
            panic!("{name} differs; the result is left at {}", left.display());
        }
    }
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
