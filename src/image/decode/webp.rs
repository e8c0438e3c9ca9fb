//! WebP to pixels.

mod animation;

use webpx::{BitstreamFormat, Decoder, DecoderConfig, Limits};

use super::frames::{Canvas, Frames, Range};
use super::shrink::shrink;
use super::{How, Scale};
use crate::identify::{Facts, Subtype};
use crate::image::pixels::byte_length;
use crate::image::{Error, Format, Layout, Pixels, buffer, panic_text, unwinding};

/// Huffman tables of a lossless image: libwebp's own encoder makes at most 2600 groups of 12 KB.
const HUFFMAN_BYTES: u64 = 32 << 20;

/// Bytes a column of the rows at work, of the filters' margins, and of the rescaler.
const ROW_BYTES_A_COLUMN: u64 = 256;

const FIXED_BYTES: u64 = 1 << 20;

/// Decodes a still image, or one frame of an animation placed on a transparent canvas (its background
/// colour is ignored, as browsers do).
pub(super) fn decode(file: &[u8], facts: &Facts, how: &How) -> Result<Pixels, Error> {
    guarded(|| match (animation::is_animated(file), how.page) {
        (true, 0) => decode_first_frame(file, facts, how.scale),
        (false, 0) => {
            check_alpha(file, facts)?;
            decode_still(file, (facts.width, facts.height), how.scale)
        }
        _ => page(file, facts, how),
    })
}

/// The frames of a range, composed.
pub(super) fn frames<'f>(file: &'f [u8], facts: &Facts, range: Range) -> Result<Frames<'f>, Error> {
    animation::frames(file, facts, range)
}

/// An upper bound of the bytes held while frames are read, the one that is handed out included.
pub(super) fn frames_peak_bytes(facts: &Facts) -> u64 {
    animation::peak_bytes(facts)
}

/// Bytes that the decoder holds at its peak besides the pixels. Later frames stand on those before them.
///
/// A hostile lossless image may name more Huffman groups than any encoder does; its tables are bounded by
/// libwebp alone (65536 groups).
pub(super) fn working_bytes(facts: &Facts, how: &How) -> u64 {
    match how.page {
        0 => first_working_bytes(facts, how.scale),
        _ => frames_peak_bytes(facts),
    }
}

fn first_working_bytes(facts: &Facts, scale: Scale) -> u64 {
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
    let found = (decoder.info().width, decoder.info().height);
    if found != promised {
        return Err(Error::unlike(Format::WebP, promised, found));
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

fn decode_first_frame(file: &[u8], facts: &Facts, scale: Scale) -> Result<Pixels, Error> {
    let mut frames = animation::Parts::try_new(file, facts)?;
    let frame = frames.next().ok_or_else(|| broken("no frame"))??;
    let promised = (frame.area.width, frame.area.height);
    if promised == (facts.width, facts.height) {
        return decode_still(frame.image, promised, scale);
    }
    let mut canvas = Canvas::try_new(facts)?;
    animation::draw(&mut canvas, &frame)?;
    let canvas = canvas.pixels()?;
    Ok(if scale == Scale::Full {
        canvas
    } else {
        shrink(&canvas, scale)
    })
}

/// A frame of an animation, as it is seen on its canvas.
fn page(file: &[u8], facts: &Facts, how: &How) -> Result<Pixels, Error> {
    let range = Range {
        first: how.page,
        count: 1,
    };
    let frame = frames(file, facts, range)?.next();
    let pixels = frame.ok_or_else(|| broken("no such page"))??.pixels;
    Ok(if how.scale == Scale::Full {
        pixels
    } else {
        shrink(&pixels, how.scale)
    })
}

fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    unwinding(work, |payload| broken(panic_text(&*payload)))
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::broken(Format::WebP, error)
}

#[cfg(test)]
mod tests;
