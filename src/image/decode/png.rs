//! PNG to pixels.

use std::io::Cursor;

use png::{
    BitDepth, ColorType, DecodeOptions, Decoder, DecodingError, InterlaceInfo, Limits, Reader,
    Transformations, expand_interlaced_row,
};

use crate::identify::Facts;
use crate::image::pixels::byte_length;
use crate::image::{Error, Format, Layout, Pixels, buffer, panic_text, unwinding};

/// What the codec may allocate besides rows: its window, and ancillary chunks that it keeps.
const FIXED_BYTES: u64 = 4 << 20;

/// Decodes the default image; further frames of an animation are not looked at.
pub(super) fn decode(file: &[u8], facts: &Facts) -> Result<Pixels, Error> {
    unwinding(
        || {
            let mut reader = open(file, facts)?;
            read_pixels(&mut reader, facts)
        },
        |payload| Error::broken(Format::Png, panic_text(&*payload)),
    )
}

/// Bytes that the decoder holds at its peak besides the pixels: a few rows in 16-bit RGBA.
pub(super) fn working_bytes(facts: &Facts) -> u64 {
    u64::from(facts.width)
        .saturating_mul(8 * 6)
        .saturating_add(FIXED_BYTES)
}

fn open<'file>(file: &'file [u8], facts: &Facts) -> Result<Reader<Cursor<&'file [u8]>>, Error> {
    let mut options = DecodeOptions::default();
    options.set_ignore_text_chunk(true);
    // Read from the file's segments where it is wanted.
    options.set_ignore_iccp_chunk(true);
    options.set_skip_ancillary_crc_failures(true);
    let mut decoder = Decoder::new_with_options(Cursor::new(file), options);
    let bytes = usize::try_from(working_bytes(facts)).unwrap_or(usize::MAX);
    decoder.set_limits(Limits { bytes });
    // Palettes and packed samples become bytes, and tRNS alpha. Not STRIP_16, which cuts instead of rounding.
    decoder.set_transformations(Transformations::EXPAND);
    let reader = decoder.read_info().map_err(error_of)?;
    let (width, height) = reader.info().size();
    if (width, height) != (facts.width, facts.height) {
        let detail = format!(
            "{}x{} promised, {width}x{height} found",
            facts.width, facts.height
        );
        return Err(Error::dishonest(Format::Png, detail));
    }
    Ok(reader)
}

fn read_pixels(reader: &mut Reader<Cursor<&[u8]>>, facts: &Facts) -> Result<Pixels, Error> {
    let (color, depth) = reader.output_color_type();
    let layout = match color {
        ColorType::Grayscale => Layout::Grey,
        ColorType::Rgb => Layout::Rgb,
        ColorType::GrayscaleAlpha | ColorType::Rgba => Layout::Rgba,
        ColorType::Indexed => return Err(Error::codec(Format::Png, "palette not expanded")),
    };
    let bytes = byte_length(facts.width, facts.height, layout);
    let mut data = buffer(bytes).ok_or_else(|| Error::codec(Format::Png, "out of memory"))?;
    data.resize(bytes, 0);
    let stride = facts.width as usize * layout.channels();
    let bits = layout.channels() as u8 * 8;
    let mut line = Vec::with_capacity(stride);
    let mut done = 0;
    while let Some(row) = reader.next_interlaced_row().map_err(error_of)? {
        convert(row.data(), color, depth, &mut line);
        match row.interlace() {
            InterlaceInfo::Null(_) => data[done..done + stride].copy_from_slice(&line),
            InterlaceInfo::Adam7(pass) => {
                expand_interlaced_row(&mut data, stride, &line, pass, bits);
            }
        }
        done += stride;
    }
    Ok(Pixels::new(facts.width, facts.height, layout, data))
}

/// One row in 8 bits, grey with alpha as RGBA.
fn convert(row: &[u8], color: ColorType, depth: BitDepth, line: &mut Vec<u8>) {
    line.clear();
    match (depth, color) {
        (BitDepth::Sixteen, ColorType::GrayscaleAlpha) => {
            let pixels = row.chunks_exact(4);
            line.extend(pixels.flat_map(|p| grey_alpha(narrow(p[0], p[1]), narrow(p[2], p[3]))));
        }
        (BitDepth::Sixteen, _) => line.extend(row.chunks_exact(2).map(|s| narrow(s[0], s[1]))),
        (_, ColorType::GrayscaleAlpha) => {
            line.extend(row.chunks_exact(2).flat_map(|p| grey_alpha(p[0], p[1])));
        }
        _ => line.extend_from_slice(row),
    }
}

fn grey_alpha(grey: u8, alpha: u8) -> [u8; 4] {
    [grey, grey, grey, alpha]
}

/// A big-endian 16-bit sample in 8 bits: divided by 257 and rounded.
fn narrow(high: u8, low: u8) -> u8 {
    let sample = u32::from(u16::from_be_bytes([high, low]));
    ((sample * 255 + 32_895) >> 16) as u8
}

fn error_of(error: DecodingError) -> Error {
    match error {
        DecodingError::LimitsExceeded => {
            Error::dishonest(Format::Png, "needs more memory than its header tells")
        }
        other => Error::broken(Format::Png, other),
    }
}

#[cfg(test)]
mod tests;
