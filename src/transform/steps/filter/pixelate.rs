//! Blocks of one colour.

use crate::image::{Layout, Pixels};

/// Blocks of one colour; `side` in pixels, above 1, at most the longest side of the picture.
///
/// Blocks begin at the top left. One that goes past an edge sees the picture mirrored there, as its mean would
/// otherwise change with every pixel that the edge moves.
pub(in crate::transform) fn pixelate(mut pixels: Pixels, side: u32) -> Pixels {
    let side = side.min(pixels.width().max(pixels.height())).max(1) as usize;
    let across = blocks(pixels.width() as usize, side);
    let down = blocks(pixels.height() as usize, side);
    let mut means = Vec::with_capacity(across.len() * down.len());
    for rows in &down {
        means.extend(across.iter().map(|columns| mean(&pixels, rows, columns)));
    }
    let (stride, channels) = (pixels.stride(), pixels.layout().channels());
    for (y, row) in pixels.data_mut().chunks_exact_mut(stride).enumerate() {
        let means = &means[y / side * across.len()..];
        for (block, mean) in row.chunks_mut(side * channels).zip(means) {
            for pixel in block.chunks_exact_mut(channels) {
                pixel.copy_from_slice(&mean[..channels]);
            }
        }
    }
    pixels
}

/// The lines, along one axis, that make up a block, each with how often it counts.
type Block = Vec<(usize, u64)>;

fn blocks(length: usize, side: usize) -> Vec<Block> {
    let block = |start: usize| {
        if start + side <= length {
            return (start..start + side).map(|at| (at, 1)).collect();
        }
        let mut counts = vec![0; length];
        for at in start..start + side {
            counts[mirrored(at, length)] += 1;
        }
        let counted = counts.into_iter().enumerate();
        counted.filter(|(_, count)| *count > 0).collect()
    };
    (0..length).step_by(side).map(block).collect()
}

/// Where a line past the end is seen in the picture laid back and forth.
const fn mirrored(at: usize, length: usize) -> usize {
    let at = at % (2 * length);
    if at < length { at } else { 2 * length - 1 - at }
}

fn mean(pixels: &Pixels, rows: &Block, columns: &Block) -> [u8; 4] {
    let (stride, channels) = (pixels.stride(), pixels.layout().channels());
    let transparent = pixels.layout() == Layout::Rgba;
    let (mut sums, mut weights, mut count) = ([0_u64; 4], 0, 0);
    for &(y, row_count) in rows {
        let row = &pixels.data()[y * stride..(y + 1) * stride];
        for &(x, column_count) in columns {
            let pixel = &row[x * channels..(x + 1) * channels];
            let times = row_count * column_count;
            let weight = if transparent {
                times * u64::from(pixel[3])
            } else {
                times
            };
            for (sum, sample) in sums.iter_mut().zip(pixel) {
                *sum += u64::from(*sample) * weight;
            }
            weights += weight;
            count += times;
        }
    }
    let rounded = |sum: u64, by: u64| ((sum + by / 2) / by.max(1)) as u8;
    let mut mean = sums.map(|sum| rounded(sum, weights));
    if transparent {
        mean[3] = rounded(weights, count);
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: &[u8]) -> Pixels {
        Pixels::new(values.len() as u32, 1, Layout::Grey, values.to_vec())
    }

    #[test]
    fn blocks_are_means_and_those_at_the_edge_are_mirrored() {
        let table: [(&[u8], u32, &[u8]); 6] = [
            (&[0, 10, 20, 30], 2, &[5, 5, 25, 25]),
            // 40, 40, and 30 once more.
            (&[0, 30, 60, 30, 40], 3, &[30, 30, 30, 37, 37]),
            // The last block is 80 and, mirrored, 80 and 0.
            (&[0, 0, 0, 80], 3, &[0, 0, 0, 53]),
            (&[0, 0, 90], 100, &[30, 30, 30]),
            (&[1, 2, 3], 1, &[1, 2, 3]),
            (&[9], 4, &[9]),
        ];
        for (values, side, expected) in table {
            let found = pixelate(row(values), side);
            assert_eq!(found.data(), expected, "{values:?} by {side}");
        }
    }

    #[test]
    fn a_thin_picture_may_have_blocks_larger_than_it_is_thick() {
        let tall = Pixels::new(1, 4, Layout::Grey, vec![0, 10, 20, 30]);
        assert_eq!(pixelate(tall, 4).data(), [15; 4]);
    }

    #[test]
    fn clear_pixels_lend_no_colour() {
        let data = [[200, 0, 0, 255], [0, 255, 0, 0]].concat();
        let pixels = Pixels::new(2, 1, Layout::Rgba, data);
        assert_eq!(
            pixelate(pixels, 2).data(),
            [[200, 0, 0, 128]; 2].as_flattened()
        );
    }
}
