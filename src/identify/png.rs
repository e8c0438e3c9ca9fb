//! PNG (third edition): the chunks before the image data.

use super::bytes::{Halt, array, be32, byte, slice};
use super::{ColorType, Facts, Format, Orientation, Subtype, exif};

/// How many chunks a file may have before its image data.
const MAX_CHUNKS: u32 = 4096;
/// Sizes and lengths are below 2^31.
const MAX_NUMBER: u32 = i32::MAX as u32;

/// A chunk whose content may not be there yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// Its four letters.
    pub(crate) name: [u8; 4],
    /// Where its content begins.
    pub(crate) at: usize,
    /// The length of its content.
    pub(crate) length: usize,
}

/// The chunks of a file.
#[derive(Clone, Debug)]
pub(crate) struct Chunks<'a> {
    bytes: &'a [u8],
    at: usize,
    seen: u32,
}

impl<'a> Chunks<'a> {
    /// The chunks of a file that begins with the signature.
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 8,
            seen: 0,
        }
    }

    /// The next chunk's name and place.
    pub(crate) fn advance(&mut self) -> Result<Chunk, Halt> {
        self.seen += 1;
        if self.seen > MAX_CHUNKS {
            return Err(Halt::Refused("PNG with too many chunks"));
        }
        let length = be32(self.bytes, self.at)?;
        if length > MAX_NUMBER {
            return Err(Halt::Refused("PNG with a broken chunk"));
        }
        let name = array::<4>(self.bytes, self.at + 4)?;
        if !name.iter().all(u8::is_ascii_alphabetic) {
            return Err(Halt::Refused("PNG with a broken chunk"));
        }
        let chunk = Chunk {
            name,
            at: self.at + 8,
            length: length as usize,
        };
        // The checksum follows the content.
        let next = chunk.at.checked_add(chunk.length + 4);
        self.at = next.ok_or(Halt::Refused("PNG with a broken chunk"))?;
        Ok(chunk)
    }

    /// What a chunk holds.
    pub(crate) fn content(&self, chunk: Chunk) -> Result<&'a [u8], Halt> {
        slice(self.bytes, chunk.at, chunk.length)
    }
}

/// Reads up to the image data.
pub(super) fn facts(bytes: &[u8]) -> Result<Facts, Halt> {
    let mut chunks = Chunks::new(bytes);
    let first = chunks.advance()?;
    if first.name != *b"IHDR" || first.length != 13 {
        return Err(Halt::Refused("PNG without a header"));
    }
    let mut facts = header(chunks.content(first)?)?;
    let mut has_palette = false;
    loop {
        let chunk = chunks.advance()?;
        match &chunk.name {
            b"IDAT" if facts.color_type == ColorType::Palette && !has_palette => {
                return Err(Halt::Refused("PNG without its palette"));
            }
            b"IDAT" => return Ok(facts),
            b"IEND" => return Err(Halt::Refused("PNG without a picture")),
            b"PLTE" => has_palette = true,
            b"tRNS" => facts.alpha = true,
            b"iCCP" => facts.icc = true,
            b"cICP" => facts.icc |= names_other_colors(chunks.content(chunk)?),
            b"eXIf" if !facts.exif => take_exif(&mut facts, chunks.content(chunk)?),
            b"acTL" => take_animation(&mut facts, chunks.content(chunk)?),
            _ => {}
        }
    }
}

/// Whether the numbers of a colour space (section 11.3.2.6) are others than those of sRGB.
fn names_other_colors(content: &[u8]) -> bool {
    !matches!(content, [1, 13, ..])
}

fn take_exif(facts: &mut Facts, content: &[u8]) {
    facts.exif = true;
    facts.orientation = exif::orientation(exif::without_identifier(content));
}

/// Number of frames, number of plays. A broken or empty animation is none, as browsers see it.
fn take_animation(facts: &mut Facts, content: &[u8]) {
    if let (8, Ok(frames)) = (content.len(), be32(content, 0)) {
        facts.frames = Some(frames.max(1));
        facts.animated = frames > 1;
    }
}

fn header(content: &[u8]) -> Result<Facts, Halt> {
    let (width, height) = (be32(content, 0)?, be32(content, 4)?);
    if !(1..=MAX_NUMBER).contains(&width) || !(1..=MAX_NUMBER).contains(&height) {
        return Err(Halt::Refused("PNG of an impossible size"));
    }
    let bit_depth = byte(content, 8)?;
    let color_type = color_type(byte(content, 9)?, bit_depth)?;
    let subtype = match array(content, 10)? {
        [0, 0, 0] => Subtype::Sequential,
        [0, 0, 1] => Subtype::Interlaced,
        _ => return Err(Halt::Refused("PNG of an unknown method")),
    };
    Ok(Facts {
        format: Format::Png,
        subtype: Some(subtype),
        width,
        height,
        orientation: Orientation::UPRIGHT,
        color_type,
        bit_depth,
        alpha: matches!(color_type, ColorType::GreyAlpha | ColorType::Rgba),
        icc: false,
        exif: false,
        animated: false,
        frames: Some(1),
    })
}

/// The colour type of a code, where the bit depth is one of its own (section 11.2.1, table 11.1).
fn color_type(code: u8, bit_depth: u8) -> Result<ColorType, Halt> {
    match (code, bit_depth) {
        (0, 1 | 2 | 4 | 8 | 16) => Ok(ColorType::Grey),
        (2, 8 | 16) => Ok(ColorType::Rgb),
        (3, 1 | 2 | 4 | 8) => Ok(ColorType::Palette),
        (4, 8 | 16) => Ok(ColorType::GreyAlpha),
        (6, 8 | 16) => Ok(ColorType::Rgba),
        _ => Err(Halt::Refused("PNG of an unknown colour type")),
    }
}
