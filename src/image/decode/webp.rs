//! WebP to pixels.

use webpx::{BitstreamFormat, Decoder, DecoderConfig, Limits};

use super::Scale;
use super::shrink::shrink;
use crate::identify::{Facts, Subtype};
use crate::image::pixels::byte_length;
use crate::image::{Error, Format, Layout, Pixels, buffer, panic_text, unwinding};

/// Huffman tables of a lossless image: libwebp's own encoder makes at most 2600 groups of 12 KB.
const HUFFMAN_BYTES: u64 = 32 << 20;

/// Bytes a column of the rows at work, of the filters' margins, and of the rescaler.
const ROW_BYTES_A_COLUMN: u64 = 256;

const FIXED_BYTES: u64 = 1 << 20;

/// Bytes from the start of an ANMF chunk's body to its first inner chunk (RFC 9649, 2.7.1.1).
const FRAME_HEADER_BYTES: usize = 16;

/// Decodes a still image, or the first frame of an animation placed on a transparent canvas (its background
/// colour is ignored, as browsers do).
pub(super) fn decode(file: &[u8], facts: &Facts, scale: Scale) -> Result<Pixels, Error> {
    unwinding(
        || match animation(file) {
            Some(chunks) => decode_first_frame(file, chunks, facts, scale),
            None => {
                check_alpha(file, facts)?;
                decode_still(file, (facts.width, facts.height), scale)
            }
        },
        |payload| Error::broken(Format::WebP, panic_text(&*payload)),
    )
}

/// Bytes that the decoder holds at its peak besides the pixels.
///
/// A hostile lossless image may name more Huffman groups than any encoder does; its tables are bounded by
/// libwebp alone (65536 groups).
pub(super) fn working_bytes(facts: &Facts, scale: Scale) -> u64 {
    let canvas = u64::from(facts.width).saturating_mul(u64::from(facts.height));
    let lossless = facts.subtype == Some(Subtype::Lossless);
    let coding = match (lossless, facts.alpha || facts.animated) {
        // ARGB of the whole image.
        (true, _) => canvas.saturating_mul(4).saturating_add(HUFFMAN_BYTES),
        // Alpha is a lossless image of its own, and a plane.
        (false, true) => canvas.saturating_mul(5).saturating_add(HUFFMAN_BYTES),
        (false, false) => 0,
    };
    // The pixels before they are shrunk or placed, or libwebp's copy of the shrunk ones.
    let copies = match (scale, facts.animated, facts.alpha) {
        (Scale::Full, false, _) => 0,
        _ => canvas.saturating_mul(4),
    };
    let rows = u64::from(facts.width).saturating_mul(ROW_BYTES_A_COLUMN);
    coding
        .saturating_add(copies)
        .saturating_add(rows)
        .saturating_add(FIXED_BYTES)
}

/// Alpha takes several times the memory of lossy colour, so it must not come as a surprise.
fn check_alpha(file: &[u8], facts: &Facts) -> Result<(), Error> {
    let decoder = Decoder::new(file).map_err(broken)?;
    if decoder.info().has_alpha && !facts.alpha {
        return Err(Error::dishonest(Format::WebP, "alpha that is not declared"));
    }
    Ok(())
}

/// Decodes a whole file, or the bare chunks of a frame, which libwebp takes as well.
fn decode_still(data: &[u8], promised: (u32, u32), scale: Scale) -> Result<Pixels, Error> {
    let decoder = Decoder::new(data).map_err(broken)?;
    // Dimensions are checked here; the limits of the wrapper know nothing better.
    let decoder = decoder.config(DecoderConfig::new().limits(Limits::none()));
    let (width, height) = (decoder.info().width, decoder.info().height);
    if (width, height) != promised {
        let detail = format!(
            "{}x{} promised, {width}x{height} found",
            promised.0, promised.1
        );
        return Err(Error::dishonest(Format::WebP, detail));
    }
    let lossy = decoder.info().format != BitstreamFormat::Lossless;
    let layout = if decoder.info().has_alpha {
        Layout::Rgba
    } else {
        Layout::Rgb
    };
    if scale == Scale::Full {
        return decode_full(decoder, layout);
    }
    // libwebp's scaler mixes the colours of lossy images without regard to alpha, and hidden ones come out.
    if lossy && layout == Layout::Rgba {
        return Ok(shrink(&decode_full(decoder, layout)?, scale));
    }
    decode_scaled(decoder, layout, scale)
}

fn decode_full(decoder: Decoder<'_>, layout: Layout) -> Result<Pixels, Error> {
    let (width, height) = (decoder.info().width, decoder.info().height);
    let bytes = byte_length(width, height, layout);
    let mut data = buffer(bytes).ok_or_else(|| Error::codec(Format::WebP, "out of memory"))?;
    data.resize(bytes, 0);
    let stride = width * layout.channels() as u32;
    let decoded = match layout {
        Layout::Rgba => decoder.decode_rgba_into(&mut data, stride),
        _ => decoder.decode_rgb_into(&mut data, stride),
    };
    decoded.map_err(broken)?;
    Ok(Pixels::new(width, height, layout, data))
}

fn decode_scaled(decoder: Decoder<'_>, layout: Layout, scale: Scale) -> Result<Pixels, Error> {
    let (width, height) = (
        scale.of(decoder.info().width),
        scale.of(decoder.info().height),
    );
    let decoder = decoder.scale(width, height);
    let decoded = match layout {
        Layout::Rgba => decoder.decode_rgba_raw(),
        _ => decoder.decode_rgb_raw(),
    };
    let (data, ..) = decoded.map_err(broken)?;
    if data.len() != byte_length(width, height, layout) {
        return Err(Error::codec(Format::WebP, "unexpected output dimensions"));
    }
    Ok(Pixels::new(width, height, layout, data))
}

/// Where a frame stands on the canvas, and its image chunks.
struct Frame<'file> {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
    image: &'file [u8],
}

fn decode_first_frame(
    file: &[u8],
    chunks: Chunks<'_>,
    facts: &Facts,
    scale: Scale,
) -> Result<Pixels, Error> {
    if canvas(file) != Some((facts.width, facts.height)) {
        return Err(Error::dishonest(
            Format::WebP,
            "another canvas than promised",
        ));
    }
    let frame = first_frame(chunks).ok_or_else(|| Error::broken(Format::WebP, "no frame"))?;
    let right = frame.left.saturating_add(frame.width);
    let bottom = frame.top.saturating_add(frame.height);
    if right > facts.width || bottom > facts.height {
        return Err(Error::broken(Format::WebP, "a frame beyond its canvas"));
    }
    let promised = (frame.width, frame.height);
    if promised == (facts.width, facts.height) {
        return decode_still(frame.image, promised, scale);
    }
    let pixels = decode_still(frame.image, promised, Scale::Full)?;
    let canvas = place(&pixels, &frame, facts)?;
    Ok(if scale == Scale::Full {
        canvas
    } else {
        shrink(&canvas, scale)
    })
}

/// Puts the pixels of a frame on a transparent canvas, which they are known to fit into.
fn place(pixels: &Pixels, frame: &Frame<'_>, facts: &Facts) -> Result<Pixels, Error> {
    let bytes = byte_length(facts.width, facts.height, Layout::Rgba);
    let mut data = buffer(bytes).ok_or_else(|| Error::codec(Format::WebP, "out of memory"))?;
    data.resize(bytes, 0);
    let channels = pixels.layout().channels();
    let canvas = data.chunks_exact_mut(facts.width as usize * 4);
    for (target, row) in canvas.skip(frame.top as usize).zip(pixels.rows()) {
        let targets = target.chunks_exact_mut(4).skip(frame.left as usize);
        for (target, pixel) in targets.zip(row.chunks_exact(channels)) {
            target[..channels].copy_from_slice(pixel);
            if channels == 3 {
                target[3] = 255;
            }
        }
    }
    Ok(Pixels::new(facts.width, facts.height, Layout::Rgba, data))
}

/// The chunks of an animated file; nothing when it is a still one.
fn animation(file: &[u8]) -> Option<Chunks<'_>> {
    let extended = file.get(12..16)? == b"VP8X" && file.starts_with(b"RIFF");
    // RFC 9649, 2.7: the animation flag.
    (extended && file.get(20)? & 2 != 0).then(|| Chunks(&file[12..]))
}

/// Width and height of the canvas, which follow the flags of the VP8X chunk.
fn canvas(file: &[u8]) -> Option<(u32, u32)> {
    let body = file.get(24..30)?;
    Some((u24(body)?.checked_add(1)?, u24(&body[3..])?.checked_add(1)?))
}

fn first_frame(mut chunks: Chunks<'_>) -> Option<Frame<'_>> {
    let (_, body) = chunks.find(|(name, _)| *name == b"ANMF")?;
    Some(Frame {
        left: u24(body)? * 2,
        top: u24(body.get(3..)?)? * 2,
        width: u24(body.get(6..)?)? + 1,
        height: u24(body.get(9..)?)? + 1,
        image: body.get(FRAME_HEADER_BYTES..)?,
    })
}

fn u24(bytes: &[u8]) -> Option<u32> {
    let bytes = bytes.get(..3)?;
    Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]))
}

/// The chunks of a RIFF file: names and bodies, the last one as far as it is there.
struct Chunks<'file>(&'file [u8]);

impl<'file> Iterator for Chunks<'file> {
    type Item = (&'file [u8], &'file [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (header, rest) = self.0.split_at_checked(8)?;
        let (name, length) = header.split_at(4);
        let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
        let body = &rest[..length.min(rest.len())];
        self.0 = rest.get(length.next_multiple_of(2)..).unwrap_or_default();
        Some((name, body))
    }
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::broken(Format::WebP, error)
}

#[cfg(test)]
mod tests;
