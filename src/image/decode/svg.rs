//! SVG to pixels: drawn at the size that is asked for, not drawn and then resized.

use super::How;
use crate::identify::Facts;
use crate::image::svg::{Drawing, parse, text};
use crate::image::{Error, Format, Pixels, panic_text, unwinding};

/// Draws the picture, stretched to the size that is asked for.
pub(super) fn decode(file: &[u8], facts: &Facts, how: &How) -> Result<Pixels, Error> {
    let (width, height) = how.render.unwrap_or((facts.width, facts.height));
    unwinding(
        || Drawing::paint(&parse(&text(file)?)?, width, height),
        |payload| Error::broken(Format::Svg, panic_text(&*payload)),
    )
}

/// Bytes held at the peak besides the pixels.
pub(super) fn working_bytes(_facts: &Facts, _how: &How) -> u64 {
    0
}

#[cfg(test)]
mod tests;
