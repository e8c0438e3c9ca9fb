//! From luma and chroma to red, green and blue (ITU-T H.273, 8.3), in whole numbers.

use crate::identify::avif::CodePoints;
use crate::image::{Error, Format};

/// A sample of the result.
pub(super) trait Sample: Copy {
    /// The largest, which is full light.
    const MAX: i32;
    /// Bits after the point of the factors: as many as leave room for the largest sums.
    const SHIFT: u32;

    /// The sample of a number that is within its bounds.
    fn of(number: i32) -> Self;

    /// The sample as a number.
    fn number(self) -> u32;
}

impl Sample for u8 {
    const MAX: i32 = 255;
    const SHIFT: u32 = 20;

    fn of(number: i32) -> Self {
        number as Self
    }

    fn number(self) -> u32 {
        self.into()
    }
}

impl Sample for u16 {
    const MAX: i32 = 65_535;
    const SHIFT: u32 = 12;

    fn of(number: i32) -> Self {
        number as Self
    }

    fn number(self) -> u32 {
        self.into()
    }
}

/// How three samples of a picture become three of a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Matrix {
    /// By the factors of luma and colour differences.
    Differences(Factors),
    /// They are green, blue and red already.
    Identity(Levels),
}

/// A range of samples: what counts as dark, and the factor from there on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Levels {
    pub(super) black: i32,
    pub(super) factor: i32,
}

/// Factors of luma and colour differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Factors {
    pub(super) luma: Levels,
    pub(super) neutral: i32,
    pub(super) red: i32,
    pub(super) green_of_blue: i32,
    pub(super) green_of_red: i32,
    pub(super) blue: i32,
}

impl Levels {
    /// The levels of luma (of alpha too) at a depth.
    pub(super) fn new<S: Sample>(bit_depth: u8, full_range: bool) -> Self {
        let unit = 1 << (bit_depth - 8);
        let (black, range) = match full_range {
            true => (0, (1 << bit_depth) - 1),
            false => (16 * unit, 219 * unit),
        };
        let factor = fixed::<S>(1.0 / f64::from(range));
        Self { black, factor }
    }

    /// The sample for one of the picture.
    #[inline(always)]
    pub(super) fn apply<S: Sample>(self, sample: i32) -> S {
        clamped(scaled(sample, self.black, self.factor))
    }
}

impl Matrix {
    /// The matrix of a picture.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`] for the rare ones that are not known here.
    pub(super) fn new<S: Sample>(points: CodePoints, bit_depth: u8) -> Result<Self, Error> {
        let luma = Levels::new::<S>(bit_depth, points.full_range);
        // The shares of red and blue in luma.
        let (red, blue) = match (points.matrix, points.primaries) {
            (0, _) => return Ok(Self::Identity(luma)),
            (1, _) | (12, 1) => (0.212_6, 0.072_2),
            (4, _) => (0.30, 0.11),
            // What is not specified is BT.601, as in JPEG.
            (2 | 5 | 6, _) | (12, 5 | 6) => (0.299, 0.114),
            (7, _) | (12, 7) => (0.212, 0.087),
            (9, _) | (12, 9) => (0.262_7, 0.059_3),
            (12, 11 | 12) => (0.228_974_564, 0.079_286_914),
            (other, _) => {
                let detail = format!("matrix coefficients {other}");
                return Err(Error::broken(Format::Avif, detail));
            }
        };
        let range = match points.full_range {
            true => (1 << bit_depth) - 1,
            false => 224 << (bit_depth - 8),
        };
        Ok(Self::Differences(
            Factors::new::<S>(luma, (red, blue), range).centred(bit_depth),
        ))
    }
}

impl Factors {
    fn new<S: Sample>(luma: Levels, (red, blue): (f64, f64), range: i32) -> Self {
        let green = 1.0 - red - blue;
        let each = |factor: f64| fixed::<S>(factor / f64::from(range));
        Self {
            luma,
            neutral: 0,
            red: each(2.0 * (1.0 - red)),
            green_of_blue: -each(2.0 * (1.0 - blue) * blue / green),
            green_of_red: -each(2.0 * (1.0 - red) * red / green),
            blue: each(2.0 * (1.0 - blue)),
        }
    }

    fn centred(self, bit_depth: u8) -> Self {
        let neutral = 1 << (bit_depth - 1);
        Self { neutral, ..self }
    }

    /// Red, green and blue of one pixel.
    #[inline(always)]
    pub(super) fn apply<S: Sample>(self, luma: i32, blue: i32, red: i32) -> [S; 3] {
        let light = scaled(luma, self.luma.black, self.luma.factor);
        let blue_times = |factor| scaled(blue, self.neutral, factor);
        let red_times = |factor| scaled(red, self.neutral, factor);
        let green = blue_times(self.green_of_blue).wrapping_add(red_times(self.green_of_red));
        [
            clamped(light.wrapping_add(red_times(self.red))),
            clamped(light.wrapping_add(green)),
            clamped(light.wrapping_add(blue_times(self.blue))),
        ]
    }
}

/// A factor of light from 0 to 1, in whole numbers.
fn fixed<S: Sample>(factor: f64) -> i32 {
    (factor * f64::from(S::MAX) * f64::from(1 << S::SHIFT)).round() as i32
}

/// How far a sample is from `zero`, times a factor. Nothing overflows up to the depth that factors are made for, and
/// checks would keep the loops from being vectorised.
#[inline(always)]
fn scaled(sample: i32, zero: i32, factor: i32) -> i32 {
    sample.wrapping_sub(zero).wrapping_mul(factor)
}

#[inline(always)]
fn clamped<S: Sample>(sum: i32) -> S {
    let half = 1 << (S::SHIFT - 1);
    S::of((sum.wrapping_add(half) >> S::SHIFT).clamp(0, S::MAX))
}
