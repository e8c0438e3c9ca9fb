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
    /// Files that it may write.
    most: usize,
    /// Whether it ends, with a file to spare, where none is good enough or will be.
    gives_up: bool,
    trials: Vec<Trial>,
}

impl<'a> Search<'a> {
    /// A search that has tried nothing, and may write [`MAX_TRIALS`] files.
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
            most: MAX_TRIALS,
            gives_up: false,
            trials: Vec::new(),
        }
    }

    /// The same, that may write so many files.
    pub(super) const fn within(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// The same, that ends with a file to spare where none is good enough, and once even the highest quality is thought
    /// to be too low.
    pub(super) const fn giving_up(mut self) -> Self {
        self.gives_up = true;
        self
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

    /// Looks for a higher score from now on.
    pub(super) fn raise(&mut self, score: f64) {
        self.target.score = score;
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

    /// How hard the picture was, by the best trial.
    pub(super) fn found_difficulty(&self) -> Option<f64> {
        self.best().map(|trial| self.curve.difficulty(trial))
    }

    /// The quality to try next; nothing where the search is over.
    pub(super) fn next(&self) -> Option<u8> {
        let done = |trial: Trial| trial.score <= self.target.score + SLACK;
        if self.trials.len() >= self.most || self.lowest_good().is_some_and(done) {
            return None;
        }
        let ideal = self.ideal();
        if self.gives_up && self.is_hopeless(ideal) {
            return None;
        }
        let distance = |quality: u8| (f64::from(quality) - ideal).abs();
        self.open()
            .min_by(|a, b| distance(*a).total_cmp(&distance(*b)))
    }

    /// Whether a score is good enough.
    fn is_good(&self, score: f64) -> bool {
        self.target.is_met_by(Some(score))
    }

    /// Whether nothing good was found, and the highest quality is thought to be too low or one file is left.
    fn is_hopeless(&self, ideal: f64) -> bool {
        let highest = self.qualities.last().copied().map_or(0.0, f64::from);
        let is_last = self.trials.len() + 1 >= self.most;
        let has_none = !self.trials.is_empty() && self.lowest_good().is_none();
        has_none && (is_last || ideal > highest)
    }

    /// The lowest quality that turned out to be good enough.
    pub(super) fn lowest_good(&self) -> Option<Trial> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Format;
    use crate::optimize::guess::Curve;

    const TARGET: Target = Target {
        score: 75.0,
        error: 0.5,
    };

    /// The best trial of a search in a world where scores are as told, and how many trials it took.
    fn found(qualities: &[u8], score: impl Fn(u8) -> f64) -> (Trial, usize) {
        let curve = Curve::of_format(Format::Jpeg);
        let mut search = Search::new(qualities, TARGET, curve, 0.0);
        while let Some(quality) = search.next() {
            assert!(qualities.contains(&quality), "{quality}");
            let tried = search.trials.iter().any(|trial| trial.quality == quality);
            assert!(!tried, "{quality} is tried again");
            search.note(quality, score(quality));
        }
        (search.best().unwrap(), search.trials.len())
    }

    #[test]
    fn a_search_ends_within_a_point_of_what_is_asked_in_three_trials_mostly() {
        let all: Vec<u8> = (1..=100).collect();
        let mut trials = 0;
        for offset in -20..=20 {
            for steepness in [0.7, 1.0, 1.4] {
                let score = |quality: u8| {
                    let quality = f64::from(quality) + f64::from(offset);
                    75.0 + (quality - 74.0) * 0.5 * steepness
                };
                let (best, count) = found(&all, score);
                let over = best.score - TARGET.score;
                assert!(
                    (-0.5..=1.0).contains(&over),
                    "{offset}, {steepness}: {over}"
                );
                trials += count;
            }
        }
        assert!(trials <= 3 * 41 * 3, "{trials}");
    }

    #[test]
    fn odd_worlds_are_searched_within_bounds() {
        let all: Vec<u8> = (1..=100).collect();
        let flat = |score: f64| move |_: u8| score;
        let (best, count) = found(&all, flat(100.0));
        assert!(count <= MAX_TRIALS && best.quality < 20, "{best:?}");
        assert_eq!(found(&all, flat(-50.0)).0.score, -50.0);
        let (best, count) = found(&all, |quality| if quality < 97 { 0.0 } else { 99.0 });
        assert!(count <= MAX_TRIALS && best.score > 70.0, "{best:?}");
        let noise = |quality: u8| f64::from(u32::from(quality) * 7919 % 100);
        assert!(found(&all, noise).1 <= MAX_TRIALS);
    }

    #[test]
    fn qualities_are_those_that_are_allowed() {
        let steep = |quality: u8| f64::from(quality);
        assert_eq!(found(&[80, 81], steep).0.quality, 80);
        assert_eq!(found(&[30, 35, 40], steep).0.quality, 40);
        assert_eq!(
            found(&[50], steep),
            (
                Trial {
                    quality: 50,
                    score: 50.0
                },
                1
            )
        );
    }

    #[test]
    fn a_search_that_gives_up_leaves_a_file_to_spare_where_nothing_is_good_enough() {
        let all: Vec<u8> = (1..=94).collect();
        let tops_out = |most: f64| move |quality: u8| f64::from(quality).min(most);
        for (most, good) in [(60.0, false), (74.0, false), (80.0, true)] {
            let mut search = Search::new(&all, TARGET, Curve::of_format(Format::Jpeg), 0.0);
            search = search.giving_up();
            while let Some(quality) = search.next() {
                search.note(quality, tops_out(most)(quality));
            }
            assert_eq!(search.lowest_good().is_some(), good, "{most}");
            assert!(good || search.trials.len() < MAX_TRIALS, "{most}");
        }
    }

    #[test]
    fn a_higher_score_is_looked_for_once_the_one_that_was_found_will_not_do() {
        let all: Vec<u8> = (1..=100).collect();
        let mut search = Search::new(&all, TARGET, Curve::of_format(Format::Jpeg), 0.0);
        search.note(70, 75.2);
        search.raise(78.2);
        assert!(search.next().is_some_and(|quality| quality > 70));
        assert_eq!(search.lowest_good(), None);
    }

    #[test]
    fn a_shift_goes_on_with_a_search_that_was_over() {
        let qualities: Vec<u8> = (1..=100).collect();
        let mut search = Search::new(&qualities, TARGET, Curve::of_format(Format::Jpeg), 0.0);
        search.note(70, 75.2);
        assert_eq!(search.next(), None);
        search.shift(-4.0);
        assert!(search.next().is_some_and(|quality| quality > 72));
        search.shift(4.0);
        assert_eq!(search.next(), None);
    }
}
