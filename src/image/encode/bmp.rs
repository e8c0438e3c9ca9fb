//! Pixels to Windows bitmaps.

use super::{Options, from_grey};
use crate::image::{Error, Format, Layout, Pixels};

/// BITMAPFILEHEADER and BITMAPINFOHEADER.
const HEADERS_BYTES: u32 = 14 + 40;
/// Dots a metre in an inch.
const INCHES_A_METRE: f64 = 1.0 / 0.0254;

/// Writes 24 bits a pixel, from the bottom up.
pub(super) fn encode(pixels: &Pixels, options: &Options) -> Result<Vec<u8>, Error> {
    match pixels.layout() {
        Layout::Rgb => write(pixels, pixels.data(), options),
        Layout::Grey => write(pixels, &from_grey(pixels), options),
        Layout::Rgba => Err(Error::unwritable(Format::Bmp, "no alpha in BMP")),
        Layout::Cmyk => Err(Error::unwritable(Format::Bmp, "not converted to sRGB")),
    }
}

/// Bytes held at the peak besides the pixels: grey as RGB, and the file.
pub(super) fn peak_bytes(width: u32, height: u32) -> u64 {
    u64::from(width)
        .saturating_mul(height.into())
        .saturating_mul(3 + 3)
        .saturating_add(u64::from(height) * 4 + (64 << 10))
}

fn write(pixels: &Pixels, rgb: &[u8], options: &Options) -> Result<Vec<u8>, Error> {
    let row = pixels.width() as usize * 3;
    let padding = row.next_multiple_of(4) - row;
    let body = (row + padding) * pixels.height() as usize;
    let body = u32::try_from(body)
        .ok()
        .filter(|body| body.checked_add(HEADERS_BYTES).is_some())
        .ok_or_else(|| Error::unwritable(Format::Bmp, "more than 4 GiB"))?;
    let mut file = headers(pixels, body, options);
    file.reserve_exact(body as usize);
    for row in rgb.chunks_exact(row).rev() {
        file.extend(
            row.chunks_exact(3)
                .flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]),
        );
        file.extend(std::iter::repeat_n(0, padding));
    }
    Ok(file)
}

fn headers(pixels: &Pixels, body: u32, options: &Options) -> Vec<u8> {
    let dots_a_metre = (options.dpi.unwrap_or(72.0) * INCHES_A_METRE).round() as u32;
    let mut file = b"BM".to_vec();
    let numbers = [HEADERS_BYTES + body, 0, HEADERS_BYTES];
    file.extend(numbers.into_iter().flat_map(u32::to_le_bytes));
    let numbers = [40, pixels.width(), pixels.height()];
    file.extend(numbers.into_iter().flat_map(u32::to_le_bytes));
    // Planes, and bits a pixel.
    file.extend([1_u16, 24].into_iter().flat_map(u16::to_le_bytes));
    let numbers = [0, body, dots_a_metre, dots_a_metre, 0, 0];
    file.extend(numbers.into_iter().flat_map(u32::to_le_bytes));
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::encode::encode;
    use crate::image::testing::{judge, options, picture};

    #[test]
    fn another_decoder_sees_the_same_pixels() {
        for (width, height) in [(1, 1), (2, 3), (31, 17), (64, 5)] {
            let original = picture(width, height, Layout::Rgb);
            let file = encode(&original, &options(Format::Bmp)).unwrap();
            assert_eq!(
                judge(&file, Format::Bmp).to_rgb8().as_raw(),
                original.data()
            );
            let grey = picture(width, height, Layout::Grey);
            let file = encode(&grey, &options(Format::Bmp)).unwrap();
            assert_eq!(judge(&file, Format::Bmp).to_luma8().as_raw(), grey.data());
        }
    }

    #[test]
    fn alpha_is_refused() {
        let pixels = picture(4, 4, Layout::Rgba);
        let error = encode(&pixels, &options(Format::Bmp)).unwrap_err();
        assert!(matches!(error, Error::Unwritable { .. }), "{error}");
    }
}
