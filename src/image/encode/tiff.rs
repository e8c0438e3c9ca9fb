//! Pixels to TIFF.

use std::borrow::Cow;
use std::io::{Cursor, Seek, Write};

use tiff::TiffResult;
use tiff::encoder::colortype::{self, Gray8, Gray16, RGB8, RGB16, RGBA8, RGBA16};
use tiff::encoder::compression::DeflateLevel;
use tiff::encoder::{
    Compression, ImageEncoder, Predictor, Rational, TiffEncoder, TiffKind, TiffValue,
};
use tiff::tags::{ResolutionUnit, Tag, Type};

use super::Options;
use crate::image::{Depth, Error, Format, Layout, Pixels, panic_text, unwinding};

/// The tag of an XMP packet (XMP specification, part 3).
const XMP: Tag = Tag::Unknown(700);
/// Of the tag ExtraSamples: alpha that colours were not multiplied by.
const UNASSOCIATED_ALPHA: u16 = 2;
/// Resolutions are written in hundredths of a dot.
const RESOLUTION_STEP: u32 = 100;

/// Writes one page at the depth of the pixels, compressed without loss; without alpha where every pixel is opaque.
pub(super) fn encode(pixels: &Pixels, options: &Options) -> Result<Vec<u8>, Error> {
    if pixels.layout() == Layout::Cmyk {
        return Err(Error::unwritable(Format::Tiff, "not converted to sRGB"));
    }
    unwinding(
        || write(pixels, options).map_err(|error| Error::codec(Format::Tiff, error)),
        |payload| Error::codec(Format::Tiff, panic_text(&*payload)),
    )
}

/// Bytes held at the peak besides the pixels of 8 bits, twice as many for deep ones: samples without alpha, a strip, and a file that grows by doubling.
pub(super) fn peak_bytes(width: u32, height: u32) -> u64 {
    let samples = u64::from(width)
        .saturating_mul(height.into())
        .saturating_mul(4);
    samples.saturating_mul(4).saturating_add(4 << 20)
}

fn write(pixels: &Pixels, options: &Options) -> TiffResult<Vec<u8>> {
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file)?
        .with_compression(Compression::Deflate(DeflateLevel::Balanced))
        .with_predictor(Predictor::Horizontal);
    match pixels.depth() {
        Depth::Eight => {
            page::<Gray8, RGB8, RGBA8, _>(&mut encoder, pixels, (pixels.data(), 255), options)?;
        }
        Depth::Sixteen => {
            let samples = (pixels.samples16(), u16::MAX);
            page::<Gray16, RGB16, RGBA16, _>(&mut encoder, pixels, samples, options)?;
        }
    }
    Ok(file.into_inner())
}

/// Writes the samples of a picture, given with what an opaque one is, as grey, colours, or colours and alpha.
fn page<Grey, Rgb, Rgba, Sample: Copy + PartialEq>(
    encoder: &mut TiffEncoder<&mut Cursor<Vec<u8>>>,
    pixels: &Pixels,
    (samples, opaque): (&[Sample], Sample),
    options: &Options,
) -> TiffResult<()>
where
    Grey: colortype::ColorType<Inner = Sample>,
    Rgb: colortype::ColorType<Inner = Sample>,
    Rgba: colortype::ColorType<Inner = Sample>,
    [Sample]: TiffValue,
{
    let (width, height) = (pixels.width(), pixels.height());
    let mut each = samples.chunks_exact(4);
    match pixels.layout() {
        Layout::Rgba if each.any(|pixel| pixel[3] != opaque) => {
            let mut image = encoder.new_image::<Rgba>(width, height)?;
            // The codec names alpha a fourth sample of unknown meaning.
            image
                .encoder()
                .write_tag(Tag::ExtraSamples, UNASSOCIATED_ALPHA)?;
            finish(image, samples, options)
        }
        Layout::Rgba => {
            let each = samples.chunks_exact(4);
            let colors: Vec<_> = each.flat_map(|pixel| &pixel[..3]).copied().collect();
            finish(encoder.new_image::<Rgb>(width, height)?, &colors, options)
        }
        Layout::Grey => finish(encoder.new_image::<Grey>(width, height)?, samples, options),
        _ => finish(encoder.new_image::<Rgb>(width, height)?, samples, options),
    }
}

/// Bytes as ICC.1, annex B.3, wants a profile typed; what the codec makes of bytes, some readers pass over.
struct Undefined<'a>(&'a [u8]);

impl TiffValue for Undefined<'_> {
    const BYTE_LEN: u8 = 1;
    const FIELD_TYPE: Type = Type::UNDEFINED;

    fn count(&self) -> usize {
        self.0.len()
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.0)
    }
}

fn finish<W, C, K>(
    mut image: ImageEncoder<'_, W, C, K>,
    data: &[C::Inner],
    options: &Options,
) -> TiffResult<()>
where
    W: Write + Seek,
    C: colortype::ColorType,
    [C::Inner]: TiffValue,
    K: TiffKind,
{
    let dots = options.dpi.unwrap_or(72.0) * f64::from(RESOLUTION_STEP);
    let dots = Rational {
        n: dots.round() as u32,
        d: RESOLUTION_STEP,
    };
    image.resolution(ResolutionUnit::Inch, dots);
    let metadata = &options.metadata;
    if let Some(icc) = metadata.icc.as_deref() {
        image.encoder().write_tag(Tag::IccProfile, Undefined(icc))?;
    }
    if let Some(xmp) = metadata.xmp.as_deref() {
        image.encoder().write_tag(XMP, xmp)?;
    }
    image.write_data(data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identify::tiff::{Structure, kind, tag};
    use crate::image::encode::encode;
    use crate::image::metadata::{Metadata, read};
    use crate::image::testing::{judge, options, picture};

    #[test]
    fn another_decoder_sees_the_same_pixels() {
        for layout in [Layout::Grey, Layout::Rgb, Layout::Rgba] {
            for (width, height) in [(1, 1), (31, 17), (300, 200)] {
                let original = picture(width, height, layout);
                let file = encode(&original, &options(Format::Tiff)).unwrap();
                let judged = judge(&file, Format::Tiff);
                let seen = match layout {
                    Layout::Grey => judged.to_luma8().into_raw(),
                    Layout::Rgba => judged.to_rgba8().into_raw(),
                    _ => judged.to_rgb8().into_raw(),
                };
                assert_eq!(seen, original.data(), "{layout:?}");
            }
        }
    }

    #[test]
    fn another_decoder_sees_deep_samples() {
        let samples: Vec<u16> = (0..31 * 17 * 4).map(|number| number * 31).collect();
        let original = Pixels::new16(31, 17, Layout::Rgba, samples.clone());
        let file = encode(&original, &options(Format::Tiff)).unwrap();
        assert_eq!(judge(&file, Format::Tiff).to_rgba16().into_raw(), samples);
        let opaque: Vec<u16> = samples
            .as_chunks()
            .0
            .iter()
            .flat_map(|[r, g, b, _]| [*r, *g, *b, u16::MAX])
            .collect();
        let original = Pixels::new16(31, 17, Layout::Rgba, opaque.clone());
        let file = encode(&original, &options(Format::Tiff)).unwrap();
        let judged = judge(&file, Format::Tiff);
        assert!(!judged.color().has_alpha());
        assert_eq!(judged.to_rgba16().into_raw(), opaque);
    }

    #[test]
    fn profile_and_packet_stand_in_their_tags() {
        let metadata = Metadata {
            icc: Some(b"a profile".as_slice().into()),
            xmp: Some(b"<x:xmpmeta/>".as_slice().into()),
            ..Metadata::default()
        };
        let options = Options {
            metadata: metadata.clone(),
            ..options(Format::Tiff)
        };
        let file = encode(&picture(8, 8, Layout::Rgb), &options).unwrap();
        assert_eq!(read(&file, Format::Tiff), metadata);
        let directory = Structure::of(&file).unwrap().first().unwrap().unwrap();
        let profile = directory.field(tag::ICC).unwrap().unwrap();
        assert_eq!(profile.kind, kind::UNDEFINED);
    }
}
