//! Few colours that stand for many.

/// How often colours move to the mean of what is nearest to them.
const REFINEMENTS: usize = 3;

/// A colour and how many pixels it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Swatch {
    /// Red, green, blue, alpha.
    pub(super) color: [u8; 4],
    /// Pixels.
    pub(super) count: u32,
}

/// At most `colors` colours for the pixels, those of the most pixels first.
///
/// The box of colours with the greatest error is cut at its mean, along the channel where it is widest, until
/// there are enough; then each colour moves to the mean of the pixels nearest to it.
pub(super) fn palette(pixels: &[[u8; 4]], colors: usize) -> Vec<Swatch> {
    let mut boxes = vec![Spread::of(pixels.to_vec())];
    while boxes.len() < colors {
        let widest = (0..boxes.len()).max_by_key(|&index| (boxes[index].error(), index));
        let Some(cut) = widest.and_then(|index| boxes[index].cut().map(|cut| (index, cut))) else {
            break;
        };
        let (index, (lower, upper)) = cut;
        boxes[index] = lower;
        boxes.push(upper);
    }
    let mut swatches: Vec<_> = boxes.iter().map(|spread| spread.swatch()).collect();
    for _ in 0..REFINEMENTS {
        swatches = refined(pixels, &swatches);
    }
    swatches.sort_by_key(|swatch| (u32::MAX - swatch.count, swatch.color));
    swatches
}

/// The mean colour, weighted by alpha, and the mean alpha.
pub(super) fn mean(pixels: &[[u8; 4]]) -> [u8; 4] {
    let mut sum = Sum::default();
    pixels.iter().for_each(|pixel| sum.add(*pixel));
    sum.mean()
}

#[derive(Clone, Copy, Default)]
struct Sum {
    colors: [u64; 3],
    alphas: u64,
    count: u32,
}

impl Sum {
    fn add(&mut self, [r, g, b, alpha]: [u8; 4]) {
        for (sum, sample) in self.colors.iter_mut().zip([r, g, b]) {
            *sum += u64::from(sample) * u64::from(alpha);
        }
        self.alphas += u64::from(alpha);
        self.count += 1;
    }

    fn mean(&self) -> [u8; 4] {
        let rounded = |sum: u64, by: u64| ((sum + by / 2) / by.max(1)) as u8;
        let [r, g, b] = self.colors.map(|sum| rounded(sum, self.alphas));
        [r, g, b, rounded(self.alphas, u64::from(self.count))]
    }
}

/// Pixels, and how far they are from their mean.
struct Spread {
    pixels: Vec<[u8; 4]>,
    /// The sum of the squared distances from the mean along each channel, times the number of pixels.
    errors: [u64; 4],
}

impl Spread {
    fn of(pixels: Vec<[u8; 4]>) -> Self {
        let (mut sums, mut squares) = ([0_u64; 4], [0_u64; 4]);
        for pixel in &pixels {
            for (channel, &sample) in pixel.iter().enumerate() {
                sums[channel] += u64::from(sample);
                squares[channel] += u64::from(sample).pow(2);
            }
        }
        let count = pixels.len() as u64;
        let errors =
            std::array::from_fn(|channel| squares[channel] * count - sums[channel] * sums[channel]);
        Self { pixels, errors }
    }

    fn error(&self) -> u64 {
        self.errors.iter().sum::<u64>() / self.pixels.len().max(1) as u64
    }

    /// Both halves, unless all are of one colour.
    fn cut(&self) -> Option<(Self, Self)> {
        let channel = (0..4).max_by_key(|&channel| self.errors[channel])?;
        if self.errors[channel] == 0 {
            return None;
        }
        let sum: u64 = self
            .pixels
            .iter()
            .map(|pixel| u64::from(pixel[channel]))
            .sum();
        let mean = (sum / self.pixels.len() as u64) as u8;
        let (lower, upper) = self.pixels.iter().partition(|pixel| pixel[channel] <= mean);
        Some((Self::of(lower), Self::of(upper)))
    }

    fn swatch(&self) -> Swatch {
        Swatch {
            color: mean(&self.pixels),
            count: self.pixels.len() as u32,
        }
    }
}

/// The swatches moved to the mean of the pixels nearest to each; those that none is nearest to go.
fn refined(pixels: &[[u8; 4]], swatches: &[Swatch]) -> Vec<Swatch> {
    let mut sums = vec![Sum::default(); swatches.len()];
    for &pixel in pixels {
        let nearest =
            (0..swatches.len()).min_by_key(|&index| distance(pixel, swatches[index].color));
        sums[nearest.unwrap_or_default()].add(pixel);
    }
    let kept = sums.iter().filter(|sum| sum.count > 0);
    kept.map(|sum| Swatch {
        color: sum.mean(),
        count: sum.count,
    })
    .collect()
}

fn distance(a: [u8; 4], b: [u8; 4]) -> u32 {
    let channels = a.iter().zip(b);
    channels.map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [u8; 4] = [200, 10, 10, 255];
    const BLUE: [u8; 4] = [10, 10, 200, 255];
    const CLEAR: [u8; 4] = [0, 0, 0, 0];

    #[test]
    fn few_colours_are_told_exactly_and_by_how_often_they_occur() {
        let pixels = [vec![RED; 5], vec![BLUE; 9], vec![CLEAR; 2]].concat();
        let swatch = |color, count| Swatch { color, count };
        let expected = [swatch(BLUE, 9), swatch(RED, 5), swatch(CLEAR, 2)];
        for colors in [3, 10, 256] {
            assert_eq!(palette(&pixels, colors), expected, "{colors}");
        }
        assert_eq!(palette(&[RED], 2), [swatch(RED, 1)]);
    }

    #[test]
    fn many_colours_become_as_many_as_asked_and_each_is_near_one() {
        let pixels: Vec<_> = (0..=255)
            .map(|value| [value, 255 - value, 0, 255])
            .collect();
        for colors in [2, 7, 64, 256] {
            let found = palette(&pixels, colors);
            assert!(found.len() <= colors && found.len() * 10 >= colors * 9);
            let worst = pixels.iter().map(|&pixel| {
                found
                    .iter()
                    .map(|swatch| distance(pixel, swatch.color))
                    .min()
            });
            let side = 256 / colors as u32;
            assert!(worst.max() <= Some(Some(4 * side * side)), "{colors}");
        }
    }

    #[test]
    fn clear_pixels_lend_no_colour_to_the_mean() {
        assert_eq!(mean(&[RED, [0, 255, 0, 0]]), [200, 10, 10, 128]);
        assert_eq!(mean(&[CLEAR, CLEAR]), CLEAR);
        assert_eq!(mean(&[]), CLEAR);
    }
}
