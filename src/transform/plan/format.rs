//! The choice of the output format.

use super::case::Case;
use crate::image::Format;
use crate::image::encode::animates;
use crate::transform::ask::{Padding, Transform};
use crate::transform::geometry::Size;

impl Case<'_> {
    /// The format of the result.
    ///
    /// The URL's, unless a negotiated one is enforced; else the negotiated one; else the source's if it is
    /// preferred; else the first preferred one that can hold the result.
    pub(super) fn format(&self) -> Format {
        let negotiated = self.negotiated().next();
        let mut offered = self.negotiated();
        let enforced = offered.find(|format| self.defaults.enforced.contains(format));
        let source = Some(self.facts.format)
            .filter(|format| self.defaults.preferred_formats.contains(format));
        enforced
            .or(self.transform.format)
            .or(negotiated)
            .or(source)
            .unwrap_or_else(|| self.preferred())
    }

    /// Whether the smallest format is looked for: where that was asked for, or nothing was and the settings say so.
    pub(super) fn tries_formats(&self) -> bool {
        let by_settings = self.defaults.best_format && self.transform.format.is_none();
        (self.transform.best_format || by_settings) && self.frames().is_none()
    }

    /// Whether formats are tried for a result of this size.
    pub(super) fn tries_at(&self, size: Size) -> bool {
        let most = self.defaults.best_format_max_pixels;
        most == 0 || size.pixels() <= most
    }

    /// What the client takes, the best first. What would stand still in AVIF is not negotiated into it.
    fn negotiated(&self) -> impl Iterator<Item = Format> {
        let moves = self.frames().is_some();
        let avif = self.variant.avif && (!moves || animates(Format::Avif));
        let taken = [(Format::Avif, avif), (Format::WebP, self.variant.webp)];
        taken
            .into_iter()
            .filter_map(|(format, taken)| taken.then_some(format))
    }

    fn preferred(&self) -> Format {
        let needs_alpha = self.expects_alpha();
        let moves = self.frames().is_some();
        let formats = || self.defaults.preferred_formats.iter().copied();
        let held = |format: &Format| !needs_alpha || format.holds_alpha();
        formats()
            .find(|format| held(format) && moves && animates(*format))
            .or_else(|| formats().find(held))
            .or_else(|| formats().next())
            // The settings see to it that there is one; PNG holds anything.
            .unwrap_or(Format::Png)
    }

    /// Whether the result may be transparent anywhere: the source is, or something is added around it, and no
    /// background covers that.
    fn expects_alpha(&self) -> bool {
        self.pipelines().fold(self.facts.alpha, |clear, pipeline| {
            !covers(pipeline) && (clear || surrounds(pipeline))
        })
    }
}

/// Whether a pipeline adds anything around its picture.
pub(super) fn surrounds(pipeline: &Transform) -> bool {
    pipeline.padding != Padding::default() || pipeline.extend.enabled
}

fn covers(pipeline: &Transform) -> bool {
    pipeline.background.is_some() && pipeline.background_alpha >= 1.0
}
