//! JPEG to pixels.

mod scans;

use std::borrow::Cow;

use scans::{Wanted, of_means};

use super::Scale;
use crate::identify::{ColorType, Facts, Subtype};
use crate::image::jpeg_ffi::{self, Promise};
use crate::image::{Error, Layout, Pixels, Planes};

/// Room for the coefficients of a sequential file. Almost all of these are coded in one scan and need none;
/// one scan a component is legal and needs all of them, which no header tells. Reserving for the worst would
/// refuse large photographs for the sake of a curiosity, so such a file is refused where it needs more.
const SEQUENTIAL_COEFFICIENT_BYTES: u64 = 32 << 20;

/// Bytes a column of the rows that are at work between the stages: at most 48 of sample rows before
/// upsampling and 4 after, each for up to 4 components.
const ROW_BYTES_A_COLUMN: u64 = 256;

/// Tables, pools and row pointers, measured generously.
const FIXED_BYTES: u64 = 512 << 10;

pub(super) fn decode(file: &[u8], facts: &Facts, scale: Scale) -> Result<Pixels, Error> {
    let shown = Shown::at(scale, file, facts, Wanted::DensestMeans);
    let decoded = jpeg_ffi::decode(&shown.0, &shown.promise(facts), scale)?;
    let mut pixels = decoded.pixels;
    if decoded.adobe && pixels.layout() == Layout::Cmyk {
        invert(pixels.data_mut());
    }
    Ok(pixels)
}

/// The planes of a file that holds them in 4:2:0.
pub(super) fn decode_planes(
    file: &[u8],
    facts: &Facts,
    scale: Scale,
) -> Result<Option<Planes>, Error> {
    let shown = Shown::at(scale, file, facts, Wanted::EachMean);
    jpeg_ffi::decode_planes(&shown.0, &shown.promise(facts), scale)
}

/// What of a file shows at a scale.
struct Shown<'a>(Cow<'a, [u8]>);

impl<'a> Shown<'a> {
    /// At an eighth that is the mean of each block, which progressive files send apart.
    fn at(scale: Scale, file: &'a [u8], facts: &Facts, wanted: Wanted) -> Self {
        let means = match (facts.subtype, scale) {
            (Some(Subtype::Progressive), Scale::Eighth) => {
                of_means(file, wanted, means_bytes(facts))
            }
            _ => None,
        };
        Self(means.map_or(Cow::Borrowed(file), Cow::Owned))
    }

    fn promise(&self, facts: &Facts) -> Promise {
        Promise {
            width: facts.width,
            height: facts.height,
            working_bytes: working_bytes(facts),
            // What was left out is not missing.
            smooths: matches!(self.0, Cow::Borrowed(_)),
        }
    }
}

/// Room for a file of means: four bits a pixel, several times what photographs take.
fn means_bytes(facts: &Facts) -> u64 {
    u64::from(facts.width).saturating_mul(u64::from(facts.height)) / 2
}

/// Bytes that the decoder holds at its peak besides the pixels.
pub(super) fn working_bytes(facts: &Facts) -> u64 {
    let rows = padded(facts.width).saturating_mul(ROW_BYTES_A_COLUMN);
    let coefficients = match facts.subtype {
        Some(Subtype::Baseline | Subtype::Extended) => {
            coefficient_bytes(facts).min(SEQUENTIAL_COEFFICIENT_BYTES)
        }
        _ => coefficient_bytes(facts).saturating_add(means_bytes(facts)),
    };
    coefficients
        .saturating_add(rows)
        .saturating_add(u64::from(facts.height).saturating_mul(4))
        .saturating_add(FIXED_BYTES)
}

/// Bytes that all coefficients of a file take, and what the decoder holds beside them.
pub(in crate::image) fn all_coefficient_bytes(facts: &Facts) -> u64 {
    let rows = padded(facts.width).saturating_mul(ROW_BYTES_A_COLUMN);
    let beside = rows.saturating_add(FIXED_BYTES);
    coefficient_bytes(facts).saturating_add(beside)
}

/// Two bytes a coefficient, taking every component at full resolution.
fn coefficient_bytes(facts: &Facts) -> u64 {
    let components = match facts.color_type {
        ColorType::Grey => 1,
        ColorType::Cmyk | ColorType::Ycck => 4,
        _ => 3,
    };
    padded(facts.width)
        .saturating_mul(padded(facts.height))
        .saturating_mul(2 * components)
}

/// A side in whole units of the coarsest sampling, 4 blocks of 8 pixels.
fn padded(side_px: u32) -> u64 {
    u64::from(side_px).next_multiple_of(32)
}

/// Undoes Adobe's convention, in which 255 is no ink.
fn invert(samples: &mut [u8]) {
    for sample in samples {
        *sample = 255 - *sample;
    }
}

#[cfg(test)]
mod tests;
