//! What is told about a source: its header, its metadata, and statistics of its pixels.
//!
//! Statistics are of a small copy, so that they cost little more than decoding does. Whole numbers, or such
//! arithmetic that every machine tells the same.

mod ask;
mod dominant;
mod exif;
mod hashes;
mod header;
mod iptc;
mod look;
mod palette;
mod report;
#[cfg(test)]
mod tests;
mod xmp;

pub use ask::{AlphaAsk, AverageAsk, DominantColorsAsk, ExifAsk, InfoAsk};

use crate::identify::Facts;
use crate::image::Error;
use look::Look;
use report::Report;

/// What metadata, tables and the small copy take at most, whatever is asked.
const SCRATCH_BYTES: u64 = 24 << 20;

/// What `ask` wants to know of the whole file, of which `facts` were identified: a JSON object, its keys in a fixed
/// order. What the file does not have is left out.
///
/// # Errors
///
/// When pixels are needed and the file turns out to be broken or other than its facts.
pub fn report(file: &[u8], facts: &Facts, ask: &InfoAsk) -> Result<Vec<u8>, Error> {
    let look = needs_pixels(ask)
        .then(|| Look::at(file, facts, ask))
        .transpose()?;
    let report = Report::of(file, facts, ask, look.as_ref());
    Ok(serde_json::to_vec(&report).expect("a report has nothing that JSON lacks"))
}

/// Whether pixels are decoded for it. What needs none is told by header and metadata.
pub fn needs_pixels(ask: &InfoAsk) -> bool {
    let InfoAsk {
        alpha,
        palette,
        average,
        dominant_colors,
        blurhash,
        thumb_hash,
        perceptual_hash,
        ..
    } = ask;
    *alpha == AlphaAsk::Transparency
        || look::is_smart(&ask.crop)
        || *palette > 0
        || *average != AverageAsk::Off
        || *dominant_colors != DominantColorsAsk::Off
        || blurhash.is_some()
        || *thumb_hash
        || *perceptual_hash
}

/// An upper bound of the bytes that [`report()`] holds at its peak besides the file.
pub fn peak_bytes(facts: &Facts, ask: &InfoAsk) -> u64 {
    let pixels = if needs_pixels(ask) {
        look::peak_bytes(facts, ask)
    } else {
        0
    };
    pixels.saturating_add(SCRATCH_BYTES)
}
