//! GIF to pixels.

mod animation;

use std::num::NonZeroU64;

use gif::{ColorOutput, DecodeOptions, Decoder, DecodingError, Frame, MemoryLimit};

use super::How;
use super::frames::{Frames, Range};
use crate::identify::Facts;
use crate::image::pixels::byte_length;
use crate::image::{Error, Format, Layout, Pixels, buffer, panic_text, unwinding};

/// LZW tables, palettes and read buffers.
const FIXED_BYTES: u64 = 256 << 10;

/// Decodes one frame, as it is seen on its canvas. What no frame covers is transparent, as browsers have it;
/// the background colour of the file is ignored, as they do.
pub(super) fn decode(file: &[u8], facts: &Facts, how: &How) -> Result<Pixels, Error> {
    if how.page > 0 {
        return page(file, facts, how.page);
    }
    unwinding(
        || read(file, facts),
        |payload| Error::broken(Format::Gif, panic_text(&*payload)),
    )
}

/// Bytes that the decoder holds at its peak besides the pixels: an index a pixel of the frame. Later frames stand on
/// those before them.
pub(super) fn working_bytes(facts: &Facts, how: &How) -> u64 {
    match how.page {
        0 => canvas_pixels(facts).saturating_add(FIXED_BYTES),
        _ => frames_peak_bytes(facts),
    }
}

/// The frames of a range, composed.
pub(super) fn frames<'f>(file: &'f [u8], facts: &Facts, range: Range) -> Result<Frames<'f>, Error> {
    animation::frames(file, facts, range)
}

/// An upper bound of the bytes held while frames are read, the one that is handed out included.
pub(super) fn frames_peak_bytes(facts: &Facts) -> u64 {
    animation::peak_bytes(facts)
}

fn page(file: &[u8], facts: &Facts, page: u32) -> Result<Pixels, Error> {
    let range = Range {
        first: page,
        count: 1,
    };
    let frame = frames(file, facts, range)?.next();
    let frame = frame.ok_or_else(|| Error::broken(Format::Gif, "no such page"))?;
    Ok(frame?.pixels)
}

fn canvas_pixels(facts: &Facts) -> u64 {
    u64::from(facts.width).saturating_mul(u64::from(facts.height))
}

/// Begins to read a file, whose canvas must be as promised.
fn open<'f>(file: &'f [u8], facts: &Facts) -> Result<Decoder<&'f [u8]>, Error> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    // A frame beyond its canvas is odd; one that is larger than it is an attack.
    let limit = NonZeroU64::new(canvas_pixels(facts)).unwrap_or(NonZeroU64::MIN);
    options.set_memory_limit(MemoryLimit::Bytes(limit));
    let decoder = options.read_info(file).map_err(error_of)?;
    let promised = (facts.width, facts.height);
    let found = (decoder.width().into(), decoder.height().into());
    if found != promised {
        return Err(Error::unlike(Format::Gif, promised, found));
    }
    Ok(decoder)
}

fn read(file: &[u8], facts: &Facts) -> Result<Pixels, Error> {
    let mut decoder = open(file, facts)?;
    let shared = decoder.global_palette().map(<[u8]>::to_vec);
    let frame = decoder.read_next_frame().map_err(error_of)?;
    let frame = frame.ok_or_else(|| Error::broken(Format::Gif, "no frame"))?;
    let palette = frame
        .palette
        .as_deref()
        .or(shared.as_deref())
        .unwrap_or_default();
    place(frame, &colors(palette, frame.transparent), facts)
}

/// The colour of every index: those past the palette's end are black, and the transparent one is clear.
fn colors(palette: &[u8], transparent: Option<u8>) -> [[u8; 4]; 256] {
    let mut colors = [[0, 0, 0, 255]; 256];
    for (color, entry) in colors.iter_mut().zip(palette.chunks_exact(3)) {
        color[..3].copy_from_slice(entry);
    }
    if let Some(index) = transparent {
        colors[usize::from(index)] = [0; 4];
    }
    colors
}

fn place(frame: &Frame<'_>, colors: &[[u8; 4]; 256], facts: &Facts) -> Result<Pixels, Error> {
    let layout = if is_opaque(frame, facts) {
        Layout::Rgb
    } else {
        Layout::Rgba
    };
    let bytes = byte_length(facts.width, facts.height, layout);
    let mut data = buffer(bytes).ok_or_else(|| Error::codec(Format::Gif, "out of memory"))?;
    data.resize(bytes, 0);
    let channels = layout.channels();
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let canvas = data.chunks_exact_mut(facts.width as usize * channels);
    let indices = frame.buffer.chunks_exact(usize::from(frame.width).max(1));
    for (row, indices) in canvas.skip(top).zip(indices) {
        for (pixel, index) in row.chunks_exact_mut(channels).skip(left).zip(indices) {
            pixel.copy_from_slice(&colors[usize::from(*index)][..channels]);
        }
    }
    Ok(Pixels::new(facts.width, facts.height, layout, data))
}

fn is_opaque(frame: &Frame<'_>, facts: &Facts) -> bool {
    let covers = (frame.left, frame.top) == (0, 0)
        && u32::from(frame.width) >= facts.width
        && u32::from(frame.height) >= facts.height;
    covers
        && !frame
            .transparent
            .is_some_and(|index| frame.buffer.contains(&index))
}

fn error_of(error: DecodingError) -> Error {
    match error {
        DecodingError::MemoryLimit | DecodingError::OutOfMemory => {
            Error::dishonest(Format::Gif, "the frame is larger than its canvas")
        }
        other => Error::broken(Format::Gif, other),
    }
}

#[cfg(test)]
mod tests;
