//! What is cut away and how the rest is scaled: trim, smart gravity, ratios, kernels, light, chains.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, RgbaImage};

use crate::support::{Gallery, hash_of};

type At = (u32, u32);

fn png(picture: RgbImage) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    let picture = DynamicImage::from(picture);
    picture.write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

fn shown(gallery: &Gallery, options: &str, picture: &[u8]) -> RgbaImage {
    // Another picture has another name, or it would be answered from the cache.
    let name = format!("{}.png", hash_of(picture));
    let reply = gallery.show_bytes(options, &name, picture.to_vec());
    reply.image().to_rgba8()
}

/// The blue of every pixel of what is framed.
const INSIDE: u8 = 7;

/// A map of 40x20, whose red tells the column and whose green the row, in a frame of one colour: 10 above, 14 to the
/// right, 20 below and 6 to the left.
fn framed(frame: [u8; 3]) -> Vec<u8> {
    png(RgbImage::from_fn(60, 50, |x, y| {
        if (6..46).contains(&x) && (10..30).contains(&y) {
            Rgb([x as u8 - 6, y as u8 - 10, INSIDE])
        } else {
            Rgb(frame)
        }
    }))
}

#[test]
fn a_border_is_cut_off_before_anything_else() {
    let gallery = Gallery::open(&[]);
    let white = framed([255; 3]);
    for (options, size) in [
        ("t:10", (40, 20)),
        ("t:0", (40, 20)),
        ("t:10:ffffff", (40, 20)),
        ("t:10:auto", (40, 20)),
        // The lesser margin of two counts on both sides.
        ("t:10::1", (48, 20)),
        ("t:10:::1", (40, 30)),
        ("t:10::1:1", (48, 30)),
        // Nothing is of this colour, and everything within that of the last.
        ("t:10:00ff00", (60, 50)),
        ("t:255", (60, 50)),
        ("t:", (60, 50)),
        ("t:10/t:", (60, 50)),
        // What follows is asked of what is left.
        ("t:10/w:20", (20, 10)),
        ("t:10/rs:fill:10:10", (10, 10)),
        ("t:10/c:0.5:0.5", (20, 10)),
        ("t:10/rot:90", (20, 40)),
        ("t:10/pd:3", (46, 26)),
        ("w:30/ra:nearest/-/t:10", (20, 10)),
    ] {
        let image = shown(&gallery, options, &white);
        assert_eq!(image.dimensions(), size, "{options}");
    }
}

#[test]
fn what_is_left_of_a_trimmed_picture_is_all_there_and_nothing_else() {
    let gallery = Gallery::open(&[]);
    for frame in [[255, 255, 255], [0, 0, 0], [255, 0, 255]] {
        let image = shown(&gallery, "t:10:auto", &framed(frame));
        // Black is within 10 of the map's first column and row.
        let corner = image.get_pixel(image.width() - 1, image.height() - 1).0;
        assert_eq!(corner, [39, 19, INSIDE, 255], "{frame:?}");
        if frame != [0; 3] {
            assert_eq!(image.get_pixel(0, 0).0, [0, 0, INSIDE, 255], "{frame:?}");
        }
    }
    // A threshold as wide as the noise of the frame.
    let noisy = png(RgbImage::from_fn(40, 40, |x, y| {
        let noise = ((x * 7 + y * 13) % 9) as u8;
        let inside = (10..30).contains(&x) && (10..30).contains(&y);
        Rgb([if inside { 20 } else { 240 + noise }; 3])
    }));
    for (options, side) in [("t:10", 20), ("t:1", 40)] {
        assert_eq!(shown(&gallery, options, &noisy).width(), side, "{options}");
    }
}

#[test]
fn a_border_is_found_around_what_is_turned_upright_and_what_is_clear() {
    let gallery = Gallery::open(&[]);
    let disc = gallery.show("t:10", "png/rgba-8-clear-edges-over-green.png");
    let whole = gallery.show("", "png/rgba-8-clear-edges-over-green.png");
    assert!(disc.size().0 < whole.size().0, "{:?}", disc.size());
    let black = png(RgbImage::new(9, 9));
    assert_eq!(shown(&gallery, "t:0", &black).dimensions(), (9, 9));
}

/// Grey all over, but for one patch that draws the eye.
fn lively(size: At, (left, top): At) -> Vec<u8> {
    png(RgbImage::from_fn(size.0, size.1, |x, y| {
        let inside = (left..left + 24).contains(&x) && (top..top + 24).contains(&y);
        match (inside, (x / 3 + y / 3) % 2) {
            (true, 0) => Rgb([230, 60, 30]),
            (true, _) => Rgb([250, 220, 80]),
            _ => Rgb([120; 3]),
        }
    }))
}

fn lively_pixels(image: &RgbaImage) -> usize {
    let lively = |pixel: &&image::Rgba<u8>| pixel[0].abs_diff(pixel[2]) > 40;
    image.pixels().filter(lively).count()
}

#[test]
fn smart_gravity_keeps_what_draws_the_eye() {
    let gallery = Gallery::open(&[]);
    for left in [4, 40, 88, 132] {
        let wide = lively((160, 60), (left, 18));
        for options in ["rs:fill:60:60/g:sm", "c:60:60:sm", "c:60:0/g:sm"] {
            let image = shown(&gallery, options, &wide);
            assert_eq!(image.dimensions(), (60, 60), "{options}");
            assert_eq!(lively_pixels(&image), 24 * 24, "{options} at {left}");
        }
        let turned = shown(&gallery, "rot:90/rs:fill:60:60/g:sm", &wide);
        assert_eq!(lively_pixels(&turned), 24 * 24, "turned, at {left}");
        let small = shown(&gallery, "rs:fill:30:30/g:sm", &wide);
        assert!(lively_pixels(&small) >= 11 * 11, "at {left}");
        let again = shown(&gallery, "rs:fill:60:60/g:sm", &wide);
        assert_eq!(again, shown(&gallery, "rs:fill:60:60/g:sm/cb:1", &wide));
    }
}

#[test]
fn a_crop_is_brought_to_its_ratio_by_shrinking_or_growing() {
    let gallery = Gallery::open(&[]);
    let picture = png(RgbImage::from_fn(100, 60, |x, y| {
        Rgb([x as u8, y as u8, INSIDE])
    }));
    for (options, size) in [
        ("c:40:20/car:1", (20, 20)),
        ("c:40:20/car:1:1", (40, 40)),
        ("c:40:20/car:0.5", (10, 20)),
        ("c:40:20/car:4:1", (80, 20)),
        ("c:40:20/car:4", (40, 10)),
        ("c:40:20/car:0", (40, 20)),
        ("car:1", (60, 60)),
        ("car:2", (100, 50)),
        ("c:40:20/car:1/w:10", (10, 10)),
        // It cannot outgrow the picture.
        ("c:80:50/car:1:1", (60, 60)),
    ] {
        let image = shown(&gallery, options, &picture);
        assert_eq!(image.dimensions(), size, "{options}");
    }
    let image = shown(&gallery, "c:40:20:nowe/car:1", &picture);
    assert_eq!(image.get_pixel(19, 19).0, [19, 19, INSIDE, 255]);
}

#[test]
fn each_kernel_weighs_pixels_in_its_own_way() {
    let gallery = Gallery::open(&[]);
    let picture = png(RgbImage::from_fn(64, 8, |x, _| {
        Rgb([if (x / 5) % 2 == 0 { 30 } else { 220 }; 3])
    }));
    let row = |options: &str| -> Vec<u8> {
        let image = shown(&gallery, options, &picture);
        (0..image.width())
            .map(|x| image.get_pixel(x, 0)[0])
            .collect()
    };
    for size in ["w:48", "w:160/el:1"] {
        let rows: Vec<_> = ["nearest", "linear", "cubic", "lanczos2", "lanczos3"]
            .map(|kernel| row(&format!("{size}/ra:{kernel}")))
            .into();
        for (at, one) in rows.iter().enumerate() {
            assert!(!rows[at + 1..].contains(one), "{size}: kernel {at}");
        }
        // The nearest invents no value, and linear goes beyond none.
        assert!(rows[0].iter().all(|v| [30, 220].contains(v)), "{size}");
        assert!(rows[1].iter().all(|v| (30..=220).contains(v)), "{size}");
        assert!(rows[4].iter().any(|v| !(30..=220).contains(v)), "{size}");
        assert_eq!(row(size), rows[4], "{size}: the default");
    }
}

#[test]
fn light_is_averaged_where_settings_say_so() {
    let board = png(RgbImage::from_fn(64, 64, |x, y| {
        Rgb([if (x + y) % 2 == 0 { 255 } else { 0 }; 3])
    }));
    for (settings, expected) in [
        (&[][..], 128),
        (&[("USE_LINEAR_COLORSPACE", "true")][..], 188),
    ] {
        let gallery = Gallery::open(settings);
        for options in ["w:16", "w:16/ra:linear", "w:8/-/w:4"] {
            let image = shown(&gallery, options, &board);
            let middle = image.get_pixel(image.width() / 2, image.height() / 2)[0];
            assert!(middle.abs_diff(expected) <= 3, "{options}: {middle}");
        }
    }
}

#[test]
fn each_pipeline_of_a_chain_works_on_the_result_of_the_one_before() {
    let gallery = Gallery::open(&[]);
    let picture = png(RgbImage::from_fn(100, 60, |x, y| {
        Rgb([x as u8, y as u8, INSIDE])
    }));
    for (options, size, place, expected) in [
        (
            "c:50:30:soea/-/c:10:10:nowe",
            (10, 10),
            (0, 0),
            [50, 30, INSIDE, 255],
        ),
        ("pd:5/-/c:20:20:nowe", (20, 20), (0, 0), [0; 4]),
        ("pd:5/-/c:20:20:nowe", (20, 20), (5, 5), [0, 0, INSIDE, 255]),
        (
            "rot:90/-/c:10:10:nowe",
            (10, 10),
            (0, 0),
            [0, 59, INSIDE, 255],
        ),
        ("c:10:10:nowe/-/-/pd:1/bg:fff", (12, 12), (0, 0), [255; 4]),
        // The filter of the first works before the padding of the second.
        (
            "col:1:00ff00/-/pd:2/bg:f00",
            (104, 64),
            (0, 0),
            [255, 0, 0, 255],
        ),
        (
            "col:1:00ff00/-/pd:2/bg:f00",
            (104, 64),
            (9, 9),
            [0, 255, 0, 255],
        ),
        (
            "pd:2/bg:f00/-/col:1:00ff00",
            (104, 64),
            (0, 0),
            [0, 255, 0, 255],
        ),
    ] {
        let image = shown(&gallery, options, &picture);
        assert_eq!(image.dimensions(), size, "{options}");
        assert_eq!(image.get_pixel(place.0, place.1).0, expected, "{options}");
    }
    let limited = Gallery::open(&[("MAX_CHAINED_PIPELINES", "1")]);
    let reply = limited.show("w:20/-/w:10/-/w:5", "png/rgb-8.png");
    assert_ne!(reply.status, 200);
}
