//! Pixels to AVIF.

mod container;
mod planes;

use super::{AvifSubsample, Options, is_opaque};
use crate::identify::avif::CodePoints;
use crate::image::aom_ffi::{self, Loss, MAX_QUANTIZER, Planes, Resolution, Settings};
use crate::image::{Error, Format, Layout, Pixels};
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
    let (width, height) = (pixels.width(), pixels.height());
    if width > MAX_SIDE_PX || height > MAX_SIDE_PX {
        let detail = format!("a side is longer than {MAX_SIDE_PX} pixels");
        return Err(Error::unwritable(Format::Avif, detail));
    }
    let points = match options.metadata.icc {
        Some(_) => OF_PROFILE,
        None => SRGB,
    };
    let color = Settings {
        speed: options.avif.speed,
        loss: Loss::Quantizer(quantizer(options.quality)),
        points,
        tiles: tiles(width, height),
    };
    let alpha = Settings {
        loss: Loss::None,
        points: OF_PROFILE,
        ..color
    };
    let content = Content {
        width,
        height,
        color: coded(&color_planes(pixels, options)?, &color)?,
        alpha: match pixels.layout() == Layout::Rgba && !is_opaque(pixels) {
            true => Some(coded(&planes::alpha(pixels), &alpha)?),
            false => None,
        },
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

fn color_planes(pixels: &Pixels, options: &Options) -> Result<Planes, Error> {
    let resolution = match options.avif.subsample {
        AvifSubsample::On => Resolution::Quarter,
        AvifSubsample::Off => Resolution::Full,
        AvifSubsample::Auto if options.quality < FINE_QUALITY => Resolution::Quarter,
        AvifSubsample::Auto => Resolution::Full,
    };
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
