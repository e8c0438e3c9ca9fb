//! The bytes of the purge log: a header, then records of one size.
//!
//! ```text
//!  0  4  magic "INKP"              0  8  number
//!  4  2  version                   8  8  scope; zero where it concerns everything
//!  6  2  version, bits inverted   16  1  extent: 1 everything, 2 a scope
//!  8  8  newest number known      17  1  force: 1 soft, 2 hard
//! 16  8  records that carry it    18  6  zero
//! 24  8  checksum of the above    24  8  checksum of the above
//! ```
//!
//! Numbers are little-endian. Both are 32 bytes long, so no record lies across two sectors or pages: what a
//! crash leaves of an append is whole records, slots of zeros, and part of a slot at the end. Any other bytes
//! that fail their checksum were changed after they were written. Checksums are BLAKE3, cut to 8 bytes.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::{Extent, Force, Purge};
use crate::cache::entry::Sequence;
use crate::cache::scope::Scope;

/// Length of the header, and of each record.
pub(super) const SLOT_BYTES: usize = 32;
/// The version that is written.
pub(super) const VERSION: u16 = 1;

const MAGIC: [u8; 4] = *b"INKP";
const CHECKED_BYTES: usize = SLOT_BYTES - 8;
/// Slots that are read at a time.
const SLOTS_PER_READ: usize = 2048;

type Slot = [u8; SLOT_BYTES];

/// One purge and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) number: Sequence,
    pub(super) purge: Purge,
}

/// The first slot of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// The newest number that was known when the file was written.
    pub(super) newest: Sequence,
    /// The records that were written with the file, and hold what was known then.
    pub(super) records: u64,
}

/// What the first slot of a file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// It is a log of this version.
    Known(Header),
    /// It fails a check.
    Damaged,
    /// It was written by a release with another format.
    UnknownVersion(u16),
}

/// What reading a log from some place to its end found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extract {
    /// Where the last whole record ends.
    pub(super) end: u64,
    /// Whether a record failed its checksum, with a whole one after it.
    pub(super) gaps: bool,
    /// Whether slots after the last whole record hold what no crash leaves there.
    pub(super) scrap: bool,
}

impl Record {
    pub(super) fn encode(&self) -> Slot {
        let mut slot = [0; SLOT_BYTES];
        slot[..8].copy_from_slice(&self.number.0.to_le_bytes());
        slot[16] = match self.purge.extent {
            Extent::All => 1,
            Extent::Of(scope) => {
                slot[8..16].copy_from_slice(&scope.number().to_le_bytes());
                2
            }
        };
        slot[17] = match self.purge.force {
            Force::Soft => 1,
            Force::Hard => 2,
        };
        sealed(slot)
    }

    /// Reads a slot; `None` where it fails its checksum.
    ///
    /// A record that is whole and says what this release does not know counts as a hard purge of everything.
    fn decode(slot: &Slot) -> Option<Self> {
        is_whole(slot).then(|| Self {
            number: Sequence(number_at(slot, 0)),
            purge: match (slot[16], slot[17]) {
                (1, 1) => Purge::all(Force::Soft),
                (2, 1) => Purge::of(Scope::from_number(number_at(slot, 8)), Force::Soft),
                (2, 2) => Purge::of(Scope::from_number(number_at(slot, 8)), Force::Hard),
                _ => Purge::all(Force::Hard),
            },
        })
    }
}

impl Header {
    pub(super) fn encode(&self) -> Slot {
        let mut slot = [0; SLOT_BYTES];
        slot[..4].copy_from_slice(&MAGIC);
        slot[4..6].copy_from_slice(&VERSION.to_le_bytes());
        slot[6..8].copy_from_slice(&(!VERSION).to_le_bytes());
        slot[8..16].copy_from_slice(&self.newest.0.to_le_bytes());
        slot[16..24].copy_from_slice(&self.records.to_le_bytes());
        sealed(slot)
    }

    /// Where the records end that were written with the file.
    pub(super) fn carried_end(&self) -> u64 {
        self.records
            .saturating_add(1)
            .saturating_mul(SLOT_BYTES as u64)
    }
}

impl Start {
    /// Reads the first slot of `file`.
    ///
    /// # Errors
    /// What the file system refuses; a short file is damaged.
    pub(super) fn read(file: &File) -> io::Result<Self> {
        let mut slot = [0; SLOT_BYTES];
        match file.read_exact_at(&mut slot, 0) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Self::Damaged),
            outcome => outcome.map(|()| Self::parse(&slot)),
        }
    }

    fn parse(slot: &Slot) -> Self {
        let version = u16::from_le_bytes([slot[4], slot[5]]);
        if slot[..4] != MAGIC || version != !u16::from_le_bytes([slot[6], slot[7]]) {
            Self::Damaged
        } else if version != VERSION {
            Self::UnknownVersion(version)
        } else if is_whole(slot) {
            Self::Known(Header {
                newest: Sequence(number_at(slot, 8)),
                records: number_at(slot, 16),
            })
        } else {
            Self::Damaged
        }
    }
}

/// Reads `file` from `start` to its end and hands out what it holds, some records at a time.
///
/// What a damaged record said is lost. Its number was lower than the next whole one, so a hard purge of
/// everything below that stands in for it.
///
/// # Errors
/// What the file system refuses.
pub(super) fn extract(
    file: &File,
    start: u64,
    mut take: impl FnMut(&[Record]),
) -> io::Result<Extract> {
    let mut buffer = vec![0; SLOTS_PER_READ * SLOT_BYTES];
    let mut found = Extract {
        end: start,
        gaps: false,
        scrap: false,
    };
    let mut at = start;
    loop {
        let length = read_up_to(file, &mut buffer, at)?;
        let (slots, _) = buffer[..length].as_chunks();
        let records = found.sift(slots, at);
        if !records.is_empty() {
            take(&records);
        }
        if length < buffer.len() {
            return Ok(found);
        }
        at += length as u64;
    }
}

impl Extract {
    fn sift(&mut self, slots: &[Slot], start: u64) -> Vec<Record> {
        let mut records = Vec::new();
        for (slot, at) in slots.iter().zip((start..).step_by(SLOT_BYTES)) {
            let Some(record) = Record::decode(slot) else {
                self.scrap |= slot.iter().any(|byte| *byte != 0);
                continue;
            };
            if at > self.end {
                self.gaps = true;
                records.push(Record {
                    number: Sequence(record.number.0.saturating_sub(1)),
                    purge: Purge::all(Force::Hard),
                });
            }
            records.push(record);
            self.end = at + SLOT_BYTES as u64;
            self.scrap = false;
        }
        records
    }
}

fn read_up_to(file: &File, buffer: &mut [u8], start: u64) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match file.read_at(&mut buffer[length..], start + length as u64) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

fn sealed(mut slot: Slot) -> Slot {
    let checksum = checksum(&slot);
    slot[CHECKED_BYTES..].copy_from_slice(&checksum);
    slot
}

fn is_whole(slot: &Slot) -> bool {
    slot[CHECKED_BYTES..] == checksum(slot)
}

fn checksum(slot: &Slot) -> [u8; 8] {
    let mut short = [0; 8];
    short.copy_from_slice(&blake3::hash(&slot[..CHECKED_BYTES]).as_bytes()[..8]);
    short
}

fn number_at(slot: &Slot, at: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&slot[at..at + 8]);
    u64::from_le_bytes(bytes)
}
