//! The header of AVIF (AV1 Image File Format 1.1): the primary item of a HEIF file and its properties.

use super::bytes::{Extent, Halt};
use super::heif::{Item, Items, Reference};
use super::isobmff::Cursor;
use super::{ColorType, Facts, Format, Orientation};

/// The names of the alpha plane among auxiliary pictures; the second is that of HEVC, which some writers use.
const ALPHA: [&[u8]; 2] = [
    b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0",
    b"urn:mpeg:hevc:2015:auxid:1\0",
];

/// The most auxiliary pictures that are looked at.
const MAX_AUXILIARY: usize = 16;

/// Code points of a colour space (ITU-T H.273), and the range of its samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CodePoints {
    pub(crate) primaries: u8,
    pub(crate) transfer: u8,
    pub(crate) matrix: u8,
    pub(crate) full_range: bool,
}

/// What the header declares: a sequence (`avis`) is its primary item, as one picture.
pub(super) fn facts(head: &[u8], _extent: Extent) -> Result<Facts, Halt> {
    let items = Items::read(head)?;
    // The list is whole: what is missing now stays missing.
    facts_of(&items).map_err(|halt| match halt {
        Halt::Short => Halt::Refused("AVIF with a property that is cut off"),
        halt => halt,
    })
}

fn facts_of(items: &Items<'_>) -> Result<Facts, Halt> {
    let primary = items.primary()?;
    let coded = coding(items, &primary)?;
    let (width, height) = size(items, primary.id)?;
    let alpha = alpha(items, primary.id)?.is_some();
    let color_type = match (coded.monochrome, alpha) {
        (true, false) => ColorType::Grey,
        (true, true) => ColorType::GreyAlpha,
        (false, false) => ColorType::Rgb,
        (false, true) => ColorType::Rgba,
    };
    Ok(Facts {
        format: Format::Avif,
        subtype: None,
        width,
        height,
        orientation: orientation(items, primary.id)?,
        color_type,
        bit_depth: coded.bit_depth,
        alpha,
        icc: profile(items, primary.id)?.is_some(),
        exif: described_by(items, primary.id, is_exif)?.is_some(),
        animated: false,
        frames: Some(1),
    })
}

/// How the samples of an item are coded.
struct Coding {
    bit_depth: u8,
    monochrome: bool,
}

/// The configuration of an AV1 item, or of the first tile of a grid.
fn coding(items: &Items<'_>, item: &Item<'_>) -> Result<Coding, Halt> {
    let coded = match &item.kind {
        b"av01" => item.id,
        b"grid" => first_tile(items, item.id)?,
        _ => return Err(Halt::Refused("AVIF whose picture is not AV1")),
    };
    let missing = Halt::Refused("AVIF without the configuration of its codec");
    let mut cursor = Cursor(items.property(coded, b"av1C")?.ok_or(missing)?);
    // A marker and the version; then profile and level.
    cursor.take(2)?;
    let flags = cursor.byte()?;
    let bit_depth = match flags >> 5 & 3 {
        0 | 1 => 8,
        2 => 10,
        _ => 12,
    };
    Ok(Coding {
        bit_depth,
        monochrome: flags & 16 != 0,
    })
}

fn first_tile(items: &Items<'_>, grid: u32) -> Result<u32, Halt> {
    let missing = Err(Halt::Refused("AVIF of tiles without a tile"));
    tiles(items, grid)?.next().map_or(missing, Ok)
}

/// The tiles of a grid, in order.
pub(crate) fn tiles<'a>(
    items: &Items<'a>,
    grid: u32,
) -> Result<impl Iterator<Item = u32> + use<'a>, Halt> {
    let mut derived = items.references(*b"dimg")?;
    let of_grid = |reference: &Result<Reference<'a>, Halt>| {
        reference
            .as_ref()
            .map_or(true, |reference| reference.from == grid)
    };
    let tiles = derived.find(of_grid).transpose()?;
    Ok(tiles.into_iter().flat_map(|tiles| tiles.to()))
}

/// Width and height of an item as stored.
pub(crate) fn size(items: &Items<'_>, item: u32) -> Result<(u32, u32), Halt> {
    let missing = Halt::Refused("AVIF without dimensions");
    let mut cursor = Cursor(items.property(item, b"ispe")?.ok_or(missing)?);
    cursor.version()?;
    match (cursor.long()?, cursor.long()?) {
        (0, _) | (_, 0) => Err(Halt::Refused("AVIF without pixels")),
        size => Ok(size),
    }
}

/// The file with its thumbnail in the place of its picture, where it has one: the same bytes but for the number of the
/// primary item. Of several the first counts.
pub(super) fn thumbnail(file: &[u8]) -> Option<Vec<u8>> {
    let items = Items::read(file).ok()?;
    let primary = items.primary().ok()?.id;
    let mut references = items.references(*b"thmb").ok()?;
    let found = references.find_map(|reference| {
        let reference = reference.ok()?;
        reference
            .to()
            .any(|to| to == primary)
            .then_some(reference.from)
    })?;
    let field = Items::primary_field(file).ok()?;
    let number = found.to_be_bytes();
    let mut file = file.to_vec();
    let (end, length) = (number.len(), field.len());
    file[field].copy_from_slice(&number[end - length..]);
    Some(file)
}

/// The item that is the alpha plane of another.
pub(crate) fn alpha<'a>(items: &Items<'a>, item: u32) -> Result<Option<Item<'a>>, Halt> {
    let mut looks = 0;
    for reference in items.references(*b"auxl")? {
        let reference = reference?;
        if !reference.to().any(|to| to == item) || looks == MAX_AUXILIARY {
            continue;
        }
        looks += 1;
        let kind = items.property(reference.from, b"auxC")?.unwrap_or_default();
        let name = kind.get(4..).unwrap_or_default();
        if ALPHA.iter().any(|alpha| name.starts_with(alpha)) {
            return items.item(reference.from).map(Some);
        }
    }
    Ok(None)
}

/// Whether the colours of an item are already multiplied by its alpha plane.
pub(crate) fn premultiplied(items: &Items<'_>, item: u32) -> Result<bool, Halt> {
    let mut found = items.references(*b"prem")?;
    Ok(found.any(|reference| reference.is_ok_and(|reference| reference.from == item)))
}

/// The ICC profile of an item.
pub(crate) fn profile<'a>(items: &Items<'a>, item: u32) -> Result<Option<&'a [u8]>, Halt> {
    let mut colors = items.properties(item)?.filter(|unit| unit.kind == *b"colr");
    Ok(colors.find_map(|unit| {
        let (kind, content) = unit.body.split_first_chunk()?;
        matches!(kind, b"prof" | b"rICC").then_some(content)
    }))
}

/// The code points that the file declares for an item; they count before those in the coded picture.
pub(crate) fn code_points(items: &Items<'_>, item: u32) -> Result<Option<CodePoints>, Halt> {
    let mut colors = items.properties(item)?.filter(|unit| unit.kind == *b"colr");
    Ok(colors.find_map(|unit| {
        let mut cursor = Cursor(unit.body.strip_prefix(b"nclx")?);
        let mut point = || u8::try_from(cursor.short().ok()?).ok();
        let (primaries, transfer, matrix) = (point()?, point()?, point()?);
        let full_range = cursor.byte().ok()? & 0x80 != 0;
        Some(CodePoints {
            primaries,
            transfer,
            matrix,
            full_range,
        })
    }))
}

/// How the picture must be turned: rotated first, then mirrored (ISO/IEC 23008-12, 6.5.10 and 6.5.12; MIAF, 7.3.6.7).
fn orientation(items: &Items<'_>, item: u32) -> Result<Orientation, Halt> {
    let quarters = items.property(item, b"irot")?;
    let mirror = items.property(item, b"imir")?;
    let quarters = quarters
        .and_then(|body| body.first())
        .map_or(0, |angle| angle & 3);
    let axis = mirror.and_then(|body| body.first()).map(|axis| axis & 1);
    Ok(Orientation::from_exif(match (quarters, axis) {
        // Counted anticlockwise; axis 0 swaps top and bottom, 1 left and right.
        (0, None) => 1,
        (0, Some(0)) => 4,
        (0, Some(_)) => 2,
        (1, None) => 8,
        (1, Some(0)) => 5,
        (1, Some(_)) => 7,
        (2, None) => 3,
        (2, Some(0)) => 2,
        (2, Some(_)) => 4,
        (_, None) => 6,
        (_, Some(0)) => 7,
        (_, Some(_)) => 5,
    }))
}

/// The first item of a kind that describes another.
pub(crate) fn described_by<'a>(
    items: &Items<'a>,
    item: u32,
    is: impl Fn(&Item<'_>) -> bool,
) -> Result<Option<Item<'a>>, Halt> {
    let Some(found) = items.find_item(is)? else {
        return Ok(None);
    };
    let mut references = items.references(*b"cdsc")?;
    let describes = references.any(|reference| {
        reference.is_ok_and(|reference| {
            reference.from == found.id && reference.to().any(|to| to == item)
        })
    });
    Ok(describes.then_some(found))
}

/// Whether an item is EXIF metadata.
pub(crate) fn is_exif(item: &Item<'_>) -> bool {
    item.kind == *b"Exif"
}

/// Whether an item is an XMP packet.
pub(crate) fn is_xmp(item: &Item<'_>) -> bool {
    item.media_type == b"application/rdf+xml"
}
