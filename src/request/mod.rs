//! What a request asks for: the raw request target to a [`Request`], and nothing else.
//!
//! Owns the grammar of image URLs: prefix, signature, repairs, options, presets, source. Refuses whatever it
//! does not know; everything that it hands on is bounded, finite and in normal form. It opens nothing, knows no
//! clock (expiry is judged by who serves) and costs microseconds, on bad URLs too.

mod base64url;
mod canonical;
mod config;
mod encryption;
mod info;
mod names;
mod negotiation;
mod object_url;
mod options;
mod parser;
mod path;
mod presets;
mod print;
mod rewrite;
mod signature;
mod source_part;
mod source_url;

pub use config::{Config, Fault};
pub use info::InfoRequest;
pub use negotiation::{ClientHeaders, Negotiation};
pub use object_url::Object;
pub use parser::Parser;
pub use path::MAX_TARGET_BYTES;
pub use signature::{FULL_SIZE, KeyPair, Signer};
pub use source_url::{Scheme, SourceUrl};

use crate::transform::ask::{Hashsum, Transform};

/// Why a request is refused. Each is the client's fault, and trying again does not help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL is not one of ours: path, option, preset or source. 404.
    #[error("malformed URL: {reason}")]
    Malformed {
        /// What is wrong with which part.
        reason: String,
    },
    /// An option that needs leave which the settings do not give. 403, with the text of a malformed URL.
    #[error("the settings do not permit the option {option:?}")]
    NotPermitted {
        /// The option as it was spelled.
        option: String,
    },
    /// The signature is not one of the path. 403.
    #[error("invalid signature")]
    Forbidden,
    /// No signature is asked for, and the segment in its place looks like an option: the URL probably lacks
    /// the segment. 403, with a text that explains it.
    #[error("the first segment of the path holds a colon: is the signature segment missing?")]
    LooksUnsigned,
    /// The source has a scheme that is not known here. 404.
    #[error("no sources of scheme {scheme:?}")]
    Unreachable {
        /// The scheme, cut to 64 characters; empty where there is none.
        scheme: String,
    },
}

impl Error {
    fn malformed(part: &str, text: &str, reason: &str) -> Self {
        Self::Malformed {
            reason: format!("{part} {:?} {reason}", excerpt(text)),
        }
    }

    fn not_permitted(option: &str) -> Self {
        Self::NotPermitted {
            option: excerpt(option).to_owned(),
        }
    }

    fn unreachable(scheme: &str) -> Self {
        Self::Unreachable {
            scheme: excerpt(scheme).to_owned(),
        }
    }
}

/// The first 64 characters, so that a log line does not grow with what a client sends.
fn excerpt(text: &str) -> &str {
    match text.char_indices().nth(64) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// A request, understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The source.
    pub source: SourceUrl,
    /// Canonical text of what was asked: part of the cache key. Presets are in it by name; what concerns a
    /// single answer is not; the cachebuster is.
    pub asked: String,
    /// What was asked, presets applied.
    pub transform: Transform,
    /// The source of the watermark that the URL names instead of the configured one.
    pub watermark: Option<SourceUrl>,
    /// Of what the URL says nothing, so that hints of the client may.
    pub silence: Silence,
    /// What concerns the answer and not its bytes.
    pub answer: Answer,
}

/// What a request target names, be it an image or what is known of a source.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one is made for an order, and soon taken apart"
)]
pub enum Named {
    /// An image.
    Image(Request),
    /// What is known of a source.
    Info(InfoRequest),
}

/// Of what a URL says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Whether it names no width.
    pub width: bool,
    /// Whether it names no device pixel ratio.
    pub dpr: bool,
}

/// What a request asks of the answer and its making beyond the transform.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Unix time in seconds from which the URL is gone; `None` is never.
    pub expires: Option<u64>,
    /// Stem of the file name in Content-Disposition; `None` takes the source's. Without control characters.
    pub filename: Option<String>,
    /// Whether Content-Disposition says attachment.
    pub attachment: bool,
    /// Whether the source is streamed untouched.
    pub raw: bool,
    /// Whether the cache is neither asked nor filled.
    pub bypass_cache: bool,
    /// Names by which the result can be purged, sorted, each once: letters, digits, `.`, `_` and `-`, 1 to 64
    /// of them; 16 names at most.
    pub cache_tags: Vec<String>,
    /// Checksum that the source must have.
    pub hashsum: Option<Hashsum>,
    /// What is shown where the source fails, instead of the configured image.
    pub fallback: Option<SourceUrl>,
    /// The most bytes of the source, instead of the settings' limit; 0 is no limit.
    pub max_src_bytes: Option<u64>,
}

#[cfg(test)]
mod tests;
