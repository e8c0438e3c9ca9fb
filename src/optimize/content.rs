//! What a picture shows, as far as its pixels tell.

use super::view::Area;
use crate::image::Pixels;

/// By how much a sample of a flat border may differ from its corner: backgrounds that were JPEG once are not quite even.
const FLATNESS: u8 = 4;

/// A subject is not measured by itself below this side: the metric wants room.
const LEAST_SUBJECT_PX: u32 = 256;

/// A border that leaves more than this much of the picture is no large one, in percent.
const LARGE_SUBJECT_PERCENT: u64 = 90;

/// A difference of neighbours from which on it is an edge.
const EDGE: u8 = 24;

/// Pairs of neighbours that are the same, of all, from which on a picture may be a graphic, in percent.
const LEAST_FLAT_PERCENT: u64 = 45;

/// Pairs that are edges, of those that differ, from which on it may be one, in percent.
const LEAST_EDGES_PERCENT: u64 = 25;

/// What kind of picture it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Soft transitions and noise: photographs, paintings, rendered scenes.
    Photo,
    /// Flat colours with hard edges: text, charts, logos, screenshots.
    Graphic,
}

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

/// The start and length of a side that is grown to the least, as far as there is room.
fn grown(start: u32, length: u32, all: u32) -> (u32, u32) {
    let grown = length.max(LEAST_SUBJECT_PX).min(all);
    let start = start.saturating_sub((grown - length) / 2);
    (start.min(all - grown), grown)
}

/// What lies within the rows and columns that are of the first pixel's colour; nothing where all are.
fn without_border(pixels: &Pixels) -> Option<Area> {
    let channels = pixels.layout().channels();
    let color = &pixels.data()[..channels];
    let (left, right) = pixels
        .rows()
        .filter_map(|row| extent(row, color))
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

/// The kind of a picture, judged by the neighbours in the rows of what is looked at: in a graphic most are the same,
/// and those that differ do so sharply.
pub(super) fn kind(pixels: &Pixels) -> Kind {
    let (all, differing, edges) = neighbours(pixels);
    let flat = (all - differing) * 100 >= all * LEAST_FLAT_PERCENT;
    let hard = edges * 100 >= differing * LEAST_EDGES_PERCENT;
    match flat && hard && edges > 0 {
        true => Kind::Graphic,
        false => Kind::Photo,
    }
}

/// How many pairs of neighbours there are, how many differ, and how many of these are edges.
fn neighbours(pixels: &Pixels) -> (u64, u64, u64) {
    let channels = pixels.layout().channels();
    let mut counts = (0, 0, 0);
    for row in focus(pixels).rows(pixels) {
        let pairs = row
            .chunks_exact(channels)
            .zip(row[channels..].chunks_exact(channels));
        for (one, next) in pairs {
            let samples = one.iter().zip(next);
            let most = samples.map(|(one, next)| one.abs_diff(*next)).max();
            let most = most.unwrap_or_default();
            counts.0 += 1;
            counts.1 += u64::from(most > 0);
            counts.2 += u64::from(most >= EDGE);
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Layout;

    /// A canvas of 900 by 700 pixels with a textured subject at a place and of a size.
    fn canvas(left: u32, top: u32, size: (u32, u32)) -> Pixels {
        let inside =
            |x: u32, y: u32| (left..left + size.0).contains(&x) && (top..top + size.1).contains(&y);
        let sample = |x: u32, y: u32| match inside(x, y) {
            true => 40 + (x * 7 + y * 13) as u8 % 90,
            false => 255 - ((x + y) % 3) as u8,
        };
        let samples = (0..700).flat_map(|y| (0..900).map(move |x| sample(x, y)));
        Pixels::new(900, 700, Layout::Grey, samples.collect())
    }

    #[test]
    fn a_large_flat_border_is_left_out_and_a_small_one_is_not() {
        let area = |left, top, width, height| Area {
            left,
            top,
            width,
            height,
        };
        let whole = area(0, 0, 900, 700);
        for (pixels, expected) in [
            (canvas(200, 100, (400, 300)), area(200, 100, 400, 300)),
            (canvas(450, 350, (10, 10)), area(327, 227, 256, 256)),
            (canvas(0, 0, (20, 20)), whole),
            (canvas(890, 690, (10, 10)), area(644, 444, 256, 256)),
            (canvas(10, 10, (880, 680)), whole),
            (canvas(899, 0, (0, 0)), whole),
        ] {
            assert_eq!(focus(&pixels), expected);
        }
    }

    #[test]
    fn text_and_charts_are_graphics_and_photographs_are_not() {
        let picture = |sample: fn(u32, u32) -> u32| {
            let samples = (0..200).flat_map(|y| (0..200).map(move |x| sample(x, y) as u8));
            kind(&Pixels::new(200, 200, Layout::Grey, samples.collect()))
        };
        for (name, sample, expected) in [
            (
                "strokes",
                (|x, y| if x % 9 < 2 && y % 12 < 8 { 0 } else { 255 }) as fn(u32, u32) -> u32,
                Kind::Graphic,
            ),
            (
                "bars",
                |x, y| if y > x / 20 * 20 { 90 } else { 255 },
                Kind::Graphic,
            ),
            ("noise", |x, y| (x * 7919 + y * 104_729) % 251, Kind::Photo),
            ("a ramp", |x, _| x, Kind::Photo),
            ("steps of a ramp", |x, _| x / 4, Kind::Photo),
            ("one colour", |_, _| 9, Kind::Photo),
        ] {
            assert_eq!(picture(sample), expected, "{name}");
        }
    }
}
