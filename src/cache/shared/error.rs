//! What can go wrong with the shared store. None of it fails a request.

use std::io;

use super::super::error::Error as Unkept;

/// Why the shared store gave or took nothing.
///
/// What the client of a store says may hold URLs and answers of token services, so only the kind of trouble is told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SharedError {
    /// The store did not answer in time.
    #[error("the shared store did not answer in time")]
    Slow,
    /// As many requests as may be are under way, so it was not asked.
    #[error("too many requests to the shared store are under way")]
    Busy,
    /// An object is longer than what is read or kept.
    #[error("an object of {bytes} bytes is more than the {limit} that are shared")]
    TooLarge {
        /// Its length.
        bytes: u64,
        /// The longest that is shared.
        limit: u64,
    },
    /// The format of files cannot hold it.
    #[error(transparent)]
    Unkept(#[from] Unkept),
    /// The store refused, or could not be reached.
    #[error("the shared store {0}")]
    Refused(&'static str),
    /// The mounted folder refused.
    #[error("the shared folder: {0}")]
    Folder(#[from] io::Error),
    /// The process is being stopped, or the operation panicked.
    #[error("the threads of the shared folder have stopped")]
    Stopped,
}

impl From<object_store::Error> for SharedError {
    fn from(error: object_store::Error) -> Self {
        use object_store::Error;
        Self::Refused(match error {
            Error::NotFound { .. } => "has no such bucket",
            Error::PermissionDenied { .. } => "does not permit it",
            Error::Unauthenticated { .. } => "does not know our credentials",
            Error::NotSupported { .. } | Error::NotImplemented { .. } => "is not able to do it",
            _ => "could not be reached, or refused",
        })
    }
}

impl SharedError {
    /// Whether it speaks against the store, and not against what was asked of it.
    pub(super) fn is_failure(&self) -> bool {
        match self {
            Self::Busy | Self::TooLarge { .. } | Self::Unkept(_) => false,
            Self::Slow | Self::Refused(_) | Self::Folder(_) | Self::Stopped => true,
        }
    }
}
