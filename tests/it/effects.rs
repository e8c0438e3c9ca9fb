//! What options do to pixels, as an independent decoder sees it.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use crate::support::{Gallery, hash_of};

type At = (u32, u32);

/// A PNG of what `pixel` says of each place.
fn drawn((width, height): At, pixel: impl Fn(u32, u32) -> [u8; 3]) -> Vec<u8> {
    png(&RgbImage::from_fn(width, height, |x, y| Rgb(pixel(x, y))).into())
}

fn flat(size: At, color: [u8; 3]) -> Vec<u8> {
    drawn(size, |_, _| color)
}

fn png(picture: &DynamicImage) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

/// What options make of a PNG.
fn shown(gallery: &Gallery, options: &str, picture: &[u8]) -> RgbaImage {
    // Another picture has another name, or it would be answered from the cache.
    let name = format!("{}.png", hash_of(picture));
    let reply = gallery.show_bytes(options, &name, picture.to_vec());
    reply.image().to_rgba8()
}

/// Checks the pixel of each place to the unit.
#[track_caller]
fn check_pixels(gallery: &Gallery, picture: &[u8], table: &[(&str, At, [u8; 4])]) {
    for (options, (x, y), expected) in table {
        let image = shown(gallery, options, picture);
        assert_eq!(image.get_pixel(*x, *y).0, *expected, "{options} at {x},{y}");
    }
}

/// White left of the middle and black right of it.
fn step() -> Vec<u8> {
    drawn((40, 8), |x, _| [if x < 20 { 255 } else { 0 }; 3])
}

fn reds(image: &RgbaImage, y: u32) -> Vec<u8> {
    (0..image.width())
        .map(|x| image.get_pixel(x, y)[0])
        .collect()
}

#[test]
fn a_blur_turns_an_edge_into_the_slope_of_its_sigma() {
    let gallery = Gallery::open(&[]);
    let row = reds(&shown(&gallery, "bl:2", &step()), 4);
    assert!(row.is_sorted_by(|a, b| a >= b), "{row:?}");
    assert_eq!((row[8], row[31]), (255, 0), "far from the edge");
    // The normal distribution at 0.25 and 0.75 sigma, and at 1.75.
    for (x, expected) in [(19, 153), (20, 102), (18, 197), (16, 245)] {
        assert!(row[x].abs_diff(expected) <= 4, "{x}: {row:?}");
    }
    assert_eq!(reds(&shown(&gallery, "bl:0", &step()), 4)[19], 255);
}

#[test]
fn a_blur_mixes_colours_by_what_can_be_seen_of_them() {
    let gallery = Gallery::open(&[]);
    let half = RgbaImage::from_fn(20, 4, |x, _| {
        if x < 10 {
            Rgba([200, 0, 0, 255])
        } else {
            Rgba([0, 255, 0, 0])
        }
    });
    let image = shown(&gallery, "bl:2", &png(&half.into()));
    for (x, _, pixel) in image.enumerate_pixels().filter(|(_, _, p)| p[3] > 8) {
        assert!(
            pixel[0].abs_diff(200) <= 12 && pixel[1] == 0,
            "{x}: {pixel:?}"
        );
    }
    let alpha = [8, 9, 10, 11].map(|x| image.get_pixel(x, 2)[3]);
    assert!(alpha.is_sorted_by(|a, b| a > b), "{alpha:?}");
}

#[test]
fn sharpening_lifts_what_stands_out_and_leaves_what_is_flat() {
    let gallery = Gallery::open(&[]);
    let soft = drawn((40, 8), |x, _| {
        [(80 + 25 * x.clamp(18, 22).abs_diff(18)) as u8; 3]
    });
    for options in ["sh:1", "ush:always"] {
        let row = reds(&shown(&gallery, options, &soft), 4);
        assert_eq!((row[5], row[35]), (80, 180), "{options}");
        assert!(row[18] < 80 && row[22] > 180, "{options}: {row:?}");
        // Halos are bounded: 10 and 20 units of lightness at most.
        assert!(
            row.iter().all(|v| (29..=206).contains(v)),
            "{options}: {row:?}"
        );
    }
    let plain = reds(&shown(&gallery, "", &soft), 4);
    for options in ["sh:0", "ush:none", "ush:auto"] {
        assert_eq!(
            reds(&shown(&gallery, options, &soft), 4),
            plain,
            "{options}"
        );
    }
}

#[test]
fn results_are_sharpened_as_settings_and_url_say() {
    let smooth = drawn((80, 16), |x, _| [if x < 40 { 80 } else { 180 }; 3]);
    let overshoot = |settings: &[(&str, &str)], options: &str| {
        let gallery = Gallery::open(settings);
        let row = reds(
            &shown(&gallery, &format!("{options}/ra:linear"), &smooth),
            4,
        );
        row.iter().max().unwrap() - 180
    };
    let always = [("UNSHARP_MASKING_MODE", "always")];
    let none = [("UNSHARP_MASKING_MODE", "none")];
    let (mild, strong) = (
        overshoot(&[], "w:40/ush:auto"),
        overshoot(&[], "w:40/ush:auto:4"),
    );
    assert!(mild > 0 && strong > mild, "{mild} {strong}");
    assert_eq!(overshoot(&always, "w:40"), mild);
    assert_eq!(overshoot(&none, "w:40"), 0);
    assert_eq!(overshoot(&always, "w:40/ush:none"), 0);
    assert!(overshoot(&[], "w:40/ush:auto:1:6") > mild);
}

#[test]
fn pixelated_pictures_are_of_blocks_of_one_colour() {
    let gallery = Gallery::open(&[]);
    let map = drawn((20, 12), |x, y| [(10 * x) as u8, (20 * y) as u8, 0]);
    let image = shown(&gallery, "pix:4", &map);
    for (x, y, pixel) in image.enumerate_pixels() {
        let of_block = |at: u32, step: u32| ((at / 4 * 4) * step + step * 3 / 2) as u8;
        let expected = [of_block(x, 10), of_block(y, 20), 0, 255];
        assert!(
            pixel[0].abs_diff(expected[0]) <= 1 && pixel[1].abs_diff(expected[1]) <= 1,
            "{pixel:?} and not {expected:?} at {x},{y}"
        );
        assert_eq!(pixel, image.get_pixel(x / 4 * 4, y / 4 * 4));
    }
    let plain = shown(&gallery, "", &map);
    for options in ["pix:0", "pix:1"] {
        assert_eq!(shown(&gallery, options, &map), plain, "{options}");
    }
    let one = shown(&gallery, "pix:9999", &map);
    assert!(one.pixels().all(|pixel| pixel == one.get_pixel(0, 0)));
}

#[test]
fn brightness_contrast_and_saturation_move_samples_as_asked() {
    check_pixels(
        &Gallery::open(&[]),
        &flat((4, 4), [0, 100, 200]),
        &[
            ("br:50", (1, 1), [50, 150, 250, 255]),
            ("br:-150", (1, 1), [0, 0, 50, 255]),
            ("br:0", (1, 1), [0, 100, 200, 255]),
            ("co:2", (1, 1), [0, 72, 255, 255]),
            ("co:0.5", (1, 1), [64, 114, 164, 255]),
            ("sa:0.5", (1, 1), [43, 93, 143, 255]),
            ("sa:2", (1, 1), [0, 114, 255, 255]),
            ("a:28:2", (1, 1), [0, 128, 255, 255]),
            ("a:::0.5", (1, 1), [43, 93, 143, 255]),
            ("a:50:1:1/br:0", (1, 1), [0, 100, 200, 255]),
        ],
    );
}

#[test]
fn tints_take_the_place_of_colours() {
    let gallery = Gallery::open(&[]);
    check_pixels(
        &gallery,
        &flat((4, 4), [0, 0, 255]),
        &[
            // The luminance of blue is 18.
            ("mc:1", (1, 1), [18, 18, 18, 255]),
            ("mc:0", (1, 1), [0, 0, 255, 255]),
            ("mc:0:ff0000", (1, 1), [0, 0, 255, 255]),
            ("dt:1", (1, 1), [18, 18, 18, 255]),
            ("dt:1:ff0000:ff0000", (1, 1), [255, 0, 0, 255]),
            ("dt:0.5", (1, 1), [9, 9, 136, 255]),
        ],
    );
    check_pixels(
        &gallery,
        &drawn((3, 1), |x, _| [(x * 127) as u8; 3]),
        &[
            ("mc:1:ff0000", (0, 0), [0, 0, 0, 255]),
            ("dt:1:000064:ffc864", (0, 0), [0, 0, 100, 255]),
            ("dt:1:000064:ffc864", (1, 0), [127, 100, 100, 255]),
            ("dt:1:000064:ffc864", (2, 0), [254, 199, 100, 255]),
        ],
    );
}

#[test]
fn a_colour_covers_the_picture_as_far_as_its_opacity_says() {
    let gallery = Gallery::open(&[]);
    check_pixels(
        &gallery,
        &flat((4, 4), [100, 50, 0]),
        &[
            ("col:0.2:0000c8", (1, 1), [80, 40, 40, 255]),
            ("col:1:0000c8", (1, 1), [0, 0, 200, 255]),
            ("col:0:0000c8", (1, 1), [100, 50, 0, 255]),
            ("col:1", (1, 1), [0, 0, 0, 255]),
        ],
    );
    let clear = RgbaImage::from_pixel(4, 4, Rgba([9, 9, 9, 0]));
    check_pixels(
        &gallery,
        &png(&clear.into()),
        &[
            ("col:1:0000c8", (1, 1), [0, 0, 200, 255]),
            ("col:0.2:0000c8", (1, 1), [0, 0, 200, 51]),
            ("col:1:0000c8:1", (1, 1), [0, 0, 200, 0]),
        ],
    );
}

#[test]
fn a_gradient_fades_in_towards_its_direction() {
    let gallery = Gallery::open(&[]);
    let black = flat((100, 50), [0; 3]);
    let ends = |options: &str, places: [At; 2]| {
        let image = shown(&gallery, options, &black);
        places.map(|(x, y)| image.get_pixel(x, y)[0])
    };
    let (top, bottom) = ((50, 0), (50, 49));
    let (left, right) = ((0, 25), (99, 25));
    for (options, from, to) in [
        ("gr:1:fff", top, bottom),
        ("gr:1:fff:down", top, bottom),
        ("gr:1:fff:up", bottom, top),
        ("gr:1:fff:left", right, left),
        ("gr:1:fff:right", left, right),
        ("gr:1:fff:0", top, bottom),
        ("gr:1:fff:90", right, left),
        ("gr:1:fff:180", bottom, top),
        ("gr:1:fff:-90", left, right),
        ("gr:1:fff:45", (99, 0), (0, 49)),
    ] {
        let [from, to] = ends(options, [from, to]);
        assert!(from <= 4 && to >= 251, "{options}: {from} to {to}");
    }
    assert_eq!(ends("gr:0.5:fff:down:0:0.5", [top, (50, 30)]), [3, 128]);
    assert_eq!(ends("gr:1:fff:down:0.5:1", [(50, 20), (50, 24)]), [0, 0]);
    // From below to above where the stop comes first.
    assert_eq!(
        ends("gr:1:fff:down:1:0", [bottom, top]).map(|v| v / 4),
        [0, 63]
    );
    assert_eq!(ends("gr:0:fff", [top, bottom]), [0, 0]);
}

#[test]
fn a_background_shines_through_as_far_as_its_opacity_says() {
    let gallery = Gallery::open(&[]);
    let clear = png(&RgbaImage::from_pixel(4, 4, Rgba([9, 9, 9, 0])).into());
    check_pixels(
        &gallery,
        &clear,
        &[
            ("bg:dc2828/bga:0.5", (1, 1), [220, 40, 40, 128]),
            ("bg:dc2828/bga:0.5/pd:1", (0, 0), [220, 40, 40, 128]),
            ("bg:dc2828/bga:1", (1, 1), [220, 40, 40, 255]),
            ("bg:dc2828/bga:0", (1, 1), [9, 9, 9, 0]),
        ],
    );
    let reply = gallery.show_bytes("bg:000/bga:0.5/f:jpg", "clear.png", clear);
    let pixel = reply.image().to_rgb8().get_pixel(1, 1).0;
    assert!(pixel.iter().all(|v| v.abs_diff(127) <= 2), "{pixel:?}");
}
