//! Where every pixel comes to lie and what colour it has, as an independent decoder sees it.

mod colour;
mod place;
mod turns;

use image::DynamicImage;

use crate::support::Gallery;

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
