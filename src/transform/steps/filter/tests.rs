//! What holds for every filter.

use super::*;
use crate::image::Pixels;
use crate::transform::ask::{Colorize, Duotone, Gradient, Monochrome, Rgb, UnsharpMode};
use crate::transform::plan::Unsharp;

const RED: Rgb = Rgb {
    r: 200,
    g: 10,
    b: 20,
};
const BLUE: Rgb = Rgb {
    r: 0,
    g: 10,
    b: 220,
};

type Filter = Box<dyn Fn(Pixels) -> Pixels>;

/// Every filter with its strength 0..=1; at 0 it does nothing.
fn filters(strength: f64) -> Vec<(&'static str, Filter)> {
    let small = strength.max(0.01);
    let unsharp_by = Unsharp {
        mode: UnsharpMode::Always,
        weight: strength,
        divider: 24.0,
    };
    let one = Monochrome {
        intensity: strength,
        color: RED,
    };
    let two = Duotone {
        intensity: strength,
        shadows: BLUE,
        highlights: RED,
    };
    let covered = |keep_alpha| Colorize {
        opacity: strength,
        color: RED,
        keep_alpha,
    };
    let fading = Gradient {
        opacity: strength,
        color: BLUE,
        direction: 30.0,
        start: 0.0,
        stop: 1.0,
    };
    let (kept, over) = (covered(true), covered(false));
    let brightness = (strength * 90.0) as i32;
    vec![
        ("blur", Box::new(move |pixels| blur(pixels, small * 2.0))),
        (
            "large blur",
            Box::new(move |pixels| {
                if strength == 0.0 {
                    pixels
                } else {
                    blur(pixels, 40.0)
                }
            }),
        ),
        (
            "sharpen",
            Box::new(move |pixels| sharpen(pixels, small * 2.0)),
        ),
        (
            "unsharp",
            Box::new(move |pixels| unsharp(pixels, &unsharp_by)),
        ),
        (
            "pixelate",
            Box::new(move |pixels| pixelate(pixels, 1 + (strength * 6.0) as u32)),
        ),
        (
            "adjust",
            Box::new(move |pixels| adjust(pixels, brightness, 1.0 + strength, 1.0 + strength)),
        ),
        (
            "monochrome",
            Box::new(move |pixels| monochrome(pixels, &one)),
        ),
        ("duotone", Box::new(move |pixels| duotone(pixels, &two))),
        (
            "colorize, alpha kept",
            Box::new(move |pixels| colorize(pixels, &kept)),
        ),
        ("colorize", Box::new(move |pixels| colorize(pixels, &over))),
        (
            "gradient",
            Box::new(move |pixels| gradient(pixels, &fading)),
        ),
    ]
}

fn picture(width: u32, height: u32, layout: Layout) -> Pixels {
    let mut data = Vec::new();
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let alpha = if (x / 7 + y / 3) % 3 == 0 { 255 } else { 90 };
        let sample = [
            (x * 9 % 256) as u8,
            (y * 23 % 256) as u8,
            (x ^ y) as u8,
            alpha,
        ];
        data.extend_from_slice(&sample[..layout.channels()]);
    }
    Pixels::new(width, height, layout, data)
}

const LAYOUTS: [Layout; 3] = [Layout::Grey, Layout::Rgb, Layout::Rgba];
const SIZES: [(u32, u32); 7] = [
    (1, 1),
    (1, 37),
    (37, 1),
    (2, 2),
    (3, 200),
    (40, 31),
    (97, 5),
];

#[test]
fn sizes_stay_and_grey_becomes_colour_at_most() {
    for (name, filter) in filters(1.0).into_iter().chain(filters(0.3)) {
        for layout in LAYOUTS {
            for (width, height) in SIZES {
                let found = filter(picture(width, height, layout));
                assert_eq!((found.width(), found.height()), (width, height), "{name}");
                let widened = layout == Layout::Grey && found.layout() == Layout::Rgb;
                assert!(found.layout() == layout || widened, "{name}");
            }
        }
    }
}

#[test]
fn a_strength_of_zero_changes_nothing() {
    for (name, filter) in filters(0.0) {
        for layout in LAYOUTS {
            for (width, height) in SIZES {
                let pixels = picture(width, height, layout);
                assert!(filter(pixels.clone()) == pixels, "{name} {layout:?}");
            }
        }
    }
}

#[test]
fn what_is_clear_stays_clear_but_under_a_colour() {
    for (name, filter) in filters(1.0) {
        let clear = Pixels::filled(13, 11, Layout::Rgba, &[90, 80, 70, 0]);
        let found = filter(clear);
        let (found, _) = found.data().as_chunks::<4>();
        let covered = matches!(name, "colorize" | "gradient");
        assert!(covered || found.iter().all(|pixel| pixel[3] == 0), "{name}");
    }
}

#[test]
fn an_opaque_picture_with_alpha_equals_the_one_without() {
    for (name, filter) in filters(1.0) {
        let plain = picture(40, 31, Layout::Rgb);
        let (colors, _) = plain.data().as_chunks::<3>();
        let data = colors
            .iter()
            .flat_map(|&[r, g, b]| [r, g, b, 255])
            .collect();
        let found = filter(Pixels::new(40, 31, Layout::Rgba, data));
        let expected = filter(plain);
        let (expected, _) = expected.data().as_chunks::<3>();
        let (found, _) = found.data().as_chunks::<4>();
        for (&[r, g, b, alpha], expected) in found.iter().zip(expected) {
            assert_eq!(([r, g, b], alpha), (*expected, 255), "{name}");
        }
    }
}
