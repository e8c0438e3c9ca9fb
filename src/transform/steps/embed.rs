//! The picture on a larger canvas.

use crate::image::{Layout, Pixels};
use crate::transform::ask::Rgb;
use crate::transform::geometry::{Canvas, Size};
use crate::transform::plan::Flatten;

/// Lays the picture on its canvas, which is of the background's colour, or clear where there is none.
///
/// Grey becomes RGB for a background that is not grey, and anything opaque gets an alpha channel for a clear one.
pub(in crate::transform) fn embed(
    pixels: Pixels,
    canvas: Option<Canvas>,
    flatten: Option<Flatten>,
) -> Pixels {
    match canvas {
        Some(canvas) => embedded(&pixels.into_eight(), canvas, flatten),
        None => pixels,
    }
}

fn embedded(pixels: &Pixels, canvas: Canvas, flatten: Option<Flatten>) -> Pixels {
    let mut result = background(pixels.layout(), canvas.size, flatten);
    let (stride, channels) = (result.stride(), result.layout().channels());
    let (from, to) = (pixels.layout(), result.layout());
    let start = canvas.at.y as usize * stride + canvas.at.x as usize * channels;
    let length = pixels.width() as usize * channels;
    let below = result.data_mut()[start..].chunks_mut(stride);
    for (row, below) in pixels.rows().zip(below) {
        lay(row, from, &mut below[..length], to);
    }
    result
}

/// The empty canvas, in the least layout that holds it and a picture of layout `on`.
fn background(on: Layout, size: Size, flatten: Option<Flatten>) -> Pixels {
    let filled = |layout, color: &[u8]| Pixels::filled(size.width, size.height, layout, color);
    let Some(flatten) = flatten else {
        return filled(Layout::Rgba, &[0; 4]);
    };
    let Rgb { r, g, b } = flatten.background;
    match on {
        _ if !flatten.is_opaque() => filled(Layout::Rgba, &[r, g, b, flatten.alpha]),
        Layout::Grey if flatten.background.is_grey() => filled(Layout::Grey, &[r]),
        _ => filled(Layout::Rgb, &[r, g, b]),
    }
}

/// Copies a row into one of a layout that can hold it.
fn lay(row: &[u8], from: Layout, into: &mut [u8], to: Layout) {
    match (from, to) {
        (Layout::Grey, Layout::Rgb) => widen::<1, 3>(row, into, |&[v]| [v, v, v]),
        (Layout::Grey, Layout::Rgba) => widen::<1, 4>(row, into, |&[v]| [v, v, v, 255]),
        (Layout::Rgb, Layout::Rgba) => widen::<3, 4>(row, into, |&[r, g, b]| [r, g, b, 255]),
        _ => into.copy_from_slice(row),
    }
}

fn widen<const FROM: usize, const TO: usize>(
    row: &[u8],
    into: &mut [u8],
    wider: impl Fn(&[u8; FROM]) -> [u8; TO],
) {
    let (row, _) = row.as_chunks::<FROM>();
    let (into, _) = into.as_chunks_mut::<TO>();
    for (to, from) in into.iter_mut().zip(row) {
        *to = wider(from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::geometry::Point;

    fn canvas() -> Option<Canvas> {
        Some(Canvas {
            size: Size {
                width: 3,
                height: 2,
            },
            at: Point { x: 1, y: 0 },
        })
    }

    fn on(r: u8, g: u8, b: u8) -> Option<Flatten> {
        Some(Flatten {
            background: Rgb { r, g, b },
            alpha: 255,
            grey: false,
        })
    }

    fn grey() -> Pixels {
        Pixels::new(2, 1, Layout::Grey, vec![1, 2])
    }

    fn rgb() -> Pixels {
        Pixels::new(1, 1, Layout::Rgb, vec![1, 2, 3])
    }

    fn of(layout: Layout, data: &[u8]) -> Pixels {
        Pixels::new(3, 2, layout, data.to_vec())
    }

    #[test]
    fn without_a_canvas_nothing_changes() {
        assert!(embed(grey(), None, on(1, 2, 3)) == grey());
    }

    #[test]
    fn the_canvas_takes_the_least_layout_that_holds_both() {
        let clear = [0; 4];
        let table = [
            (grey(), on(9, 9, 9), of(Layout::Grey, &[9, 1, 2, 9, 9, 9])),
            (
                grey(),
                on(7, 8, 9),
                of(
                    Layout::Rgb,
                    &[[7, 8, 9], [1; 3], [2; 3], [7, 8, 9], [7, 8, 9], [7, 8, 9]].concat(),
                ),
            ),
            (
                grey(),
                None,
                of(
                    Layout::Rgba,
                    &[clear, [1, 1, 1, 255], [2, 2, 2, 255], clear, clear, clear].concat(),
                ),
            ),
            (
                rgb(),
                None,
                of(
                    Layout::Rgba,
                    &[clear, [1, 2, 3, 255], clear, clear, clear, clear].concat(),
                ),
            ),
            (
                rgb(),
                on(9, 9, 9),
                of(
                    Layout::Rgb,
                    &[[9; 3], [1, 2, 3], [9; 3], [9; 3], [9; 3], [9; 3]].concat(),
                ),
            ),
        ];
        for (pixels, background, expected) in table {
            let found = embed(pixels.clone(), canvas(), background);
            assert!(
                found == expected,
                "{pixels:?} {background:?}: {:?}",
                found.data()
            );
        }
    }

    #[test]
    fn a_picture_with_alpha_keeps_it_on_a_clear_canvas() {
        let pixels = Pixels::new(1, 2, Layout::Rgba, vec![1, 2, 3, 4, 5, 6, 7, 8]);
        let found = embed(pixels, canvas(), None);
        assert_eq!(&found.data()[4..8], [1, 2, 3, 4]);
        assert_eq!(&found.data()[16..20], [5, 6, 7, 8]);
    }
}
