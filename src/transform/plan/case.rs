//! The decisions behind a plan, one method each.

use super::format;
use super::peak;
use super::sampling::{self, Sampling};
use super::{Defaults, Error, Flatten, Plan, Profile, Steps, Tags};
use crate::identify::{ColorType, Facts};
use crate::image::decode::Scale;
use crate::image::metadata::Metadata;
use crate::image::{Format, encode};
use crate::transform::ask::{Rgb, Transform, Variant};
use crate::transform::dihedral::Dihedral;
use crate::transform::geometry::{Canvas, Frame, Geometry, Oversize, Size};

/// What a plan is made from.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) transform: &'a Transform,
    pub(super) defaults: &'a Defaults,
    pub(super) facts: &'a Facts,
}

impl Case<'_> {
    pub(super) fn plan(&self, variant: Variant) -> Result<Plan, Error> {
        self.within_pixels()?;
        if self.skips() {
            return Ok(self.passthrough());
        }
        self.remade(variant)
    }

    fn within_pixels(&self) -> Result<(), Error> {
        let (width, height) = (self.facts.width, self.facts.height);
        let max_pixels = self.defaults.max_src_pixels;
        if u64::from(width) * u64::from(height) > max_pixels {
            return Err(Error::SourceTooLarge {
                width,
                height,
                max_pixels,
            });
        }
        Ok(())
    }

    /// Whether the source is returned as it is: its format is listed, and no other one is named.
    fn skips(&self) -> bool {
        let source = self.facts.format;
        let listed = self.transform.skip_processing.contains(&source)
            || self.defaults.skip_processing.contains(&source);
        listed && self.transform.format.is_none_or(|format| format == source)
    }

    /// The source's bytes as they are.
    fn passthrough(&self) -> Plan {
        Plan {
            format: self.facts.format,
            size: Dihedral::from(self.facts.orientation).size(stored(self.facts)),
            peak_bytes: 0,
            steps: None,
        }
    }

    fn remade(&self, variant: Variant) -> Result<Plan, Error> {
        let source = self.facts.format;
        if !source.decodes() {
            return Err(Error::Undecodable { format: source });
        }
        let format = format::choose(self.transform, self.defaults, self.facts, variant);
        if !format.encodes() {
            return Err(Error::Unwritable { format });
        }
        let frame = self.frame(format);
        let geometry =
            Geometry::new(self.transform, &frame).map_err(|Oversize| Error::ResultTooLarge)?;
        let steps = self.steps(&frame, &geometry);
        let size = geometry.result();
        Ok(Plan {
            format,
            size,
            peak_bytes: peak::bytes(&steps, self.facts, size),
            steps: Some(steps),
        })
    }

    fn auto_rotates(&self) -> bool {
        self.transform
            .auto_rotate
            .unwrap_or(self.defaults.auto_rotate)
    }

    fn frame(&self, format: Format) -> Frame {
        let upright = if self.auto_rotates() {
            self.facts.orientation.into()
        } else {
            Dihedral::Identity
        };
        Frame {
            stored: stored(self.facts),
            orientation: upright
                .then(self.transform.rotate.into())
                .then(self.transform.flip.into()),
            max_result_dimension: self.defaults.max_result_dimension,
            format,
        }
    }

    fn steps(&self, frame: &Frame, geometry: &Geometry) -> Steps {
        let source = self.facts.format;
        let scale = if self.defaults.shrink_on_load {
            sampling::scale(frame, geometry, self.facts)
        } else {
            Scale::Full
        };
        Steps {
            scale,
            sampling: Sampling::new(frame, geometry, source, scale),
            profile: self.profile(frame.format, geometry.canvas),
            orientation: frame.orientation,
            flatten: self.flatten(frame.format),
            canvas: geometry.canvas,
            fit: geometry.fit,
            tags: self.tags(),
            encoding: encode::Options {
                format: frame.format,
                quality: quality(self.transform, self.defaults, frame.format),
                jpeg: self.defaults.jpeg,
                png: self.defaults.png,
                webp: self.defaults.webp,
                avif: self.defaults.avif,
                dpi: self.transform.dpi,
                metadata: Metadata::default(),
            },
        }
    }

    /// The background that was asked for, or white where the format has no alpha.
    fn flatten(&self, format: Format) -> Option<Flatten> {
        let default = (!format.holds_alpha()).then_some(Rgb::WHITE);
        let background = self.transform.background.or(default)?;
        let color_type = self.facts.color_type;
        let grey_source = matches!(color_type, ColorType::Grey | ColorType::GreyAlpha);
        Some(Flatten {
            background,
            // A profile may leave a tint.
            grey: grey_source && !self.facts.icc && background.is_grey(),
        })
    }

    fn profile(&self, format: Format, canvas: Option<Canvas>) -> Profile {
        let strips = self
            .transform
            .strip_color_profile
            .unwrap_or(self.defaults.strip_color_profile);
        match self.facts.color_type {
            ColorType::Cmyk | ColorType::Ycck => Profile::ConvertInk,
            _ if strips => Profile::Convert,
            ColorType::Rgb | ColorType::Rgba | ColorType::Palette if holds_profile(format) => {
                Profile::Keep
            }
            ColorType::Grey if self.stays_grey(format, canvas) => Profile::Keep,
            _ => Profile::Convert,
        }
    }

    /// Whether grey pixels are grey in the file too, so that a profile for grey fits them.
    fn stays_grey(&self, format: Format, canvas: Option<Canvas>) -> bool {
        let format_holds_grey = matches!(format, Format::Jpeg | Format::Png);
        let canvas_is_grey = canvas.is_none()
            || self
                .flatten(format)
                .is_some_and(|flatten| flatten.background.is_grey());
        // Grey with alpha is decoded to colour.
        format_holds_grey && canvas_is_grey && !self.facts.alpha
    }

    fn tags(&self) -> Tags {
        let strips = self
            .transform
            .strip_metadata
            .unwrap_or(self.defaults.strip_metadata);
        match (strips, self.auto_rotates()) {
            (true, _) => Tags::Strip,
            (false, true) => Tags::KeepUpright,
            (false, false) => Tags::Keep,
        }
    }
}

/// The size of the source; a side of zero, which no header that was identified has, counts as one.
fn stored(facts: &Facts) -> Size {
    Size {
        width: facts.width.max(1),
        height: facts.height.max(1),
    }
}

/// The URL's quality, then the URL's for this format, then the settings' for it, then the settings'.
pub(super) fn quality(transform: &Transform, defaults: &Defaults, format: Format) -> u8 {
    let of_format = |qualities: &[(Format, u8)]| {
        let named = qualities.iter().find(|(named, _)| *named == format);
        named.map(|(_, quality)| *quality)
    };
    transform
        .quality
        .or_else(|| of_format(&transform.format_quality))
        .or_else(|| of_format(&defaults.format_quality))
        .unwrap_or(defaults.quality)
        .clamp(1, 100)
}

const fn holds_profile(format: Format) -> bool {
    matches!(format, Format::Jpeg | Format::Png | Format::WebP)
}
