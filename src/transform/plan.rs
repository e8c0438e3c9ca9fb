//! What will be done, decided before a pixel is decoded: every size, box, colour and setting of one job.
//!
//! A plan is made from the ask, the settings, the facts of the source and the variant. It never exceeds a limit,
//! and it states the memory that carrying it out takes at most. What only the pixels tell (where a border ends,
//! where there is most to see) is decided after a look at them, by the same rules and within that memory.

use super::ask::{Rgb, Transform, Variant};
use super::geometry::{Oversize, Size};
use crate::identify::Facts;
use crate::image::Format;

mod case;
mod course;
mod defaults;
mod effort;
mod filters;
mod format;
mod hints;
mod marking;
mod output;
mod peak;
mod reading;
mod recipe;
mod sampling;
mod search;
mod stages;
mod steps;
#[cfg(test)]
mod tests;

use case::Case;
pub(super) use course::Course;
pub use defaults::{Defaults, Unsharp};
pub use effort::Spared;
pub(super) use filters::Filter;
pub use marking::MarkSource;
pub(super) use marking::Marking;
pub(super) use marking::{own_size as mark_size, reading as mark_reading};
pub(super) use output::{LEAST_AVIF_SIDE_PX, Output, Selection, Way};
pub(super) use reading::Reading;
pub use recipe::recipe;
pub(super) use sampling::{Decoded, Sampling, Window};
pub(super) use search::Search;
pub use search::Searching;
pub(super) use steps::{Flatten, Pass, Profile, Stage, Steps, Tags, Work};

/// Raised by hand whenever the same plan comes to write other bytes: another filter, encoder or encoder version.
pub const OUTPUT_EPOCH: u32 = 6;

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The source has more pixels than the limits allow, the frames that would be read included. The source's fault.
    #[error("source of {width}x{height} has more than {max_pixels} pixels")]
    SourceTooLarge {
        /// Width as stored.
        width: u32,
        /// Height as stored.
        height: u32,
        /// The limit.
        max_pixels: u64,
    },
    /// This build does not decode the source's format. The source's fault.
    #[error("{} cannot be decoded", format.name())]
    Undecodable {
        /// The source's format.
        format: Format,
    },
    /// This build does not write the format of the result. The request's fault.
    #[error("{} cannot be written", format.name())]
    Unwritable {
        /// The format that was asked for or negotiated.
        format: Format,
    },
    /// The result would have more pixels than can be made. The request's fault.
    #[error("the result would be too large")]
    ResultTooLarge,
}

/// What will be done to one source.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    format: Format,
    size: Size,
    peak_bytes: u64,
    work: Work,
    mark: Option<MarkSource>,
}

impl Plan {
    /// Decides what `transform` comes to for a source with these facts.
    ///
    /// # Errors
    ///
    /// When the source is too large or of a format that is not decoded, and when the result cannot be written.
    pub fn new(
        transform: &Transform,
        defaults: &Defaults,
        facts: &Facts,
        variant: Variant,
    ) -> Result<Self, Error> {
        let transform = &hints::applied(transform, variant);
        let case = Case {
            transform,
            defaults,
            facts,
            variant,
        };
        case.plan()
    }

    /// The plan with room for a watermark of these facts, which [`Plan::mark`] asked for.
    ///
    /// # Errors
    ///
    /// When the watermark's file is too large or of a format that is not decoded, and when it would be laid over
    /// the result at a size that cannot be made.
    pub fn with_mark(self, facts: &Facts) -> Result<Self, Error> {
        let Work::Remade(steps) = &self.work else {
            return Ok(self);
        };
        let mark_bytes = marking::peak_bytes(steps, facts)?;
        Ok(Self {
            peak_bytes: self.peak_bytes.saturating_add(mark_bytes),
            ..self
        })
    }

    /// The format of the result. Where formats are tried, where the smallest is looked for, and where the result
    /// turns out too small for its format, the derivative tells.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The width of the result in pixels, as seen; where a border is cut off, as if there were none.
    pub const fn width(&self) -> u32 {
        self.size.width
    }

    /// The height of the result in pixels, as seen; where a border is cut off, as if there were none.
    pub const fn height(&self) -> u32 {
        self.size.height
    }

    /// The most bytes that carrying the plan out holds at any time, the result included and the source left out.
    pub const fn peak_bytes(&self) -> u64 {
        self.peak_bytes
    }

    /// Whether the result is the source's bytes as they are.
    pub const fn is_passthrough(&self) -> bool {
        matches!(self.work, Work::Passthrough)
    }

    /// The file that is laid over the result, where there is one. Its facts are given to [`Plan::with_mark`], and
    /// its bytes to the pipeline; a plan that is carried out without lays nothing.
    pub const fn mark(&self) -> Option<&MarkSource> {
        self.mark.as_ref()
    }

    /// The plan for nobody who waits: the same picture, in the smallest file that can be found; of a quality that is
    /// said, only effort makes it smaller. `None` where no more work makes it smaller.
    pub fn refined(&self) -> Option<Self> {
        let Work::Remade(steps) = &self.work else {
            return None;
        };
        if matches!(steps.reading, Reading::Moving(_)) {
            return None;
        }
        let output = steps.output.clone().refined();
        if output == steps.output {
            return None;
        }
        let refined = Steps {
            output,
            ..Steps::clone(steps)
        };
        let growth = peak::growth(steps, &refined);
        Some(Self {
            peak_bytes: self.peak_bytes.saturating_add(growth),
            work: Work::Remade(Box::new(refined)),
            ..self.clone()
        })
    }

    /// The score that the file is to have, where it is looked for.
    pub fn target(&self) -> Option<f64> {
        let Work::Remade(steps) = &self.work else {
            return None;
        };
        match &steps.output.main().search {
            Search::Score(goal) => Some(goal.target.score),
            _ => None,
        }
    }

    /// Whether a file is laid over the result.
    pub const fn needs_mark(&self) -> bool {
        self.mark.is_some()
    }

    pub(super) const fn work(&self) -> &Work {
        &self.work
    }

    /// Whether a pass that was decided after a look stays within the memory that was stated.
    pub(super) fn affords(&self, pass: &Pass) -> bool {
        match &self.work {
            Work::Remade(steps) => peak::looked(pass, steps) <= self.peak_bytes,
            Work::Passthrough | Work::Sanitised => true,
        }
    }
}

impl From<Oversize> for Error {
    fn from(_: Oversize) -> Self {
        Self::ResultTooLarge
    }
}

impl Rgb {
    /// What lies under transparency where nothing was asked and the format has no alpha.
    const WHITE: Self = Self {
        r: 255,
        g: 255,
        b: 255,
    };

    pub(super) const fn is_grey(self) -> bool {
        self.r == self.g && self.g == self.b
    }
}
