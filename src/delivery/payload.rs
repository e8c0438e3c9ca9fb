//! The bytes of an image on their way to a client, holding their share of the transfer budget.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use crate::cache::{self, FileBody};
use crate::source::TransferPermit;

/// What is sent.
#[derive(Clone, Debug)]
pub enum Payload {
    /// Bytes in memory; whoever holds them holds their share.
    Whole(Bytes),
    /// A file of the cache, of which no more is in memory than is being sent.
    File(FilePayload),
}

/// A file of the cache, and the share of memory for reading it.
#[derive(Clone, Debug)]
pub struct FilePayload {
    file: Arc<FileBody>,
    _permit: TransferPermit,
}

impl Payload {
    /// Length in bytes.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Whole(bytes) => bytes.len() as u64,
            Self::File(payload) => payload.file.bytes(),
        }
    }
}

impl FilePayload {
    /// Bytes of memory that one reader takes: what it was given last, and what is being read.
    pub(super) const READER_BYTES: u64 = 2 * FileBody::READING_BYTES;

    pub(super) fn new(file: Arc<FileBody>, permit: TransferPermit) -> Self {
        Self {
            file,
            _permit: permit,
        }
    }

    /// Reads the first bytes of `range`, which must lie within the file and not be empty: at least one of them.
    ///
    /// # Errors
    /// Where they are damaged, or cannot be read in time.
    pub async fn read(&self, range: Range<u64>) -> Result<Bytes, cache::Error> {
        self.file.read(range).await
    }
}
