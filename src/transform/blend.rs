//! Colours laid over colours, and the layouts that hold the outcome.

use crate::image::{Layout, Pixels};
use crate::transform::ask::Rgb;

/// A sample of straight colour over an opaque one, rounded to the nearest.
pub(super) const fn over(below: u8, above: u8, alpha: u8) -> u8 {
    let (below, above, alpha) = (below as u32, above as u32, alpha as u32);
    ((above * alpha + below * (255 - alpha) + 127) / 255) as u8
}

/// A straight colour of some alpha over a pixel with alpha.
pub(super) fn over_rgba(below: &mut [u8; 4], above: [u8; 3], alpha: u8) {
    if below[3] == 255 {
        for (below, above) in below.iter_mut().zip(above) {
            *below = over(*below, above, alpha);
        }
        return;
    }
    let (weight, rest) = (u32::from(alpha) * 255, u32::from(255 - alpha));
    let below_weight = u32::from(below[3]) * rest;
    let whole = weight + below_weight;
    if whole == 0 {
        return;
    }
    for (below, above) in below.iter_mut().zip(above) {
        let sum = u32::from(above) * weight + u32::from(*below) * below_weight;
        *below = ((sum + whole / 2) / whole) as u8;
    }
    below[3] = ((whole + 127) / 255) as u8;
}

/// How much of 255 a share 0..=1 is.
pub(super) fn level(share: f64) -> u8 {
    (share * 255.0).round() as u8
}

/// The luminance of a colour, by the weights of BT.709 on its samples.
pub(super) const fn luma(color: [u8; 3]) -> u8 {
    ((fine_luma(color) + 32_768) >> 16) as u8
}

/// The luminance, 65,536 times: white is 65,536 times 255.
pub(super) const fn fine_luma([r, g, b]: [u8; 3]) -> u32 {
    r as u32 * 13_933 + g as u32 * 46_871 + b as u32 * 4_732
}

pub(super) const fn samples(Rgb { r, g, b }: Rgb) -> [u8; 3] {
    [r, g, b]
}

/// The same picture in a layout that holds colours.
pub(super) fn with_color(pixels: Pixels) -> Pixels {
    if pixels.layout() != Layout::Grey {
        return pixels;
    }
    let data = pixels.data().iter().flat_map(|&grey| [grey; 3]).collect();
    Pixels::new(pixels.width(), pixels.height(), Layout::Rgb, data)
}

/// The same picture with an alpha channel.
pub(super) fn with_alpha(pixels: &Pixels) -> Vec<[u8; 4]> {
    let data = pixels.data();
    match pixels.layout() {
        Layout::Grey => data.iter().map(|&grey| [grey, grey, grey, 255]).collect(),
        Layout::Rgb => {
            let (colors, _) = data.as_chunks::<3>();
            colors.iter().map(|&[r, g, b]| [r, g, b, 255]).collect()
        }
        Layout::Rgba | Layout::Cmyk => data.as_chunks::<4>().0.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_over_the_other_is_what_premultiplied_colours_come_to() {
        let some = [0, 1, 2, 77, 128, 200, 254, 255];
        for (below, above) in some.iter().flat_map(|a| some.map(|b| (*a, b))) {
            for (below_alpha, alpha) in some.iter().flat_map(|a| some.map(|b| (*a, b))) {
                let mut found = [below, 0, 0, below_alpha];
                over_rgba(&mut found, [above, 0, 0], alpha);
                let (top, bottom) = (f64::from(alpha) / 255.0, f64::from(below_alpha) / 255.0);
                let whole = top + bottom * (1.0 - top);
                let color = f64::from(above) * top + f64::from(below) * bottom * (1.0 - top);
                assert!((f64::from(found[3]) - whole * 255.0).abs() <= 0.501);
                let off = (f64::from(found[0]) - color / whole).abs();
                assert!(whole == 0.0 || off <= 0.501, "{found:?} for {color}");
            }
        }
    }

    #[test]
    fn luminance_goes_from_black_to_white_and_leaves_greys_alone() {
        for grey in 0..=255 {
            assert_eq!(luma([grey; 3]), grey);
        }
        assert_eq!(
            [luma([255, 0, 0]), luma([0, 255, 0]), luma([0, 0, 255])],
            [54, 182, 18]
        );
    }

    #[test]
    fn layouts_widen() {
        let grey = Pixels::new(2, 1, Layout::Grey, vec![3, 4]);
        assert_eq!(with_alpha(&grey), [[3, 3, 3, 255], [4, 4, 4, 255]]);
        let rgb = with_color(grey);
        assert_eq!(rgb.data(), [3, 3, 3, 4, 4, 4]);
        assert_eq!(with_alpha(&rgb), [[3, 3, 3, 255], [4, 4, 4, 255]]);
        assert!(with_color(rgb.clone()) == rgb);
    }
}
