//! Metadata in WebP: the chunks `ICCP`, `EXIF` and `XMP ` (RFC 9649, 2.7.1.4 and 2.7.1.5).

use super::{MAX_ICC_BYTES, MAX_XMP_BYTES, Metadata, kept, kept_exif};
use crate::identify::webp::Chunks;

pub(super) fn read(file: &[u8]) -> Metadata {
    let mut metadata = Metadata::default();
    let Ok(mut chunks) = Chunks::new(file) else {
        return metadata;
    };
    while let Ok(Some(chunk)) = chunks.advance() {
        let Ok(content) = chunks.content(chunk) else {
            break;
        };
        match &chunk.name {
            b"ICCP" if metadata.icc.is_none() => metadata.icc = kept(content, MAX_ICC_BYTES),
            b"EXIF" if metadata.exif.is_none() => metadata.exif = kept_exif(content),
            b"XMP " if metadata.xmp.is_none() => metadata.xmp = kept(content, MAX_XMP_BYTES),
            _ => {}
        }
    }
    metadata
}
