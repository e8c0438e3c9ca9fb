//! Pixels to PNG with a palette.

use std::borrow::Cow;

use ::png::{BitDepth, ColorType, Info};

use super::{Options, png};
use crate::image::palette::{Alpha, Indexed, Quantizer};
use crate::image::{Error, Format, Layout, Pixels, panic_text, unwinding};

/// Writes as few bits a pixel as the colours allow: exact where they fit into the palette, else the best choice.
pub(super) fn encode(pixels: &Pixels, options: &Options) -> Result<Vec<u8>, Error> {
    if pixels.layout() == Layout::Cmyk {
        return Err(Error::unwritable(Format::Png, "not converted to sRGB"));
    }
    let quantizer = Quantizer {
        colors: options.png.colors,
        alpha: Alpha::Levels,
    };
    let indexed = quantizer.indexed(pixels);
    let indexed = indexed.ok_or_else(|| Error::codec(Format::Png, "out of memory"))?;
    unwinding(
        || {
            let (mut info, data) = laid_out(pixels, indexed);
            info.pixel_dims = png::density(options);
            png::write(info, &data, &options.metadata).map_err(|e| Error::codec(Format::Png, e))
        },
        |payload| Error::codec(Format::Png, panic_text(&*payload)),
    )
}

/// Bytes held at the peak besides the pixels: those of the quantiser, then packed indices, the compressed stream and
/// the file, which together are less than the RGBA samples were.
pub(super) fn peak_bytes(width: u32, height: u32) -> u64 {
    Quantizer::peak_bytes(width, height).saturating_add(2 << 20)
}

/// The header and the samples of a picture. Colours that are not opaque come first, so their list ends early.
fn laid_out(pixels: &Pixels, indexed: Indexed) -> (Info<'static>, Vec<u8>) {
    let Indexed { colors, indices } = indexed;
    let mut info = Info::with_size(pixels.width(), pixels.height());
    let (depth, bits) = match colors.len() {
        0..=2 => (BitDepth::One, 1),
        3..=4 => (BitDepth::Two, 2),
        5..=16 => (BitDepth::Four, 4),
        _ => (BitDepth::Eight, 8),
    };
    (info.color_type, info.bit_depth) = (ColorType::Indexed, depth);
    let rgb = colors
        .iter()
        .flat_map(|color| [color[0], color[1], color[2]]);
    info.palette = Some(Cow::Owned(rgb.collect()));
    let alphas = colors.iter().map(|color| color[3]);
    let alphas: Vec<u8> = alphas.take_while(|alpha| *alpha < 255).collect();
    info.trns = (!alphas.is_empty()).then_some(Cow::Owned(alphas));
    (info, packed(indices, pixels.width() as usize, bits))
}

/// Indices of 1, 2, 4 or 8 bits, the first in the upper bits; every row begins with a new byte.
fn packed(indices: Vec<u8>, width: usize, bits: usize) -> Vec<u8> {
    if bits == 8 {
        return indices;
    }
    let each = 8 / bits;
    let rows = indices.chunks(width);
    let bytes = rows.flat_map(|row| row.chunks(each)).map(|indices| {
        let places = (0..each).rev().map(|place| place * bits);
        let placed = indices.iter().zip(places);
        placed.fold(0, |byte, (index, shift)| byte | index << shift)
    });
    bytes.collect()
}

#[cfg(test)]
mod tests;
