//! A picture of where two others differ.

use crate::image::{Layout, Pixels};

/// A difference that nobody sees: everywhere, it is a score of 90.
const UNSEEN: f32 = 0.45;

/// One that shows: a score of 70.
const SEEN: f32 = 2.7;

/// One that disturbs: a score of 30.
const GLARING: f32 = 11.5;

const YELLOW: [f32; 3] = [255.0, 210.0, 0.0];
const RED: [f32; 3] = [225.0, 0.0, 0.0];

/// A pale grey copy of a picture, on which differences glow from yellow to red.
pub(super) fn drawn(pixels: &Pixels, differences: &[f32]) -> Pixels {
    let each = pixels.data().chunks_exact(pixels.layout().channels());
    let greys = each.map(|pixel| pale(pixel, pixels.layout()));
    let colors = greys.zip(differences);
    let data = colors.flat_map(|(grey, difference)| glowing(grey, *difference));
    Pixels::new(pixels.width(), pixels.height(), Layout::Rgb, data.collect())
}

/// How light a pixel is over white, between middle grey and white.
fn pale(pixel: &[u8], layout: Layout) -> u8 {
    let luma = |red: u8, green: u8, blue: u8| {
        (u32::from(red) * 54 + u32::from(green) * 183 + u32::from(blue) * 19) / 256
    };
    let (luma, alpha) = match (layout, pixel) {
        (Layout::Grey, [grey, ..]) => (u32::from(*grey), 255),
        (Layout::Rgba, [red, green, blue, alpha]) => (luma(*red, *green, *blue), u32::from(*alpha)),
        (_, [red, green, blue, ..]) => (luma(*red, *green, *blue), 255),
        _ => (255, 255),
    };
    let over_white = (luma * alpha + 255 * (255 - alpha)) / 255;
    (128 + over_white / 2).min(255) as u8
}

/// The colour of a difference over a grey.
fn glowing(grey: u8, difference: f32) -> [u8; 3] {
    let share = |from: f32, to: f32| ((difference - from) / (to - from)).clamp(0.0, 1.0);
    let (strength, redness) = (share(UNSEEN, SEEN), share(SEEN, GLARING));
    let hue = mixed(YELLOW, RED, redness);
    mixed([f32::from(grey); 3], hue, strength).map(|sample| sample.round() as u8)
}

fn mixed(one: [f32; 3], other: [f32; 3], share: f32) -> [f32; 3] {
    std::array::from_fn(|channel| one[channel] * (1.0 - share) + other[channel] * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_it_differs_the_redder_it_glows() {
        for (difference, expected) in [
            (0.0, [200, 200, 200]),
            (UNSEEN, [200, 200, 200]),
            (SEEN, [255, 210, 0]),
            (GLARING, [225, 0, 0]),
            (1000.0, [225, 0, 0]),
        ] {
            assert_eq!(glowing(200, difference), expected, "{difference}");
        }
    }

    #[test]
    fn the_copy_is_grey_pale_and_over_white() {
        let rgba = vec![0, 0, 0, 255, 255, 255, 255, 255, 0, 0, 0, 0];
        let pixels = Pixels::new(3, 1, Layout::Rgba, rgba);
        let map = drawn(&pixels, &[0.0; 3]);
        assert_eq!(map.data(), [128, 128, 128, 255, 255, 255, 255, 255, 255]);
    }
}
