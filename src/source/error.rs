//! What can go wrong between a source URL and its bytes, told apart by what the caller answers.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::identify::Format;

/// Why a source could not be had.
///
/// The texts are for the log: they name hosts and addresses, never a whole URL, since its query may carry a
/// credential. An error can be cloned, because it goes to every waiter of a flight and is kept for seconds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL, or one that it redirects to, matches no allowed pattern.
    #[error("source on {host} matches no pattern of the allowed sources")]
    NotAllowed {
        /// Host of the refused URL.
        host: String,
    },
    /// Every address of the host is one that may not be dialled.
    #[error("source host {host} is at {address}, a {class} address, which may not be dialled")]
    ForbiddenAddress {
        /// Host as the URL spells it.
        host: String,
        /// The first refused address.
        address: IpAddr,
        /// What kind of address it is.
        class: super::AddressClass,
    },
    /// The URL leads back to a listener of this server.
    #[error("source host {host} is at {address}, where this server itself listens")]
    Loop {
        /// Host as the URL spells it.
        host: String,
        /// The address that would have been dialled.
        address: SocketAddr,
    },
    /// The scheme of the URL needs a setting that is not set.
    #[error("sources of scheme {scheme} are switched off")]
    SchemeDisabled {
        /// The scheme, without `:`.
        scheme: &'static str,
    },
    /// No answer could be had from the host.
    #[error("source host {host} is unreachable ({cause}): {detail}")]
    Unreachable {
        /// Host as the URL spells it; `local` for files.
        host: String,
        /// The step that failed.
        cause: Cause,
        /// What the system or the protocol library said.
        detail: String,
    },
    /// The chain of redirects is longer than the limit.
    #[error("source was redirected more than {limit} times")]
    TooManyRedirects {
        /// The limit.
        limit: u32,
    },
    /// A redirect to something that is not followed.
    #[error("source host {host} sent a redirect that is not followed: {reason}")]
    BadRedirect {
        /// Host that sent the redirect.
        host: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An answer that carries no source.
    #[error("source host {host} answered {status}")]
    Status {
        /// Host that answered.
        host: String,
        /// The status code.
        status: u16,
        /// How long the origin asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// A 206 that is not the whole source.
    #[error("source host {host} answered with a part of the source, unasked")]
    Partial {
        /// Host that answered.
        host: String,
    },
    /// A content coding that is not undone here; none was asked for.
    #[error("source host {host} sent the content coding {coding:?}, unasked")]
    Encoded {
        /// Host that answered.
        host: String,
        /// The coding.
        coding: String,
    },
    /// An object that no configured store may be asked for.
    #[error("object in bucket {bucket:?} is not asked for: {reason}")]
    NoObject {
        /// Its bucket.
        bucket: String,
        /// Why nobody is asked.
        reason: &'static str,
    },
    /// There is no such regular file under the root of local sources.
    #[error("local source cannot be read: {reason}")]
    NoSuchFile {
        /// What the path turned out to be.
        reason: &'static str,
    },
    /// A time limit of the fetch passed.
    #[error("source host {host} was too slow: {phase} took longer than its limit")]
    Timeout {
        /// Host as the URL spells it.
        host: String,
        /// The limit that passed.
        phase: Phase,
    },
    /// The body ended before its declared end.
    #[error("source ended after {received} bytes, before its end")]
    Incomplete {
        /// Bytes that came.
        received: u64,
    },
    /// The source is larger than the limit.
    #[error("source is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The bytes are no image.
    #[error("source is not an image: {reason}")]
    NotAnImage {
        /// Why, as `identify` says it.
        reason: &'static str,
    },
    /// An image of a format that this build does not read.
    #[error("source is of a format that is not read here: {}", .format.name())]
    Unsupported {
        /// The format.
        format: Format,
    },
    /// The declared size is over the limit of pixels.
    #[error("source declares {pixels} pixels, more than {limit}")]
    TooManyPixels {
        /// Declared width times height.
        pixels: u64,
        /// The limit.
        limit: u64,
    },
    /// A limit of this server is reached: the queue of fetches or the memory of transfers.
    #[error("no room for another fetch: {exhausted}")]
    Busy {
        /// What is used up.
        exhausted: &'static str,
    },
}

/// The step at which a host turned out to be unreachable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The name has no address.
    Dns,
    /// No TCP connection came about.
    Connect,
    /// No TLS session came about, or the certificate is not trusted.
    Tls,
    /// The connection broke, or what came over it is not HTTP.
    Protocol,
    /// The file system failed.
    File,
    /// A request to an object store could not be signed.
    Credentials,
}

/// A stretch of a fetch that has its own time limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Name look-up, TCP and TLS.
    Connect,
    /// From the request to the end of the response's head.
    FirstByte,
    /// The whole fetch, redirects and body.
    Download,
}

/// Whose doing an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Culprit {
    /// The client asked for what it may not have.
    Client,
    /// The origin failed, or its bytes are no use.
    Origin,
    /// This server is at its limits.
    Ourselves,
}

impl Error {
    /// Whose doing it is.
    pub fn fault(&self) -> Culprit {
        match self {
            Self::NotAllowed { .. }
            | Self::ForbiddenAddress { .. }
            | Self::Loop { .. }
            | Self::SchemeDisabled { .. }
            | Self::NoObject { .. } => Culprit::Client,
            Self::Busy { .. } => Culprit::Ourselves,
            _ => Culprit::Origin,
        }
    }

    /// Whether the same fetch may succeed soon.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::Incomplete { .. }
            | Self::Busy { .. } => true,
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            _ => false,
        }
    }

    /// Whether it may be kept for the source for a few seconds, so that the origin is not asked at once again.
    ///
    /// Overload of this server says nothing about the source and is never kept.
    pub fn is_keepable(&self) -> bool {
        self.fault() != Culprit::Ourselves
    }

    /// How long the origin asks to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Dns => "name look-up",
            Self::Connect => "connect",
            Self::Tls => "TLS",
            Self::Protocol => "protocol",
            Self::File => "file",
            Self::Credentials => "credentials",
        })
    }
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::FirstByte => "the first byte",
            Self::Download => "the whole download",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16) -> Error {
        Error::Status {
            host: "origin.example".to_owned(),
            status,
            retry_after: Some(Duration::from_secs(7)),
        }
    }

    #[test]
    fn overload_is_ours_and_never_kept() {
        let busy = Error::Busy { exhausted: "queue" };
        assert_eq!(busy.fault(), Culprit::Ourselves);
        assert!(busy.is_retryable() && !busy.is_keepable());
    }

    #[test]
    fn passing_trouble_of_the_origin_is_retryable_and_lasting_trouble_is_not() {
        for (code, retryable) in [(404, false), (410, false), (429, true), (503, true)] {
            assert_eq!(status(code).is_retryable(), retryable, "{code}");
            assert_eq!(status(code).fault(), Culprit::Origin);
        }
        assert_eq!(status(503).retry_after(), Some(Duration::from_secs(7)));
    }
}
