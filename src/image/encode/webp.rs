//! Pixels to WebP.

mod animation;

use std::fmt::Display;

use webpx::{Encoder, EncoderConfig, Preset, Unstoppable, YuvPlanesRef};

use super::{Options, WebpCompression, WebpOptions, WebpPreset, from_grey};
use crate::image::metadata::Metadata;
use crate::image::{Error, Format, Layout, Pixels, Planes, panic_text, unwinding};

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
    check_size(pixels.width(), pixels.height())?;
    let settings = settings(options.quality, options.webp);
    write(&with_metadata(settings, &options.metadata), pixels)
}

/// Whether luma and chroma are coded, and chroma is halved in no special way.
pub(super) fn has_quarter_chroma(options: &Options) -> bool {
    options.webp.compression == WebpCompression::Lossy && !options.webp.smart_subsample
}

/// Writes planes with loss.
pub(super) fn encode_planes(planes: &Planes, options: &Options) -> Result<Vec<u8>, Error> {
    check_size(planes.width(), planes.height())?;
    let settings = settings(options.quality, options.webp);
    let settings = with_metadata(settings, &options.metadata);
    let [y, cb, cr] = planes.each();
    let (luma, blue, red) = (
        studio(y, &STUDIO_LUMA),
        studio(cb, &STUDIO_CHROMA),
        studio(cr, &STUDIO_CHROMA),
    );
    let planes = YuvPlanesRef {
        y: &luma,
        y_stride: y.stride(),
        u: &blue,
        u_stride: cb.stride(),
        v: &red,
        v_stride: cr.stride(),
        a: None,
        a_stride: 0,
        width: planes.width(),
        height: planes.height(),
    };
    unwinding(
        || {
            let encoder = Encoder::new_yuv(planes).config(settings);
            let file = encoder.encode(Unstoppable);
            file.map_err(|error| Error::codec(Format::WebP, error))
        },
        |payload| Error::codec(Format::WebP, panic_text(&*payload)),
    )
}

/// From the full range of JPEG to the studio range of VP8, in the same colours (BT.601).
fn studio(plane: &Pixels, table: &[u8; 256]) -> Vec<u8> {
    let samples = plane.data().iter();
    samples.map(|&sample| table[usize::from(sample)]).collect()
}

/// From 0..=255 to 16..=235.
static STUDIO_LUMA: [u8; 256] = ramp(16, 235);

/// From 0..=255 about 128 to 16..=240.
static STUDIO_CHROMA: [u8; 256] = ramp(16, 240);

/// A straight line from 0 to 255, rounded.
const fn ramp(least: u32, most: u32) -> [u8; 256] {
    let mut table = [0; 256];
    let mut sample = 0;
    while sample < 256 {
        table[sample as usize] = (least + (sample * (most - least) + 127) / 255) as u8;
        sample += 1;
    }
    table
}

fn check_size(width: u32, height: u32) -> Result<(), Error> {
    if width > MAX_SIDE_PX || height > MAX_SIDE_PX {
        let detail = format!("a side is longer than {MAX_SIDE_PX} pixels");
        return Err(unwritable(detail));
    }
    Ok(())
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
