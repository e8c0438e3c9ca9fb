//! Shrinking by averaging, where a decoder cannot shrink by itself without mixing in hidden colours.

use super::Scale;
use crate::image::{Layout, Pixels};

/// Averages blocks of pixels, each weighted by its alpha, so that clear pixels lend no colour. Blocks at the right
/// and bottom edges are cut off where the image ends.
pub(super) fn shrink(pixels: &Pixels, scale: Scale) -> Pixels {
    let (width, height) = (scale.of(pixels.width()), scale.of(pixels.height()));
    let channels = pixels.layout().channels();
    let side = scale.divisor() as usize;
    let mut data = Vec::with_capacity(width as usize * height as usize * channels);
    for band in pixels.data().chunks(pixels.stride() * side) {
        for column in 0..width as usize {
            let block = band.chunks_exact(pixels.stride()).flat_map(|row| {
                let start = column * side * channels;
                let end = (start + side * channels).min(row.len());
                row[start..end].chunks_exact(channels)
            });
            let average = average(block, pixels.layout());
            data.extend_from_slice(&average[..channels]);
        }
    }
    Pixels::new(width, height, pixels.layout(), data)
}

fn average<'pixels>(block: impl Iterator<Item = &'pixels [u8]>, layout: Layout) -> [u8; 4] {
    let mut sums = [0_u32; 4];
    let (mut weights, mut count) = (0, 0);
    for pixel in block {
        let weight = if layout == Layout::Rgba {
            u32::from(pixel[3])
        } else {
            1
        };
        for (sum, sample) in sums.iter_mut().zip(pixel) {
            *sum += u32::from(*sample) * weight;
        }
        weights += weight;
        count += 1;
    }
    let rounded = |sum: u32, by: u32| ((sum + by / 2) / by.max(1)) as u8;
    let mut average = sums.map(|sum| rounded(sum, weights));
    if layout == Layout::Rgba {
        average[3] = rounded(weights, count);
    }
    average
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_pixels_lend_no_colour() {
        let red = [200, 0, 0, 255];
        let hidden = [0, 255, 0, 0];
        let data = [red, hidden, hidden, red].concat();
        let pixels = Pixels::new(2, 2, Layout::Rgba, data);
        assert_eq!(shrink(&pixels, Scale::Half).data(), [200, 0, 0, 128]);
    }

    #[test]
    fn clear_blocks_stay_clear_and_edges_are_cut() {
        let pixels = Pixels::filled(9, 5, Layout::Rgba, &[9, 9, 9, 0]);
        let shrunk = shrink(&pixels, Scale::Quarter);
        assert_eq!((shrunk.width(), shrunk.height()), (3, 2));
        assert!(shrunk.data().iter().all(|sample| *sample == 0));
        let pixels = Pixels::filled(9, 5, Layout::Rgb, &[10, 20, 255]);
        let shrunk = shrink(&pixels, Scale::Eighth);
        assert_eq!(shrunk, Pixels::filled(2, 1, Layout::Rgb, &[10, 20, 255]));
    }
}
