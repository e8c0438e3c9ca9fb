//! Images of our own: the watermark and the fallback image that the settings name.

use bytes::Bytes;

use crate::cache::Digest;
use crate::identify::{Facts, Identified, identify};

/// An image that is held for as long as the process runs.
#[derive(Clone, Debug)]
pub struct Still {
    /// The file.
    pub bytes: Bytes,
    /// What it is.
    pub facts: Facts,
    /// BLAKE3 of the file.
    pub digest: Digest,
}

impl Still {
    /// Takes a file that must be an image of a format that is read here.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as a phrase.
    pub fn try_new(bytes: Bytes) -> Result<Self, String> {
        match identify(&bytes, true) {
            Identified::Image(facts) if facts.format.decodes() => Ok(Self {
                digest: *blake3::hash(&bytes).as_bytes(),
                bytes,
                facts,
            }),
            Identified::Image(Facts { format, .. }) | Identified::Unsupported(format) => {
                Err(format!("{} is not read here", format.name()))
            }
            Identified::NotAnImage(why) => Err(why.to_owned()),
            Identified::NeedsMore(_) => Err("cut off".to_owned()),
        }
    }
}
