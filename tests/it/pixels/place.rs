//! Where crops, cuts and canvases lie.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage, RgbaImage};

use super::near;
use crate::support::Gallery;

type At = (u32, u32);

/// The blue of every pixel of a map; nothing else of these tests has it.
const OF_MAP: u8 = 7;

/// A picture whose red tells the column and whose green the row.
fn map(width: u32, height: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, OF_MAP]));
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

/// Checks which pixel of a map of 100x60 comes to lie in the result's top left corner, and how large the result is.
#[track_caller]
fn check_corner(size: At, table: &[(&str, At)]) {
    let gallery = Gallery::open(&[]);
    for (options, expected) in table {
        let image = gallery.show_bytes(options, "map.png", map(100, 60)).image();
        assert_eq!((image.width(), image.height()), size, "{options}");
        let Rgb([x, y, blue]) = *image.to_rgb8().get_pixel(0, 0);
        assert_eq!(blue, OF_MAP, "{options} scales nothing");
        assert_eq!((x.into(), y.into()), *expected, "{options}");
    }
}

#[test]
fn a_crop_lies_where_its_gravity_says() {
    // The gaps are 60 and 42: (60 + 1) / 2 and (42 + 1) / 2 are rounded to even, 30 and 22.
    check_corner(
        (40, 18),
        &[
            ("c:40:18", (30, 22)),
            ("c:40:18:ce", (30, 22)),
            ("c:40:18:no", (30, 0)),
            ("c:40:18:so", (30, 42)),
            ("c:40:18:ea", (60, 22)),
            ("c:40:18:we", (0, 22)),
            ("c:40:18:noea", (60, 0)),
            ("c:40:18:nowe", (0, 0)),
            ("c:40:18:soea", (60, 42)),
            ("c:40:18:sowe", (0, 42)),
            // Offsets lead away from the sides that are named, else right and down.
            ("c:40:18:nowe:5:7", (5, 7)),
            ("c:40:18:soea:5:7", (55, 35)),
            ("c:40:18:ce:5:-6", (35, 16)),
            ("c:40:18:no:5:7", (35, 7)),
            ("c:40:18:so:-5:7", (25, 35)),
            // Below 1 they are shares: 12.5 is rounded to even.
            ("c:40:18:nowe:0.125:0.1", (12, 6)),
            ("c:40:18:soea:0.125:0.1", (48, 36)),
            // Nothing leaves the picture.
            ("c:40:18:nowe:-5:1000", (0, 42)),
            // A focal point is in the middle of the crop where it can be.
            ("c:40:18:fp:0.25:0.75", (5, 36)),
            ("c:40:18:fp:0.305:0.5", (10, 21)),
            ("c:40:18:fp:0:0", (0, 0)),
            ("c:40:18:fp:1:1", (60, 42)),
            // Without a gravity of its own it takes the other, wherever that stands.
            ("c:40:18/g:soea", (60, 42)),
            ("g:fp:0:1/c:40:18", (0, 42)),
            ("g:soea/c:40:18:nowe", (0, 0)),
        ],
    );
}

#[test]
fn a_cut_lies_where_gravity_says() {
    check_corner(
        (40, 60),
        &[
            ("rs:fill:40:60", (30, 0)),
            ("rs:fill:40:60/g:we", (0, 0)),
            ("rs:fill:40:60/g:ea", (60, 0)),
            ("rs:fill:40:60/g:soea:5:7", (55, 0)),
            ("rs:fill:40:60/g:fp:0.25:0.5", (5, 0)),
            ("rs:fill-down:40:60/g:ea", (60, 0)),
            // dpr multiplies offsets that are pixels; shares stay shares.
            ("rs:fill:20:30/dpr:2/g:we:5:0", (10, 0)),
            ("rs:fill:20:30/dpr:2/g:we:0.1:0", (10, 0)),
            ("rs:fill:20:30/dpr:2/g:ce:-3:0", (24, 0)),
            // It does not reach the offsets of a crop.
            ("c:40:60:nowe:5:0/rs:fit:20:30/dpr:2", (5, 0)),
            // First the crop, then the cut of what it left.
            ("c:80:60:ea/rs:fill:40:60/g:we", (20, 0)),
        ],
    );
}

#[test]
fn turned_and_flipped_pictures_are_cropped_as_they_are_seen() {
    // A quarter turn brings (y, 59 - x) to (x, y).
    check_corner(
        (18, 40),
        &[
            ("rot:90/c:18:40:nowe", (0, 59)),
            ("rot:90/c:18:40:soea", (60, 17)),
            ("rot:90/c:18:40:nowe:2:3", (3, 57)),
            ("rot:270/c:18:40:nowe", (99, 0)),
            ("rot:90/c:18:40:fp:0:0", (0, 59)),
        ],
    );
    check_corner(
        (40, 18),
        &[
            ("fl:1/c:40:18:nowe", (99, 0)),
            ("fl:0:1/c:40:18:nowe", (0, 59)),
            ("fl:1:1/c:40:18:soea:1:2", (40, 19)),
            ("rot:180/c:40:18:nowe", (99, 59)),
        ],
    );
}

/// The top left pixel of the map in a picture, all of the rest of which is `around`.
#[track_caller]
fn place_of_map(image: &RgbaImage, (width, height): At, around: [u8; 4], what: &str) -> At {
    let of_map = |pixel: [u8; 4]| pixel[2] == OF_MAP && pixel[3] == 255;
    let (left, top, _) = image
        .enumerate_pixels()
        .find(|(_, _, pixel)| of_map(pixel.0))
        .unwrap();
    for (x, y, pixel) in image.enumerate_pixels() {
        let inside = (left..left + width).contains(&x) && (top..top + height).contains(&y);
        assert!(inside == of_map(pixel.0), "{what}: {pixel:?} at {x},{y}");
        assert!(inside || pixel.0 == around, "{what}: {pixel:?} at {x},{y}");
    }
    (left, top)
}

#[test]
fn a_picture_lies_on_its_canvas_where_the_gravity_of_extend_says() {
    let gallery = Gallery::open(&[]);
    let table = [
        // The gaps are 20 and 14: 10.5 and 7.5 to even.
        ("s:30:20/ex:1", (30, 20), (10, 8)),
        ("s:30:20/ex:1:no", (30, 20), (10, 0)),
        ("s:30:20/ex:1:so", (30, 20), (10, 14)),
        ("s:30:20/ex:1:ea", (30, 20), (20, 8)),
        ("s:30:20/ex:1:we", (30, 20), (0, 8)),
        ("s:30:20/ex:1:nowe", (30, 20), (0, 0)),
        ("s:30:20/ex:1:noea", (30, 20), (20, 0)),
        ("s:30:20/ex:1:sowe", (30, 20), (0, 14)),
        ("s:30:20/ex:1:soea", (30, 20), (20, 14)),
        ("s:30:20/ex:1:nowe:3:4", (30, 20), (3, 4)),
        ("s:30:20/ex:1:soea:3:4", (30, 20), (17, 10)),
        ("s:30:20/ex:1:nowe:99:99", (30, 20), (20, 14)),
        ("s:30:20/ex:1:fp:0.5:0.5", (30, 20), (10, 7)),
        // Its gravity is its own.
        ("s:30:20/ex:1/g:nowe", (30, 20), (10, 8)),
        ("rs:fit:30:20:0:1:soea", (30, 20), (20, 14)),
        // To the ratio: the gap of 4 is centred at 2.5, to even.
        ("s:30:30/exar:1", (10, 10), (0, 2)),
        ("s:30:30/exar:1:so", (10, 10), (0, 4)),
        ("s:30:30/exar:1:no:0:1", (10, 10), (0, 1)),
        // Padding lies around everything.
        ("pd:1:2:3:4", (16, 10), (4, 1)),
        ("pd:2:3", (16, 10), (3, 2)),
        ("s:30:20/ex:1:nowe/pd:1:2:3:4", (36, 24), (4, 1)),
        ("s:30:20/ex:1:soea/pd:5", (40, 30), (25, 19)),
    ];
    for (options, size, place) in table {
        let grounds = [
            ("", [0, 0, 0, 0]),
            ("/bg:f00", [255, 0, 0, 255]),
            ("/bg:0080ff", [0, 128, 255, 255]),
            ("/bg:10:200:30", [10, 200, 30, 255]),
        ];
        for (ground, around) in grounds {
            let options = format!("{options}{ground}");
            let image = gallery.show_bytes(&options, "map.png", map(10, 6)).image();
            assert_eq!((image.width(), image.height()), size, "{options}");
            let found = place_of_map(&image.to_rgba8(), (10, 6), around, &options);
            assert_eq!(found, place, "{options}");
        }
    }
}

#[test]
fn what_is_around_and_what_is_clear_is_white_where_the_format_has_no_alpha() {
    let gallery = Gallery::open(&[]);
    let around = gallery.show("pd:16", "png/rgb-8.png@jpg").image().to_rgb8();
    near(around.get_pixel(3, 3).0, [255; 3], 3, "padding");
    let arrow = gallery
        .show("", "png/rgb-8-trns-arrow.png@jpg")
        .image()
        .to_rgb8();
    near(arrow.get_pixel(24, 16).0, [255; 3], 20, "the clear arrow");
    let blank = gallery
        .show("bg:/pd:16", "png/rgb-8.png")
        .image()
        .to_rgba8();
    assert_eq!(
        blank.get_pixel(0, 0).0,
        [0; 4],
        "an empty background is none"
    );
}
