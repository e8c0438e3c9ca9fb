//! Samples of any width, sign and order to 8 or 16 bits, chunky.

use tiff::ColorType;
use tiff::decoder::DecodingResult;

use crate::image::pixels::{narrow, widen};
use crate::image::{Error, Format, Layout, Pixels};

/// A sample of the result.
trait Sample: Copy + Into<u32> {
    /// Full light.
    const WHITE: u32;

    /// The sample of a number up to white.
    fn of(number: u32) -> Self;

    fn pixels(shape: &Shape, layout: Layout, data: Vec<Self>) -> Pixels;
}

impl Sample for u8 {
    const WHITE: u32 = 255;

    fn of(number: u32) -> Self {
        number as Self
    }

    fn pixels(shape: &Shape, layout: Layout, data: Vec<Self>) -> Pixels {
        Pixels::new(shape.width, shape.height, layout, data)
    }
}

impl Sample for u16 {
    const WHITE: u32 = 65_535;

    fn of(number: u32) -> Self {
        number as Self
    }

    fn pixels(shape: &Shape, layout: Layout, data: Vec<Self>) -> Pixels {
        Pixels::new16(shape.width, shape.height, layout, data)
    }
}

/// How the samples of a page stand.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) kind: ColorType,
    /// Planes that follow one another; 1 where the samples of a pixel stand together.
    pub(super) planes: usize,
    /// Whether colours are multiplied by alpha.
    pub(super) associated: bool,
}

/// The samples of a page; narrower ones than a byte are packed, each row on its own.
#[derive(Debug)]
pub(super) enum Samples {
    /// Up to 8 bits.
    Bytes(Vec<u8>),
    /// 16 bits.
    Words(Vec<u16>),
}

impl Samples {
    /// The decoder's, those of more than 16 bits reduced. Floating samples run from 0 to 1.
    pub(super) fn of(result: DecodingResult) -> Result<Self, Error> {
        Ok(match result {
            DecodingResult::U8(samples) => Self::Bytes(samples),
            DecodingResult::U16(samples) => Self::Words(samples),
            DecodingResult::U32(samples) => Self::Words(
                samples
                    .into_iter()
                    .map(|sample| (sample >> 16) as u16)
                    .collect(),
            ),
            DecodingResult::F32(samples) => Self::Words(samples.into_iter().map(unit).collect()),
            DecodingResult::F64(samples) => Self::Words(
                samples
                    .into_iter()
                    .map(|sample| unit(sample as f32))
                    .collect(),
            ),
            _ => return Err(unread("samples of this type")),
        })
    }

    /// The picture.
    pub(super) fn pixels(self, shape: &Shape, map: Option<&[u64]>) -> Result<Pixels, Error> {
        let (channels, bits) = channels(shape.kind)?;
        let samples = match (self, map) {
            (samples, Some(map)) => return mapped(&samples.indices(shape, bits), shape, map),
            (Self::Bytes(bytes), None) if bits < 8 => unpacked(&bytes, shape, bits)
                .map(|sample| stretched(sample, bits))
                .collect(),
            (Self::Bytes(bytes), None) => bytes,
            (Self::Words(words), None) => words.into_iter().map(narrow).collect(),
        };
        let samples = chunky(samples, shape, channels)?;
        picture(samples, shape, channels)
    }

    /// Whether there is more in the samples than 8 bits hold. Of inks and of luma there is none that is kept.
    pub(super) fn are_deep(&self, shape: &Shape, map: Option<&[u64]>) -> bool {
        let light = !matches!(
            shape.kind,
            ColorType::YCbCr(_) | ColorType::CMYK(_) | ColorType::CMYKA(_)
        );
        light && map.is_none() && matches!(self, Self::Words(_))
    }

    /// The picture in 16 bits.
    pub(super) fn deep_pixels(self, shape: &Shape) -> Result<Pixels, Error> {
        let (channels, _) = channels(shape.kind)?;
        let words = match self {
            Self::Words(words) => words,
            Self::Bytes(bytes) => bytes.into_iter().map(widen).collect(),
        };
        light(chunky(words, shape, channels)?, shape, channels)
    }

    fn indices(self, shape: &Shape, bits: u8) -> Vec<usize> {
        match self {
            Self::Bytes(bytes) if bits < 8 => {
                unpacked(&bytes, shape, bits).map(usize::from).collect()
            }
            Self::Bytes(bytes) => bytes.into_iter().map(usize::from).collect(),
            Self::Words(words) => words.into_iter().map(usize::from).collect(),
        }
    }
}

fn unread(what: &str) -> Error {
    Error::broken(Format::Tiff, format!("{what} are not read"))
}

/// Samples a pixel, and bits a sample.
fn channels(kind: ColorType) -> Result<(usize, u8), Error> {
    Ok(match kind {
        ColorType::Gray(bits) => (1, bits),
        ColorType::GrayA(bits) => (2, bits),
        ColorType::Multiband {
            bit_depth,
            num_samples: 2,
        } => (2, bit_depth),
        ColorType::RGB(bits) | ColorType::YCbCr(bits) => (3, bits),
        ColorType::RGBA(bits) | ColorType::CMYK(bits) => (4, bits),
        ColorType::CMYKA(bits) => (5, bits),
        _ => return Err(unread("colours of this kind")),
    })
}

fn unit(sample: f32) -> u16 {
    // Not a number becomes 0.
    (sample.clamp(0.0, 1.0) * 65_535.0).round() as u16
}

fn stretched(sample: u8, bits: u8) -> u8 {
    let most = (1_u32 << bits) - 1;
    (u32::from(sample) * 255 / most) as u8
}

/// Samples of 1, 2 or 4 bits, the first in the highest bits; each row begins a byte.
fn unpacked(bytes: &[u8], shape: &Shape, bits: u8) -> impl Iterator<Item = u8> {
    let width = shape.width as usize;
    let in_byte = usize::from(8 / bits.max(1));
    let stride = width.div_ceil(in_byte).max(1);
    let mask = ((1_u16 << bits) - 1) as u8;
    let rows = bytes.chunks_exact(stride).take(shape.height as usize);
    rows.flat_map(move |row| {
        (0..width).map(move |x| {
            let shift = (in_byte - 1 - x % in_byte) * usize::from(bits);
            (row[x / in_byte] >> shift) & mask
        })
    })
}

/// The colours that the indices stand for: the map holds all reds, then all greens, then all blues.
fn mapped(indices: &[usize], shape: &Shape, map: &[u64]) -> Result<Pixels, Error> {
    let colors = map.len() / 3;
    let color = |index: usize| {
        let sample = |plane: usize| {
            let sample = map.get(plane * colors + index).copied().unwrap_or_default();
            narrow(u16::try_from(sample).unwrap_or(u16::MAX))
        };
        if index < colors {
            [sample(0), sample(1), sample(2)]
        } else {
            [0; 3]
        }
    };
    let data: Vec<_> = indices.iter().flat_map(|index| color(*index)).collect();
    checked(shape, Layout::Rgb, data)
}

/// Samples of planes that follow one another, brought together.
fn chunky<S: Sample>(samples: Vec<S>, shape: &Shape, channels: usize) -> Result<Vec<S>, Error> {
    if shape.planes <= 1 || channels == 1 {
        return Ok(samples);
    }
    let plane = shape.width as usize * shape.height as usize;
    if samples.len() < plane * channels {
        return Err(unread("planes of this order"));
    }
    let at = |pixel: usize| (0..channels).map(move |channel| channel * plane + pixel);
    Ok((0..plane).flat_map(at).map(|at| samples[at]).collect())
}

fn picture(samples: Vec<u8>, shape: &Shape, channels: usize) -> Result<Pixels, Error> {
    match (shape.kind, channels) {
        (ColorType::YCbCr(_), _) => checked(shape, Layout::Rgb, rgb_of_ycbcr(samples)),
        (ColorType::CMYK(_), _) => checked(shape, Layout::Cmyk, samples),
        (ColorType::CMYKA(_), _) => {
            let inks = samples
                .chunks_exact(5)
                .flat_map(|pixel| [pixel[0], pixel[1], pixel[2], pixel[3]]);
            checked(shape, Layout::Cmyk, inks.collect())
        }
        _ => light(samples, shape, channels),
    }
}

/// Grey or red, green and blue, and what there is of alpha.
fn light<S: Sample>(samples: Vec<S>, shape: &Shape, channels: usize) -> Result<Pixels, Error> {
    match channels {
        1 => checked(shape, Layout::Grey, samples),
        2 => {
            let pairs = samples.chunks_exact(2);
            let data = pairs.flat_map(|pair| [pair[0], pair[0], pair[0], pair[1]]);
            checked(shape, Layout::Rgba, straight(data.collect(), shape))
        }
        3 => checked(shape, Layout::Rgb, samples),
        _ => checked(shape, Layout::Rgba, straight(samples, shape)),
    }
}

fn checked<S: Sample>(shape: &Shape, layout: Layout, data: Vec<S>) -> Result<Pixels, Error> {
    let wanted = shape.width as usize * shape.height as usize * layout.channels();
    if data.len() != wanted {
        return Err(Error::broken(Format::Tiff, "too few samples"));
    }
    Ok(S::pixels(shape, layout, data))
}

/// Colours divided by their alpha, where they were multiplied by it.
fn straight<S: Sample>(mut data: Vec<S>, shape: &Shape) -> Vec<S> {
    if !shape.associated {
        return data;
    }
    for pixel in data.chunks_exact_mut(4) {
        let alpha: u32 = pixel[3].into();
        for sample in &mut pixel[..3] {
            let divided = ((*sample).into() * S::WHITE + alpha / 2).checked_div(alpha);
            *sample = S::of(divided.unwrap_or_default().min(S::WHITE));
        }
    }
    data
}

/// YCbCr of full range (TIFF 6.0, section 21, with the coefficients of BT.601) to RGB.
fn rgb_of_ycbcr(mut data: Vec<u8>) -> Vec<u8> {
    for pixel in data.chunks_exact_mut(3) {
        let [y, cb, cr] = [pixel[0], pixel[1], pixel[2]].map(i32::from);
        let (cb, cr) = (cb - 128, cr - 128);
        let (r, g, b) = (
            y + ((91_881 * cr + 32_768) >> 16),
            y - ((22_554 * cb + 46_802 * cr + 32_768) >> 16),
            y + ((116_130 * cb + 32_768) >> 16),
        );
        pixel.copy_from_slice(&[r, g, b].map(|sample| sample.clamp(0, 255) as u8));
    }
    data
}
