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

/// Judges markup: SVG if, past declarations and comments, its first element is `svg`.
pub(super) fn markup(head: &[u8]) -> Halt {
    let mut rest = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    loop {
        rest = match past_prolog(rest.trim_ascii_start()) {
            Ok(rest) => rest,
            Err(halt) => return halt,
        };
    }
}

/// The bytes after one declaration, comment or document type; an element ends the search.
fn past_prolog(text: &[u8]) -> Result<&[u8], Halt> {
    const NOT_SVG: Halt = Halt::Refused("markup, but not SVG");
    let starts = |with: &[u8]| begins(text, with);
    if starts(b"<?")? {
        return past(text, b"?>");
    }
    if starts(b"<!--")? {
        return past(text.get(4..).unwrap_or_default(), b"-->");
    }
    if starts(b"<!DOCTYPE")? {
        return past_document_type(text);
    }
    if !(starts(b"<svg")? || starts(b"<svg:svg")?) {
        return Err(NOT_SVG);
    }
    let name_ends =
        |at| byte(text, at).map(|next| next.is_ascii_whitespace() || b">/".contains(&next));
    if name_ends(4)? || (starts(b"<svg:svg")? && name_ends(8)?) {
        return Err(Halt::Unread(Format::Svg));
    }
    Err(NOT_SVG)
}

/// Whether `text` begins with `prefix`; [`Halt::Short`] while it may yet.
fn begins(text: &[u8], prefix: &[u8]) -> Result<bool, Halt> {
    if text.len() < prefix.len() && prefix.starts_with(text) {
        return Err(Halt::Short);
    }
    Ok(text.starts_with(prefix))
}

/// A document type must be that of SVG; its internal subset is passed over without a look inside quotes.
fn past_document_type(text: &[u8]) -> Result<&[u8], Halt> {
    let after = text.get(9..).unwrap_or_default();
    let name = after.trim_ascii_start();
    if !begins(name, b"svg")? {
        return Err(Halt::Refused("markup, but not SVG"));
    }
    let stops = name.iter().position(|next| b"[>".contains(next));
    let stop = stops.ok_or(Halt::Short)?;
    let rest = name.get(stop..).unwrap_or_default();
    match rest.first() {
        Some(b'[') => past(past(rest, b"]")?, b">"),
        _ => Ok(rest.get(1..).unwrap_or_default()),
    }
}

/// The bytes after the first occurrence of `mark`.
fn past<'a>(text: &'a [u8], mark: &[u8]) -> Result<&'a [u8], Halt> {
    let found = text.windows(mark.len()).position(|window| window == mark);
    let at = found.ok_or(Halt::Short)?;
    Ok(text.get(at + mark.len()..).unwrap_or_default())
}
