//! Pixels to GIF.

use std::borrow::Cow;

use gif::{Encoder, EncodingError, Frame};

use super::Options;
use crate::image::{Error, Format, Layout, Pixels, buffer, panic_text, unwinding};

/// Pixels less opaque than this become transparent, the others opaque.
const OPAQUE_FROM: u8 = 128;

/// The quantiser looks at every tenth pixel: its authors' middle between speed and quality.
const QUANTISER_SPEED: i32 = 10;

/// Writes one frame with a palette of its own: exact where the colours fit, else the best 256.
pub(super) fn encode(pixels: &Pixels, _options: &Options) -> Result<Vec<u8>, Error> {
    let too_large = || Error::unwritable(Format::Gif, "a side is longer than 65535 pixels");
    let width = u16::try_from(pixels.width()).map_err(|_| too_large())?;
    let height = u16::try_from(pixels.height()).map_err(|_| too_large())?;
    if pixels.layout() == Layout::Cmyk {
        return Err(Error::unwritable(Format::Gif, "not converted to sRGB"));
    }
    unwinding(
        || {
            let mut samples = opaque_samples(pixels)?;
            let frame = Frame::from_rgba_speed(width, height, &mut samples, QUANTISER_SPEED);
            drop(samples);
            write(with_transparency(frame, pixels)).map_err(|e| Error::codec(Format::Gif, e))
        },
        |payload| Error::codec(Format::Gif, panic_text(&*payload)),
    )
}

/// Bytes held at the peak besides the pixels: RGBA samples and an index a pixel; the samples are gone when the
/// file, of at most 1.5 bytes a pixel, grows in a buffer that doubles.
pub(super) fn peak_bytes(width: u32, height: u32) -> u64 {
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    pixels.saturating_mul(6).saturating_add(1 << 20)
}

fn is_clear(pixel: &[u8]) -> bool {
    pixel.len() == 4 && pixel[3] < OPAQUE_FROM
}

/// RGBA samples without any transparency, so that clear pixels neither take part in the choice of colours nor
/// mix with them: they repeat the last opaque pixel before them.
fn opaque_samples(pixels: &Pixels) -> Result<Vec<u8>, Error> {
    let channels = pixels.layout().channels();
    let count = pixels.data().len() / channels;
    let mut samples =
        buffer(count * 4).ok_or_else(|| Error::codec(Format::Gif, "out of memory"))?;
    let mut last = [0, 0, 0, 255];
    for pixel in pixels.data().chunks_exact(channels) {
        if !is_clear(pixel) {
            let color = if channels == 1 {
                [pixel[0]; 3]
            } else {
                [pixel[0], pixel[1], pixel[2]]
            };
            last[..3].copy_from_slice(&color);
        }
        samples.extend_from_slice(&last);
    }
    Ok(samples)
}

/// Gives the clear pixels an index of their own.
fn with_transparency<'frame>(mut frame: Frame<'frame>, pixels: &Pixels) -> Frame<'frame> {
    if pixels.layout() != Layout::Rgba || !pixels.data().chunks_exact(4).any(is_clear) {
        return frame;
    }
    let mut palette = frame.palette.take().unwrap_or_default();
    let mut indices = frame.buffer.into_owned();
    let transparent = free_index(&mut palette, &mut indices);
    for (index, pixel) in indices.iter_mut().zip(pixels.data().chunks_exact(4)) {
        if is_clear(pixel) {
            *index = transparent;
        }
    }
    frame.palette = Some(palette);
    frame.buffer = Cow::Owned(indices);
    frame.transparent = Some(transparent);
    frame
}

/// An index that no pixel has: a new one, or that of the rarest colour of a full palette, whose pixels take the
/// colour that is nearest to it.
fn free_index(palette: &mut Vec<u8>, indices: &mut [u8]) -> u8 {
    if let Ok(next) = u8::try_from(palette.len() / 3) {
        palette.extend_from_slice(&[0; 3]);
        return next;
    }
    let mut counts = [0_u64; 256];
    for index in indices.iter() {
        counts[usize::from(*index)] += 1;
    }
    let rarest = (0..=255_u8)
        .min_by_key(|index| counts[usize::from(*index)])
        .unwrap_or(0);
    let others = (0..=255_u8).filter(|index| *index != rarest);
    let nearest = others
        .min_by_key(|other| distance(palette, *other, rarest))
        .unwrap_or(0);
    for index in indices.iter_mut().filter(|index| **index == rarest) {
        *index = nearest;
    }
    rarest
}

fn distance(palette: &[u8], a: u8, b: u8) -> u32 {
    let color = |index: u8| &palette[usize::from(index) * 3..][..3];
    let channels = color(a).iter().zip(color(b));
    channels
        .map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2))
        .sum()
}

fn write(frame: Frame<'_>) -> Result<Vec<u8>, EncodingError> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, frame.width, frame.height, &[])?;
    encoder.write_frame(&frame)?;
    encoder.into_inner()?;
    Ok(file)
}

#[cfg(test)]
mod tests;
