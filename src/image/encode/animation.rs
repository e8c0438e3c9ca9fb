//! Frames to an animated file.

use super::Options;
use crate::image::{Error, Format, Pixels};

/// An animated file that is being written, frame by frame.
#[derive(Debug)]
pub struct Animation {
    format: Format,
}

impl Animation {
    /// Begins a file of `size` (width, height) that repeats `loops` times; 0 is for ever.
    ///
    /// # Errors
    ///
    /// [`Error::Unwritable`] when the format holds no animation or none of this size.
    pub fn try_new(_size: (u32, u32), _loops: u32, options: &Options) -> Result<Self, Error> {
        Err(Error::unwritable(
            options.format,
            "this build writes no animation in it",
        ))
    }

    /// Adds a frame of the whole size, shown for `delay_ms`.
    ///
    /// # Errors
    ///
    /// Those of the encoder.
    pub fn push(&mut self, _frame: &Pixels, _delay_ms: u32) -> Result<(), Error> {
        Err(Error::unwritable(self.format, "no frames"))
    }

    /// The whole file.
    ///
    /// # Errors
    ///
    /// Those of the encoder.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        Err(Error::unwritable(self.format, "no frames"))
    }

    /// An upper bound of the bytes held at the peak besides the frame that is pushed, the file included.
    pub fn peak_bytes(_size: (u32, u32), _frames: u32, _format: Format) -> u64 {
        0
    }
}

/// Whether this build writes animations in a format.
pub const fn animates(_format: Format) -> bool {
    false
}
