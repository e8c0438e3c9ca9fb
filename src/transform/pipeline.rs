//! The pipeline: literal lists of steps that carry a plan out.

use std::borrow::Cow;

use bytes::Bytes;

use super::plan::{Pass, Plan, Reading, Stage, Steps, Work};
use super::steps;
use crate::identify::Facts;
use crate::image::metadata::{self, Metadata};
use crate::image::{Error, Format, Pixels, svg};

pub use crate::optimize::Abort;

mod look;
mod mark;
mod moving;
mod output;
mod passes;
mod planes;
mod repacked;
#[cfg(test)]
mod tests;

use passes::Passes;

/// What a plan made of a source.
#[derive(Clone, Debug, PartialEq)]
pub struct Derivative {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its format.
    pub format: Format,
    /// Its width in pixels, as seen.
    pub width: u32,
    /// Its height in pixels, as seen.
    pub height: u32,
    /// How good it looks, where that was measured: SSIMULACRA2 against the pixels before they were written. Of an
    /// animation, that of its most telling frame.
    pub score: Option<f64>,
    /// Whether it is the source packed anew: the very same picture, without another loss.
    pub packed: bool,
}

/// The file that is laid over results.
#[derive(Clone, Debug)]
pub struct Mark {
    /// The whole file.
    pub bytes: Bytes,
    /// What its header declares.
    pub facts: Facts,
}

/// The source and what is carried out on it.
struct Job<'a> {
    source: &'a [u8],
    facts: &'a Facts,
    plan: &'a Plan,
    steps: &'a Steps,
    mark: Option<&'a Mark>,
    abort: &'a Abort,
    metadata: Metadata,
}

/// Carries `plan` out on the whole file `source`, of which `facts` were identified.
///
/// `mark` is the file that [`Plan::mark`] asks for; without it nothing is laid over the result.
///
/// # Errors
///
/// When the source or the mark turns out to be broken or other than its facts, when a look at the pixels leads to
/// a result that is too large, and when a codec fails.
pub fn run(
    source: &[u8],
    facts: &Facts,
    plan: &Plan,
    mark: Option<&Mark>,
) -> Result<Derivative, Error> {
    run_unless((source, facts), plan, mark, &Abort::default())
}

/// The same, until `abort` says to stop: then a search ends within a file, and there is no derivative.
///
/// # Errors
///
/// Those of [`run`], and any where it was stopped.
pub fn run_unless(
    (source, facts): (&[u8], &Facts),
    plan: &Plan,
    mark: Option<&Mark>,
    abort: &Abort,
) -> Result<Derivative, Error> {
    let untouched = |bytes| Derivative {
        bytes,
        format: plan.format(),
        width: plan.width(),
        height: plan.height(),
        score: None,
        packed: false,
    };
    match plan.work() {
        Work::Passthrough => Ok(untouched(source.to_vec())),
        Work::Sanitised => svg::minified(source).map(untouched),
        Work::Remade(steps) => {
            let job = Job {
                source,
                facts,
                plan,
                steps,
                mark,
                abort,
                metadata: metadata::read(source, facts.format),
            };
            job.remade()
        }
    }
}

impl Job<'_> {
    fn remade(&self) -> Result<Derivative, Error> {
        match self.steps.reading {
            Reading::Moving(range) => self.moving(range),
            Reading::One | Reading::Stacked(_) => self.still(),
        }
    }

    fn still(&self) -> Result<Derivative, Error> {
        let made = match self.in_planes()? {
            Some(made) => made,
            None => self.in_pixels()?,
        };
        Ok(self.never_larger(made))
    }

    fn in_pixels(&self) -> Result<Derivative, Error> {
        let pixels = steps::decode(self.source, self.facts, self.steps)?;
        let pixels = Passes::new(self).run(pixels)?;
        let larger = self.larger()?;
        let shown = output::Shown {
            pixels: &pixels,
            larger: larger.as_ref(),
        };
        let written = output::written(shown, self.steps, &self.metadata, self.abort)?;
        Ok(Derivative {
            bytes: written.file,
            format: written.format,
            width: pixels.width(),
            height: pixels.height(),
            score: written.score,
            packed: false,
        })
    }

    /// More pixels of the same picture, where its own are too few to be measured.
    fn larger(&self) -> Result<Option<Pixels>, Error> {
        let Some(steps) = self.plan.larger() else {
            return Ok(None);
        };
        let larger = Job {
            steps,
            mark: None,
            metadata: self.metadata.clone(),
            ..*self
        };
        let pixels = steps::decode(larger.source, larger.facts, steps)?;
        Passes::new(&larger).run(pixels).map(Some)
    }

    fn icc(&self) -> Option<&[u8]> {
        self.metadata.icc.as_deref()
    }
}

/// The pass of a stage, decided now where that takes a look at the pixels.
fn decided<'a>(job: &Job<'a>, stage: &'a Stage, pixels: &Pixels) -> Result<Cow<'a, Pass>, Error> {
    let Some(course) = stage.open.as_deref() else {
        return Ok(Cow::Borrowed(&stage.pass));
    };
    let pass = look::looked(course, &pixels.eight()).map_err(|_| too_large(job.plan.format()))?;
    if stage.is_resized_by_look() && !job.plan.affords(&pass) {
        return Err(too_large(job.plan.format()));
    }
    Ok(Cow::Owned(pass))
}

/// Refuses what would be larger than the memory that was planned for, or than can be made.
fn too_large(format: Format) -> Error {
    Error::Unwritable {
        format,
        detail: "the result would be too large".to_owned(),
    }
}
