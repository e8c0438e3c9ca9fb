//! Samples in sRGB's curve as amounts of light, and back.
//!
//! Averages of samples are darker than averages of the light that they stand for: thin bright lines fade when they
//! are scaled down. In 16 bits each of the 256 levels of 8 bits keeps a value of its own; of 16 bits, the darkest
//! lose some, by less than an eye tells apart.

use std::sync::LazyLock;

use crate::image::{Depth, Layout, Pixels};
use crate::transform::geometry::Rect;

const WHITE: f64 = 65_535.0;

/// The light of each sample of 8 bits.
static OF_EIGHT: LazyLock<Vec<u16>> = LazyLock::new(|| table(256, light));
/// The light of each sample of 16 bits.
static OF_SIXTEEN: LazyLock<Vec<u16>> = LazyLock::new(|| table(65_536, light));
/// The sample of 16 bits of each amount of light.
static TO_SIXTEEN: LazyLock<Vec<u16>> = LazyLock::new(|| table(65_536, sample));

/// The view alone, in linear light and 16 bits a sample. Alpha is no light, and only widened.
pub(super) fn linear(pixels: &Pixels, view: Rect) -> Pixels {
    let layout = pixels.layout();
    let (left, top) = (view.left as usize, view.top as usize);
    let (width, height) = (view.width as usize, view.height as usize);
    let columns = left * layout.channels()..(left + width) * layout.channels();
    let samples = match pixels.depth() {
        Depth::Eight => {
            let rows = pixels.rows().skip(top).take(height);
            let rows = rows.map(|row| &row[columns.clone()]);
            lit(rows, layout, |sample| OF_EIGHT[usize::from(sample)], widen)
        }
        Depth::Sixteen => {
            let rows = pixels.rows16().skip(top).take(height);
            let rows = rows.map(|row| &row[columns.clone()]);
            let light = |sample| OF_SIXTEEN[usize::from(sample)];
            lit(rows, layout, light, |alpha| alpha)
        }
    };
    Pixels::new16(view.width, view.height, layout, samples)
}

fn lit<'pixels, Sample: Copy + 'pixels>(
    rows: impl Iterator<Item = &'pixels [Sample]>,
    layout: Layout,
    light: impl Fn(Sample) -> u16,
    widen: impl Fn(Sample) -> u16,
) -> Vec<u16> {
    let mut samples = Vec::new();
    for row in rows {
        samples.reserve(row.len());
        for pixel in row.chunks_exact(layout.channels()) {
            let (colors, alpha) = pixel.split_at(colors(layout));
            samples.extend(colors.iter().map(|&sample| light(sample)));
            samples.extend(alpha.iter().map(|&sample| widen(sample)));
        }
    }
    samples
}

/// The channels that are light.
const fn colors(layout: Layout) -> usize {
    match layout {
        Layout::Rgba => 3,
        other => other.channels(),
    }
}

/// Light back in sRGB's curve, at a depth.
pub(super) fn encoded(lit: Pixels, depth: Depth) -> Pixels {
    let (width, height, layout) = (lit.width(), lit.height(), lit.layout());
    let mut samples = lit.into_samples16();
    for pixel in samples.chunks_exact_mut(layout.channels()) {
        for sample in &mut pixel[..colors(layout)] {
            *sample = TO_SIXTEEN[usize::from(*sample)];
        }
    }
    let pixels = Pixels::new16(width, height, layout, samples);
    match depth {
        Depth::Eight => pixels.into_eight(),
        Depth::Sixteen => pixels,
    }
}

fn widen(sample: u8) -> u16 {
    u16::from(sample) * 257
}

fn table(size: u32, of: impl Fn(f64) -> f64) -> Vec<u16> {
    let last = f64::from(size - 1);
    let values = (0..size).map(|index| of(f64::from(index) / last) * WHITE + 0.5);
    values.map(|value| value as u16).collect()
}

/// The light of a sample, both from 0 to 1 (IEC 61966-2-1).
fn light(sample: f64) -> f64 {
    if sample <= 0.040_45 {
        sample / 12.92
    } else {
        ((sample + 0.055) / 1.055).powf(2.4)
    }
}

/// The sample of an amount of light, both from 0 to 1 (IEC 61966-2-1).
fn sample(light: f64) -> f64 {
    if light <= 0.003_130_8 {
        light * 12.92
    } else {
        1.055 * light.powf(1.0 / 2.4) - 0.055
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::geometry::{Point, Size};

    fn whole(pixels: &Pixels) -> Rect {
        Point { x: 0, y: 0 }.rect(Size::of(pixels))
    }

    #[test]
    fn each_level_comes_back_and_alpha_is_no_light() {
        let data = (0..=255)
            .flat_map(|value| [value, 255 - value, 7, value])
            .collect();
        let pixels = Pixels::new(256, 1, Layout::Rgba, data);
        let lit = linear(&pixels, whole(&pixels));
        assert_eq!(
            lit.samples16()[128 * 4..][..4],
            [14_146, 13_909, 139, 128 * 257]
        );
        assert!(encoded(lit, Depth::Eight) == pixels);
    }

    #[test]
    fn deep_samples_come_back_within_what_an_eye_tells_apart() {
        let samples: Vec<u16> = (0..=u16::MAX).collect();
        let pixels = Pixels::new16(256, 256, Layout::Grey, samples);
        let back = encoded(linear(&pixels, whole(&pixels)), Depth::Sixteen);
        for (sample, back) in pixels.samples16().iter().zip(back.samples16()) {
            assert!(sample.abs_diff(*back) <= 7, "{sample}: {back}");
        }
    }

    #[test]
    fn only_the_view_is_lit() {
        let pixels = Pixels::new(3, 3, Layout::Rgba, (0..36).collect());
        let view = Point { x: 1, y: 1 }.rect(Size {
            width: 2,
            height: 1,
        });
        let back = encoded(linear(&pixels, view), Depth::Eight);
        assert_eq!(back.data(), (16..24).collect::<Vec<u8>>());
    }
}
