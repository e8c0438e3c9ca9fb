//! Why an image was not delivered.

use std::time::Duration;

use crate::{image, request, source, transform, workers};

/// Why an image was not delivered. Cheap to clone: waiters of one flight share it, and some are kept briefly.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL was not understood, or not signed. The client's fault.
    #[error(transparent)]
    Request(#[from] request::Error),
    /// The URL's own end has passed. The client's fault.
    #[error("the URL expired at {at} (Unix time)")]
    Expired {
        /// When, in Unix seconds.
        at: u64,
    },
    /// The source could not be fetched, or is no image within limits.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// The watermark that the URL names could not be fetched, or is no image within limits. No other image stands in:
    /// it would want the same watermark.
    #[error("the watermark: {0}")]
    Watermark(#[source] source::Error),
    /// What was asked cannot be done to this source, or passes a limit.
    #[error(transparent)]
    Plan(#[from] transform::plan::Error),
    /// The pixels could not be made now: no place, no memory, a stop.
    #[error(transparent)]
    Work(#[from] workers::Error),
    /// A held image is past a limit that was lowered since. The source's fault.
    #[error("the held image is past a limit that holds now: {limit}")]
    PastLimit {
        /// Which limit.
        limit: &'static str,
    },
    /// The source's bytes are not those that the URL names. The source's fault.
    #[error("the source does not have the checksum of its URL")]
    Hashsum,
    /// Too many bytes are on their way to clients.
    #[error("too many response bytes are in flight")]
    Congested,
    /// The answer took longer than a request may.
    #[error("no answer within {limit:?}")]
    Timeout {
        /// How long a request may take.
        limit: Duration,
    },
    /// Something failed that should not. Our fault.
    #[error("internal failure: {0}")]
    Internal(&'static str),
}

impl Error {
    /// Whether a stale answer is better than this one: the failure says nothing about the image itself.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Source(error) | Self::Watermark(error) => error.is_retryable(),
            Self::Work(workers::Error::Failed(image::Error::Broken { .. })) => false,
            Self::Work(_) | Self::Congested | Self::Timeout { .. } | Self::Internal(_) => true,
            Self::Request(_)
            | Self::Expired { .. }
            | Self::Plan(_)
            | Self::PastLimit { .. }
            | Self::Hashsum => false,
        }
    }

    /// Whether it says that these bytes cannot become this image, however often it is tried.
    pub(super) fn is_of_the_work(&self) -> bool {
        matches!(self, Self::Plan(_) | Self::Work(workers::Error::Failed(_)))
    }

    /// Whether another image may stand in: the source could not be had, or is none. What is forbidden stays so, and
    /// so does what is too large.
    pub fn is_of_the_source(&self) -> bool {
        match self {
            Self::Source(error) => !matches!(
                error,
                source::Error::NotAllowed { .. }
                    | source::Error::ForbiddenAddress { .. }
                    | source::Error::Loop { .. }
                    | source::Error::TooManyPixels { .. }
                    | source::Error::Busy { .. }
            ),
            _ => false,
        }
    }
}
