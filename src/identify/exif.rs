//! The orientation in an EXIF block: a bounded reader of the one TIFF directory that holds it (TIFF 6.0, section 2).

use super::Orientation;
use super::bytes::array;

/// The value of the upright orientation.
pub(crate) const UPRIGHT: u8 = Orientation::UPRIGHT.exif();

const ORIENTATION: u16 = 0x0112;
const SHORT: u16 = 3;
const LONG: u16 = 4;

/// The byte order of a TIFF structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

/// Where an orientation is written, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// The position in the block of the value's least significant byte; the other bytes of upright are zero.
    pub(crate) low: usize,
    /// The positions of the value.
    pub(crate) value_at: usize,
    /// The length of the value in bytes.
    pub(crate) value_bytes: usize,
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
    let directory = Directory::of(block);
    directory
        .into_iter()
        .flat_map(|directory| (0..directory.entries).filter_map(move |n| directory.field(n)))
}

/// The first directory of a block.
#[derive(Clone, Copy)]
struct Directory<'a> {
    block: &'a [u8],
    order: Order,
    at: usize,
    entries: u16,
}

impl<'a> Directory<'a> {
    fn of(block: &'a [u8]) -> Option<Self> {
        let order = match block.get(..4)? {
            b"II*\0" => Order::Little,
            b"MM\0*" => Order::Big,
            _ => return None,
        };
        let at = usize::try_from(order.long(block, 4)?).ok()?;
        let entries = order.short(block, at)?;
        Some(Self {
            block,
            order,
            at,
            entries,
        })
    }

    /// The orientation in an entry: tag, type, count, value, in twelve bytes.
    fn field(self, number: u16) -> Option<Field> {
        let entry = self.at.checked_add(2 + 12 * usize::from(number))?;
        let value_at = entry.checked_add(8)?;
        if self.order.short(self.block, entry)? != ORIENTATION
            || self.order.long(self.block, entry + 4)? != 1
        {
            return None;
        }
        let (value, value_bytes) = match self.order.short(self.block, entry + 2)? {
            SHORT => (self.order.short(self.block, value_at)?, 2),
            // Not what EXIF says, but what some software writes.
            LONG => (
                u16::try_from(self.order.long(self.block, value_at)?).unwrap_or(0),
                4,
            ),
            _ => return None,
        };
        Some(Field {
            low: match self.order {
                Order::Little => value_at,
                Order::Big => value_at + value_bytes - 1,
            },
            value_at,
            value_bytes,
            orientation: Orientation::from_exif(value),
        })
    }
}

impl Order {
    fn short(self, block: &[u8], at: usize) -> Option<u16> {
        let bytes = array(block, at).ok()?;
        Some(match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        })
    }

    fn long(self, block: &[u8], at: usize) -> Option<u32> {
        let bytes = array(block, at).ok()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        })
    }
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
