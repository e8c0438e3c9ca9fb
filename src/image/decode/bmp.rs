//! Windows bitmaps to pixels.

use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::{ColorType, ImageDecoder, ImageError};

use crate::identify::Facts;
use crate::image::pixels::byte_length;
use crate::image::{Error, Format, Layout, Pixels, buffer, panic_text, unwinding};

/// Decodes the picture.
pub(super) fn decode(file: &[u8], facts: &Facts) -> Result<Pixels, Error> {
    unwinding(
        || {
            let decoder = BmpDecoder::new(Cursor::new(file)).map_err(|e| broken(Format::Bmp, e))?;
            read(decoder, facts)
        },
        |payload| Error::broken(Format::Bmp, panic_text(&*payload)),
    )
}

/// The pixels of a decoder of the `image` crate, whose size must be that of the facts.
pub(super) fn read(decoder: impl ImageDecoder, facts: &Facts) -> Result<Pixels, Error> {
    let format = facts.format;
    let (width, height) = decoder.dimensions();
    if (width, height) != (facts.width, facts.height) {
        let promised = (facts.width, facts.height);
        return Err(Error::unlike(format, promised, (width, height)));
    }
    let layout = match decoder.color_type() {
        ColorType::L8 => Layout::Grey,
        ColorType::Rgb8 => Layout::Rgb,
        ColorType::Rgba8 => Layout::Rgba,
        other => return Err(Error::broken(format, format!("{other:?} is not read"))),
    };
    let bytes = byte_length(width, height, layout);
    let mut data = buffer(bytes).ok_or_else(|| Error::codec(format, "out of memory"))?;
    data.resize(bytes, 0);
    decoder
        .read_image(&mut data)
        .map_err(|error| broken(format, error))?;
    Ok(Pixels::new(width, height, layout, data))
}

pub(super) fn broken(format: Format, error: ImageError) -> Error {
    Error::broken(format, error)
}

/// Bytes held at the peak besides the pixels: a palette and a row.
pub(super) fn working_bytes(facts: &Facts) -> u64 {
    u64::from(facts.width)
        .saturating_mul(8)
        .saturating_add(1 << 20)
}

#[cfg(test)]
mod tests;
