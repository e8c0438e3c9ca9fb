//! PNG with a loss: as few colours as the measure allows.
//!
//! Alpha is never touched. Where every colour fits into a palette nothing needs to be lost, and nothing is tried:
//! the lossless file has a palette already.

use super::colors::Colors;
use super::{Error, Stage, png};
use crate::image::palette::{Alpha, Dither, Indexed, Quantizer};
use crate::image::{Depth, Layout, Pixels, encode};

/// The sizes of a palette that are tried, the smallest first. Each is a step that shows in bytes.
const SIZES: [u16; 8] = [16, 32, 48, 64, 96, 128, 192, 256];

/// A file that is good enough, and how it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// The file.
    pub file: Vec<u8>,
    /// How good it looks.
    pub score: f64,
    /// The most colours it was allowed.
    pub colors: u16,
    /// How many palettes were tried and measured.
    pub encodes: u32,
}

/// A palette that was tried.
struct Trial {
    colors: u16,
    drawn: Indexed,
    score: f64,
}

/// Finds the smallest palette whose picture scores `least`: one trial in the fast stage, five at most in the refined.
/// Nothing where colours are few already, where no palette scores as much, or where alpha has more levels than a
/// palette has colours.
///
/// # Errors
///
/// Those of `score`, and of the encoder as in [`png::lossless`].
pub fn smallest(
    colors: &Colors<'_>,
    options: &encode::Options,
    (stage, least): (Stage, f64),
    score: impl Fn(&Pixels) -> Result<f64, Error>,
) -> Result<Option<Drawn>, Error> {
    let pixels = colors.pixels();
    if pixels.layout() == Layout::Cmyk || colors.fit_a_palette() {
        return Ok(None);
    }
    let pixels = &*pixels.eight();
    let mut trials = Trials {
        pixels,
        score,
        count: 0,
    };
    let Some(best) = trials.smallest(stage, least)? else {
        return Ok(None);
    };
    let size = (pixels.width(), pixels.height());
    Ok(Some(Drawn {
        file: png::indexed(size, best.drawn, options, stage)?,
        score: best.score,
        colors: best.colors,
        encodes: trials.count,
    }))
}

/// An upper bound of the bytes held at the peak besides the pixels and what is measured, the file included: a palette
/// is chosen, and after the last one the file is written.
pub fn peak_bytes((width, height): (u32, u32), stage: Stage) -> u64 {
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    Quantizer::peak_bytes(width, height)
        .saturating_add(Quantizer::EXACT_ALPHA_BYTES)
        .max(png::peak_bytes(pixels, Depth::Eight, stage))
}

struct Trials<'a, Score> {
    pixels: &'a Pixels,
    score: Score,
    count: u32,
}

impl<Score: Fn(&Pixels) -> Result<f64, Error>> Trials<'_, Score> {
    fn smallest(&mut self, stage: Stage, least: f64) -> Result<Option<Trial>, Error> {
        let [.., most] = SIZES;
        let mut best = self.trial(most, Dither::Mild, least)?;
        if best.is_none() || stage == Stage::Fast {
            return Ok(best);
        }
        let (mut low, mut high) = (0, SIZES.len() - 1);
        while low < high {
            let middle = (low + high) / 2;
            match self.trial(SIZES[middle], Dither::Mild, least)? {
                Some(trial) => (best, high) = (Some(trial), middle),
                None => low = middle + 1,
            }
        }
        let plain = self.trial(SIZES[high], Dither::None, least)?;
        Ok(plain.or(best))
    }

    /// A palette of so many colours, if there is one that scores enough.
    fn trial(&mut self, colors: u16, dither: Dither, least: f64) -> Result<Option<Trial>, Error> {
        let alpha = Alpha::Exact;
        let drawn = Quantizer { colors, alpha }.dithered(self.pixels, dither);
        let Some(drawn) = drawn else { return Ok(None) };
        self.count += 1;
        let seen = drawn.pixels(self.pixels.width(), self.pixels.height());
        let score = (self.score)(&seen)?;
        Ok((score >= least).then_some(Trial {
            colors,
            drawn,
            score,
        }))
    }
}

#[cfg(test)]
mod tests;
