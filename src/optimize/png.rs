//! The smallest PNG: without a loss by trying filters and a better deflate.
//!
//! What it costs is bounded by the bytes of the pixels and the rounds of the search, never by time: the same pixels
//! give the same file.

use std::borrow::Cow;
use std::num::NonZeroU64;

use oxipng::{BitDepth, ColorType, Deflater, RGBA8, RawImage, ZopfliOptions};

use super::Stage;
use crate::image::encode::{self, PNG_XMP_KEYWORD, png_density};
use crate::image::palette::Indexed;
use crate::image::{Depth, Error, Format, Layout, Pixels, panic_text, unwinding};

/// More samples than this are not for Zopfli, which takes some 10 seconds for a megabyte of them.
const ZOPFLI_BYTES: usize = 512 << 10;

/// Bytes that Zopfli holds for each byte of samples. Noise was measured at 182, a smooth picture at 53.
const ZOPFLI_HELD: u64 = 192;

/// The rounds of Zopfli. The first takes nine tenths of the time of five, and five give all but a thousandth of what
/// fifteen give.
const ZOPFLI_ROUNDS: NonZeroU64 = NonZeroU64::new(5).expect("it is not zero");

/// Writes grey, RGB or RGBA so that every visible pixel comes back; what is fully clear becomes clear black or what
/// compresses best. Resolution and metadata are those of the options, as in [`encode::encode`].
///
/// # Errors
///
/// [`Error::Unwritable`] for pixels that are not converted to sRGB, [`Error::Codec`] when the encoder fails.
pub fn lossless(
    pixels: &Pixels,
    options: &encode::Options,
    stage: Stage,
) -> Result<Vec<u8>, Error> {
    let color = match pixels.layout() {
        Layout::Grey => ColorType::Grayscale {
            transparent_shade: None,
        },
        Layout::Rgb => ColorType::RGB {
            transparent_color: None,
        },
        Layout::Rgba => ColorType::RGBA,
        Layout::Cmyk => return Err(Error::unwritable(Format::Png, "not converted to sRGB")),
    };
    let depth = match pixels.depth() {
        Depth::Eight => BitDepth::Eight,
        Depth::Sixteen => BitDepth::Sixteen,
    };
    let samples = Samples {
        size: (pixels.width(), pixels.height()),
        color,
        depth,
        data: match (cleared(pixels), depth) {
            (Cow::Owned(clear), BitDepth::Eight) => clear.into_data(),
            (clear, _) => clear.to_be_bytes().into_owned(),
        },
    };
    samples.written(options, stage)
}

/// Writes a picture that has a palette, of width and height; else as [`lossless`].
pub(super) fn indexed(
    size: (u32, u32),
    picture: Indexed,
    options: &encode::Options,
    stage: Stage,
) -> Result<Vec<u8>, Error> {
    let colors = picture.colors.iter();
    let palette = colors.map(|[r, g, b, a]| RGBA8::new(*r, *g, *b, *a));
    let samples = Samples {
        size,
        color: ColorType::Indexed {
            palette: palette.collect(),
        },
        depth: BitDepth::Eight,
        data: picture.indices,
    };
    samples.written(options, stage)
}

/// An upper bound of the bytes held at the peak besides so many pixels, the file included: samples as the file has
/// them, several reductions and filterings of them, and what they are compressed to.
pub fn peak_bytes(pixels: u64, depth: Depth, stage: Stage) -> u64 {
    let samples = pixels.saturating_mul(4 * depth.bytes() as u64);
    // Grey and palettes have the fewest.
    let may_be_few = pixels <= ZOPFLI_BYTES as u64;
    let searched = match stage {
        Stage::Refined if may_be_few => samples.min(ZOPFLI_BYTES as u64) * ZOPFLI_HELD,
        Stage::Refined | Stage::Fast => 0,
    };
    let tried = samples.saturating_mul(8);
    tried.max(searched).saturating_add(16 << 20)
}

/// The pixels with what is fully clear made clear black; themselves where nothing is to do.
pub(super) fn cleared(pixels: &Pixels) -> Cow<'_, Pixels> {
    let bytes = pixels.pixel_bytes();
    let alpha = bytes - pixels.depth().bytes();
    let hides = |pixel: &[u8]| {
        let (color, alpha) = pixel.split_at(alpha);
        alpha.iter().all(|byte| *byte == 0) && color.iter().any(|byte| *byte != 0)
    };
    let mut each = pixels.data().chunks_exact(bytes);
    if pixels.layout() != Layout::Rgba || !each.any(hides) {
        return Cow::Borrowed(pixels);
    }
    let mut clear = pixels.clone();
    let each = clear.data_mut().chunks_exact_mut(bytes);
    each.filter(|pixel| hides(pixel))
        .for_each(|pixel| pixel.fill(0));
    Cow::Owned(clear)
}

/// What goes into a file, as files have it.
struct Samples {
    size: (u32, u32),
    color: ColorType,
    depth: BitDepth,
    data: Vec<u8>,
}

impl Samples {
    fn written(self, options: &encode::Options, stage: Stage) -> Result<Vec<u8>, Error> {
        let icc = options.metadata.icc.as_deref();
        // Profiles are compressed as samples are.
        let bytes = self.data.len() + icc.map_or(0, <[u8]>::len);
        let effort = effort(stage, bytes);
        let (width, height) = self.size;
        let write = || {
            let mut raw = RawImage::new(width, height, self.color, self.depth, self.data)?;
            for (name, content) in chunks(options) {
                raw.add_png_chunk(name, content);
            }
            if let Some(icc) = icc {
                raw.add_icc_profile(icc);
            }
            raw.create_optimized_png(&effort)
        };
        unwinding(
            || write().map_err(|error| Error::codec(Format::Png, error)),
            |payload| Error::codec(Format::Png, panic_text(&*payload)),
        )
    }
}

/// The chunks of resolution and metadata, without the profile.
pub(super) fn chunks(options: &encode::Options) -> impl Iterator<Item = ([u8; 4], Vec<u8>)> {
    let metadata = &options.metadata;
    let density = png_density(options).map(|density| {
        let [x, y] = [density.xppu, density.yppu].map(u32::to_be_bytes);
        (*b"pHYs", [&x[..], &y, &[1]].concat())
    });
    let exif = metadata.exif.as_deref();
    let exif = exif.map(|exif| (*b"eXIf", exif.to_vec()));
    let xmp = metadata.xmp.as_deref().map(|xmp| (*b"iTXt", text(xmp)));
    [density, exif, xmp].into_iter().flatten()
}

/// A packet in a chunk of text: a keyword, not compressed, no language, no translation.
fn text(xmp: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(xmp);
    [PNG_XMP_KEYWORD.as_bytes(), &[0; 5], text.as_bytes()].concat()
}

/// What is tried for so many bytes of samples. Of icons, the presets 0, 1, 2 and 4 make 0.83, 0.74, 0.72 and 0.71 times
/// what the plain encoder makes, at 0.1, 0.6, 1.4 and 3.3 seconds a megapixel; Zopfli makes 0.70 at 38.
fn effort(stage: Stage, bytes: usize) -> oxipng::Options {
    let preset = match (stage, bytes >> 10) {
        (Stage::Fast, ..=256) => 1,
        (Stage::Fast, _) => 0,
        (Stage::Refined, ..=4_096) => 4,
        (Stage::Refined, ..=32_768) => 2,
        (Stage::Refined, _) => 1,
    };
    let mut effort = oxipng::Options::from_preset(preset);
    effort.optimize_alpha = true;
    if stage == Stage::Refined && bytes <= ZOPFLI_BYTES {
        effort.deflater = Deflater::Zopfli(ZopfliOptions {
            iteration_count: ZOPFLI_ROUNDS,
            ..ZopfliOptions::default()
        });
    }
    effort
}

#[cfg(test)]
mod tests;
