//! Animated files to whole frames.

use super::{gif, webp};
use crate::identify::Facts;
use crate::image::pixels::byte_length;
use crate::image::{Error, Format, Layout, Pixels, buffer};

/// How long a frame is shown when its file does not say.
pub(super) const MISSING_DELAY_MS: u32 = 40;

/// One frame of an animation, composed: the whole canvas as it is seen while the frame is shown.
#[derive(Clone, Debug)]
pub struct Frame {
    /// RGBA of the size of the canvas.
    pub pixels: Pixels,
    /// How long it is shown.
    pub delay_ms: u32,
}

/// Which frames of an animation: `count` of them from the number `first` on, which counts from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Number of the first.
    pub first: u32,
    /// How many, at least 1; less where the file ends.
    pub count: u32,
}

/// The frames of a file, one at a time.
pub struct Frames<'f> {
    /// How often it is played; 0 is for ever.
    pub loops: u32,
    frames: Box<dyn Iterator<Item = Result<Frame, Error>> + 'f>,
}

impl Iterator for Frames<'_> {
    type Item = Result<Frame, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.frames.next()
    }
}

/// The frames of an animated GIF or WebP; a still one has a single frame. A frame that is broken ends them with an
/// error.
///
/// # Errors
///
/// [`Error::Broken`] when the file does not even begin, or ends before the first frame of the range;
/// [`Error::Dishonest`] when it differs from `facts`.
pub fn frames<'f>(file: &'f [u8], facts: &Facts, range: Range) -> Result<Frames<'f>, Error> {
    if facts.width == 0 || facts.height == 0 {
        return Err(Error::broken(facts.format, "no pixels"));
    }
    match facts.format {
        Format::Gif => gif::frames(file, facts, range),
        Format::WebP => webp::frames(file, facts, range),
        other => Err(Error::broken(other, "no frames")),
    }
}

impl<'f> Frames<'f> {
    /// Frames that `next` makes until there are `count`, none is left, or one is broken.
    pub(super) fn new(
        loops: u32,
        count: u32,
        mut next: impl FnMut() -> Result<Option<Frame>, Error> + 'f,
    ) -> Self {
        let mut left = count;
        let frames = std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let frame = next();
            if frame.is_err() {
                left = 0;
            }
            frame.transpose()
        });
        Self {
            loops,
            frames: Box::new(frames),
        }
    }

    /// An upper bound of the bytes held at the peak, the frame that is handed out included.
    pub fn peak_bytes(facts: &Facts) -> u64 {
        match facts.format {
            Format::Gif => gif::frames_peak_bytes(facts),
            Format::WebP => webp::frames_peak_bytes(facts),
            _ => 0,
        }
    }
}

/// A part of a canvas, or of what would be one if it went on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Area {
    /// How many pixels it has.
    pub(super) fn pixels(self) -> u64 {
        u64::from(self.width).saturating_mul(u64::from(self.height))
    }

    /// Whether it is all of a canvas of these facts.
    pub(super) fn covers(self, facts: &Facts) -> bool {
        (self.left, self.top) == (0, 0) && self.width >= facts.width && self.height >= facts.height
    }
}

/// What is seen: RGBA, clear at first.
pub(super) struct Canvas {
    format: Format,
    width: u32,
    height: u32,
    data: Vec<u8>,
}

impl Canvas {
    pub(super) fn try_new(facts: &Facts) -> Result<Self, Error> {
        let bytes = byte_length(facts.width, facts.height, Layout::Rgba);
        let mut data = buffer(bytes).ok_or_else(|| Error::codec(facts.format, "out of memory"))?;
        data.resize(bytes, 0);
        Ok(Self {
            format: facts.format,
            width: facts.width,
            height: facts.height,
            data,
        })
    }

    /// The rows of an area as far as they lie on the canvas, which may be shorter and fewer than the area's.
    pub(super) fn rows(&mut self, area: Area) -> impl Iterator<Item = &mut [u8]> {
        let left = area.left.min(self.width) as usize * 4;
        let right = area.left.saturating_add(area.width).min(self.width) as usize * 4;
        let rows = self.data.chunks_exact_mut(self.width as usize * 4);
        let rows = rows.skip(area.top as usize).take(area.height as usize);
        rows.map(move |row| &mut row[left..right])
    }

    /// Makes an area clear.
    pub(super) fn clear(&mut self, area: Area) {
        self.rows(area).for_each(|row| row.fill(0));
    }

    /// What stands in an area.
    pub(super) fn saved(&mut self, area: Area) -> Result<Vec<u8>, Error> {
        let bytes = self.rows(area).map(|row| row.len()).sum();
        let mut saved = buffer(bytes).ok_or_else(|| Error::codec(self.format, "out of memory"))?;
        self.rows(area).for_each(|row| saved.extend_from_slice(row));
        Ok(saved)
    }

    /// Puts back what stood in an area.
    pub(super) fn restore(&mut self, area: Area, mut saved: &[u8]) {
        for row in self.rows(area) {
            let Some((own, rest)) = saved.split_at_checked(row.len()) else {
                return;
            };
            row.copy_from_slice(own);
            saved = rest;
        }
    }

    /// What is seen now.
    pub(super) fn pixels(&self) -> Result<Pixels, Error> {
        let mut data =
            buffer(self.data.len()).ok_or_else(|| Error::codec(self.format, "out of memory"))?;
        data.extend_from_slice(&self.data);
        Ok(Pixels::new(self.width, self.height, Layout::Rgba, data))
    }
}

#[cfg(test)]
mod tests;
