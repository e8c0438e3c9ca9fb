//! PNG to pixels.

use std::io::Cursor;

use png::{
    BitDepth, ColorType, DecodeOptions, Decoder, DecodingError, InterlaceInfo, Limits, Reader,
    Transformations, expand_interlaced_row,
};

use super::How;
use crate::identify::Facts;
use crate::image::pixels::{byte_length, narrow};
use crate::image::{Error, Format, Layout, Pixels, buffer, panic_text, unwinding};

/// What the codec may allocate besides rows: its window, and ancillary chunks that it keeps.
const FIXED_BYTES: u64 = 4 << 20;

/// Decodes the default image; further frames of an animation are not looked at.
///
/// The samples are as stored. What `cICP` and `iCCP` say of their colours is the matter of [`crate::image::color`];
/// `gAMA` and `cHRM` are ignored: what they describe is sRGB, more or less, in nearly every file that has them.
pub(super) fn decode(file: &[u8], facts: &Facts, how: &How) -> Result<Pixels, Error> {
    unwinding(
        || {
            let mut reader = open(file, facts)?;
            match reader.output_color_type() {
                (_, BitDepth::Sixteen) if how.deep => read_deep(&mut reader, facts),
                _ => read_pixels(&mut reader, facts),
            }
        },
        |payload| Error::broken(Format::Png, panic_text(&*payload)),
    )
}

/// Bytes that the decoder holds at its peak besides the pixels in 8 bits: a few rows in 16-bit RGBA, and the second
/// byte of each sample where they stay deep.
pub(super) fn working_bytes(facts: &Facts, how: &How) -> u64 {
    let pixels = u64::from(facts.width).saturating_mul(facts.height.into());
    let deep = if how.deep && facts.bit_depth > 8 {
        pixels.saturating_mul(4)
    } else {
        0
    };
    row_bytes(facts).saturating_add(deep)
}

fn row_bytes(facts: &Facts) -> u64 {
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
    let bytes = usize::try_from(row_bytes(facts)).unwrap_or(usize::MAX);
    decoder.set_limits(Limits { bytes });
    // Palettes and packed samples become bytes, and tRNS alpha. Not STRIP_16, which cuts instead of rounding.
    decoder.set_transformations(Transformations::EXPAND);
    let reader = decoder.read_info().map_err(error_of)?;
    let (promised, found) = ((facts.width, facts.height), reader.info().size());
    if found != promised {
        return Err(Error::unlike(Format::Png, promised, found));
    }
    Ok(reader)
}

fn read_pixels(reader: &mut Reader<Cursor<&[u8]>>, facts: &Facts) -> Result<Pixels, Error> {
    let (color, depth) = reader.output_color_type();
    let layout = layout(color)?;
    let bytes = byte_length(facts.width, facts.height, layout);
    let mut data = buffer(bytes).ok_or_else(|| Error::codec(Format::Png, "out of memory"))?;
    data.resize(bytes, 0);
    read_rows(
        reader,
        &mut data,
        layout.channels(),
        |row, line| match depth {
            BitDepth::Sixteen => line.extend(deep_samples(row, color).map(narrow)),
            _ => shallow(row, color, line),
        },
    )?;
    Ok(Pixels::new(facts.width, facts.height, layout, data))
}

fn read_deep(reader: &mut Reader<Cursor<&[u8]>>, facts: &Facts) -> Result<Pixels, Error> {
    let (color, _) = reader.output_color_type();
    let layout = layout(color)?;
    let count = byte_length(facts.width, facts.height, layout);
    let mut samples: Vec<u16> = Vec::new();
    let room = samples.try_reserve_exact(count);
    room.map_err(|_| Error::codec(Format::Png, "out of memory"))?;
    samples.resize(count, 0);
    let data = bytemuck::cast_slice_mut(&mut samples);
    read_rows(reader, data, layout.channels() * 2, |row, line| {
        line.extend(deep_samples(row, color).flat_map(u16::to_ne_bytes));
    })?;
    Ok(Pixels::new16(facts.width, facts.height, layout, samples))
}

fn layout(color: ColorType) -> Result<Layout, Error> {
    Ok(match color {
        ColorType::Grayscale => Layout::Grey,
        ColorType::Rgb => Layout::Rgb,
        ColorType::GrayscaleAlpha | ColorType::Rgba => Layout::Rgba,
        ColorType::Indexed => return Err(Error::codec(Format::Png, "palette not expanded")),
    })
}

/// Fills `data`, of so many bytes a pixel, with the rows as `convert` makes them, whatever their order in the file.
fn read_rows(
    reader: &mut Reader<Cursor<&[u8]>>,
    data: &mut [u8],
    pixel_bytes: usize,
    convert: impl Fn(&[u8], &mut Vec<u8>),
) -> Result<(), Error> {
    let stride = reader.info().width as usize * pixel_bytes;
    let bits = pixel_bytes as u8 * 8;
    let mut line = Vec::with_capacity(stride);
    let mut done = 0;
    while let Some(row) = reader.next_interlaced_row().map_err(error_of)? {
        line.clear();
        convert(row.data(), &mut line);
        match row.interlace() {
            InterlaceInfo::Null(_) => data[done..done + stride].copy_from_slice(&line),
            InterlaceInfo::Adam7(pass) => {
                expand_interlaced_row(data, stride, &line, pass, bits);
            }
        }
        done += stride;
    }
    Ok(())
}

/// A row of 8 bits, grey with alpha as RGBA.
fn shallow(row: &[u8], color: ColorType, line: &mut Vec<u8>) {
    match color {
        ColorType::GrayscaleAlpha => {
            let (pixels, _) = row.as_chunks::<2>();
            let pixels = pixels.iter();
            line.extend(pixels.flat_map(|&[grey, alpha]| [grey, grey, grey, alpha]));
        }
        _ => line.extend_from_slice(row),
    }
}

/// The samples of a row of 16 bits, grey with alpha as RGBA.
fn deep_samples(row: &[u8], color: ColorType) -> impl Iterator<Item = u16> {
    let times = match color {
        ColorType::GrayscaleAlpha => 3,
        _ => 1,
    };
    let (samples, _) = row.as_chunks::<2>();
    let each = samples.iter().enumerate();
    each.flat_map(move |(at, &bytes)| {
        let is_alpha = times > 1 && at % 2 == 1;
        let count = if is_alpha { 1 } else { times };
        std::iter::repeat_n(u16::from_be_bytes(bytes), count)
    })
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
