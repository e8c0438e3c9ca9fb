//! Metadata in JPEG: APP1 holds EXIF and XMP, APP2 the pieces of an ICC profile (ICC.1, annex B.4),
//! APP13 what Photoshop notes.

use bytes::Bytes;

use super::{MAX_ICC_BYTES, MAX_IPTC_BYTES, MAX_XMP_BYTES, Metadata, kept, kept_exif, photoshop};
use crate::identify::jpeg::{EXIF_IDENTIFIER, ICC_IDENTIFIER, Segments, marker};

const XMP_IDENTIFIER: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

pub(super) fn read(file: &[u8]) -> Metadata {
    let mut metadata = Metadata::default();
    let mut profile = Profile::new();
    let mut segments = Segments::new(file);
    while let Ok(segment) = segments.advance() {
        match segment.marker {
            marker::SOS => break,
            marker::APP1 => take_app1(&mut metadata, segment.content),
            marker::APP13 => take_app13(&mut metadata, segment.content),
            marker::APP2 => profile.take(segment.content),
            _ => {}
        }
    }
    metadata.icc = profile.whole();
    metadata
}

fn take_app1(metadata: &mut Metadata, content: &[u8]) {
    if let Some(block) = content.strip_prefix(EXIF_IDENTIFIER) {
        let first = metadata.exif.take();
        metadata.exif = first.or_else(|| kept_exif(block));
    } else if let Some(packet) = content.strip_prefix(XMP_IDENTIFIER) {
        let first = metadata.xmp.take();
        metadata.xmp = first.or_else(|| kept(packet, MAX_XMP_BYTES));
    }
}

fn take_app13(metadata: &mut Metadata, content: &[u8]) {
    let mut resources = photoshop::resources(content);
    let iptc = resources.find(|(number, _)| *number == photoshop::IPTC);
    let first = metadata.iptc.take();
    metadata.iptc = first.or_else(|| iptc.and_then(|(_, iptc)| kept(iptc, MAX_IPTC_BYTES)));
}

/// The pieces of a profile by their number.
struct Profile<'a> {
    pieces: [Option<&'a [u8]>; 256],
    count: Option<u8>,
    broken: bool,
}

impl<'a> Profile<'a> {
    const fn new() -> Self {
        Self {
            pieces: [None; 256],
            count: None,
            broken: false,
        }
    }

    /// Keeps a piece; one that comes twice, or that counts the pieces otherwise than the others, breaks the profile.
    fn take(&mut self, content: &'a [u8]) {
        let Some(rest) = content.strip_prefix(ICC_IDENTIFIER) else {
            return;
        };
        let [number, count, piece @ ..] = rest else {
            self.broken = true;
            return;
        };
        let expected = *self.count.get_or_insert(*count);
        let before = self.pieces[usize::from(*number)].replace(piece);
        self.broken |= before.is_some() || *count != expected;
    }

    /// The profile, if every piece is there. Numbers start at one; some encoders start at zero.
    fn whole(&self) -> Option<Bytes> {
        let count = usize::from(self.count?);
        let first = usize::from(self.pieces[0].is_none());
        let present = self.pieces.iter().flatten().count();
        if self.broken || present != count {
            return None;
        }
        let pieces = self.pieces.get(first..first + count)?;
        let bytes: usize = pieces.iter().flatten().map(|piece| piece.len()).sum();
        if bytes == 0 || bytes > MAX_ICC_BYTES || pieces.iter().any(Option::is_none) {
            return None;
        }
        let mut whole = Vec::with_capacity(bytes);
        pieces
            .iter()
            .flatten()
            .for_each(|piece| whole.extend_from_slice(piece));
        Some(whole.into())
    }
}
