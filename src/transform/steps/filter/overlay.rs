//! Colours laid over the picture.

use crate::image::{Layout, Pixels};
use crate::transform::ask::{Colorize, Gradient, Rgb};
use crate::transform::blend::{level, over, over_rgba, samples, with_color};

/// Steps of a gradient from its beginning to its end. More than there are levels, so that none is skipped.
const STEPS: usize = 4_096;
/// The fraction bits of a place along a gradient.
const BITS: u32 = 40;

/// A colour laid over the picture.
pub(in crate::transform) fn colorize(pixels: Pixels, asked: &Colorize) -> Pixels {
    let (color, alpha) = (samples(asked.color), level(asked.opacity));
    let mut pixels = widened(pixels, asked.color, alpha);
    let layout = pixels.layout();
    if layout == Layout::Rgba && !asked.keep_alpha {
        for pixel in pixels.data_mut().as_chunks_mut::<4>().0 {
            over_rgba(pixel, color, alpha);
        }
        return pixels;
    }
    // The colour channels alone, whatever follows them.
    for pixel in pixels.data_mut().chunks_exact_mut(layout.channels()) {
        for (sample, above) in pixel.iter_mut().zip(color) {
            *sample = over(*sample, above, alpha);
        }
    }
    pixels
}

/// A colour that fades in over the picture, along a line through its middle that ends where the corners do.
pub(in crate::transform) fn gradient(pixels: Pixels, asked: &Gradient) -> Pixels {
    let color = samples(asked.color);
    let alphas = alphas(asked);
    let most = alphas.iter().copied().max().unwrap_or(0);
    let mut pixels = widened(pixels, asked.color, most);
    let way = Way::of(&pixels, asked.direction);
    let (layout, stride) = (pixels.layout(), pixels.stride());
    for (y, row) in pixels.data_mut().chunks_exact_mut(stride).enumerate() {
        for (x, pixel) in row.chunks_exact_mut(layout.channels()).enumerate() {
            let alpha = alphas[way.step(x, y)];
            match pixel.as_mut_array::<4>() {
                Some(pixel) => over_rgba(pixel, color, alpha),
                None => {
                    for (sample, above) in pixel.iter_mut().zip(color) {
                        *sample = over(*sample, above, alpha);
                    }
                }
            }
        }
    }
    pixels
}

/// The picture with room for the colour, if any of it will show.
fn widened(pixels: Pixels, color: Rgb, alpha: u8) -> Pixels {
    if color.is_grey() || alpha == 0 {
        pixels
    } else {
        with_color(pixels)
    }
}

/// The alpha at each step of the way.
fn alphas(asked: &Gradient) -> Vec<u8> {
    let length = asked.stop - asked.start;
    let share = |at: f64| {
        if length == 0.0 {
            f64::from(u8::from(at >= asked.start))
        } else {
            ((at - asked.start) / length).clamp(0.0, 1.0)
        }
    };
    let middle = |step: usize| (step as f64 + 0.5) / STEPS as f64;
    (0..STEPS)
        .map(|step| level(asked.opacity * share(middle(step))))
        .collect()
}

/// How far along the gradient each pixel is, from 0 to 1 with [`BITS`] of fraction.
struct Way {
    start: i64,
    across: i64,
    down: i64,
}

impl Way {
    fn of(pixels: &Pixels, degrees: f64) -> Self {
        let (width, height) = (f64::from(pixels.width()), f64::from(pixels.height()));
        let (x, y) = direction(degrees);
        let length = x.abs() * width + y.abs() * height;
        let fixed = |share: f64| (share * (1_u64 << BITS) as f64).round() as i64;
        Self {
            // The middle of the first pixel; the middle of the picture is half way.
            start: fixed(0.5 + ((0.5 - width / 2.0) * x + (0.5 - height / 2.0) * y) / length),
            across: fixed(x / length),
            down: fixed(y / length),
        }
    }

    const fn step(&self, x: usize, y: usize) -> usize {
        let place = self.start + self.across * x as i64 + self.down * y as i64;
        let step = (place >> (BITS - STEPS.ilog2())) as usize;
        if place < 0 {
            0
        } else if step >= STEPS {
            STEPS - 1
        } else {
            step
        }
    }
}

/// The direction as steps to the right and down: 0 degrees is down, and it turns clockwise.
///
/// Rounded, because the last bits of sines differ from one mathematical library to the next.
fn direction(degrees: f64) -> (f64, f64) {
    let radians = (degrees % 360.0).to_radians();
    let rounded = |value: f64| (value * 1e9).round() / 1e9;
    (rounded(-radians.sin()), rounded(radians.cos()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLUE: Rgb = Rgb { r: 0, g: 0, b: 200 };
    const ASKED: Gradient = Gradient {
        opacity: 1.0,
        color: Rgb {
            r: 255,
            g: 255,
            b: 255,
        },
        direction: 0.0,
        start: 0.0,
        stop: 1.0,
    };

    #[test]
    fn a_colour_covers_or_keeps_what_is_transparent() {
        type Case<'a> = ((f64, bool), (Layout, &'a [u8]), &'a [u8]);
        let lay = |layout, color: &[u8], opacity, keep_alpha| {
            let asked = Colorize {
                opacity,
                color: BLUE,
                keep_alpha,
            };
            colorize(Pixels::filled(1, 1, layout, color), &asked).into_data()
        };
        let table: [Case<'_>; 7] = [
            ((0.0, false), (Layout::Grey, &[100]), &[100]),
            ((1.0, false), (Layout::Grey, &[100]), &[0, 0, 200]),
            ((0.2, true), (Layout::Rgb, &[100, 50, 0]), &[80, 40, 40]),
            (
                (0.2, false),
                (Layout::Rgba, &[9, 9, 9, 0]),
                &[0, 0, 200, 51],
            ),
            ((1.0, true), (Layout::Rgba, &[9, 9, 9, 0]), &[0, 0, 200, 0]),
            (
                (0.2, true),
                (Layout::Rgba, &[100, 0, 0, 128]),
                &[80, 0, 40, 128],
            ),
            (
                (0.2, false),
                (Layout::Rgba, &[100, 0, 0, 255]),
                &[80, 0, 40, 255],
            ),
        ];
        for ((opacity, keep_alpha), (layout, color), expected) in table {
            let found = lay(layout, color, opacity, keep_alpha);
            assert_eq!(found, expected, "{color:?} {opacity} {keep_alpha}");
        }
    }

    fn drawn(direction: f64) -> [u8; 4] {
        let asked = Gradient { direction, ..ASKED };
        let pixels = gradient(Pixels::filled(50, 40, Layout::Grey, &[0]), &asked);
        let data = pixels.data();
        // Top left, top right, bottom left, bottom right.
        [data[0], data[49], data[39 * 50], data[40 * 50 - 1]]
    }

    #[test]
    fn a_gradient_grows_in_its_direction() {
        let table = [
            (0.0, [3, 3, 252, 252]),
            (90.0, [252, 3, 252, 3]),
            (180.0, [252, 252, 3, 3]),
            (270.0, [3, 252, 3, 252]),
            (-90.0, [3, 252, 3, 252]),
            (720.0, [3, 3, 252, 252]),
            (45.0, [140, 3, 252, 115]),
        ];
        for (degrees, expected) in table {
            let found = drawn(degrees);
            let off = found.iter().zip(expected).map(|(a, b)| a.abs_diff(b)).max();
            assert!(off <= Some(3), "{degrees}: {found:?}");
        }
    }

    #[test]
    fn it_begins_and_is_full_where_asked() {
        let column = |start, stop| {
            let asked = Gradient {
                start,
                stop,
                ..ASKED
            };
            gradient(Pixels::filled(1, 10, Layout::Grey, &[0]), &asked).into_data()
        };
        assert_eq!(column(0.5, 0.5), [0, 0, 0, 0, 0, 255, 255, 255, 255, 255]);
        let later = column(0.4, 0.6);
        assert_eq!((&later[..4], &later[6..]), (&[0; 4][..], &[255; 4][..]));
        let back = column(0.6, 0.4);
        assert_eq!((&back[..4], &back[6..]), (&[255; 4][..], &[0; 4][..]));
    }
}
