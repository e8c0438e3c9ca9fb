//! The steps of a plan, each decided.

use super::{Course, Filter, Marking, Output, Reading, Sampling};
use crate::image::Depth;
use crate::image::decode::How;
use crate::transform::ask::Rgb;
use crate::transform::dihedral::Dihedral;
use crate::transform::geometry::{Canvas, Size};

/// How the result comes about.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::transform) enum Work {
    /// It is the source's bytes.
    Passthrough,
    /// It is the source's drawing, rid of what is active and foreign, and written shorter.
    Sanitised,
    /// It is made anew.
    Remade(Box<Steps>),
}

/// From the file of the source to that of the result.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::transform) struct Steps {
    /// What is read of the source.
    pub(in crate::transform) reading: Reading,
    /// How each picture is decoded.
    pub(in crate::transform) how: How,
    /// The size of each decoded picture.
    pub(in crate::transform) decoded: Size,
    /// How deep the samples are once they are in the colours of the result.
    pub(in crate::transform) depth: Depth,
    /// What becomes of the colour profile.
    pub(in crate::transform) profile: Profile,
    /// What is done to the pixels, one pass after the other; at least one.
    pub(in crate::transform) stages: Vec<Stage>,
    /// What becomes of EXIF and XMP.
    pub(in crate::transform) tags: Tags,
    /// How the file is written.
    pub(in crate::transform) output: Output,
    /// The most pixels that a watermark's file may have.
    pub(in crate::transform) max_mark_pixels: u64,
}

/// One pipeline of the ask.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::transform) struct Stage {
    /// What is done; where the pixels have a say, as if nothing were to be seen in them.
    pub(in crate::transform) pass: Pass,
    /// What decides the pass after a look at the pixels; `None` where it is decided.
    pub(in crate::transform) open: Option<Box<Course>>,
    /// What a look may change of it.
    pub(in crate::transform) by_look: ByLook,
}

/// What a look at the pixels may change of a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transform) enum ByLook {
    /// Nothing.
    Nothing,
    /// Where its boxes lie.
    Places,
    /// Their sizes, too.
    Sizes,
}

impl Stage {
    /// Whether the size of what comes out is known after a look only.
    pub(in crate::transform) fn is_resized_by_look(&self) -> bool {
        self.by_look == ByLook::Sizes
    }
}

/// What is done to pixels, in the order of the fields.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::transform) struct Pass {
    /// Crop, resize and cut.
    pub(in crate::transform) sampling: Sampling,
    /// How the picture is turned.
    pub(in crate::transform) orientation: Dihedral,
    /// What changes pixels where they are.
    pub(in crate::transform) filters: Vec<Filter>,
    /// What transparent pixels are laid on.
    pub(in crate::transform) flatten: Option<Flatten>,
    /// What the picture is laid on.
    pub(in crate::transform) canvas: Option<Canvas>,
    /// The size that the format can hold, where the picture is larger.
    pub(in crate::transform) fit: Option<Size>,
    /// What is laid over the picture.
    pub(in crate::transform) mark: Option<Marking>,
}

impl Pass {
    /// The size of what comes out, as seen.
    pub(in crate::transform) fn result(&self) -> Size {
        let on_canvas = self.canvas.map(|canvas| canvas.size);
        let turned = self.orientation.size(self.sampling.size);
        self.fit.or(on_canvas).unwrap_or(turned)
    }

    /// Whether no more is done than to cut, scale and turn, and to lay what is transparent on a background.
    pub(in crate::transform) fn is_bare(&self) -> bool {
        self.filters.is_empty()
            && self.canvas.is_none()
            && self.fit.is_none()
            && self.mark.is_none()
    }
}

impl Steps {
    /// The size of the result, as far as no look changes it.
    pub(in crate::transform) fn result(&self) -> Size {
        self.stages
            .last()
            .map_or(self.decoded, |stage| stage.pass.result())
    }
}

/// What becomes of the colour profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transform) enum Profile {
    /// The pixels are converted to sRGB after sampling, when they are few, or before where it weighs them by their
    /// light; the profile is dropped.
    Convert,
    /// CMYK is converted to sRGB before sampling, for nothing can be sampled or written in it.
    ConvertInk,
    /// Pixels and profile stay as they are.
    Keep,
}

/// What becomes of EXIF and XMP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transform) enum Tags {
    /// They are dropped.
    Strip,
    /// Of them only the author and the rights stay.
    KeepCopyright,
    /// They stay as they are.
    Keep,
    /// They stay, and the orientation that was obeyed is set to upright.
    KeepUpright,
}

/// What transparent pixels are laid on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transform) struct Flatten {
    /// The colour below; also of what lies around the picture on its canvas.
    pub(in crate::transform) background: Rgb,
    /// Its opacity, at least 1.
    pub(in crate::transform) alpha: u8,
    /// Whether colour and background are grey throughout, so that one channel holds an opaque result.
    pub(in crate::transform) grey: bool,
}

impl Flatten {
    /// Whether nothing shines through.
    pub(in crate::transform) const fn is_opaque(&self) -> bool {
        self.alpha == 255
    }
}
