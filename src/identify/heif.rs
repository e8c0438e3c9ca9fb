//! The items of a HEIF file (ISO/IEC 23008-12 and 14496-12, 8.11): pictures, and what belongs to them.
//!
//! Nothing is collected: each question walks the few boxes that answer it, which are bounded in number.

use std::borrow::Cow;
use std::ops::Range;

use super::bytes::Halt;
use super::isobmff::{Cursor, Unit, Width, find, find_at_top, units};

/// The most entries that a list of the file may have.
const MAX_ENTRIES: usize = 4_096;

/// The most properties that one item may have.
const MAX_PROPERTIES: usize = 64;

/// The most pieces that an item's content may be cut into.
const MAX_EXTENTS: usize = 64;

/// The most places that an item may be named in, in another's list of references.
const MAX_REFERENCES: usize = 1_024;

/// The longest list of items that is read; it may hold an ICC profile.
const MAX_BYTES: usize = super::MAX_HEAD_BYTES;

/// The items of a file, as its `meta` box lists them.
#[derive(Clone, Copy)]
pub(crate) struct Items<'a> {
    primary: u32,
    infos: &'a [u8],
    places: &'a [u8],
    properties: &'a [u8],
    associations: &'a [u8],
    references: &'a [u8],
    data: &'a [u8],
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item<'a> {
    pub(crate) id: u32,
    /// `av01`, `grid`, `Exif`, `mime`, …
    pub(crate) kind: [u8; 4],
    /// The media type of a `mime` item; else empty.
    pub(crate) media_type: &'a [u8],
}

impl<'a> Items<'a> {
    /// Reads the frame of the list; [`Halt::Short`] while it is not there whole.
    pub(crate) fn read(head: &'a [u8]) -> Result<Self, Halt> {
        let meta = find_at_top(head, b"meta")?;
        if meta.len() > MAX_BYTES {
            return Err(Halt::Refused("AVIF of too many items"));
        }
        complete(Self::of(meta))
    }

    fn of(meta: &'a [u8]) -> Result<Self, Halt> {
        const MISSING: Halt = Halt::Refused("AVIF without items");
        let mut cursor = Cursor(meta);
        cursor.version()?;
        let boxes = cursor.0;
        if find(boxes, b"hdlr")?.and_then(|body| body.get(8..12)) != Some(b"pict") {
            return Err(Halt::Refused("a media file, but not an image"));
        }
        let primary = find(boxes, b"pitm")?.ok_or(MISSING)?;
        let list = find(boxes, b"iprp")?.ok_or(MISSING)?;
        Ok(Self {
            primary: primary_of(primary)?,
            infos: find(boxes, b"iinf")?.ok_or(MISSING)?,
            places: find(boxes, b"iloc")?.ok_or(MISSING)?,
            properties: find(list, b"ipco")?.ok_or(MISSING)?,
            associations: list,
            references: find(boxes, b"iref")?.unwrap_or_default(),
            data: find(boxes, b"idat")?.unwrap_or_default(),
        })
    }

    /// Where in `head`, which these are the items of, the number of the primary item stands.
    pub(crate) fn primary_field(head: &'a [u8]) -> Result<Range<usize>, Halt> {
        let meta = find_at_top(head, b"meta")?;
        let mut cursor = Cursor(meta);
        cursor.version()?;
        let body = find(cursor.0, b"pitm")?.ok_or(Halt::Short)?;
        let mut cursor = Cursor(body);
        let (version, _) = cursor.version()?;
        let field = cursor.take(Width::long_if(version > 0).bytes())?;
        let start = field.as_ptr().addr() - head.as_ptr().addr();
        Ok(start..start + field.len())
    }

    /// The item that the file is about.
    pub(crate) fn primary(&self) -> Result<Item<'a>, Halt> {
        self.item(self.primary)
    }

    /// The item of a number.
    pub(crate) fn item(&self, id: u32) -> Result<Item<'a>, Halt> {
        let missing = Err(Halt::Refused("AVIF that lacks an item it names"));
        complete(self.find_item(|item| item.id == id)).and_then(|item| item.map_or(missing, Ok))
    }

    /// The first item that `is` it.
    pub(crate) fn find_item(
        &self,
        is: impl Fn(&Item<'a>) -> bool,
    ) -> Result<Option<Item<'a>>, Halt> {
        let mut cursor = Cursor(self.infos);
        let (version, _) = cursor.version()?;
        cursor.id(Width::long_if(version > 0))?;
        for unit in units(cursor.0) {
            let unit = unit?;
            if unit.kind == *b"infe"
                && let Some(item) = info(unit.body)?
                && is(&item)
            {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }

    /// The properties of an item, in order.
    pub(crate) fn properties(&self, item: u32) -> Result<impl Iterator<Item = Unit<'a>>, Halt> {
        let mut found = [0_u16; MAX_PROPERTIES];
        let count = complete(self.indices(item, &mut found))?;
        let all = self.properties;
        let each = found.into_iter().take(count);
        // An index counts from 1; 0 is no property.
        Ok(each.filter_map(move |index| units(all).nth(usize::from(index.checked_sub(1)?))?.ok()))
    }

    /// The first property of a kind that an item has.
    pub(crate) fn property(&self, item: u32, kind: &[u8; 4]) -> Result<Option<&'a [u8]>, Halt> {
        let mut all = self.properties(item)?;
        let found = all.find(|unit| unit.kind == *kind);
        Ok(found.map(|unit| unit.body))
    }

    /// Writes the indices of an item's properties and says how many they are.
    fn indices(&self, item: u32, found: &mut [u16; MAX_PROPERTIES]) -> Result<usize, Halt> {
        for unit in units(self.associations) {
            let unit = unit?;
            if unit.kind == *b"ipma"
                && let Some(count) = associations(unit.body, item, found)?
            {
                return Ok(count);
            }
        }
        Ok(0)
    }

    /// The references of a kind: who refers, and to whom.
    pub(crate) fn references(
        &self,
        kind: [u8; 4],
    ) -> Result<impl Iterator<Item = Result<Reference<'a>, Halt>>, Halt> {
        let mut cursor = Cursor(self.references);
        let version = if cursor.0.is_empty() {
            0
        } else {
            cursor.version()?.0
        };
        let width = Width::long_if(version > 0);
        let each = units(cursor.0)
            .filter(move |unit| unit.as_ref().map_or(true, |unit| unit.kind == kind));
        Ok(each.map(move |unit| complete(unit.and_then(|unit| Reference::read(unit.body, width)))))
    }

    /// What an item holds; `file` is the whole file.
    pub(crate) fn content(&self, item: u32, file: &'a [u8]) -> Result<Cow<'a, [u8]>, Halt> {
        complete(self.place(item)?.content(file, self.data))
    }

    fn place(&self, item: u32) -> Result<Place<'a>, Halt> {
        let missing = Err(Halt::Refused("AVIF with an item that is nowhere"));
        complete(Place::find(self.places, item)).and_then(|place| place.map_or(missing, Ok))
    }
}

/// What a list says is there at once: within it, nothing is still to come.
fn complete<T>(result: Result<T, Halt>) -> Result<T, Halt> {
    result.map_err(|halt| match halt {
        Halt::Short => Halt::Refused("AVIF with a box that is cut off"),
        halt => halt,
    })
}

fn primary_of(body: &[u8]) -> Result<u32, Halt> {
    let mut cursor = Cursor(body);
    let (version, _) = cursor.version()?;
    cursor.id(Width::long_if(version > 0))
}

/// An entry of the list of items; nothing where it is of a version before types.
fn info(body: &[u8]) -> Result<Option<Item<'_>>, Halt> {
    let mut cursor = Cursor(body);
    let (version, _) = cursor.version()?;
    if version < 2 {
        return Ok(None);
    }
    let id = cursor.id(Width::long_if(version > 2))?;
    // How it is protected.
    cursor.short()?;
    let kind = cursor.array()?;
    let mut texts = cursor.0.split(|byte| *byte == 0);
    // The name comes first.
    let media_type = texts
        .nth(1)
        .filter(|_| kind == *b"mime")
        .unwrap_or_default();
    Ok(Some(Item {
        id,
        kind,
        media_type,
    }))
}

/// The indices of an item's properties in one list of associations; nothing where the item is not in it.
fn associations(
    body: &[u8],
    item: u32,
    found: &mut [u16; MAX_PROPERTIES],
) -> Result<Option<usize>, Halt> {
    let mut cursor = Cursor(body);
    let (version, flags) = cursor.version()?;
    let entries = cursor.long()? as usize;
    let width = if flags & 1 == 1 { 2 } else { 1 };
    for _ in 0..entries.min(MAX_ENTRIES) {
        let of = cursor.id(Width::long_if(version > 0))?;
        let count = usize::from(cursor.byte()?);
        let mut indices = Cursor(cursor.take(count * width)?);
        if of != item {
            continue;
        }
        let kept = count.min(MAX_PROPERTIES);
        for index in found.iter_mut().take(kept) {
            // The highest bit says that the property is essential.
            let mask = if width == 2 { 0x7FFF } else { 0x7F };
            *index = (indices.number(width)? & mask) as u16;
        }
        return Ok(Some(kept));
    }
    Ok(None)
}

/// One item's list of references to others.
#[derive(Clone, Copy)]
pub(crate) struct Reference<'a> {
    /// The item that refers.
    pub(crate) from: u32,
    to: &'a [u8],
    width: Width,
}

impl<'a> Reference<'a> {
    fn read(body: &'a [u8], width: Width) -> Result<Self, Halt> {
        let mut cursor = Cursor(body);
        let from = cursor.id(width)?;
        let count = usize::from(cursor.short()?);
        let bytes = count * width.bytes();
        let to = cursor.take(bytes)?;
        Ok(Self { from, to, width })
    }

    /// The items that are referred to, in order.
    pub(crate) fn to(&self) -> impl Iterator<Item = u32> + use<'a> {
        let width = self.width;
        let each = self.to.chunks_exact(width.bytes()).take(MAX_REFERENCES);
        each.filter_map(move |id| Cursor(id).id(width).ok())
    }
}

/// Where an item's content is.
struct Place<'a> {
    /// Within the list's own data instead of the file.
    inside: bool,
    base: u64,
    extents: Cursor<'a>,
    count: usize,
    widths: Widths,
}

/// Bytes that the numbers of places take.
#[derive(Clone, Copy)]
struct Widths {
    offset: usize,
    length: usize,
    base: usize,
    index: usize,
}

impl<'a> Place<'a> {
    fn find(places: &'a [u8], item: u32) -> Result<Option<Self>, Halt> {
        let mut cursor = Cursor(places);
        let (version, _) = cursor.version()?;
        let widths = Widths::read(cursor.short()?, version)?;
        let id_width = Width::long_if(version > 1);
        let entries = cursor.id(id_width)? as usize;
        for _ in 0..entries.min(MAX_ENTRIES) {
            let id = cursor.id(id_width)?;
            let place = Self::read(&mut cursor, version, widths)?;
            if id == item {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    fn read(cursor: &mut Cursor<'a>, version: u8, widths: Widths) -> Result<Self, Halt> {
        let method = if version > 0 { cursor.short()? & 15 } else { 0 };
        // Which file it is in: this one, where it is of use.
        let elsewhere = cursor.short()? != 0;
        let base = cursor.number(widths.base)?;
        let count = usize::from(cursor.short()?);
        let bytes = count * (widths.index + widths.offset + widths.length);
        let extents = Cursor(cursor.take(bytes)?);
        if elsewhere || method > 1 || count > MAX_EXTENTS {
            // Held against the item only if it is asked for.
            return Ok(Self {
                inside: false,
                base,
                extents,
                count: 0,
                widths,
            });
        }
        Ok(Self {
            inside: method == 1,
            base,
            extents,
            count,
            widths,
        })
    }

    fn content(mut self, file: &'a [u8], data: &'a [u8]) -> Result<Cow<'a, [u8]>, Halt> {
        const ELSEWHERE: Halt = Halt::Refused("AVIF with an item that is not in the file");
        let whole = if self.inside { data } else { file };
        let mut content = Cow::Borrowed(&[][..]);
        for _ in 0..self.count {
            let piece = self.piece(whole)?;
            match content.is_empty() {
                true => content = Cow::Borrowed(piece),
                // Pieces that overlap would make more of a file than it is.
                false if content.len() + piece.len() > whole.len() => return Err(ELSEWHERE),
                false => content.to_mut().extend_from_slice(piece),
            }
        }
        match content.is_empty() {
            true => Err(ELSEWHERE),
            false => Ok(content),
        }
    }

    fn piece(&mut self, whole: &'a [u8]) -> Result<&'a [u8], Halt> {
        self.extents.take(self.widths.index)?;
        let offset = self.extents.number(self.widths.offset)?;
        let length = self.extents.number(self.widths.length)?;
        let start = self.base.checked_add(offset).ok_or(Halt::Short)?;
        let start = usize::try_from(start).map_err(|_| Halt::Short)?;
        let rest = whole.get(start..).ok_or(Halt::Short)?;
        match usize::try_from(length).map_err(|_| Halt::Short)? {
            // To the end.
            0 => Ok(rest),
            length => rest.get(..length).ok_or(Halt::Short),
        }
    }
}

impl Widths {
    fn read(packed: u16, version: u8) -> Result<Self, Halt> {
        let nibble = |shift: u32| usize::from((packed >> shift) & 15);
        let widths = Self {
            offset: nibble(12),
            length: nibble(8),
            base: nibble(4),
            index: if version > 0 { nibble(0) } else { 0 },
        };
        let all = [widths.offset, widths.length, widths.base, widths.index];
        match all.iter().all(|width| matches!(width, 0 | 4 | 8)) {
            true => Ok(widths),
            false => Err(Halt::Refused("AVIF with places of an unknown width")),
        }
    }
}
