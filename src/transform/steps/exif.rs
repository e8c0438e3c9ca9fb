//! The orientation in an EXIF block, after it was obeyed.

use bytes::Bytes;

/// EXIF 2.32, section 4.6.4: Orientation.
const ORIENTATION: u16 = 0x0112;
/// TIFF 6.0: a field of type SHORT.
const SHORT: u16 = 3;
const FIELD_BYTES: usize = 12;

/// The block with its orientation set to upright. What is malformed is left as it is.
pub(super) fn upright(exif: &[u8]) -> Bytes {
    let mut block = exif.to_vec();
    if let Some((order, at)) = orientation(exif)
        && let Some(value) = block.get_mut(at..at + 2)
    {
        value.copy_from_slice(&order.bytes(1));
    }
    block.into()
}

#[derive(Clone, Copy)]
enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    fn of(exif: &[u8]) -> Option<Self> {
        match exif.get(..4)? {
            b"II*\0" => Some(Self::Little),
            b"MM\0*" => Some(Self::Big),
            _ => None,
        }
    }

    const fn bytes(self, value: u16) -> [u8; 2] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }

    fn short(self, from: &[u8], at: usize) -> Option<u16> {
        let bytes = from.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        })
    }

    fn long(self, from: &[u8], at: usize) -> Option<u32> {
        let bytes = from.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        })
    }
}

/// Where the value of the orientation stands, by a walk of the first directory.
fn orientation(exif: &[u8]) -> Option<(ByteOrder, usize)> {
    let order = ByteOrder::of(exif)?;
    let directory = usize::try_from(order.long(exif, 4)?).ok()?;
    let fields = usize::from(order.short(exif, directory)?);
    let first = directory.checked_add(2)?;
    let field = (0..fields)
        .map_while(|index| first.checked_add(index * FIELD_BYTES))
        .take_while(|at| *at < exif.len())
        .find(|at| order.short(exif, *at) == Some(ORIENTATION))?;
    (order.short(exif, field + 2)? == SHORT).then_some((order, field + 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two fields: an ImageWidth of 3, and the orientation.
    fn block(order: ByteOrder, orientation: u16) -> Vec<u8> {
        let mut block = match order {
            ByteOrder::Little => b"II*\0\x08\0\0\0".to_vec(),
            ByteOrder::Big => b"MM\0*\0\0\0\x08".to_vec(),
        };
        let fields = [(0x0100, 3), (ORIENTATION, orientation)];
        block.extend(order.bytes(fields.len() as u16));
        for (tag, value) in fields {
            let count = match order {
                ByteOrder::Little => [1, 0, 0, 0],
                ByteOrder::Big => [0, 0, 0, 1],
            };
            block.extend(order.bytes(tag));
            block.extend(order.bytes(SHORT));
            block.extend(count);
            block.extend(order.bytes(value));
            block.extend([0, 0]);
        }
        block.extend([0; 4]);
        block
    }

    #[test]
    fn orientation_becomes_upright_and_nothing_else_changes() {
        for order in [ByteOrder::Little, ByteOrder::Big] {
            for value in 1..=8 {
                assert_eq!(upright(&block(order, value)), block(order, 1));
            }
        }
    }

    #[test]
    fn what_is_cut_off_or_odd_is_left_alone() {
        let whole = block(ByteOrder::Little, 6);
        // Up to the last byte of the value, which begins 8 bytes into the second field.
        for length in 0..8 + 2 + FIELD_BYTES + 10 {
            assert_eq!(upright(&whole[..length]), whole[..length], "{length} bytes");
        }
        let mut far = whole.clone();
        far[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(upright(&far), far);
        let mut long_typed = whole;
        long_typed[24] = 4;
        assert_eq!(upright(&long_typed), long_typed);
    }
}
