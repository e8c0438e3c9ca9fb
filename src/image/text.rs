//! Text to pixels.

use super::{Error, Format, Pixels};

/// The text in one line, `height_px` pixels high, as RGBA on nothing.
///
/// # Errors
///
/// [`Error::Broken`] where the text cannot be drawn.
pub fn render(_text: &str, _height_px: f32) -> Result<Pixels, Error> {
    Err(Error::broken(Format::Svg, "this build draws no text"))
}
