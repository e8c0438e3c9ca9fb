//! Windows icons: a directory of pictures, each a PNG or a bitmap without its file header.

use super::bytes::{Halt, array, byte, le16, le32};
use super::{ColorType, Facts, Format, bmp, png};

/// The most pictures that are looked at.
const MAX_PICTURES: u16 = 256;
/// The length of an entry of the directory.
const ENTRY_BYTES: usize = 16;

/// One picture of an icon, as its directory tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Width and height; 256 is written as 0.
    pub(crate) sides: (u32, u32),
    /// Bits a pixel, where the directory says it.
    pub(crate) bits: u16,
    /// Where its bytes begin.
    pub(crate) at: usize,
    /// How many there are.
    pub(crate) length: usize,
}

/// Reads the header of the picture that is decoded: the largest, of these the deepest.
pub(super) fn facts(head: &[u8]) -> Result<Facts, Halt> {
    let entry = best(head)?;
    let mut facts = picture(head, entry.at)?;
    facts.format = Format::Ico;
    facts.subtype = None;
    (facts.alpha, facts.color_type) = (true, ColorType::Rgba);
    (facts.icc, facts.exif, facts.animated) = (false, false, false);
    facts.frames = Some(1);
    Ok(facts)
}

/// The picture that is decoded.
pub(crate) fn best(head: &[u8]) -> Result<Entry, Halt> {
    let count = le16(head, 4)?.min(MAX_PICTURES);
    let mut best: Option<Entry> = None;
    for number in 0..usize::from(count) {
        let entry = entry(head, 6 + number * ENTRY_BYTES)?;
        if best.is_none_or(|best| rank(entry) > rank(best)) {
            best = Some(entry);
        }
    }
    best.ok_or(Halt::Refused("ICO without a picture"))
}

/// Whether a picture is a PNG.
pub(crate) fn is_png(picture: &[u8]) -> bool {
    picture.starts_with(b"\x89PNG\r\n\x1A\n")
}

fn rank(entry: Entry) -> (u32, u16) {
    (entry.sides.0 * entry.sides.1, entry.bits)
}

fn entry(head: &[u8], at: usize) -> Result<Entry, Halt> {
    let side = |at| byte(head, at).map(|side| if side == 0 { 256 } else { side.into() });
    Ok(Entry {
        sides: (side(at)?, side(at + 1)?),
        bits: le16(head, at + 6)?,
        length: le32(head, at + 8)? as usize,
        at: le32(head, at + 12)? as usize,
    })
}

/// The header of the picture itself. A bitmap is twice as high as what it shows: its mask is below.
fn picture(head: &[u8], at: usize) -> Result<Facts, Halt> {
    let start = array::<8>(head, at)?;
    if is_png(&start) {
        return png::facts(head.get(at..).ok_or(Halt::Short)?);
    }
    let mut facts = bmp::bitmap(head, at)?;
    facts.height = (facts.height / 2).max(1);
    Ok(facts)
}
