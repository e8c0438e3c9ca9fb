//! How much resolution the colours of a picture need.
//!
//! Decided by the part of it that would suffer most, not by its score: SSIMULACRA2 forgives a thin red line on white
//! that has lost half of its red as long as the rest of the picture is fine.

use crate::image::{Layout, Pixels};

/// The resolution of chroma.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chroma {
    /// Halved in width and height: 4:2:0.
    Quarter,
    /// Halved in width: 4:2:2.
    Half,
    /// As luma: 4:4:4.
    Full,
}

/// The side of the parts that are looked at, in pixels.
const BLOCK_PX: usize = 8;

/// The error of a part that shows: the root of its mean square, in steps of 8 bits.
const VISIBLE: f32 = 20.0;

/// The least resolution at which the colours of no part of a picture suffer visibly.
pub(super) fn needed(pixels: &Pixels) -> Chroma {
    if pixels.layout() == Layout::Grey {
        return Chroma::Quarter;
    }
    let planes = [blue(pixels), red(pixels)];
    let suffers = |round_trip: fn(&Plane) -> Plane| {
        let trips = planes.each_ref().map(round_trip);
        worst_error(&planes, &trips) > VISIBLE
    };
    if !suffers(|plane| plane.halved_across().halved_down()) {
        return Chroma::Quarter;
    }
    match suffers(Plane::halved_across) {
        true => Chroma::Full,
        false => Chroma::Half,
    }
}

/// The error of the worst block.
pub(super) fn worst_error(planes: &[Plane; 2], trips: &[Plane; 2]) -> f32 {
    let width = planes[0].width;
    let mut worst: f32 = 0.0;
    let mut sums = vec![0.0; width.div_ceil(BLOCK_PX)];
    let rows = planes[0].samples.chunks_exact(width).count();
    for y in 0..rows {
        for (plane, trip) in planes.iter().zip(trips) {
            let pairs = plane.row(y).iter().zip(trip.row(y));
            for (x, (one, other)) in pairs.enumerate() {
                sums[x / BLOCK_PX] += (one - other) * (one - other);
            }
        }
        if y % BLOCK_PX == BLOCK_PX - 1 || y == rows - 1 {
            worst = sums.iter().fold(worst, |worst, sum| worst.max(*sum));
            sums.fill(0.0);
        }
    }
    (worst / (BLOCK_PX * BLOCK_PX) as f32).sqrt()
}

/// A colour difference of each pixel.
pub(super) struct Plane {
    width: usize,
    samples: Vec<f32>,
}

/// The difference of blue, as JPEG has it (BT.601).
pub(super) fn blue(pixels: &Pixels) -> Plane {
    plane(pixels, [-0.168_736, -0.331_264, 0.5])
}

/// The difference of red.
pub(super) fn red(pixels: &Pixels) -> Plane {
    plane(pixels, [0.5, -0.418_688, -0.081_312])
}

fn plane(pixels: &Pixels, shares: [f32; 3]) -> Plane {
    let each = pixels.data().chunks_exact(pixels.layout().channels());
    let samples = each.map(|pixel| {
        let samples = pixel.iter().zip(shares);
        samples
            .map(|(sample, share)| f32::from(*sample) * share)
            .sum()
    });
    Plane {
        width: pixels.width() as usize,
        samples: samples.collect(),
    }
}

impl Plane {
    fn row(&self, y: usize) -> &[f32] {
        &self.samples[y * self.width..(y + 1) * self.width]
    }

    /// What is left after pairs of columns have shared a sample, which browsers smooth between its neighbours.
    pub(super) fn halved_across(&self) -> Self {
        let mut samples = Vec::with_capacity(self.samples.len());
        for row in self.samples.chunks_exact(self.width) {
            let halves: Vec<f32> = row.chunks(2).map(mean).collect();
            samples.extend((0..row.len()).map(|x| smoothed(x, halves.len(), |at| halves[at])));
        }
        Self { samples, ..*self }
    }

    /// The same for pairs of rows.
    pub(super) fn halved_down(&self) -> Self {
        let pairs = self.samples.chunks(2 * self.width);
        let halves: Vec<Vec<f32>> = pairs
            .map(|pair| {
                let (top, bottom) = pair.split_at(self.width);
                let bottom = if bottom.is_empty() { top } else { bottom };
                let columns = top.iter().zip(bottom);
                columns.map(|(a, b)| (a + b) / 2.0).collect()
            })
            .collect();
        let mut samples = Vec::with_capacity(self.samples.len());
        for y in 0..self.samples.len() / self.width {
            let across = 0..self.width;
            samples.extend(across.map(|x| smoothed(y, halves.len(), |at| halves[at][x])));
        }
        Self { samples, ..*self }
    }
}

fn mean(pair: &[f32]) -> f32 {
    pair.iter().sum::<f32>() / pair.len() as f32
}

/// The sample at a place made of half as many: three parts of its own, one of the nearest neighbour.
fn smoothed(place: usize, count: usize, half: impl Fn(usize) -> f32) -> f32 {
    let own = place / 2;
    let neighbour = match place % 2 {
        0 => own.saturating_sub(1),
        _ => (own + 1).min(count - 1),
    };
    0.75 * half(own) + 0.25 * half(neighbour)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of 64 by 64 pixels.
    fn picture(color: impl Fn(u32, u32) -> [u8; 3]) -> Pixels {
        let color = &color;
        let each = (0..64).flat_map(|y| (0..64).flat_map(move |x| color(x, y)));
        Pixels::new(64, 64, Layout::Rgb, each.collect())
    }

    #[test]
    fn colours_keep_the_resolution_that_their_edges_need() {
        let red = |is_red: bool| if is_red { [220, 0, 20] } else { [255; 3] };
        let soft = picture(|x, y| [(x * 4) as u8, 128, (y * 4) as u8]);
        let grey = picture(|x, y| [((x ^ y) * 4) as u8; 3]);
        let block = picture(|x, y| red((21..40).contains(&x) && (17..50).contains(&y)));
        let stripes = picture(|_, y| red(y % 3 == 0));
        let columns = picture(|x, _| red(x % 3 == 0));
        for (name, picture, expected) in [
            ("soft colours", soft, Chroma::Quarter),
            ("hard greys", grey, Chroma::Quarter),
            ("a red block on white", block, Chroma::Full),
            ("red rows, which halved columns keep", stripes, Chroma::Half),
            ("red columns", columns, Chroma::Full),
        ] {
            assert_eq!(needed(&picture), expected, "{name}");
        }
    }

    #[test]
    fn grey_pixels_have_no_colours_and_odd_sides_an_end() {
        let grey = Pixels::filled(3, 1, Layout::Grey, &[7]);
        assert_eq!(needed(&grey), Chroma::Quarter);
        let line = Pixels::new(3, 1, Layout::Rgb, vec![255, 0, 0, 0, 0, 255, 255, 0, 0]);
        assert_eq!(needed(&line), Chroma::Full);
        let dot = Pixels::filled(1, 1, Layout::Rgba, &[255, 0, 0, 255]);
        assert_eq!(needed(&dot), Chroma::Quarter);
    }
}
