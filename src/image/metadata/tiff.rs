//! Metadata in TIFF: tags of the first directory. EXIF is part of the file's own structure and not read.

use super::{MAX_ICC_BYTES, MAX_XMP_BYTES, Metadata, kept};
use crate::identify::tiff::{Structure, tag};

pub(super) fn read(file: &[u8]) -> Metadata {
    let first = Structure::of(file).and_then(Structure::first);
    let Ok(Some(directory)) = first else {
        return Metadata::default();
    };
    let content = |tag| {
        let field = directory.field(tag).ok().flatten()?;
        field.content().ok()
    };
    Metadata {
        icc: content(tag::ICC).and_then(|icc| kept(icc, MAX_ICC_BYTES)),
        exif: None,
        iptc: None,
        xmp: content(tag::XMP).and_then(|xmp| kept(xmp, MAX_XMP_BYTES)),
    }
}
