//! What changes pixels where they are: blur, sharpening, blocks, colours.
//!
//! Everything takes and returns straight 8 bit sRGB (grey, RGB or RGBA) and keeps the size.

use crate::image::Pixels;
use crate::transform::ask::{Colorize, Duotone, Gradient, Monochrome};
use crate::transform::plan::Unsharp;

/// A Gaussian blur; `sigma` in pixels, above 0.
pub(in crate::transform) fn blur(pixels: Pixels, _sigma: f64) -> Pixels {
    pixels
}

/// Sharpening of luminance; `sigma` in pixels, above 0.
pub(in crate::transform) fn sharpen(pixels: Pixels, _sigma: f64) -> Pixels {
    pixels
}

/// Unsharp masking, stronger for smaller pictures.
pub(in crate::transform) fn unsharp(pixels: Pixels, _unsharp: &Unsharp) -> Pixels {
    pixels
}

/// Blocks of one colour; `side` in pixels, above 1.
pub(in crate::transform) fn pixelate(pixels: Pixels, _side: u32) -> Pixels {
    pixels
}

/// Brightness (-255..=255, added), contrast and saturation (factors above 0), in this order.
pub(in crate::transform) fn adjust(
    pixels: Pixels,
    _brightness: i32,
    _contrast: f64,
    _saturation: f64,
) -> Pixels {
    pixels
}

/// One tint instead of colours.
pub(in crate::transform) fn monochrome(pixels: Pixels, _tint: &Monochrome) -> Pixels {
    pixels
}

/// Two tints instead of colours.
pub(in crate::transform) fn duotone(pixels: Pixels, _tints: &Duotone) -> Pixels {
    pixels
}

/// A colour laid over the picture.
pub(in crate::transform) fn colorize(pixels: Pixels, _color: &Colorize) -> Pixels {
    pixels
}

/// A colour that fades in over the picture.
pub(in crate::transform) fn gradient(pixels: Pixels, _gradient: &Gradient) -> Pixels {
    pixels
}
