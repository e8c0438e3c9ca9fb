//! From pixels to luma and chroma: BT.601 in full range (ITU-R BT.601, 2.5; JFIF), in whole numbers.

use crate::image::Pixels;
use crate::image::aom_ffi::{Chroma, Planes, Resolution};

/// Bits after the point of the factors.
const SHIFT: u32 = 16;

/// Shares of red, green and blue, which add up to one.
const LUMA: [i32; 3] = [19_595, 38_470, 7_471];
/// They add up to nothing.
const BLUE: [i32; 3] = [-11_059, -21_709, 32_768];
/// They add up to nothing.
const RED: [i32; 3] = [32_768, -27_439, -5_329];

/// Luma alone.
pub(super) fn grey(pixels: &Pixels) -> Planes {
    planes(pixels, pixels.data().to_vec(), None)
}

/// Alpha as luma.
pub(super) fn alpha(pixels: &Pixels) -> Planes {
    let (each, _) = pixels.data().as_chunks::<4>();
    let alpha = each.iter().map(|[.., alpha]| *alpha);
    planes(pixels, alpha.collect(), None)
}

/// Luma and chroma of pixels of three or four channels.
pub(super) fn color<const CHANNELS: usize>(pixels: &Pixels, resolution: Resolution) -> Planes {
    let (each, _) = pixels.data().as_chunks::<CHANNELS>();
    let luma = each.iter().map(|pixel| luma(rgb(pixel))).collect();
    let chroma = match resolution {
        Resolution::Full => full::<CHANNELS>(pixels),
        Resolution::Quarter => quarter::<CHANNELS>(pixels),
    };
    planes(pixels, luma, Some(chroma))
}

fn planes(pixels: &Pixels, luma: Vec<u8>, chroma: Option<Chroma>) -> Planes {
    Planes {
        width: pixels.width(),
        height: pixels.height(),
        luma,
        chroma,
    }
}

fn full<const CHANNELS: usize>(pixels: &Pixels) -> Chroma {
    let (each, _) = pixels.data().as_chunks::<CHANNELS>();
    let plane = |shares: [i32; 3]| {
        let samples = each.iter().map(|pixel| difference::<0>(rgb(pixel), shares));
        samples.collect()
    };
    Chroma {
        blue: plane(BLUE),
        red: plane(RED),
        resolution: Resolution::Full,
    }
}

/// The chroma of the sum of four pixels each; at an odd edge the last ones count twice.
fn quarter<const CHANNELS: usize>(pixels: &Pixels) -> Chroma {
    let resolution = Resolution::Quarter;
    let count = resolution.of(pixels.width()) as usize * resolution.of(pixels.height()) as usize;
    let (mut blue, mut red) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for rows in pixels.data().chunks(2 * pixels.stride()) {
        let (top, bottom) = rows.split_at(pixels.stride());
        let bottom = if bottom.is_empty() { top } else { bottom };
        let (top, bottom) = (
            top.as_chunks::<CHANNELS>().0,
            bottom.as_chunks::<CHANNELS>().0,
        );
        for (above, below) in top.chunks(2).zip(bottom.chunks(2)) {
            let sum = four(above, below);
            blue.push(difference::<2>(sum, BLUE));
            red.push(difference::<2>(sum, RED));
        }
    }
    Chroma {
        blue,
        red,
        resolution,
    }
}

/// The sum of two pixels above two, the last of which stand in for those that are missing.
#[inline(always)]
fn four<const CHANNELS: usize>(above: &[[u8; CHANNELS]], below: &[[u8; CHANNELS]]) -> [i32; 3] {
    let ends = |pair: &[[u8; CHANNELS]]| Some([rgb(pair.first()?), rgb(pair.last()?)]);
    let pairs = [ends(above), ends(below)].into_iter().flatten().flatten();
    pairs.fold([0; 3], |sum, pixel| {
        [sum[0] + pixel[0], sum[1] + pixel[1], sum[2] + pixel[2]]
    })
}

#[inline(always)]
fn rgb<const CHANNELS: usize>(pixel: &[u8; CHANNELS]) -> [i32; 3] {
    [pixel[0].into(), pixel[1].into(), pixel[2].into()]
}

#[inline(always)]
fn luma(rgb: [i32; 3]) -> u8 {
    (weighed(rgb, LUMA).wrapping_add(1 << (SHIFT - 1)) >> SHIFT) as u8
}

/// A colour difference of the sum of `1 << DOUBLINGS` pixels; half of the range stands for none.
#[inline(always)]
fn difference<const DOUBLINGS: u32>(sum: [i32; 3], shares: [i32; 3]) -> u8 {
    let shift = SHIFT + DOUBLINGS;
    // Just below a half, so that the largest difference stays within a byte.
    let centre = (128 << shift) + (1 << (shift - 1)) - 1;
    (weighed(sum, shares).wrapping_add(centre) >> shift) as u8
}

/// Sums of four samples keep far from the bounds, whose checks would keep the loops from being vectorised.
#[inline(always)]
fn weighed([red, green, blue]: [i32; 3], shares: [i32; 3]) -> i32 {
    let red = red.wrapping_mul(shares[0]);
    let green = green.wrapping_mul(shares[1]);
    red.wrapping_add(green)
        .wrapping_add(blue.wrapping_mul(shares[2]))
}
