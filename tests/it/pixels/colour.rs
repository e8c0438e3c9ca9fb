//! Transparency, grey, profiles and inks.

use image::ColorType;

use super::{FLAG, RED, check_flag, near};
use crate::support::{Gallery, Reply};

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
