//! Which parser the first bytes call for.

use super::Format;

/// What the signature says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Jpeg,
    Png,
    WebP,
    Gif,
    /// A signature that needs no further look.
    Known(Format),
    /// ISO base media: AVIF, HEIC, or a film.
    MediaFile,
    /// `BM`, which text may begin with too.
    Bitmap,
    /// Four bytes that other files begin with too.
    Icon,
    /// `<`, maybe SVG.
    Markup,
    /// Gzip, in which SVG comes packed.
    Packed,
}

/// What comparing signatures came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sniffed {
    /// A whole signature matches.
    Is(Kind),
    /// The bytes are the start of a signature; of this format's, where it is one format's only.
    Maybe(Option<Format>),
    /// No signature can match any more.
    Nothing,
}

/// A signature; a `?` in it stands for any byte.
struct Signature(Kind, &'static [u8]);

/// In order: the first that matches wins. A media file's box is below 64 KiB, so that its size begins with zeros.
const SIGNATURES: [Signature; 15] = [
    Signature(Kind::Jpeg, b"\xFF\xD8\xFF"),
    Signature(Kind::Png, b"\x89PNG\r\n\x1A\n"),
    Signature(Kind::WebP, b"RIFF????WEBP"),
    Signature(Kind::Gif, b"GIF87a"),
    Signature(Kind::Gif, b"GIF89a"),
    Signature(Kind::MediaFile, b"\0\0??ftyp"),
    Signature(Kind::Known(Format::Jxl), b"\xFF\x0A"),
    Signature(Kind::Known(Format::Jxl), b"\0\0\0\x0CJXL \r\n\x87\n"),
    Signature(Kind::Known(Format::Tiff), b"II*\0"),
    Signature(Kind::Known(Format::Tiff), b"MM\0*"),
    // BigTIFF.
    Signature(Kind::Known(Format::Tiff), b"II+\0"),
    Signature(Kind::Known(Format::Tiff), b"MM\0+"),
    Signature(Kind::Bitmap, b"BM"),
    Signature(Kind::Icon, b"\0\0\x01\0"),
    Signature(Kind::Packed, b"\x1F\x8B\x08"),
];

impl Kind {
    /// The format, where the kind is that of one.
    pub(super) const fn format(self) -> Option<Format> {
        match self {
            Self::Jpeg => Some(Format::Jpeg),
            Self::Png => Some(Format::Png),
            Self::WebP => Some(Format::WebP),
            Self::Gif => Some(Format::Gif),
            Self::Known(format) => Some(format),
            Self::MediaFile => None,
            Self::Bitmap => Some(Format::Bmp),
            Self::Icon => Some(Format::Ico),
            Self::Markup | Self::Packed => Some(Format::Svg),
        }
    }
}

/// Compares the first bytes with every signature.
pub(super) fn kind(head: &[u8]) -> Sniffed {
    let whole = SIGNATURES
        .iter()
        .find(|Signature(_, pattern)| head.len() >= pattern.len() && agrees(head, pattern));
    if let Some(Signature(kind, _)) = whole {
        // An icon's four bytes may also be the size of a box.
        return match kind {
            Kind::Icon if head.len() < 8 => Sniffed::Maybe(None),
            _ => Sniffed::Is(*kind),
        };
    }
    let mut candidates = SIGNATURES
        .iter()
        .filter(|Signature(_, pattern)| agrees(head, pattern))
        .map(|Signature(kind, _)| kind.format());
    let Some(first) = candidates.next() else {
        return text(head);
    };
    match candidates.all(|other| other == first) {
        true => Sniffed::Maybe(first),
        false => Sniffed::Maybe(None),
    }
}

fn agrees(head: &[u8], pattern: &[u8]) -> bool {
    let mut pairs = head.iter().zip(pattern);
    pairs.all(|(byte, expected)| *expected == b'?' || byte == expected)
}

/// Markup begins with `<` after an optional byte order mark and white space.
fn text(head: &[u8]) -> Sniffed {
    const MARK: &[u8] = b"\xEF\xBB\xBF";
    if head.len() < MARK.len() && MARK.starts_with(head) {
        return Sniffed::Maybe(Some(Format::Svg));
    }
    match head.strip_prefix(MARK).unwrap_or(head).trim_ascii_start() {
        [] if head.len() < super::MAX_HEAD_BYTES => Sniffed::Maybe(Some(Format::Svg)),
        [b'<', ..] => Sniffed::Is(Kind::Markup),
        _ => Sniffed::Nothing,
    }
}
