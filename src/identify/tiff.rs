//! TIFF 6.0 and BigTIFF: the chain of directories, and what the first one says of its picture.
//!
//! EXIF has the same structure, so whoever reads fields of it reads them here.
//! Directories may stand anywhere, most writers put them last: often only the whole file tells.

use super::bytes::{Extent, Halt, array, slice};
use super::{ColorType, Facts, Format, Orientation};

/// The most directories that are followed; a chain that is longer, or that bites its tail, counts as many.
const MAX_DIRECTORIES: u32 = 1024;
/// Far above what the format's own libraries decode, and below what overflows anything here.
const MAX_SIDE_PX: u64 = i32::MAX as u64;

/// The tags that are read (TIFF 6.0, part 1; EXIF and ICC.1 for the last two).
pub(crate) mod tag {
    pub(crate) const WIDTH: u16 = 256;
    pub(crate) const HEIGHT: u16 = 257;
    pub(crate) const BITS: u16 = 258;
    pub(crate) const PHOTOMETRIC: u16 = 262;
    pub(crate) const ORIENTATION: u16 = 274;
    pub(crate) const SAMPLES: u16 = 277;
    pub(crate) const COLOR_MAP: u16 = 320;
    pub(crate) const EXTRA_SAMPLES: u16 = 338;
    pub(crate) const XMP: u16 = 700;
    pub(crate) const EXIF: u16 = 34_665;
    pub(crate) const ICC: u16 = 34_675;
}

/// The types of values (TIFF 6.0, section 2; BigTIFF for the last).
pub(crate) mod kind {
    pub(crate) const BYTE: u16 = 1;
    pub(crate) const ASCII: u16 = 2;
    pub(crate) const SHORT: u16 = 3;
    pub(crate) const LONG: u16 = 4;
    pub(crate) const RATIONAL: u16 = 5;
    pub(crate) const SIGNED_BYTE: u16 = 6;
    pub(crate) const UNDEFINED: u16 = 7;
    pub(crate) const SIGNED_SHORT: u16 = 8;
    pub(crate) const SIGNED_LONG: u16 = 9;
    pub(crate) const SIGNED_RATIONAL: u16 = 10;
    pub(crate) const FLOAT: u16 = 11;
    pub(crate) const DOUBLE: u16 = 12;
    pub(crate) const DIRECTORY: u16 = 13;
    pub(crate) const LONG8: u16 = 16;
    pub(crate) const SIGNED_LONG8: u16 = 17;
    pub(crate) const DIRECTORY8: u16 = 18;
}

/// The values of the photometric interpretation that are known here.
pub(crate) mod photometric {
    pub(crate) const WHITE_IS_ZERO: u64 = 0;
    pub(crate) const BLACK_IS_ZERO: u64 = 1;
    pub(crate) const RGB: u64 = 2;
    pub(crate) const PALETTE: u64 = 3;
    pub(crate) const SEPARATED: u64 = 5;
    pub(crate) const YCBCR: u64 = 6;
}

/// A file by its first bytes: how numbers are written, and how wide.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Structure<'a> {
    bytes: &'a [u8],
    little: bool,
    big: bool,
}

/// One directory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Directory<'a> {
    structure: Structure<'a>,
    /// Where its first entry stands.
    first: usize,
    entries: usize,
}

/// One field: where its values stand, and how many there are of which type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    structure: Structure<'a>,
    pub(crate) tag: u16,
    /// The type of the values.
    pub(crate) kind: u16,
    pub(crate) count: u64,
    /// Where the first value stands.
    pub(crate) at: usize,
}

/// Reads the first directory, and counts the others where the file is whole.
pub(super) fn facts(bytes: &[u8], extent: Extent) -> Result<Facts, Halt> {
    let structure = Structure::of(bytes)?;
    let first = structure
        .first()?
        .ok_or(Halt::Refused("TIFF without a picture"))?;
    let mut facts = picture(&first)?;
    if extent == Extent::Whole {
        facts.frames = Some(structure.count());
    }
    Ok(facts)
}

fn picture(directory: &Directory<'_>) -> Result<Facts, Halt> {
    let side = |tag| match directory.number(tag)? {
        Some(side @ 1..=MAX_SIDE_PX) => Ok(side as u32),
        Some(_) => Err(Halt::Refused("TIFF of an impossible size")),
        None => Err(Halt::Refused("TIFF without a size")),
    };
    let bits = directory.number(tag::BITS)?.unwrap_or(1);
    let alpha = matches!(directory.number(tag::EXTRA_SAMPLES)?, Some(1 | 2));
    let orientation = directory.number(tag::ORIENTATION)?.unwrap_or(1);
    Ok(Facts {
        format: Format::Tiff,
        subtype: None,
        width: side(tag::WIDTH)?,
        height: side(tag::HEIGHT)?,
        orientation: Orientation::from_exif(u16::try_from(orientation).unwrap_or(1)),
        color_type: color_type(directory, alpha)?,
        bit_depth: u8::try_from(bits).map_err(|_| Halt::Refused("TIFF of an impossible depth"))?,
        alpha,
        icc: directory.field(tag::ICC)?.is_some(),
        exif: directory.field(tag::EXIF)?.is_some(),
        animated: false,
        frames: None,
    })
}

fn color_type(directory: &Directory<'_>, alpha: bool) -> Result<ColorType, Halt> {
    let samples = directory.number(tag::SAMPLES)?.unwrap_or(1);
    let photometric = directory
        .number(tag::PHOTOMETRIC)?
        .ok_or(Halt::Refused("TIFF without colours"))?;
    match (photometric, samples) {
        (photometric::WHITE_IS_ZERO | photometric::BLACK_IS_ZERO, 1) => Ok(ColorType::Grey),
        (photometric::WHITE_IS_ZERO | photometric::BLACK_IS_ZERO, 2) if alpha => {
            Ok(ColorType::GreyAlpha)
        }
        (photometric::PALETTE, 1) => Ok(ColorType::Palette),
        (photometric::RGB, 4..) if alpha => Ok(ColorType::Rgba),
        (photometric::RGB, 3..) => Ok(ColorType::Rgb),
        (photometric::YCBCR, 3) => Ok(ColorType::Rgb),
        (photometric::SEPARATED, 4..) => Ok(ColorType::Cmyk),
        _ => Err(Halt::Refused("TIFF of colours that are not read")),
    }
}

impl<'a> Structure<'a> {
    /// Reads the signature.
    pub(crate) fn of(bytes: &'a [u8]) -> Result<Self, Halt> {
        let (little, big) = match &array::<4>(bytes, 0)? {
            b"II*\0" => (true, false),
            b"MM\0*" => (false, false),
            b"II+\0" => (true, true),
            b"MM\0+" => (false, true),
            _ => return Err(Halt::Refused("no TIFF")),
        };
        Ok(Self { bytes, little, big })
    }

    /// The first directory; `None` where the file says that it has none.
    pub(crate) fn first(self) -> Result<Option<Directory<'a>>, Halt> {
        let at = if self.big { 8 } else { 4 };
        self.directory(self.offset(at)?)
    }

    /// The number of directories, at least 1 and at most [`MAX_DIRECTORIES`].
    fn count(self) -> u32 {
        let mut directory = self.first().ok().flatten();
        let mut count = 0;
        while let Some(current) = directory.filter(|_| count < MAX_DIRECTORIES) {
            count += u32::from(current.is_whole());
            directory = current.next().ok().flatten();
        }
        count.max(1)
    }

    /// Whether the first byte of a number is its lowest.
    pub(crate) const fn is_little(self) -> bool {
        self.little
    }

    /// The directory at a place; `None` for 0, which is none. Its entries may reach beyond the end of the bytes.
    pub(crate) fn directory(self, at: u64) -> Result<Option<Directory<'a>>, Halt> {
        if at == 0 {
            return Ok(None);
        }
        let at = usize::try_from(at).map_err(|_| Halt::Short)?;
        let (entries, length) = if self.big {
            (self.long8(at)?, 8)
        } else {
            (self.short(at)?.into(), 2)
        };
        let first = at.checked_add(length).ok_or(Halt::Short)?;
        let entries = usize::try_from(entries).map_err(|_| Halt::Short)?;
        let length = entries.checked_mul(self.entry_bytes()).ok_or(Halt::Short)?;
        first.checked_add(length).ok_or(Halt::Short)?;
        Ok(Some(Directory {
            structure: self,
            first,
            entries,
        }))
    }

    const fn entry_bytes(self) -> usize {
        if self.big { 20 } else { 12 }
    }

    /// An offset, as wide as the file's are.
    fn offset(self, at: usize) -> Result<u64, Halt> {
        if self.big {
            self.long8(at)
        } else {
            self.long(at).map(u64::from)
        }
    }

    fn short(self, at: usize) -> Result<u16, Halt> {
        let read = if self.little {
            u16::from_le_bytes
        } else {
            u16::from_be_bytes
        };
        array(self.bytes, at).map(read)
    }

    fn long(self, at: usize) -> Result<u32, Halt> {
        let read = if self.little {
            u32::from_le_bytes
        } else {
            u32::from_be_bytes
        };
        array(self.bytes, at).map(read)
    }

    fn long8(self, at: usize) -> Result<u64, Halt> {
        let read = if self.little {
            u64::from_le_bytes
        } else {
            u64::from_be_bytes
        };
        array(self.bytes, at).map(read)
    }
}

impl<'a> Directory<'a> {
    /// The first field of a tag.
    pub(crate) fn field(&self, tag: u16) -> Result<Option<Field<'a>>, Halt> {
        for entry in self.entries() {
            if self.structure.short(entry)? == tag {
                return self.read(entry).map(Some);
            }
        }
        Ok(None)
    }

    /// The fields in the order in which they stand, up to the end of the bytes.
    pub(crate) fn fields(self) -> impl Iterator<Item = Field<'a>> {
        self.entries().map_while(move |entry| self.read(entry).ok())
    }

    /// Whether all entries are there.
    fn is_whole(&self) -> bool {
        let length = self.entries * self.structure.entry_bytes();
        slice(self.structure.bytes, self.first, length).is_ok()
    }

    /// Where the entries stand.
    fn entries(&self) -> impl Iterator<Item = usize> + use<> {
        let (first, length) = (self.first, self.structure.entry_bytes());
        (0..self.entries).map(move |number| first + number * length)
    }

    /// The first value of a field of whole numbers.
    pub(crate) fn number(&self, tag: u16) -> Result<Option<u64>, Halt> {
        match self.field(tag)? {
            Some(field) => field.number(),
            None => Ok(None),
        }
    }

    /// The directory after this one.
    pub(crate) fn next(&self) -> Result<Option<Self>, Halt> {
        let structure = self.structure;
        let end = self.first + self.entries * structure.entry_bytes();
        structure.directory(structure.offset(end)?)
    }

    /// An entry: tag, type, count, and the values where they fit, else where they stand.
    fn read(&self, entry: usize) -> Result<Field<'a>, Halt> {
        let structure = self.structure;
        let tag = structure.short(entry)?;
        let kind = structure.short(entry + 2)?;
        let (count, value, room) = if structure.big {
            (structure.long8(entry + 4)?, entry + 12, 8)
        } else {
            (structure.long(entry + 4)?.into(), entry + 8, 4)
        };
        let at = if count.saturating_mul(bytes_of(kind)) <= room {
            value
        } else {
            usize::try_from(structure.offset(value)?).map_err(|_| Halt::Short)?
        };
        Ok(Field {
            structure,
            tag,
            kind,
            count,
            at,
        })
    }
}

impl<'a> Field<'a> {
    /// The first value of a field of whole numbers; none where it has no value.
    pub(crate) fn number(&self) -> Result<Option<u64>, Halt> {
        match self.count {
            0 => Ok(None),
            _ => self.value(0).map(Some),
        }
    }

    /// The values up to `most` of a field of whole numbers.
    pub(crate) fn numbers(&self, most: u64) -> Result<Vec<u64>, Halt> {
        (0..self.count.min(most) as usize)
            .map(|number| self.value(number))
            .collect()
    }

    fn value(&self, number: usize) -> Result<u64, Halt> {
        let size = bytes_of(self.kind) as usize;
        let at = self.at.checked_add(number * size).ok_or(Halt::Short)?;
        match self.kind {
            kind::BYTE => array::<1>(self.structure.bytes, at).map(|[byte]| byte.into()),
            kind::SHORT => self.structure.short(at).map(u64::from),
            kind::LONG | kind::DIRECTORY => self.structure.long(at).map(u64::from),
            kind::LONG8 | kind::DIRECTORY8 => self.structure.long8(at),
            _ => Err(Halt::Refused("TIFF with a field of a wrong type")),
        }
    }

    /// Numbers of `N` bytes each, the highest first; nothing where the values are cut off.
    pub(crate) fn words<const N: usize>(&self) -> impl Iterator<Item = [u8; N]> + use<'a, N> {
        let (words, _) = self.content().unwrap_or_default().as_chunks::<N>();
        let little = self.structure.little;
        words.iter().copied().map(move |mut word| {
            if little {
                word.reverse();
            }
            word
        })
    }

    /// The bytes that the values take.
    pub(crate) fn content(&self) -> Result<&'a [u8], Halt> {
        let length = self
            .count
            .checked_mul(bytes_of(self.kind))
            .ok_or(Halt::Short)?;
        let length = usize::try_from(length).map_err(|_| Halt::Short)?;
        slice(self.structure.bytes, self.at, length)
    }
}

/// Bytes of one value of a type. Unknown types count as bytes.
const fn bytes_of(kind: u16) -> u64 {
    match kind {
        kind::SHORT | kind::SIGNED_SHORT => 2,
        kind::LONG | kind::SIGNED_LONG | kind::FLOAT | kind::DIRECTORY => 4,
        kind::RATIONAL | kind::SIGNED_RATIONAL | kind::DOUBLE => 8,
        kind::LONG8 | kind::SIGNED_LONG8 | kind::DIRECTORY8 => 8,
        _ => 1,
    }
}
