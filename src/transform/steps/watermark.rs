//! The watermark laid over the result.

use std::iter::successors;

use crate::image::{Layout, Pixels};
use crate::transform::ask::{Compass, Watermark, WatermarkPosition};
use crate::transform::blend::{level, over, over_rgba, with_alpha, with_color};

/// Lays `mark` (RGBA, already of its final size) over the picture, `opacity` included in `asked`; offsets of
/// 1 pixel and more are multiplied by `dpr`. The mark may hang over the edge.
///
/// A tiled mark has one tile in the middle of the picture; a gap below 0 counts as none. Grey pictures become RGB
/// where the mark has colour. Costs as many steps as the picture has pixels, and a copy of the mark.
pub(in crate::transform) fn watermark(
    pixels: Pixels,
    mark: &Pixels,
    asked: &Watermark,
    dpr: f64,
) -> Pixels {
    let tile = Tile::of(mark, asked.opacity);
    if !tile.shows() {
        return pixels;
    }
    let mut pixels = if tile.has_color() {
        with_color(pixels)
    } else {
        pixels
    };
    let (across, down) = axes(&pixels, mark, asked, dpr);
    for (row, &y) in down.iter().enumerate() {
        for (column, &x) in across.iter().enumerate() {
            if asked.position != WatermarkPosition::Chessboard || (row + column) % 2 == 0 {
                tile.lay(&mut pixels, x, y);
            }
        }
    }
    pixels
}

/// An upper bound of the bytes that [`watermark`] takes besides the picture and a mark of this many pixels. A grey
/// picture that becomes RGB is counted apart from that.
pub(in crate::transform) const fn scratch_bytes(mark_pixels: u64) -> u64 {
    mark_pixels.saturating_mul(4)
}

/// Where tiles begin along the width and the height; the one in the middle has an even index along both.
fn axes(pixels: &Pixels, mark: &Pixels, asked: &Watermark, dpr: f64) -> (Vec<i64>, Vec<i64>) {
    let sides = [
        (pixels.width(), mark.width(), asked.x),
        (pixels.height(), mark.height(), asked.y),
    ];
    let [x, y] = match asked.position {
        WatermarkPosition::At(compass) => {
            let (x, y) = towards(compass);
            let [across, down] = sides;
            [vec![start(x, across, dpr)], vec![start(y, down, dpr)]]
        }
        WatermarkPosition::Replicated | WatermarkPosition::Chessboard => {
            sides.map(|side| tiled(side, dpr))
        }
    };
    (x, y)
}

#[derive(Clone, Copy)]
enum Towards {
    Start,
    Middle,
    End,
}

const fn towards(compass: Compass) -> (Towards, Towards) {
    use Towards::{End, Middle, Start};
    match compass {
        Compass::Center => (Middle, Middle),
        Compass::North => (Middle, Start),
        Compass::South => (Middle, End),
        Compass::East => (End, Middle),
        Compass::West => (Start, Middle),
        Compass::NorthEast => (End, Start),
        Compass::NorthWest => (Start, Start),
        Compass::SouthEast => (End, End),
        Compass::SouthWest => (Start, End),
    }
}

/// Where the mark begins along a side of the picture, before it or after its end if it hangs over.
fn start(towards: Towards, (outer, inner, offset): (u32, u32, f64), dpr: f64) -> i64 {
    let (outer_px, inner_px) = (f64::from(outer), f64::from(inner));
    let offset = pixels_of(offset, outer_px, dpr);
    let start = match towards {
        Towards::Start => offset,
        // As gravity has it: half of the gap and a half, to even.
        Towards::Middle => ((outer_px - inner_px + 1.0) / 2.0).round_ties_even() + offset,
        Towards::End => outer_px - inner_px - offset,
    };
    // The cast saturates; nothing shows of what begins further off than the picture and the mark are long.
    (start as i64).clamp(-i64::from(inner), i64::from(outer))
}

fn pixels_of(offset: f64, outer_px: f64, dpr: f64) -> f64 {
    let scale = if offset.abs() >= 1.0 { dpr } else { outer_px };
    (offset * scale).round_ties_even()
}

/// Where tiles begin along a side, with an even number of them before the middle one.
fn tiled((outer, inner, gap): (u32, u32, f64), dpr: f64) -> Vec<i64> {
    let middle = start(Towards::Middle, (outer, inner, 0.0), dpr);
    // With a gap as wide as the picture no other tile shows.
    let outer_px = f64::from(outer);
    let gap = pixels_of(gap, outer_px, dpr).clamp(0.0, outer_px);
    let step = i64::from(inner) + gap as i64;
    let before = (middle.max(0) + step - 1) / step;
    let first = middle - (before + before % 2) * step;
    successors(Some(first), |start| Some(start + step))
        .take_while(|start| *start < i64::from(outer))
        .collect()
}

/// The mark with the opacity in its alpha.
struct Tile {
    width: usize,
    pixels: Vec<[u8; 4]>,
}

impl Tile {
    fn of(mark: &Pixels, opacity: f64) -> Self {
        let opacity = level(opacity);
        let mut pixels = with_alpha(mark);
        for [_, _, _, alpha] in &mut pixels {
            *alpha = over(0, *alpha, opacity);
        }
        Self {
            width: mark.width() as usize,
            pixels,
        }
    }

    fn shows(&self) -> bool {
        self.pixels.iter().any(|pixel| pixel[3] > 0)
    }

    fn has_color(&self) -> bool {
        let mut shown = self.pixels.iter().filter(|pixel| pixel[3] > 0);
        shown.any(|&[r, g, b, _]| r != g || g != b)
    }

    fn lay(&self, pixels: &mut Pixels, x: i64, y: i64) {
        let (width, stride) = (i64::from(pixels.width()), pixels.stride());
        let channels = pixels.layout().channels();
        let layout = pixels.layout();
        let tile_width = self.width as i64;
        let (first, last) = ((-x).clamp(0, tile_width), (width - x).clamp(0, tile_width));
        if first >= last {
            return;
        }
        let start = (x + first) as usize * channels;
        let end = (x + last) as usize * channels;
        let hidden = (-y).max(0) as usize;
        let rows = self.pixels.chunks_exact(self.width).skip(hidden);
        let below = pixels.data_mut().chunks_exact_mut(stride);
        for (row, below) in rows.zip(below.skip(y.max(0) as usize)) {
            lay_row(
                &row[first as usize..last as usize],
                &mut below[start..end],
                layout,
            );
        }
    }
}

fn lay_row(mark: &[[u8; 4]], below: &mut [u8], layout: Layout) {
    match layout {
        Layout::Grey => {
            for (&[grey, _, _, alpha], below) in mark.iter().zip(below) {
                *below = over(*below, grey, alpha);
            }
        }
        Layout::Rgb => {
            for (&[r, g, b, alpha], below) in mark.iter().zip(below.as_chunks_mut::<3>().0) {
                *below = [
                    over(below[0], r, alpha),
                    over(below[1], g, alpha),
                    over(below[2], b, alpha),
                ];
            }
        }
        Layout::Rgba | Layout::Cmyk => {
            for (&[r, g, b, alpha], below) in mark.iter().zip(below.as_chunks_mut::<4>().0) {
                over_rgba(below, [r, g, b], alpha);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::geometry::Rect;

    const ASKED: Watermark = Watermark {
        opacity: 1.0,
        position: WatermarkPosition::At(Compass::Center),
        x: 0.0,
        y: 0.0,
        scale: 0.0,
    };

    fn at(compass: Compass, x: f64, y: f64) -> Watermark {
        Watermark {
            position: WatermarkPosition::At(compass),
            x,
            y,
            ..ASKED
        }
    }

    fn mark(width: u32, height: u32) -> Pixels {
        Pixels::filled(width, height, Layout::Rgba, &[255; 4])
    }

    fn black(width: u32, height: u32) -> Pixels {
        Pixels::filled(width, height, Layout::Grey, &[0])
    }

    /// The rows with `#` where the mark is.
    fn drawn(pixels: &Pixels) -> Vec<String> {
        let sign = |value: &u8| if *value == 0 { '.' } else { '#' };
        let rows = pixels.rows().map(|row| row.iter().map(sign).collect());
        rows.collect()
    }

    fn extent(pixels: &Pixels) -> Option<Rect> {
        let rows = drawn(pixels);
        let top = rows.iter().position(|row| row.contains('#'))?;
        let bottom = rows.iter().rposition(|row| row.contains('#'))?;
        let (left, right) = (rows[top].find('#')?, rows[top].rfind('#')?);
        Some(Rect {
            left: left as u32,
            top: top as u32,
            width: (right - left + 1) as u32,
            height: (bottom - top + 1) as u32,
        })
    }

    #[test]
    fn the_mark_lies_at_its_point_and_may_hang_over() {
        let table = [
            // Half of the gap of 58 is odd, and goes to even.
            (at(Compass::Center, 0.0, 0.0), 1.0, (48, 30, 4, 2)),
            (at(Compass::NorthWest, 3.0, 5.0), 1.0, (3, 5, 4, 2)),
            (at(Compass::NorthWest, 3.0, 5.0), 2.0, (6, 10, 4, 2)),
            (at(Compass::SouthEast, 3.0, 5.0), 1.0, (93, 53, 4, 2)),
            (at(Compass::SouthEast, 0.1, 0.1), 2.0, (86, 52, 4, 2)),
            (at(Compass::North, -10.0, 0.0), 1.0, (38, 0, 4, 2)),
            (at(Compass::West, -2.0, -4.0), 1.0, (0, 26, 2, 2)),
            (at(Compass::SouthEast, -3.0, -1.0), 1.0, (99, 59, 1, 1)),
        ];
        for (asked, dpr, (left, top, width, height)) in table {
            let found = watermark(black(100, 60), &mark(4, 2), &asked, dpr);
            let expected = Rect {
                left,
                top,
                width,
                height,
            };
            assert_eq!(extent(&found), Some(expected), "{asked:?}");
        }
    }

    #[test]
    fn what_is_out_of_sight_changes_nothing() {
        for offset in [-4.0, 100.0, 1e300, -1e300] {
            let asked = at(Compass::NorthWest, offset, 0.0);
            let found = watermark(black(100, 60), &mark(4, 2), &asked, 3.0);
            assert!(found == black(100, 60), "{offset}");
        }
    }

    #[test]
    fn tiles_go_out_from_the_middle() {
        let tiled = |position, x, y| {
            let asked = Watermark {
                position,
                x,
                y,
                ..ASKED
            };
            drawn(&watermark(black(11, 5), &mark(1, 1), &asked, 1.0))
        };
        // The middle of 11 is at 6 (the gap of 10 is cut to even), that of 5 at 2.
        assert_eq!(
            tiled(WatermarkPosition::Replicated, 2.0, 1.0),
            [
                "#..#..#..#.",
                "...........",
                "#..#..#..#.",
                "...........",
                "#..#..#..#."
            ]
        );
        assert_eq!(
            tiled(WatermarkPosition::Chessboard, 2.0, 1.0),
            [
                "...#.....#.",
                "...........",
                "#.....#....",
                "...........",
                "...#.....#."
            ]
        );
        assert_eq!(
            tiled(WatermarkPosition::Replicated, -5.0, 0.0),
            ["###########"; 5]
        );
    }

    #[test]
    fn a_mark_larger_than_the_picture_covers_it_once() {
        for position in [WatermarkPosition::Replicated, ASKED.position] {
            let asked = Watermark { position, ..ASKED };
            let found = watermark(black(3, 3), &mark(50, 40), &asked, 1.0);
            assert_eq!(found.data(), [255; 9]);
        }
    }

    #[test]
    fn alpha_and_opacity_multiply() {
        let half = Watermark {
            opacity: 0.5,
            ..ASKED
        };
        let mark = Pixels::filled(1, 1, Layout::Rgba, &[200, 100, 0, 128]);
        let lay = |layout, color: &[u8]| {
            let pixels = Pixels::filled(1, 1, layout, color);
            watermark(pixels, &mark, &half, 1.0).into_data()
        };
        assert_eq!(lay(Layout::Grey, &[0]), [50, 25, 0]);
        assert_eq!(lay(Layout::Rgb, &[0, 0, 0]), [50, 25, 0]);
        assert_eq!(lay(Layout::Rgba, &[0, 0, 0, 255]), [50, 25, 0, 255]);
        assert_eq!(lay(Layout::Rgba, &[9, 9, 9, 0]), [200, 100, 0, 64]);
    }

    #[test]
    fn grey_stays_grey_under_a_grey_mark_and_a_mark_that_does_not_show_costs_nothing() {
        let grey = Pixels::filled(1, 1, Layout::Rgba, &[80, 80, 80, 255]);
        let found = watermark(black(1, 1), &grey, &ASKED, 1.0);
        assert!(found == Pixels::filled(1, 1, Layout::Grey, &[80]));
        let off = Watermark {
            opacity: 0.0,
            ..ASKED
        };
        let red = Pixels::filled(1, 1, Layout::Rgb, &[80, 0, 0]);
        assert!(watermark(black(1, 1), &red, &off, 1.0) == black(1, 1));
    }
}
