//! WebP without a loss, and with one so small that graphics do not show it.

use super::metric::decoded;
use super::png::cleared;
use super::{Error, Stage};
use crate::image::encode::{self, WebpCompression, WebpOptions};
use crate::image::{self, Format, Pixels};

/// By how much a graphic may be larger without a loss than with one, in tenths.
const WORTH_TENTHS: u64 = 12;

/// The strengths of smoothing that libwebp tells apart, the strongest first, in its own scale.
const LEVELS: [u8; 4] = [20, 40, 60, 80];

/// A file that was smoothed a little.
#[derive(Clone, Debug, PartialEq)]
pub struct Smoothed {
    /// The file.
    pub file: Vec<u8>,
    /// How good it looks.
    pub score: f64,
    /// The strength in libwebp's scale: 100 smooths nothing.
    pub level: u8,
    /// How many files were written and measured.
    pub encodes: u32,
}

/// Whether a graphic is worth its bytes without a loss, given those that it takes with one.
pub const fn is_worth_it(lossless_bytes: u64, lossy_bytes: u64) -> bool {
    lossless_bytes.saturating_mul(10) <= lossy_bytes.saturating_mul(WORTH_TENTHS)
}

/// Writes every visible pixel as it is; of 16 bits, as it is in 8.
///
/// # Errors
///
/// Those of [`encode::encode`].
pub fn lossless(
    pixels: &Pixels,
    options: &encode::Options,
    stage: Stage,
) -> Result<Vec<u8>, image::Error> {
    let options = with(options, WebpCompression::Lossless, stage);
    encode::encode(&cleared(&pixels.eight()), &options)
}

/// Finds the smallest file with a smoothing whose picture scores `least`: two or three are tried, for nobody who waits.
/// Nothing where none scores as much, or where it would touch alpha.
///
/// Of graphics that are held to a score of 85, one in four takes 0.54 to 0.83 times the bytes that it takes else.
///
/// # Errors
///
/// Those of `score`, and of [`encode::encode`].
pub fn near_lossless(
    pixels: &Pixels,
    options: &encode::Options,
    least: f64,
    score: impl Fn(&Pixels) -> Result<f64, Error>,
) -> Result<Option<Smoothed>, Error> {
    let deep = pixels.eight();
    let pixels = cleared(&deep);
    let mut options = with(options, WebpCompression::NearLossless, Stage::Refined);
    let mut best: Option<Smoothed> = None;
    let mut encodes = 0;
    let (mut low, mut high) = (0, LEVELS.len());
    while low < high {
        let middle = (low + high) / 2;
        options.quality = LEVELS[middle];
        let file = encode::encode(&pixels, &options)?;
        let seen = decoded(&file, Format::WebP)?;
        encodes += 1;
        let score = score(&seen)?;
        if score < least || !has_alpha_of(&seen, &pixels) {
            low = middle + 1;
            continue;
        }
        high = middle;
        // A stronger one takes more bytes at times.
        if best
            .as_ref()
            .is_none_or(|best| file.len() < best.file.len())
        {
            best = Some(Smoothed {
                file,
                score,
                level: LEVELS[middle],
                encodes,
            });
        }
    }
    Ok(best.map(|best| Smoothed { encodes, ..best }))
}

/// The options with a way of coding, and with what effort the stage allows at least.
fn with(options: &encode::Options, compression: WebpCompression, stage: Stage) -> encode::Options {
    let webp = WebpOptions {
        compression,
        effort: match stage {
            Stage::Fast => options.webp.effort,
            Stage::Refined => 6,
        },
        ..options.webp
    };
    encode::Options {
        webp,
        ..options.clone()
    }
}

/// Whether alpha is the same.
fn has_alpha_of(seen: &Pixels, pixels: &Pixels) -> bool {
    alphas(seen).eq(alphas(pixels))
}

fn alphas(pixels: &Pixels) -> impl Iterator<Item = u8> {
    let channels = pixels.layout().channels();
    let each = pixels.data().chunks_exact(channels);
    each.map(|pixel| pixel.get(3).copied().unwrap_or(255))
}

#[cfg(test)]
mod tests;
