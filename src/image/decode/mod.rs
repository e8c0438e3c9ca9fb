//! Files to pixels.

use super::{Error, Format, Pixels};
use crate::identify::Facts;

/// By how much a decoder may shrink while it decodes: the result has each side at `eighths`/8, rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scale {
    /// Every pixel.
    Full,
    /// Half the width and height.
    Half,
    /// A quarter of the width and height.
    Quarter,
    /// An eighth of the width and height.
    Eighth,
}

impl Scale {
    /// The divisor of each side: 1, 2, 4 or 8.
    pub const fn divisor(self) -> u32 {
        match self {
            Self::Full => 1,
            Self::Half => 2,
            Self::Quarter => 4,
            Self::Eighth => 8,
        }
    }

    /// The length of a side after scaling: rounded up, at least 1.
    pub const fn of(self, side_px: u32) -> u32 {
        side_px.div_ceil(self.divisor())
    }
}

/// Decodes the (first) frame of `file`, shrunk by `scale`, without applying orientation or profiles.
///
/// # Errors
///
/// [`Error::Broken`] for damaged files and [`Error::Dishonest`] for files that differ from `facts`.
pub fn decode(_file: &[u8], facts: &Facts, _scale: Scale) -> Result<Pixels, Error> {
    Err(Error::Broken {
        format: facts.format,
        detail: "not built yet".into(),
    })
}

/// An upper bound of the bytes that [`decode`] holds at its peak, the returned pixels included.
pub fn peak_bytes(facts: &Facts, scale: Scale) -> u64 {
    let _ = (facts, scale);
    0
}

/// Whether the decoder of a format can shrink while it decodes by `scale`.
pub const fn scales(format: Format, scale: Scale) -> bool {
    matches!(
        (format, scale),
        (_, Scale::Full) | (Format::Jpeg | Format::WebP, _)
    )
}
