//! Animated files to whole frames.

use crate::identify::Facts;
use crate::image::{Error, Pixels};

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

/// The frames of an animated GIF or WebP. A frame that is broken ends them with an error.
///
/// # Errors
///
/// [`Error::Broken`] when the file does not even begin.
pub fn frames<'f>(_file: &'f [u8], facts: &Facts, _range: Range) -> Result<Frames<'f>, Error> {
    Err(Error::broken(facts.format, "no frames"))
}

impl Frames<'_> {
    /// An upper bound of the bytes held at the peak, the frame that is handed out included.
    pub fn peak_bytes(_facts: &Facts) -> u64 {
        0
    }
}
