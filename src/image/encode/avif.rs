//! Pixels to Avif.

use super::Options;
use crate::image::{Error, Format, Pixels};

/// Writes the file.
pub(super) fn encode(_pixels: &Pixels, _options: &Options) -> Result<Vec<u8>, Error> {
    Err(Error::unwritable(
        Format::Avif,
        "this build does not encode it",
    ))
}

/// Bytes held at the peak besides the pixels.
pub(super) fn peak_bytes(_width: u32, _height: u32) -> u64 {
    0
}
