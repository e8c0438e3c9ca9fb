//! The border that is cut off.

use crate::image::{Layout, Pixels};
use crate::transform::ask::{Rgb, Trim};
use crate::transform::blend::over;
use crate::transform::geometry::Rect;

/// What shows through transparent pixels while the border is looked for: a border of this colour is a clear one.
const BEHIND: Rgb = Rgb {
    r: 255,
    g: 0,
    b: 255,
};

/// The part of the picture inside its border; `None` where it is one even colour, or has no border.
///
/// A pixel belongs to the picture where the median of it and its eight neighbours is further than the threshold
/// from the border's colour in any channel, so that single specks do not count. One pass over the pixels, and
/// memory for three rows.
pub(in crate::transform) fn trimmed(pixels: &Pixels, trim: &Trim) -> Option<Rect> {
    let found = Extent::of(pixels, &Border::of(pixels, trim))?;
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    let mut left = found.left;
    let mut right = width - found.right;
    let mut top = found.top;
    let mut bottom = height - found.bottom;
    if trim.equal_horizontally {
        (left, right) = (left.min(right), left.min(right));
    }
    if trim.equal_vertically {
        (top, bottom) = (top.min(bottom), top.min(bottom));
    }
    let rect = Rect {
        left: left as u32,
        top: top as u32,
        width: (width - left - right) as u32,
        height: (height - top - bottom) as u32,
    };
    (rect.width < pixels.width() || rect.height < pixels.height()).then_some(rect)
}

/// What is within the border, from the first to past the last.
struct Extent {
    left: usize,
    right: usize,
    top: usize,
    bottom: usize,
}

impl Extent {
    fn of(pixels: &Pixels, border: &Border) -> Option<Self> {
        let mut found: Option<Self> = None;
        each_row(pixels, border, |y, marks| {
            let differs = |mark: &u32| (mark + MAJORITY) & REACHED != 0;
            let Some(first) = marks.iter().position(differs) else {
                return;
            };
            let last = marks.iter().rposition(differs).unwrap_or(first);
            let extent = found.get_or_insert(Self {
                left: first,
                right: last + 1,
                top: y,
                bottom: y + 1,
            });
            extent.left = extent.left.min(first);
            extent.right = extent.right.max(last + 1);
            extent.bottom = y + 1;
        });
        found
    }
}

/// Added to the count of each flag among nine pixels, this carries five and more of them into [`REACHED`]: the
/// median lies beyond a limit where most of the pixels do.
const MAJORITY: u32 = 0x33_3333;
const REACHED: u32 = 0x88_8888;

/// Calls back with the flags of each row, counted over the neighbourhood of each pixel; edges are extended.
fn each_row(pixels: &Pixels, border: &Border, mut row: impl FnMut(usize, &[u32])) {
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    let flags = |y: usize, into: &mut Vec<u32>| {
        let start = y.min(height - 1) * pixels.stride();
        border.flags(&pixels.data()[start..start + pixels.stride()], into);
    };
    let [mut above, mut here, mut below] = [(); 3].map(|()| Vec::with_capacity(width));
    flags(0, &mut here);
    above.clone_from(&here);
    let (mut down, mut around) = (vec![0; width], vec![0; width]);
    for y in 0..height {
        flags(y + 1, &mut below);
        for (sum, ((a, b), c)) in down.iter_mut().zip(above.iter().zip(&here).zip(&below)) {
            *sum = a + b + c;
        }
        for (x, sum) in around.iter_mut().enumerate() {
            *sum = down[x.saturating_sub(1)] + down[x] + down[(x + 1).min(width - 1)];
        }
        row(y, &around);
        std::mem::swap(&mut above, &mut here);
        std::mem::swap(&mut here, &mut below);
    }
}

/// How far each channel may go up and down and still be border.
struct Border {
    layout: Layout,
    most: [u8; 3],
    least: [u8; 3],
}

impl Border {
    fn of(pixels: &Pixels, trim: &Trim) -> Self {
        let color = trim.color.map_or_else(
            || seen(&pixels.data()[..pixels.layout().channels()]),
            |Rgb { r, g, b }| [r, g, b],
        );
        // The casts saturate, and samples are whole: more than 7.5 above means at least 8 above.
        Self {
            layout: pixels.layout(),
            most: color.map(|sample| (f64::from(sample) + trim.threshold).floor() as u8),
            least: color.map(|sample| (f64::from(sample) - trim.threshold).ceil() as u8),
        }
    }

    /// Six flags a pixel, four bits apart: whether each channel is above its limit, and whether it is below.
    fn flags(&self, row: &[u8], into: &mut Vec<u32>) {
        into.clear();
        match self.layout {
            Layout::Grey => into.extend(row.iter().map(|&v| self.flag([v; 3]))),
            Layout::Rgb => into.extend(row.as_chunks::<3>().0.iter().map(|&rgb| self.flag(rgb))),
            Layout::Rgba | Layout::Cmyk => {
                into.extend(row.chunks_exact(4).map(|pixel| self.flag(seen(pixel))));
            }
        }
    }

    fn flag(&self, [r, g, b]: [u8; 3]) -> u32 {
        u32::from(r > self.most[0])
            | u32::from(r < self.least[0]) << 4
            | u32::from(g > self.most[1]) << 8
            | u32::from(g < self.least[1]) << 12
            | u32::from(b > self.most[2]) << 16
            | u32::from(b < self.least[2]) << 20
    }
}

/// The colour of a pixel with what shows through it.
fn seen(pixel: &[u8]) -> [u8; 3] {
    match *pixel {
        [r, g, b, alpha] => [
            over(BEHIND.r, r, alpha),
            over(BEHIND.g, g, alpha),
            over(BEHIND.b, b, alpha),
        ],
        [r, g, b] => [r, g, b],
        [grey, ..] => [grey; 3],
        [] => [0; 3],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: Trim = Trim {
        threshold: 10.0,
        color: None,
        equal_horizontally: false,
        equal_vertically: false,
    };
    const WHITE: [u8; 3] = [255; 3];
    const BLUE: [u8; 3] = [0, 0, 200];

    fn rect(left: u32, top: u32, width: u32, height: u32) -> Rect {
        Rect {
            left,
            top,
            width,
            height,
        }
    }

    fn filled(inner: Rect, ground: &[u8], color: &[u8]) -> Pixels {
        let layout = match ground.len() {
            1 => Layout::Grey,
            3 => Layout::Rgb,
            _ => Layout::Rgba,
        };
        let mut pixels = Pixels::filled(40, 30, layout, ground);
        paint(&mut pixels, inner, color);
        pixels
    }

    fn paint(pixels: &mut Pixels, part: Rect, color: &[u8]) {
        let stride = pixels.stride();
        for y in part.top..part.top + part.height {
            for x in part.left..part.left + part.width {
                let at = y as usize * stride + x as usize * color.len();
                pixels.data_mut()[at..at + color.len()].copy_from_slice(color);
            }
        }
    }

    #[test]
    fn the_border_goes_in_every_layout() {
        let inner = rect(7, 5, 20, 18);
        let table: [(&[u8], &[u8]); 5] = [
            (&[255], &[100]),
            (&WHITE, &BLUE),
            (&[255, 255, 255, 255], &[0, 0, 200, 255]),
            (&[1, 2, 3, 0], &[0, 0, 200, 255]),
            (&[0, 0, 0, 255], &[0, 0, 0, 0]),
        ];
        for (ground, color) in table {
            let found = trimmed(&filled(inner, ground, color), &ASKED);
            // The median takes the corners of the rectangle, but not its sides.
            assert_eq!(found, Some(inner), "{color:?} on {ground:?}");
        }
    }

    #[test]
    fn nothing_is_cut_from_what_is_even_or_has_no_border() {
        for pixels in [
            Pixels::filled(1, 1, Layout::Rgba, &[1, 2, 3, 0]),
            Pixels::filled(9, 1, Layout::Grey, &[7]),
            Pixels::filled(1, 9, Layout::Rgb, &WHITE),
            filled(rect(0, 0, 40, 30), &WHITE, &BLUE),
            filled(rect(10, 10, 9, 9), &WHITE, &[246, 245, 255]),
        ] {
            assert_eq!(trimmed(&pixels, &ASKED), None, "{pixels:?}");
        }
    }

    #[test]
    fn the_threshold_is_the_greatest_difference_of_a_border() {
        let inner = rect(5, 5, 10, 10);
        let table = [
            (10.0, [245, 255, 255], None),
            (9.5, [245, 255, 255], Some(inner)),
            (9.0, [255, 255, 245], Some(inner)),
            (0.0, [255, 254, 255], Some(inner)),
            (255.0, [0, 0, 0], None),
        ];
        for (threshold, color, expected) in table {
            let trim = Trim { threshold, ..ASKED };
            let found = trimmed(&filled(inner, &WHITE, &color), &trim);
            assert_eq!(found, expected, "{threshold} {color:?}");
        }
    }

    #[test]
    fn a_colour_that_is_named_counts_instead_of_the_first_pixel() {
        let magenta = Rgb {
            r: 255,
            g: 0,
            b: 255,
        };
        let inner = rect(3, 4, 20, 10);
        let clear = filled(inner, &[9, 9, 9, 0], &[0, 200, 0, 255]);
        let named = |color| Trim {
            color: Some(color),
            ..ASKED
        };
        assert_eq!(trimmed(&clear, &named(magenta)), Some(inner));
        let other = Rgb { r: 0, g: 0, b: 0 };
        assert_eq!(trimmed(&clear, &named(other)), None);
    }

    #[test]
    fn equal_margins_are_the_smaller_of_both() {
        let pixels = filled(rect(4, 3, 20, 20), &WHITE, &BLUE);
        let both = Trim {
            equal_horizontally: true,
            equal_vertically: true,
            ..ASKED
        };
        assert_eq!(trimmed(&pixels, &both), Some(rect(4, 3, 32, 24)));
        let across = Trim {
            equal_horizontally: true,
            ..ASKED
        };
        assert_eq!(trimmed(&pixels, &across), Some(rect(4, 3, 32, 20)));
    }

    #[test]
    fn single_specks_are_border() {
        let inner = rect(10, 10, 12, 12);
        let mut pixels = filled(inner, &WHITE, &BLUE);
        paint(&mut pixels, rect(30, 2, 1, 1), &[0; 3]);
        paint(&mut pixels, rect(2, 25, 2, 2), &[0; 3]);
        assert_eq!(trimmed(&pixels, &ASKED), Some(inner));
    }
}
