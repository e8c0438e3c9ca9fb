//! JPEG XL to pixels.

use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use jxl::api::{
    AlphaMode, Endianness, Event, JxlBasicInfo, JxlColorEncoding, JxlColorProfile, JxlColorType,
    JxlDataFormat, JxlDecoder, JxlDecoderOptions, JxlOutputBuffer, JxlParallelRunner,
    JxlParallelRunnerFun, JxlPixelFormat, JxlPrimaries, JxlTransferFunction, JxlWhitePoint,
};
use jxl::error::Error as JxlError;

use super::How;
use crate::identify::{ColorType, Facts};
use crate::image::color::profile_of_cicp;
use crate::image::{Depth, Error, Format, Layout, Pixels, panic_text, unwinding};

/// Samples that a frame may have beyond those of the image: encoders keep repeated patches in a frame of their own.
const SPARE_SAMPLES: u64 = 1 << 20;

/// Whole frames, as samples of four bytes, that the decoder holds at most: four kept for reference, the one that is
/// decoded, and it before it is converted.
const FRAMES: u64 = 6;

/// Tables, sections and the buffers of a group in work.
const FIXED_BYTES: u64 = 64 << 20;

/// What a compressed profile may grow to inside the decoder.
const PROFILE_BYTES: u64 = (1 << 28) + (1 << 25);

/// How often the decoder may go over the groups of a frame; up to three or four times each. Frames that are not shown
/// come before the one that is: encoders write one or two, but a few bytes may hide any number of them.
const MAX_ROUNDS: u32 = 20;

/// Decodes the first frame as it is stored, before its orientation, in the colours of [`profile`].
pub(super) fn decode(file: &[u8], facts: &Facts, how: &How) -> Result<Pixels, Error> {
    unwinding(
        || {
            let pixels = Opened::new(file, facts)?.pixels(facts, &Wanted::new(facts))?;
            Ok(if how.deep {
                pixels
            } else {
                pixels.into_eight()
            })
        },
        |payload| Error::broken(Format::Jxl, panic_text(&*payload)),
    )
}

/// Bytes that the decoder holds at its peak besides the pixels.
pub(super) fn working_bytes(facts: &Facts, _how: &How) -> u64 {
    let wanted = Wanted::new(facts);
    let pixels = u64::from(facts.width).saturating_mul(facts.height.into());
    let unfolded = match wanted.color {
        // Two channels beside the four that are made of them.
        JxlColorType::GrayscaleAlpha => pixels.saturating_mul(4),
        _ => 0,
    };
    let deep = match wanted.depth {
        Depth::Eight => 0,
        // The pixels themselves are counted in 8 bits, and may be rounded to them.
        Depth::Sixteen => pixels.saturating_mul(8),
    };
    let frames = max_samples(facts).saturating_mul(4 * FRAMES);
    let decoding = frames
        .saturating_add(unfolded)
        .saturating_add(deep)
        .saturating_add(FIXED_BYTES);
    if facts.icc {
        decoding.max(PROFILE_BYTES)
    } else {
        decoding
    }
}

/// The ICC profile of the decoded pixels; nothing where they are sRGB.
pub(in crate::image) fn profile(file: &[u8]) -> Option<Bytes> {
    let read = || {
        let mut input = file;
        let mut decoder = JxlDecoder::new(options(None));
        match decoder.process(&mut input, None, None) {
            Ok(Event::BasicInfo) => Ok(profile_of(&mut decoder)),
            _ => Ok(None),
        }
    };
    let found = unwinding(read, |_| Error::broken(Format::Jxl, "no profile"));
    found.ok().flatten().map(Bytes::from)
}

/// The form in which pixels are asked for.
struct Wanted {
    color: JxlColorType,
    layout: Layout,
    depth: Depth,
}

impl Wanted {
    /// Deep samples are asked for as such: the decoder would round them in a way of its own.
    fn new(facts: &Facts) -> Self {
        let (color, layout) = match facts.color_type {
            ColorType::Grey => (JxlColorType::Grayscale, Layout::Grey),
            ColorType::GreyAlpha => (JxlColorType::GrayscaleAlpha, Layout::Rgba),
            ColorType::Rgba => (JxlColorType::Rgba, Layout::Rgba),
            _ => (JxlColorType::Rgb, Layout::Rgb),
        };
        let depth = if facts.bit_depth > 8 {
            Depth::Sixteen
        } else {
            Depth::Eight
        };
        Self {
            color,
            layout,
            depth,
        }
    }

    fn format(&self, extra_channels: usize) -> JxlPixelFormat {
        JxlPixelFormat {
            color_type: self.color,
            color_data_format: Some(data_format(self.depth)),
            extra_channel_format: vec![None; extra_channels],
        }
    }
}

const fn data_format(depth: Depth) -> JxlDataFormat {
    match depth {
        Depth::Eight => JxlDataFormat::U8 { bit_depth: 8 },
        Depth::Sixteen => JxlDataFormat::U16 {
            endianness: if cfg!(target_endian = "little") {
                Endianness::LittleEndian
            } else {
                Endianness::BigEndian
            },
            bit_depth: 16,
        },
    }
}

fn options(sample_limit: Option<usize>) -> JxlDecoderOptions {
    let mut options = JxlDecoderOptions::default();
    options.adjust_orientation = false;
    options.alpha_mode = AlphaMode::Unpremultiplied;
    options.sample_limit = sample_limit;
    options
}

/// The samples of one frame. Channels besides colour and alpha are decoded with them.
fn max_samples(facts: &Facts) -> u64 {
    let pixels = u64::from(facts.width.max(16)).saturating_mul(facts.height.into());
    let channels = if facts.alpha { 4 } else { 3 };
    pixels
        .saturating_mul(channels)
        .saturating_add(SPARE_SAMPLES)
}

/// A file whose header was read.
struct Opened<'file> {
    decoder: JxlDecoder,
    rest: &'file [u8],
    rounds: Rounds,
}

impl<'file> Opened<'file> {
    fn new(file: &'file [u8], facts: &Facts) -> Result<Self, Error> {
        if facts.color_type == ColorType::Cmyk {
            return Err(Error::broken(Format::Jxl, "inks are not read"));
        }
        let limit = usize::try_from(max_samples(facts)).unwrap_or(usize::MAX);
        let mut opened = Self {
            decoder: JxlDecoder::new(options(Some(limit))),
            rest: file,
            rounds: Rounds(AtomicU32::new(0)),
        };
        opened.expect(Event::BasicInfo, None)?;
        let info = opened.decoder.basic_info();
        holds(info.ok_or_else(|| broken("no header"))?, facts)?;
        Ok(opened)
    }

    fn pixels(mut self, facts: &Facts, wanted: &Wanted) -> Result<Pixels, Error> {
        let info = self.decoder.basic_info();
        let extra_channels = info.map_or(0, |info| info.extra_channels.len());
        let format = wanted.format(extra_channels);
        self.decoder.set_pixel_format(format).map_err(error_of)?;
        let channels = wanted.color.samples_per_pixel();
        let samples = facts.width as usize * facts.height as usize * channels;
        match wanted.depth {
            Depth::Eight => {
                let samples = self.samples(facts, vec![0_u8; samples])?;
                let samples = unfolded(samples, wanted.color);
                Ok(Pixels::new(
                    facts.width,
                    facts.height,
                    wanted.layout,
                    samples,
                ))
            }
            Depth::Sixteen => {
                let samples = self.samples(facts, vec![0_u16; samples])?;
                let samples = unfolded(samples, wanted.color);
                Ok(Pixels::new16(
                    facts.width,
                    facts.height,
                    wanted.layout,
                    samples,
                ))
            }
        }
    }

    /// Fills the samples of the first frame that is shown.
    fn samples<Sample: bytemuck::Pod>(
        &mut self,
        facts: &Facts,
        mut samples: Vec<Sample>,
    ) -> Result<Vec<Sample>, Error> {
        let rows = facts.height as usize;
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut samples);
        let row_bytes = bytes.len() / rows;
        let mut buffers = [JxlOutputBuffer::new(bytes, rows, row_bytes)];
        self.expect(Event::FrameHeader, Some(&mut buffers))?;
        let last = Event::FrameComplete {
            has_more_frames: false,
        };
        self.expect(last, Some(&mut buffers))?;
        Ok(samples)
    }

    /// Goes on to an event; that all frames follow or none is one.
    fn expect(
        &mut self,
        wanted: Event,
        buffers: Option<&mut [JxlOutputBuffer<'_>]>,
    ) -> Result<(), Error> {
        let rounds: &mut dyn JxlParallelRunner = &mut self.rounds;
        let event = self.decoder.process(&mut self.rest, buffers, Some(rounds));
        let event = event.map_err(error_of)?;
        if std::mem::discriminant(&event) == std::mem::discriminant(&wanted) {
            return Ok(());
        }
        Err(broken("ends before its picture does"))
    }
}

/// Whether the decoder found what was promised.
fn holds(info: &JxlBasicInfo, facts: &Facts) -> Result<(), Error> {
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let (promised, (width, height)) = ((facts.width, facts.height), info.size);
    let found = (side(width), side(height));
    if found == promised {
        return Ok(());
    }
    Err(Error::unlike(Format::Jxl, promised, found))
}

/// Grey with alpha as RGBA; anything else as it is.
fn unfolded<Sample: Copy>(samples: Vec<Sample>, color: JxlColorType) -> Vec<Sample> {
    match color {
        JxlColorType::GrayscaleAlpha => {
            let (pixels, _) = samples.as_chunks::<2>();
            let pixels = pixels
                .iter()
                .map(|&[grey, alpha]| [grey, grey, grey, alpha]);
            pixels.collect::<Vec<_>>().into_flattened()
        }
        _ => samples,
    }
}

/// Runs the decoder's work in this thread, and counts it.
struct Rounds(AtomicU32);

impl JxlParallelRunner for Rounds {
    fn run(&mut self, count: usize, work: &JxlParallelRunnerFun<'_>) -> Result<(), JxlError> {
        if self.0.fetch_add(1, Ordering::Relaxed) >= MAX_ROUNDS {
            return Err(JxlError::ApiUsageError("more frames than are shown"));
        }
        (0..count).try_for_each(work)
    }

    fn num_threads(&self) -> usize {
        1
    }

    fn run_ordered(
        &mut self,
        count: usize,
        _max_threads: Option<usize>,
        work: &JxlParallelRunnerFun<'_>,
    ) -> Result<(), JxlError> {
        self.run(count, work)
    }
}

fn profile_of(decoder: &mut JxlDecoder) -> Option<Vec<u8>> {
    let info = decoder.basic_info()?;
    let is_grey = decoder.embedded_color_profile()?.channels() == 1;
    let wanted = Wanted {
        color: if is_grey {
            JxlColorType::Grayscale
        } else {
            JxlColorType::Rgb
        },
        layout: Layout::Rgb,
        depth: Depth::Eight,
    };
    // The colours depend on whether whole numbers are asked for.
    let format = wanted.format(info.extra_channels.len());
    decoder.set_pixel_format(format).ok()?;
    match decoder.output_color_profile()? {
        JxlColorProfile::Icc(icc) => Some(icc.clone()),
        JxlColorProfile::Simple(encoding) => profile_of_encoding(encoding),
    }
}

/// By number where the space has one, so that HDR is brought down as elsewhere.
fn profile_of_encoding(encoding: &JxlColorEncoding) -> Option<Vec<u8>> {
    match code_points(encoding) {
        Some((primaries, transfer)) => profile_of_cicp(primaries, transfer),
        None => encoding.maybe_create_profile().ok().flatten(),
    }
}

/// Primaries and transfer characteristics of ITU-T H.273. Grey of sRGB's curve counts as sRGB.
fn code_points(encoding: &JxlColorEncoding) -> Option<(u8, u8)> {
    let (white, primaries, transfer) = match encoding {
        JxlColorEncoding::RgbColorSpace {
            white_point,
            primaries,
            transfer_function,
            ..
        } => (white_point, primaries, transfer_function),
        JxlColorEncoding::GrayscaleColorSpace {
            white_point: JxlWhitePoint::D65,
            transfer_function: JxlTransferFunction::SRGB | JxlTransferFunction::BT709,
            ..
        } => return Some((1, 13)),
        _ => return None,
    };
    let primaries = match (primaries, white) {
        (JxlPrimaries::SRGB, JxlWhitePoint::D65) => 1,
        (JxlPrimaries::BT2100, JxlWhitePoint::D65) => 9,
        (JxlPrimaries::P3, JxlWhitePoint::DCI) => 11,
        (JxlPrimaries::P3, JxlWhitePoint::D65) => 12,
        _ => return None,
    };
    let transfer = match transfer {
        JxlTransferFunction::BT709 => 1,
        JxlTransferFunction::Linear => 8,
        JxlTransferFunction::SRGB => 13,
        JxlTransferFunction::PQ => 16,
        JxlTransferFunction::HLG => 18,
        JxlTransferFunction::DCI | JxlTransferFunction::Gamma(_) => return None,
    };
    Some((primaries, transfer))
}

fn broken(detail: &str) -> Error {
    Error::broken(Format::Jxl, detail)
}

fn error_of(error: JxlError) -> Error {
    match error {
        JxlError::ImageSizeTooLarge(width, height) => {
            let detail = format!("a frame of {width}x{height}");
            Error::dishonest(Format::Jxl, detail)
        }
        JxlError::OutOfMemory(_) | JxlError::ImageOutOfMemory(..) => {
            Error::codec(Format::Jxl, "out of memory")
        }
        other => Error::broken(Format::Jxl, other),
    }
}

#[cfg(test)]
mod tests;
