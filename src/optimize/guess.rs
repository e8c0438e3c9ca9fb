//! What quality a picture will need, from its statistics and from what is known of others.

use super::search::Trial;
use crate::image::encode::{self, JpegSubsample, OWN_QUANT_TABLES};
use crate::image::{Format, Pixels};

/// Blocks that statistics are taken of, at most about.
const BLOCKS: usize = 4096;

/// The side of a block.
const BLOCK_PX: usize = 8;

/// Keeps the logarithm of what is flat within bounds.
const FLOOR: f64 = 0.25;

/// How scores go with quality in one encoder and way of writing, over many pictures.
///
/// The curves of pictures differ mostly in one thing, how hard they are: the score at a quality is taken to be the mean
/// of all plus difficulty times spread. Difficulty is 0 for the average picture, with a deviation of 1, and negative
/// for the hard ones.
pub(super) struct Curve {
    /// By quality, from the lowest.
    knots: &'static [Knot],
}

/// A point of a curve: quality, the mean score there, and its spread.
struct Knot(f64, f64, f64);

impl Curve {
    /// The curve of a way of writing.
    pub(super) fn of(way: &encode::Options) -> &'static Self {
        let jpeg = &way.jpeg;
        let is_own = jpeg.quant_table == OWN_QUANT_TABLES;
        match (way.format, jpeg.trellis_quant, jpeg.subsample) {
            (Format::Jpeg, true, JpegSubsample::Off) if is_own => &JPEG_TRELLIS_FULL,
            (Format::Jpeg, true, _) if is_own => &JPEG_TRELLIS,
            (Format::Jpeg, false, JpegSubsample::Off) if is_own => &JPEG_FULL,
            (format, ..) => Self::of_format(format),
        }
    }

    /// The curve of a format at the cheap settings of its encoder.
    pub(super) fn of_format(format: Format) -> &'static Self {
        match format {
            Format::Jpeg => &JPEG,
            Format::WebP => &WEBP,
            _ => &AVIF,
        }
    }

    /// The quality at which a picture of this difficulty comes to a score, within the known range.
    pub(super) fn quality(&self, difficulty: f64, score: f64) -> f64 {
        let reach = |knot: &Knot| knot.1 + difficulty * knot.2;
        let crosses = |pair: &&[Knot]| reach(&pair[1]) >= score;
        let pairs = self.knots.windows(2);
        let pair = pairs.clone().find(crosses).or(pairs.last());
        let Some([low, high]) = pair else {
            return 100.0;
        };
        let rise = (reach(high) - reach(low)).max(f64::EPSILON);
        let share = (score - reach(low)) / rise;
        low.0 + share.clamp(-1.0, 2.0) * (high.0 - low.0)
    }

    /// How hard a picture is that came to a score.
    pub(super) fn difficulty(&self, trial: Trial) -> f64 {
        let (mean, spread) = self.at(trial.quality.into());
        (trial.score - mean) / spread
    }

    /// Points a unit of quality, about a quality; never nothing.
    pub(super) fn slope(&self, quality: u8) -> f64 {
        let at = f64::from(quality);
        let slope = (self.at(at + 3.0).0 - self.at(at - 3.0).0) / 6.0;
        slope.max(0.1)
    }

    /// Mean and spread at a quality; beyond the known range, at its end.
    fn at(&self, quality: f64) -> (f64, f64) {
        let mut pairs = self.knots.windows(2);
        let Some([low, high]) = pairs.find(|pair| quality <= pair[1].0).or(pairs.last()) else {
            return (0.0, 1.0);
        };
        let share = ((quality - low.0) / (high.0 - low.0)).clamp(0.0, 1.0);
        (
            low.1 + share * (high.1 - low.1),
            low.2 + share * (high.2 - low.2),
        )
    }
}

/// How hard a picture is, by the differences of neighbouring samples in blocks from all over it: those of luma, their own
/// differences, and those of colour, each as the mean of logarithms.
///
/// Fitted on photographs at web sizes. It explains two fifths of the variance, in all encoders alike.
pub(super) fn difficulty(pixels: &Pixels) -> f64 {
    let blocks = Blocks::of(pixels);
    let (mut first, mut second, mut color, mut count) = (0.0, 0.0, 0.0, 0.0);
    for (left, top) in blocks.corners() {
        let block = blocks.differences(left, top);
        first += (block.first + FLOOR).ln();
        second += (block.second + FLOOR).ln();
        color += (block.color + FLOOR).ln();
        count += 1.0;
    }
    if count == 0.0 {
        return 0.0;
    }
    0.55 + (3.3 * first - 3.2 * second - 0.5 * color) / count
}

/// The blocks of a picture.
struct Blocks<'a> {
    pixels: &'a Pixels,
    columns: usize,
    lines: usize,
}

/// Mean differences in a block.
#[derive(Default)]
struct Differences {
    first: f64,
    second: f64,
    color: f64,
}

impl<'a> Blocks<'a> {
    fn of(pixels: &'a Pixels) -> Self {
        Self {
            pixels,
            columns: pixels.width() as usize / BLOCK_PX,
            lines: pixels.height() as usize / BLOCK_PX,
        }
    }

    /// The corners of blocks, evenly spread where there are many.
    fn corners(&self) -> impl Iterator<Item = (usize, usize)> {
        let (columns, count) = (self.columns, self.columns * self.lines);
        let step = count.div_ceil(BLOCKS).max(1);
        // A step that shares a factor with the columns would see the same ones again and again.
        let step = step + usize::from(columns > 0 && columns % step == 0 && step > 1);
        let numbers = (0..count).step_by(step);
        numbers.map(move |number| (number % columns * BLOCK_PX, number / columns * BLOCK_PX))
    }

    /// Along rows and columns.
    fn differences(&self, left: usize, top: usize) -> Differences {
        let mut sum = Differences::default();
        for at in 0..BLOCK_PX {
            let row: [[f64; 3]; BLOCK_PX] = std::array::from_fn(|x| self.color(left + x, top + at));
            let column: [[f64; 3]; BLOCK_PX] =
                std::array::from_fn(|y| self.color(left + at, top + y));
            for line in [row, column] {
                sum.add(&line);
            }
        }
        let firsts = (2 * BLOCK_PX * (BLOCK_PX - 1)) as f64;
        let seconds = (2 * BLOCK_PX * (BLOCK_PX - 2)) as f64;
        Differences {
            first: sum.first / firsts,
            second: sum.second / seconds,
            color: sum.color / firsts,
        }
    }

    /// Luma, and by how much red and blue differ from green.
    fn color(&self, x: usize, y: usize) -> [f64; 3] {
        let channels = self.pixels.layout().channels();
        let start = y * self.pixels.stride() + x * channels;
        match self.pixels.data()[start..start + channels] {
            [red, green, blue, ..] => {
                let [red, green, blue] = [red, green, blue].map(f64::from);
                let luma = 0.299 * red + 0.587 * green + 0.114 * blue;
                [luma, red - green, blue - green]
            }
            [grey, ..] => [grey.into(), 0.0, 0.0],
            [] => [0.0; 3],
        }
    }
}

impl Differences {
    /// Adds those along a line.
    fn add(&mut self, line: &[[f64; 3]; BLOCK_PX]) {
        for pair in line.windows(2) {
            self.first += (pair[1][0] - pair[0][0]).abs();
            self.color += (pair[1][1] - pair[0][1]).abs() + (pair[1][2] - pair[0][2]).abs();
        }
        for triple in line.windows(3) {
            self.second += (triple[2][0] - 2.0 * triple[1][0] + triple[0][0]).abs();
        }
    }
}

/// With our own tables, in 4:2:0 without trellis.
static JPEG: Curve = Curve {
    knots: &[
        Knot(25.0, 45.1, 14.1),
        Knot(40.0, 58.9, 10.2),
        Knot(55.0, 66.6, 8.3),
        Knot(68.0, 73.8, 7.0),
        Knot(78.0, 78.2, 6.1),
        Knot(85.0, 81.6, 5.5),
        Knot(90.0, 85.3, 4.6),
        Knot(94.0, 87.8, 4.0),
        Knot(97.0, 89.3, 3.7),
    ],
};

/// The same in 4:4:4.
static JPEG_FULL: Curve = Curve {
    knots: &[
        Knot(25.0, 41.5, 14.3),
        Knot(40.0, 57.1, 10.2),
        Knot(55.0, 66.5, 7.4),
        Knot(68.0, 74.1, 5.0),
        Knot(78.0, 79.6, 3.4),
        Knot(85.0, 84.8, 2.3),
        Knot(90.0, 88.5, 1.4),
        Knot(94.0, 92.0, 0.8),
        Knot(97.0, 94.3, 0.7),
    ],
};

/// The same in 4:2:0 with trellis.
static JPEG_TRELLIS: Curve = Curve {
    knots: &[
        Knot(25.0, 41.6, 16.3),
        Knot(40.0, 56.4, 11.2),
        Knot(55.0, 65.0, 8.4),
        Knot(68.0, 72.6, 6.7),
        Knot(78.0, 77.5, 5.9),
        Knot(85.0, 81.1, 5.4),
        Knot(90.0, 85.1, 4.3),
        Knot(94.0, 87.9, 3.3),
        Knot(97.0, 89.6, 2.6),
    ],
};

/// The same in 4:4:4 with trellis.
static JPEG_TRELLIS_FULL: Curve = Curve {
    knots: &[
        Knot(25.0, 38.3, 16.3),
        Knot(40.0, 54.9, 11.3),
        Knot(55.0, 65.1, 7.7),
        Knot(68.0, 73.1, 5.0),
        Knot(78.0, 79.1, 3.3),
        Knot(85.0, 84.5, 2.3),
        Knot(90.0, 88.3, 1.4),
        Knot(94.0, 92.1, 0.7),
        Knot(97.0, 94.6, 0.5),
    ],
};

/// At method 4.
static WEBP: Curve = Curve {
    knots: &[
        Knot(15.0, 43.4, 15.6),
        Knot(30.0, 55.6, 12.8),
        Knot(45.0, 63.5, 10.4),
        Knot(60.0, 68.6, 8.8),
        Knot(70.0, 71.4, 7.9),
        Knot(77.0, 74.5, 6.9),
        Knot(83.0, 78.6, 5.7),
        Knot(88.0, 81.9, 4.7),
        Knot(92.0, 84.7, 3.9),
        Knot(96.0, 87.1, 3.3),
        Knot(99.0, 88.2, 3.1),
    ],
};

/// At speed 8, in 4:2:0.
static AVIF: Curve = Curve {
    knots: &[
        Knot(25.0, 27.0, 15.5),
        Knot(35.0, 43.3, 15.3),
        Knot(45.0, 56.9, 13.5),
        Knot(52.0, 65.7, 11.6),
        Knot(59.0, 70.5, 10.1),
        Knot(65.0, 74.7, 8.5),
        Knot(71.0, 77.5, 7.2),
        Knot(78.0, 80.5, 6.0),
        Knot(84.0, 83.4, 4.7),
        Knot(90.0, 86.5, 3.7),
        Knot(95.0, 88.4, 3.4),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Layout;

    #[test]
    fn curves_rise_and_come_back_to_the_quality_that_they_were_asked_at() {
        for curve in [
            &JPEG,
            &JPEG_FULL,
            &JPEG_TRELLIS,
            &JPEG_TRELLIS_FULL,
            &WEBP,
            &AVIF,
        ] {
            for difficulty in [-1.5, 0.0, 1.0] {
                for quality in [40, 60, 75, 85] {
                    let (mean, spread) = curve.at(f64::from(quality));
                    let score = mean + difficulty * spread;
                    let back = curve.quality(difficulty, score);
                    assert!(
                        (back - f64::from(quality)).abs() < 0.01,
                        "{quality}: {back}"
                    );
                    let found = curve.difficulty(Trial { quality, score });
                    assert!((found - difficulty).abs() < 1e-9, "{found}");
                    assert!(curve.slope(quality) > 0.2);
                }
            }
        }
    }

    #[test]
    fn faint_noise_is_harder_than_soft_shapes() {
        let picture = |sample: fn(u32, u32) -> f32| {
            let samples = (0..128).flat_map(|y| (0..128).map(move |x| sample(x, y) as u8));
            difficulty(&Pixels::new(128, 128, Layout::Grey, samples.collect()))
        };
        let soft = picture(|x, y| 128.0 + 90.0 * ((x + y) as f32 / 20.0).sin());
        let noisy = picture(|x, y| 128.0 + (x * 7919 + y * 104_729) as f32 % 13.0);
        assert!(noisy < soft - 1.0, "{noisy} {soft}");
    }

    #[test]
    fn pictures_smaller_than_a_block_are_average() {
        let dot = Pixels::filled(3, 3, Layout::Rgb, &[1, 2, 3]);
        assert_eq!(difficulty(&dot), 0.0);
    }
}
