//! Pixels to files.

mod animation;
mod avif;
mod bmp;
mod gif;
mod ico;
mod jpeg;
mod png;
mod png_indexed;
mod tiff;
mod webp;

pub use animation::{Animation, animates};
pub use jpeg::OWN_QUANT_TABLES;
pub(crate) use jpeg::segments as jpeg_segments;
pub(crate) use png::{XMP_KEYWORD as PNG_XMP_KEYWORD, density as png_density};

use super::metadata::Metadata;
use super::{Error, Format, Layout, Pixels, Planes};

/// How to write a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The format to write.
    pub format: Format,
    /// Quality in the encoder's own scale, 1..=100; ignored by formats without loss.
    pub quality: u8,
    /// What concerns JPEG alone.
    pub jpeg: JpegOptions,
    /// What concerns PNG alone.
    pub png: PngOptions,
    /// What concerns WebP alone.
    pub webp: WebpOptions,
    /// What concerns AVIF alone.
    pub avif: AvifOptions,
    /// Resolution that the file declares, in dots an inch, where the format has a place for it.
    pub dpi: Option<f64>,
    /// Metadata to embed; empty for none.
    pub metadata: Metadata,
}

/// How JPEG is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JpegOptions {
    /// Progressive scans.
    pub progressive: bool,
    /// Chroma resolution.
    pub subsample: JpegSubsample,
    /// Trellis quantisation: slower, smaller.
    pub trellis_quant: bool,
    /// Overshoot deringing: cleaner edges on white.
    pub overshoot_deringing: bool,
    /// Search for the best scans; progressive only.
    pub optimize_scans: bool,
    /// Quantisation table of mozjpeg, 0..=8, or [`OWN_QUANT_TABLES`]; 0 is that of the standard's Annex K.
    pub quant_table: u8,
}

/// The chroma resolution of JPEG.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum JpegSubsample {
    /// 4:2:0 below a quality of 90, 4:4:4 from there on.
    #[default]
    Auto,
    /// 4:2:0.
    Quarter,
    /// 4:2:2, halved in width.
    Half,
    /// 4:4:4.
    Off,
}

/// How PNG is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PngOptions {
    /// Reduced to a palette.
    pub quantize: bool,
    /// Colours of that palette, 2..=256.
    pub colors: u16,
}

/// How WebP is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebpOptions {
    /// The encoder's effort, 0..=6.
    pub effort: u8,
    /// How the pixels are coded.
    pub compression: WebpCompression,
    /// Slower, sharper chroma.
    pub smart_subsample: bool,
    /// What the encoder is tuned for.
    pub preset: WebpPreset,
}

/// How WebP codes its pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WebpCompression {
    /// VP8, by quality.
    #[default]
    Lossy,
    /// VP8L after the pixels were smoothed a little, by quality.
    NearLossless,
    /// VP8L, every visible pixel exact.
    Lossless,
}

/// What the WebP encoder is tuned for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WebpPreset {
    /// Anything.
    #[default]
    Default,
    /// Digital pictures, like portraits or inner shots.
    Picture,
    /// Outdoor photographs.
    Photo,
    /// Hand or line drawings.
    Drawing,
    /// Small, colourful images.
    Icon,
    /// Text.
    Text,
}

/// How AVIF is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvifOptions {
    /// The encoder's speed, 0 (slowest, smallest) ..=9.
    pub speed: u8,
    /// Chroma resolution.
    pub subsample: AvifSubsample,
}

/// The chroma resolution of AVIF.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AvifSubsample {
    /// 4:2:0 below a quality of 90, 4:4:4 from there on.
    #[default]
    Auto,
    /// 4:2:0.
    On,
    /// 4:4:4.
    Off,
}

impl Options {
    /// Quality 80, and nothing extra.
    pub fn new(format: Format) -> Self {
        Self {
            format,
            quality: 80,
            jpeg: JpegOptions::default(),
            png: PngOptions::default(),
            webp: WebpOptions::default(),
            avif: AvifOptions::default(),
            dpi: None,
            metadata: Metadata::default(),
        }
    }
}

impl Default for PngOptions {
    fn default() -> Self {
        Self {
            quantize: false,
            colors: 256,
        }
    }
}

impl Default for WebpOptions {
    fn default() -> Self {
        Self {
            effort: 3,
            compression: WebpCompression::default(),
            smart_subsample: false,
            preset: WebpPreset::default(),
        }
    }
}

impl Default for AvifOptions {
    fn default() -> Self {
        Self {
            speed: 8,
            subsample: AvifSubsample::default(),
        }
    }
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
        Format::Avif => avif::encode(pixels, options),
        Format::Tiff => tiff::encode(pixels, options),
        Format::Bmp => bmp::encode(pixels, options),
        Format::Ico => ico::encode(pixels, options),
        other => Err(Error::unwritable(other, "this build does not encode it")),
    }
}

/// Writes a still GIF in which colours may be off by about `loss` where that makes it smaller; 0 is none.
///
/// # Errors
///
/// As [`encode`].
pub fn encode_gif(pixels: &Pixels, loss: u8) -> Result<Vec<u8>, Error> {
    gif::encode_with_loss(pixels, loss)
}

/// Whether [`encode_planes`] writes this format in this way: one that keeps chroma at half the width and height.
pub fn takes_planes(options: &Options) -> bool {
    match options.format {
        Format::Jpeg => jpeg::has_quarter_chroma(options),
        Format::WebP => webp::has_quarter_chroma(options),
        Format::Avif => avif::has_quarter_chroma(options),
        _ => false,
    }
}

/// Writes luma and chroma as a file, without a detour by RGB. Takes no more memory than [`encode`] does for RGB.
///
/// # Errors
///
/// As [`encode`], and where planes are not [taken](takes_planes).
pub fn encode_planes(planes: &Planes, options: &Options) -> Result<Vec<u8>, Error> {
    match options.format {
        Format::Jpeg => jpeg::encode_planes(planes, options),
        Format::WebP => webp::encode_planes(planes, options),
        Format::Avif => avif::encode_planes(planes, options),
        other => Err(Error::unwritable(other, "not of luma and chroma")),
    }
}

/// An upper bound of the bytes that [`encode`] holds at its peak besides the pixels, the returned file included.
pub fn peak_bytes(width: u32, height: u32, format: Format) -> u64 {
    match format {
        Format::Jpeg => jpeg::peak_bytes(width, height),
        Format::Png => png::peak_bytes(width, height).max(png_indexed::peak_bytes(width, height)),
        Format::WebP => webp::peak_bytes(width, height),
        Format::Gif => gif::peak_bytes(width, height),
        Format::Avif => avif::peak_bytes(width, height),
        Format::Tiff => tiff::peak_bytes(width, height),
        Format::Bmp => bmp::peak_bytes(width, height),
        Format::Ico => ico::peak_bytes(width, height),
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
