//! TIFF 6.0 and BigTIFF: the chain of directories, and what the first one says of its picture.
//!
//! Directories may stand anywhere, most writers put them last: often only the whole file tells.

use super::bytes::{Extent, Halt, array, slice};
use super::{ColorType, Facts, Format, Orientation};

/// The most directories that are followed; a chain that is longer, or that bites its tail, counts as many.
const MAX_DIRECTORIES: u32 = 1024;
/// The most values of a field that are looked at.
const MAX_VALUES: u64 = 8;
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
    kind: u16,
    count: u64,
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
            count += 1;
            directory = current.next().ok().flatten();
        }
        count.max(1)
    }

    fn directory(self, at: u64) -> Result<Option<Directory<'a>>, Halt> {
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
        slice(self.bytes, first, length)?;
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
        let structure = self.structure;
        for number in 0..self.entries {
            let entry = self.first + number * structure.entry_bytes();
            if structure.short(entry)? == tag {
                return self.read(entry).map(Some);
            }
        }
        Ok(None)
    }

    /// The first value of a field of whole numbers.
    pub(crate) fn number(&self, tag: u16) -> Result<Option<u64>, Halt> {
        match self.field(tag)? {
            Some(field) => Ok(field.numbers(1)?.first().copied()),
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
            kind,
            count,
            at,
        })
    }
}

impl<'a> Field<'a> {
    /// The values up to `most`, of fields of whole numbers; nothing of others.
    pub(crate) fn numbers(&self, most: u64) -> Result<Vec<u64>, Halt> {
        let size = bytes_of(self.kind) as usize;
        let count = self.count.min(most).min(MAX_VALUES.max(most));
        (0..count as usize)
            .map(|number| {
                let at = self.at.checked_add(number * size).ok_or(Halt::Short)?;
                match self.kind {
                    1 => array::<1>(self.structure.bytes, at).map(|[byte]| byte.into()),
                    3 => self.structure.short(at).map(u64::from),
                    4 => self.structure.long(at).map(u64::from),
                    16 => self.structure.long8(at),
                    _ => Err(Halt::Refused("TIFF with a field of a wrong type")),
                }
            })
            .collect()
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

/// Bytes of one value of a type (TIFF 6.0, section 2; BigTIFF's among them). Unknown types count as bytes.
const fn bytes_of(kind: u16) -> u64 {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16 | 17 | 18 => 8,
        _ => 1,
    }
}
