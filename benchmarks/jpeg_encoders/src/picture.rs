//! Pictures before any loss, and the judge of what encoders make of them.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fast_ssim2::{PixelDescriptor, PixelSlice, Ssimulacra2Reference};
use mozjpeg::Decompress;
use rustix::time::{ClockId, clock_gettime};

use crate::curve::Written;

/// Bytes of a pixel.
const RGB: usize = 3;

/// Pixels in sRGB, 8 bits a sample, row by row.
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) rgb: Vec<u8>,
}

impl Picture {
    /// Reads a JPEG, or a PNG of 8 bits without a palette; nothing where there is alpha.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("png") => Self::read_png(path),
            Some("jpg" | "jpeg") => Self::of_jpeg(&fs::read(path)?).map(Some),
            _ => bail!("neither PNG nor JPEG"),
        }
    }

    fn read_png(path: &Path) -> Result<Option<Self>> {
        let mut reader = png::Decoder::new(BufReader::new(File::open(path)?)).read_info()?;
        let size = reader.output_buffer_size().context("too large")?;
        let mut rgb = vec![0; size];
        let info = reader.next_frame(&mut rgb)?;
        match (info.color_type, info.bit_depth) {
            (png::ColorType::Rgb, png::BitDepth::Eight) => Ok(Some(Self {
                width: info.width,
                height: info.height,
                rgb,
            })),
            (png::ColorType::Rgba | png::ColorType::GrayscaleAlpha, _) => Ok(None),
            (color, depth) => bail!("a PNG of {color:?} in {depth:?} bits is not read"),
        }
    }

    /// What libjpeg makes of a JPEG, as browsers do: chroma is smoothed while it grows.
    pub(crate) fn of_jpeg(file: &[u8]) -> Result<Self> {
        let mut decoder = Decompress::new_mem(file)?.rgb()?;
        let rgb = decoder.read_scanlines()?;
        let (width, height) = (decoder.width() as u32, decoder.height() as u32);
        decoder.finish()?;
        Ok(Self { width, height, rgb })
    }

    /// The middle of it, of about so many pixels at most and the same shape.
    pub(crate) fn cropped(self, most_pixels: u32) -> Self {
        let part = (f64::from(most_pixels) / self.pixels() as f64).sqrt();
        if part >= 1.0 {
            return self;
        }
        let shrunk = |side: u32| ((f64::from(side) * part) as u32).max(1);
        let (width, height) = (shrunk(self.width), shrunk(self.height));
        let skip = RGB * ((self.width - width) / 2) as usize;
        let rows = self.rgb.chunks_exact(RGB * self.width as usize);
        let seen = rows
            .skip(((self.height - height) / 2) as usize)
            .take(height as usize);
        let rgb = seen.flat_map(|row| &row[skip..][..RGB * width as usize]);
        Self {
            width,
            height,
            rgb: rgb.copied().collect(),
        }
    }

    /// How many pixels there are.
    pub(crate) fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    fn slice(&self) -> Result<PixelSlice<'_>> {
        let stride = RGB * self.width as usize;
        let srgb = PixelDescriptor::RGB8_SRGB;
        PixelSlice::new(&self.rgb, self.width, self.height, stride, srgb)
            .map_err(|error| anyhow::anyhow!("{error}"))
    }
}

/// Scores files against a picture.
pub(crate) struct Judge(Ssimulacra2Reference);

impl Judge {
    /// The judge of files that are made of a picture.
    pub(crate) fn of(picture: &Picture) -> Result<Self> {
        Ok(Self(Ssimulacra2Reference::new(&picture.slice()?)?))
    }

    /// What a file that `encode` writes comes to. Time is of the processor, so that other work does not count.
    pub(crate) fn written(&self, encode: impl FnOnce() -> Result<Vec<u8>>) -> Result<Written> {
        let begun = processor_time();
        let file = encode()?;
        let time = processor_time() - begun;
        let seen = Picture::of_jpeg(&file)?;
        Ok(Written {
            bytes: file.len() as f64,
            score: self.0.compare(&seen.slice()?)?,
            cpu_ms: time.as_secs_f64() * 1e3,
        })
    }
}

/// The processor time of this thread.
fn processor_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec as u32)
}
