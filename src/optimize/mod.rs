//! The smallest file that looks as good as asked: pixels in, a file out.
//!
//! How good a file looks is measured, by SSIMULACRA2, of what a decoder makes of it against the pixels it was made
//! of. The settings that a search may turn are quality, chroma and effort; what it may cost is counted in encodes and
//! pixels, never in time, so the same pixels and the same goal give the same file on any machine.

pub mod colors;
pub mod gif;
pub mod png;
pub mod png_palette;
pub mod repack;
pub mod webp_lossless;

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::image::{self, Format};

/// How much work a file is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Somebody waits: a predicted quality, one correction at most, and the cheap settings of each encoder.
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

/// What is looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// How good a file must look.
    pub target: Target,
    /// The qualities that may be used, in each encoder's own scale, within 1..=100; they win over the target.
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

/// A flag by which a caller stops the work from another thread; what was found until then is dropped.
#[derive(Debug, Default)]
pub struct Abort(AtomicBool);

impl Abort {
    /// Asks the work to stop at its next step.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Says whether to go on.
    fn check(&self) -> Result<(), Error> {
        match self.0.load(Ordering::Relaxed) {
            true => Err(Error::Aborted),
            false => Ok(()),
        }
    }
}
