//! What a structural dissimilarity comes to as a score of SSIMULACRA2.

use crate::image::Format;

/// Dissimilarities in falling order, each with the score that files of that dissimilarity have on average.
type Table = [(f64, f64); 8];

const JPEG: Table = [
    (0.05, 10.0),
    (0.02, 40.0),
    (0.01, 56.0),
    (0.005, 68.0),
    (0.0025, 77.0),
    (0.001, 86.0),
    (0.0005, 91.0),
    (0.0, 100.0),
];

/// The score of SSIMULACRA2 that a file of this dissimilarity has on average: 0..=100, and less for more.
///
/// Between the points of the table it is a straight line.
pub fn score_of_dssim(_format: Format, dssim: f64) -> f64 {
    let table = &JPEG;
    if dssim >= table[0].0 {
        return table[0].1;
    }
    let below = table.windows(2).find(|pair| dssim >= pair[1].0);
    below.map_or(100.0, |pair| {
        let [(far, low), (near, high)] = [pair[0], pair[1]];
        high - (dssim - near) / (far - near) * (high - low)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_dissimilar_is_a_higher_score() {
        let dssims = [0.2, 0.05, 0.03, 0.02, 0.015, 0.004, 0.001, 0.0002, 0.0];
        let scores = dssims.map(|dssim| score_of_dssim(Format::Jpeg, dssim));
        assert!(scores.is_sorted(), "{scores:?}");
        assert_eq!((scores[0], scores[8]), (10.0, 100.0));
        assert_eq!(score_of_dssim(Format::Jpeg, 0.02), 40.0);
    }
}
