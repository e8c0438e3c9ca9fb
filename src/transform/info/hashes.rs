//! Placeholders, likeness and checksums.

use std::collections::BTreeMap;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::transform::ask::HashKind;
use crate::transform::blend::{luma, over};

/// The most components of a BlurHash along one side.
const MAX_COMPONENTS: u8 = 9;
/// The side of the greys that the perceptual hash is made of.
const GREYS: usize = 32;
/// The side of the frequencies that are kept of it.
const FREQUENCIES: usize = 8;

/// The BlurHash with so many components along width and height, on white.
pub(super) fn blurhash(pixels: &[[u8; 4]], width: u32, components: (u8, u8)) -> Option<String> {
    let on_white = |&[r, g, b, alpha]: &[u8; 4]| {
        let [r, g, b] = [r, g, b].map(|sample| over(255, sample, alpha));
        [r, g, b, 255]
    };
    let data = pixels.iter().flat_map(on_white).collect::<Vec<_>>();
    let [across, down] =
        [components.0, components.1].map(|count| u32::from(count.clamp(1, MAX_COMPONENTS)));
    let height = pixels.len() as u32 / width;
    blurhash::encode(across, down, width, height, &data).ok()
}

/// The ThumbHash of pixels whose sides are at most 100.
pub(super) fn thumb_hash(pixels: &[[u8; 4]], width: u32) -> String {
    let width = width as usize;
    let hash = thumbhash::rgba_to_thumb_hash(width, pixels.len() / width, pixels.as_flattened());
    hex::encode(hash)
}

/// 64 bits that differ little where pictures do: whether each of the lowest frequencies of its greys is stronger
/// than half of them are.
pub(super) fn perceptual_hash(pixels: &[[u8; 4]], width: u32) -> String {
    let strengths = frequencies(&greys(pixels, width as usize));
    let mut sorted = strengths;
    sorted.sort_unstable();
    let middle = sorted[31] + sorted[32];
    let bits = strengths.iter().fold(0_u64, |bits, strength| {
        bits << 1 | u64::from(2 * strength > middle)
    });
    format!("{bits:016x}")
}

/// The picture as a square of greys, on black.
fn greys(pixels: &[[u8; 4]], width: usize) -> Vec<i64> {
    let height = pixels.len() / width;
    let part = |index: usize, side: usize| {
        let start = index * side / GREYS;
        start..((index + 1) * side / GREYS).max(start + 1)
    };
    let grey = |x: usize, y: usize| {
        let [r, g, b, alpha] = pixels[y * width + x];
        i64::from(luma([r, g, b])) * i64::from(alpha)
    };
    let cells = (0..GREYS).flat_map(|y| (0..GREYS).map(move |x| (x, y)));
    cells
        .map(|(x, y)| {
            let (columns, rows) = (part(x, width), part(y, height));
            let count = (columns.len() * rows.len()) as i64;
            let sum: i64 = rows
                .flat_map(|y| columns.clone().map(move |x| grey(x, y)))
                .sum();
            sum / count
        })
        .collect()
}

/// The lowest frequencies by a cosine transform in whole numbers, the same on every machine.
fn frequencies(greys: &[i64]) -> [i64; FREQUENCIES * FREQUENCIES] {
    let wave = |frequency: usize| -> [i64; GREYS] {
        std::array::from_fn(|at| {
            let angle = (2 * at + 1) as f64 * frequency as f64 * std::f64::consts::PI / 64.0;
            (angle.cos() * 4096.0).round() as i64
        })
    };
    let waves: [_; FREQUENCIES] = std::array::from_fn(wave);
    std::array::from_fn(|index| {
        let (across, down) = (&waves[index % FREQUENCIES], &waves[index / FREQUENCIES]);
        let rows = greys.chunks_exact(GREYS).zip(down);
        rows.map(|(row, weight)| {
            let line: i64 = row.iter().zip(across).map(|(grey, wave)| grey * wave).sum();
            line * weight
        })
        .sum()
    })
}

/// The checksums of a file by their names.
pub(super) fn hashsums(file: &[u8], kinds: &[HashKind]) -> BTreeMap<&'static str, String> {
    kinds.iter().map(|kind| hashsum(file, *kind)).collect()
}

fn hashsum(file: &[u8], kind: HashKind) -> (&'static str, String) {
    match kind {
        HashKind::Md5 => ("md5", hex::encode(Md5::digest(file))),
        HashKind::Sha1 => ("sha1", hex::encode(Sha1::digest(file))),
        HashKind::Sha256 => ("sha256", hex::encode(Sha256::digest(file))),
        HashKind::Sha512 => ("sha512", hex::encode(Sha512::digest(file))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: usize, height: usize, rule: impl Fn(usize, usize) -> u8) -> Vec<[u8; 4]> {
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        places
            .map(|(x, y)| [rule(x, y), rule(x, y), rule(x, y), 255])
            .collect()
    }

    #[test]
    fn likeness_survives_size_and_light_but_not_another_picture() {
        let bits = |hash: &str| u64::from_str_radix(hash, 16).unwrap();
        let scene = |side: usize, light: usize| {
            let rule = move |x: usize, y: usize| {
                let (x, y) = (x * 100 / side, y * 100 / side);
                let disc = x.abs_diff(30).pow(2) + y.abs_diff(60).pow(2) < 500;
                (if disc { 200 } else { 40 + x / 2 } * light / 100) as u8
            };
            bits(&perceptual_hash(&picture(side, side, rule), side as u32))
        };
        let other = bits(&perceptual_hash(
            &picture(90, 90, |x, y| (x * y / 40) as u8),
            90,
        ));
        let like = scene(100, 100);
        assert!((like ^ scene(61, 80)).count_ones() <= 6);
        assert!((like ^ scene(40, 120)).count_ones() <= 6);
        assert!((like ^ other).count_ones() >= 16);
    }

    #[test]
    fn placeholders_are_made_of_the_smallest_pictures_too() {
        for (width, height) in [(1, 1), (1, 100), (100, 1), (3, 2)] {
            let pixels = picture(width, height, |x, y| (x * 50 + y) as u8);
            let width = width as u32;
            assert_eq!(perceptual_hash(&pixels, width).len(), 16);
            assert!(!thumb_hash(&pixels, width).is_empty());
            let hash = blurhash(&pixels, width, (4, 3)).unwrap();
            assert_eq!(hash.len(), 6 + 2 * 11);
            assert_eq!(blurhash(&pixels, width, (0, 200)).unwrap().len(), 6 + 2 * 8);
        }
    }

    #[test]
    fn checksums_are_those_of_the_standards() {
        use HashKind::{Md5, Sha1, Sha256, Sha512};
        let found = hashsums(b"abc", &[Sha512, Md5, Sha1, Sha256, Md5]);
        let expected = [
            ("md5", "900150983cd24fb0d6963f7d28e17f72"),
            ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                "sha256",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
        ];
        assert_eq!(found.len(), 4);
        for (name, digest) in expected {
            assert_eq!(found[name], digest);
        }
        assert!(found["sha512"].starts_with("ddaf35a193617abacc417349ae204131"));
    }
}
