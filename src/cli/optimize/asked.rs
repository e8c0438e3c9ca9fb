//! What is asked of every file, as a plan of the pipeline that serves.

use crate::identify::Facts;
use crate::image::Format;
use crate::optimize::Target;
use crate::transform::ask::{Autoquality, AutoqualityMethod, Transform, Variant};
use crate::transform::plan::{Defaults, Error, Plan};

/// The most pixels of a picture that is read.
const MAX_PIXELS: u64 = 250_000_000;

/// What is asked of every file.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// SSIMULACRA2, up to 100.
    pub(super) score: f64,
    /// The format of the results; `None` is that of each source.
    pub(super) format: Option<Format>,
    /// The box that results fit in; a side of 0 is no bound.
    pub(super) resize: Option<(u32, u32)>,
    /// What becomes of metadata.
    pub(super) tags: Tags,
}

/// What becomes of metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tags {
    Keep,
    Strip,
}

impl Asked {
    /// The same, without a loss.
    pub(super) fn lossless(&self) -> Self {
        Self {
            score: Target::LOSSLESS_SCORE,
            ..self.clone()
        }
    }

    pub(super) fn is_lossless(&self) -> bool {
        self.score >= Target::LOSSLESS_SCORE
    }

    /// The format of what is made of a source.
    pub(super) fn format_for(&self, source: Format) -> Format {
        match (source, self.format) {
            (Format::Svg, _) | (_, None) => source,
            (_, Some(format)) => format,
        }
    }

    /// Why nothing is made of a source, where its header tells: some formats always lose something.
    pub(super) fn refusal(&self, facts: &Facts) -> Option<&'static str> {
        if !self.is_lossless() {
            return None;
        }
        let packs = facts.format == Format::Jpeg && self.resize.is_none();
        match self.format_for(facts.format) {
            Format::Avif => Some("avif cannot be written without a loss here"),
            Format::Jpeg if !packs => {
                Some("only a jpeg of the same size becomes a jpeg without a loss")
            }
            Format::Gif if self.resize.is_some() => Some("a gif cannot be scaled without a loss"),
            _ => None,
        }
    }

    /// What is done to a source: all that makes it smaller, as if nobody waited.
    ///
    /// # Errors
    ///
    /// Those of [`Plan::new`].
    pub(super) fn plan(&self, facts: &Facts) -> Result<Plan, Error> {
        let transform = self.transform(facts);
        let plan = Plan::new(&transform, &self.defaults(), facts, Variant::default())?;
        Ok(plan.refined().unwrap_or(plan))
    }

    fn transform(&self, facts: &Facts) -> Transform {
        let (width, height) = self.resize.unwrap_or_default();
        Transform {
            width,
            height,
            format: Some(self.format_for(facts.format)),
            autoquality: Some(Autoquality {
                method: AutoqualityMethod::Ssimulacra2,
                target: Some(self.score),
                min: None,
                max: None,
                error: None,
            }),
            strip_metadata: Some(self.tags == Tags::Strip),
            // Colours that are converted are rounded, and fewer bits are a loss.
            strip_color_profile: Some(!self.is_lossless()),
            preserve_hdr: Some(self.is_lossless()),
            ..Transform::default()
        }
    }

    fn defaults(&self) -> Defaults {
        Defaults {
            max_src_pixels: MAX_PIXELS,
            max_result_dimension: 0,
            strip_metadata_dpi: 0.0,
            ..Defaults::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::testing::facts;

    fn asked(score: f64, format: Option<Format>, resize: Option<(u32, u32)>) -> Asked {
        Asked {
            score,
            format,
            resize,
            tags: Tags::Strip,
        }
    }

    #[test]
    fn what_always_loses_is_refused_where_nothing_may_be_lost() {
        let half = Some((50, 50));
        for (source, format, resize, is_refused) in [
            (Format::Jpeg, None, None, false),
            (Format::Jpeg, None, half, true),
            (Format::Png, Some(Format::Jpeg), None, true),
            (Format::Png, Some(Format::Avif), None, true),
            (Format::Png, Some(Format::WebP), half, false),
            (Format::Gif, None, None, false),
            (Format::Gif, None, half, true),
            (Format::Svg, Some(Format::Avif), None, false),
        ] {
            let facts = facts(source, 100, 100);
            let refusal = asked(Target::LOSSLESS_SCORE, format, resize).refusal(&facts);
            assert_eq!(refusal.is_some(), is_refused, "{source:?} {format:?}");
            assert_eq!(asked(80.0, format, resize).refusal(&facts), None);
        }
    }

    #[test]
    fn results_fit_in_the_box_and_never_grow() {
        for (resize, expected) in [
            (None, (100, 80)),
            (Some((50, 50)), (50, 40)),
            (Some((0, 20)), (25, 20)),
            (Some((900, 900)), (100, 80)),
        ] {
            let plan = asked(75.0, None, resize).plan(&facts(Format::Png, 100, 80));
            let plan = plan.unwrap();
            assert_eq!((plan.width(), plan.height()), expected, "{resize:?}");
        }
    }
}
