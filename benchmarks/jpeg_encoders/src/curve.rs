//! Bytes by score of one way of writing one picture.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

/// The lowest quality, and the step to the next.
const LOWEST: u8 = 10;
const STEP: u8 = 3;

/// How many qualities there are, the last of which is 100.
const QUALITIES: u8 = 31;

/// What a file comes to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Written {
    /// Its size.
    pub(crate) bytes: f64,
    /// SSIMULACRA2.
    pub(crate) score: f64,
    /// What it took to write, in milliseconds.
    pub(crate) cpu_ms: f64,
}

/// Files of rising quality, written when they are looked at.
pub(crate) struct Curve<'a> {
    write: Box<dyn Fn(u8) -> Result<Written> + 'a>,
    written: BTreeMap<u8, Written>,
}

impl<'a> Curve<'a> {
    /// The curve of what `write` makes of a quality from 1 to 100.
    pub(crate) fn new(write: impl Fn(u8) -> Result<Written> + 'a) -> Self {
        Self {
            write: Box::new(write),
            written: BTreeMap::new(),
        }
    }

    /// The file that would have a score: between two neighbours, along the logarithm of bytes. Nothing where all of
    /// them are better or none is good enough.
    pub(crate) fn at(&mut self, score: f64) -> Result<Option<Written>> {
        let (mut low, mut high) = (0, QUALITIES - 1);
        if self.step(low)?.score > score || self.step(high)?.score < score {
            return Ok(None);
        }
        while high - low > 1 {
            let middle = low.midpoint(high);
            match self.step(middle)?.score < score {
                true => low = middle,
                false => high = middle,
            }
        }
        Ok(Some(between(self.step(low)?, self.step(high)?, score)))
    }

    /// The file of a step, written once.
    fn step(&mut self, step: u8) -> Result<Written> {
        if let Some(known) = self.written.get(&step) {
            return Ok(*known);
        }
        let written = (self.write)(LOWEST + step * STEP)?;
        self.written.insert(step, written);
        Ok(written)
    }
}

/// What a score between those of two files comes to.
fn between(low: Written, high: Written, score: f64) -> Written {
    let rise = high.score - low.score;
    let part = if rise > 0.0 {
        (score - low.score) / rise
    } else {
        0.0
    };
    let mix = |low: f64, high: f64| low + part * (high - low);
    Written {
        bytes: mix(low.bytes.ln(), high.bytes.ln()).exp(),
        score,
        cpu_ms: mix(low.cpu_ms, high.cpu_ms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A curve whose score is the quality, and whose bytes double every ten points.
    fn doubling(quality: u8) -> Result<Written> {
        Ok(Written {
            bytes: 1000.0 * 2f64.powf(f64::from(quality) / 10.0),
            score: f64::from(quality),
            cpu_ms: 1.0,
        })
    }

    #[test]
    fn bytes_lie_between_those_of_neighbours_by_their_logarithm() {
        let mut curve = Curve::new(doubling);
        for score in [10.0, 60.0, 75.5, 100.0] {
            let found = curve.at(score).unwrap().unwrap();
            let expected = 1000.0 * 2f64.powf(score / 10.0);
            assert!((found.bytes / expected - 1.0).abs() < 1e-9, "{score}");
        }
    }

    #[test]
    fn scores_beyond_the_ends_have_no_file() {
        let mut curve = Curve::new(doubling);
        assert_eq!(curve.at(9.0).unwrap(), None);
        assert_eq!(curve.at(100.5).unwrap(), None);
    }

    #[test]
    fn few_files_are_written_for_a_score() {
        let count = std::cell::Cell::new(0);
        let mut curve = Curve::new(|quality| {
            count.set(count.get() + 1);
            doubling(quality)
        });
        curve.at(75.0).unwrap();
        assert!(count.get() <= 7, "{}", count.get());
    }
}
