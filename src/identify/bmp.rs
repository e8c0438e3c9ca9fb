//! Windows bitmaps: the file header and the header of the bitmap after it.

use super::bytes::{Halt, le16, le32};
use super::{ColorType, Facts, Format, Orientation};

/// The length of the file header, after which the bitmap's own begins.
const FILE_HEADER_BYTES: usize = 14;
/// The header of OS/2 1.x, with sides of 16 bits.
const CORE_HEADER: u32 = 12;
/// From this header on there may be a mask for alpha (BITMAPV3INFOHEADER).
const HEADER_WITH_ALPHA: u32 = 56;
/// BI_BITFIELDS.
const BIT_FIELDS: u32 = 3;

/// Reads a whole file's headers.
pub(super) fn facts(head: &[u8]) -> Result<Facts, Halt> {
    bitmap(head, FILE_HEADER_BYTES)
}

/// Reads the header of the bitmap at `at`, as it stands in icons too.
pub(super) fn bitmap(head: &[u8], at: usize) -> Result<Facts, Halt> {
    let length = le32(head, at)?;
    let (width, height, bits) = if length == CORE_HEADER {
        let bits = le16(head, at + 10)?;
        (le16(head, at + 4)?.into(), le16(head, at + 6)?.into(), bits)
    } else {
        // A negative height is that of a bitmap from the top down.
        let height = (le32(head, at + 8)? as i32).unsigned_abs();
        (le32(head, at + 4)?, height, le16(head, at + 14)?)
    };
    if width == 0 || height == 0 || width > i32::MAX as u32 {
        return Err(Halt::Refused("BMP of an impossible size"));
    }
    let color_type = match bits {
        1 | 2 | 4 | 8 => ColorType::Palette,
        16 | 24 | 32 => ColorType::Rgb,
        _ => return Err(Halt::Refused("BMP of colours that are not read")),
    };
    let alpha = bits >= 16 && length >= HEADER_WITH_ALPHA && has_alpha_mask(head, at)?;
    Ok(Facts {
        format: Format::Bmp,
        subtype: None,
        width,
        height,
        orientation: Orientation::UPRIGHT,
        color_type: if alpha { ColorType::Rgba } else { color_type },
        bit_depth: bits.min(8) as u8,
        alpha,
        icc: false,
        exif: false,
        animated: false,
        frames: Some(1),
    })
}

fn has_alpha_mask(head: &[u8], at: usize) -> Result<bool, Halt> {
    Ok(le32(head, at + 16)? == BIT_FIELDS && le32(head, at + 52)? != 0)
}
