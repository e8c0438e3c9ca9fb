//! The passes, decided at the first picture and the same for all that follow.

use std::borrow::Cow;

use super::{Job, decided, mark};
use crate::image::{Error, Pixels};
use crate::transform::plan::{Pass, Profile};
use crate::transform::steps;

/// The passes of a job.
pub(super) struct Passes<'a> {
    job: &'a Job<'a>,
    ready: Vec<Ready<'a>>,
}

/// A pass that is decided, with what is laid over its picture.
struct Ready<'a> {
    pass: Cow<'a, Pass>,
    mark: Option<Pixels>,
}

impl<'a> Passes<'a> {
    pub(super) const fn new(job: &'a Job<'a>) -> Self {
        Self {
            job,
            ready: Vec::new(),
        }
    }

    /// A decoded picture through all passes. Ink and profile are converted in the first.
    pub(super) fn run(&mut self, pixels: Pixels) -> Result<Pixels, Error> {
        let mut pixels = steps::ink_to_srgb(pixels, self.job.icc())?;
        for index in 0..self.job.steps.stages.len() {
            self.prepare(index, &pixels)?;
            let profile = match index {
                0 => self.job.steps.profile,
                _ => Profile::Keep,
            };
            pixels = self.pass(&self.ready[index], pixels, profile)?;
        }
        Ok(pixels)
    }

    /// Decides the pass of a stage, unless a picture before did.
    fn prepare(&mut self, index: usize, pixels: &Pixels) -> Result<(), Error> {
        if index < self.ready.len() {
            return Ok(());
        }
        let pass = decided(self.job, &self.job.steps.stages[index], pixels)?;
        let mark = match &pass.mark {
            Some(marking) => mark::drawn(marking, self.job.mark, pass.result())?,
            None => None,
        };
        self.ready.push(Ready { pass, mark });
        Ok(())
    }

    fn pass(&self, ready: &Ready<'_>, pixels: Pixels, profile: Profile) -> Result<Pixels, Error> {
        let pass = &*ready.pass;
        let (before, after) = match pass.sampling.linear {
            // What light a sample stands for is known of sRGB.
            true => (profile, Profile::Keep),
            false => (Profile::Keep, profile),
        };
        let pixels = steps::to_srgb(pixels, self.job.icc(), before)?;
        let pixels = steps::sample(pixels, &pass.sampling, self.job.facts.format)?;
        let pixels = steps::to_srgb(pixels, self.job.icc(), after)?;
        let pixels = steps::at_depth(pixels, self.job.steps.depth);
        let pixels = steps::orient(pixels, pass.orientation);
        let pixels = pass.filters.iter().fold(pixels, steps::filter);
        // The background below transparency first: the canvas around is then of that colour and needs no alpha.
        let pixels = steps::flatten(pixels, pass.flatten);
        let pixels = steps::embed(pixels, pass.canvas, pass.flatten);
        let pixels = steps::fit(pixels, pass.fit, self.job.plan.format())?;
        Ok(match (&pass.mark, &ready.mark) {
            (Some(marking), Some(mark)) => {
                steps::watermark(pixels, mark, &marking.asked, marking.dpr)
            }
            _ => pixels,
        })
    }
}
