//! Pixels, and the codecs that make them from bytes and bytes from them.
//!
//! Pure and synchronous. Untrusted bytes are checked by `identify` first; every decoder here still holds
//! the size that was promised to it, and turns codec panics and unwinding into errors.

pub mod color;
pub mod decode;
pub mod encode;
pub mod metadata;
mod pixels;

pub use crate::identify::Format;
pub use pixels::{Layout, Pixels};

/// Why bytes did not become pixels, or pixels did not become bytes.
#[derive(Debug, thiserror::Error)]
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
}
