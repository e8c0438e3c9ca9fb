use proptest::prelude::*;

use super::*;
use crate::image::testing::{difference, noise, picture};

const LEVELS: Quantizer = Quantizer {
    colors: 256,
    alpha: Alpha::Levels,
};

const BINARY: Quantizer = Quantizer {
    colors: 256,
    alpha: Alpha::Binary,
};

/// RGBA samples of a picture that came back.
fn samples(indexed: &Indexed) -> Vec<u8> {
    let numbers = indexed.indices.iter();
    numbers
        .flat_map(|number| indexed.colors[usize::from(*number)])
        .collect()
}

fn rgba(colors: impl Iterator<Item = [u8; 4]>) -> Pixels {
    let data: Vec<u8> = colors.flatten().collect();
    Pixels::new(data.len() as u32 / 4, 1, Layout::Rgba, data)
}

#[test]
fn few_colours_stay_exact() {
    let many = rgba((0..256_u32).map(|n| [n as u8, 7, (n / 3) as u8, 255 - n as u8]));
    // One pixel is fully clear, and what it hides is gone.
    let mut wanted = many.data().to_vec();
    wanted[255 * 4..].copy_from_slice(&CLEAR);
    let indexed = LEVELS.indexed(&many).unwrap();
    assert_eq!(samples(&indexed), wanted);
    assert_eq!(indexed.colors.len(), 256);
    let grey = picture(60, 40, Layout::Grey);
    let indexed = BINARY.indexed(&grey).unwrap();
    let first: Vec<u8> = samples(&indexed).chunks_exact(4).map(|c| c[0]).collect();
    assert_eq!(first, grey.data());
}

#[test]
fn clear_pixels_are_of_one_colour_whatever_they_hide() {
    let hidden = rgba((0..2_000_u32).map(|n| [n as u8, (n >> 3) as u8, 9, 0]));
    for quantizer in [LEVELS, BINARY] {
        let indexed = quantizer.indexed(&hidden).unwrap();
        assert_eq!(indexed.colors, [CLEAR]);
    }
}

#[test]
fn binary_alpha_splits_at_half() {
    let pixels = rgba(
        [127, 128, 0, 255, 1, 254]
            .map(|alpha| [5, 6, 7, alpha])
            .into_iter(),
    );
    let indexed = BINARY.indexed(&pixels).unwrap();
    let alphas: Vec<u8> = samples(&indexed).chunks_exact(4).map(|c| c[3]).collect();
    assert_eq!(alphas, [0, 255, 0, 255, 0, 255]);
    let three = Quantizer {
        colors: 3,
        ..LEVELS
    };
    assert_eq!(three.indexed(&pixels), Some(indexed));
}

#[test]
fn many_colours_come_back_close() {
    for (colors, most) in [(256, 7.0), (64, 14.0), (16, 26.0), (2, 80.0)] {
        let original = picture(120, 90, Layout::Rgb);
        let indexed = Quantizer { colors, ..BINARY }.indexed(&original).unwrap();
        assert!(indexed.colors.len() <= usize::from(colors));
        let got = samples(&indexed);
        let rgb: Vec<u8> = got
            .chunks_exact(4)
            .flat_map(|c| [c[0], c[1], c[2]])
            .collect();
        let off = difference(&rgb, original.data());
        assert!(off < most, "{colors} colours: {off}");
    }
}

#[test]
fn dithering_keeps_the_mean_of_a_gradient() {
    let data = (0..256 * 64_u32).flat_map(|n| {
        let (x, y) = (n % 256, n / 256);
        [x as u8, (x / 2 + y) as u8, (255 - x) as u8]
    });
    let original = Pixels::new(256, 64, Layout::Rgb, data.collect());
    let indexed = Quantizer {
        colors: 8,
        ..BINARY
    }
    .indexed(&original)
    .unwrap();
    let got = samples(&indexed);
    for column in (48..208).step_by(16) {
        let mean = |samples: &[u8], channels: usize| {
            let rows = samples.chunks_exact(256 * channels);
            let sum: u64 = rows
                .flat_map(|row| row[column * channels..][..16 * channels].chunks_exact(channels))
                .map(|pixel| u64::from(pixel[0]))
                .sum();
            sum as f64 / (16.0 * 64.0)
        };
        let off = (mean(&got, 4) - mean(original.data(), 3)).abs();
        assert!(off < 16.0, "column {column}: {off}");
    }
}

#[test]
fn opaque_pixels_stay_opaque_beside_translucent_ones() {
    let pixels = rgba((0..6_000_u32).map(|n| {
        let alpha = [255, 0, (n % 251) as u8, 255][n as usize % 4];
        [(n * 7) as u8, (n >> 4) as u8, (n * 3) as u8, alpha]
    }));
    let indexed = LEVELS.indexed(&pixels).unwrap();
    let mut off = 0.0;
    for (got, wanted) in samples(&indexed)
        .chunks_exact(4)
        .zip(pixels.data().chunks_exact(4))
    {
        assert_eq!(got[3] == 255, wanted[3] == 255, "{wanted:?} became {got:?}");
        assert_eq!(got[3] == 0, wanted[3] == 0, "{wanted:?} became {got:?}");
        off += f64::from(got[3].abs_diff(wanted[3])) / 6_000.0;
    }
    assert!(off < 8.0, "{off}");
    let order: Vec<u8> = indexed.colors.iter().map(|color| color[3]).collect();
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn flat_parts_stay_flat() {
    // A picture above, one colour below.
    let mut original = picture(96, 96, Layout::Rgb);
    original.data_mut()[96 * 48 * 3..].fill(200);
    let indexed = BINARY.indexed(&original).unwrap();
    let below = &indexed.indices[96 * 48..];
    let odd = below
        .iter()
        .filter(|index| **index != below[96 * 40])
        .count();
    assert!(odd < 96, "{odd} of {}", below.len());
}

#[test]
fn the_same_pixels_give_the_same_palette() {
    let original = noise(80, 60, Layout::Rgba);
    assert_eq!(LEVELS.indexed(&original), LEVELS.indexed(&original));
}

#[test]
fn inks_have_no_palette() {
    let inks = Pixels::filled(2, 2, Layout::Cmyk, &[0; 4]);
    assert_eq!(LEVELS.indexed(&inks), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_picture_fits_its_palette(
        colors in 0_u16..300,
        width in 1_u32..24,
        data in proptest::collection::vec(any::<u8>(), 4..4_000),
        binary: bool,
    ) {
        let height = data.len() as u32 / 4 / width;
        prop_assume!(height > 0);
        let data = data[..(width * height * 4) as usize].to_vec();
        let pixels = Pixels::new(width, height, Layout::Rgba, data);
        let alpha = if binary { Alpha::Binary } else { Alpha::Levels };
        let indexed = Quantizer { colors, alpha }.indexed(&pixels).unwrap();
        prop_assert!(indexed.colors.len() <= usize::from(colors.clamp(2, 256)));
        prop_assert_eq!(indexed.indices.len(), (width * height) as usize);
        for (index, pixel) in indexed.indices.iter().zip(pixels.data().chunks_exact(4)) {
            let color = indexed.colors[usize::from(*index)];
            prop_assert_eq!(color[3] == 0, Quantizer { colors, alpha }.sample(pixel)[3] == 0);
        }
    }
}
