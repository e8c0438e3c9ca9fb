//! Metadata in AVIF: the property `colr`, and the items `Exif` and `mime` that describe the picture.

use bytes::Bytes;

use super::{MAX_ICC_BYTES, MAX_XMP_BYTES, Metadata, kept, kept_exif};
use crate::identify::av1::Outline;
use crate::identify::avif::{self, CodePoints};
use crate::identify::bytes::Halt;
use crate::identify::heif::{Item, Items};
use crate::image::color;

/// An ICC profile is as it stands, or made of the code points that name another colour space than sRGB.
pub(super) fn read(file: &[u8]) -> Metadata {
    let Ok(items) = Items::read(file) else {
        return Metadata::default();
    };
    let exif = described(&items, file, avif::is_exif).and_then(|item| exif(&item));
    let xmp = described(&items, file, avif::is_xmp).and_then(|item| kept(&item, MAX_XMP_BYTES));
    Metadata {
        icc: icc(&items, file),
        exif,
        iptc: None,
        xmp,
    }
}

fn icc(items: &Items<'_>, file: &[u8]) -> Option<Bytes> {
    let primary = items.primary().ok()?;
    if let Some(profile) = avif::profile(items, primary.id).ok()? {
        return kept(profile, MAX_ICC_BYTES);
    }
    let points = match avif::code_points(items, primary.id).ok()? {
        Some(points) => points,
        None => coded_points(items, &primary, file)?,
    };
    if is_srgb(points) {
        return None;
    }
    color::profile_of_cicp(points.primaries, points.transfer).map(Bytes::from)
}

/// The code points in the coded picture, or in the first tile.
fn coded_points(items: &Items<'_>, primary: &Item<'_>, file: &[u8]) -> Option<CodePoints> {
    let coded = match primary.kind == *b"grid" {
        true => avif::tiles(items, primary.id).ok()?.next()?,
        false => primary.id,
    };
    let content = items.content(coded, file).ok()?;
    Outline::read(&content).map(|outline| outline.sequence.points)
}

/// BT.709 primaries with its curve or that of sRGB, which are told apart nowhere; what is not specified is sRGB.
fn is_srgb(points: CodePoints) -> bool {
    matches!(points.primaries, 0..=2) && matches!(points.transfer, 0..=2 | 6 | 13..=15)
}

fn described<'a>(
    items: &Items<'a>,
    file: &'a [u8],
    is: impl Fn(&Item<'_>) -> bool,
) -> Option<std::borrow::Cow<'a, [u8]>> {
    let find = || -> Result<_, Halt> {
        let primary = items.primary()?;
        let item = avif::described_by(items, primary.id, is)?;
        item.map(|item| items.content(item.id, file)).transpose()
    };
    find().ok().flatten()
}

/// The block without the number before it, which says how many bytes come before its TIFF header.
fn exif(item: &[u8]) -> Option<Bytes> {
    let (before, block) = item.split_first_chunk()?;
    let before = usize::try_from(u32::from_be_bytes(*before)).ok()?;
    kept_exif(block.get(before..)?)
}
