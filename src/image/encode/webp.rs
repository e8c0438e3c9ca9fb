//! Pixels to WebP.

mod animation;

use std::fmt::Display;

use webpx::{EncoderConfig, Preset, Unstoppable};

use super::{Options, WebpCompression, WebpOptions, WebpPreset, from_grey};
use crate::image::metadata::Metadata;
use crate::image::{Error, Format, Layout, Pixels, panic_text, unwinding};

pub(super) use animation::Animation;

/// The format has 14 bits for each side.
const MAX_SIDE_PX: u32 = 16_383;

/// The slowest method of libwebp.
const MAX_EFFORT: u8 = 6;

/// What libwebp calls quality is effort where nothing is lost; this is it by the method. Higher ones take up to
/// several times as long, and a photograph at method 4 came out no smaller at 75 than at 40.
const LOSSLESS_EFFORT: [u8; 7] = [0, 10, 20, 30, 40, 50, 70];

/// Writes WebP as the options say; with loss, alpha is kept exactly.
pub(super) fn encode(pixels: &Pixels, options: &Options) -> Result<Vec<u8>, Error> {
    let (width, height) = (pixels.width(), pixels.height());
    if width > MAX_SIDE_PX || height > MAX_SIDE_PX {
        let detail = format!("a side is longer than {MAX_SIDE_PX} pixels");
        return Err(unwritable(detail));
    }
    let settings = settings(options.quality, options.webp);
    write(&with_metadata(settings, &options.metadata), pixels)
}

/// Bytes held at the peak besides the pixels. Lossy coding was measured at 14 bytes a pixel for photographs and
/// 30 for noise, lossless coding at 48, and alpha at the greatest effort at 56; metadata adds a copy or two of the
/// file.
pub(super) fn peak_bytes(width: u32, height: u32) -> u64 {
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    pixels.saturating_mul(64).saturating_add(2 << 20)
}

/// Writes a picture that is known to be small enough.
fn write(settings: &EncoderConfig, pixels: &Pixels) -> Result<Vec<u8>, Error> {
    let (width, height) = (pixels.width(), pixels.height());
    unwinding(
        || {
            let file = match pixels.layout() {
                Layout::Grey => settings.encode_rgb(&from_grey(pixels), width, height, Unstoppable),
                Layout::Rgb => settings.encode_rgb(pixels.data(), width, height, Unstoppable),
                Layout::Rgba => settings.encode_rgba(pixels.data(), width, height, Unstoppable),
                Layout::Cmyk => return Err(unwritable("not converted to sRGB")),
            };
            file.map_err(|error| Error::codec(Format::WebP, error))
        },
        |payload| Error::codec(Format::WebP, panic_text(&*payload)),
    )
}

fn settings(quality: u8, options: WebpOptions) -> EncoderConfig {
    let effort = options.effort.min(MAX_EFFORT);
    let quality = quality.clamp(1, 100);
    let settings = EncoderConfig::new()
        .preset(preset(options.preset))
        .method(effort);
    let without_loss = || {
        let effort = LOSSLESS_EFFORT[usize::from(effort)];
        settings.clone().lossless(true).quality(effort.into())
    };
    match options.compression {
        WebpCompression::Lossy => settings
            .quality(quality.into())
            .sharp_yuv(options.smart_subsample),
        WebpCompression::NearLossless => without_loss().near_lossless(quality),
        WebpCompression::Lossless => without_loss(),
    }
}

const fn preset(preset: WebpPreset) -> Preset {
    match preset {
        WebpPreset::Default => Preset::Default,
        WebpPreset::Picture => Preset::Picture,
        WebpPreset::Photo => Preset::Photo,
        WebpPreset::Drawing => Preset::Drawing,
        WebpPreset::Icon => Preset::Icon,
        WebpPreset::Text => Preset::Text,
    }
}

fn with_metadata(mut settings: EncoderConfig, metadata: &Metadata) -> EncoderConfig {
    let Metadata { icc, exif, xmp, .. } = metadata;
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

fn unwritable(detail: impl Display) -> Error {
    Error::unwritable(Format::WebP, detail)
}

#[cfg(test)]
mod tests;
