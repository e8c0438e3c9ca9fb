//! The steps of the pipeline, one file each.
//!
//! A step takes an image and returns an image; one that has nothing to do returns it unmoved.

mod alpha;
mod attention;
mod color;
mod decode;
mod embed;
mod encode;
mod filter;
mod flatten;
mod light;
mod orient;
mod sample;
mod trim;
mod watermark;

pub(super) use attention::attention;
pub(super) use color::{at_depth, ink_to_srgb, to_srgb};
pub(super) use decode::{decode, of_size, with_alpha};
pub(super) use embed::embed;
pub(super) use encode::kept;
pub(super) use filter::peak_bytes as filtering_bytes;
pub(super) use flatten::{flatten, without_alpha};
pub(super) use orient::orient;
pub(super) use sample::{fit, sample};
pub(super) use trim::trimmed;
pub(super) use watermark::{scratch_bytes as marking_bytes, watermark};

use super::plan::Filter;
use crate::image::Pixels;

/// Changes pixels where they are.
pub(super) fn filter(pixels: Pixels, filter: &Filter) -> Pixels {
    match filter {
        Filter::Unsharp(unsharp) => filter::unsharp(pixels, unsharp),
        Filter::Blur(sigma) => filter::blur(pixels, *sigma),
        Filter::Sharpen(sigma) => filter::sharpen(pixels, *sigma),
        Filter::Pixelate(side) => filter::pixelate(pixels, *side),
        Filter::Adjust {
            brightness,
            contrast,
            saturation,
        } => filter::adjust(pixels, *brightness, *contrast, *saturation),
        Filter::Monochrome(tint) => filter::monochrome(pixels, tint),
        Filter::Duotone(tints) => filter::duotone(pixels, tints),
        Filter::Colorize(color) => filter::colorize(pixels, color),
        Filter::Gradient(gradient) => filter::gradient(pixels, gradient),
    }
}
