//! The image formats and their names.

use serde::Serialize;

/// An image file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JPEG (ITU-T T.81).
    Jpeg,
    /// PNG, including APNG.
    Png,
    /// WebP (RFC 9649).
    WebP,
    /// GIF87a and GIF89a.
    Gif,
    /// AV1 in HEIF.
    Avif,
    /// HEVC in HEIF.
    Heic,
    /// JPEG XL, bare codestream or container.
    Jxl,
    /// Scalable Vector Graphics.
    Svg,
    /// TIFF.
    Tiff,
    /// Windows bitmap.
    Bmp,
    /// Windows icon.
    Ico,
}

impl Format {
    /// Every format, in the order of the declaration.
    pub const ALL: [Self; 11] = [
        Self::Jpeg,
        Self::Png,
        Self::WebP,
        Self::Gif,
        Self::Avif,
        Self::Heic,
        Self::Jxl,
        Self::Svg,
        Self::Tiff,
        Self::Bmp,
        Self::Ico,
    ];

    /// The format of a name as URLs and settings spell it: `jpg`, `jpeg`, `png`, `webp`, …; exact case.
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "jpg" {
            return Some(Self::Jpeg);
        }
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The canonical name: `jpeg`, `png`, `webp`, `gif`, `avif`, `heic`, `jxl`, `svg`, `tiff`, `bmp`, `ico`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Avif => "avif",
            Self::Heic => "heic",
            Self::Jxl => "jxl",
            Self::Svg => "svg",
            Self::Tiff => "tiff",
            Self::Bmp => "bmp",
            Self::Ico => "ico",
        }
    }

    /// The usual file extension, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            other => other.name(),
        }
    }

    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
            Self::Avif => "image/avif",
            Self::Heic => "image/heic",
            Self::Jxl => "image/jxl",
            Self::Svg => "image/svg+xml",
            Self::Tiff => "image/tiff",
            Self::Bmp => "image/bmp",
            Self::Ico => "image/x-icon",
        }
    }

    /// Whether this build turns files of the format into pixels.
    pub const fn decodes(self) -> bool {
        matches!(
            self,
            Self::Jpeg | Self::Png | Self::WebP | Self::Gif | Self::Jxl
        )
    }

    /// Whether this build writes files of the format.
    pub const fn encodes(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::WebP | Self::Gif)
    }

    /// Whether the format can hold transparent pixels.
    pub const fn holds_alpha(self) -> bool {
        !matches!(self, Self::Jpeg | Self::Bmp)
    }

    /// Whether the format can hold an animation.
    pub const fn holds_animation(self) -> bool {
        matches!(
            self,
            Self::Gif | Self::WebP | Self::Png | Self::Avif | Self::Jxl
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for format in Format::ALL {
            assert_eq!(Format::from_name(format.name()), Some(format));
        }
        assert_eq!(Format::from_name("jpg"), Some(Format::Jpeg));
        assert_eq!(Format::from_name("tif"), None);
        assert_eq!(Format::from_name("JPEG"), None);
    }
}
