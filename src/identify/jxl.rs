//! JPEG XL: the size and the image's metadata (ISO/IEC 18181-1, annex D), bare or in boxes (18181-2).

mod bits;
mod boxes;

use super::bytes::{Extent, Halt};
use super::{ColorType, Facts, Format, Orientation, Subtype};
use bits::{Bits, U32};
pub(crate) use boxes::Boxes;
use boxes::codestream;

/// What main profile, level 5 allows.
const MAX_EXTRA_CHANNELS: u32 = 4;
/// Sides and pixels that the standard allows at all.
const MAX_SIDE: u64 = 1 << 30;

/// What an extra channel holds (table D.9).
const ALPHA: u32 = 0;
const BLACK: u32 = 4;

/// The kinds of colour spaces (table E.2).
const GREY: u32 = 1;

const SIZE: U32 = U32([(9, 1), (13, 1), (18, 1), (30, 1)]);
const PREVIEW_DIV8: U32 = U32([(0, 16), (0, 32), (5, 1), (9, 33)]);
const PREVIEW: U32 = U32([(6, 1), (8, 65), (10, 321), (12, 1_345)]);
const TICKS: U32 = U32([(0, 100), (0, 1_000), (10, 1), (30, 1)]);
const TICKS_DIVISOR: U32 = U32([(0, 1), (0, 1_001), (8, 1), (10, 1)]);
const LOOPS: U32 = U32([(0, 0), (3, 0), (16, 0), (32, 0)]);
const INTEGER_DEPTH: U32 = U32([(0, 8), (0, 10), (0, 12), (6, 1)]);
const FLOAT_DEPTH: U32 = U32([(0, 32), (0, 16), (0, 24), (6, 1)]);
const COUNT: U32 = U32([(0, 0), (0, 1), (4, 2), (12, 1)]);
const ENUM: U32 = U32([(0, 0), (0, 1), (4, 2), (6, 18)]);
const SHIFT: U32 = U32([(0, 0), (0, 3), (0, 4), (3, 1)]);
const NAME: U32 = U32([(0, 0), (4, 0), (5, 16), (10, 48)]);
const MOSAIC: U32 = U32([(0, 1), (2, 0), (4, 3), (8, 19)]);

/// What the header declares. The pixels are stored as its orientation says.
pub(super) fn facts(head: &[u8], _extent: Extent) -> Result<Facts, Halt> {
    let found = codestream(head)?;
    let facts = header(found.bytes).map_err(|halt| match halt {
        Halt::Short if found.is_whole => Halt::Refused("JPEG XL with a broken header"),
        other => other,
    })?;
    Ok(Facts {
        exif: found.has_exif,
        ..facts
    })
}

fn header(codestream: &[u8]) -> Result<Facts, Halt> {
    let mut bits = Bits::new(codestream.get(2..).ok_or(Halt::Short)?);
    let (width, height) = size(&mut bits)?;
    let mut facts = Facts {
        format: Format::Jxl,
        subtype: Some(Subtype::Lossy),
        width,
        height,
        orientation: Orientation::UPRIGHT,
        color_type: ColorType::Rgb,
        bit_depth: 8,
        alpha: false,
        icc: false,
        exif: false,
        animated: false,
        frames: Some(1),
    };
    if !bits.flag()? {
        metadata(&mut bits, &mut facts)?;
    }
    Ok(facts)
}

/// Section D.2.
fn size(bits: &mut Bits<'_>) -> Result<(u32, u32), Halt> {
    let by_eight = bits.flag()?;
    let side = |bits: &mut Bits<'_>| {
        if by_eight {
            Ok((bits.read(5)? + 1) * 8)
        } else {
            bits.number(SIZE)
        }
    };
    let height = side(bits)?;
    let width = match ratio(bits.read(3)?, height) {
        Some(width) => width,
        None => side(bits)?.into(),
    };
    let pixels = width * u64::from(height);
    match u32::try_from(width) {
        Ok(side) if width <= MAX_SIDE && pixels <= MAX_SIDE << 10 => Ok((side, height)),
        _ => Err(Halt::Refused("JPEG XL of an impossible size")),
    }
}

/// The width by a ratio that has a number; nothing where it is given.
fn ratio(number: u32, height: u32) -> Option<u64> {
    let (over, under) = match number {
        1 => (1, 1),
        2 => (12, 10),
        3 => (4, 3),
        4 => (3, 2),
        5 => (16, 9),
        6 => (5, 4),
        7 => (2, 1),
        _ => return None,
    };
    Some(u64::from(height) * over / under)
}

/// Section D.3, up to the colour space.
fn metadata(bits: &mut Bits<'_>, facts: &mut Facts) -> Result<(), Halt> {
    if bits.flag()? {
        extra_fields(bits, facts)?;
    }
    facts.bit_depth = bit_depth(bits)?;
    let _narrow_buffers = bits.flag()?;
    let mut has_black = false;
    let channels = bits.number(COUNT)?;
    if channels > MAX_EXTRA_CHANNELS {
        return Err(Halt::Refused("JPEG XL with too many channels"));
    }
    for _ in 0..channels {
        match extra_channel(bits)? {
            ALPHA => facts.alpha = true,
            BLACK => has_black = true,
            _ => {}
        }
    }
    if !bits.flag()? {
        // In the colours of its source; what is kept exactly is coded so.
        facts.subtype = Some(Subtype::Lossless);
    }
    let is_grey = color_encoding(bits, facts)?;
    facts.color_type = match (is_grey, facts.alpha) {
        (_, _) if has_black => ColorType::Cmyk,
        (true, false) => ColorType::Grey,
        (true, true) => ColorType::GreyAlpha,
        (false, false) => ColorType::Rgb,
        (false, true) => ColorType::Rgba,
    };
    Ok(())
}

fn extra_fields(bits: &mut Bits<'_>, facts: &mut Facts) -> Result<(), Halt> {
    facts.orientation = Orientation::from_exif(bits.read(3)? as u16 + 1);
    let has_intrinsic_size = bits.flag()?;
    if has_intrinsic_size {
        size(bits)?;
    }
    let has_preview = bits.flag()?;
    if has_preview {
        preview(bits)?;
    }
    facts.animated = bits.flag()?;
    if facts.animated {
        facts.frames = None;
        bits.number(TICKS)?;
        bits.number(TICKS_DIVISOR)?;
        bits.number(LOOPS)?;
        let _has_timecodes = bits.flag()?;
    }
    Ok(())
}

/// Section D.3.3.
fn preview(bits: &mut Bits<'_>) -> Result<(), Halt> {
    let by_eight = bits.flag()?;
    let side = if by_eight { PREVIEW_DIV8 } else { PREVIEW };
    bits.number(side)?;
    if bits.read(3)? == 0 {
        bits.number(side)?;
    }
    Ok(())
}

/// Section D.3.5: bits a sample, of integers or floating-point numbers.
fn bit_depth(bits: &mut Bits<'_>) -> Result<u8, Halt> {
    let is_float = bits.flag()?;
    let depth = bits.number(if is_float { FLOAT_DEPTH } else { INTEGER_DEPTH })?;
    if is_float {
        let _exponent_bits = bits.read(4)?;
    }
    u8::try_from(depth).map_err(|_| Halt::Refused("JPEG XL of an unknown depth"))
}

/// Section D.3.6: what it holds.
fn extra_channel(bits: &mut Bits<'_>) -> Result<u32, Halt> {
    const SPOT_COLOR: u32 = 2;
    const COLOR_FILTER: u32 = 5;
    if bits.flag()? {
        return Ok(ALPHA);
    }
    let kind = bits.number(ENUM)?;
    bit_depth(bits)?;
    bits.number(SHIFT)?;
    for _ in 0..bits.number(NAME)? {
        bits.read(8)?;
    }
    match kind {
        ALPHA => drop(bits.flag()?),
        SPOT_COLOR => {
            for _ in 0..4 {
                bits.read(16)?;
            }
        }
        COLOR_FILTER => drop(bits.number(MOSAIC)?),
        _ => {}
    }
    Ok(kind)
}

/// The start of section E.2: whether it is grey; a profile is noted.
fn color_encoding(bits: &mut Bits<'_>, facts: &mut Facts) -> Result<bool, Halt> {
    if bits.flag()? {
        return Ok(false);
    }
    facts.icc = bits.flag()?;
    Ok(bits.number(ENUM)? == GREY)
}

#[cfg(test)]
mod tests;
