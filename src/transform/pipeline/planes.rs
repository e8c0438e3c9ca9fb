//! The short way of photographs: from the planes of a JPEG to those of the result.
//!
//! Nothing is converted to RGB and back, and chroma is halved once, by the encoder of the source: there is half as
//! much to sample, and no step between two that loses.

use super::{Derivative, Job, output};
use crate::image::decode::decode_planes;
use crate::image::encode::takes_planes;
use crate::image::{Depth, Error, Format, Planes, color, encode};
use crate::transform::ask::Kernel;
use crate::transform::dihedral::Dihedral;
use crate::transform::geometry::Size;
use crate::transform::plan::{
    LEAST_AVIF_SIDE_PX, Pass, Profile, Reading, Sampling, Search, Selection,
};
use crate::transform::steps;

/// How the planes of the source become those of the result.
struct Way<'a> {
    pass: &'a Pass,
    chroma: Sampling,
}

impl Job<'_> {
    /// The result by the short way, where the plan lets planes through and the source has them.
    pub(super) fn in_planes(&self) -> Result<Option<Derivative>, Error> {
        let Some(way) = self.way() else {
            return Ok(None);
        };
        let Some(planes) = decode_planes(self.source, self.facts, self.steps.how.scale)? else {
            return Ok(None);
        };
        let planes = way.taken(planes, self.steps.decoded, self.facts.format)?;
        Ok(Some(Derivative {
            bytes: output::written_planes(&planes, self.steps, &self.metadata)?,
            format: self.steps.output.format(),
            score: None,
            packed: false,
            width: planes.width(),
            height: planes.height(),
        }))
    }

    fn way(&self) -> Option<Way<'_>> {
        let [stage] = self.steps.stages.as_slice() else {
            return None;
        };
        let pass = &stage.pass;
        let way = Way {
            pass,
            chroma: pass.sampling.of_chroma()?,
        };
        let decided = stage.open.is_none() && self.steps.reading == Reading::One;
        (decided && self.writes_planes() && self.keeps_colors() && is_geometry(pass)).then_some(way)
    }

    /// Whether the one format that may come out is written from planes, and not measured against pixels.
    fn writes_planes(&self) -> bool {
        let output = &self.steps.output;
        let stands_in =
            output.format() == Format::Avif && self.steps.result().shortest() < LEAST_AVIF_SIDE_PX;
        let main = output.main();
        let takes = match &main.search {
            Search::Fixed => takes_planes(&main.options),
            // From some quality on, files have more chroma than the planes.
            Search::Bytes { quality, .. } => takes_planes(&encode::Options {
                quality: *quality.end(),
                ..main.options.clone()
            }),
            Search::Score(_) => false,
        };
        output.selection == Selection::First && takes && !stands_in
    }

    /// Whether the colours of the source are those of the result.
    pub(super) fn keeps_colors(&self) -> bool {
        let kept = match self.steps.profile {
            Profile::Keep => true,
            Profile::Convert => color::is_srgb(self.icc()),
            Profile::ConvertInk => false,
        };
        kept && self.steps.depth == Depth::Eight
    }
}

impl Way<'_> {
    fn taken(&self, planes: Planes, planned: Size, source: Format) -> Result<Planes, Error> {
        let [y, cb, cr] = planes.into_each();
        let luma = &self.pass.sampling;
        let y = steps::sample(steps::of_size(y, planned, source)?, luma, source)?;
        let [cb, cr] = [cb, cr].map(|plane| steps::sample(plane, &self.chroma, source));
        let turned = |plane| steps::orient(plane, self.pass.orientation);
        Ok(Planes::new(turned(y), turned(cb?), turned(cr?)))
    }
}

/// Whether a pass does no more than to crop, scale and turn, in a way that is the same for every plane.
fn is_geometry(pass: &Pass) -> bool {
    let sampling = &pass.sampling;
    // The nearest pixel is to be taken with all of its colour.
    let mixes = sampling.is_nothing() || sampling.kernel != Kernel::Nearest;
    // The last chroma of an odd side would come to lie first.
    let even = sampling.size.width.is_multiple_of(2) && sampling.size.height.is_multiple_of(2);
    pass.is_bare() && mixes && !sampling.linear && (even || pass.orientation == Dihedral::Identity)
}
