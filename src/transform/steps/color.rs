//! Colours to sRGB.

use crate::image::color;
use crate::image::{Depth, Error, Layout, Pixels};
use crate::transform::plan::Profile;

/// Converts CMYK to sRGB; anything else is left for [`to_srgb`].
pub(in crate::transform) fn ink_to_srgb(
    pixels: Pixels,
    icc: Option<&[u8]>,
) -> Result<Pixels, Error> {
    match pixels.layout() {
        Layout::Cmyk => color::to_srgb(pixels, icc),
        Layout::Grey | Layout::Rgb | Layout::Rgba => Ok(pixels),
    }
}

/// Rounds deeper samples to 8 bits where the result has no more.
pub(in crate::transform) fn at_depth(pixels: Pixels, depth: Depth) -> Pixels {
    match depth {
        Depth::Eight => pixels.into_eight(),
        Depth::Sixteen => pixels,
    }
}

/// Converts what has a profile to sRGB, unless the plan keeps the profile.
pub(in crate::transform) fn to_srgb(
    pixels: Pixels,
    icc: Option<&[u8]>,
    profile: Profile,
) -> Result<Pixels, Error> {
    match (profile, icc) {
        (Profile::Convert, Some(icc)) => color::to_srgb(pixels, Some(icc)),
        _ => Ok(pixels),
    }
}
