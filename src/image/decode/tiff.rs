//! TIFF to pixels.

mod samples;

use std::borrow::Cow;
use std::io::Cursor;

use tiff::TiffError;
use tiff::decoder::{Decoder, DecodingResult, Limits};

use super::How;
use crate::identify::Facts;
use crate::identify::tiff::{Directory, Structure, photometric, tag};
use crate::image::{Error, Format, Pixels, panic_text, unwinding};
use samples::{Samples, Shape};

/// The largest colour map: 65536 colours of three samples.
const MAX_MAP_VALUES: u64 = 3 << 16;

/// CMYK and alpha. Another page may have more samples than the first, which is the one whose facts are known.
const MAX_CHANNELS: u64 = 5;

/// What the values of one field may take: the places of all strips, above all.
const TABLE_BYTES: usize = 4 << 20;

/// Decodes one page.
pub(super) fn decode(file: &[u8], facts: &Facts, how: &How) -> Result<Pixels, Error> {
    unwinding(
        || page(file, facts, how),
        |payload| Error::broken(Format::Tiff, panic_text(&*payload)),
    )
}

/// Bytes held at the peak besides the pixels in 8 bits: the second byte of deeper ones, samples as they are in the file, up to 8 bytes each where they are
/// floating, one strip or tile beside them, and the file once more where its colours are mapped.
pub(super) fn working_bytes(facts: &Facts, how: &How) -> u64 {
    let pixels = u64::from(facts.width).saturating_mul(facts.height.into());
    let deep = if how.deep {
        pixels.saturating_mul(4)
    } else {
        0
    };
    decoded_bytes(facts)
        .saturating_mul(2)
        .saturating_add(deep)
        .saturating_add(8 * TABLE_BYTES as u64)
}

/// The samples of a page, padded as tiles may be.
fn decoded_bytes(facts: &Facts) -> u64 {
    let sample_bytes = u64::from(facts.bit_depth).div_ceil(8).max(1);
    u64::from(facts.width)
        .saturating_mul(facts.height.into())
        .saturating_mul(MAX_CHANNELS * sample_bytes)
}

fn page(file: &[u8], facts: &Facts, how: &How) -> Result<Pixels, Error> {
    let directory = directory(file, how.page)?;
    let map = color_map(&directory)?;
    let readable = match map {
        Some(_) => Cow::Owned(as_grey(file, &directory)?),
        None => Cow::Borrowed(file),
    };
    let mut decoder = open(&readable, facts, how.page)?;
    let (width, height) = decoder.dimensions().map_err(broken)?;
    if how.page == 0 && (width, height) != (facts.width, facts.height) {
        let promised = (facts.width, facts.height);
        return Err(Error::unlike(Format::Tiff, promised, (width, height)));
    }
    let kind = decoder.colortype().map_err(broken)?;
    let mut result = DecodingResult::U8(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut result).map_err(broken)?;
    let shape = Shape {
        width,
        height,
        kind,
        planes: layout.planes,
        associated: directory.number(tag::EXTRA_SAMPLES) == Ok(Some(1)),
    };
    let samples = Samples::of(result)?;
    if how.deep && samples.are_deep(&shape, map.as_deref()) {
        samples.deep_pixels(&shape)
    } else {
        samples.pixels(&shape, map.as_deref())
    }
}

/// The directory of a page.
fn directory(file: &[u8], page: u32) -> Result<Directory<'_>, Error> {
    let missing = || Error::broken(Format::Tiff, "no such page");
    let structure = Structure::of(file).map_err(|_| missing())?;
    let first = structure.first().map_err(|_| missing())?;
    let mut directory = first.ok_or_else(missing)?;
    for _ in 0..page {
        let next = directory.next().map_err(|_| missing())?;
        directory = next.ok_or_else(missing)?;
    }
    Ok(directory)
}

/// The colours of a palette: all reds, all greens, all blues, 16 bits each; `None` where there is no palette.
fn color_map(directory: &Directory<'_>) -> Result<Option<Vec<u64>>, Error> {
    let damaged = |_| Error::broken(Format::Tiff, "a damaged colour map");
    if directory.number(tag::PHOTOMETRIC).map_err(damaged)? != Some(photometric::PALETTE) {
        return Ok(None);
    }
    let field = directory.field(tag::COLOR_MAP).map_err(damaged)?;
    let field = field.ok_or_else(|| Error::broken(Format::Tiff, "a palette without colours"))?;
    field.numbers(MAX_MAP_VALUES).map(Some).map_err(damaged)
}

/// The file with its indices called grey: the decoder hands out the samples of greys, but not those of palettes.
fn as_grey(file: &[u8], directory: &Directory<'_>) -> Result<Vec<u8>, Error> {
    let mut file = file.to_vec();
    let field = directory.field(tag::PHOTOMETRIC).ok().flatten();
    let at = field.map(|field| field.at).unwrap_or_default();
    let value = file.get_mut(at..at.saturating_add(2));
    let value = value.ok_or_else(|| Error::broken(Format::Tiff, "cut off"))?;
    // Whichever byte held the 3.
    for byte in value {
        *byte = (*byte).min(photometric::BLACK_IS_ZERO as u8);
    }
    Ok(file)
}

fn open<'file>(
    file: &'file [u8],
    facts: &Facts,
    page: u32,
) -> Result<Decoder<Cursor<&'file [u8]>>, Error> {
    let bytes = usize::try_from(decoded_bytes(facts)).unwrap_or(usize::MAX);
    let mut limits = Limits::default();
    // Another page may be of another size, and is held to the first one's.
    limits.decoding_buffer_size = bytes.saturating_add(TABLE_BYTES);
    limits.intermediate_buffer_size = bytes.saturating_add(TABLE_BYTES);
    limits.ifd_value_size = TABLE_BYTES;
    let decoder = Decoder::new(Cursor::new(file)).map_err(broken)?;
    let mut decoder = decoder.with_limits(limits);
    decoder.seek_to_image(page as usize).map_err(broken)?;
    Ok(decoder)
}

fn broken(error: TiffError) -> Error {
    match error {
        TiffError::LimitsExceeded => {
            Error::dishonest(Format::Tiff, "needs more memory than its header tells")
        }
        other => Error::broken(Format::Tiff, other),
    }
}

#[cfg(test)]
mod tests;
