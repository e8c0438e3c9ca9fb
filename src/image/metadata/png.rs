//! Metadata in PNG: `cICP`, `iCCP`, `eXIf`, and XMP in an `iTXt` of its own keyword (XMP specification, part 3).

use std::io::Read;

use bytes::Bytes;
use flate2::read::ZlibDecoder;

use super::{MAX_ICC_BYTES, MAX_XMP_BYTES, Metadata, kept, kept_exif};
use crate::identify::png::Chunks;
use crate::image::color::profile_of_cicp;

const XMP_KEYWORD: &[u8] = b"XML:com.adobe.xmp";

/// Colours that are named by number take precedence over a profile (PNG, third edition, 4.3), even where they are
/// sRGB, of which there is no profile.
pub(super) fn read(file: &[u8]) -> Metadata {
    let mut metadata = Metadata::default();
    let mut numbered = None;
    let mut chunks = Chunks::new(file);
    while let Ok(chunk) = chunks.advance() {
        let Ok(content) = chunks.content(chunk) else {
            break;
        };
        match &chunk.name {
            b"IDAT" => break,
            b"cICP" if numbered.is_none() => numbered = code_points(content),
            b"iCCP" if metadata.icc.is_none() => metadata.icc = profile(content),
            b"eXIf" if metadata.exif.is_none() => metadata.exif = kept_exif(content),
            b"iTXt" if metadata.xmp.is_none() => metadata.xmp = packet(content),
            _ => {}
        }
    }
    if let Some((primaries, transfer)) = numbered {
        metadata.icc = profile_of_cicp(primaries, transfer).map(Bytes::from);
    }
    metadata
}

/// Primaries and transfer characteristics in `cICP`, of full-range RGB; others are not used for pictures.
fn code_points(content: &[u8]) -> Option<(u8, u8)> {
    match content {
        [primaries, transfer, 0, 1] => Some((*primaries, *transfer)),
        _ => None,
    }
}

/// The profile in `iCCP`: a name, a zero, the method 0, a zlib stream.
fn profile(content: &[u8]) -> Option<Bytes> {
    let (_, rest) = split_at_zero(content)?;
    match rest {
        [0, stream @ ..] => inflated(stream, MAX_ICC_BYTES),
        _ => None,
    }
}

/// The text in `iTXt`: a keyword, whether and how it is compressed, a language, the keyword translated, the text.
fn packet(content: &[u8]) -> Option<Bytes> {
    let (keyword, rest) = split_at_zero(content)?;
    let [compressed, method, rest @ ..] = rest else {
        return None;
    };
    let (_, rest) = split_at_zero(rest)?;
    let (_, text) = split_at_zero(rest)?;
    match (keyword == XMP_KEYWORD, compressed, method) {
        (true, 0, _) => kept(text, MAX_XMP_BYTES),
        (true, 1, 0) => inflated(text, MAX_XMP_BYTES),
        _ => None,
    }
}

fn split_at_zero(content: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = content.iter().position(|&byte| byte == 0)?;
    Some((&content[..at], &content[at + 1..]))
}

/// The content of a zlib stream that is whole and keeps to its limit. Inflating stops one byte past the limit.
fn inflated(stream: &[u8], max_bytes: usize) -> Option<Bytes> {
    let mut content = Vec::new();
    let mut limited = ZlibDecoder::new(stream).take(max_bytes as u64 + 1);
    limited.read_to_end(&mut content).ok()?;
    let fits = (1..=max_bytes).contains(&content.len());
    fits.then(|| content.into())
}
