//! Turns, flips and orientations.

use image::{RgbImage, imageops};

use super::{BLUE, FLAG, GREEN, RED, YELLOW, check_flag};
use crate::support::Gallery;

#[test]
fn turns_and_flips_move_every_pixel_and_change_none() {
    let gallery = Gallery::open(&[]);
    let flag = gallery.show("", "png/rgb-8.png").image().to_rgb8();
    check_flag(&flag.clone().into(), FLAG, 0, "the flag");
    let table = [
        ("rot:0", flag.clone()),
        ("rot:90", imageops::rotate90(&flag)),
        ("rot:180", imageops::rotate180(&flag)),
        ("rot:270", imageops::rotate270(&flag)),
        ("rot:-90", imageops::rotate270(&flag)),
        ("fl:1", imageops::flip_horizontal(&flag)),
        ("fl:0:1", imageops::flip_vertical(&flag)),
        ("fl:1:1", imageops::rotate180(&flag)),
        // The flip comes after the turn, however they are written.
        (
            "rot:90/fl:1",
            imageops::flip_horizontal(&imageops::rotate90(&flag)),
        ),
        (
            "fl:1/rot:90",
            imageops::flip_horizontal(&imageops::rotate90(&flag)),
        ),
        (
            "fl:0:1/rot:270",
            imageops::flip_vertical(&imageops::rotate270(&flag)),
        ),
    ];
    for (options, expected) in table {
        let found = gallery.show(options, "png/rgb-8.png").image().to_rgb8();
        assert!(found == expected, "{options}");
    }
}

/// The mean difference of two pictures' samples.
fn difference(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: u64 = a
        .iter()
        .zip(b.iter())
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    sum as f64 / a.len() as f64
}

#[test]
fn every_orientation_comes_out_upright_before_anything_else() {
    let gallery = Gallery::open(&[]);
    for options in [
        "",
        "rot:90",
        "fl:1",
        "rs:fill:20:30/g:ea",
        "c:30:20:sowe:2:1/rot:270",
    ] {
        let upright = gallery.show(options, "png/rgb-8.png").image().to_rgb8();
        for orientation in 1..=8 {
            let file = format!("jpeg/orientation-{orientation}.jpg@png");
            let found = gallery.show(options, &file).image().to_rgb8();
            let off = difference(&found, &upright);
            assert!(off < 9.0, "{options} of {file} is off by {off}");
        }
    }
    for file in [
        "png/exif-orientation-6.png",
        "webp/exif-orientation-6.webp@png",
    ] {
        check_flag(&gallery.show("", file).image(), FLAG, 8, file);
    }
}

#[test]
fn an_orientation_is_left_alone_where_that_is_asked() {
    let gallery = Gallery::open(&[]);
    let image = gallery.show("ar:0", "jpeg/orientation-3.jpg").image();
    check_flag(&image, [YELLOW, BLUE, GREEN, RED], 8, "upside down");
    let image = gallery
        .show("ar:0/rot:180", "jpeg/orientation-3.jpg")
        .image();
    check_flag(&image, FLAG, 8, "turned by hand");
}
