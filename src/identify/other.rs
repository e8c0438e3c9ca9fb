//! Formats that are recognised and not read.

use super::Format;
use super::bytes::{Halt, array, be32, byte, le16, le32};

/// The most brands that a media file may list before one that counts.
const MAX_BRANDS: usize = 64;

/// Judges a file type box (ISO/IEC 14496-12, 4.3) by its brands: the major one, then those it is compatible with.
pub(super) fn media_file(head: &[u8]) -> Halt {
    brands(head).unwrap_or_else(|halt| halt)
}

fn brands(head: &[u8]) -> Result<Halt, Halt> {
    let end = be32(head, 0)? as usize;
    if let Some(format) = format_of_brand(array(head, 8)?) {
        return Ok(Halt::Unread(format));
    }
    // The minor version stands between the major brand and the others.
    for at in (16..end).step_by(4).take(MAX_BRANDS) {
        if let Some(format) = format_of_brand(array(head, at)?) {
            return Ok(Halt::Unread(format));
        }
    }
    Ok(Halt::Refused("a media file, but not an image"))
}

fn format_of_brand(brand: [u8; 4]) -> Option<Format> {
    match &brand {
        b"avif" | b"avis" => Some(Format::Avif),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => {
            Some(Format::Heic)
        }
        _ => None,
    }
}

/// Judges a bitmap by the length of its second header, which names its version.
pub(super) fn bitmap(head: &[u8]) -> Halt {
    match le32(head, 14) {
        Ok(12 | 16 | 40 | 52 | 56 | 64 | 108 | 124) => Halt::Unread(Format::Bmp),
        Ok(_) => Halt::Refused("no known image format"),
        Err(halt) => halt,
    }
}

/// Judges an icon by its number of pictures and the reserved byte of its first entry.
pub(super) fn icon(head: &[u8]) -> Halt {
    match (le16(head, 4), byte(head, 9)) {
        (Ok(0), _) | (_, Ok(1..)) => Halt::Refused("no known image format"),
        (Ok(_), Ok(0)) => Halt::Unread(Format::Ico),
        (Err(halt), _) | (_, Err(halt)) => halt,
    }
}
