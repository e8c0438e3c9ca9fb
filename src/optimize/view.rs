//! Which part of a picture is measured.

use std::borrow::Cow;

use crate::image::{Layout, Pixels};

/// The least side of a tile: means of smaller ones err by points.
const TILE_PX: u32 = 512;

/// A rectangle of pixels, never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Area {
    /// All of a picture.
    pub(super) const fn of(pixels: &Pixels) -> Self {
        Self {
            left: 0,
            top: 0,
            width: pixels.width(),
            height: pixels.height(),
        }
    }

    pub(super) fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// The parts of the rows of a picture that lie in it.
    pub(super) fn rows(self, pixels: &Pixels) -> impl Iterator<Item = &[u8]> {
        let sample_bytes = pixels.pixel_bytes();
        let start = self.left as usize * sample_bytes;
        let bytes = self.width as usize * sample_bytes;
        let rows = pixels.rows().skip(self.top as usize);
        let rows = rows.take(self.height as usize);
        rows.map(move |row| &row[start..start + bytes])
    }
}

/// Areas of one size, which are laid side by side as one picture.
///
/// The metric pools its errors over a whole picture before it makes a score of them, so the score of tiles in one
/// picture is that of their pooled errors. Their seams are there on both sides of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
    areas: Vec<Area>,
    columns: usize,
}

impl View {
    /// All of an area, or tiles of it where it has more pixels than `limit`.
    ///
    /// The tiles are those in the middles of equal shares of all, in order of their detail: what a picture has much
    /// of, its tiles have much of.
    pub(super) fn within(area: Area, pixels: &Pixels, limit: u64) -> Self {
        let tiles = tiles(area);
        let size = tiles.first().map_or(u64::MAX, |tile| tile.pixels());
        let count = (limit / size).max(1) as usize;
        if area.pixels() <= limit || tiles.len() <= count {
            return Self::whole(area);
        }
        let mut ranked: Vec<_> = tiles
            .into_iter()
            .map(|tile| (detail(tile, pixels), tile))
            .collect();
        ranked.sort_by_key(|(detail, tile)| (*detail, tile.top, tile.left));
        let middle = |share: usize| (2 * share + 1) * ranked.len() / (2 * count);
        let areas: Vec<_> = (0..count).map(|share| ranked[middle(share)].1).collect();
        let columns = count.isqrt();
        Self { areas, columns }
    }

    /// All of an area.
    pub(super) fn whole(area: Area) -> Self {
        Self {
            areas: vec![area],
            columns: 1,
        }
    }

    /// Whether it shows all of a picture.
    pub(super) fn is_all_of(&self, pixels: &Pixels) -> bool {
        self.areas == [Area::of(pixels)]
    }

    /// What is seen of a picture over a grey backdrop, in RGB.
    pub(super) fn of<'a>(&self, pixels: &'a Pixels, backdrop: u8) -> Cow<'a, Pixels> {
        if self.is_all_of(pixels) && pixels.layout() == Layout::Rgb {
            return Cow::Borrowed(pixels);
        }
        let area = self.areas[0];
        let lines = self.areas.chunks_exact(self.columns);
        let (width, height) = (
            area.width * self.columns as u32,
            area.height * lines.len() as u32,
        );
        let mut data = Vec::with_capacity(width as usize * height as usize * 3);
        for line in lines {
            let mut each: Vec<_> = line.iter().map(|area| area.rows(pixels)).collect();
            for _ in 0..area.height {
                for row in each.iter_mut().filter_map(Iterator::next) {
                    append_over(&mut data, row, pixels.layout(), backdrop);
                }
            }
        }
        Cow::Owned(Pixels::new(width, height, Layout::Rgb, data))
    }
}

/// The tiles of an area, each as long as [`TILE_PX`] or as the area's shorter side; what is left at the far edges is in
/// none.
fn tiles(area: Area) -> Vec<Area> {
    let (width, height) = (area.width.min(TILE_PX), area.height.min(TILE_PX));
    let (columns, lines) = (area.width / width, area.height / height);
    let spare = (area.width % width / 2, area.height % height / 2);
    let at = |line: u32, column: u32| Area {
        left: area.left + spare.0 + column * width,
        top: area.top + spare.1 + line * height,
        width,
        height,
    };
    (0..lines)
        .flat_map(|line| (0..columns).map(move |column| at(line, column)))
        .collect()
}

/// The sum of the differences of every fourth row's neighbouring samples.
fn detail(tile: Area, pixels: &Pixels) -> u64 {
    let channels = pixels.layout().channels();
    let rows = tile.rows(pixels).step_by(4);
    rows.map(|row| {
        let pairs = row.iter().zip(&row[channels..]);
        pairs
            .map(|(one, next)| u64::from(one.abs_diff(*next)))
            .sum::<u64>()
    })
    .sum()
}

/// Adds the RGB of a row of 8-bit samples, blended over the backdrop as browsers blend: in sRGB.
fn append_over(data: &mut Vec<u8>, row: &[u8], layout: Layout, backdrop: u8) {
    match layout {
        Layout::Grey => data.extend(row.iter().flat_map(|grey| [*grey; 3])),
        Layout::Rgba => data.extend(row.as_chunks().0.iter().flat_map(|[r, g, b, alpha]| {
            [*r, *g, *b].map(|sample| blended(sample, *alpha, backdrop))
        })),
        Layout::Rgb | Layout::Cmyk => data.extend_from_slice(row),
    }
}

fn blended(sample: u8, alpha: u8, backdrop: u8) -> u8 {
    let (sample, alpha, backdrop) = (u32::from(sample), u32::from(alpha), u32::from(backdrop));
    ((sample * alpha + backdrop * (255 - alpha) + 127) / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(width: u32, height: u32) -> Pixels {
        let samples = (0..height).flat_map(|y| (0..width).map(move |x| (x ^ y) as u8));
        Pixels::new(width, height, Layout::Grey, samples.collect())
    }

    #[test]
    fn what_is_small_is_seen_whole_and_what_is_large_in_tiles() {
        for (width, height, limit, expected) in [
            (600, 400, 1 << 20, (600, 400)),
            (3000, 2000, 1 << 20, (1024, 1024)),
            (3000, 2000, 1 << 18, (512, 512)),
            (1030, 1030, 1 << 20, (1030, 1030)),
            (9000, 200, 1 << 20, (1536, 600)),
            (65_535, 1, 1 << 20, (65_535, 1)),
            (1, 1, 1 << 20, (1, 1)),
        ] {
            let pixels = ramp(width, height);
            let view = View::within(Area::of(&pixels), &pixels, limit);
            let seen = view.of(&pixels, 0);
            assert_eq!((seen.width(), seen.height()), expected, "{width}x{height}");
        }
    }

    #[test]
    fn tiles_stand_for_flat_and_for_detailed_parts_alike() {
        let mut pixels = ramp(2048, 1024);
        let stride = pixels.stride();
        for row in pixels.data_mut().chunks_exact_mut(stride) {
            row[..1024].fill(9);
        }
        let view = View::within(Area::of(&pixels), &pixels, 1 << 19);
        let flat = view.areas.iter().filter(|area| area.left < 1024).count();
        assert_eq!((flat, view.areas.len()), (1, 2));
    }

    #[test]
    fn what_is_clear_shows_the_backdrop() {
        let pixels = Pixels::new(
            3,
            1,
            Layout::Rgba,
            vec![9, 9, 9, 0, 9, 8, 7, 255, 200, 0, 100, 51],
        );
        let view = View::whole(Area::of(&pixels));
        assert_eq!(view.of(&pixels, 0).data(), [0, 0, 0, 9, 8, 7, 40, 0, 20]);
        assert_eq!(view.of(&pixels, 255).data()[..6], [255, 255, 255, 9, 8, 7]);
    }
}
