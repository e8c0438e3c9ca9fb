//! The bytes of an entry: in memory, or in the file that they are read from while they are sent.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::disk::BodyReader;
use super::error::Error;
use super::gate::Gate;
use super::key::Key;

/// What an entry holds.
#[derive(Clone, Debug)]
pub enum Body {
    /// All of it, in memory.
    Whole(Bytes),
    /// Nothing yet: it is read from its file, a part at a time.
    File(Arc<FileBody>),
}

/// A long body in its file. What was opened stays readable, whatever becomes of the entry.
#[derive(Debug)]
pub struct FileBody {
    key: Key,
    reader: BodyReader,
    gate: Gate,
}

impl Body {
    /// Length in bytes.
    pub fn len(&self) -> usize {
        match self {
            Self::Whole(bytes) => bytes.len(),
            Self::File(file) => file.bytes() as usize,
        }
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of it, where it is in memory.
    pub fn in_memory(&self) -> Option<&Bytes> {
        match self {
            Self::Whole(bytes) => Some(bytes),
            Self::File(_) => None,
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(bytes)
    }
}

impl From<FileBody> for Body {
    fn from(file: FileBody) -> Self {
        Self::File(Arc::new(file))
    }
}

/// Bytes are compared, files are not read: one is equal to itself alone.
impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => one == other,
            (Self::File(one), Self::File(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Eq for Body {}

impl FileBody {
    /// The most bytes that one reading gives.
    pub const READING_BYTES: u64 = 4 * BodyReader::BLOCK_BYTES;

    /// The body of the entry `key`, which is read through `gate`.
    pub(super) fn new(key: Key, reader: BodyReader, gate: Gate) -> Self {
        Self { key, reader, gate }
    }

    /// Length in bytes.
    pub fn bytes(&self) -> u64 {
        self.reader.bytes()
    }

    /// Reads the first bytes of `range`, which must lie within the body and not be empty: at least one, and all of
    /// them where they are few. They are as they were written, or there are none.
    ///
    /// # Errors
    /// [`Error::Damaged`] where they are not; then the entry is removed. Else as [`BodyReader::read`], and what keeps
    /// the disk from being asked in time.
    pub async fn read(self: &Arc<Self>, range: Range<u64>) -> Result<Bytes, Error> {
        let file = Arc::clone(self);
        let blocks = blocks_of(&range);
        let start = blocks.start as u64 * BodyReader::BLOCK_BYTES;
        let read = self
            .gate
            .run(move |disk| match file.reader.read(blocks) {
                Err(Error::Damaged(reason)) => {
                    disk.remove_damaged(&file.key, &file.reader)?;
                    Ok(Err(reason))
                }
                bytes => bytes.map(Ok),
            })
            .await?;
        let bytes = read.map_err(|reason| {
            self.gate.found_damage();
            Error::Damaged(reason)
        })?;
        let end = range.end.min(start + bytes.len() as u64);
        Ok(bytes.slice((range.start - start) as usize..(end - start) as usize))
    }
}

/// The blocks that one reading takes to begin `range`.
fn blocks_of(range: &Range<u64>) -> Range<usize> {
    let most = FileBody::READING_BYTES / BodyReader::BLOCK_BYTES;
    let first = range.start / BodyReader::BLOCK_BYTES;
    let end = range.end.div_ceil(BodyReader::BLOCK_BYTES);
    first as usize..end.min(first + most) as usize
}

#[cfg(test)]
mod tests;
