//! Structural dissimilarity as its authors defined it, to learn what score of SSIMULACRA2 goes with it.
//!
//! Wang, Bovik, Sheikh, Simoncelli: Image quality assessment: from error visibility to structural similarity (2004).

/// The window: a Gaussian of 1.5 pixels, cut off after 5.
const SIGMA: f32 = 1.5;
const RADIUS: usize = 5;
/// What keeps the quotients from being of noise: (0.01 * 255)² and (0.03 * 255)².
const C1: f32 = 6.5025;
const C2: f32 = 58.5225;

/// Half of what the mean structural similarity of two planes of luma lacks to 1: 0 for the same, 0.5 for strangers.
/// Windows lie within the planes, which are `width` wide and of one size.
pub(super) fn dissimilarity(one: &[f32], other: &[f32], width: usize) -> f64 {
    let blurred = |sample: fn(f32, f32) -> f32| {
        let samples = one.iter().zip(other).map(|(a, b)| sample(*a, *b)).collect();
        blur(samples, width)
    };
    let means = blurred(|a, _| a).into_iter().zip(blurred(|_, b| b));
    let squares = blurred(|a, _| a * a).into_iter().zip(blurred(|_, b| b * b));
    let products = blurred(|a, b| a * b);
    let count = products.len().max(1) as f64;
    let similarities = means.zip(squares).zip(products).map(|((m, s), product)| {
        let (ab, aa, bb) = (m.0 * m.1, m.0 * m.0, m.1 * m.1);
        let contrast = (2.0 * (product - ab) + C2) / (s.0 - aa + s.1 - bb + C2);
        f64::from((2.0 * ab + C1) / (aa + bb + C1) * contrast)
    });
    (1.0 - similarities.sum::<f64>() / count) / 2.0
}

/// The weighted means in every window: a plane that is less wide and high by two radii.
fn blur(plane: Vec<f32>, width: usize) -> Vec<f32> {
    let kernel = kernel();
    let across: Vec<f32> = plane
        .chunks_exact(width)
        .flat_map(|row| {
            row.windows(kernel.len())
                .map(|window| sum(window.iter(), &kernel))
        })
        .collect();
    let width = width.saturating_sub(2 * RADIUS).max(1);
    let rows: Vec<_> = across.chunks_exact(width).collect();
    let columns = |rows: &[&[f32]]| -> Vec<f32> {
        (0..width)
            .map(|x| sum(rows.iter().map(|row| &row[x]), &kernel))
            .collect()
    };
    rows.windows(kernel.len()).flat_map(columns).collect()
}

fn sum<'a>(samples: impl Iterator<Item = &'a f32>, kernel: &[f32]) -> f32 {
    samples
        .zip(kernel)
        .map(|(sample, weight)| sample * weight)
        .sum()
}

fn kernel() -> Vec<f32> {
    let weight = |at: usize| {
        let distance = at as f32 - RADIUS as f32;
        (-distance * distance / (2.0 * SIGMA * SIGMA)).exp()
    };
    let weights: Vec<f32> = (0..=2 * RADIUS).map(weight).collect();
    let all: f32 = weights.iter().sum();
    weights.iter().map(|weight| weight / all).collect()
}
