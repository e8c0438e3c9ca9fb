//! The pipeline: a literal list of steps that carries a plan out.

use super::plan::{Plan, Steps};
use super::steps;
use crate::identify::Facts;
use crate::image::{Error, Format, metadata};

#[cfg(test)]
mod tests;

/// What a plan made of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derivative {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its format.
    pub format: Format,
    /// Its width in pixels, as seen.
    pub width: u32,
    /// Its height in pixels, as seen.
    pub height: u32,
}

/// Carries `plan` out on the whole file `source`, of which `facts` were identified.
///
/// # Errors
///
/// When the source turns out to be broken or other than its facts, and when a codec fails.
pub fn run(source: &[u8], facts: &Facts, plan: &Plan) -> Result<Derivative, Error> {
    let bytes = match plan.steps() {
        Some(steps) => remade(source, facts, steps)?,
        None => source.to_vec(),
    };
    Ok(Derivative {
        bytes,
        format: plan.format(),
        width: plan.width(),
        height: plan.height(),
    })
}

fn remade(source: &[u8], facts: &Facts, planned: &Steps) -> Result<Vec<u8>, Error> {
    let metadata = metadata::read(source, facts.format);
    let icc = metadata.icc.as_deref();
    let pixels = steps::decode(source, facts, planned)?;
    let pixels = steps::ink_to_srgb(pixels, icc)?;
    let pixels = steps::sample(pixels, &planned.sampling, facts.format)?;
    let pixels = steps::to_srgb(pixels, icc, planned.profile)?;
    let pixels = steps::orient(pixels, planned.orientation);
    // The background below transparency first: the canvas around is then of that colour and needs no alpha.
    let pixels = steps::flatten(pixels, planned.flatten);
    let pixels = steps::embed(pixels, planned.canvas, planned.flatten);
    let pixels = steps::fit(pixels, planned.fit, planned.encoding.format)?;
    steps::encode(&pixels, planned, &metadata)
}
