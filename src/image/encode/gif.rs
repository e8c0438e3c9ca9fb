//! Pixels to GIF.

mod animation;
mod lzw;

use std::fmt::Display;

use gif::{Encoder, EncodingError, Frame};

use super::Options;
use crate::image::palette::{Alpha, Indexed, Quantizer};
use crate::image::{Error, Format, Layout, Pixels, panic_text, unwinding};

pub(super) use animation::Animation;

/// Writes one frame with a palette of its own: exact where the colours fit, else the best 256. Alpha becomes all or
/// nothing.
pub(super) fn encode(pixels: &Pixels, _options: &Options) -> Result<Vec<u8>, Error> {
    encode_with_loss(pixels, 0)
}

/// As [`encode`], but colours that differ by no more than `loss` are taken for each other where that is shorter.
pub(super) fn encode_with_loss(pixels: &Pixels, loss: u8) -> Result<Vec<u8>, Error> {
    let side =
        |px: u32| u16::try_from(px).map_err(|_| unwritable("a side is longer than 65535 pixels"));
    let size = (side(pixels.width())?, side(pixels.height())?);
    if pixels.layout() == Layout::Cmyk {
        return Err(unwritable("not converted to sRGB"));
    }
    let quantizer = Quantizer {
        colors: 256,
        alpha: Alpha::Binary,
    };
    let indexed = quantizer.indexed(pixels);
    let indexed = indexed.ok_or_else(|| codec("out of memory"))?;
    unwinding(
        || write(size, &indexed, loss).map_err(codec),
        |payload| codec(panic_text(&*payload)),
    )
}

/// Bytes held at the peak besides the pixels: those of the quantiser; RGBA samples are gone when the compressed
/// stream and the file grow, at 1.5 bytes a pixel, in buffers that double.
pub(super) fn peak_bytes(width: u32, height: u32) -> u64 {
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    let written = pixels.saturating_mul(9).saturating_add(1 << 20);
    written.max(Quantizer::peak_bytes(width, height))
}

fn write(
    (width, height): (u16, u16),
    indexed: &Indexed,
    loss: u8,
) -> Result<Vec<u8>, EncodingError> {
    let mut encoder = Encoder::new(Vec::new(), width, height, &rgb(&indexed.colors))?;
    encoder.write_lzw_pre_encoded_frame(&Frame {
        width,
        height,
        transparent: clear(&indexed.colors),
        buffer: lzw::compressed(indexed, loss).into(),
        ..Frame::default()
    })?;
    encoder.into_inner()
}

fn rgb(colors: &[[u8; 4]]) -> Vec<u8> {
    let channels = colors
        .iter()
        .flat_map(|color| [color[0], color[1], color[2]]);
    channels.collect()
}

/// The number of the clear colour.
fn clear(colors: &[[u8; 4]]) -> Option<u8> {
    let at = colors.iter().position(|color| color[3] == 0)?;
    u8::try_from(at).ok()
}

fn unwritable(detail: impl Display) -> Error {
    Error::unwritable(Format::Gif, detail)
}

fn codec(detail: impl Display) -> Error {
    Error::codec(Format::Gif, detail)
}

#[cfg(test)]
mod tests;
