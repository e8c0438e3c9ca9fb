//! Pixels to JPEG.

mod tables;

use std::io;

use mozjpeg::compress::CompressStarted;
use mozjpeg::{ColorSpace, Compress, Marker, PixelDensity, PixelDensityUnit};

use super::{JpegSubsample, Options};
use crate::image::metadata::Metadata;
use crate::image::{Error, Format, Layout, Pixels, Planes, buffer, panic_text, unwinding};

pub use tables::OWN_QUANT_TABLES;

/// libjpeg's `JPEG_MAX_DIMENSION`.
const MAX_SIDE_PX: u32 = 65_500;

/// From this quality on chroma keeps its full resolution, as in libvips.
const FULL_CHROMA_QUALITY: u8 = 90;

/// Below this quality the tables of Annex K, scaled, pass 255, which baseline cannot hold.
const MIN_BASELINE_QUALITY: u8 = 25;

/// What the two bytes of a segment's length leave for its content.
const MAX_SEGMENT_BYTES: usize = 65_533;

const EXIF_PREFIX: &[u8] = b"Exif\0\0";
const ICC_PREFIX: &[u8] = b"ICC_PROFILE\0";
const PHOTOSHOP_PREFIX: &[u8] = b"Photoshop 3.0\0";
const XMP_PREFIX: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// The side of a block of samples.
const BLOCK_PX: usize = 8;

pub(super) fn encode(pixels: &Pixels, options: &Options) -> Result<Vec<u8>, Error> {
    let space = match pixels.layout() {
        Layout::Grey => ColorSpace::JCS_GRAYSCALE,
        Layout::Rgb => ColorSpace::JCS_RGB,
        Layout::Rgba => return Err(Error::unwritable(Format::Jpeg, "no alpha in JPEG")),
        Layout::Cmyk => return Err(Error::unwritable(Format::Jpeg, "not converted to sRGB")),
    };
    let size = (pixels.width(), pixels.height());
    written(size, |output| {
        let compress = settings(size, space, options);
        let mut compress = started(compress, options, output)?;
        compress.write_scanlines(pixels.data())?;
        compress.finish()
    })
}

/// Whether chroma has half the width and height of luma.
pub(super) fn has_quarter_chroma(options: &Options) -> bool {
    chroma_px(options) == (2, 2)
}

/// The width and height in pixels of a sample of chroma.
const fn chroma_px(options: &Options) -> (u8, u8) {
    match options.jpeg.subsample {
        JpegSubsample::Quarter => (2, 2),
        JpegSubsample::Auto if options.quality < FULL_CHROMA_QUALITY => (2, 2),
        JpegSubsample::Half => (2, 1),
        JpegSubsample::Off | JpegSubsample::Auto => (1, 1),
    }
}

/// Writes planes, of which nothing is changed on the way.
pub(super) fn encode_planes(planes: &Planes, options: &Options) -> Result<Vec<u8>, Error> {
    let size = (planes.width(), planes.height());
    let padded = planes.each().map(in_whole_blocks);
    written(size, |output| {
        let mut compress = settings(size, ColorSpace::JCS_YCbCr, options);
        compress.set_raw_data_in(true);
        let mut compress = started(compress, options, output)?;
        if !compress.write_raw_data(&padded.each_ref().map(Vec::as_slice)) {
            return Err(io::Error::other("rows were not taken"));
        }
        compress.finish()
    })
}

/// A plane grown to whole blocks by repeating its last column and row.
fn in_whole_blocks(plane: &Pixels) -> Vec<u8> {
    let width = plane.stride().next_multiple_of(BLOCK_PX);
    let height = (plane.height() as usize).next_multiple_of(BLOCK_PX);
    let mut data = Vec::with_capacity(width * height);
    for row in plane.rows() {
        data.extend_from_slice(row);
        data.resize(data.len() + width - row.len(), row[row.len() - 1]);
    }
    let last = data.len() - width;
    while data.len() < width * height {
        data.extend_from_within(last..last + width);
    }
    data
}

/// The file that `write` makes in the buffer that it is given.
fn written(
    (width, height): (u32, u32),
    write: impl FnOnce(Vec<u8>) -> io::Result<Vec<u8>>,
) -> Result<Vec<u8>, Error> {
    if width > MAX_SIDE_PX || height > MAX_SIDE_PX {
        let detail = format!("a side is longer than {MAX_SIDE_PX} pixels");
        return Err(Error::unwritable(Format::Jpeg, detail));
    }
    let output = buffer(file_bytes(width, height) as usize)
        .ok_or_else(|| Error::codec(Format::Jpeg, "out of memory"))?;
    unwinding(
        || {
            let mut file = write(output).map_err(|error| Error::codec(Format::Jpeg, error))?;
            file.shrink_to_fit();
            Ok(file)
        },
        |payload| Error::codec(Format::Jpeg, panic_text(&*payload)),
    )
}

/// Bytes held at the peak besides the pixels.
pub(super) fn peak_bytes(width: u32, height: u32) -> u64 {
    let padded = |side_px: u32| u64::from(side_px).next_multiple_of(16);
    // Optimised Huffman tables want all coefficients first, 2 bytes each; mozjpeg reserves room for the
    // unquantised ones beside them, used or not. Three components, all at full resolution.
    let coefficients = padded(width)
        .saturating_mul(padded(height))
        .saturating_mul(12);
    let rows = padded(width).saturating_mul(256);
    // While the buffer shrinks to the file's length, both may exist.
    let output = file_bytes(width, height).saturating_mul(2);
    let fixed = 256 << 10;
    coefficients
        .saturating_add(rows)
        .saturating_add(output)
        .saturating_add(fixed)
}

/// Room for the file, so that its buffer does not grow while it is written: pure noise at quality 100 in
/// 4:4:4 stays below 1.5 bytes a sample. Pages that are not written to cost nothing.
fn file_bytes(width: u32, height: u32) -> u64 {
    u64::from(width)
        .saturating_mul(u64::from(height))
        .saturating_mul(9)
        / 2
        + (64 << 10)
}

/// A file with all that comes before its pixels.
fn started(
    compress: Compress,
    options: &Options,
    output: Vec<u8>,
) -> io::Result<CompressStarted<Vec<u8>>> {
    let mut started = compress.start_compress(output)?;
    for (app, body) in segments(&options.metadata) {
        started.write_marker(Marker::APP(app), &body);
    }
    Ok(started)
}

/// The order matters: `set_fastest_defaults` resets all the rest, and the progressive script is made for the
/// profile that is set by then.
fn settings((width, height): (u32, u32), space: ColorSpace, options: &Options) -> Compress {
    let quality = options.quality.clamp(1, 100);
    let mut compress = Compress::new(space);
    // A new one has trellis quantisation and deringing on, which the wrapper switches together.
    let slow = options.jpeg.trellis_quant || options.jpeg.overshoot_deringing;
    if !slow {
        compress.set_fastest_defaults();
    }
    compress.set_size(width as usize, height as usize);
    compress.set_quality(quality.into());
    let table = options.jpeg.quant_table;
    if slow || table > 0 || quality < MIN_BASELINE_QUALITY {
        tables::set(&mut compress, table, (quality, chroma_px(options)));
    }
    if space != ColorSpace::JCS_GRAYSCALE {
        let chroma_px = chroma_px(options);
        compress.set_chroma_sampling_pixel_sizes(chroma_px, chroma_px);
    }
    compress.set_optimize_coding(true);
    compress.set_optimize_scans(options.jpeg.progressive && options.jpeg.optimize_scans);
    if options.jpeg.progressive {
        compress.set_progressive_mode();
    }
    if let Some(dpi) = options.dpi {
        compress.set_pixel_density(density(dpi));
    }
    compress
}

fn density(dpi: f64) -> PixelDensity {
    let dots = dpi.round().clamp(1.0, f64::from(u16::MAX)) as u16;
    PixelDensity {
        unit: PixelDensityUnit::Inches,
        x: dots,
        y: dots,
    }
}

/// The segments of EXIF, XMP (both APP1), IPTC (APP13) and ICC (APP2), in the order that readers expect. All but
/// the last are left out where they do not fit into one segment.
pub(crate) fn segments(metadata: &Metadata) -> impl Iterator<Item = (u8, Vec<u8>)> {
    let exif = metadata
        .exif
        .as_deref()
        .map(|body| [EXIF_PREFIX, body].concat());
    let xmp = metadata
        .xmp
        .as_deref()
        .map(|body| [XMP_PREFIX, body].concat());
    let iptc = metadata.iptc.as_deref().map(photoshop_block);
    let whole = [(1, exif), (1, xmp), (13, iptc)].into_iter();
    whole
        .filter_map(|(app, body)| Some((app, body?)))
        .filter(|(_, body)| body.len() <= MAX_SEGMENT_BYTES)
        .chain(icc_segments(metadata.icc.as_deref().unwrap_or_default()))
}

/// IPTC as the one resource of a block, without a name.
fn photoshop_block(iptc: &[u8]) -> Vec<u8> {
    let length = (iptc.len() as u32).to_be_bytes();
    let mut body = [PHOTOSHOP_PREFIX, b"8BIM\x04\x04\0\0", &length, iptc].concat();
    body.resize(body.len() + iptc.len() % 2, 0);
    body
}

/// A profile cut into numbered chunks (ICC.1:2022, B.4), or nothing where it takes more of them than can be
/// counted. The numbers start at 1; the codec crate's own function starts at 0, which readers refuse.
fn icc_segments(icc: &[u8]) -> impl Iterator<Item = (u8, Vec<u8>)> {
    let chunks = icc.chunks(MAX_SEGMENT_BYTES - ICC_PREFIX.len() - 2);
    let count = u8::try_from(chunks.len()).unwrap_or(0);
    (1..=count).zip(chunks).map(move |(number, chunk)| {
        let body = [ICC_PREFIX, &[number, count], chunk].concat();
        (2, body)
    })
}

#[cfg(test)]
mod tests;
