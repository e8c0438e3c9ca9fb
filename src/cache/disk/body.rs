//! A long body that is read from its file block by block, each checked before it is passed on.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

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

    /// Reads the block `index` and checks it. Blocks.
    ///
    /// # Errors
    /// [`Error::Damaged`] where the block fails its check, is not all there or is none of the body's; then the
    /// entry is to be removed. [`Error::Io`] for what the file system refuses.
    pub fn read_block(&self, index: usize) -> Result<Bytes, Error> {
        if index >= self.blocks() {
            return Err(Error::Damaged("no such block"));
        }
        let mut block = vec![0; self.length_of(index)];
        let start = self.body.start + index as u64 * Self::BLOCK_BYTES;
        self.file
            .read_exact_at(&mut block, start)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => Error::Damaged("body ends early"),
                _ => Error::io("read", "a body of the cache")(error),
            })?;
        match self.blocks.check(index, &block) {
            Ok(()) => Ok(block.into()),
            Err(Unreadable::Damaged(reason)) => Err(Error::Damaged(reason)),
            Err(Unreadable::UnknownVersion(_)) => Err(Error::Damaged("of another version")),
        }
    }

    /// Reads and checks the whole body, a block at a time. Blocks.
    ///
    /// # Errors
    /// As [`BodyReader::read_block`].
    pub fn verify(&self) -> Result<(), Error> {
        (0..self.blocks()).try_for_each(|index| self.read_block(index).map(drop))
    }

    fn length_of(&self, index: usize) -> usize {
        let before = (index as u64).saturating_mul(Self::BLOCK_BYTES);
        let rest = self.bytes().saturating_sub(before);
        rest.min(Self::BLOCK_BYTES) as usize
    }
}

#[cfg(test)]
mod tests;
