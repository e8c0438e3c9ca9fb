//! What is decided by a look at the pixels.

use crate::image::Pixels;
use crate::transform::geometry::{Oversize, Size};
use crate::transform::plan::{Course, Pass};
use crate::transform::steps;

/// The pass of a course for these pixels: the border is found first, then the place of the crop, then that of the
/// cut within the crop.
pub(super) fn looked(course: &Course, pixels: &Pixels) -> Result<Pass, Oversize> {
    let picture = course.trim().and_then(|trim| steps::trimmed(pixels, trim));
    let mut scene = course.scene(Size::of(pixels), picture);
    let mut geometry = course.geometry(&scene)?;
    if let Some(inner) = course.crop_to_place(&scene, &geometry) {
        scene = scene.with_crop_at(steps::attention(pixels, scene.whole(), inner));
        geometry = course.geometry(&scene)?;
    }
    if let Some(inner) = course.cut_to_place(&scene, &geometry) {
        let crop = scene.view(geometry.crop);
        scene = scene.with_cut_at(steps::attention(pixels, crop, inner));
        geometry = course.geometry(&scene)?;
    }
    Ok(course.pass(&scene, &geometry))
}
