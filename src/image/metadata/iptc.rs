//! IPTC IIM: records of a marker, a record number, a dataset number, a length and a value (IIM 4.2, chapter 3).

use bytes::Bytes;

/// The record of what is told about the picture.
pub const APPLICATION: u8 = 2;

/// Before each dataset.
const MARKER: u8 = 0x1C;
/// By-line, credit and copyright notice.
const RIGHTS: [u8; 3] = [80, 110, 116];
/// The most datasets that are looked at.
const MAX_DATASETS: usize = 1024;

/// One dataset: its record, its number, and its value.
pub type Dataset<'a> = (u8, u8, &'a [u8]);

/// The datasets of a block, up to the first that is broken. Values of more than 32 KiB end the walk.
pub fn datasets(block: &[u8]) -> impl Iterator<Item = Dataset<'_>> {
    let mut rest = block;
    let each = std::iter::from_fn(move || {
        let [MARKER, record, number, high @ 0..0x80, low, after @ ..] = rest else {
            return None;
        };
        let (value, next) =
            after.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))?;
        rest = next;
        Some((*record, *number, value))
    });
    each.take(MAX_DATASETS)
}

/// A block of the by-lines, the credit and the copyright notice alone; `None` where there is none of them.
pub(super) fn copyright_only(block: &[u8]) -> Option<Bytes> {
    let mut kept = Vec::new();
    for (record, number, value) in datasets(block) {
        if record == APPLICATION && RIGHTS.contains(&number) {
            kept.extend([MARKER, record, number]);
            kept.extend((value.len() as u16).to_be_bytes());
            kept.extend_from_slice(value);
        }
    }
    (!kept.is_empty()).then(|| kept.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_line_credit_and_notice_stay_and_nothing_else() {
        let block = b"\x1C\x02\x50\0\x03Ann\x1C\x02\x05\0\x05Title\x1C\x02\x74\0\x04(c)!\x1C\x01\x50\0\x01x";
        let kept = copyright_only(block).unwrap();
        assert_eq!(&kept[..], b"\x1C\x02\x50\0\x03Ann\x1C\x02\x74\0\x04(c)!");
        assert_eq!(copyright_only(b"\x1C\x02\x05\0\x05Title"), None);
    }

    #[test]
    fn what_is_cut_off_ends_the_walk() {
        let block = b"\x1C\x02\x50\0\x03Ann\x1C\x02\x74\0\x04(c)!";
        assert_eq!(datasets(block).count(), 2);
        for length in 0..block.len() {
            assert_eq!(datasets(&block[..length]).count(), usize::from(length >= 8));
        }
    }
}
