//! A small copy to look at: for what asks about a picture as a whole.

use std::ops::Range;

use super::geometry::{Rect, Size};
use crate::image::{Layout, Pixels};

/// The view, its longest side at most `longest_px`, each pixel the mean of those that fall into it.
///
/// Means are weighted by alpha, and what is clear is black. Nothing is enlarged. Costs the small copy alone.
pub(super) fn reduced(pixels: &Pixels, view: Rect, longest_px: u32) -> Pixels {
    averaged(pixels, view, within(view.size(), longest_px))
}

/// The view at a size that is not larger than its own along either side.
pub(super) fn averaged(pixels: &Pixels, view: Rect, size: Size) -> Pixels {
    let channels = pixels.layout().channels();
    let columns: Vec<_> = cells(view.width, size.width)
        .map(|cell| {
            (cell.start + view.left as usize) * channels..(cell.end + view.left as usize) * channels
        })
        .collect();
    let mut rows = pixels.rows().skip(view.top as usize);
    let mut data = Vec::with_capacity(columns.len() * size.height as usize * channels);
    for cell in cells(view.height, size.height) {
        let mut sums = vec![[0_u64; 4]; columns.len()];
        for row in rows.by_ref().take(cell.len()) {
            for (sum, column) in sums.iter_mut().zip(&columns) {
                add(sum, &row[column.clone()], pixels.layout());
            }
        }
        for (sum, column) in sums.into_iter().zip(&columns) {
            let count = (cell.len() * column.len() / channels) as u64;
            data.extend_from_slice(&mean(sum, count, pixels.layout())[..channels]);
        }
    }
    Pixels::new(size.width, size.height, pixels.layout(), data)
}

fn within(size: Size, longest_px: u32) -> Size {
    let longest = u64::from(size.longest());
    let side = |side: u32| {
        let scaled = (u64::from(side) * u64::from(longest_px) + longest / 2) / longest;
        side.min(scaled as u32).max(1)
    };
    Size {
        width: side(size.width),
        height: side(size.height),
    }
}

/// The side cut into as equal parts as whole pixels allow.
fn cells(side: u32, parts: u32) -> impl Iterator<Item = Range<usize>> {
    let edge = move |part: u32| (u64::from(part) * u64::from(side) / u64::from(parts)) as usize;
    (0..parts).map(move |part| edge(part)..edge(part + 1))
}

fn add(sum: &mut [u64; 4], samples: &[u8], layout: Layout) {
    match layout {
        Layout::Grey => sum[0] += samples.iter().map(|&grey| u64::from(grey)).sum::<u64>(),
        Layout::Rgb => {
            for pixel in samples.chunks_exact(3) {
                for (sum, sample) in sum.iter_mut().zip(pixel) {
                    *sum += u64::from(*sample);
                }
            }
        }
        Layout::Rgba | Layout::Cmyk => {
            for &[r, g, b, alpha] in samples.as_chunks::<4>().0 {
                for (sum, sample) in sum.iter_mut().zip([r, g, b, 255]) {
                    *sum += u64::from(sample) * u64::from(alpha);
                }
            }
        }
    }
}

fn mean(sum: [u64; 4], count: u64, layout: Layout) -> [u8; 4] {
    let rounded = |sum: u64, by: u64| ((sum + by / 2) / by.max(1)) as u8;
    match layout {
        Layout::Grey | Layout::Rgb => sum.map(|sum| rounded(sum, count)),
        Layout::Rgba | Layout::Cmyk => {
            let weight = sum[3] / 255;
            let [r, g, b, _] = sum.map(|sum| rounded(sum, weight));
            [r, g, b, rounded(weight, count)]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::geometry::Point;

    fn whole(pixels: &Pixels) -> Rect {
        Point { x: 0, y: 0 }.rect(Size::of(pixels))
    }

    #[test]
    fn the_longest_side_is_met_and_nothing_grows() {
        let table = [
            ((1000, 500), (100, 50)),
            ((500, 1000), (50, 100)),
            ((10_000, 3), (100, 1)),
            ((99, 7), (99, 7)),
            ((1, 1), (1, 1)),
        ];
        for ((width, height), expected) in table {
            for layout in [Layout::Grey, Layout::Rgb, Layout::Rgba] {
                let color = [9, 8, 7, 6];
                let color = &color[..layout.channels()];
                let pixels = Pixels::filled(width, height, layout, color);
                let found = reduced(&pixels, whole(&pixels), 100);
                assert!(found == Pixels::filled(expected.0, expected.1, layout, color));
            }
        }
    }

    #[test]
    fn each_pixel_is_the_mean_of_its_part_of_the_view() {
        let pixels = Pixels::new(4, 2, Layout::Grey, vec![99, 1, 3, 5, 99, 5, 7, 9]);
        let view = Rect {
            left: 1,
            top: 0,
            width: 3,
            height: 2,
        };
        assert_eq!(reduced(&pixels, view, 2).data(), [3, 6]);
    }

    #[test]
    fn what_is_clear_lends_no_colour() {
        let data = [[200, 0, 0, 255], [0, 255, 0, 0]].concat();
        let pixels = Pixels::new(2, 1, Layout::Rgba, data);
        assert_eq!(reduced(&pixels, whole(&pixels), 1).data(), [200, 0, 0, 128]);
    }
}
