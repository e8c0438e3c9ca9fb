//! The smallest file that looks as good as asked: pixels in, a file out.
//!
//! How good a file looks is measured, by SSIMULACRA2, of what a decoder makes of it against the pixels it was made
//! of. The settings that a search may turn are quality, chroma and effort; what it may cost is counted in encodes and
//! pixels, never in time, so the same pixels and the same goal give the same file on any machine.

pub mod animation;
mod attempt;
mod candidates;
mod chroma;
pub mod colors;
pub mod comparison;
pub mod confirm;
mod content;
mod dssim;
pub mod gif;
mod guess;
mod lossy;
mod metric;
mod picture;
pub mod png;
pub mod png_palette;
pub mod repack;
mod search;
mod view;
pub mod webp_lossless;

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::image::encode;
use crate::image::{self, Depth, Format, Pixels};
use picture::Picture;

pub use content::Kind;
pub use dssim::score_of_dssim;
pub use metric::LEAST_SIDE_PX;

/// What another loss must save of the bytes of what has lost before, in percent.
pub const LEAST_SAVED_PERCENT: u64 = 10;

/// By how many points WebP at its best may miss the target. Its chroma is always halved, and there are pictures that are
/// nothing without it.
const MOST_MISSED_POINTS: f64 = 2.0;

/// The least score of a graphic that loses anything.
const GRAPHIC_SCORE: f64 = 85.0;

/// How much work a file is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Somebody waits: a predicted quality, two corrections at most, and the cheap settings of each encoder.
    Fast,
    /// Nobody waits: a whole search with the expensive settings of each encoder.
    Refined,
}

/// How good a file must look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// SSIMULACRA2 against the pixels, 0..=100: 90 cannot be told apart, 70 is good.
    pub score: f64,
    /// By how many points a file may stay below it.
    pub error: f64,
}

impl Target {
    /// The score where nothing says another.
    pub const DEFAULT_SCORE: f64 = 75.0;
    /// The score from which on nothing may be lost, where a format can do without.
    pub const LOSSLESS_SCORE: f64 = 100.0;

    /// Whether nothing may be lost.
    pub const fn is_lossless(&self) -> bool {
        self.score >= Self::LOSSLESS_SCORE
    }

    /// The least score that is good enough.
    pub const fn least(&self) -> f64 {
        self.score - self.error
    }

    /// Whether even the best quality of WebP, whose chroma is always halved, comes nowhere near it.
    fn is_beyond(&self, quality: Option<u8>, score: Option<f64>) -> bool {
        let misses = |score: f64| score < self.score - MOST_MISSED_POINTS;
        quality == Some(100) && score.is_some_and(misses)
    }

    /// Whether a file is good enough. One that was not measured is taken to be.
    pub fn is_met_by(&self, score: Option<f64>) -> bool {
        score.is_none_or(|score| score >= self.least())
    }
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// How good a file must look.
    pub target: Target,
    /// The qualities that may be used, in each encoder's own scale, within 1..=100; they win over the target. One alone
    /// fixes what a file looks like: then nothing but effort is added to a way.
    pub quality: RangeInclusive<u8>,
    /// How much work it is worth.
    pub stage: Stage,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimized {
    /// The file.
    pub file: Vec<u8>,
    /// Its format, which is that of one of the ways.
    pub format: Format,
    /// The quality it was written with, where its format has one.
    pub quality: Option<u8>,
    /// How good it looks, where it was measured.
    pub score: Option<f64>,
    /// How many files were written to find it, itself included.
    pub encodes: u32,
}

/// Why nothing was found.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A codec failed, or no way can hold the pixels.
    #[error(transparent)]
    Image(#[from] image::Error),
    /// The measure failed at something that should work. Our fault.
    #[error("measuring failed: {detail}")]
    Measure {
        /// What it said.
        detail: String,
    },
    /// The caller asked to stop.
    #[error("stopped before an answer was found")]
    Aborted,
}

/// Waits for as long as others go first, and nobody was asked to stop.
type GiveWay = Box<dyn Fn(&Abort) + Send + Sync>;

/// By which a caller stops searches from another thread, or has them stand still; what a search that is stopped has found
/// until then is dropped.
#[derive(Default)]
pub struct Abort {
    is_stopped: AtomicBool,
    give_way: Option<GiveWay>,
}

impl Abort {
    /// Has searches stand still before each file that they write or measure: in a function that waits for as long as
    /// others go first, and the search is not stopped.
    pub fn giving_way(give_way: impl Fn(&Self) + Send + Sync + 'static) -> Self {
        Self {
            give_way: Some(Box::new(give_way)),
            ..Self::default()
        }
    }

    /// Asks searches to stop before the next file that they would write or measure.
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    /// Whether they were asked to stop.
    pub fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    /// Says whether to go on, once nobody goes first.
    fn check(&self) -> Result<(), Error> {
        if let Some(give_way) = &self.give_way {
            give_way(self);
        }
        match self.is_stopped() {
            true => Err(Error::Aborted),
            false => Ok(()),
        }
    }
}

/// Writes pixels (grey, RGB or RGBA, in sRGB) in the way that takes the fewest bytes at the score that its goal asks
/// for; where none reaches it, in the one that comes closest.
///
/// Each way is a format that may be written with its options as settings and URL say. Quality is searched, chroma is
/// decided where the way leaves it to the encoder, and effort follows the stage, but for that of JPEG, which the way
/// says. The goals are of one target, and of qualities in the scale of each way's encoder.
///
/// # Errors
///
/// [`Error::Image`] where no way holds the pixels or a codec fails, [`Error::Aborted`] where the caller said so.
pub fn optimize(
    pixels: &Pixels,
    ways: &[(&encode::Options, &Goal)],
    abort: &Abort,
) -> Result<Optimized, Error> {
    optimize_as(pixels, None, ways, abort)
}

/// The same, where pixels that are too few to be measured get the quality of the same picture in more of them.
///
/// # Errors
///
/// Those of [`optimize`].
pub fn optimize_as(
    pixels: &Pixels,
    larger: Option<&Pixels>,
    ways: &[(&encode::Options, &Goal)],
    abort: &Abort,
) -> Result<Optimized, Error> {
    let picture = Picture::of(pixels).with_stand_in(larger);
    let mut best: Result<Optimized, Error> = Err(unwritable(ways).into());
    for (way, goal) in ways.iter().filter(|(way, _)| is_searched(way.format)) {
        let goal = &suited(goal, &picture);
        best = match (
            best,
            candidates::taken(pixels, &picture, (way, goal), abort),
        ) {
            (Ok(best), Ok(found)) => Ok(better(best, found, goal.target)),
            // A format that does not hold the picture leaves it to the others.
            (Ok(best), Err(Error::Image(image::Error::Unwritable { .. }))) => Ok(best),
            (Err(_), found) => found,
            (Ok(_), Err(error)) => return Err(error),
        };
        abort.check()?;
    }
    best
}

/// Whether it is worth another loss to get from so many bytes, of what has lost before, to fewer.
pub const fn saves_enough(before: u64, after: u64) -> bool {
    after.saturating_mul(100) <= before.saturating_mul(100 - LEAST_SAVED_PERCENT)
}

/// Whether there is anything to be looked for in a format.
pub const fn is_searched(format: Format) -> bool {
    matches!(
        format,
        Format::Jpeg | Format::WebP | Format::Avif | Format::Png | Format::Gif
    )
}

/// What kind of picture grey, RGB or RGBA pixels are.
pub fn kind(pixels: &Pixels) -> Kind {
    Picture::of(pixels).kind()
}

/// An upper bound of the bytes that [`optimize`] holds at its peak besides the pixels, the returned file included.
pub fn peak_bytes(
    (width, height): (u32, u32),
    depth: Depth,
    ways: &[(&encode::Options, &Goal)],
) -> u64 {
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    let writing = ways
        .iter()
        .map(|way| candidates::writing_bytes((width, height), depth, *way));
    let writing = writing.max().unwrap_or(0);
    if !ways.iter().any(|way| candidates::measures(*way)) {
        // Cleared pixels, and two files of at most four and a half bytes a pixel.
        return pixels.saturating_mul(4 + 2 * 5).saturating_add(writing);
    }
    // What a decoder made too, and six files.
    let held = pixels.saturating_mul(4 + 4 + 6 * 5);
    held.saturating_add(metric::peak_bytes(pixels).max(writing))
        .saturating_add(metric::reference_bytes(pixels))
}

/// The goal for a picture: the errors of loss show sooner in graphics.
fn suited(goal: &Goal, picture: &Picture<'_>) -> Goal {
    let score = match picture.kind() {
        Kind::Graphic => goal.target.score.max(GRAPHIC_SCORE),
        Kind::Photo => goal.target.score,
    };
    let target = Target {
        score,
        ..goal.target
    };
    Goal {
        target,
        ..goal.clone()
    }
}

/// The better one of two files: the smaller one of those that are good enough, else the one that looks better. With
/// equal claims the earlier one stays.
fn better(one: Optimized, other: Optimized, target: Target) -> Optimized {
    let good = |found: &Optimized| target.is_met_by(found.score);
    let other_wins = match (good(&one), good(&other)) {
        (true, true) => other.file.len() < one.file.len(),
        (false, false) => other.score > one.score,
        (_, good) => good,
    };
    let encodes = one.encodes + other.encodes;
    let best = if other_wins { other } else { one };
    Optimized { encodes, ..best }
}

fn unwritable(ways: &[(&encode::Options, &Goal)]) -> image::Error {
    let format = ways.first().map_or(Format::Jpeg, |(way, _)| way.format);
    let detail = "nothing to search in it".to_owned();
    image::Error::Unwritable { format, detail }
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
