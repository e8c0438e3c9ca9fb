//! More pixels of the same picture, which are measured where its own are too few.

use super::case::Case;
use super::peak;
use super::stages::Target;
use super::steps::Steps;
use super::{Output, Reading, Selection};
use crate::image::decode::How;
use crate::optimize::LEAST_SIDE_PX;
use crate::transform::ask::Transform;

/// The shorter side of the larger picture, as far as its source has the pixels.
const SIDE_PX: u32 = 256;

/// The most pixels of it: what is very narrow would come to many.
const MAX_PIXELS: u64 = 1 << 20;

/// How a larger picture comes about.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Larger {
    pub(super) steps: Steps,
    /// What making it holds at its peak, and what is held of it afterwards.
    pub(super) peak_bytes: u64,
}

impl Case<'_> {
    /// The same at a higher density, where the picture is too small to be measured and its source is not.
    pub(super) fn larger(&self, steps: &Steps) -> Option<Box<Larger>> {
        let shortest = steps.result().shortest();
        let is_small = shortest > 0 && shortest < LEAST_SIDE_PX;
        if !is_small || !steps.output.is_measured() || steps.reading != Reading::One {
            return None;
        }
        let denser = self.denser(f64::from(SIDE_PX) / f64::from(shortest));
        let case = Case {
            transform: &denser,
            ..*self
        };
        let staged = case.staged(target(&steps.output), steps.reading).ok()?;
        let larger = Steps {
            how: How {
                deep: steps.how.deep,
                ..staged.how
            },
            decoded: staged.decoded,
            stages: staged.stages,
            ..steps.clone()
        };
        let size = larger.result();
        let fits = size.shortest() >= LEAST_SIDE_PX && size.pixels() <= MAX_PIXELS;
        fits.then(|| {
            let peak_bytes = peak::bytes(&larger, self.facts);
            Box::new(Larger {
                steps: larger,
                peak_bytes,
            })
        })
    }

    /// The ask at so many times the pixels a side, of the picture alone.
    fn denser(&self, times: f64) -> Transform {
        let denser = |pipeline: &Transform| Transform {
            dpr: pipeline.dpr * times,
            watermark: None,
            pipelines: Vec::new(),
            ..pipeline.clone()
        };
        let pipelines = self.transform.pipelines.iter().map(denser).collect();
        Transform {
            pipelines,
            ..denser(self.transform)
        }
    }
}

/// The formats that the passes were planned for.
fn target(output: &Output) -> Target {
    match output.selection {
        Selection::First => Target::Format(output.format()),
        Selection::Smallest => Target::Any,
    }
}
