//! SVG to pixels: drawn at the size that is asked for, not drawn and then resized.

use super::How;
use crate::identify::Facts;
use crate::image::svg::{Drawing, MAX_LAYER_PIXELS, MAX_LAYERS, parse, text};
use crate::image::{Error, Format, Pixels, panic_text, unwinding};

/// The largest document, its elements and its paths; fonts and what they are shaped with.
const DOCUMENT_BYTES: u64 = 160 << 20;

/// Draws the picture, stretched to the size that is asked for.
pub(super) fn decode(file: &[u8], facts: &Facts, how: &How) -> Result<Pixels, Error> {
    let (width, height) = how.render.unwrap_or((facts.width, facts.height));
    unwinding(
        || Drawing::paint(&parse(&text(file)?)?, width, height),
        |payload| Error::broken(Format::Svg, panic_text(&*payload)),
    )
}

/// Bytes held at the peak besides the pixels: the document with all that it is read into, and the layers.
pub(super) fn working_bytes(facts: &Facts, how: &How) -> u64 {
    let (width, height) = how.render.unwrap_or((facts.width, facts.height));
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    let layers = pixels
        .saturating_mul(MAX_LAYERS)
        .saturating_add(MAX_LAYER_PIXELS);
    layers.saturating_mul(4).saturating_add(DOCUMENT_BYTES)
}

#[cfg(test)]
mod tests;
