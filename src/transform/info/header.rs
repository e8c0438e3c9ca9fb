//! What the header of a file tells, in the words that libvips has for it.

use crate::identify::{ColorType, Facts, Identified, identify};
use crate::transform::ask::Crop;
use crate::transform::geometry::Size;
use crate::transform::gravity::Placement;

/// The name of the colour space.
pub(super) const fn colorspace(facts: &Facts) -> &'static str {
    match (facts.color_type, facts.bit_depth > 8) {
        (ColorType::Grey | ColorType::GreyAlpha, false) => "b-w",
        (ColorType::Grey | ColorType::GreyAlpha, true) => "grey16",
        (ColorType::Rgb | ColorType::Rgba, true) => "rgb16",
        (ColorType::Rgb | ColorType::Rgba | ColorType::Palette, _) => "srgb",
        (ColorType::Cmyk | ColorType::Ycck, _) => "cmyk",
    }
}

/// Channels a pixel, alpha included.
pub(super) const fn bands(facts: &Facts) -> u8 {
    let colors = match facts.color_type {
        ColorType::Grey | ColorType::GreyAlpha => 1,
        ColorType::Rgb | ColorType::Rgba | ColorType::Palette => 3,
        ColorType::Cmyk | ColorType::Ycck => 4,
    };
    colors + facts.alpha as u8
}

/// The type of a sample.
pub(super) const fn sample_format(facts: &Facts) -> &'static str {
    if facts.bit_depth > 8 {
        "ushort"
    } else {
        "uchar"
    }
}

/// How many pages or frames there are, by a walk of the file where its head does not say.
pub(super) fn pages(file: &[u8], facts: &Facts) -> u32 {
    let counted = || match identify(file, true) {
        Identified::Image(facts) => facts.frames,
        _ => None,
    };
    facts.frames.or_else(counted).unwrap_or(1)
}

/// The size as seen.
pub(super) fn size(facts: &Facts) -> Size {
    let stored = Size {
        width: facts.width,
        height: facts.height,
    };
    if facts.orientation.swaps_sides() {
        stored.swapped()
    } else {
        stored
    }
}

/// The size of a crop box in the picture, if both sides are given.
pub(super) fn crop_size(crop: &Crop, outer: Size) -> Option<Size> {
    let side = |asked: f64, outer: u32| {
        let px = if asked < 1.0 {
            (f64::from(outer) * asked).round_ties_even()
        } else {
            asked
        };
        // The cast saturates.
        (px as u32).clamp(1, outer.max(1))
    };
    let size = Size {
        width: side(crop.width, outer.width),
        height: side(crop.height, outer.height),
    };
    (crop.width > 0.0 && crop.height > 0.0).then_some(size)
}

/// Where a crop box lies whose place needs no look at the picture, in pixels.
pub(super) fn crop_place(crop: &Crop, outer: Size, inner: Size) -> (u32, u32) {
    let placement: Placement = crop.gravity.unwrap_or_default().into();
    let corner = placement.position(outer, inner, 1.0);
    (corner.x, corner.y)
}
