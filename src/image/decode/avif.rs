//! Avif to pixels.

use super::How;
use crate::identify::Facts;
use crate::image::{Error, Format, Pixels};

/// Decodes the picture.
pub(super) fn decode(_file: &[u8], _facts: &Facts, _how: &How) -> Result<Pixels, Error> {
    Err(Error::broken(Format::Avif, "this build does not decode it"))
}

/// Bytes held at the peak besides the pixels.
pub(super) fn working_bytes(_facts: &Facts, _how: &How) -> u64 {
    0
}
