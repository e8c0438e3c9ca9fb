//! Pixels to AVIF.

mod container;
mod planes;

use super::{AvifSubsample, Options, is_opaque};
use crate::identify::avif::CodePoints;
use crate::image::aom_ffi::{self, Chroma, Loss, MAX_QUANTIZER, Planes, Resolution, Settings};
use crate::image::{self, Error, Format, Layout, Pixels};
use container::{Coded, Content};

/// The format has 16 bits for each side; beyond this libaom's memory is out of all proportion.
const MAX_SIDE_PX: u32 = 16_384;

/// From this quality on chroma keeps its resolution unless asked otherwise.
const FINE_QUALITY: u8 = 90;

/// Pictures above it are cut into two tiles, which decoders may work on at once; four times as many into four.
const TILE_PIXELS: u64 = 1 << 20;

/// Full range BT.601 of sRGB, as JPEG has it.
const SRGB: CodePoints = CodePoints {
    primaries: 1,
    transfer: 13,
    matrix: 6,
    full_range: true,
};

/// The same where an ICC profile says what the colours are.
const OF_PROFILE: CodePoints = CodePoints {
    primaries: 2,
    transfer: 2,
    ..SRGB
};

/// Writes lossy AVIF of 8 bits; alpha is kept exactly.
pub(super) fn encode(pixels: &Pixels, options: &Options) -> Result<Vec<u8>, Error> {
    check_size(pixels.width(), pixels.height())?;
    let alpha = match pixels.layout() == Layout::Rgba && !is_opaque(pixels) {
        true => Some(planes::alpha(pixels)),
        false => None,
    };
    written(&color_planes(pixels, options)?, alpha.as_ref(), options)
}

/// Whether chroma has half the width and height of luma.
pub(super) fn has_quarter_chroma(options: &Options) -> bool {
    resolution(options) == Resolution::Quarter
}

/// Writes planes as they are.
pub(super) fn encode_planes(planes: &image::Planes, options: &Options) -> Result<Vec<u8>, Error> {
    check_size(planes.width(), planes.height())?;
    let [luma, blue, red] = planes.each().map(|plane| plane.data().to_vec());
    let color = Planes {
        width: planes.width(),
        height: planes.height(),
        luma,
        chroma: Some(Chroma {
            blue,
            red,
            resolution: Resolution::Quarter,
        }),
    };
    written(&color, None, options)
}

fn check_size(width: u32, height: u32) -> Result<(), Error> {
    if width > MAX_SIDE_PX || height > MAX_SIDE_PX {
        let detail = format!("a side is longer than {MAX_SIDE_PX} pixels");
        return Err(Error::unwritable(Format::Avif, detail));
    }
    Ok(())
}

fn written(color: &Planes, alpha: Option<&Planes>, options: &Options) -> Result<Vec<u8>, Error> {
    let points = match options.metadata.icc {
        Some(_) => OF_PROFILE,
        None => SRGB,
    };
    let of_color = Settings {
        speed: options.avif.speed,
        loss: Loss::Quantizer(quantizer(options.quality)),
        points,
        tiles: tiles(color.width, color.height),
    };
    let of_alpha = Settings {
        loss: Loss::None,
        points: OF_PROFILE,
        ..of_color
    };
    let content = Content {
        width: color.width,
        height: color.height,
        color: coded(color, &of_color)?,
        alpha: alpha.map(|alpha| coded(alpha, &of_alpha)).transpose()?,
        metadata: &options.metadata,
        points,
    };
    Ok(container::write(&content))
}

/// Bytes held at the peak besides the pixels. libaom was measured at 17 to 42 bytes a pixel for 1 to 4 megapixels at
/// speeds 8 and 9, noise in 4:4:4 included, and at 54 at speed 6 on a small picture; planes and the file come on top.
pub(super) fn peak_bytes(width: u32, height: u32) -> u64 {
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    pixels.saturating_mul(64).saturating_add(16 << 20)
}

fn resolution(options: &Options) -> Resolution {
    match options.avif.subsample {
        AvifSubsample::On => Resolution::Quarter,
        AvifSubsample::Off => Resolution::Full,
        AvifSubsample::Auto if options.quality < FINE_QUALITY => Resolution::Quarter,
        AvifSubsample::Auto => Resolution::Full,
    }
}

fn color_planes(pixels: &Pixels, options: &Options) -> Result<Planes, Error> {
    let resolution = resolution(options);
    match pixels.layout() {
        Layout::Grey => Ok(planes::grey(pixels)),
        Layout::Rgb => Ok(planes::color::<3>(pixels, resolution)),
        Layout::Rgba => Ok(planes::color::<4>(pixels, resolution)),
        Layout::Cmyk => Err(Error::unwritable(Format::Avif, "not converted to sRGB")),
    }
}

/// The quantizer of a quality, as libavif maps them.
fn quantizer(quality: u8) -> u8 {
    let lost = 100 - u32::from(quality.clamp(1, 100));
    ((lost * u32::from(MAX_QUANTIZER) + 50) / 100) as u8
}

fn tiles(width: u32, height: u32) -> (u8, u8) {
    let pixels = u64::from(width) * u64::from(height);
    (
        u8::from(pixels > TILE_PIXELS),
        u8::from(pixels > 4 * TILE_PIXELS),
    )
}

/// Codes planes, and reads back what the container must repeat.
fn coded(planes: &Planes, settings: &Settings) -> Result<Coded, Error> {
    let units = aom_ffi::encode(planes, settings)?;
    Coded::new(units, planes).ok_or_else(|| Error::codec(Format::Avif, "unexpected units"))
}

#[cfg(test)]
mod tests;
