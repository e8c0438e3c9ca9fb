//! Metadata in JPEG XL: the colour space of the codestream, and the boxes `Exif` and `xml ` (ISO/IEC 18181-2, 9).

use super::{MAX_ICC_BYTES, MAX_XMP_BYTES, Metadata, kept, kept_exif};
use crate::identify::jxl::Boxes;
use crate::image::decode;

/// The profile is that of the decoded pixels, whether it is embedded or a space by number. Compressed boxes are not
/// read.
pub(super) fn read(file: &[u8]) -> Metadata {
    let mut metadata = Metadata {
        icc: decode::jxl_profile(file).filter(|icc| icc.len() <= MAX_ICC_BYTES),
        ..Metadata::default()
    };
    let mut boxes = Boxes::new(file);
    while let Ok(Some(boxed)) = boxes.advance() {
        let content = boxes.content(boxed);
        match &boxed.name {
            b"Exif" if metadata.exif.is_none() => metadata.exif = exif(content),
            b"xml " if metadata.xmp.is_none() => metadata.xmp = kept(content, MAX_XMP_BYTES),
            _ => {}
        }
    }
    metadata
}

/// The block begins so many bytes after the number that says so.
fn exif(content: &[u8]) -> Option<bytes::Bytes> {
    let (offset, rest) = content.split_first_chunk()?;
    let offset = usize::try_from(u32::from_be_bytes(*offset)).ok()?;
    kept_exif(rest.get(offset..)?)
}
