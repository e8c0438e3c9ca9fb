//! The source itself, packed anew, where the result is its picture and writing it again gains too little.

use super::{Derivative, Job};
use crate::identify::{Facts, Orientation};
use crate::image::{Format, encode};
use crate::optimize::{Stage, repack, saves_enough};
use crate::transform::dihedral::Dihedral;
use crate::transform::plan::{Search, Way};
use crate::transform::steps;

impl Job<'_> {
    /// The smaller one of a result and the source packed anew, where both show the same picture in the same format.
    /// Where quality is searched, a source that has lost before is not written with another loss for little.
    pub(super) fn never_larger(&self, made: Derivative) -> Derivative {
        let Some((way, facts)) = self.packable(made.format) else {
            return made;
        };
        let bytes = made.bytes.len() as u64;
        let stands = |packed: &[u8]| is_worth_it(way, packed.len() as u64, bytes);
        if stands(self.source) {
            return made;
        }
        // What cannot be packed is answered as it was made.
        match self.repacked(way, &facts) {
            Ok(bytes) if !stands(&bytes) => Derivative {
                bytes,
                score: None,
                packed: true,
                ..made
            },
            _ => made,
        }
    }

    fn repacked(&self, way: &Way, facts: &Facts) -> Result<Vec<u8>, crate::image::Error> {
        let options = encode::Options {
            metadata: steps::kept(self.steps, &self.metadata),
            ..way.options.clone()
        };
        match facts.format {
            Format::Jpeg => repack::jpeg(self.source, facts, &options, stage(way)),
            _ => repack::png(self.source, facts, &options, stage(way)),
        }
    }

    /// How the source would be packed, where a result of this format is its picture, and there is room for it.
    fn packable(&self, format: Format) -> Option<(&Way, Facts)> {
        let way = self.steps.output.way(format)?;
        let packs = matches!(format, Format::Jpeg | Format::Png) && !way.options.png.quantize;
        let facts = self.laid()?;
        let fits = repack::peak_bytes(&facts, stage(way)) <= self.plan.peak_bytes();
        let same = format == facts.format && !facts.animated && self.keeps_colors();
        (packs && same && fits).then_some((way, facts))
    }

    /// The facts of the source as it is shown, where nothing is done to it but to turn it upright.
    fn laid(&self) -> Option<Facts> {
        let [stage] = self.steps.stages.as_slice() else {
            return None;
        };
        let pass = &stage.pass;
        let whole = (self.facts.width, self.facts.height);
        let decoded = (self.steps.decoded.width, self.steps.decoded.height);
        let untouched = stage.open.is_none()
            && decoded == whole
            && pass.sampling.is_nothing()
            && pass.is_bare()
            && (pass.flatten.is_none() || !self.facts.alpha);
        let orientation = match pass.orientation {
            turned if turned == Dihedral::from(self.facts.orientation) => self.facts.orientation,
            Dihedral::Identity => Orientation::UPRIGHT,
            _ => return None,
        };
        untouched.then(|| Facts {
            orientation,
            ..self.facts.clone()
        })
    }
}

/// How much work it is worth to pack the source.
fn stage(way: &Way) -> Stage {
    match &way.search {
        Search::Score(goal) => goal.stage,
        Search::Fixed | Search::Bytes { .. } => Stage::Fast,
    }
}

/// Whether what was made stands beside the source in so many bytes, which has no loss but its own.
fn is_worth_it(way: &Way, source_bytes: u64, made_bytes: u64) -> bool {
    match &way.search {
        Search::Score(goal) if way.options.format == Format::Jpeg => {
            !goal.target.is_lossless() && saves_enough(source_bytes, made_bytes)
        }
        Search::Score(_) | Search::Fixed | Search::Bytes { .. } => made_bytes <= source_bytes,
    }
}
