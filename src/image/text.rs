//! Words as a picture, for watermarks.

use super::{Error, Format, Pixels};

/// The most characters of a text.
pub const MAX_CHARS: usize = 256;
/// The greatest height of letters, in pixels.
pub const MAX_HEIGHT_PX: f32 = 2048.0;

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ink {
    /// Red, green and blue.
    pub color: [u8; 3],
    /// The size of the font: the height of a line of capital and small letters, in pixels.
    pub height_px: f32,
}

/// Writes `text`, one line for each of its own, cropped to what can be seen of it.
///
/// # Errors
///
/// [`Error::Unwritable`] where the text cannot be written.
pub fn render(_text: &str, _ink: &Ink) -> Result<Pixels, Error> {
    Err(Error::unwritable(Format::Svg, "this build writes no text"))
}
