//! The fields of an EXIF block, by names and in words.
//!
//! The directories are walked here, within bounds on fields and on the length of each: a block whose thousands of
//! fields all point at the same megabyte must not cost a megabyte each. Names and words are those of a library.

use std::collections::BTreeMap;

use ::exif::{Context, Field, In, Rational, SRational, Tag, Value};

use super::ask::ExifAsk;

/// The most fields of a directory; cameras write about fifty.
const MAX_FIELDS: u16 = 256;
/// Longer values (thumbnails, what makers write for themselves) are left out.
const MAX_VALUE_BYTES: usize = 1024;
/// TIFF 6.0: the length of a field in a directory.
const FIELD_BYTES: usize = 12;

/// The fields of the picture, of its capture, of its place, and of its interoperability.
pub(super) fn fields(block: &[u8], ask: ExifAsk) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    if ask != ExifAsk::Off
        && let Some(block) = Block::of(block)
    {
        let start = block.long(4).unwrap_or(0);
        block.collect(start, Context::Tiff, &mut |field| {
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

/// A TIFF structure.
#[derive(Clone, Copy)]
struct Block<'a> {
    bytes: &'a [u8],
    little: bool,
}

impl<'a> Block<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let little = match bytes.get(..4)? {
            b"II*\0" => true,
            b"MM\0*" => false,
            _ => return None,
        };
        Some(Self { bytes, little })
    }

    fn array<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        let mut array: [u8; N] = self.bytes.get(at..at.checked_add(N)?)?.try_into().ok()?;
        if self.little {
            array.reverse();
        }
        Some(array)
    }

    fn short(self, at: usize) -> Option<u16> {
        self.array(at).map(u16::from_be_bytes)
    }

    fn long(self, at: usize) -> Option<u32> {
        self.array(at).map(u32::from_be_bytes)
    }

    /// Walks a directory and those that it points at, each of a deeper kind, so three levels at most.
    fn collect(self, start: u32, context: Context, take: &mut impl FnMut(&Field)) {
        let start = start as usize;
        let count = self.short(start).unwrap_or(0).min(MAX_FIELDS);
        for at in (0..usize::from(count)).map(|index| start + 2 + index * FIELD_BYTES) {
            let Some((tag, value)) = self.field(at, context) else {
                continue;
            };
            match (child(tag), value.get_uint(0)) {
                (Some(child), Some(start)) if is_deeper(child, context) => {
                    self.collect(start, child, take);
                }
                (Some(_), _) => {}
                (None, _) => take(&Field {
                    tag,
                    ifd_num: In::PRIMARY,
                    value,
                }),
            }
        }
    }

    fn field(self, at: usize, context: Context) -> Option<(Tag, Value)> {
        let tag = Tag(context, self.short(at)?);
        let kind = self.short(at + 2)?;
        let count = self.long(at + 4)? as usize;
        let bytes = count.checked_mul(unit_bytes(kind)?)?;
        if bytes > MAX_VALUE_BYTES {
            return None;
        }
        let start = if bytes <= 4 {
            at + 8
        } else {
            self.long(at + 8)? as usize
        };
        self.value(kind, start, bytes).map(|value| (tag, value))
    }

    /// A value of so many bytes; TIFF 6.0, section 2, lists the kinds.
    fn value(self, kind: u16, start: usize, bytes: usize) -> Option<Value> {
        let raw = self.bytes.get(start..start.checked_add(bytes)?)?;
        let each = |unit: usize| (start..start + bytes).step_by(unit);
        Some(match kind {
            1 => Value::Byte(raw.to_vec()),
            2 => Value::Ascii(vec![text(raw)]),
            3 => Value::Short(each(2).map(|at| self.short(at)).collect::<Option<_>>()?),
            4 | 13 => Value::Long(each(4).map(|at| self.long(at)).collect::<Option<_>>()?),
            5 => Value::Rational(each(8).map(|at| self.rational(at)).collect::<Option<_>>()?),
            6 => Value::SByte(raw.iter().map(|byte| byte.cast_signed()).collect()),
            7 => Value::Undefined(raw.to_vec(), 0),
            8 => {
                let shorts = each(2).map(|at| Some(self.short(at)?.cast_signed()));
                Value::SShort(shorts.collect::<Option<_>>()?)
            }
            9 => {
                let longs = each(4).map(|at| Some(self.long(at)?.cast_signed()));
                Value::SLong(longs.collect::<Option<_>>()?)
            }
            10 => {
                let rationals = each(8).map(|at| {
                    let Rational { num, denom } = self.rational(at)?;
                    Some(SRational {
                        num: num.cast_signed(),
                        denom: denom.cast_signed(),
                    })
                });
                Value::SRational(rationals.collect::<Option<_>>()?)
            }
            11 => Value::Float(
                each(4)
                    .map(|at| self.array(at).map(f32::from_be_bytes))
                    .collect::<Option<_>>()?,
            ),
            12 => Value::Double(
                each(8)
                    .map(|at| self.array(at).map(f64::from_be_bytes))
                    .collect::<Option<_>>()?,
            ),
            _ => return None,
        })
    }

    fn rational(self, at: usize) -> Option<Rational> {
        Some(Rational {
            num: self.long(at)?,
            denom: self.long(at + 4)?,
        })
    }
}

fn is_deeper(child: Context, parent: Context) -> bool {
    match parent {
        Context::Tiff => child != Context::Interop,
        Context::Exif => child == Context::Interop,
        _ => false,
    }
}

const fn unit_bytes(kind: u16) -> Option<usize> {
    match kind {
        1 | 2 | 6 | 7 => Some(1),
        3 | 8 => Some(2),
        4 | 9 | 11 | 13 => Some(4),
        5 | 10 | 12 => Some(8),
        _ => None,
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

    const SHORT: u16 = 3;
    const LONG: u16 = 4;
    const RATIONAL: u16 = 5;

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
                (0x0112, SHORT, 1, 6),
                (0x8769, LONG, 1, 60),
            ],
            &[],
        );
        block.resize(60, 0);
        block.extend([1, 0]);
        block.extend([
            0x9a,
            0x82,
            RATIONAL as u8,
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
        assert!(told(&block, ExifAsk::Named).len() <= usize::from(MAX_FIELDS));
    }

    #[test]
    fn directories_that_point_at_themselves_are_read_once_a_kind() {
        let block = directory(8, &[(0x8769, LONG, 1, 8), (0x8825, LONG, 1, 8)], &[]);
        let named = told(&block, ExifAsk::Canonical);
        assert!(named.len() <= 2 * 3, "{named:?}");
    }

    #[test]
    fn every_prefix_of_a_block_is_read_without_a_fault() {
        let block = directory(
            8,
            &[(0x0112, SHORT, 1, 6), (0x011a, RATIONAL, 1, 38)],
            &[72, 0, 0, 0, 1, 0, 0, 0],
        );
        for length in 0..block.len() {
            told(&block[..length], ExifAsk::Canonical);
        }
    }
}
