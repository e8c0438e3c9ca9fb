//! What a file that scores well must be by other measures too, before it is taken for good.
//!
//! SSIMULACRA2 is a mean over the picture. Butteraugli tells of errors that are few and strong; and what shows first where
//! a sky or a shadow is coded coarsely, steps in what was smooth, hardly moves either of them.

use butteraugli::{ButteraugliParams, Img, RGB8, butteraugli};

use super::metric::{MEASURED_PIXELS, failed};
use super::view::{Area, View};
use super::{Error, Target};
use crate::image::Pixels;

/// What is transparent is looked at over mid grey.
const BACKDROP: u8 = 128;

/// Butteraugli's 3-norm that files of a score of 75 may have, twice the median of those that were found for 22
/// photographs, …
const DISTANCE: f64 = 2.6;
/// … and by how much it falls with each point of the score.
const DISTANCE_A_POINT: f64 = 0.094;
/// It is not held to less.
const LEAST_DISTANCE: f64 = 0.6;

/// The part of all blocks that may have steps at a score of 75; at 60 it is thrice that, at 90 a third.
const STEPPED: f64 = 0.01;
const STEPPED_POINTS: f64 = 15.0;

/// By how many points files with too many steps are taken to be too bad.
const STEPPED_SHORTFALL: f64 = 3.0;
/// What is far off is taken to be so many points too bad at most.
const MAX_SHORTFALL: f64 = 10.0;

/// The side of the blocks in which pixels are looked at for steps: two of those that JPEG codes, so that what lies
/// between them is seen.
const BLOCK_PX: usize = 16;

/// How far the samples of a smooth block are from a plane at most, as the root of the mean square, in steps of 8 bits:
/// little more than rounding makes.
const SMOOTH: f64 = 0.6;

/// How much further they are once they were coded, where there are steps.
const STEPS: f64 = 1.0;

/// By about how many points of its score a decoded file is too bad by the other measures, for one that is to have
/// `score`: 0 where it is good enough, else at most 10. Of large pictures the same tiles are looked at as for the score:
/// butteraugli takes about 150 bytes a pixel.
pub(super) fn shortfall(pixels: &Pixels, decoded: &Pixels, score: f64) -> Result<f64, Error> {
    let view = View::within(Area::of(pixels), pixels, MEASURED_PIXELS);
    let (one, other) = (view.of(pixels, BACKDROP), view.of(decoded, BACKDROP));
    let of_steps = match has_steps((&one, &other), score) {
        true => STEPPED_SHORTFALL,
        false => 0.0,
    };
    let excess = distance(&one, &other)? - greatest_distance(score);
    Ok((excess / DISTANCE_A_POINT).clamp(of_steps, MAX_SHORTFALL))
}

fn greatest_distance(score: f64) -> f64 {
    let fall = (score - Target::DEFAULT_SCORE) * DISTANCE_A_POINT;
    (DISTANCE - fall).max(LEAST_DISTANCE)
}

/// Butteraugli's 3-norm of RGB: 0 for equal pictures, 1 about where differences begin to be seen.
fn distance(one: &Pixels, other: &Pixels) -> Result<f64, Error> {
    let (width, height) = (one.width() as usize, one.height() as usize);
    let rgb = |pixels: &Pixels| -> Vec<RGB8> {
        let each = pixels.data().as_chunks().0.iter();
        each.map(|[r, g, b]| RGB8::new(*r, *g, *b)).collect()
    };
    let (one, other) = (rgb(one), rgb(other));
    let (one, other) = (Img::new(one, width, height), Img::new(other, width, height));
    let found = butteraugli(one.as_ref(), other.as_ref(), &ButteraugliParams::new());
    Ok(found.map_err(failed)?.pnorm_3)
}

/// Whether too much of what was smooth has steps.
fn has_steps((one, other): (&Pixels, &Pixels), score: f64) -> bool {
    let (stepped, all) = stepped(one, other);
    let most = STEPPED * 3_f64.powf((Target::DEFAULT_SCORE - score) / STEPPED_POINTS);
    stepped as f64 > most * all as f64
}

/// How many smooth blocks of RGB have steps after coding, and how many blocks there are of any kind.
fn stepped(one: &Pixels, other: &Pixels) -> (usize, usize) {
    let (width, height) = (one.width() as usize, one.height() as usize);
    let (mut stepped, mut all) = (0, 0);
    for top in (0..height.saturating_sub(BLOCK_PX - 1)).step_by(BLOCK_PX) {
        for left in (0..width.saturating_sub(BLOCK_PX - 1)).step_by(BLOCK_PX) {
            all += 1;
            let before = Plane::of(one, (left, top));
            if before.roughness() > SMOOTH || before.is_flat() {
                continue;
            }
            let after = Plane::of(other, (left, top));
            stepped += usize::from(after.roughness() > before.roughness() + STEPS);
        }
    }
    (stepped, all)
}

/// The sums of the luma of a block that a plane is laid through.
#[derive(Default)]
struct Plane {
    sum: f64,
    squares: f64,
    across: f64,
    down: f64,
}

impl Plane {
    fn of(pixels: &Pixels, (left, top): (usize, usize)) -> Self {
        let mut plane = Self::default();
        for (y, row) in pixels.rows().skip(top).take(BLOCK_PX).enumerate() {
            let row = &row[left * 3..(left + BLOCK_PX) * 3];
            for (x, [red, green, blue]) in row.as_chunks().0.iter().enumerate() {
                let [red, green, blue] = [*red, *green, *blue].map(f64::from);
                plane.add((x, y), 0.299 * red + 0.587 * green + 0.114 * blue);
            }
        }
        plane
    }

    fn add(&mut self, (x, y): (usize, usize), luma: f64) {
        let from_middle = |at: usize| at as f64 - MIDDLE;
        self.sum += luma;
        self.squares += luma * luma;
        self.across += from_middle(x) * luma;
        self.down += from_middle(y) * luma;
    }

    /// The root of the mean square of what is left of the samples without the plane that fits them best.
    fn roughness(&self) -> f64 {
        let slopes = (self.across.powi(2) + self.down.powi(2)) / LEVER;
        let left = self.squares - self.sum.powi(2) / SAMPLES - slopes;
        (left.max(0.0) / SAMPLES).sqrt()
    }

    /// Whether it rises by less than a step from one side to the other: then there is nothing to make steps of.
    fn is_flat(&self) -> bool {
        let rise = self.across.abs().max(self.down.abs()) / LEVER * BLOCK_PX as f64;
        rise < 1.0
    }
}

const SAMPLES: f64 = (BLOCK_PX * BLOCK_PX) as f64;
const MIDDLE: f64 = (BLOCK_PX - 1) as f64 / 2.0;
/// The sum of the squared distances from the middle, over a block.
const LEVER: f64 = SAMPLES * (SAMPLES - 1.0) / 12.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Layout;
    use crate::image::testing::picture;

    /// A soft rise across and down, in steps of so many levels.
    fn rise(step: u32) -> Pixels {
        let level = |x: u32, y: u32| ((x * 3 + y) / 16 / step * step + 40) as u8;
        let samples = (0..192).flat_map(|y| (0..256).flat_map(move |x| [level(x, y); 3]));
        Pixels::new(256, 192, Layout::Rgb, samples.collect())
    }

    #[test]
    fn steps_in_what_was_smooth_are_seen_and_equal_pictures_have_none() {
        let smooth = rise(1);
        for (step, expected) in [(1, false), (2, false), (6, true)] {
            let found = shortfall(&smooth, &rise(step), 75.0).unwrap();
            assert_eq!(found >= STEPPED_SHORTFALL, expected, "{step}: {found}");
        }
        let rough = picture(256, 192, Layout::Rgb);
        assert_eq!(shortfall(&rough, &rough, 100.0).unwrap(), 0.0);
    }

    #[test]
    fn a_few_strong_errors_are_seen_and_count_for_less_at_lower_scores() {
        let before = picture(256, 192, Layout::Rgb);
        let mut after = before.clone();
        for row in after.data_mut().chunks_exact_mut(256 * 3).take(8) {
            row[..24].iter_mut().for_each(|sample| *sample ^= 0x20);
        }
        let short = |score| shortfall(&before, &after, score).unwrap();
        assert_eq!(short(95.0), MAX_SHORTFALL);
        assert_eq!(short(0.0), 0.0);
    }

    #[test]
    fn what_is_smaller_than_a_block_has_no_steps() {
        let dot = Pixels::filled(9, 15, Layout::Rgb, &[1, 2, 3]);
        assert_eq!(stepped(&dot, &dot), (0, 0));
    }
}
