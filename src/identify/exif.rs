//! The orientation in an EXIF block, which is a TIFF structure whose first directory holds it (EXIF 2.32, section 4.6.4).

use std::ops::Range;

use super::Orientation;
use super::tiff::{self, Structure, kind, tag};

/// The value of the upright orientation.
pub(crate) const UPRIGHT: u8 = Orientation::UPRIGHT.exif();

/// Where an orientation is written, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// The position in the block of the value's least significant byte; the other bytes of upright are zero.
    pub(crate) low: usize,
    /// The positions of the value.
    pub(crate) value: Range<usize>,
    /// The orientation.
    pub(crate) orientation: Orientation,
}

/// The orientation that an EXIF block declares: the first one of its first directory; upright without one.
pub(crate) fn orientation(block: &[u8]) -> Orientation {
    let first = fields(block).next();
    first.map_or(Orientation::UPRIGHT, |field| field.orientation)
}

/// The block from its TIFF header on: some writers put the identifier of JPEG before it elsewhere too.
pub(crate) fn without_identifier(block: &[u8]) -> &[u8] {
    block.strip_prefix(b"Exif\0\0").unwrap_or(block)
}

/// Every orientation of the first directory; there should be one.
pub(crate) fn fields(block: &[u8]) -> impl Iterator<Item = Field> {
    let structure = Structure::of(block).ok();
    structure.into_iter().flat_map(|structure| {
        let first = structure.first().ok().flatten();
        let fields = first.into_iter().flat_map(tiff::Directory::fields);
        fields.filter_map(move |field| orientation_of(structure, &field))
    })
}

fn orientation_of(structure: Structure<'_>, field: &tiff::Field<'_>) -> Option<Field> {
    let bytes = match (field.tag, field.count, field.kind) {
        (tag::ORIENTATION, 1, kind::SHORT) => 2,
        // Not what EXIF says, but what some software writes.
        (tag::ORIENTATION, 1, kind::LONG) => 4,
        _ => return None,
    };
    let orientation = field.number().ok()??;
    let value = field.at..field.at + bytes;
    Some(Field {
        low: if structure.is_little() {
            value.start
        } else {
            value.end - 1
        },
        value,
        orientation: Orientation::from_exif(u16::try_from(orientation).unwrap_or(0)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A big-endian block of one entry.
    fn block(entry: [u8; 12]) -> Vec<u8> {
        [&b"MM\0*\0\0\0\x08\0\x01"[..], &entry, &[0; 4]].concat()
    }

    #[test]
    fn reads_the_orientation_and_nothing_else() {
        let cases: [(&str, Vec<u8>, u8); 12] = [
            ("a short", block([1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]), 6),
            ("a long", block([1, 0x12, 0, 4, 0, 0, 0, 1, 0, 0, 0, 8]), 8),
            (
                "a long out of range",
                block([1, 0x12, 0, 4, 0, 0, 0, 1, 0, 1, 0, 8]),
                1,
            ),
            (
                "a short out of range",
                block([1, 0x12, 0, 3, 0, 0, 0, 1, 0, 9, 0, 0]),
                1,
            ),
            ("zero", block([1, 0x12, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0]), 1),
            ("text", block([1, 0x12, 0, 2, 0, 0, 0, 1, b'6', 0, 0, 0]), 1),
            (
                "two values",
                block([1, 0x12, 0, 3, 0, 0, 0, 2, 0, 6, 0, 6]),
                1,
            ),
            (
                "another tag",
                block([1, 0x0F, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]),
                1,
            ),
            (
                "a directory outside the block",
                b"II*\0\xFF\xFF\xFF\xFF".to_vec(),
                1,
            ),
            (
                "more entries than there are",
                b"II*\0\x08\0\0\0\xFF\xFF\x12\x01\x03\0\x01\0\0\0\x03\0\0\0".to_vec(),
                3,
            ),
            ("another format", b"JUNKJUNKJUNK".to_vec(), 1),
            ("nothing", Vec::new(), 1),
        ];
        for (name, block, expected) in cases {
            assert_eq!(orientation(&block).exif(), expected, "{name}");
        }
    }
}
