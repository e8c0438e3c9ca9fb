//! What goes first while there is no table: the least recently used of a sample of files.

use super::{BLOCK_BYTES, Need};
use crate::clock::Timestamp;

/// A file of a sampled folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate<T> {
    /// What the caller calls it.
    pub file: T,
    /// Blocks that it takes.
    pub blocks: u32,
    /// When it was written.
    pub modified: Timestamp,
    /// When it was read last, as far as the file system says: with `noatime` never since it was written, with
    /// `relatime` up to a day ago.
    pub accessed: Timestamp,
}

/// The files of a sample to remove, those that were not used for longest first: until `need` is met, and half of
/// the sample at most.
///
/// The other half stays, because another folder probably holds older files.
pub fn first_to_go<T>(mut sample: Vec<Candidate<T>>, need: Need) -> Vec<Candidate<T>> {
    sample.sort_by_key(|file| file.modified.max(file.accessed));
    sample.truncate(sample.len().div_ceil(2));
    let enough = sample
        .iter()
        .scan(Need::default(), |freed, file| {
            let short = freed.bytes < need.bytes || freed.entries < need.entries;
            freed.bytes += u64::from(file.blocks) * BLOCK_BYTES;
            freed.entries += 1;
            Some(short)
        })
        .take_while(|&short| short)
        .count();
    sample.truncate(enough);
    sample
}
