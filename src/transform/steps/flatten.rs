//! Transparency over a background.

use std::borrow::Cow;

use crate::image::{Layout, Pixels};
use crate::transform::ask::Rgb;
use crate::transform::plan::Flatten;

/// Lays transparent pixels on the background; without transparency nothing changes.
pub(in crate::transform) fn flatten(pixels: Pixels, flatten: Option<Flatten>) -> Pixels {
    match flatten {
        Some(flatten) if pixels.layout() == Layout::Rgba => {
            flattened(&pixels.into_eight(), flatten)
        }
        _ => pixels,
    }
}

/// The colours alone of a picture that is opaque, whatever its layout.
pub(in crate::transform) fn without_alpha(pixels: &Pixels) -> Cow<'_, Pixels> {
    if pixels.layout() != Layout::Rgba {
        return Cow::Borrowed(pixels);
    }
    let flatten = Flatten {
        background: Rgb { r: 0, g: 0, b: 0 },
        alpha: 255,
        grey: false,
    };
    Cow::Owned(flattened(pixels, flatten))
}

fn flattened(pixels: &Pixels, flatten: Flatten) -> Pixels {
    let Rgb { r, g, b } = flatten.background;
    let (samples, _) = pixels.data().as_chunks::<4>();
    let (layout, data) = if !flatten.is_opaque() {
        let below = [r, g, b, flatten.alpha];
        let mixed = samples.iter().map(|sample| over_clear(sample, below));
        (Layout::Rgba, mixed.collect::<Vec<_>>().into_flattened())
    } else if flatten.grey {
        let grey = samples
            .iter()
            .map(|&[value, _, _, alpha]| over(value, alpha, r));
        (Layout::Grey, grey.collect())
    } else {
        let colored = samples
            .iter()
            .map(|&[red, green, blue, alpha]| {
                [
                    over(red, alpha, r),
                    over(green, alpha, g),
                    over(blue, alpha, b),
                ]
            })
            .collect::<Vec<_>>();
        (Layout::Rgb, colored.into_flattened())
    };
    Pixels::new(pixels.width(), pixels.height(), layout, data)
}

/// A sample of straight colour over an opaque one, rounded to the nearest.
fn over(sample: u8, alpha: u8, below: u8) -> u8 {
    let (sample, alpha, below) = (u32::from(sample), u32::from(alpha), u32::from(below));
    ((sample * alpha + below * (255 - alpha) + 127) / 255) as u8
}

/// A straight colour over one that is partly transparent; what of either shows weighs the mixture.
fn over_clear(above: &[u8; 4], below: [u8; 4]) -> [u8; 4] {
    let upper = u32::from(above[3]) * 255;
    let lower = u32::from(below[3]) * (255 - u32::from(above[3]));
    // The background's alpha is at least 1, and so is the sum.
    let sum = upper + lower;
    let mixed = |channel: usize| {
        let weighed = u32::from(above[channel]) * upper + u32::from(below[channel]) * lower;
        ((weighed + sum / 2) / sum) as u8
    };
    [mixed(0), mixed(1), mixed(2), ((sum + 127) / 255) as u8]
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: Rgb = Rgb { r: 255, g: 0, b: 0 };

    fn on(background: Rgb, grey: bool) -> Option<Flatten> {
        Some(Flatten {
            background,
            alpha: 255,
            grey,
        })
    }

    fn one(layout: Layout, samples: &[u8]) -> Pixels {
        Pixels::new(1, 1, layout, samples.to_vec())
    }

    #[test]
    fn alpha_mixes_with_the_background() {
        let table: [([u8; 4], [u8; 3]); 4] = [
            ([0, 100, 200, 255], [0, 100, 200]),
            ([0, 100, 200, 0], [255, 0, 0]),
            ([0, 100, 200, 51], [204, 20, 40]),
            // 255 * 127 / 255 = 127 of red, 100 * 128 / 255 = 50.2, 100.4.
            ([0, 100, 200, 128], [127, 50, 100]),
        ];
        for (from, to) in table {
            let found = flatten(one(Layout::Rgba, &from), on(RED, false));
            assert!(
                found == one(Layout::Rgb, &to),
                "{from:?}: {:?}",
                found.data()
            );
        }
    }

    #[test]
    fn grey_over_grey_is_one_channel() {
        let white = Rgb {
            r: 255,
            g: 255,
            b: 255,
        };
        let found = flatten(one(Layout::Rgba, &[10, 10, 10, 51]), on(white, true));
        assert!(found == one(Layout::Grey, &[206]), "{:?}", found.data());
    }

    #[test]
    fn a_partly_transparent_background_leaves_alpha() {
        let half = Some(Flatten {
            background: RED,
            alpha: 128,
            grey: true,
        });
        let table: [([u8; 4], [u8; 4]); 4] = [
            ([0, 100, 200, 255], [0, 100, 200, 255]),
            ([0, 100, 200, 0], [255, 0, 0, 128]),
            // 51 of 255 above, 128 * 204 / 255 = 102.4 below: one third and two thirds.
            ([0, 100, 200, 51], [170, 33, 66, 153]),
            ([255, 0, 0, 128], [255, 0, 0, 192]),
        ];
        for (from, to) in table {
            let found = flatten(one(Layout::Rgba, &from), half);
            assert!(
                found == one(Layout::Rgba, &to),
                "{from:?}: {:?}",
                found.data()
            );
        }
    }

    #[test]
    fn what_is_opaque_by_layout_stays_as_it_is() {
        for pixels in [one(Layout::Grey, &[7]), one(Layout::Rgb, &[1, 2, 3])] {
            assert!(flatten(pixels.clone(), on(RED, false)) == pixels);
        }
        let clear = one(Layout::Rgba, &[1, 2, 3, 0]);
        assert!(flatten(clear.clone(), None) == clear);
    }
}
