//! GIF with as much loss as the measure allows.

use super::metric::decoded;
use super::{Error, Stage};
use crate::image::{Format, Pixels, encode};

/// By how much colours may be off, least first. Of photographs 400 pixels wide, which score 84 in their palette, 4 takes
/// 3 points for 16 % of the bytes, 8 takes 10 for 38 %, and 16 takes 26 for 56 %.
const LOSSES: [u8; 7] = [2, 4, 6, 8, 12, 16, 24];

/// What the fast stage tries.
const FAST: u8 = 6;

/// A file, and how it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Lossy {
    /// The file.
    pub file: Vec<u8>,
    /// How good it looks; the palette alone may take it below what was looked for.
    pub score: f64,
    /// By how much colours may be off.
    pub loss: u8,
    /// How many files were written and measured.
    pub encodes: u32,
}

/// Finds the greatest loss at which a still picture scores `least`: two files at most are tried in the fast stage, four
/// in the refined. Where its palette alone takes it below that, it is written without more.
///
/// # Errors
///
/// Those of `score`, and of [`encode::encode_gif`].
pub fn smallest(
    pixels: &Pixels,
    goal: (Stage, f64),
    score: impl Fn(&Pixels) -> Result<f64, Error>,
) -> Result<Lossy, Error> {
    let pixels = &*pixels.eight();
    searched(goal, |loss| {
        let file = encode::encode_gif(pixels, loss)?;
        let score = score(&decoded(&file, Format::Gif)?)?;
        Ok((file, score))
    })
}

/// The smallest file that scores `least`, of those that `written` makes of a loss and measures.
pub(super) fn searched(
    (stage, least): (Stage, f64),
    written: impl Fn(u8) -> Result<(Vec<u8>, f64), Error>,
) -> Result<Lossy, Error> {
    let trial = |loss| -> Result<Lossy, Error> {
        let (file, score) = written(loss)?;
        Ok(Lossy {
            file,
            score,
            loss,
            encodes: 1,
        })
    };
    let plain = trial(0)?;
    if plain.score < least {
        return Ok(plain);
    }
    let losses = match stage {
        Stage::Fast => &[FAST][..],
        Stage::Refined => &LOSSES[..],
    };
    let (mut best, mut encodes) = (plain, 1);
    let (mut low, mut high) = (0, losses.len());
    while low < high {
        let middle = (low + high) / 2;
        let tried = trial(losses[middle])?;
        encodes += 1;
        if tried.score < least {
            high = middle;
            continue;
        }
        low = middle + 1;
        if tried.file.len() < best.file.len() {
            best = tried;
        }
    }
    Ok(Lossy { encodes, ..best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Layout;
    use crate::image::testing::{difference, noise, picture};

    /// A smooth grey picture with a little noise: no run in it is long.
    fn grainy() -> Pixels {
        let (mut smooth, grain) = (
            picture(200, 150, Layout::Grey),
            noise(200, 150, Layout::Grey),
        );
        let samples = smooth.data_mut().iter_mut().zip(grain.data());
        samples.for_each(|(sample, grain)| *sample = sample.saturating_add(grain / 16));
        smooth
    }

    /// The red of every pixel, which is all there is to grey.
    fn reds(pixels: &Pixels) -> Vec<u8> {
        let channels = pixels.layout().channels();
        pixels.data().iter().step_by(channels).copied().collect()
    }

    fn found(pixels: &Pixels, stage: Stage, least: f64) -> Lossy {
        let expected = reds(pixels);
        let score = |seen: &Pixels| Ok(100.0 - difference(&reds(seen), &expected));
        smallest(pixels, (stage, least), score).unwrap()
    }

    #[test]
    fn as_much_is_lost_as_the_score_allows() {
        let pixels = grainy();
        let plain = found(&pixels, Stage::Refined, 101.0);
        assert_eq!((plain.loss, plain.encodes), (0, 1));
        let most = found(&pixels, Stage::Refined, 0.0);
        assert_eq!((most.loss, most.encodes), (24, 4));
        let between = found(&pixels, Stage::Refined, (plain.score + most.score) / 2.0);
        assert!(between.loss > 0 && between.loss < 24, "{}", between.loss);
        assert!(between.score >= (plain.score + most.score) / 2.0);
        let bytes = [&most, &between, &plain].map(|lossy| lossy.file.len());
        assert!(bytes.is_sorted(), "{bytes:?}");
        let fast = found(&pixels, Stage::Fast, 0.0);
        assert_eq!((fast.loss, fast.encodes), (6, 2));
        assert_eq!(found(&pixels, Stage::Fast, 0.0), fast);
    }
}
