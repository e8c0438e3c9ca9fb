//! Where the watermark lies, how large it is and how much of it shows.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};

use crate::support::{Gallery, Reply};

type At = (u32, u32);

const WHITE: [u8; 4] = [255; 4];
const GREEN: [u8; 4] = [0, 200, 0, 255];

fn png(picture: RgbaImage) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    let picture = DynamicImage::from(picture);
    picture.write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

fn flat((width, height): At, color: [u8; 4]) -> Vec<u8> {
    png(RgbaImage::from_pixel(width, height, Rgba(color)))
}

/// A server whose watermark is a green box of 10x6, with more settings.
fn marking(settings: &[(&str, &str)]) -> Gallery {
    let mark = STANDARD.encode(flat((10, 6), GREEN));
    let mut all = vec![("WATERMARK_DATA", mark.as_str())];
    all.extend(settings);
    Gallery::open(&all)
}

/// What options make of a white picture of 60x40.
fn on_white(gallery: &Gallery, options: &str) -> RgbaImage {
    let reply = gallery.show_bytes(options, "white.png", flat((60, 40), WHITE));
    reply.image().to_rgba8()
}

/// The box of all pixels that are not white: left, top, width and height.
fn marked(image: &RgbaImage) -> Option<(u32, u32, u32, u32)> {
    let places = image
        .enumerate_pixels()
        .filter(|(_, _, pixel)| pixel.0 != WHITE);
    let (xs, ys): (Vec<_>, Vec<_>) = places.map(|(x, y, _)| (x, y)).unzip();
    let (left, right) = (*xs.iter().min()?, *xs.iter().max()?);
    let (top, bottom) = (*ys.iter().min()?, *ys.iter().max()?);
    Some((left, top, right - left + 1, bottom - top + 1))
}

#[test]
fn a_mark_lies_where_its_position_says() {
    let gallery = marking(&[]);
    for (options, (left, top)) in [
        // The gaps are 50 and 34: 25.5 and 17.5 to even.
        ("wm:1", (26, 18)),
        ("wm:1:ce", (26, 18)),
        ("wm:1:no", (26, 0)),
        ("wm:1:so", (26, 34)),
        ("wm:1:ea", (50, 18)),
        ("wm:1:we", (0, 18)),
        ("wm:1:noea", (50, 0)),
        ("wm:1:nowe", (0, 0)),
        ("wm:1:soea", (50, 34)),
        ("wm:1:sowe", (0, 34)),
        ("wm:1:nowe:3:4", (3, 4)),
        ("wm:1:soea:3:4", (47, 30)),
        ("wm:1:ce:-5:5", (21, 23)),
        ("wm:1:nowe:0.1:0.2", (6, 8)),
        // Offsets in pixels follow the device, shares need not.
        ("w:30/dpr:2/wm:1:nowe:3:4", (6, 8)),
        ("w:30/dpr:2/wm:1:nowe:0.1:0.2", (6, 8)),
    ] {
        let found = marked(&on_white(&gallery, options));
        assert_eq!(found, Some((left, top, 10, 6)), "{options}");
    }
    let image = on_white(&gallery, "wm:1:nowe");
    assert_eq!(image.get_pixel(9, 5).0, GREEN);
    // It may hang over the edge.
    let hanging = marked(&on_white(&gallery, "wm:1:nowe:-4:-2"));
    assert_eq!(hanging, Some((0, 0, 6, 4)));
    assert_eq!(marked(&on_white(&gallery, "wm:1:nowe:-10:0")), None);
}

#[test]
fn a_mark_is_laid_on_the_canvas_last_of_all() {
    let gallery = marking(&[]);
    for (options, found) in [
        ("pd:10/bg:fff/wm:1:nowe", (0, 0, 10, 6)),
        ("s:30:40/ex:1/bg:fff/wm:1:soea", (20, 34, 10, 6)),
        ("rot:90/wm:1:noea", (30, 0, 10, 6)),
        ("bl:5/pix:9/wm:1:nowe", (0, 0, 10, 6)),
        ("wm:1:nowe/-/w:30/ra:nearest", (0, 0, 5, 3)),
        ("w:30/-/wm:1:nowe", (0, 0, 10, 6)),
    ] {
        let image = on_white(&gallery, options);
        assert_eq!(marked(&image), Some(found), "{options}");
    }
}

#[test]
fn a_mark_is_as_large_as_its_scale_or_size_says() {
    let gallery = marking(&[]);
    for (options, found) in [
        // Half of 60x40 has room for 30x18.
        ("wm:1:nowe:::0.5", (0, 0, 30, 18)),
        ("wm:1:nowe:::1", (0, 0, 60, 36)),
        ("w:30/wm:1:nowe:::0.5", (0, 0, 15, 9)),
        ("wm:1:nowe/wms:20", (0, 0, 20, 12)),
        ("wm:1:nowe/wms:0:12", (0, 0, 20, 12)),
        ("wm:1:nowe/wms:20:6", (0, 0, 10, 6)),
        ("w:30/dpr:2/wm:1:nowe/wms:10", (0, 0, 20, 12)),
        // The scale goes before the size.
        ("wm:1:nowe:::0.5/wms:5", (0, 0, 30, 18)),
    ] {
        let image = on_white(&gallery, options);
        assert_eq!(marked(&image), Some(found), "{options}");
    }
}

#[test]
fn tiles_are_laid_from_the_middle_to_every_edge() {
    let gallery = marking(&[]);
    let is_green = |image: &RgbaImage, x: u32, y: u32| image.get_pixel(x, y).0 == GREEN;
    let all = on_white(&gallery, "wm:1:re");
    assert!(all.pixels().all(|pixel| pixel.0 == GREEN));
    // One tile in the middle at 26,18, the next ones 10 + 5 and 6 + 4 further.
    let spaced = on_white(&gallery, "wm:1:re:5:4");
    for (x, y, pixel) in spaced.enumerate_pixels() {
        let inside = (x + 150 - 26) % 15 < 10 && (y + 100 - 18) % 10 < 6;
        assert_eq!(pixel.0 == GREEN, inside, "{x},{y}");
    }
    let chess = on_white(&gallery, "wm:1:ch");
    for (x, y, pixel) in chess.enumerate_pixels() {
        let (column, row) = ((x + 100 - 26) / 10, (y + 60 - 18) / 6);
        let (middle_column, middle_row) = (100 / 10, 60 / 6);
        let even = (column + middle_column + row + middle_row) % 2 == 0;
        assert_eq!(pixel.0 == GREEN, even, "{x},{y}");
    }
    assert!(is_green(&chess, 26, 18) && !is_green(&chess, 36, 18));
}

#[test]
fn opacity_is_that_of_the_url_times_that_of_the_settings() {
    let (full, half) = (marking(&[]), marking(&[("WATERMARK_OPACITY", "0.5")]));
    for (gallery, options, green) in [
        (&full, "wm:1:nowe", [0, 200, 0]),
        (&full, "wm:0.5:nowe", [127, 227, 127]),
        (&half, "wm:1:nowe", [127, 227, 127]),
        (&half, "wm:0.5:nowe", [191, 241, 191]),
    ] {
        let found = on_white(gallery, options).get_pixel(2, 2).0;
        for (found, expected) in found.into_iter().zip(green) {
            assert!(found.abs_diff(expected) <= 1, "{options}: {found}");
        }
    }
    assert_eq!(marked(&on_white(&full, "wm:0")), None);
    assert_eq!(marked(&on_white(&full, "")), None, "only where it is asked");
}

#[test]
fn without_a_mark_nothing_is_laid() {
    let gallery = Gallery::open(&[]);
    for options in ["wm:1", "wm:1:re", "wm:0.5:soea:1:1:0.5/wms:9:9"] {
        assert_eq!(marked(&on_white(&gallery, options)), None, "{options}");
    }
}

#[test]
fn a_url_and_a_text_take_the_place_of_the_configured_mark() {
    let gallery = marking(&[]);
    let url = URL_SAFE_NO_PAD.encode("local:///png/rgb-8.png");
    let image = on_white(&gallery, &format!("wm:1:nowe/wmu:{url}/wms:24"));
    assert_eq!(marked(&image), Some((0, 0, 24, 16)));
    assert_eq!(image.get_pixel(2, 2).0, [220, 40, 40, 255]);
    let drawing = URL_SAFE_NO_PAD.encode("local:///other/plain.svg");
    let image = on_white(&gallery, &format!("wm:1:ce:::0.8/wmu:{drawing}"));
    assert!(marked(&image).is_some());
    let text = URL_SAFE_NO_PAD.encode("<b>Ink</b>");
    for (options, most) in [("wm:1:ce", (60, 40)), ("wm:1:ce:::0.5", (30, 20))] {
        let image = on_white(&gallery, &format!("{options}/wmt:{text}"));
        let (_, _, width, height) = marked(&image).unwrap();
        assert!(width <= most.0 && height <= most.1, "{options}");
        assert!(width > 8 && height > 4, "{options}: {width}x{height}");
        let darkest = image.pixels().map(|pixel| pixel[0]).min().unwrap();
        assert!(darkest < 60, "{options}: letters are black");
        assert!(image.pixels().all(|pixel| pixel[0] == pixel[1]));
    }
    let none = on_white(&gallery, "wm:1:nowe/wmu:/wmt:");
    assert_eq!(marked(&none), Some((0, 0, 10, 6)));
}

#[test]
fn a_mark_that_is_missing_or_no_image_is_an_error() {
    let gallery = marking(&[]);
    for missing in ["local:///png/none.png", "local:///other/not-an-image.html"] {
        let url = URL_SAFE_NO_PAD.encode(missing);
        let reply: Reply = gallery.show(&format!("wm:1/wmu:{url}"), "png/rgb-8.png");
        assert!(
            (400..500).contains(&reply.status),
            "{missing}: {}",
            reply.status
        );
    }
}

#[test]
fn the_mark_of_a_url_lies_on_an_image_that_stands_in_too() {
    let white = STANDARD.encode(flat((60, 40), WHITE));
    let gallery = marking(&[("FALLBACK_IMAGE_DATA", &white)]);
    let url = URL_SAFE_NO_PAD.encode("local:///png/rgb-8.png");
    for (options, found) in [
        ("wm:1:nowe", (0, 0, 10, 6)),
        (&format!("wm:1:nowe/wmu:{url}/wms:24"), (0, 0, 24, 16)),
    ] {
        for _made_and_held in 0..2 {
            let reply = gallery.show(options, "png/none.png");
            assert_eq!(reply.status, 200, "{options}: {}", reply.text());
            let image = reply.image().to_rgba8();
            assert_eq!(marked(&image), Some(found), "{options}");
        }
    }
}

#[test]
fn no_image_stands_in_for_a_mark_that_cannot_be_had() {
    let white = STANDARD.encode(flat((60, 40), WHITE));
    let gallery = marking(&[("FALLBACK_IMAGE_DATA", &white)]);
    for (mark, source, status, phrase) in [
        (
            "png/none.png",
            "png/rgb-8.png",
            404,
            "Watermark is unreachable",
        ),
        (
            "other/not-an-image.html",
            "png/rgb-8.png",
            422,
            "Invalid watermark image",
        ),
        // What stands in wants the same mark, so that the first failure is the answer.
        (
            "png/none.png",
            "png/none-either.png",
            404,
            "Source is unreachable",
        ),
    ] {
        let url = URL_SAFE_NO_PAD.encode(format!("local:///{mark}"));
        for _made_and_kept in 0..2 {
            let reply = gallery.show(&format!("wm:1/wmu:{url}"), source);
            assert_eq!(reply.verdict(), (status, phrase.to_owned()), "{mark}");
        }
    }
}

#[test]
fn colour_and_alpha_of_the_mark_come_through() {
    let gallery = marking(&[]);
    let grey = gallery
        .show("wm:1:nowe", "png/grey-8.png")
        .image()
        .to_rgb8();
    assert_eq!(grey.get_pixel(2, 2).0, [0, 200, 0]);
    let last = grey.get_pixel(grey.width() - 1, grey.height() - 1).0;
    assert!(last[0] == last[1] && last[1] == last[2], "{last:?}");
    // On what is clear it stands alone.
    let clear = gallery.show_bytes("wm:0.5:nowe", "clear.png", flat((60, 40), [9, 9, 9, 0]));
    let clear = clear.image().to_rgba8();
    assert_eq!(clear.get_pixel(2, 2).0, [0, 200, 0, 128]);
    assert_eq!(clear.get_pixel(30, 30)[3], 0);
    let jpeg = gallery.show("wm:1:nowe", "jpeg/baseline-420.jpg").image();
    let pixel = jpeg.to_rgb8().get_pixel(4, 2).0;
    assert!(pixel[1] > 150 && pixel[0] < 70, "{pixel:?}");
}
