//! Turns and mirror images.

use crate::image::{Depth, Layout, Pixels};
use crate::transform::dihedral::Dihedral;
use crate::transform::geometry::Size;

/// The side of the squares that are moved one after the other, so that reading columns stays in the cache.
const TILE: usize = 32;

/// Turns the picture.
pub(in crate::transform) fn orient(pixels: Pixels, by: Dihedral) -> Pixels {
    if by == Dihedral::Identity {
        return pixels;
    }
    let size = by.size(Size::of(&pixels));
    let (width, height, layout) = (size.width, size.height, pixels.layout());
    let path = Path::new(Size::of(&pixels), by);
    match pixels.depth() {
        Depth::Eight => Pixels::new(width, height, layout, turned(pixels.data(), layout, &path)),
        Depth::Sixteen => {
            let samples = turned(pixels.samples16(), layout, &path);
            Pixels::new16(width, height, layout, samples)
        }
    }
}

fn turned<Sample: Copy + Default>(samples: &[Sample], layout: Layout, path: &Path) -> Vec<Sample> {
    match layout {
        Layout::Grey => moved::<Sample, 1>(samples, path),
        Layout::Rgb => moved::<Sample, 3>(samples, path),
        Layout::Rgba | Layout::Cmyk => moved::<Sample, 4>(samples, path),
    }
}

fn moved<Sample: Copy + Default, const CHANNELS: usize>(
    samples: &[Sample],
    path: &Path,
) -> Vec<Sample> {
    let (source, _) = samples.as_chunks::<CHANNELS>();
    let mut result = vec![[Sample::default(); CHANNELS]; source.len()];
    for top in (0..path.height).step_by(TILE) {
        for left in (0..path.width).step_by(TILE) {
            for y in top..(top + TILE).min(path.height) {
                let right = (left + TILE).min(path.width);
                let row = &mut result[y * path.width + left..y * path.width + right];
                for (x, pixel) in (left..right).zip(row) {
                    *pixel = source[path.at(x, y)];
                }
            }
        }
    }
    result.into_flattened()
}

/// How reading moves through the source while the result is written row by row.
struct Path {
    width: usize,
    height: usize,
    start: isize,
    step_x: isize,
    step_y: isize,
}

impl Path {
    fn new(source: Size, by: Dihedral) -> Self {
        let result = by.size(source);
        let row = source.width as isize;
        let (step_x, step_y) = if by.swaps_sides() { (row, 1) } else { (1, row) };
        let last_x = step_x * (result.width as isize - 1);
        let last_y = step_y * (result.height as isize - 1);
        let (start_x, step_x) = if by.mirrors_x() {
            (last_x, -step_x)
        } else {
            (0, step_x)
        };
        let (start_y, step_y) = if by.mirrors_y() {
            (last_y, -step_y)
        } else {
            (0, step_y)
        };
        Self {
            width: result.width as usize,
            height: result.height as usize,
            start: start_x + start_y,
            step_x,
            step_y,
        }
    }

    const fn at(&self, x: usize, y: usize) -> usize {
        (self.start + x as isize * self.step_x + y as isize * self.step_y) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(rows: &[&str]) -> Pixels {
        let (width, height) = (rows[0].len() as u32, rows.len() as u32);
        Pixels::new(width, height, Layout::Grey, rows.concat().into_bytes())
    }

    #[test]
    fn each_element_moves_pixels_as_its_name_says() {
        let table: [(Dihedral, &[&str]); 8] = [
            (Dihedral::Identity, &["abc", "def"]),
            (Dihedral::MirrorX, &["cba", "fed"]),
            (Dihedral::HalfTurn, &["fed", "cba"]),
            (Dihedral::MirrorY, &["def", "abc"]),
            (Dihedral::Transpose, &["ad", "be", "cf"]),
            (Dihedral::QuarterTurn, &["da", "eb", "fc"]),
            (Dihedral::Transverse, &["fc", "eb", "da"]),
            (Dihedral::ThreeQuarterTurn, &["cf", "be", "ad"]),
        ];
        for (by, rows) in table {
            assert!(orient(grey(&["abc", "def"]), by) == grey(rows), "{by:?}");
        }
    }

    #[test]
    fn deep_pixels_move_whole() {
        let deep = |samples: &[u16]| {
            let (width, height) = (samples.len() as u32 / 3, 1);
            Pixels::new16(width, height, Layout::Rgb, samples.to_vec())
        };
        let turned = orient(deep(&[1, 2, 3, 400, 500, 600]), Dihedral::MirrorX);
        assert!(turned == deep(&[400, 500, 600, 1, 2, 3]));
    }

    #[test]
    fn one_composed_move_equals_two() {
        // Sides that are no multiples of the tile, and every layout.
        for layout in [Layout::Grey, Layout::Rgb, Layout::Rgba] {
            let (width, height) = (67, 35);
            let data = (0..67 * 35 * layout.channels())
                .map(|i| (i % 251) as u8)
                .collect();
            let pixels = Pixels::new(width, height, layout, data);
            for first in Dihedral::ALL {
                for second in Dihedral::ALL {
                    let twice = orient(orient(pixels.clone(), first), second);
                    assert!(
                        orient(pixels.clone(), first.then(second)) == twice,
                        "{layout:?} {first:?} {second:?}"
                    );
                }
            }
        }
    }
}
