//! Where every pixel comes to lie and what colour it has, as an independent decoder sees it.

use std::io::Cursor;

use image::{ColorType, DynamicImage, ImageFormat, Rgb, RgbImage, RgbaImage, imageops};

use crate::support::{Gallery, Reply};

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

const RED: [u8; 3] = [220, 40, 40];
const GREEN: [u8; 3] = [40, 180, 60];
const BLUE: [u8; 3] = [40, 80, 220];
const YELLOW: [u8; 3] = [240, 200, 40];
const FLAG: [[u8; 3]; 4] = [RED, GREEN, BLUE, YELLOW];

/// Checks a colour, give or take `tolerance` a channel.
#[track_caller]
fn near(found: [u8; 3], expected: [u8; 3], tolerance: u8, what: &str) {
    let off = found.iter().zip(expected).map(|(a, b)| a.abs_diff(b)).max();
    assert!(
        off <= Some(tolerance),
        "{what}: {found:?} and not {expected:?}"
    );
}

/// Checks the middles of the four corners of a flag: top left, top right, bottom left, bottom right.
#[track_caller]
fn check_flag(image: &DynamicImage, colors: [[u8; 3]; 4], tolerance: u8, what: &str) {
    let (x, y) = (image.width() / 8, image.height() / 8);
    let (right, bottom) = (image.width() - 1 - x, image.height() - 1 - y);
    let pixels = image.to_rgb8();
    let places = [(x, y), (right, y), (x, bottom), (right, bottom)];
    for ((x, y), color) in places.into_iter().zip(colors) {
        near(
            pixels.get_pixel(x, y).0,
            color,
            tolerance,
            &format!("{what} at {x},{y}"),
        );
    }
}

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

#[test]
fn edges_of_transparency_neither_darken_nor_show_what_is_hidden() {
    let gallery = Gallery::open(&[]);
    let disc = "png/rgba-8-clear-edges-over-green.png";
    for width in [5, 11, 20, 31, 100] {
        let size = format!("w:{width}/el:1");
        // Red on red is red throughout: a dark or a green rim would show.
        let over_red = gallery.show(&format!("{size}/bg:dc2828"), disc).image();
        for pixel in over_red.to_rgb8().pixels() {
            near(pixel.0, RED, 1, &size);
        }
        // What can be seen of a pixel has the disc's colour, whatever its alpha.
        let clear = gallery.show(&size, disc).image();
        assert_eq!(clear.color(), ColorType::Rgba8);
        for pixel in clear.to_rgba8().pixels().filter(|pixel| pixel[3] > 16) {
            near([pixel[0], pixel[1], pixel[2]], RED, 8, &size);
        }
    }
}

#[test]
fn transparency_survives_in_the_formats_that_hold_it() {
    let gallery = Gallery::open(&[]);
    for file in [
        "png/rgba-8.png@webp",
        "png/rgba-8.png@png",
        "webp/lossy-alpha.webp@png",
        "webp/lossless-alpha.webp@webp",
    ] {
        let image = gallery.show("w:24", file).image();
        assert!(image.color().has_alpha(), "{file}");
        // The flag fades from opaque to clear.
        let alpha = |y| image.to_rgba8().get_pixel(12, y).0[3];
        assert!(alpha(0) > 230 && alpha(15) < 25, "{file}");
        assert!(alpha(8).abs_diff(119) < 12, "{file}: {}", alpha(8));
    }
    for file in [
        "gif/transparent-arrow.gif@gif",
        "png/palette-8-trns-red-clear-green-half.png@gif",
    ] {
        assert!(
            gallery
                .show("", file)
                .image()
                .to_rgba8()
                .pixels()
                .any(|p| p[3] == 0),
            "{file}"
        );
    }
}

#[test]
fn grey_stays_grey() {
    let gallery = Gallery::open(&[]);
    for (options, file) in [
        ("w:20", "jpeg/grey.jpg"),
        ("w:20", "png/grey-8.png"),
        ("w:20", "png/grey-16.png"),
        ("w:20", "png/grey-8.png@jpg"),
        ("pd:2/bg:fff", "png/grey-8.png"),
        ("pd:2/w:20", "jpeg/grey.jpg"),
        ("bg:808080/w:20", "png/grey-alpha-8.png"),
        ("w:20", "jpeg/grey-icc-dark.jpg"),
    ] {
        let image = gallery.show(options, file).image();
        assert_eq!(image.color(), ColorType::L8, "{options} of {file}");
    }
    for file in ["png/grey-8.png@webp", "png/grey-8.png@gif"] {
        for pixel in gallery.show("w:20", file).image().to_rgb8().pixels() {
            near(pixel.0, [pixel[1]; 3], 2, file);
        }
    }
}

#[test]
fn grey_takes_colour_from_a_background() {
    let gallery = Gallery::open(&[]);
    let image = gallery.show("pd:3/bg:dc2828", "png/grey-8.png").image();
    assert_eq!(image.color(), ColorType::Rgb8);
    near(image.to_rgb8().get_pixel(0, 0).0, RED, 0, "padding");
    // Red has a luminance of 94.
    near(image.to_rgb8().get_pixel(5, 5).0, [94; 3], 0, "the picture");
    let image = gallery
        .show("bg:dc2828", "png/grey-8-trns-arrow.png")
        .image();
    near(
        image.to_rgb8().get_pixel(24, 16).0,
        RED,
        0,
        "the clear arrow",
    );
}

#[test]
fn profiles_are_converted_and_dropped() {
    let gallery = Gallery::open(&[]);
    for file in [
        "jpeg/icc-swapped-red-green.jpg",
        "png/icc-swapped-red-green.png",
        "webp/icc-swapped-red-green.webp",
    ] {
        for format in ["jpg", "png", "webp"] {
            let reply = gallery.show("", &format!("{file}@{format}"));
            assert!(!has_profile(&reply), "{file} as {format}");
            check_flag(&reply.image(), FLAG, 12, &format!("{file} as {format}"));
        }
    }
    // The numbers of Display P3 with a gamma of 2.2, by its primaries and those of sRGB.
    let wide = [[241, 0, 11], [0, 183, 24], [7, 80, 228], [248, 199, 0]];
    check_flag(
        &gallery.show("", "png/icc-display-p3.png").image(),
        wide,
        4,
        "P3",
    );
    check_flag(
        &gallery.show("", "jpeg/icc-display-p3.jpg@png").image(),
        wide,
        8,
        "P3",
    );
    // Grey of gamma 4: 94, 124, 84 and 194 come to 1.8, 5.6, 1.2 and 33.5 per cent of the light.
    let dark = [[37; 3], [67; 3], [28; 3], [157; 3]];
    check_flag(
        &gallery.show("", "jpeg/grey-icc-dark.jpg@png").image(),
        dark,
        5,
        "dark grey",
    );
}

#[test]
fn profiles_stay_where_that_is_asked_or_set() {
    let kept = Gallery::open(&[("STRIP_COLOR_PROFILE", "false")]);
    let stripped = Gallery::open(&[]);
    let swapped = FLAG.map(|[red, green, blue]| [green, red, blue]);
    for file in [
        "jpeg/icc-swapped-red-green.jpg",
        "png/icc-swapped-red-green.png",
        "webp/icc-swapped-red-green.webp@webp",
    ] {
        for reply in [kept.show("", file), stripped.show("scp:0", file)] {
            assert!(has_profile(&reply), "{file}");
            // The judge ignores profiles.
            check_flag(&reply.image(), swapped, 12, file);
        }
        assert!(!has_profile(&kept.show("scp:1", file)), "{file}");
    }
}

fn has_profile(reply: &Reply) -> bool {
    let names: [&[u8]; 3] = [b"ICC_PROFILE", b"iCCP", b"ICCP"];
    names
        .iter()
        .any(|name| reply.body.windows(name.len()).any(|part| part == *name))
}

#[test]
fn inks_become_the_colours_that_they_stand_for() {
    let gallery = Gallery::open(&[]);
    for file in [
        "jpeg/cmyk-adobe-inverted.jpg",
        "jpeg/ycck-adobe-inverted.jpg",
        "jpeg/cmyk-adobe-icc.jpg",
    ] {
        for options in ["", "w:24", "scp:0", "pd:0/rot:0/w:12"] {
            for format in ["png", "jpg"] {
                let reply = gallery.show(options, &format!("{file}@{format}"));
                assert!(!has_profile(&reply), "{file}: the profile is for ink");
                check_flag(
                    &reply.image(),
                    FLAG,
                    24,
                    &format!("{options} of {file} as {format}"),
                );
            }
        }
    }
}

#[test]
fn scaling_keeps_flat_colours_and_the_place_of_edges() {
    let gallery = Gallery::open(&[]);
    for width in [12, 24, 31, 96, 200] {
        let options = format!("w:{width}/el:1");
        let image = gallery.show(&options, "png/rgb-8.png").image();
        check_flag(&image, FLAG, 1, &options);
        // Red turns into green, and red into blue, in the middle: just above and left of it is still the first.
        let pixels = image.to_rgb8();
        let (half, quarter) = (width / 2, image.height() / 8);
        assert!(pixels.get_pixel(half - 2, quarter)[0] > 190, "{options}");
        assert!(pixels.get_pixel(half + 2, quarter)[1] > 150, "{options}");
    }
}
