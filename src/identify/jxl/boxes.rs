//! The boxes around a codestream (ISO/IEC 18181-2, 9).

use crate::identify::bytes::{Halt, array, be32};

const SIGNATURE: &[u8] = b"\0\0\0\x0CJXL \r\n\x87\n";

/// How many boxes a file may have before its codestream.
const MAX_BOXES: u32 = 256;

/// A box; its content may not be there yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Boxed {
    /// Its four letters.
    pub(crate) name: [u8; 4],
    /// Where its content begins.
    pub(crate) at: usize,
    /// Where it ends; nothing for the last box of a file that does not say.
    pub(crate) end: Option<usize>,
}

/// The boxes of a file.
#[derive(Clone, Debug)]
pub(crate) struct Boxes<'a> {
    bytes: &'a [u8],
    next: Option<usize>,
    seen: u32,
}

/// The codestream, or the part of it that the first box holds.
pub(super) struct Codestream<'a> {
    pub(super) bytes: &'a [u8],
    /// Whether its box ends within the bytes.
    pub(super) is_whole: bool,
    /// Whether EXIF stands in a box before it.
    pub(super) has_exif: bool,
}

impl<'a> Boxes<'a> {
    /// The boxes of a file that begins with the signature of the container; none of a bare codestream.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            next: bytes.starts_with(SIGNATURE).then_some(SIGNATURE.len()),
            seen: 0,
        }
    }

    /// The next box; nothing after one without an end.
    pub(crate) fn advance(&mut self) -> Result<Option<Boxed>, Halt> {
        let Some(at) = self.next else {
            return Ok(None);
        };
        self.seen += 1;
        if self.seen > MAX_BOXES {
            return Err(Halt::Refused("JPEG XL with too many boxes"));
        }
        let (header, length) = match be32(self.bytes, at)? {
            0 => (8, None),
            1 => (16, Some(u64::from_be_bytes(array(self.bytes, at + 8)?))),
            length => (8, Some(length.into())),
        };
        let name = array(self.bytes, at + 4)?;
        let end = match length {
            Some(length) => Some(box_end(at, header, length)?),
            None => None,
        };
        self.next = end;
        let at = at + header;
        Ok(Some(Boxed { name, at, end }))
    }

    /// What a box holds, as far as it is there.
    pub(crate) fn content(&self, boxed: Boxed) -> &'a [u8] {
        let end = boxed.end.unwrap_or(usize::MAX).min(self.bytes.len());
        self.bytes.get(boxed.at..end).unwrap_or_default()
    }
}

fn box_end(at: usize, header: usize, length: u64) -> Result<usize, Halt> {
    const BROKEN: Halt = Halt::Refused("JPEG XL with a broken box");
    let length = usize::try_from(length).map_err(|_| BROKEN)?;
    if length < header {
        return Err(BROKEN);
    }
    at.checked_add(length)
        .filter(|end| *end < usize::MAX / 2)
        .ok_or(BROKEN)
}

/// Finds the codestream: the file itself, or the first box of one.
pub(super) fn codestream(file: &[u8]) -> Result<Codestream<'_>, Halt> {
    if !file.starts_with(SIGNATURE) {
        return Ok(Codestream {
            bytes: file,
            is_whole: false,
            has_exif: false,
        });
    }
    let mut has_exif = false;
    let mut boxes = Boxes::new(file);
    while let Some(boxed) = boxes.advance()? {
        let content = boxes.content(boxed);
        let bytes = match &boxed.name {
            b"jxlc" => content,
            // The number of the part comes first; later parts may stand before it, but no one writes them so.
            b"jxlp" => content.get(4..).unwrap_or_default(),
            name => {
                has_exif |= name == b"Exif";
                continue;
            }
        };
        let is_whole = boxed.end.is_some_and(|end| end <= file.len());
        return Ok(Codestream {
            bytes,
            is_whole,
            has_exif,
        });
    }
    Err(Halt::Refused("JPEG XL without a picture"))
}
