//! What is told about a source: its header, its metadata, and statistics of its pixels.

mod ask;

pub use ask::{AlphaAsk, AverageAsk, DominantColorsAsk, ExifAsk, InfoAsk};

use crate::identify::Facts;
use crate::image::Error;

/// What `ask` wants to know of `file`, of which `facts` were identified, as a JSON object whose keys keep their order.
///
/// # Errors
///
/// When pixels are needed and the file turns out to be broken or other than its facts.
pub fn report(_file: &[u8], _facts: &Facts, _ask: &InfoAsk) -> Result<Vec<u8>, Error> {
    Ok(b"{}".to_vec())
}
