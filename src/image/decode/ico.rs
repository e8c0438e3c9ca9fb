//! Windows icons to pixels.

use std::io::Cursor;

use image::codecs::ico::IcoDecoder;

use super::{How, Scale, bmp};
use crate::identify::ico::{Entry, best, is_png};
use crate::identify::{Facts, Identified, identify};
use crate::image::{Error, Format, Pixels, panic_text, unwinding};

/// Decodes the largest picture.
pub(super) fn decode(file: &[u8], facts: &Facts) -> Result<Pixels, Error> {
    let cut_off = || Error::broken(Format::Ico, "cut off within its pictures");
    let entry = best(file).map_err(|_| cut_off())?;
    let end = entry.at.saturating_add(entry.length).min(file.len());
    let picture = file.get(entry.at..end).ok_or_else(cut_off)?;
    if is_png(picture) {
        return portable(picture, facts);
    }
    unwinding(
        || {
            let icon = alone(entry, picture);
            let decoder =
                IcoDecoder::new(Cursor::new(icon)).map_err(|e| bmp::broken(Format::Ico, e))?;
            bmp::read(decoder, facts)
        },
        |payload| Error::broken(Format::Ico, panic_text(&*payload)),
    )
}

/// A picture that is a PNG. Its own header is what counts, and it was identified by it.
fn portable(picture: &[u8], facts: &Facts) -> Result<Pixels, Error> {
    match identify(picture, true) {
        Identified::Image(inner) if (inner.width, inner.height) == (facts.width, facts.height) => {
            super::decode(picture, &inner, &How::at(Scale::Full))
        }
        _ => Err(Error::broken(Format::Ico, "its PNG is broken")),
    }
}

/// An icon of one picture: the decoder has a choice of its own otherwise.
fn alone(entry: Entry, picture: &[u8]) -> Vec<u8> {
    const DIRECTORY_BYTES: u32 = 6 + 16;
    let side = |side: u32| side as u8;
    let mut icon = vec![0, 0, 1, 0, 1, 0];
    icon.extend([side(entry.sides.0), side(entry.sides.1), 0, 0, 1, 0]);
    icon.extend(entry.bits.to_le_bytes());
    icon.extend((picture.len() as u32).to_le_bytes());
    icon.extend(DIRECTORY_BYTES.to_le_bytes());
    icon.extend_from_slice(picture);
    icon
}

/// Bytes held at the peak besides the pixels: the picture's own bytes once more, and what the decoder of PNG holds.
pub(super) fn working_bytes(facts: &Facts) -> u64 {
    let pixels = u64::from(facts.width).saturating_mul(facts.height.into());
    pixels.saturating_mul(5).saturating_add(8 << 20)
}

#[cfg(test)]
mod tests;
