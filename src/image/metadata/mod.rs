//! The metadata blocks of a file (ICC profile, EXIF, XMP), found by walking its segments; no pixels are decoded.
//!
//! The walks are those of `identify`, so both see the same blocks. A block that is broken, incomplete or too
//! large is left out; nothing fails, and nothing is copied before its size is known to be within its limit.

mod avif;
mod copyright;
pub mod iptc;
mod jpeg;
mod jxl;
mod packet;
pub mod photoshop;
mod png;
mod tiff;
mod webp;

use bytes::Bytes;

pub use copyright::copyright_only;

use super::Format;
use crate::identify::exif;

/// The largest ICC profile that is kept; real ones for print take 2 MiB.
const MAX_ICC_BYTES: usize = 4 << 20;
/// The largest EXIF block that is kept.
const MAX_EXIF_BYTES: usize = 1 << 20;
/// The largest block of IPTC that is kept.
const MAX_IPTC_BYTES: usize = 1 << 20;
/// The largest XMP packet that is kept.
const MAX_XMP_BYTES: usize = 1 << 20;

/// Metadata as it stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The ICC profile, reassembled; at most 4 MiB, else dropped.
    pub icc: Option<Bytes>,
    /// The EXIF block: a TIFF header and its directories, without `Exif\0\0`; at most 1 MiB, else dropped.
    pub exif: Option<Bytes>,
    /// The datasets of IPTC IIM, out of the Photoshop block that holds them in JPEG; at most 1 MiB, else dropped.
    pub iptc: Option<Bytes>,
    /// The XMP packet; at most 1 MiB, else dropped.
    pub xmp: Option<Bytes>,
}

/// Reads the metadata of a whole file. Anything malformed is left out; nothing fails.
///
/// Of several blocks of one kind the first counts. JPEG is read up to its first scan and PNG up to its image
/// data; extended XMP and compressed EXIF in text chunks are not read.
pub fn read(file: &[u8], format: Format) -> Metadata {
    match format {
        Format::Jpeg => jpeg::read(file),
        Format::Png => png::read(file),
        Format::WebP => webp::read(file),
        Format::Jxl => jxl::read(file),
        Format::Tiff => tiff::read(file),
        Format::Avif => avif::read(file),
        _ => Metadata::default(),
    }
}

/// The same EXIF block with its orientation set to upright, for pixels that have been turned.
///
/// The orientation of an embedded thumbnail stays, as its pixels do.
pub fn without_orientation(block: &[u8]) -> Bytes {
    let mut upright = block.to_vec();
    for field in exif::fields(block) {
        if let Some(value) = upright.get_mut(field.value) {
            value.fill(0);
        }
        if let Some(low) = upright.get_mut(field.low) {
            *low = exif::UPRIGHT;
        }
    }
    upright.into()
}

/// A copy of what has content and keeps to its limit.
fn kept(content: &[u8], max_bytes: usize) -> Option<Bytes> {
    (1..=max_bytes)
        .contains(&content.len())
        .then(|| Bytes::copy_from_slice(content))
}

fn kept_exif(content: &[u8]) -> Option<Bytes> {
    kept(exif::without_identifier(content), MAX_EXIF_BYTES)
}

#[cfg(test)]
mod tests;
