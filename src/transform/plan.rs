//! What will be done, decided whole: every size, box, colour and setting of one job.
//!
//! A plan is made from the ask, the settings, the facts of the source and the variant, before a pixel is
//! decoded. It never exceeds a limit, and it states the memory that carrying it out takes at most.

use super::ask::{Rgb, Transform, Variant};
use super::dihedral::Dihedral;
use super::geometry::{Canvas, Size};
use crate::identify::Facts;
use crate::image::decode::Scale;
use crate::image::{Format, encode};

mod case;
mod defaults;
mod format;
mod peak;
mod recipe;
mod sampling;
#[cfg(test)]
mod tests;

use case::Case;
pub use defaults::{Defaults, Unsharp};
pub use recipe::recipe;
pub(super) use sampling::{Sampling, Window};

/// Raised by hand whenever the same plan comes to write other bytes: another filter, encoder or encoder version.
pub const OUTPUT_EPOCH: u32 = 1;

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The source has more pixels than the settings allow. The source's fault.
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
    /// `None` returns the source's bytes as they are.
    steps: Option<Steps>,
}

/// The pipeline's steps, each decided.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Steps {
    /// By how much the decoder shrinks.
    pub(super) scale: Scale,
    /// Crop, resize and cut, on the pixels that the decoder gives.
    pub(super) sampling: Sampling,
    /// What becomes of the colour profile.
    pub(super) profile: Profile,
    /// How the picture is turned.
    pub(super) orientation: Dihedral,
    /// What transparent pixels are laid on.
    pub(super) flatten: Option<Flatten>,
    /// What the picture is laid on.
    pub(super) canvas: Option<Canvas>,
    /// The size that the format can hold, where the picture is larger.
    pub(super) fit: Option<Size>,
    /// What becomes of EXIF and XMP.
    pub(super) tags: Tags,
    /// How the file is written; its metadata is filled in when the source's is known.
    pub(super) encoding: encode::Options,
}

/// What becomes of the colour profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Profile {
    /// The pixels are converted to sRGB after sampling, when they are few, and the profile is dropped.
    Convert,
    /// CMYK is converted to sRGB before sampling, for nothing can be sampled or written in it.
    ConvertInk,
    /// Pixels and profile stay as they are.
    Keep,
}

/// What becomes of EXIF and XMP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tags {
    /// They are dropped.
    Strip,
    /// They stay as they are.
    Keep,
    /// They stay, and the orientation that was obeyed is set to upright.
    KeepUpright,
}

/// What transparent pixels are laid on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flatten {
    /// The colour below; also of what lies around the picture on its canvas.
    pub(super) background: Rgb,
    /// Whether colour and background are grey throughout, so that one channel holds the result.
    pub(super) grey: bool,
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
        let case = Case {
            transform,
            defaults,
            facts,
        };
        case.plan(variant)
    }

    /// The format of the result.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The width of the result in pixels, as seen.
    pub const fn width(&self) -> u32 {
        self.size.width
    }

    /// The height of the result in pixels, as seen.
    pub const fn height(&self) -> u32 {
        self.size.height
    }

    /// The most bytes that carrying the plan out holds at any time, the result included and the source left out.
    pub const fn peak_bytes(&self) -> u64 {
        self.peak_bytes
    }

    /// Whether the result is the source's bytes as they are.
    pub const fn is_passthrough(&self) -> bool {
        self.steps.is_none()
    }

    pub(super) const fn steps(&self) -> Option<&Steps> {
        self.steps.as_ref()
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
