//! Pixels to files.

mod gif;
mod jpeg;
mod png;
mod webp;

use super::metadata::Metadata;
use super::{Error, Format, Layout, Pixels};

/// How to write a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The format to write.
    pub format: Format,
    /// Quality in the encoder's own scale, 1..=100; ignored by PNG and GIF.
    pub quality: u8,
    /// JPEG: progressive scans. PNG and GIF: interlacing is separate.
    pub jpeg_progressive: bool,
    /// PNG: Adam7, which the codec of this build cannot write: files come out sequential, which is smaller.
    pub png_interlaced: bool,
    /// WebP: the encoder's effort, 0..=6.
    pub webp_effort: u8,
    /// Metadata to embed; empty for none.
    pub metadata: Metadata,
}

/// Writes `pixels` (grey, RGB or RGBA) as a file.
///
/// # Errors
///
/// [`Error::Unwritable`] when the format cannot hold the pixels.
pub fn encode(pixels: &Pixels, options: &Options) -> Result<Vec<u8>, Error> {
    match options.format {
        Format::Jpeg => jpeg::encode(pixels, options),
        Format::Png => png::encode(pixels, options),
        Format::WebP => webp::encode(pixels, options),
        Format::Gif => gif::encode(pixels, options),
        other => Err(Error::unwritable(other, "this build does not encode it")),
    }
}

/// An upper bound of the bytes that [`encode`] holds at its peak besides the pixels, the returned file included.
pub fn peak_bytes(width: u32, height: u32, format: Format) -> u64 {
    match format {
        Format::Jpeg => jpeg::peak_bytes(width, height),
        Format::Png => png::peak_bytes(width, height),
        Format::WebP => webp::peak_bytes(width, height),
        Format::Gif => gif::peak_bytes(width, height),
        _ => 0,
    }
}

/// Whether every pixel of an RGBA image is opaque.
fn is_opaque(pixels: &Pixels) -> bool {
    let mut each = pixels.data().chunks_exact(4);
    pixels.layout() != Layout::Rgba || each.all(|pixel| pixel[3] == 255)
}

/// The RGB samples of an RGBA image.
fn without_alpha(pixels: &Pixels) -> Vec<u8> {
    let each = pixels.data().chunks_exact(4);
    each.flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect()
}

/// The RGB samples of a grey image.
fn from_grey(pixels: &Pixels) -> Vec<u8> {
    pixels.data().iter().flat_map(|grey| [*grey; 3]).collect()
}
