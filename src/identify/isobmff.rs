//! The boxes of ISO base media files (ISO/IEC 14496-12, 4.2).

use super::bytes::{Halt, slice};

/// The most boxes that one box may hold, or that a file may have before the one that is looked for.
const MAX_BOXES: usize = 4_096;

/// A box: its type and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unit<'a> {
    pub(crate) kind: [u8; 4],
    pub(crate) body: &'a [u8],
}

/// The body of the first box of a kind at the top of a file; the boxes before it need not be there.
pub(crate) fn find_at_top<'a>(head: &'a [u8], kind: &[u8; 4]) -> Result<&'a [u8], Halt> {
    let mut at = 0;
    for _ in 0..MAX_BOXES {
        let header = Header::read(head, at)?;
        let length = header.length.ok_or(Halt::Refused("AVIF without items"))?;
        if header.kind == *kind {
            return slice(head, at + header.bytes, length - header.bytes);
        }
        at = at.checked_add(length).ok_or(BROKEN)?;
    }
    Err(Halt::Refused("AVIF of too many boxes"))
}

/// The boxes that fill a stretch of bytes, in order; an error is the last.
pub(crate) fn units(bytes: &[u8]) -> impl Iterator<Item = Result<Unit<'_>, Halt>> {
    let mut rest = bytes;
    let units = std::iter::from_fn(move || {
        let unit = (!rest.is_empty()).then(|| first(rest))?;
        rest = unit.as_ref().map_or(&[][..], |(_, rest)| rest);
        Some(unit.map(|(unit, _)| unit))
    });
    units.take(MAX_BOXES)
}

/// The body of the first box of a kind among those that fill `bytes`.
pub(crate) fn find<'a>(bytes: &'a [u8], kind: &[u8; 4]) -> Result<Option<&'a [u8]>, Halt> {
    for unit in units(bytes) {
        let unit = unit?;
        if unit.kind == *kind {
            return Ok(Some(unit.body));
        }
    }
    Ok(None)
}

fn first(bytes: &[u8]) -> Result<(Unit<'_>, &[u8]), Halt> {
    let header = Header::read(bytes, 0)?;
    // Without a length the box goes on to the end.
    let length = header.length.unwrap_or(bytes.len());
    let (unit, rest) = bytes.split_at_checked(length).ok_or(Halt::Short)?;
    let body = slice(unit, header.bytes, length - header.bytes)?;
    let kind = header.kind;
    Ok((Unit { kind, body }, rest))
}

const BROKEN: Halt = Halt::Refused("a media file with a broken box");

/// What stands before the body.
struct Header {
    kind: [u8; 4],
    /// Bytes of the header itself.
    bytes: usize,
    /// Bytes of the whole box, at least the header's; `None` when it goes on to the end of the file.
    length: Option<usize>,
}

impl Header {
    fn read(bytes: &[u8], at: usize) -> Result<Self, Halt> {
        let mut cursor = Cursor(bytes.get(at..).ok_or(Halt::Short)?);
        let short = cursor.number(4)?;
        let kind = cursor.array()?;
        let (bytes, length) = match short {
            0 => (8, None),
            1 => (16, Some(cursor.number(8)?)),
            short => (8, Some(short)),
        };
        let length = length
            .map(|length| usize::try_from(length).map_err(|_| BROKEN))
            .transpose()?;
        if length.is_some_and(|length| length < bytes) {
            return Err(BROKEN);
        }
        Ok(Self {
            kind,
            bytes,
            length,
        })
    }
}

/// Reads from the front of what it holds.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a>(pub(crate) &'a [u8]);

impl<'a> Cursor<'a> {
    /// The next bytes.
    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], Halt> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Halt::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    /// The next bytes, as many as the result has.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Halt> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Halt::Short)?;
        self.0 = rest;
        Ok(*taken)
    }

    /// A big-endian number of at most 8 bytes; of none, 0.
    pub(crate) fn number(&mut self, bytes: usize) -> Result<u64, Halt> {
        let digits = self.take(bytes)?;
        let number = digits
            .iter()
            .fold(0, |sum, digit| (sum << 8) | u64::from(*digit));
        Ok(number)
    }

    /// A big-endian number of one byte.
    pub(crate) fn byte(&mut self) -> Result<u8, Halt> {
        self.array().map(|[byte]| byte)
    }

    /// A big-endian number of two bytes.
    pub(crate) fn short(&mut self) -> Result<u16, Halt> {
        self.array().map(u16::from_be_bytes)
    }

    /// A big-endian number of four bytes.
    pub(crate) fn long(&mut self) -> Result<u32, Halt> {
        self.array().map(u32::from_be_bytes)
    }

    /// A big-endian number of two bytes or four.
    pub(crate) fn id(&mut self, width: Width) -> Result<u32, Halt> {
        match width {
            Width::Short => self.short().map(u32::from),
            Width::Long => self.long(),
        }
    }

    /// The version and flags that full boxes begin with.
    pub(crate) fn version(&mut self) -> Result<(u8, u32), Halt> {
        let word = self.long()?;
        Ok(((word >> 24) as u8, word & 0xFF_FFFF))
    }
}

/// The width of a number that has two in the format, by the version of its box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Short,
    Long,
}

impl Width {
    /// Long where the condition of the box says so.
    pub(crate) const fn long_if(condition: bool) -> Self {
        if condition { Self::Long } else { Self::Short }
    }

    pub(crate) const fn bytes(self) -> usize {
        match self {
            Self::Short => 2,
            Self::Long => 4,
        }
    }
}
