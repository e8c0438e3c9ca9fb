//! What the tests of the codecs share: test pictures, facts, and an independent judge.

use ::image::{DynamicImage, ImageFormat};

use super::encode::Options;
use super::pixels::narrow;
use super::{Format, Layout, Pixels};
use crate::identify::{ColorType, Facts, Orientation, Subtype};

/// Facts of a still, opaque image in its format's plainest kind; tests change what they are about.
pub(crate) fn facts(format: Format, width: u32, height: u32) -> Facts {
    let subtype = match format {
        Format::Jpeg => Subtype::Baseline,
        Format::WebP => Subtype::Lossy,
        _ => Subtype::Sequential,
    };
    Facts {
        format,
        subtype: Some(subtype),
        width,
        height,
        orientation: Orientation::UPRIGHT,
        color_type: ColorType::Rgb,
        bit_depth: 8,
        alpha: false,
        icc: false,
        exif: false,
        animated: false,
        frames: Some(1),
    }
}

/// Options for a format, at quality 80 and without anything extra.
pub(crate) fn options(format: Format) -> Options {
    Options::new(format)
}

/// A smooth picture with some structure; every channel differs, so that swapped ones show.
pub(crate) fn picture(width: u32, height: u32, layout: Layout) -> Pixels {
    let mut data = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let across = (x * 255 / width.max(2)) as u8;
            let down = (y * 255 / height.max(2)) as u8;
            let wave = 128 + (((x + y) as f32 / 9.0).sin() * 60.0) as i16;
            let sample = [across, down, wave as u8, 255 - across / 2];
            data.extend_from_slice(&sample[..layout.channels()]);
        }
    }
    Pixels::new(width, height, layout, data)
}

/// Incompressible samples, the same on every run.
pub(crate) fn noise(width: u32, height: u32, layout: Layout) -> Pixels {
    let mut state = 0x9e37_79b9_u32;
    let count = width as usize * height as usize * layout.channels();
    let data = (0..count).map(|_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 11) as u8
    });
    Pixels::new(width, height, layout, data.collect())
}

/// Decodes a file with another library.
pub(crate) fn judge(file: &[u8], format: Format) -> DynamicImage {
    let format = match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::WebP => ImageFormat::WebP,
        Format::Gif => ImageFormat::Gif,
        Format::Tiff => ImageFormat::Tiff,
        Format::Bmp => ImageFormat::Bmp,
        Format::Ico => ImageFormat::Ico,
        other => unreachable!("no judge of {}", other.name()),
    };
    ::image::load_from_memory_with_format(file, format).expect("the judge reads the file")
}

/// What another library sees in a file, as [`visible`] tells it.
pub(crate) fn judged(file: &[u8], format: Format) -> Vec<[u16; 4]> {
    let samples = judge(file, format).into_rgba16().into_raw();
    let (pixels, _) = samples.as_chunks::<4>();
    pixels.iter().map(cleared).collect()
}

/// The colour and alpha of every pixel in 16 bits; all that is fully clear is black.
pub(crate) fn visible(pixels: &Pixels) -> Vec<[u16; 4]> {
    let channels = pixels.layout().channels();
    let samples = pixels.clone().into_samples16();
    let each = samples.chunks_exact(channels).map(|pixel| match *pixel {
        [grey] => [grey, grey, grey, u16::MAX],
        [red, green, blue] => [red, green, blue, u16::MAX],
        [red, green, blue, alpha] => cleared(&[red, green, blue, alpha]),
        _ => unreachable!("no layout has as many channels"),
    });
    each.collect()
}

/// The samples of [`visible`] in 8 bits.
pub(crate) fn visible_bytes(pixels: &[[u16; 4]]) -> Vec<u8> {
    let samples = pixels.as_flattened().iter();
    samples.map(|sample| narrow(*sample)).collect()
}

fn cleared(pixel: &[u16; 4]) -> [u16; 4] {
    match pixel[3] {
        0 => [0; 4],
        _ => *pixel,
    }
}

/// The mean absolute difference of two lists of samples.
pub(crate) fn difference(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len(), "as many samples");
    let sum: u64 = a
        .iter()
        .zip(b)
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    sum as f64 / a.len() as f64
}
