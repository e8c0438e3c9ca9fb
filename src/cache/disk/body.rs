//! A long body that is read from its file block by block, each checked before it is passed on.

use std::fs::{File, Metadata};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt};

use bytes::Bytes;

use super::super::entry::{Entry, Header};
use super::super::error::Error;
use super::super::frame::{BLOCK_BYTES, BlockTable, Unreadable};

/// An entry as it was opened.
#[derive(Debug)]
pub enum Opened {
    /// All of it, in memory.
    Whole(Entry),
    /// Its header, and the way to its body.
    Streamed(Header, BodyReader),
}

/// An open file that is read at any block. It stays readable after the entry was replaced or removed.
#[derive(Debug)]
pub struct BodyReader {
    file: File,
    body: Range<u64>,
    blocks: BlockTable,
}

impl BodyReader {
    /// Length of every block but the last, which may be shorter.
    pub const BLOCK_BYTES: u64 = BLOCK_BYTES as u64;

    pub(super) fn new(file: File, body: Range<u64>, blocks: BlockTable) -> Self {
        Self { file, body, blocks }
    }

    /// Length of the body.
    pub fn bytes(&self) -> u64 {
        self.body.end - self.body.start
    }

    /// Number of blocks.
    pub fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// Reads `blocks`, as many as the caller has memory for, and checks each. Blocks.
    ///
    /// # Errors
    /// [`Error::Damaged`] where a block fails its check, is not all there or is none of the body's; then the
    /// entry is to be removed. [`Error::Io`] for what the file system refuses.
    pub fn read(&self, blocks: Range<usize>) -> Result<Bytes, Error> {
        if blocks.is_empty() || blocks.end > self.blocks() {
            return Err(Error::Damaged("no such block"));
        }
        let start = blocks.start as u64 * Self::BLOCK_BYTES;
        let end = self.bytes().min(blocks.end as u64 * Self::BLOCK_BYTES);
        let mut bytes = vec![0; (end - start) as usize];
        self.file
            .read_exact_at(&mut bytes, self.body.start + start)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => Error::Damaged("body ends early"),
                _ => Error::io("read", "a body of the cache")(error),
            })?;
        for (index, block) in blocks.zip(bytes.chunks(BLOCK_BYTES)) {
            self.check(index, block)?;
        }
        Ok(bytes.into())
    }

    /// Whether the file is the one with these `facts`, under whatever name.
    pub(super) fn is_of(&self, facts: &Metadata) -> io::Result<bool> {
        let own = self.file.metadata()?;
        Ok((own.dev(), own.ino()) == (facts.dev(), facts.ino()))
    }

    /// Reads and checks the whole body, a block at a time. Blocks.
    ///
    /// # Errors
    /// As [`BodyReader::read`].
    pub fn verify(&self) -> Result<(), Error> {
        (0..self.blocks()).try_for_each(|index| self.read(index..index + 1).map(drop))
    }

    fn check(&self, index: usize, block: &[u8]) -> Result<(), Error> {
        self.blocks
            .check(index, block)
            .map_err(|unreadable| match unreadable {
                Unreadable::Damaged(reason) => Error::Damaged(reason),
                Unreadable::UnknownVersion(_) => Error::Damaged("of another version"),
            })
    }
}

#[cfg(test)]
mod tests;
