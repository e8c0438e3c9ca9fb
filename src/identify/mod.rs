//! What an image is, from its first bytes: format, size, orientation and the rest that its header declares.
//!
//! Nothing is decoded. The parsers take untrusted bytes, read each byte at most a few times, walk a bounded
//! number of segments, and allocate nothing, but for the start of a drawing that comes packed.

pub(crate) mod av1;
pub(crate) mod avif;
mod bmp;
pub(crate) mod bytes;
pub(crate) mod exif;
mod format;
mod gif;
pub(crate) mod heif;
pub(crate) mod ico;
mod isobmff;
pub(crate) mod jpeg;
mod jpeg_quality;
pub(crate) mod jxl;
mod other;
pub(crate) mod png;
mod sniff;
pub(crate) mod svg;
pub(crate) mod tiff;
pub(crate) mod webp;

pub use format::Format;
pub use jpeg_quality::{JpegQuality, jpeg_quality};

use serde::Serialize;

use bytes::{Extent, Halt};
use sniff::{Kind, Sniffed};

/// The EXIF orientation (EXIF 2.32, tag 0x0112): how the stored pixels must be turned to be seen upright.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Orientation(u8);

/// How samples are laid out in the file, before any conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColorType {
    /// One channel of luminance.
    Grey,
    /// Luminance and alpha.
    GreyAlpha,
    /// Red, green, blue (also YCbCr, which decodes to it).
    Rgb,
    /// Red, green, blue, alpha.
    Rgba,
    /// Indices into a palette.
    Palette,
    /// Cyan, magenta, yellow, black.
    Cmyk,
    /// CMYK stored as YCbCr plus black.
    Ycck,
}

/// How the file is coded, where its format has more than one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subtype {
    /// JPEG, sequential DCT, 8 bit, Huffman (SOF0).
    Baseline,
    /// JPEG, extended sequential DCT (SOF1).
    Extended,
    /// JPEG, progressive DCT (SOF2).
    Progressive,
    /// PNG without interlacing; GIF likewise.
    Sequential,
    /// PNG with Adam7; GIF whose first frame is interlaced.
    Interlaced,
    /// WebP, VP8; JPEG XL in the colour space of its own (XYB).
    Lossy,
    /// WebP, VP8L; JPEG XL in the colour space of its source.
    Lossless,
}

/// What the first bytes of an image declare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// The file format.
    pub format: Format,
    /// How the file is coded; `None` for formats that are recognised but not parsed further.
    pub subtype: Option<Subtype>,
    /// Width of the canvas in pixels as stored, before orientation.
    pub width: u32,
    /// Height of the canvas in pixels as stored, before orientation.
    pub height: u32,
    /// EXIF orientation; upright where the file has none or a bad one.
    pub orientation: Orientation,
    /// How samples are laid out in the file.
    pub color_type: ColorType,
    /// Bits a sample (a palette index's bits for palettes).
    pub bit_depth: u8,
    /// Whether any pixel may be other than opaque.
    pub alpha: bool,
    /// Whether an ICC profile is embedded; in PNG also whether another colour space than sRGB is named by number.
    pub icc: bool,
    /// Whether EXIF metadata is embedded, as far as the first bytes tell.
    pub exif: bool,
    /// Whether the file holds an animation. A WebP that says so may still have one frame.
    pub animated: bool,
    /// Number of frames where it is known; 1 for still images, `None` where only a walk of the whole file would tell.
    pub frames: Option<u32>,
}

/// What looking at the first bytes came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identified {
    /// The header was read whole.
    Image(Facts),
    /// The bytes so far are the start of an image of this format (or of a few, then `None`), but more are needed.
    NeedsMore(Option<Format>),
    /// A format that is known by name and that this build does not read.
    Unsupported(Format),
    /// No image that is known here, with a phrase that says why.
    NotAnImage(&'static str),
}

impl Facts {
    /// Whether what is in the file has lost something when it was written.
    pub fn has_lost(&self) -> bool {
        match self.format {
            Format::Jpeg | Format::Avif => true,
            Format::WebP | Format::Jxl => self.subtype != Some(Subtype::Lossless),
            _ => false,
        }
    }
}

impl Orientation {
    /// Upright: nothing to turn.
    pub const UPRIGHT: Self = Self(1);

    /// The orientation of an EXIF value; anything outside 1..=8 is upright.
    pub const fn from_exif(value: u16) -> Self {
        match value {
            1..=8 => Self(value as u8),
            _ => Self::UPRIGHT,
        }
    }

    /// The EXIF value, 1..=8.
    pub const fn exif(self) -> u8 {
        self.0
    }

    /// Whether it swaps width and height.
    pub const fn swaps_sides(self) -> bool {
        self.0 >= 5
    }
}

impl Default for Orientation {
    fn default() -> Self {
        Self::UPRIGHT
    }
}

/// How many bytes a header may take: a head of this length that still needs more is refused.
///
/// More than editors write before the picture itself (a wallpaper of a Debian package has 7 MiB of XMP, the history of
/// its layers), and little enough that a stream which never comes to the point is cut off early.
pub const MAX_HEAD_BYTES: usize = 16 << 20;

/// Looks at the first bytes of a file.
///
/// `complete` says that `head` is the whole file: then the answer is never [`Identified::NeedsMore`].
///
/// More bytes never turn one answer into another, except that [`Identified::NeedsMore`] becomes any of the
/// rest, and that the whole file refines what only a walk to its end tells: the frames of GIF and WebP,
/// whether a GIF is animated, and the orientation of WebP, whose EXIF comes last.
///
/// # Examples
///
/// ```
/// use inkfish::identify::{Format, Identified, identify};
///
/// let head = b"GIF89a\x30\0\x20\0\0\0\0,\0\0\0\0\x30\0\x20\0\0";
/// let Identified::Image(facts) = identify(head, false) else {
///     panic!("a whole header");
/// };
/// assert_eq!((facts.format, facts.width, facts.height), (Format::Gif, 48, 32));
/// assert_eq!(identify(b"<!DOCTYPE html>", true), Identified::NotAnImage("markup, but not SVG"));
/// ```
pub fn identify(head: &[u8], complete: bool) -> Identified {
    let extent = if complete {
        Extent::Whole
    } else {
        Extent::Start
    };
    let kind = match sniff::kind(head) {
        Sniffed::Is(kind) => kind,
        Sniffed::Nothing => return Identified::NotAnImage("no known image format"),
        Sniffed::Maybe(_) if complete => return Identified::NotAnImage("too short for an image"),
        Sniffed::Maybe(format) => return Identified::NeedsMore(format),
    };
    match facts(kind, head, extent) {
        Ok(facts) => Identified::Image(facts),
        Err(Halt::Unread(format)) => Identified::Unsupported(format),
        Err(Halt::Refused(why)) => Identified::NotAnImage(why),
        Err(Halt::Short) if complete => Identified::NotAnImage("cut off within its header"),
        // The directories of TIFF may stand anywhere, and mostly come last.
        Err(Halt::Short) if kind.format() == Some(Format::Tiff) => {
            Identified::NeedsMore(kind.format())
        }
        Err(Halt::Short) if head.len() >= MAX_HEAD_BYTES => {
            Identified::NotAnImage("a header without an end")
        }
        Err(Halt::Short) => Identified::NeedsMore(kind.format()),
    }
}

/// The thumbnail within a file, as a file of its own, and its facts; `None` where there is none that can be read.
///
/// Thumbnails are read of AVIF alone: a HEIF item that refers to the picture by `thmb`.
pub fn thumbnail(file: &[u8]) -> Option<(Vec<u8>, Facts)> {
    let file = match sniff::kind(file) {
        Sniffed::Is(Kind::MediaFile) => avif::thumbnail(file)?,
        _ => return None,
    };
    match identify(&file, true) {
        Identified::Image(facts) => Some((file, facts)),
        _ => None,
    }
}

fn facts(kind: Kind, head: &[u8], extent: Extent) -> Result<Facts, Halt> {
    match kind {
        Kind::Jpeg => jpeg::facts(head),
        Kind::Png => png::facts(head),
        Kind::WebP => webp::facts(head, extent),
        Kind::Gif => gif::facts(head, extent),
        Kind::Known(format) => recognised(format, head, extent),
        Kind::MediaFile => judged(other::media_file(head), head, extent),
        Kind::Bitmap => judged(other::bitmap(head), head, extent),
        Kind::Icon => judged(other::icon(head), head, extent),
        Kind::Markup => svg::facts(head),
        Kind::Packed => svg::packed_facts(head),
    }
}

/// Goes on where a look at an ambiguous signature named its format.
fn judged(halt: Halt, head: &[u8], extent: Extent) -> Result<Facts, Halt> {
    match halt {
        Halt::Unread(format) => recognised(format, head, extent),
        halt => Err(halt),
    }
}

fn recognised(format: Format, head: &[u8], extent: Extent) -> Result<Facts, Halt> {
    match format {
        Format::Avif => avif::facts(head, extent),
        Format::Jxl => jxl::facts(head, extent),
        Format::Tiff => tiff::facts(head, extent),
        Format::Bmp => bmp::facts(head),
        Format::Ico => ico::facts(head),
        other => Err(Halt::Unread(other)),
    }
}

#[cfg(test)]
mod tests;
