//! Sharpening: what sets a pixel apart from its neighbours, once more.

use super::blur::{blurred, convolve};
use super::plane::{Plane, luma, unweighed};
use crate::image::{Layout, Pixels};
use crate::transform::plan::Unsharp;

/// One unit of lightness L*, which goes to 100, in samples of 16 bits.
const LIGHTNESS: f64 = 65_535.0 / 100.0;
/// Differences below this are noise and stay as they are (libvips: x1, m1 = 0).
const FLAT: f64 = 2.0 * LIGHTNESS;
/// What is beyond is made this many times as strong (libvips: m2).
const JAGGED: f64 = 3.0;
/// The most that a pixel is lightened (libvips: y2).
const MOST_LIGHTER: f64 = 10.0 * LIGHTNESS;
/// The most that a pixel is darkened (libvips: y3).
const MOST_DARKER: f64 = 20.0 * LIGHTNESS;
/// Weights of three neighbours alike.
const THREE: [u16; 3] = [10_923, 10_922, 10_923];

/// Sharpening of luminance; `sigma` in pixels, above 0.
///
/// By the rule of libvips with its defaults: edges are enhanced, flat parts are not, and halos are bounded. Instead
/// of L* it looks at the luminance of the gamma-coded samples, which follows L* within a few units, and adds the
/// same to red, green and blue.
pub(in crate::transform) fn sharpen(pixels: Pixels, sigma: f64) -> Pixels {
    let mut around = Plane::of_luma(&pixels);
    blurred(&mut around, sigma);
    enhanced(pixels, &around, |difference| {
        let beyond = (difference.abs() - FLAT).max(0.0) * JAGGED;
        if difference > 0.0 {
            beyond.min(MOST_LIGHTER)
        } else {
            -beyond.min(MOST_DARKER)
        }
    })
}

/// Unsharp masking by the pixels next to each: a kernel of 3 by 3 whose eight outer elements are -weight and whose
/// middle is divider + 8 weight, divided by the divider. At the defaults, 1 and 24, it is the mild kernel that
/// thumbnails are commonly given. It works on luminance.
pub(in crate::transform) fn unsharp(pixels: Pixels, unsharp: &Unsharp) -> Pixels {
    let mut around = Plane::of_luma(&pixels);
    convolve(&mut around, &THREE);
    // The mean of all nine is that much nearer to the middle one than the mean of the eight others.
    let strength = 9.0 * unsharp.weight / unsharp.divider;
    enhanced(pixels, &around, |difference| difference * strength)
}

/// Adds to each pixel what `enhancement` makes of how far its luminance is above that around it.
fn enhanced(mut pixels: Pixels, around: &Plane, enhancement: impl Fn(f64) -> f64) -> Pixels {
    // 512 differences a unit of 8 bits would be more than shows; a table of all 131,071 would not fit the cache.
    let table: Vec<_> = (-4096..=4096)
        .map(|step| {
            (enhancement(f64::from(step) * 16.0) / 257.0)
                .round()
                .clamp(-255.0, 255.0) as i16
        })
        .collect();
    let gain = |luma: u16, around: u16| {
        let difference = i32::from(luma) - i32::from(around);
        table[((difference + 65_544) >> 4) as usize]
    };
    let layout = pixels.layout();
    let data = pixels.data_mut();
    match layout {
        Layout::Grey => {
            for (grey, &around) in data.iter_mut().zip(&around.samples) {
                *grey = lifted(*grey, gain(luma([*grey; 3]), around));
            }
        }
        Layout::Rgb => {
            for (color, &around) in data.as_chunks_mut::<3>().0.iter_mut().zip(&around.samples) {
                let gain = gain(luma(*color), around);
                *color = color.map(|sample| lifted(sample, gain));
            }
        }
        Layout::Rgba | Layout::Cmyk => {
            let (around, _) = around.samples.as_chunks::<2>();
            for (pixel, &[around, alpha]) in data.as_chunks_mut::<4>().0.iter_mut().zip(around) {
                let [r, g, b, level] = *pixel;
                let gain = gain(luma([r, g, b]), unweighed(around, alpha));
                let [r, g, b] = [r, g, b].map(|sample| lifted(sample, gain));
                *pixel = if level == 0 { [0; 4] } else { [r, g, b, level] };
            }
        }
    }
    pixels
}

fn lifted(sample: u8, by: i16) -> u8 {
    (i16::from(sample) + by).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::ask::UnsharpMode;

    fn step(low: u8, high: u8) -> Pixels {
        let row = [[low; 10], [high; 10]].concat();
        Pixels::new(20, 5, Layout::Grey, row.repeat(5))
    }

    fn middle(pixels: &Pixels) -> &[u8] {
        &pixels.data()[40..60]
    }

    #[test]
    fn edges_get_bounded_halos_and_faint_ones_none() {
        let found = sharpen(step(100, 150), 1.0);
        let row = middle(&found);
        assert_eq!((row[0], row[19]), (100, 150));
        assert!(row[9] < 95 && row[10] > 155, "{row:?}");
        // 20 and 10 of 100.
        assert!(row[9] >= 100 - 51 && row[10] <= 150 + 26, "{row:?}");
        assert!(sharpen(step(100, 104), 1.0) == step(100, 104));
    }

    #[test]
    fn unsharp_is_its_kernel() {
        let unsharp_by = |weight, divider| {
            let mode = UnsharpMode::Always;
            unsharp(
                step(100, 148),
                &Unsharp {
                    mode,
                    weight,
                    divider,
                },
            )
        };
        // Three of eight neighbours differ by 48: 144 / 24 = 6.
        let found = unsharp_by(1.0, 24.0);
        assert_eq!(middle(&found)[8..12], [100, 94, 154, 148]);
        assert_eq!(middle(&unsharp_by(2.0, 24.0))[8..12], [100, 88, 160, 148]);
        assert_eq!(middle(&unsharp_by(1.0, 48.0))[8..12], [100, 97, 151, 148]);
        assert_eq!(middle(&unsharp_by(1e9, 1e-9))[8..12], [100, 0, 255, 148]);
    }

    #[test]
    fn hues_stay_and_clear_neighbours_have_no_say() {
        let data = [[200, 100, 50, 255], [0, 0, 0, 0]].concat().repeat(8);
        let pixels = Pixels::new(16, 1, Layout::Rgba, data);
        let mut expected = pixels.clone();
        expected
            .data_mut()
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .for_each(|pixel| {
                if pixel[3] == 0 {
                    *pixel = [0; 4];
                }
            });
        assert!(sharpen(pixels, 1.5) == expected);
    }
}
