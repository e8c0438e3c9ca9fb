//! What changes pixels where they are: blur, sharpening, blocks, colours.
//!
//! Everything takes and returns straight 8 bit sRGB (grey, RGB or RGBA) and keeps the size. Colours mix weighted by
//! their alpha, so that what is clear has no say, and what is opaque stays so. Grey becomes RGB where a colour
//! enters. The work does not grow with how much is asked for.

mod adjust;
mod blur;
mod overlay;
mod pixelate;
mod plane;
mod sharpen;
#[cfg(test)]
mod tests;
mod tint;

pub(in crate::transform) use adjust::adjust;
pub(in crate::transform) use blur::blur;
pub(in crate::transform) use overlay::{colorize, gradient};
pub(in crate::transform) use pixelate::pixelate;
pub(in crate::transform) use sharpen::{sharpen, unsharp};
pub(in crate::transform) use tint::{duotone, monochrome};

use crate::image::Layout;
use crate::transform::geometry::Size;

/// An upper bound of the bytes that any filter of this module takes at its peak besides the picture that it is
/// given: a copy with 16 bits a sample and some rows, or the picture that grey became.
pub(in crate::transform) const fn peak_bytes(size: Size, layout: Layout) -> u64 {
    let channels = layout.channels() as u64;
    let pixels = size.pixels();
    let copy = if channels == 1 { 3 } else { 2 * channels };
    let rows = 128 * (size.width as u64 * channels + size.height as u64);
    pixels
        .saturating_mul(copy)
        .saturating_add(rows)
        .saturating_add(1 << 16)
}
