//! Samples with 16 bits, as filters that mix neighbours work on them.

use crate::image::{Layout, Pixels};
use crate::transform::blend::fine_luma;

/// A sample of 8 bits in 16.
const STEP: u32 = 257;
/// The largest sample.
const WHOLE: u32 = 65_535;

/// Rows of interleaved samples of 16 bits. Where there is alpha it comes last, and the others are multiplied by it.
pub(super) struct Plane {
    pub(super) channels: usize,
    pub(super) width: usize,
    pub(super) samples: Vec<u16>,
}

impl Plane {
    /// Every channel.
    pub(super) fn of(pixels: &Pixels) -> Self {
        let data = pixels.data();
        let samples = match pixels.layout() {
            Layout::Grey | Layout::Rgb => data.iter().map(|&sample| deep(sample)).collect(),
            Layout::Rgba | Layout::Cmyk => {
                let mut samples = Vec::with_capacity(data.len());
                for &[r, g, b, alpha] in data.as_chunks::<4>().0 {
                    samples.extend([r, g, b].map(|sample| weighed(deep(sample), alpha)));
                    samples.push(deep(alpha));
                }
                samples
            }
        };
        Self {
            channels: pixels.layout().channels(),
            width: pixels.width() as usize,
            samples,
        }
    }

    /// Luminance, and alpha if there is any.
    pub(super) fn of_luma(pixels: &Pixels) -> Self {
        let data = pixels.data();
        let (channels, samples) = match pixels.layout() {
            Layout::Grey => (1, data.iter().map(|&grey| deep(grey)).collect()),
            Layout::Rgb => {
                let (colors, _) = data.as_chunks::<3>();
                (1, colors.iter().map(|&color| luma(color)).collect())
            }
            Layout::Rgba | Layout::Cmyk => {
                let mut samples = Vec::with_capacity(data.len() / 2);
                for &[r, g, b, alpha] in data.as_chunks::<4>().0 {
                    samples.extend([weighed(luma([r, g, b]), alpha), deep(alpha)]);
                }
                (2, samples)
            }
        };
        Self {
            channels,
            width: pixels.width() as usize,
            samples,
        }
    }

    /// Samples from the start of one row to the start of the next.
    pub(super) const fn stride(&self) -> usize {
        self.width * self.channels
    }

    pub(super) const fn height(&self) -> usize {
        self.samples.len() / self.stride()
    }

    /// The samples as pixels of 8 bits, into the picture they came from.
    pub(super) fn into_pixels(self, mut pixels: Pixels) -> Pixels {
        if pixels.layout() == Layout::Rgba {
            let (samples, _) = self.samples.as_chunks::<4>();
            let (below, _) = pixels.data_mut().as_chunks_mut::<4>();
            for (pixel, &sample) in below.iter_mut().zip(samples) {
                *pixel = straight(sample);
            }
        } else {
            for (sample, &deep) in pixels.data_mut().iter_mut().zip(&self.samples) {
                *sample = shallow(deep);
            }
        }
        pixels
    }
}

const fn deep(sample: u8) -> u16 {
    sample as u16 * STEP as u16
}

const fn shallow(sample: u16) -> u8 {
    ((sample as u32 + STEP / 2) / STEP) as u8
}

const fn weighed(sample: u16, alpha: u8) -> u16 {
    ((sample as u32 * alpha as u32 + 127) / 255) as u16
}

/// A sample that was multiplied by an alpha of 16 bits, without it.
pub(super) const fn unweighed(sample: u16, alpha: u16) -> u16 {
    if alpha == 0 {
        return 0;
    }
    let alpha = alpha as u64;
    let straight = (sample as u64 * WHOLE as u64 + alpha / 2) / alpha;
    if straight > WHOLE as u64 {
        u16::MAX
    } else {
        straight as u16
    }
}

fn straight([r, g, b, alpha]: [u16; 4]) -> [u8; 4] {
    let level = shallow(alpha);
    if level == 0 {
        return [0; 4];
    }
    let [r, g, b] = [r, g, b].map(|sample| shallow(unweighed(sample, alpha)));
    [r, g, b, level]
}

/// Luminance in 16 bits.
pub(super) fn luma(color: [u8; 3]) -> u16 {
    ((u64::from(fine_luma(color)) * u64::from(STEP) + (1 << 15)) >> 16) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_that_can_be_seen_comes_back() {
        for alpha in 1..=255 {
            let data = (0..=255).flat_map(|value| [value, 255 - value, 7, alpha]);
            let pixels = Pixels::new(256, 1, Layout::Rgba, data.collect());
            assert!(
                Plane::of(&pixels).into_pixels(pixels.clone()) == pixels,
                "{alpha}"
            );
        }
        let clear = Pixels::new(1, 1, Layout::Rgba, vec![1, 2, 3, 0]);
        assert_eq!(Plane::of(&clear).into_pixels(clear).data(), [0; 4]);
    }

    #[test]
    fn luminance_of_greys_is_exact() {
        for grey in 0..=255 {
            assert_eq!(luma([grey; 3]), deep(grey));
        }
    }
}
