//! Colours multiplied by their alpha, with room for what a filter adds.
//!
//! Beside an edge the filter overshoots, alpha as well as the colours that were multiplied by it. Their ratio is
//! the colour all the same, but only as long as neither has been cut off at its largest value; in 8 bits both
//! would be, and a rim would show along every transparent edge.

use fast_image_resize::pixels::U16x4;

use crate::image::Pixels;
use crate::transform::geometry::Rect;

/// What an opaque sample of 1 of 255 becomes: half of the range of 16 bits is left for overshooting.
const STEP: u32 = 128;

/// The pixels of the view, which have alpha, each colour multiplied by it.
pub(super) fn multiplied(pixels: &Pixels, view: Rect) -> Vec<U16x4> {
    let columns = view.left as usize * 4..(view.left as usize + view.width as usize) * 4;
    let mut result = Vec::with_capacity(view.width as usize * view.height as usize);
    let rows = pixels.rows().skip(view.top as usize);
    for row in rows.take(view.height as usize) {
        let (row, _) = row[columns.clone()].as_chunks::<4>();
        result.extend(row.iter().map(|&[r, g, b, alpha]| {
            let weigh = |sample: u8| (u32::from(sample) * u32::from(alpha) * STEP + 127) / 255;
            let alpha = u32::from(alpha) * STEP;
            U16x4::new([weigh(r), weigh(g), weigh(b), alpha].map(|sample| sample as u16))
        }));
    }
    result
}

/// The samples of straight colour, 8 bits each.
pub(super) fn divided(pixels: &[U16x4]) -> Vec<u8> {
    let samples = pixels.iter().map(|pixel| {
        let [r, g, b, alpha] = pixel.0.map(u32::from);
        let level = ((alpha + STEP / 2) / STEP).min(255);
        if level == 0 {
            return [0; 4];
        }
        let straight = |sample: u32| ((sample * 255 + alpha / 2) / alpha).min(255);
        [straight(r), straight(g), straight(b), level].map(|sample| sample as u8)
    });
    samples.collect::<Vec<_>>().into_flattened()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Layout;
    use crate::transform::geometry::{Point, Size};

    fn whole(pixels: &Pixels) -> Rect {
        Point { x: 0, y: 0 }.rect(Size::of(pixels))
    }

    #[test]
    fn every_colour_survives_where_it_can_be_seen() {
        for alpha in 1..=255_u8 {
            let data = (0..=255).flat_map(|value| [value, 255 - value, 0, alpha]);
            let pixels = Pixels::new(256, 1, Layout::Rgba, data.collect());
            let found = divided(&multiplied(&pixels, whole(&pixels)));
            let off = found
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
            assert_eq!(divided(&[U16x4::new(samples)]), expected, "{samples:?}");
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
        let found = divided(&multiplied(&pixels, view));
        let reds: Vec<u8> = found.chunks_exact(4).map(|pixel| pixel[0]).collect();
        assert_eq!(reds, [9, 10, 13, 14]);
    }
}
