//! The file to pixels, shrunk on the way.

use crate::identify::Facts;
use crate::image::decode::How;
use crate::image::{self, Error, Pixels};
use crate::transform::geometry::Size;
use crate::transform::plan::Steps;

/// Decodes the source at the planned scale.
pub(in crate::transform) fn decode(
    source: &[u8],
    facts: &Facts,
    steps: &Steps,
) -> Result<Pixels, Error> {
    let pixels = image::decode::decode(source, facts, &How::at(steps.scale))?;
    let size = Size::of(&pixels);
    if size == steps.sampling.decoded {
        return Ok(pixels);
    }
    Err(Error::Dishonest {
        format: facts.format,
        detail: format!("{size:?} came, {:?} was planned", steps.sampling.decoded),
    })
}
