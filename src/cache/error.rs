//! What can go wrong in the cache. All of it is ours, none of it fails a request.

use std::io;
use std::path::PathBuf;

/// Why something was not kept, or not read from the disk.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused; it may do better later.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as in "cannot ACTION PATH".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A part is longer than the file format holds; trying again is of no use.
    #[error("the {0} is too long to be kept on disk")]
    TooLarge(&'static str),
    /// The body of an entry is in a file, and so is kept already.
    #[error("the body of an entry is not in memory")]
    NotInMemory,
    /// Written by a release with another format; nothing is served that it might have purged.
    #[error(
        "{} was written by another release (version {version}): start that one, or remove the file, \
         which purges everything",
        path.display()
    )]
    UnknownVersion {
        /// The file.
        path: PathBuf,
        /// The version that it says.
        version: u16,
    },
    /// A part of a file that is being read fails its check; the file is of no use.
    #[error("a file of the cache is damaged: {0}")]
    Damaged(&'static str),
    /// The disk did not answer in time. The operation may still take place.
    #[error("the cache's disk did not answer in time")]
    Slow,
    /// The process is being stopped, or the operation panicked.
    #[error("the cache's disk threads have stopped")]
    Stopped,
}

impl Error {
    /// Wraps what the system said when it was asked to do `action` at `path`.
    pub(super) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            action,
            path: path.into(),
            source,
        }
    }
}
