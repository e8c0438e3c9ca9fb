//! The search for the lowest quality that is good enough. Pure numbers: what writes and measures is elsewhere.

use super::Target;
use super::guess::Curve;

/// Files that a search may write.
pub(super) const MAX_TRIALS: usize = 5;

/// By how many points a file may look better than asked without being searched any further.
const SLACK: f64 = 1.0;

/// How much steeper or flatter than known curves a picture's own curve may be taken to be.
const STEEPNESS: std::ops::RangeInclusive<f64> = 0.4..=2.5;

/// A quality that was tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trial {
    pub(super) quality: u8,
    pub(super) score: f64,
}

/// A search among qualities, of which higher ones are taken to look better.
pub(super) struct Search<'a> {
    /// From the lowest.
    qualities: &'a [u8],
    target: Target,
    curve: &'a Curve,
    /// How hard the picture is, as far as its pixels tell.
    difficulty: f64,
    trials: Vec<Trial>,
}

impl<'a> Search<'a> {
    /// A search that has tried nothing.
    pub(super) const fn new(
        qualities: &'a [u8],
        target: Target,
        curve: &'a Curve,
        difficulty: f64,
    ) -> Self {
        Self {
            qualities,
            target,
            curve,
            difficulty,
            trials: Vec::new(),
        }
    }

    /// Notes what a quality came to.
    pub(super) fn note(&mut self, quality: u8, score: f64) {
        self.trials.push(Trial { quality, score });
    }

    /// Takes all scores noted so far for so many points too low, or too high where negative.
    pub(super) fn shift(&mut self, points: f64) {
        for trial in &mut self.trials {
            trial.score += points;
        }
    }

    /// The lowest quality that is good enough, or else the one that comes closest.
    pub(super) fn best(&self) -> Option<Trial> {
        let closest = || {
            self.trials
                .iter()
                .max_by(|a, b| a.score.total_cmp(&b.score))
        };
        self.lowest_good().or_else(|| closest().copied())
    }

    /// The quality to try next; nothing where the search is over.
    pub(super) fn next(&self) -> Option<u8> {
        let done = |trial: Trial| trial.score <= self.target.score + SLACK;
        if self.trials.len() >= MAX_TRIALS || self.lowest_good().is_some_and(done) {
            return None;
        }
        let ideal = self.ideal();
        let distance = |quality: u8| (f64::from(quality) - ideal).abs();
        self.open()
            .min_by(|a, b| distance(*a).total_cmp(&distance(*b)))
    }

    /// Whether a score is good enough.
    fn is_good(&self, score: f64) -> bool {
        score >= self.target.score - self.target.error
    }

    fn lowest_good(&self) -> Option<Trial> {
        let good = self.trials.iter().filter(|trial| self.is_good(trial.score));
        good.min_by_key(|trial| trial.quality).copied()
    }

    fn highest_bad(&self) -> Option<Trial> {
        let bad = self
            .trials
            .iter()
            .filter(|trial| !self.is_good(trial.score));
        bad.max_by_key(|trial| trial.quality).copied()
    }

    /// The qualities that may still turn out to be the lowest good one.
    fn open(&self) -> impl Iterator<Item = u8> {
        let (low, high) = (self.highest_bad(), self.lowest_good());
        let above = move |quality: u8| low.is_none_or(|trial| quality > trial.quality);
        let below = move |quality: u8| high.is_none_or(|trial| quality < trial.quality);
        let all = self.qualities.iter().copied();
        all.filter(move |quality| above(*quality) && below(*quality))
    }

    /// Where the score is thought to be in the middle of what is wanted.
    fn ideal(&self) -> f64 {
        let aim = self.target.score + (SLACK - self.target.error) / 2.0;
        match (self.highest_bad(), self.lowest_good(), &self.trials[..]) {
            (Some(low), Some(high), _) => crossing(low, high, aim),
            (_, _, [.., before, last]) => self.beyond(*before, *last, aim),
            (_, _, [only]) => self.curve.quality(self.curve.difficulty(*only), aim),
            (_, _, []) => self.curve.quality(self.difficulty, aim),
        }
    }

    /// Beyond two trials on one side: along the line through them, where it is no odder than curves are.
    fn beyond(&self, before: Trial, last: Trial, aim: f64) -> f64 {
        let (run, rise) = (between(before, last), last.score - before.score);
        let known = self.curve.slope(last.quality);
        let slope = match run == 0.0 {
            true => known,
            false => (rise / run).clamp(known * STEEPNESS.start(), known * STEEPNESS.end()),
        };
        f64::from(last.quality) + (aim - last.score) / slope
    }
}

/// Where the line through two trials comes to `aim`.
fn crossing(low: Trial, high: Trial, aim: f64) -> f64 {
    let share = (aim - low.score) / (high.score - low.score);
    f64::from(low.quality) + share.clamp(0.0, 1.0) * between(low, high)
}

fn between(one: Trial, other: Trial) -> f64 {
    f64::from(other.quality) - f64::from(one.quality)
}
