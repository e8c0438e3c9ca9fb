//! Pixels to WebP.

use webpx::{EncoderConfig, Unstoppable};

use super::{Options, from_grey};
use crate::image::metadata::Metadata;
use crate::image::{Error, Format, Layout, Pixels, panic_text, unwinding};

/// The format has 14 bits for each side.
const MAX_SIDE_PX: u32 = 16_383;

/// The slowest method of libwebp.
const MAX_EFFORT: u8 = 6;

/// Writes lossy WebP; alpha is kept exactly.
pub(super) fn encode(pixels: &Pixels, options: &Options) -> Result<Vec<u8>, Error> {
    let (width, height) = (pixels.width(), pixels.height());
    if width > MAX_SIDE_PX || height > MAX_SIDE_PX {
        let detail = format!("a side is longer than {MAX_SIDE_PX} pixels");
        return Err(Error::unwritable(Format::WebP, detail));
    }
    let settings = settings(options);
    unwinding(
        || {
            let file = match pixels.layout() {
                Layout::Grey => settings.encode_rgb(&from_grey(pixels), width, height, Unstoppable),
                Layout::Rgb => settings.encode_rgb(pixels.data(), width, height, Unstoppable),
                Layout::Rgba => settings.encode_rgba(pixels.data(), width, height, Unstoppable),
                Layout::Cmyk => {
                    return Err(Error::unwritable(Format::WebP, "not converted to sRGB"));
                }
            };
            file.map_err(|error| Error::codec(Format::WebP, error))
        },
        |payload| Error::codec(Format::WebP, panic_text(&*payload)),
    )
}

/// Bytes held at the peak besides the pixels. Lossy coding was measured at 14 bytes a pixel for photographs and
/// 30 for noise, alpha at 34 while it is coded; metadata adds a copy or two of the file.
pub(super) fn peak_bytes(width: u32, height: u32) -> u64 {
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    pixels.saturating_mul(48).saturating_add(2 << 20)
}

fn settings(options: &Options) -> EncoderConfig {
    let Metadata { icc, exif, xmp, .. } = &options.metadata;
    let mut settings = EncoderConfig::new()
        .quality(options.quality.clamp(1, 100).into())
        .method(options.webp.effort.min(MAX_EFFORT));
    if let Some(icc) = icc.as_deref() {
        settings = settings.icc_profile(icc);
    }
    if let Some(exif) = exif.as_deref() {
        settings = settings.exif(exif);
    }
    if let Some(xmp) = xmp.as_deref() {
        settings = settings.xmp(xmp);
    }
    settings
}

#[cfg(test)]
mod tests;
