//! The memory that a plan takes at its peak.

use super::{Sampling, Steps};
use crate::identify::{ColorType, Facts};
use crate::image::{decode, encode};
use crate::transform::geometry::Size;

/// Profiles, EXIF, colour tables and filter weights: what does not grow with the pixels.
const FIXED_BYTES: u64 = 8 << 20;

/// An upper bound of the bytes that are held at any time: the worst of the steps, each with what goes in and comes out.
pub(super) fn bytes(steps: &Steps, facts: &Facts, result: Size) -> u64 {
    let decoding = decode::peak_bytes(facts, &decode::How::at(steps.scale));
    let encoding = encode::peak_bytes(result.width, result.height, steps.encoding.format)
        .saturating_add(samples(result, 4));
    let peak = decoding
        .max(converting_ink(steps, facts))
        .max(sampling(&steps.sampling, channels(facts)))
        .max(laying_out(steps, result))
        .max(encoding);
    peak.saturating_add(FIXED_BYTES)
}

/// The most channels that the decoded pixels may have.
const fn channels(facts: &Facts) -> u64 {
    match facts.color_type {
        ColorType::Grey if !facts.alpha => 1,
        ColorType::Rgb if !facts.alpha => 3,
        _ => 4,
    }
}

fn samples(size: Size, channels: u64) -> u64 {
    size.pixels().saturating_mul(channels)
}

/// CMYK as decoded, and sRGB beside it.
fn converting_ink(steps: &Steps, facts: &Facts) -> u64 {
    match facts.color_type {
        ColorType::Cmyk | ColorType::Ycck => samples(steps.sampling.decoded, 4 + 3),
        _ => 0,
    }
}

/// The decoded pixels, the view multiplied by its alpha, the view after one pass, and the result.
fn sampling(sampling: &Sampling, channels: u64) -> u64 {
    let (view, result) = (sampling.view.size(), sampling.size);
    let sampled = if channels == 4 {
        // Weighed by alpha in 16 bits, and the result in 8 bits beside.
        samples(view, 2 * channels)
            .saturating_add(half_done(view, result, 2 * channels))
            .saturating_add(samples(result, 2 * channels + channels))
    } else {
        half_done(view, result, channels).saturating_add(samples(result, channels))
    };
    samples(sampling.decoded, channels).saturating_add(sampled)
}

fn half_done(view: Size, result: Size, sample_bytes: u64) -> u64 {
    let between = Size {
        width: view.width,
        height: result.height,
    };
    samples(between, sample_bytes)
}

/// The picture and the canvas, or the canvas and what it is fitted to; converting and turning hold two pictures.
fn laying_out(steps: &Steps, result: Size) -> u64 {
    let picture = samples(steps.sampling.size, 4);
    let canvas = steps
        .canvas
        .map_or(picture, |canvas| samples(canvas.size, 4));
    let fitting = match steps.fit {
        // The canvas, the same multiplied by its alpha, the half-done pass, and the result: the latter three in 16 bits.
        Some(_) => canvas.saturating_mul(1 + 2 + 2 + 2),
        None => 0,
    };
    picture
        .saturating_add(canvas)
        .max(picture.saturating_mul(2))
        .max(fitting.saturating_add(samples(result, 4)))
}
