//! Pixels, and the codecs that make them from bytes and bytes from them.
//!
//! Pure and synchronous. Untrusted bytes are checked by `identify` first; every decoder here still holds
//! the size that was promised to it, and turns codec panics and unwinding into errors.

mod aom_decode_ffi;
mod aom_ffi;
pub mod coefficients;
pub mod color;
pub mod decode;
pub mod encode;
pub mod fonts;
mod huffman;
mod jpeg_ffi;
mod jpeg_transcode_ffi;
pub mod metadata;
pub mod palette;
mod pixels;
mod planes;
pub mod svg;
#[cfg(test)]
pub(crate) mod testing;
pub mod text;

use std::any::Any;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use crate::identify::Format;
pub use pixels::{Depth, Layout, Pixels};
pub use planes::Planes;

/// Why bytes did not become pixels, or pixels did not become bytes.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is damaged, truncated beyond use, or uses something that the codec does not know. The source's fault.
    #[error("broken or unsupported {} image: {detail}", format.name())]
    Broken {
        /// The format that was being read.
        format: Format,
        /// What the codec said.
        detail: String,
    },
    /// The file decodes to other dimensions than its header promised, or needs more than it was given. The source's fault.
    #[error("{} image does not keep to its header: {detail}", format.name())]
    Dishonest {
        /// The format that was being read.
        format: Format,
        /// What was promised and what came.
        detail: String,
    },
    /// The pixels cannot be written in this format: too large, for example. The request's fault.
    #[error("cannot write {}: {detail}", format.name())]
    Unwritable {
        /// The format that was asked for.
        format: Format,
        /// Why.
        detail: String,
    },
    /// The codec failed at something that should work. Our fault.
    #[error("{} codec failed: {detail}", format.name())]
    Codec {
        /// The format that was being read or written.
        format: Format,
        /// What the codec said.
        detail: String,
    },
    /// The conversion of colours failed at something that should work. Our fault.
    #[error("colour conversion failed: {detail}")]
    Color {
        /// What the colour management said.
        detail: String,
    },
}

impl Error {
    pub(crate) fn broken(format: Format, detail: impl Display) -> Self {
        let detail = detail.to_string();
        Self::Broken { format, detail }
    }

    fn dishonest(format: Format, detail: impl Display) -> Self {
        let detail = detail.to_string();
        Self::Dishonest { format, detail }
    }

    /// A picture of another size than its header promised; sizes are width and height.
    fn unlike(format: Format, promised: (u32, u32), found: (u32, u32)) -> Self {
        let ((width, height), (found_width, found_height)) = (promised, found);
        let detail = format!("{width}x{height} promised, {found_width}x{found_height} found");
        Self::dishonest(format, detail)
    }

    pub(crate) fn unwritable(format: Format, detail: impl Display) -> Self {
        let detail = detail.to_string();
        Self::Unwritable { format, detail }
    }

    pub(crate) fn codec(format: Format, detail: impl Display) -> Self {
        let detail = detail.to_string();
        Self::Codec { format, detail }
    }
}

/// Runs a codec; where it panics or unwinds, the payload becomes the error.
///
/// Nothing that the codec touched is used again afterwards, so asserting unwind safety is sound.
pub(crate) fn unwinding<T>(
    work: impl FnOnce() -> Result<T, Error>,
    error_of: impl FnOnce(Box<dyn Any + Send>) -> Error,
) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| Err(error_of(payload)))
}

/// The text of a panic.
pub(crate) fn panic_text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panic")
}

/// An empty buffer with room for exactly `bytes`, or nothing when the allocator has none.
fn buffer(bytes: usize) -> Option<Vec<u8>> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(bytes).ok()?;
    Some(buffer)
}
