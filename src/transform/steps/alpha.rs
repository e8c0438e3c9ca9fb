//! Colours multiplied by their alpha, with room for what a filter adds.
//!
//! Beside an edge the filter overshoots, alpha as well as the colours that were multiplied by it. Their ratio is
//! the colour all the same, but only as long as neither has been cut off at its largest value; in 8 bits both
//! would be, and a rim would show along every transparent edge.

use fast_image_resize::pixels::U16x4;

use crate::image::{Depth, Layout, Pixels};
use crate::transform::geometry::{Rect, Size};

/// What an opaque sample of 1 of 255 becomes: half of the range of 16 bits is left for overshooting.
const STEP: u32 = 128;

/// What an opaque white sample becomes.
const WHITE: u32 = 255 * STEP;

/// The pixels of the view, which have alpha, each colour multiplied by it.
pub(super) fn multiplied(pixels: &Pixels, view: Rect) -> Vec<U16x4> {
    let columns = view.left as usize * 4..(view.left as usize + view.width as usize) * 4;
    let (top, height) = (view.top as usize, view.height as usize);
    let mut result = Vec::with_capacity(view.width as usize * height);
    match pixels.depth() {
        Depth::Eight => {
            for row in pixels.rows().skip(top).take(height) {
                let (row, _) = row[columns.clone()].as_chunks();
                result.extend(row.iter().map(multiplied8));
            }
        }
        Depth::Sixteen => {
            for row in pixels.rows16().skip(top).take(height) {
                let (row, _) = row[columns.clone()].as_chunks();
                result.extend(row.iter().map(multiplied16));
            }
        }
    }
    result
}

fn multiplied8(&[r, g, b, alpha]: &[u8; 4]) -> U16x4 {
    let weigh = |sample: u8| (u32::from(sample) * u32::from(alpha) * STEP + 127) / 255;
    let alpha = u32::from(alpha) * STEP;
    U16x4::new([weigh(r), weigh(g), weigh(b), alpha].map(|sample| sample as u16))
}

/// The product has 15 bits, so that the 24 of a float are enough.
fn multiplied16(&[r, g, b, alpha]: &[u16; 4]) -> U16x4 {
    let alpha = f32::from(alpha) * (WHITE as f32 / 65_535.0);
    let weigh = |sample: u16| f32::from(sample) * (alpha / 65_535.0);
    U16x4::new([weigh(r), weigh(g), weigh(b), alpha].map(|sample| (sample + 0.5) as u16))
}

/// The image of straight colour, at a depth.
pub(super) fn divided(pixels: &[U16x4], size: Size, depth: Depth) -> Pixels {
    let Size { width, height } = size;
    match depth {
        Depth::Eight => {
            let samples = pixels.iter().map(divided8).collect::<Vec<_>>();
            Pixels::new(width, height, Layout::Rgba, samples.into_flattened())
        }
        Depth::Sixteen => {
            let samples = pixels.iter().map(divided16).collect::<Vec<_>>();
            Pixels::new16(width, height, Layout::Rgba, samples.into_flattened())
        }
    }
}

fn divided8(pixel: &U16x4) -> [u8; 4] {
    let [r, g, b, alpha] = pixel.0.map(u32::from);
    let level = ((alpha + STEP / 2) / STEP).min(255);
    if level == 0 {
        return [0; 4];
    }
    let straight = |sample: u32| ((sample * 255 + alpha / 2) / alpha).min(255);
    [straight(r), straight(g), straight(b), level].map(|sample| sample as u8)
}

fn divided16(pixel: &U16x4) -> [u16; 4] {
    let [r, g, b, alpha] = pixel.0.map(u32::from);
    // Less than half of the least alpha of 8 bits is clear here too: of such there is no colour left.
    if alpha < STEP / 2 {
        return [0; 4];
    }
    let level = ((alpha * 65_535 + WHITE / 2) / WHITE).min(65_535);
    let straight = |sample: u32| ((sample * 65_535 + alpha / 2) / alpha).min(65_535);
    [straight(r), straight(g), straight(b), level].map(|sample| sample as u16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::geometry::Point;

    fn whole(pixels: &Pixels) -> Rect {
        Point { x: 0, y: 0 }.rect(Size::of(pixels))
    }

    fn there_and_back(pixels: &Pixels, view: Rect) -> Pixels {
        divided(&multiplied(pixels, view), view.size(), pixels.depth())
    }

    fn narrow(sample: u16) -> u8 {
        Pixels::new16(1, 1, Layout::Grey, vec![sample]).into_data()[0]
    }

    #[test]
    fn deep_colour_keeps_fifteen_bits_where_it_is_opaque() {
        for value in (0..=u16::MAX).step_by(7) {
            let samples = vec![value, u16::MAX - value, 0, u16::MAX];
            let pixels = Pixels::new16(1, 1, Layout::Rgba, samples);
            let found = there_and_back(&pixels, whole(&pixels));
            let pairs = found.samples16().iter().zip(pixels.samples16());
            let off = pairs.map(|(a, b)| a.abs_diff(*b)).max();
            assert!(off <= Some(2), "{value} is off by {off:?}");
        }
    }

    #[test]
    fn every_colour_survives_where_it_can_be_seen() {
        for alpha in 1..=255_u8 {
            let data = (0..=255).flat_map(|value| [value, 255 - value, 0, alpha]);
            let pixels = Pixels::new(256, 1, Layout::Rgba, data.collect());
            let found = there_and_back(&pixels, whole(&pixels));
            let off = found
                .data()
                .iter()
                .zip(pixels.data())
                .map(|(a, b)| a.abs_diff(*b))
                .max();
            let allowed = u8::from(alpha < 2);
            assert!(off <= Some(allowed), "alpha {alpha} is off by {off:?}");
        }
    }

    #[test]
    fn what_overshoots_keeps_its_colour_and_what_is_clear_has_none() {
        let opaque = 255 * 128;
        let table = [
            // A tenth above all that there is: 110 of 280 is 100 of 255.
            ([110 * 128, 55 * 128, 0, 280 * 128], [100, 50, 0, 255]),
            ([opaque, 0, 0, opaque], [255, 0, 0, 255]),
            ([0, 0, 0, 0], [0; 4]),
            // Less than half of the least alpha.
            ([40, 40, 40, 60], [0; 4]),
        ];
        for (samples, expected) in table {
            let pixel = U16x4::new(samples);
            assert_eq!(divided8(&pixel), expected, "{samples:?}");
            assert_eq!(divided16(&pixel).map(narrow), expected, "{samples:?}");
        }
    }

    #[test]
    fn only_the_view_is_taken() {
        let data = (0..16).flat_map(|n| [n, 0, 0, 255]).collect();
        let pixels = Pixels::new(4, 4, Layout::Rgba, data);
        let view = Point { x: 1, y: 2 }.rect(Size {
            width: 2,
            height: 2,
        });
        let found = there_and_back(&pixels, view);
        let reds: Vec<u8> = found.data().chunks_exact(4).map(|pixel| pixel[0]).collect();
        assert_eq!(reds, [9, 10, 13, 14]);
    }
}
