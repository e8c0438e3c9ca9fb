//! Who made a picture and who may use it: what stays where the rest of the metadata is dropped.

use bytes::Bytes;

use super::{Metadata, iptc, packet};
use crate::identify::tiff::{Structure, kind};

/// EXIF 2.32, section 4.6.4: the person who made the picture, and the holder of its rights.
const ARTIST: u16 = 0x013B;
const COPYRIGHT: u16 = 0x8298;
/// Longer statements are left out.
const MAX_TEXT_BYTES: usize = 4096;
/// The header of a TIFF structure: byte order, 42, and the place of the first directory.
const HEADER: [u8; 8] = *b"II*\0\x08\0\0\0";

/// The author and the rights of EXIF, IPTC and XMP; the profile is left out.
pub fn copyright_only(metadata: &Metadata) -> Metadata {
    Metadata {
        icc: None,
        exif: metadata.exif.as_deref().and_then(exif),
        iptc: metadata.iptc.as_deref().and_then(iptc::copyright_only),
        xmp: metadata.xmp.as_deref().and_then(packet::copyright_only),
    }
}

/// A block of Artist and Copyright alone; `None` where there is neither.
fn exif(block: &[u8]) -> Option<Bytes> {
    let directory = Structure::of(block).ok()?.first().ok()??;
    // In the order of their numbers, as the format wants it.
    let fields: Vec<_> = [ARTIST, COPYRIGHT]
        .into_iter()
        .filter_map(|tag| {
            let text = directory.field(tag).ok()??.content().ok()?;
            let used = text.iter().any(|byte| !matches!(byte, 0 | b' '));
            (used && text.len() <= MAX_TEXT_BYTES).then_some((tag, text))
        })
        .collect();
    (!fields.is_empty()).then(|| written(&fields))
}

/// One directory of texts, little-endian; those of more than four bytes stand after it.
fn written(fields: &[(u16, &[u8])]) -> Bytes {
    let mut block = HEADER.to_vec();
    let mut texts = Vec::new();
    let after = HEADER.len() + 2 + 12 * fields.len() + 4;
    block.extend((fields.len() as u16).to_le_bytes());
    for (tag, text) in fields {
        block.extend(tag.to_le_bytes());
        block.extend(kind::ASCII.to_le_bytes());
        block.extend((text.len() as u32).to_le_bytes());
        match text.len() {
            length @ 0..=4 => {
                let mut value = [0; 4];
                value[..length].copy_from_slice(text);
                block.extend(value);
            }
            _ => {
                block.extend(((after + texts.len()) as u32).to_le_bytes());
                texts.extend_from_slice(text);
                // Values begin at even places.
                texts.resize(texts.len().next_multiple_of(2), 0);
            }
        }
    }
    block.extend([0; 4]);
    block.extend(texts);
    block.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block() -> Bytes {
        written(&[
            (0x010F, b"A camera\0"),
            (ARTIST, b"Ann\0"),
            (COPYRIGHT, b"2026 by Ann Example\0"),
        ])
    }

    #[test]
    fn artist_and_copyright_stay_and_nothing_else() {
        let kept = copyright_only(&Metadata {
            icc: Some(Bytes::from_static(b"profile")),
            exif: Some(block()),
            ..Metadata::default()
        });
        let expected = written(&[(ARTIST, b"Ann\0"), (COPYRIGHT, b"2026 by Ann Example\0")]);
        let expected = Metadata {
            exif: Some(expected),
            ..Metadata::default()
        };
        assert_eq!(kept, expected);
        assert_eq!(copyright_only(&kept), kept, "twice is once");
    }

    #[test]
    fn a_block_without_them_is_dropped() {
        for block in [
            written(&[(0x010F, b"A camera\0")]),
            written(&[(ARTIST, b"   \0")]),
            Bytes::from_static(b"II*\0\xFF\xFF\xFF\xFF"),
            Bytes::from_static(b"junk"),
        ] {
            assert_eq!(exif(&block), None, "{block:?}");
        }
    }

    #[test]
    fn a_block_that_is_cut_off_keeps_what_is_whole() {
        let whole = block();
        for length in 0..whole.len() {
            if let Some(kept) = exif(&whole[..length]) {
                assert!(Structure::of(&kept).unwrap().first().unwrap().is_some());
            }
        }
    }
}
