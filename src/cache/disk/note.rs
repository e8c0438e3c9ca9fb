//! One line of the journal: a file that was published, and when it may go.
//!
//! ```text
//!  0  3  magic "IN2"
//!  3  1  kind: 1 entry, 2 record
//!  4  4  blocks of 512 bytes that the file takes
//!  8  8  when the file may go, in milliseconds
//! 16  8  when the file was written, in nanoseconds, as the file system says
//! 24 32  key
//! 56 16  filter of the groups that the file belongs to
//! 72  8  checksum of everything above
//! ```
//!
//! A note of another version is none; the files that it names are found by a scan. Numbers are little-endian. A note is written at once, but a full disk may cut it; what follows a cut one starts
//! anywhere, so a reader looks for the next magic that a right checksum follows.

use std::fs::File;
use std::io::{self, Read};

use super::super::frame::Kind;
use super::super::key::Key;
use super::groups::Groups;
use crate::clock::Timestamp;

/// Length of a note.
pub(super) const NOTE_BYTES: usize = 80;

const MAGIC: [u8; 3] = *b"IN2";
const CHECKED_BYTES: usize = 72;
/// Bytes that are read at a time.
const READ_BYTES: usize = 64 * 1024;

/// A file of the folder, as it was when it was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// What the file holds.
    pub kind: Kind,
    /// The key that it is found by.
    pub key: Key,
    /// When the file was written, in nanoseconds; it tells a file from the one that took its place.
    pub written: u64,
    /// Blocks of 512 bytes that it takes, apart from its leaf folder.
    pub blocks: u32,
    /// When it may go.
    pub due: Timestamp,
    /// The groups that it belongs to; that of its source where it is a record.
    pub groups: Groups,
}

/// The notes of one file, from its start; what is no note is passed over.
#[derive(Debug)]
pub(super) struct Notes {
    file: File,
    buffer: Vec<u8>,
    at: usize,
    /// Bytes that the buffer held before.
    passed: u64,
    whole: u64,
    /// Whether something was passed over, or could not be read.
    lacks: bool,
}

impl Note {
    /// In place of the time of writing: whichever file is there.
    pub(super) const WHICHEVER: u64 = 0;

    /// The bytes of the note.
    pub(super) fn encode(&self) -> [u8; NOTE_BYTES] {
        let mut bytes = [0; NOTE_BYTES];
        bytes[..3].copy_from_slice(&MAGIC);
        bytes[3] = self.kind as u8;
        bytes[4..8].copy_from_slice(&self.blocks.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.due.as_millis().to_le_bytes());
        bytes[16..24].copy_from_slice(&self.written.to_le_bytes());
        bytes[24..56].copy_from_slice(self.key.as_bytes());
        bytes[56..CHECKED_BYTES].copy_from_slice(&self.groups.to_bytes());
        let checksum = checksum(&bytes);
        bytes[CHECKED_BYTES..].copy_from_slice(&checksum);
        bytes
    }

    /// The note of these bytes, if they are one.
    pub(super) fn parse(bytes: &[u8; NOTE_BYTES]) -> Option<Self> {
        if bytes[..3] != MAGIC || bytes[CHECKED_BYTES..] != checksum(bytes) {
            return None;
        }
        Some(Self {
            kind: Kind::from_code(bytes[3])?,
            key: Key::from_bytes(fixed(bytes, 24)),
            written: u64::from_le_bytes(fixed(bytes, 16)),
            blocks: u32::from_le_bytes(fixed(bytes, 4)),
            due: Timestamp::from_millis(u64::from_le_bytes(fixed(bytes, 8))),
            groups: Groups::from_bytes(fixed(bytes, 56)),
        })
    }

    /// This note; where it is of whichever file is there, the one that `other` tells of.
    pub(super) fn or_as_in(self, other: &Self) -> Self {
        match self.written {
            Self::WHICHEVER => Self {
                due: self.due,
                ..*other
            },
            _ => self,
        }
    }

    /// Whether both tell of the same file, and not of one that took its place.
    pub(super) fn is_of_file_of(&self, other: &Self) -> bool {
        self.written == other.written || [self.written, other.written].contains(&Self::WHICHEVER)
    }
}

impl Notes {
    /// Reads `file` from where it stands.
    pub(super) fn of(file: File) -> Self {
        Self {
            file,
            buffer: Vec::new(),
            at: 0,
            passed: 0,
            whole: 0,
            lacks: false,
        }
    }

    /// Bytes from where the reading began to the end of the last whole note.
    pub(super) const fn whole_bytes(&self) -> u64 {
        self.whole
    }

    /// Whether something that was read is no note, or could not be read, so that notes may be lacking.
    pub(super) const fn lacks_some(&self) -> bool {
        self.lacks || self.at < self.buffer.len()
    }

    /// Reads on; answers whether there was anything.
    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.drain(..self.at);
        self.passed += self.at as u64;
        self.at = 0;
        let limit = READ_BYTES as u64;
        let read = (&self.file).take(limit).read_to_end(&mut self.buffer)?;
        Ok(read > 0)
    }

    /// Moves to where the next note may start.
    fn skip(&mut self) {
        self.lacks = true;
        let rest = &self.buffer[self.at + 1..];
        let next = rest.iter().position(|byte| *byte == MAGIC[0]);
        self.at += 1 + next.unwrap_or(rest.len());
    }
}

impl Iterator for Notes {
    type Item = io::Result<Note>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some(bytes) = self.buffer[self.at..].first_chunk() else {
                match self.fill() {
                    Ok(true) => continue,
                    Ok(false) => return None,
                    Err(error) => {
                        self.lacks = true;
                        return Some(Err(error));
                    }
                }
            };
            if let Some(note) = Note::parse(bytes) {
                self.at += NOTE_BYTES;
                self.whole = self.passed + self.at as u64;
                return Some(Ok(note));
            }
            self.skip();
        }
    }
}

fn checksum(note: &[u8; NOTE_BYTES]) -> [u8; NOTE_BYTES - CHECKED_BYTES] {
    fixed(blake3::hash(&note[..CHECKED_BYTES]).as_bytes(), 0)
}

fn fixed<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut taken = [0; N];
    taken.copy_from_slice(&bytes[at..at + N]);
    taken
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::{Seek, Write};

    /// A note whose every field depends on `seed`.
    pub(crate) fn note(seed: u8) -> Note {
        Note {
            kind: if seed.is_multiple_of(2) {
                Kind::Entry
            } else {
                Kind::Record
            },
            key: Key::from_bytes([seed; 32]),
            written: 1_700_000_000_000_000_000 + u64::from(seed),
            blocks: 8 + u32::from(seed),
            due: Timestamp::from_millis(1_700_000_000_000 + u64::from(seed)),
            groups: Groups::from_bytes([seed; 16]),
        }
    }

    fn file_of(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        file
    }

    fn read(bytes: &[u8]) -> Vec<Note> {
        let notes = Notes::of(file_of(bytes));
        notes.collect::<io::Result<_>>().unwrap()
    }

    fn encoded(notes: &[Note]) -> Vec<u8> {
        notes.iter().flat_map(Note::encode).collect()
    }

    /// [`note`] of 3 as it was written before groups: no note any more.
    const WITHOUT_GROUPS: &str = "\
494e4a020b0000000368e5cf8b01000003002a36fe9c9717030303030303030303030303030303030303030303030303\
0303030303030303acf7cdd7d97aefb0";

    /// [`note`] of 3 as it is written. Never change it.
    const WITH_GROUPS: &str = "\
494e32020b0000000368e5cf8b01000003002a36fe9c9717030303030303030303030303030303030303030303030303\
030303030303030303030303030303030303030303030303227984ea6cdeed41";

    #[test]
    fn a_note_is_written_and_read_as_it_was() {
        assert_eq!(hex::encode(note(3).encode()), WITH_GROUPS);
        assert_eq!(Note::parse(&note(3).encode()), Some(note(3)));
    }

    #[test]
    fn notes_without_groups_are_passed_over_and_said_to_be_lacking() {
        let old = hex::decode(WITHOUT_GROUPS).unwrap();
        let bytes = [&encoded(&[note(1)])[..], &old, &old, &encoded(&[note(2)])].concat();
        for (bytes, expected, lacks) in [
            (&bytes[..], vec![note(1), note(2)], true),
            (&bytes[..NOTE_BYTES], vec![note(1)], false),
            (&old, vec![], true),
            (&[], vec![], false),
        ] {
            let mut notes = Notes::of(file_of(bytes));
            let found: Vec<Note> = notes.by_ref().map(Result::unwrap).collect();
            assert_eq!((found, notes.lacks_some()), (expected, lacks));
        }
    }

    #[test]
    fn any_flipped_bit_makes_it_no_note() {
        let bytes = note(7).encode();
        for bit in 0..NOTE_BYTES * 8 {
            let mut bad = bytes;
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Note::parse(&bad), None, "bit {bit}");
        }
    }

    #[test]
    fn more_notes_than_one_reading_holds_are_all_read() {
        let notes: Vec<Note> = (0..5_000u32).map(|n| note((n % 251) as u8)).collect();
        assert_eq!(read(&encoded(&notes)), notes);
    }

    proptest! {
        #[test]
        fn notes_around_any_damage_are_read(
            before in proptest::collection::vec(any::<u8>(), 0..6),
            after in proptest::collection::vec(any::<u8>(), 0..6),
            rubbish in proptest::collection::vec(any::<u8>(), 0..200),
            // Of a longer one what follows might be the rest.
            cut in 0..CHECKED_BYTES,
        ) {
            let before: Vec<Note> = before.into_iter().map(note).collect();
            let after: Vec<Note> = after.into_iter().map(note).collect();
            let whole = note(1).encode();
            let mut damage = [&whole[..cut], &rubbish].concat();
            damage.extend(encoded(&after));
            // What follows a cut note may happen to make it whole.
            prop_assume!(!damage.starts_with(&whole));
            let bytes = [encoded(&before), damage].concat();
            let all: Vec<Note> = before.into_iter().chain(after).collect();
            prop_assert_eq!(read(&bytes), all);
        }
    }
}
