//! What a picture shows, as far as its pixels tell.

use super::view::Area;
use crate::image::Pixels;

/// By how much a sample of a flat border may differ from its corner: backgrounds that were JPEG once are not quite even.
const FLATNESS: u8 = 4;

/// What stays of a border around a subject: a block of any encoder reaches as far at least.
const MARGIN_PX: u32 = 16;

/// A subject is not measured by itself below this side: the metric wants room.
const LEAST_SUBJECT_PX: u32 = 256;

/// A border that leaves more than this much of the picture is no large one, in percent.
const LARGE_SUBJECT_PERCENT: u64 = 90;

/// What of a picture is looked at: what lies within its flat border where that is large, else all of it.
pub(super) fn focus(pixels: &Pixels) -> Area {
    let whole = Area::of(pixels);
    let Some(inner) = without_border(pixels) else {
        return whole;
    };
    let (left, width) = grown(inner.left, inner.width, whole.width);
    let (top, height) = grown(inner.top, inner.height, whole.height);
    let area = Area {
        left,
        top,
        width,
        height,
    };
    let large = area.pixels() * 100 > whole.pixels() * LARGE_SUBJECT_PERCENT;
    if large { whole } else { area }
}

/// The start and length of a side after a margin was given to it, and what it lacks to the least.
fn grown(start: u32, length: u32, all: u32) -> (u32, u32) {
    let lacking = LEAST_SUBJECT_PX.saturating_sub(length + 2 * MARGIN_PX);
    let length = (length + 2 * MARGIN_PX + lacking).min(all);
    let start = start.saturating_sub(MARGIN_PX + lacking / 2);
    (start.min(all - length), length)
}

/// What lies within the rows and columns that are of the first pixel's colour; nothing where all are.
fn without_border(pixels: &Pixels) -> Option<Area> {
    let channels = pixels.layout().channels();
    let color = &pixels.data()[..channels];
    let (left, right) = (0..pixels.height() as usize)
        .zip(pixels.rows())
        .filter_map(|(_, row)| extent(row, color))
        .reduce(|all, row| (all.0.min(row.0), all.1.max(row.1)))?;
    let top = pixels.rows().position(|row| extent(row, color).is_some())?;
    let bottom = pixels
        .rows()
        .rposition(|row| extent(row, color).is_some())?;
    Some(Area {
        left: left as u32,
        top: top as u32,
        width: (right - left + 1) as u32,
        height: (bottom - top + 1) as u32,
    })
}

/// The first and the last pixel of a row that differ from a colour.
fn extent(row: &[u8], color: &[u8]) -> Option<(usize, usize)> {
    let differs = |pixel: &[u8]| {
        let mut samples = pixel.iter().zip(color);
        samples.any(|(one, other)| one.abs_diff(*other) > FLATNESS)
    };
    let mut each = row.chunks_exact(color.len());
    let first = each.clone().position(differs)?;
    Some((first, each.rposition(differs)?))
}
