//! The fields of an EXIF block, by names and in words.
//!
//! The directories are walked within bounds on fields and on the length of each: a block whose thousands of
//! fields all point at the same megabyte must not cost a megabyte each. Names and words are those of a library.

use std::collections::BTreeMap;

use ::exif::{Context, Field, In, Rational, SRational, Tag, Value};

use super::ask::ExifAsk;
use crate::identify::tiff::{self, Directory, Structure, kind};

/// The most fields of a directory; cameras write about fifty.
const MAX_FIELDS: usize = 256;
/// Longer values (thumbnails, what makers write for themselves) are left out.
const MAX_VALUE_BYTES: usize = 1024;

/// The fields of the picture, of its capture, of its place, and of its interoperability.
pub(super) fn fields(block: &[u8], ask: ExifAsk) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    if ask != ExifAsk::Off
        && let Ok(structure) = Structure::of(block)
        && let Ok(Some(directory)) = structure.first()
    {
        collect(structure, directory, Context::Tiff, &mut |field| {
            let (name, words) = (name(field.tag, ask), field.display_value().with_unit(()));
            found.entry(name).or_insert_with(|| words.to_string());
        });
    }
    found
}

fn name(tag: Tag, ask: ExifAsk) -> String {
    let known = tag.description().is_some();
    let name = if known {
        tag.to_string()
    } else {
        format!("0x{:04x}", tag.number())
    };
    let directory = match tag.context() {
        Context::Exif => "Photo",
        Context::Gps => "GPSInfo",
        Context::Interop => "Iop",
        _ => "Image",
    };
    match ask {
        ExifAsk::Canonical => format!("Exif.{directory}.{name}"),
        ExifAsk::Named | ExifAsk::Off => name,
    }
}

/// The directory that a field points at, if it does.
fn child(tag: Tag) -> Option<Context> {
    match tag {
        Tag::ExifIFDPointer => Some(Context::Exif),
        Tag::GPSInfoIFDPointer => Some(Context::Gps),
        Tag::InteropIFDPointer => Some(Context::Interop),
        _ => None,
    }
}

/// Takes the fields of a directory and of those that it points at, each of a deeper kind, so three levels at most.
fn collect(
    structure: Structure<'_>,
    directory: Directory<'_>,
    context: Context,
    take: &mut impl FnMut(&Field),
) {
    for field in directory.fields().take(MAX_FIELDS) {
        let tag = Tag(context, field.tag);
        match child(tag) {
            Some(child) if is_deeper(child, context) => {
                if let Some(directory) = pointed(structure, &field) {
                    collect(structure, directory, child, take);
                }
            }
            Some(_) => {}
            None => take_value(tag, &field, take),
        }
    }
}

/// The directory that a field points at.
fn pointed<'a>(structure: Structure<'a>, field: &tiff::Field<'_>) -> Option<Directory<'a>> {
    let place = field.number().ok()??;
    structure.directory(place).ok().flatten()
}

fn take_value(tag: Tag, field: &tiff::Field<'_>, take: &mut impl FnMut(&Field)) {
    if let Some(value) = value(field) {
        take(&Field {
            tag,
            ifd_num: In::PRIMARY,
            value,
        });
    }
}

/// The values of a field, unless they are long or of an unknown type.
fn value(field: &tiff::Field<'_>) -> Option<Value> {
    let raw = field.content().ok()?;
    if raw.len() > MAX_VALUE_BYTES {
        return None;
    }
    let shorts = field.words().map(u16::from_be_bytes);
    let longs = field.words().map(u32::from_be_bytes);
    Some(match field.kind {
        kind::BYTE => Value::Byte(raw.to_vec()),
        kind::ASCII => Value::Ascii(vec![text(raw)]),
        kind::SHORT => Value::Short(shorts.collect()),
        kind::LONG | kind::DIRECTORY => Value::Long(longs.collect()),
        kind::RATIONAL => Value::Rational(rationals(field).collect()),
        kind::SIGNED_BYTE => Value::SByte(raw.iter().map(|byte| byte.cast_signed()).collect()),
        kind::UNDEFINED => Value::Undefined(raw.to_vec(), 0),
        kind::SIGNED_SHORT => Value::SShort(shorts.map(u16::cast_signed).collect()),
        kind::SIGNED_LONG => Value::SLong(longs.map(u32::cast_signed).collect()),
        kind::SIGNED_RATIONAL => Value::SRational(rationals(field).map(signed).collect()),
        kind::FLOAT => Value::Float(field.words().map(f32::from_be_bytes).collect()),
        kind::DOUBLE => Value::Double(field.words().map(f64::from_be_bytes).collect()),
        _ => return None,
    })
}

fn rationals(field: &tiff::Field<'_>) -> impl Iterator<Item = Rational> {
    let longs: Vec<_> = field.words().map(u32::from_be_bytes).collect();
    let pairs = longs.as_chunks::<2>().0.to_vec().into_iter();
    pairs.map(|[num, denom]| Rational { num, denom })
}

fn signed(Rational { num, denom }: Rational) -> SRational {
    SRational {
        num: num.cast_signed(),
        denom: denom.cast_signed(),
    }
}

fn is_deeper(child: Context, parent: Context) -> bool {
    match parent {
        Context::Tiff => child != Context::Interop,
        Context::Exif => child == Context::Interop,
        _ => false,
    }
}

/// A text up to its end, which is a zero.
fn text(raw: &[u8]) -> Vec<u8> {
    let end = raw.iter().position(|byte| *byte == 0);
    raw[..end.unwrap_or(raw.len())].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A little-endian directory at `at`; values are as they stand in the field.
    fn directory(at: usize, fields: &[(u16, u16, u32, u32)], rest: &[u8]) -> Vec<u8> {
        let mut block = b"II*\0".to_vec();
        block.extend((at as u32).to_le_bytes());
        block.resize(at, 0);
        block.extend((fields.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in fields {
            block.extend(tag.to_le_bytes());
            block.extend(kind.to_le_bytes());
            block.extend(count.to_le_bytes());
            block.extend(value.to_le_bytes());
        }
        block.extend([0; 4]);
        block.extend(rest);
        block
    }

    fn told(block: &[u8], ask: ExifAsk) -> Vec<(String, String)> {
        fields(block, ask).into_iter().collect()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn fields_have_names_and_words() {
        // Make, orientation, and a pointer at a directory with the exposure time.
        let mut block = directory(
            8,
            &[
                (0x010f, 2, 4, u32::from_le_bytes(*b"Ink\0")),
                (0x0112, kind::SHORT, 1, 6),
                (0x8769, kind::LONG, 1, 60),
            ],
            &[],
        );
        block.resize(60, 0);
        block.extend([1, 0]);
        block.extend([
            0x9a,
            0x82,
            kind::RATIONAL as u8,
            0,
            1,
            0,
            0,
            0,
            80,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
        ]);
        block.resize(80, 0);
        block.extend([1, 0, 0, 0, 250, 0, 0, 0]);
        assert_eq!(
            told(&block, ExifAsk::Named),
            [
                pair("ExposureTime", "1/250 s"),
                pair("Make", "\"Ink\""),
                pair("Orientation", "row 0 at right and column 0 at top"),
            ]
        );
        let canonical = told(&block, ExifAsk::Canonical);
        let names: Vec<_> = canonical.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "Exif.Image.Make",
                "Exif.Image.Orientation",
                "Exif.Photo.ExposureTime"
            ]
        );
        assert!(told(&block, ExifAsk::Off).is_empty());
    }

    #[test]
    fn what_is_broken_endless_or_long_is_left_out() {
        let table = [
            // A value of a gigabyte, one beyond the block, one of an unknown kind.
            directory(
                8,
                &[
                    (0x010f, 2, 1 << 30, 8),
                    (0x0110, 2, 100, 4000),
                    (0x0131, 99, 1, 0),
                ],
                &[],
            ),
            directory(8, &[(0x010f, 2, 2000, 8)], &[65; 3000]),
            b"II*\0\xff\xff\xff\xff".to_vec(),
            b"II*\0\x08\0\0\0\xff\xff".to_vec(),
            b"nothing of that kind".to_vec(),
            Vec::new(),
        ];
        for block in table {
            assert!(told(&block, ExifAsk::Named).is_empty(), "{block:?}");
        }
    }

    #[test]
    fn many_fields_stay_within_bounds() {
        let fields: Vec<_> = (0..60_000).map(|tag| (tag, 2, 1000, 0)).collect();
        let block = directory(8, &fields, &[]);
        assert!(told(&block, ExifAsk::Named).len() <= MAX_FIELDS);
    }

    #[test]
    fn directories_that_point_at_themselves_are_read_once_a_kind() {
        let block = directory(
            8,
            &[(0x8769, kind::LONG, 1, 8), (0x8825, kind::LONG, 1, 8)],
            &[],
        );
        let named = told(&block, ExifAsk::Canonical);
        assert!(named.len() <= 2 * 3, "{named:?}");
    }

    #[test]
    fn every_prefix_of_a_block_is_read_without_a_fault() {
        let block = directory(
            8,
            &[(0x0112, kind::SHORT, 1, 6), (0x011a, kind::RATIONAL, 1, 38)],
            &[72, 0, 0, 0, 1, 0, 0, 0],
        );
        for length in 0..block.len() {
            told(&block[..length], ExifAsk::Canonical);
        }
    }
}
