//! How the quality of the file is found: as it was said, by how it looks, or by its bytes.

use std::ops::RangeInclusive;

use super::case::Case;
use super::steps::Steps;
use crate::identify::Facts;
use crate::image::Format;
use crate::optimize::{Goal, Stage, Target, is_searched, score_of_dssim};
use crate::transform::ask::{Autoquality, AutoqualityMethod};

/// Structural dissimilarity where neither URL nor settings name one.
const DSSIM: f64 = 0.02;
/// How far from it is near enough.
const DSSIM_ERROR: f64 = 0.002;
/// Points below the target that are near enough.
const SCORE_ERROR: f64 = 0.5;
/// What is made of a source that is near to its pixels has lost before: it must be near to it.
const SCORE_OF_LOST: f64 = 85.0;
/// The most result pixels a source pixel, along a side, of what counts as scaled down.
const SCALED_DOWN: f64 = 0.7;

/// How the quality of a file is found.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::transform) enum Search {
    /// It is that of the options.
    Fixed,
    /// The smallest file that looks good enough.
    Score(Goal),
    /// The greatest quality whose file has at most so many bytes.
    Bytes {
        /// How many.
        most: u64,
        /// The qualities that may be used.
        quality: RangeInclusive<u8>,
    },
}

/// How quality is searched for, as far as settings say it.
#[derive(Clone, Debug, PartialEq)]
pub struct Searching {
    /// By what, where the URL does not say. [`AutoqualityMethod::None`] searches for nobody who does not ask.
    pub method: AutoqualityMethod,
    /// SSIMULACRA2 of URLs that name none, 0..=100.
    pub score: f64,
    /// What `method` aims at, in its own unit, where that is no score; `None` is the method's own default.
    pub target: Option<f64>,
    /// How far from the target is near enough, in the unit of `method`; `None` is the method's own default.
    pub error: Option<f64>,
    /// The least quality, 1..=100; `None` is the method's own default.
    pub min: Option<u8>,
    /// The greatest quality, 1..=100; `None` is the method's own default.
    pub max: Option<u8>,
    /// The least quality by format, over `min`.
    pub format_min: Vec<(Format, u8)>,
    /// The greatest quality by format, over `max`.
    pub format_max: Vec<(Format, u8)>,
    /// The most pixels of a result that is measured; larger ones get the quality of the settings. 0 is no limit.
    pub max_pixels: u64,
    /// Points that the target falls by from a device pixel ratio of 1.5 on, and twice that from 2.5 on.
    pub dpr_fall: f64,
}

impl Search {
    /// The smallest file with every visible pixel as it is, of a format that can do without a loss.
    pub(super) const fn without_loss() -> Self {
        Self::Score(Goal {
            target: Target {
                score: Target::LOSSLESS_SCORE,
                error: 0.0,
            },
            quality: 1..=100,
            stage: Stage::Refined,
        })
    }

    /// The same, with a target of at least `score`.
    pub(super) fn at_least(self, score: f64) -> Self {
        match self {
            Self::Score(mut goal) => {
                goal.target.score = goal.target.score.max(score);
                Self::Score(goal)
            }
            other => other,
        }
    }

    /// The same, for nobody who waits.
    pub(super) fn refined(self) -> Self {
        match self {
            Self::Score(goal) => Self::Score(Goal {
                stage: Stage::Refined,
                ..goal
            }),
            other => other,
        }
    }
}

impl Default for Searching {
    /// Nothing is searched for unless a URL asks for it.
    fn default() -> Self {
        Self {
            method: AutoqualityMethod::None,
            score: Target::DEFAULT_SCORE,
            target: None,
            error: None,
            min: None,
            max: None,
            format_min: Vec::new(),
            format_max: Vec::new(),
            max_pixels: 0,
            dpr_fall: 5.0,
        }
    }
}

impl Case<'_> {
    /// How the quality of a file of this format is found. A number that the URL names stands.
    pub(super) fn search(&self, format: Format) -> Search {
        let method = self.method();
        if method == AutoqualityMethod::None || self.names_quality(format) || !is_searched(format) {
            return Search::Fixed;
        }
        let quality = self.qualities(method, format);
        match method {
            AutoqualityMethod::Size => match self.target() {
                Some(bytes) if bytes >= 1.0 => Search::Bytes {
                    most: bytes as u64,
                    quality,
                },
                _ => Search::Fixed,
            },
            AutoqualityMethod::Dssim => Search::Score(Goal {
                target: self.of_dssim(format),
                quality,
                stage: Stage::Fast,
            }),
            _ => Search::Score(Goal {
                target: self.of_score(),
                quality,
                stage: Stage::Fast,
            }),
        }
    }

    fn asked(&self) -> Option<&Autoquality> {
        self.transform.autoquality.as_ref()
    }

    fn method(&self) -> AutoqualityMethod {
        let of_settings = self.defaults.searching.method;
        self.asked().map_or(of_settings, |asked| asked.method)
    }

    fn names_quality(&self, format: Format) -> bool {
        let transform = self.transform;
        let mut named = transform.format_quality.iter();
        transform.quality.is_some()
            || transform.max_bytes > 0
            || named.any(|(named, _)| *named == format)
    }

    /// Whether what settings say is in the unit of the method.
    fn holds_settings(&self) -> bool {
        let of_settings = self.defaults.searching.method;
        of_settings == AutoqualityMethod::None || of_settings == self.method()
    }

    /// What is aimed at, in the unit of the method.
    fn target(&self) -> Option<f64> {
        let searching = &self.defaults.searching;
        let of_settings = searching.target.filter(|_| self.holds_settings());
        self.asked().and_then(|asked| asked.target).or(of_settings)
    }

    fn error(&self) -> Option<f64> {
        let searching = &self.defaults.searching;
        let of_settings = searching.error.filter(|_| self.holds_settings());
        self.asked().and_then(|asked| asked.error).or(of_settings)
    }

    fn of_score(&self) -> Target {
        let asked = self.asked().and_then(|asked| asked.target);
        let score = match asked {
            Some(score) => score,
            None => self.defaults.searching.score - self.fall(),
        };
        Target {
            score: score.clamp(0.0, 100.0),
            error: self.error().unwrap_or(SCORE_ERROR),
        }
    }

    fn of_dssim(&self, format: Format) -> Target {
        let dssim = self.target().unwrap_or(DSSIM);
        let error = self.error().unwrap_or(DSSIM_ERROR);
        let score = score_of_dssim(format, dssim);
        Target {
            score,
            error: (score - score_of_dssim(format, dssim + error)).max(0.0),
        }
    }

    /// What is seen smaller may be coarser.
    fn fall(&self) -> f64 {
        let steps = match self.transform.dpr {
            dpr if dpr >= 2.5 => 2.0,
            dpr if dpr >= 1.5 => 1.0,
            _ => 0.0,
        };
        steps * self.defaults.searching.dpr_fall
    }

    fn qualities(&self, method: AutoqualityMethod, format: Format) -> RangeInclusive<u8> {
        let searching = &self.defaults.searching;
        let usual = match (method, format) {
            (AutoqualityMethod::Size | AutoqualityMethod::Dssim, Format::Avif) => (60, 65),
            (AutoqualityMethod::Size | AutoqualityMethod::Dssim, _) => (70, 80),
            _ => (30, 100),
        };
        let of_format = |bounds: &[(Format, u8)]| {
            let named = bounds.iter().find(|(named, _)| *named == format);
            named.map(|(_, bound)| *bound)
        };
        let (least, most) = (
            of_format(&searching.format_min).or(searching.min),
            of_format(&searching.format_max).or(searching.max),
        );
        let least = self.asked().and_then(|asked| asked.min).or(least);
        let most = self.asked().and_then(|asked| asked.max).or(most);
        let least = least.unwrap_or(usual.0);
        least..=most.unwrap_or(usual.1).max(least)
    }
}

/// The score that what is made of the source by `steps` needs at least: a source that lost at its encoder, and is
/// hardly scaled, is not the truth.
pub(super) fn least_score(steps: &Steps, facts: &Facts) -> f64 {
    if facts.has_lost() && scale(steps, facts) > SCALED_DOWN {
        SCORE_OF_LOST
    } else {
        0.0
    }
}

/// Result pixels a source pixel, along the width.
fn scale(steps: &Steps, facts: &Facts) -> f64 {
    let decoded = f64::from(steps.decoded.width) / f64::from(facts.width.max(1));
    let stages = steps.stages.iter().map(|stage| {
        let sampling = &stage.pass.sampling;
        f64::from(sampling.size.width) / sampling.window.width.max(1.0)
    });
    decoded * stages.product::<f64>()
}
