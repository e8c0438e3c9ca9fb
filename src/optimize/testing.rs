//! What the tests of losing have in common.

use super::Error;
use crate::image::Pixels;
use crate::image::testing::{difference, visible, visible_bytes};

/// A score that falls by a point for each level by which samples are off on average.
pub(super) fn score_of(pixels: &Pixels) -> impl Fn(&Pixels) -> Result<f64, Error> {
    let expected = visible_bytes(&visible(pixels));
    move |seen| Ok(100.0 - difference(&visible_bytes(&visible(seen)), &expected))
}
