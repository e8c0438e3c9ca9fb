//! Pixels to Windows icons: one picture, as PNG.

use std::borrow::Cow;

use ::png::{BitDepth, ColorType, Info};

use super::{Options, png};
use crate::image::{Error, Format, Layout, Pixels, panic_text, unwinding};

/// What one byte of the directory holds, with 0 for 256.
const MAX_SIDE_PX: u32 = 256;
/// The header and one entry.
const DIRECTORY_BYTES: u32 = 6 + 16;

/// Writes an icon.
pub(super) fn encode(pixels: &Pixels, options: &Options) -> Result<Vec<u8>, Error> {
    let (width, height) = (pixels.width(), pixels.height());
    if width > MAX_SIDE_PX || height > MAX_SIDE_PX {
        let detail = format!("a side is longer than {MAX_SIDE_PX} pixels");
        return Err(Error::unwritable(Format::Ico, detail));
    }
    let picture = portable(pixels, options)?;
    let length = u32::try_from(picture.len())
        .map_err(|_| Error::unwritable(Format::Ico, "more than 4 GiB"))?;
    // Of 256 the low byte is the 0 that stands for it. One plane, 32 bits a pixel.
    let mut file = vec![
        0,
        0,
        1,
        0,
        1,
        0,
        width as u8,
        height as u8,
        0,
        0,
        1,
        0,
        32,
        0,
    ];
    file.extend(length.to_le_bytes());
    file.extend(DIRECTORY_BYTES.to_le_bytes());
    file.extend(picture);
    Ok(file)
}

/// A PNG of 8 bits with alpha, even where it is opaque: readers of icons take no other.
fn portable(pixels: &Pixels, options: &Options) -> Result<Vec<u8>, Error> {
    let data = match pixels.layout() {
        Layout::Rgba => Cow::Borrowed(pixels.data()),
        Layout::Rgb => Cow::Owned(opaque(pixels, |&[r, g, b]| [r, g, b, 255])),
        Layout::Grey => Cow::Owned(opaque(pixels, |&[grey]| [grey, grey, grey, 255])),
        Layout::Cmyk => return Err(Error::unwritable(Format::Ico, "not converted to sRGB")),
    };
    unwinding(
        || {
            let mut info = Info::with_size(pixels.width(), pixels.height());
            (info.color_type, info.bit_depth) = (ColorType::Rgba, BitDepth::Eight);
            png::write(info, &data, &options.metadata).map_err(|e| Error::codec(Format::Ico, e))
        },
        |payload| Error::codec(Format::Ico, panic_text(&*payload)),
    )
}

fn opaque<const FROM: usize>(pixels: &Pixels, color: fn(&[u8; FROM]) -> [u8; 4]) -> Vec<u8> {
    let (samples, _) = pixels.data().as_chunks();
    samples.iter().flat_map(color).collect()
}

/// Bytes held at the peak besides the pixels: the same with alpha, the PNG and the file.
pub(super) fn peak_bytes(width: u32, height: u32) -> u64 {
    png::peak_bytes(width, height).saturating_mul(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::encode::encode;
    use crate::image::testing::{judge, options, picture};

    #[test]
    fn another_decoder_sees_the_same_pixels() {
        for (width, height) in [(16, 16), (256, 255), (255, 256)] {
            for layout in [Layout::Grey, Layout::Rgb, Layout::Rgba] {
                let original = picture(width, height, layout);
                let file = encode(&original, &options(Format::Ico)).unwrap();
                let judged = judge(&file, Format::Ico);
                let seen = match layout {
                    Layout::Grey => judged.to_luma8().into_raw(),
                    Layout::Rgb => judged.to_rgb8().into_raw(),
                    _ => judged.to_rgba8().into_raw(),
                };
                assert_eq!(seen, original.data(), "{layout:?}");
            }
        }
    }

    #[test]
    fn what_an_icon_cannot_hold_is_refused() {
        let pixels = picture(257, 4, Layout::Rgba);
        let error = encode(&pixels, &options(Format::Ico)).unwrap_err();
        assert!(matches!(error, Error::Unwritable { .. }), "{error}");
    }
}
