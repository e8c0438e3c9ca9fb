//! Files to pixels.

mod avif;
mod bmp;
mod frames;
mod gif;
mod ico;
mod jpeg;
mod jxl;
mod png;
mod shrink;
mod svg;
mod tiff;
mod webp;

pub(super) use jpeg::all_coefficient_bytes as jpeg_coefficient_bytes;
pub(super) use jxl::profile as jxl_profile;

pub use frames::{Frame, Frames, Range, frames};

use super::{Error, Format, Pixels, Planes};
use crate::identify::{ColorType, Facts};

/// By how much a decoder may shrink while it decodes: the result has each side at `eighths`/8, rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scale {
    /// Every pixel.
    Full,
    /// Half the width and height.
    Half,
    /// A quarter of the width and height.
    Quarter,
    /// An eighth of the width and height.
    Eighth,
}

impl Scale {
    /// The divisor of each side: 1, 2, 4 or 8.
    pub const fn divisor(self) -> u32 {
        match self {
            Self::Full => 1,
            Self::Half => 2,
            Self::Quarter => 4,
            Self::Eighth => 8,
        }
    }

    /// The length of a side after scaling: rounded up, at least 1.
    pub const fn of(self, side_px: u32) -> u32 {
        side_px.div_ceil(self.divisor())
    }
}

/// How one picture of a file is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct How {
    /// By how much it is shrunk while it is decoded.
    pub scale: Scale,
    /// Which page or frame it is, from 0; formats that have one picture have no other.
    pub page: u32,
    /// The size in pixels that a drawing is rendered to, width and height; `None` is its own. Of no meaning elsewhere.
    pub render: Option<(u32, u32)>,
    /// Whether samples of more than 8 bits stay as deep as they are.
    pub deep: bool,
}

impl How {
    /// The first picture at a scale, with 8 bits a sample.
    pub const fn at(scale: Scale) -> Self {
        Self {
            scale,
            page: 0,
            render: None,
            deep: false,
        }
    }
}

/// Decodes one picture of `file`, without applying orientation or profiles.
///
/// # Errors
///
/// [`Error::Broken`] for damaged files, [`Error::Dishonest`] for files that differ from `facts`, and
/// [`Error::Codec`] where memory is short or the decoder of the format cannot do `scale`.
pub fn decode(file: &[u8], facts: &Facts, how: &How) -> Result<Pixels, Error> {
    let scale = how.scale;
    if facts.width == 0 || facts.height == 0 {
        return Err(Error::broken(facts.format, "no pixels"));
    }
    if !scales(facts.format, scale) {
        return Err(Error::codec(facts.format, "not a scaling decoder"));
    }
    match facts.format {
        Format::Jpeg => jpeg::decode(file, facts, scale),
        Format::Png => png::decode(file, facts, how),
        Format::WebP => webp::decode(file, facts, how),
        Format::Gif => gif::decode(file, facts, how),
        Format::Avif => avif::decode(file, facts, how),
        Format::Jxl => jxl::decode(file, facts, how),
        Format::Svg => svg::decode(file, facts, how),
        Format::Tiff => tiff::decode(file, facts, how),
        Format::Bmp => bmp::decode(file, facts),
        Format::Ico => ico::decode(file, facts),
        other => Err(Error::broken(other, "this build does not decode it")),
    }
}

/// Decodes a file to luma and chroma where that is what it holds: a JPEG in 4:2:0. Takes less memory than [`decode`].
///
/// # Errors
///
/// As [`decode`].
pub fn decode_planes(file: &[u8], facts: &Facts, scale: Scale) -> Result<Option<Planes>, Error> {
    match facts.format {
        Format::Jpeg if facts.width > 0 && facts.height > 0 => {
            jpeg::decode_planes(file, facts, scale)
        }
        _ => Ok(None),
    }
}

/// An upper bound of the bytes that [`decode`] holds at its peak, the returned pixels included.
pub fn peak_bytes(facts: &Facts, how: &How) -> u64 {
    let scale = how.scale;
    let (width, height) = match how.render {
        Some(size) if facts.format == Format::Svg => size,
        _ => (scale.of(facts.width), scale.of(facts.height)),
    };
    let pixels = u64::from(width)
        .saturating_mul(u64::from(height))
        .saturating_mul(channels(facts));
    let working = match facts.format {
        Format::Jpeg => jpeg::working_bytes(facts),
        Format::Png => png::working_bytes(facts, how),
        Format::WebP => webp::working_bytes(facts, how),
        Format::Gif => gif::working_bytes(facts, how),
        Format::Avif => avif::working_bytes(facts, how),
        Format::Jxl => jxl::working_bytes(facts, how),
        Format::Svg => svg::working_bytes(facts, how),
        Format::Tiff => tiff::working_bytes(facts, how),
        Format::Bmp => bmp::working_bytes(facts),
        Format::Ico => ico::working_bytes(facts),
        _ => 0,
    };
    pixels.saturating_add(working)
}

/// The most channels that the decoded pixels may have. JPEG tells; elsewhere a small frame on a large canvas, or a
/// list of clear colours further on in the file, may bring alpha with it.
fn channels(facts: &Facts) -> u64 {
    match (facts.format, facts.color_type) {
        (Format::Jpeg, ColorType::Grey) => 1,
        (Format::Jpeg, ColorType::Rgb) => 3,
        _ => 4,
    }
}

/// Whether the decoder of a format can shrink while it decodes by `scale`.
pub const fn scales(format: Format, scale: Scale) -> bool {
    matches!(
        (format, scale),
        (_, Scale::Full) | (Format::Jpeg | Format::WebP, _)
    )
}
