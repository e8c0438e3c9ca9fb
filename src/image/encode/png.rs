//! Pixels to PNG.

use std::borrow::Cow;

use png::{
    BitDepth, ColorType, Compression, DeflateCompression, Encoder, EncodingError, Filter, Info,
    PixelDimensions, Unit,
};

use super::{Options, is_opaque, png_indexed, without_alpha};
use crate::image::metadata::Metadata;
use crate::image::{Depth, Error, Format, Layout, Pixels, panic_text, unwinding};

/// The keyword of an XMP packet (XMP specification part 3, 1.1.5).
pub(crate) const XMP_KEYWORD: &str = "XML:com.adobe.xmp";

/// At 720 pixels wide, photographs take 3 to 5 ms and graphics 2; `Balanced` takes 10 to 25 times as long for between
/// 3 % more and 15 % fewer bytes.
const COMPRESSION: Compression = Compression::Fast;

const SCREEN_DPI: f64 = 72.0;
const INCHES_A_METRE: f64 = 1.0 / 0.0254;

/// The level of deflate for indices.
const INDEXED_LEVEL: u8 = 6;

/// Writes grey, RGB or RGBA, at the depth of the pixels, and without alpha where every pixel is opaque.
///
/// Never interlaced: the codec cannot write Adam7, which only ever makes files larger.
pub(super) fn encode(pixels: &Pixels, options: &Options) -> Result<Vec<u8>, Error> {
    if pixels.layout() == Layout::Cmyk {
        return Err(Error::unwritable(Format::Png, "not converted to sRGB"));
    }
    if options.png.quantize {
        return png_indexed::encode(pixels, options);
    }
    unwinding(
        || {
            let picture = Picture::of(pixels);
            let mut info = Info::with_size(pixels.width(), pixels.height());
            (info.color_type, info.bit_depth) = (picture.color, picture.depth);
            info.pixel_dims = density(options);
            write(info, &picture.data, &options.metadata).map_err(|e| Error::codec(Format::Png, e))
        },
        |payload| Error::codec(Format::Png, panic_text(&*payload)),
    )
}

/// Samples as the file has them.
struct Picture<'pixels> {
    color: ColorType,
    depth: BitDepth,
    data: Cow<'pixels, [u8]>,
}

impl<'pixels> Picture<'pixels> {
    fn of(pixels: &'pixels Pixels) -> Self {
        match pixels.depth() {
            Depth::Eight => Self::shallow(pixels),
            Depth::Sixteen => Self::deep(pixels),
        }
    }

    fn shallow(pixels: &'pixels Pixels) -> Self {
        let (color, data) = match pixels.layout() {
            Layout::Rgba if is_opaque(pixels) => {
                (ColorType::Rgb, Cow::Owned(without_alpha(pixels)))
            }
            layout => (color(layout), Cow::Borrowed(pixels.data())),
        };
        let depth = BitDepth::Eight;
        Self { color, depth, data }
    }

    fn deep(pixels: &'pixels Pixels) -> Self {
        let (samples, _) = pixels.samples16().as_chunks::<4>();
        let is_opaque = pixels.layout() == Layout::Rgba
            && samples.iter().all(|[_, _, _, alpha]| *alpha == u16::MAX);
        let (color, data) = if is_opaque {
            let colors = samples.iter().flat_map(|pixel| &pixel[..3]);
            let data = colors.flat_map(|sample| sample.to_be_bytes()).collect();
            (ColorType::Rgb, Cow::Owned(data))
        } else {
            (color(pixels.layout()), pixels.to_be_bytes())
        };
        let depth = BitDepth::Sixteen;
        Self { color, depth, data }
    }
}

const fn color(layout: Layout) -> ColorType {
    match layout {
        Layout::Grey => ColorType::Grayscale,
        Layout::Rgb => ColorType::Rgb,
        Layout::Rgba | Layout::Cmyk => ColorType::Rgba,
    }
}

/// The resolution that is declared. That of a screen is what a file means which declares none.
pub(crate) fn density(options: &Options) -> Option<PixelDimensions> {
    let dpi = options.dpi.filter(|dpi| *dpi != SCREEN_DPI)?;
    // The cast saturates.
    let dots_a_metre = (dpi * INCHES_A_METRE).round() as u32;
    Some(PixelDimensions {
        xppu: dots_a_metre,
        yppu: dots_a_metre,
        unit: Unit::Meter,
    })
}

/// Bytes held at the peak besides the pixels of 8 bits, twice as many for deep ones: samples without alpha, the compressed stream in a buffer that
/// doubles as it grows, and the file.
pub(super) fn peak_bytes(width: u32, height: u32) -> u64 {
    let samples = u64::from(width)
        .saturating_mul(u64::from(height))
        .saturating_mul(4);
    samples.saturating_mul(5).saturating_add(2 << 20)
}

pub(super) fn write<'a>(
    mut info: Info<'a>,
    data: &[u8],
    metadata: &'a Metadata,
) -> Result<Vec<u8>, EncodingError> {
    info.icc_profile = metadata.icc.as_deref().map(Cow::Borrowed);
    info.exif_metadata = metadata.exif.as_deref().map(Cow::Borrowed);
    let indexed = info.color_type == ColorType::Indexed;
    let mut file = Vec::new();
    let mut encoder = Encoder::with_info(&mut file, info)?;
    encoder.set_compression(COMPRESSION);
    if indexed {
        // The fast coder finds no repetitions, and those of indices are all there is to find.
        encoder.set_deflate_compression(DeflateCompression::Level(INDEXED_LEVEL));
        encoder.set_filter(Filter::NoFilter);
    }
    if let Some(xmp) = metadata.xmp.as_deref() {
        let text = String::from_utf8_lossy(xmp).into_owned();
        encoder.add_itxt_chunk(XMP_KEYWORD.into(), text)?;
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(data)?;
    writer.finish()?;
    Ok(file)
}

#[cfg(test)]
mod tests;
