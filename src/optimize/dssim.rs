//! What a structural dissimilarity comes to as a score of SSIMULACRA2.
//!
//! The dissimilarity is (1 - SSIM) / 2 of brightness, after Wang, Bovik, Sheikh and Simoncelli (2004): 0 for the same
//! picture. The tables are the means that 510 cuts of photographs have, each written in 4:2:0 at five qualities; a picture
//! differs from them by 10 points in JPEG and WebP and by up to 25 in AVIF, as the two measures mind different things.
//! `make bench-quality` prints the means of its own files, of which JPEGs that keep their chroma score higher.

use crate::image::Format;

/// Dissimilarities in falling order.
const DISSIMILARITIES: [f64; POINTS] = [0.08, 0.06, 0.04, 0.03, 0.02, 0.01, 0.005, 0.003, 0.0];
const POINTS: usize = 9;

/// The scores that files of these dissimilarities have on average.
type Scores = [f64; POINTS];

const JPEG: Scores = [49.0, 53.0, 59.0, 64.0, 68.0, 74.0, 82.0, 86.0, 100.0];
const WEBP: Scores = [40.0, 44.0, 48.0, 53.0, 62.0, 69.0, 80.0, 82.0, 100.0];
const AVIF: Scores = [17.0, 23.0, 38.0, 46.0, 53.0, 67.0, 71.0, 74.0, 100.0];

/// The score of SSIMULACRA2 that files of this dissimilarity have on average, 0..=100. Formats that are in none of the
/// tables have that of WebP.
///
/// Between the points of the table it is a straight line; beyond the last it stays.
pub fn score_of_dssim(format: Format, dssim: f64) -> f64 {
    let scores = match format {
        Format::Jpeg => JPEG,
        Format::Avif => AVIF,
        _ => WEBP,
    };
    let Some(near) = DISSIMILARITIES.iter().position(|point| dssim >= *point) else {
        return 100.0;
    };
    let Some(far) = near.checked_sub(1) else {
        return scores[0];
    };
    let span = DISSIMILARITIES[far] - DISSIMILARITIES[near];
    let share = (dssim - DISSIMILARITIES[near]) / span;
    scores[near] + share * (scores[far] - scores[near])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_dissimilar_is_a_higher_score() {
        for format in [Format::Jpeg, Format::WebP, Format::Avif] {
            let dssims = [0.2, 0.08, 0.03, 0.02, 0.015, 0.004, 0.001, 0.0];
            let scores = dssims.map(|dssim| score_of_dssim(format, dssim));
            assert!(scores.is_sorted(), "{format:?}: {scores:?}");
            assert_eq!(scores[0], scores[1]);
            assert_eq!(scores[7], 100.0);
        }
    }

    #[test]
    fn between_points_it_is_a_straight_line() {
        let score = score_of_dssim(Format::Jpeg, 0.015);
        assert!((score - 71.0).abs() < 1e-9, "{score}");
        assert_eq!(score_of_dssim(Format::Avif, 0.02), 53.0);
        assert_eq!(score_of_dssim(Format::Png, 0.02), 62.0);
    }
}
