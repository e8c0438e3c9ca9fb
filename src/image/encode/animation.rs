//! Frames to an animated file.

use super::{Options, gif, webp};
use crate::image::palette::{Alpha, Quantizer};
use crate::image::{Error, Format, Layout, Pixels};

/// An animated file that is being written, frame by frame.
pub struct Animation {
    size: (u32, u32),
    writer: Writer,
}

enum Writer {
    Gif(gif::Animation),
    WebP(webp::Animation),
}

impl Animation {
    /// Begins a file of `size` (width, height) that is played `loops` times; 0 is for ever.
    ///
    /// # Errors
    ///
    /// [`Error::Unwritable`] when the format holds no animation or none of this size.
    pub fn try_new(size: (u32, u32), loops: u32, options: &Options) -> Result<Self, Error> {
        let writer = match options.format {
            Format::Gif => Writer::Gif(gif::Animation::try_new(size, loops)?),
            Format::WebP => Writer::WebP(webp::Animation::try_new(size, loops, options)?),
            other => {
                let detail = "this build writes no animation in it";
                return Err(Error::unwritable(other, detail));
            }
        };
        Ok(Self { size, writer })
    }

    /// The same file, in which colours may be off by about `loss` where that makes it smaller; from before the first
    /// frame on. Of meaning for GIF alone; 0 is none.
    pub fn with_loss(mut self, loss: u8) -> Self {
        if let Writer::Gif(writer) = &mut self.writer {
            writer.loss = loss;
        }
        self
    }

    /// Adds a frame of the whole size (grey, RGB or RGBA), shown for `delay_ms`.
    ///
    /// # Errors
    ///
    /// Those of the encoder; [`Error::Unwritable`] for a frame of another size.
    pub fn push(&mut self, frame: &Pixels, delay_ms: u32) -> Result<(), Error> {
        let (format, alpha) = match self.writer {
            Writer::Gif(_) => (Format::Gif, Alpha::Binary),
            Writer::WebP(_) => (Format::WebP, Alpha::Levels),
        };
        if (frame.width(), frame.height()) != self.size {
            return Err(Error::unwritable(format, "a frame of another size"));
        }
        if frame.layout() == Layout::Cmyk {
            return Err(Error::unwritable(format, "not converted to sRGB"));
        }
        let samples = Quantizer { colors: 256, alpha }.samples(frame);
        let samples = samples.ok_or_else(|| Error::codec(format, "out of memory"))?;
        match &mut self.writer {
            Writer::Gif(writer) => writer.push(samples, delay_ms),
            Writer::WebP(writer) => writer.push(samples, delay_ms),
        }
    }

    /// The whole file.
    ///
    /// # Errors
    ///
    /// Those of the encoder; [`Error::Unwritable`] when no frame was added.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        match self.writer {
            Writer::Gif(writer) => writer.finish(),
            Writer::WebP(writer) => writer.finish(),
        }
    }

    /// An upper bound of the bytes held at the peak besides the frame that is pushed, the file included.
    pub fn peak_bytes(size: (u32, u32), frames: u32, format: Format) -> u64 {
        match format {
            Format::Gif => gif::Animation::peak_bytes(size, frames),
            Format::WebP => webp::Animation::peak_bytes(size, frames),
            _ => 0,
        }
    }
}

/// Whether this build writes animations in a format.
pub const fn animates(format: Format) -> bool {
    matches!(format, Format::Gif | Format::WebP)
}

/// RGBA samples of a whole canvas, or of a part of it.
pub(super) type Samples = Vec<[u8; 4]>;

/// A part of a canvas, never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Area {
    /// The first pixel.
    pub(super) const CORNER: Self = Self {
        left: 0,
        top: 0,
        width: 1,
        height: 1,
    };

    /// The smallest area with every pixel, of canvases `width` wide, that differs in the way `differ` says.
    pub(super) fn of_differences(
        width: usize,
        canvases: (&[[u8; 4]], &[[u8; 4]]),
        differ: impl Fn([u8; 4], [u8; 4]) -> bool,
    ) -> Option<Self> {
        let rows = canvases.0.chunks(width).zip(canvases.1.chunks(width));
        let mut area: Option<Self> = None;
        for (top, (one, other)) in rows.enumerate() {
            let mut columns = (0..one.len()).filter(|x| differ(one[*x], other[*x]));
            let Some(left) = columns.next() else { continue };
            let right = columns.next_back().unwrap_or(left);
            let row = Self {
                left,
                top,
                width: right - left + 1,
                height: 1,
            };
            area = Some(area.map_or(row, |area| area.with(row)));
        }
        area
    }

    /// The smallest area with both.
    pub(super) fn with(self, other: Self) -> Self {
        let (left, top) = (self.left.min(other.left), self.top.min(other.top));
        let right = (self.left + self.width).max(other.left + other.width);
        let bottom = (self.top + self.height).max(other.top + other.height);
        Self {
            left,
            top,
            width: right - left,
            height: bottom - top,
        }
    }

    /// The parts of rows of a canvas `width` wide.
    pub(super) fn rows(self, canvas: &[[u8; 4]], width: usize) -> impl Iterator<Item = &[[u8; 4]]> {
        let rows = canvas.chunks_exact(width);
        let rows = rows.skip(self.top).take(self.height);
        rows.map(move |row| &row[self.left..self.left + self.width])
    }
}

#[cfg(test)]
mod tests;
