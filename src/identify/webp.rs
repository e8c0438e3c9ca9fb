//! WebP (RFC 9649): the RIFF chunks up to the first picture; of a whole file, all of them.

use super::bytes::{Extent, Halt, array, byte, le16, le24, le32, slice};
use super::{ColorType, Facts, Format, Orientation, Subtype, exif};

/// How many chunks may precede the first picture.
const MAX_CHUNKS_BEFORE: u32 = 1024;

/// Flags of the extended header.
const HAS_ANIMATION: u8 = 0x02;
const HAS_EXIF: u8 = 0x08;
const HAS_ALPHA: u8 = 0x10;
const HAS_ICC: u8 = 0x20;

/// A chunk whose content may not be there yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// Its four characters.
    pub(crate) name: [u8; 4],
    /// Where its content begins.
    pub(crate) at: usize,
    /// The length of its content.
    pub(crate) length: usize,
}

/// The chunks of a RIFF container, or of a part of it.
#[derive(Clone, Debug)]
pub(crate) struct Chunks<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Chunks<'a> {
    /// The chunks of a file that begins with the signature.
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, Halt> {
        let container_bytes = le32(bytes, 4)? as usize;
        Ok(Self {
            bytes,
            at: 12,
            end: container_bytes.saturating_add(8),
        })
    }

    /// The chunks within a chunk's content after its first `skip` bytes.
    fn within(&self, chunk: Chunk, skip: usize) -> Self {
        Self {
            bytes: self.bytes,
            at: chunk.at.saturating_add(skip),
            end: chunk.at.saturating_add(chunk.length),
        }
    }

    /// The next chunk's name and place; `None` where the container ends.
    pub(crate) fn advance(&mut self) -> Result<Option<Chunk>, Halt> {
        if self.at.saturating_add(8) > self.end {
            return Ok(None);
        }
        let name = array(self.bytes, self.at)?;
        let length = le32(self.bytes, self.at + 4)? as usize;
        let chunk = Chunk {
            name,
            at: self.at + 8,
            length,
        };
        // Chunks begin at even positions.
        let end = chunk.at.checked_add(length);
        let next = end.and_then(|end| end.checked_add(length & 1));
        self.at = next.ok_or(Halt::Refused("WebP with a broken chunk"))?;
        Ok(Some(chunk))
    }

    /// What a chunk holds.
    pub(crate) fn content(&self, chunk: Chunk) -> Result<&'a [u8], Halt> {
        slice(self.bytes, chunk.at, chunk.length)
    }
}

/// Reads up to the first picture, and to the end of a whole file.
pub(super) fn facts(bytes: &[u8], extent: Extent) -> Result<Facts, Halt> {
    let mut chunks = Chunks::new(bytes)?;
    let first = chunks
        .advance()?
        .ok_or(Halt::Refused("WebP without a picture"))?;
    match &first.name {
        b"VP8X" => extended(bytes, first, chunks, extent),
        _ => Ok(picture(bytes, first)?.facts()),
    }
}

/// The header of one bitstream.
struct Picture {
    subtype: Subtype,
    width: u32,
    height: u32,
    alpha: bool,
}

impl Picture {
    fn facts(self) -> Facts {
        Facts {
            format: Format::WebP,
            subtype: Some(self.subtype),
            width: self.width,
            height: self.height,
            orientation: Orientation::UPRIGHT,
            color_type: color_type(self.alpha),
            bit_depth: 8,
            alpha: self.alpha,
            icc: false,
            exif: false,
            animated: false,
            frames: Some(1),
        }
    }
}

const fn color_type(alpha: bool) -> ColorType {
    if alpha {
        ColorType::Rgba
    } else {
        ColorType::Rgb
    }
}

fn picture(bytes: &[u8], chunk: Chunk) -> Result<Picture, Halt> {
    match &chunk.name {
        b"VP8 " => lossy(bytes, chunk.at),
        b"VP8L" => lossless(bytes, chunk.at),
        _ => Err(Halt::Refused("WebP without a picture")),
    }
}

/// The frame header of VP8 (RFC 6386, 9.1).
fn lossy(bytes: &[u8], at: usize) -> Result<Picture, Halt> {
    let [tag, _, _, start @ ..] = array::<6>(bytes, at)?;
    if tag & 1 != 0 || start != [0x9D, 0x01, 0x2A] {
        return Err(Halt::Refused("WebP with a broken picture"));
    }
    let picture = Picture {
        subtype: Subtype::Lossy,
        // The upper two bits are a scale that decoders ignore.
        width: u32::from(le16(bytes, at + 6)? & 0x3FFF),
        height: u32::from(le16(bytes, at + 8)? & 0x3FFF),
        alpha: false,
    };
    if picture.width == 0 || picture.height == 0 {
        return Err(Halt::Refused("WebP without a size"));
    }
    Ok(picture)
}

/// The header of VP8L (RFC 9649, 3.4): signature, sizes less one in 14 bits each, alpha, version.
fn lossless(bytes: &[u8], at: usize) -> Result<Picture, Halt> {
    if byte(bytes, at)? != 0x2F {
        return Err(Halt::Refused("WebP with a broken picture"));
    }
    let fields = le32(bytes, at + 1)?;
    if fields >> 29 != 0 {
        return Err(Halt::Refused("WebP of an unknown version"));
    }
    Ok(Picture {
        subtype: Subtype::Lossless,
        width: (fields & 0x3FFF) + 1,
        height: (fields >> 14 & 0x3FFF) + 1,
        alpha: fields >> 28 & 1 != 0,
    })
}

/// A file with an extended header (RFC 9649, 2.7).
fn extended(
    bytes: &[u8],
    header: Chunk,
    mut chunks: Chunks<'_>,
    extent: Extent,
) -> Result<Facts, Halt> {
    if header.length < 10 {
        return Err(Halt::Refused("WebP with a broken header"));
    }
    let flags = byte(bytes, header.at)?;
    let width = le24(bytes, header.at + 4)? + 1;
    let height = le24(bytes, header.at + 7)? + 1;
    let animated = flags & HAS_ANIMATION != 0;
    let picture = first_picture(bytes, &mut chunks, flags)?;
    let covers = (picture.width, picture.height) == (width, height);
    if !animated && !covers {
        return Err(Halt::Refused("WebP whose picture differs from its canvas"));
    }
    // What the first frame leaves bare is clear.
    let alpha = picture.alpha || flags & HAS_ALPHA != 0 || !covers;
    let mut facts = Facts {
        width,
        height,
        alpha,
        color_type: color_type(alpha),
        icc: flags & HAS_ICC != 0,
        exif: flags & HAS_EXIF != 0,
        animated,
        frames: (!animated).then_some(1),
        ..picture.facts()
    };
    if extent == Extent::Whole {
        walk_to_the_end(&mut facts, chunks);
    }
    Ok(facts)
}

/// The first picture of a file; of an animation, that of its first frame.
fn first_picture(bytes: &[u8], chunks: &mut Chunks<'_>, flags: u8) -> Result<Picture, Halt> {
    let animated = flags & HAS_ANIMATION != 0;
    let mut alpha = false;
    for _ in 0..MAX_CHUNKS_BEFORE {
        let Some(chunk) = chunks.advance()? else {
            return Err(Halt::Refused("WebP without a picture"));
        };
        match &chunk.name {
            b"VP8 " | b"VP8L" if animated => {
                return Err(Halt::Refused("WebP with a picture outside its animation"));
            }
            // Position, size, duration and flags take sixteen bytes.
            b"ANMF" if animated => {
                let mut frame = chunks.within(chunk, 16);
                return first_picture(bytes, &mut frame, flags & !HAS_ANIMATION);
            }
            b"ALPH" => alpha = true,
            b"VP8 " | b"VP8L" => {
                let picture = picture(bytes, chunk)?;
                return Ok(Picture {
                    alpha: alpha || picture.alpha,
                    ..picture
                });
            }
            _ => {}
        }
    }
    Err(Halt::Refused("WebP with too many chunks"))
}

/// Counts the frames after the first and reads the orientation of the first EXIF block. What is cut off or broken ends the walk.
fn walk_to_the_end(facts: &mut Facts, mut chunks: Chunks<'_>) {
    let mut frames = 1_u32;
    let mut turned = None;
    while let Ok(Some(chunk)) = chunks.advance() {
        match &chunk.name {
            b"ANMF" => frames = frames.saturating_add(1),
            b"EXIF" if turned.is_none() => {
                let Ok(content) = chunks.content(chunk) else {
                    break;
                };
                turned = Some(exif::orientation(exif::without_identifier(content)));
            }
            _ => {}
        }
    }
    facts.exif |= turned.is_some();
    facts.orientation = turned.unwrap_or_default();
    if facts.animated {
        facts.frames = Some(frames);
    }
}
