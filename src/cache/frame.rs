//! The frame that every cache file shares: a checked head, then the body.
//!
//! ```text
//!  0  4  magic "INKF"
//!  4  2  version
//!  6  2  version, every bit inverted
//!  8  2  kind: 1 entry, 2 record
//! 10  2  zero
//! 12  4  length of the fields
//! 16  8  length of the body
//! 24     the fields, as `entry` and `record` write them
//!        one digest of 16 bytes for each block of 64 KiB, where the body is longer than 1 MiB
//!    16  checksum of everything above
//!        the body
//! ```
//!
//! Numbers are little-endian. A reader of a version ignores bytes after the fields that it knows, so a field
//! can be added at the end without a new version; a changed meaning needs one. The version is written twice
//! because a file of another version is left alone, and a flipped bit must not pass for a later release.
//! Digests are BLAKE3, cut to 16 bytes: they find damage, they do not stop an enemy who writes to the disk.

use std::ops::Range;

/// The version that is written.
pub(super) const VERSION: u16 = 1;
/// Bytes before the fields, enough to know how long the head is.
pub(super) const PREFIX_BYTES: usize = 24;
/// Longest body that is kept in a file: 1 GiB.
pub(super) const MAX_BODY_BYTES: u64 = 1 << 30;
/// Longest fields of one head.
pub(super) const MAX_FIELDS_BYTES: usize = 64 * 1024;

const MAGIC: [u8; 4] = *b"INKF";
const CHECKSUM_BYTES: usize = 16;
/// Bodies longer than this carry a digest for each block, so that they can be checked while they are streamed.
const WHOLE_BODY_BYTES: u64 = 1 << 20;
/// Length of a block; the last one of a body may be shorter.
pub(super) const BLOCK_BYTES: usize = 64 * 1024;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A derivative and the facts about it.
    Entry = 1,
    /// What is known of a source.
    Record = 2,
}

/// Why a file is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// Foreign, truncated or changed since it was written; the phrase says which check failed.
    Damaged(&'static str),
    /// Written by a release with another format, which may still be running beside this one.
    UnknownVersion(u16),
}

/// The first bytes of a file: how long its parts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prefix {
    fields_bytes: usize,
    body_bytes: u64,
}

/// The checked head of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head<'a> {
    /// The fields that the kind of file defines.
    pub(super) fields: &'a [u8],
    /// Length of the body that must follow.
    pub(super) body_bytes: u64,
    blocks: &'a [u8],
    bytes: usize,
}

/// The digests of a long body's blocks.
#[derive(Clone, Debug)]
pub(super) struct BlockTable(Box<[u8]>);

impl Kind {
    /// The kind that is written as `code`.
    pub(super) const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Entry),
            2 => Some(Self::Record),
            _ => None,
        }
    }
}

/// The head of a file with these `fields` and this `body`.
///
/// The caller keeps to [`MAX_FIELDS_BYTES`] and [`MAX_BODY_BYTES`]; what is longer is not read back.
pub(super) fn seal(kind: Kind, fields: &[u8], body: &[u8]) -> Vec<u8> {
    let blocks = blocks_of(body.len() as u64) * CHECKSUM_BYTES;
    let mut head = Vec::with_capacity(PREFIX_BYTES + fields.len() + blocks + CHECKSUM_BYTES);
    head.extend_from_slice(&MAGIC);
    head.extend_from_slice(&VERSION.to_le_bytes());
    head.extend_from_slice(&(!VERSION).to_le_bytes());
    head.extend_from_slice(&(kind as u16).to_le_bytes());
    head.extend_from_slice(&[0; 2]);
    head.extend_from_slice(&(fields.len() as u32).to_le_bytes());
    head.extend_from_slice(&(body.len() as u64).to_le_bytes());
    head.extend_from_slice(fields);
    if blocks > 0 {
        body.chunks(BLOCK_BYTES)
            .for_each(|block| head.extend_from_slice(&checksum(block)));
    }
    head.extend_from_slice(&checksum(&head));
    head
}

impl Prefix {
    /// Reads the first [`PREFIX_BYTES`] of a file.
    ///
    /// # Errors
    /// Whatever is not of this version, or announces more than the limits allow.
    pub(super) fn parse(kind: Kind, file: &[u8]) -> Result<Self, Unreadable> {
        let prefix: &[u8; PREFIX_BYTES] = file
            .first_chunk()
            .ok_or(Unreadable::Damaged("shorter than a prefix"))?;
        let [
            m0,
            m1,
            m2,
            m3,
            v0,
            v1,
            i0,
            i1,
            k0,
            k1,
            _,
            _,
            f0,
            f1,
            f2,
            f3,
            body @ ..,
        ] = *prefix;
        let version = u16::from_le_bytes([v0, v1]);
        if [m0, m1, m2, m3] != MAGIC || version != !u16::from_le_bytes([i0, i1]) {
            return Err(Unreadable::Damaged("not a cache file"));
        }
        if version != VERSION {
            return Err(Unreadable::UnknownVersion(version));
        }
        if u16::from_le_bytes([k0, k1]) != kind as u16 {
            return Err(Unreadable::Damaged("of another kind"));
        }
        Self {
            fields_bytes: u32::from_le_bytes([f0, f1, f2, f3]) as usize,
            body_bytes: u64::from_le_bytes(body),
        }
        .bounded()
    }

    /// Length of the whole head, and so the place where the body starts.
    pub(super) const fn head_bytes(self) -> usize {
        self.blocks().end + CHECKSUM_BYTES
    }

    /// Length of the body, if it is one that can be checked block by block.
    pub(super) fn long_body_bytes(self) -> Option<u64> {
        Some(self.body_bytes).filter(|bytes| blocks_of(*bytes) > 0)
    }

    /// Length of the whole file.
    pub(super) const fn file_bytes(self) -> u64 {
        self.head_bytes() as u64 + self.body_bytes
    }

    fn bounded(self) -> Result<Self, Unreadable> {
        if self.fields_bytes > MAX_FIELDS_BYTES || self.body_bytes > MAX_BODY_BYTES {
            return Err(Unreadable::Damaged("longer than any file of ours"));
        }
        Ok(self)
    }

    const fn blocks(self) -> Range<usize> {
        let start = PREFIX_BYTES + self.fields_bytes;
        start..start + blocks_of(self.body_bytes) * CHECKSUM_BYTES
    }
}

impl<'a> Head<'a> {
    /// Reads the head of a file from its first bytes and holds it against its checksum.
    ///
    /// # Errors
    /// As [`Prefix::parse`], and what fails its checksum or ends early.
    pub(super) fn parse(kind: Kind, file: &'a [u8]) -> Result<Self, Unreadable> {
        let prefix = Prefix::parse(kind, file)?;
        let head = file
            .get(..prefix.head_bytes())
            .ok_or(Unreadable::Damaged("truncated in its head"))?;
        let (checked, written) = head.split_at(prefix.blocks().end);
        if checksum(checked) != written {
            return Err(Unreadable::Damaged("head fails its checksum"));
        }
        Ok(Self {
            fields: &checked[PREFIX_BYTES..prefix.blocks().start],
            blocks: &checked[prefix.blocks()],
            body_bytes: prefix.body_bytes,
            bytes: head.len(),
        })
    }

    /// Where the body lies in `file`, which must end where the body does.
    ///
    /// # Errors
    /// A file of another length.
    pub(super) fn body_range(&self, file: &[u8]) -> Result<Range<usize>, Unreadable> {
        let range = self.bytes..file.len();
        if range.len() as u64 == self.body_bytes {
            Ok(range)
        } else {
            Err(Unreadable::Damaged("body is not as long as the head says"))
        }
    }

    /// The digests of the body's blocks; empty where the body is checked whole.
    pub(super) fn block_table(&self) -> BlockTable {
        BlockTable(self.blocks.into())
    }

    /// Holds a body against what was written: block by block if it is long, else whole against `digest`.
    ///
    /// # Errors
    /// A body that fails.
    pub(super) fn check_body(&self, body: &[u8], digest: &[u8; 32]) -> Result<(), Unreadable> {
        let intact = if self.blocks.is_empty() {
            blake3::hash(body).as_bytes() == digest
        } else {
            self.blocks
                .chunks(CHECKSUM_BYTES)
                .eq(body.chunks(BLOCK_BYTES).map(checksum))
        };
        intact
            .then_some(())
            .ok_or(Unreadable::Damaged("body fails its checksum"))
    }
}

impl BlockTable {
    /// Number of blocks.
    pub(super) const fn len(&self) -> usize {
        self.0.len() / CHECKSUM_BYTES
    }

    /// Holds the block `index` against what was written.
    ///
    /// # Errors
    /// A block that fails, or that is none of the body's.
    pub(super) fn check(&self, index: usize, block: &[u8]) -> Result<(), Unreadable> {
        let written = self.0.chunks(CHECKSUM_BYTES).nth(index);
        if written == Some(&checksum(block)) {
            Ok(())
        } else {
            Err(Unreadable::Damaged("block fails its checksum"))
        }
    }
}

const fn blocks_of(body_bytes: u64) -> usize {
    if body_bytes <= WHOLE_BODY_BYTES {
        0
    } else {
        body_bytes.div_ceil(BLOCK_BYTES as u64) as usize
    }
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut short = [0; CHECKSUM_BYTES];
    short.copy_from_slice(&blake3::hash(bytes).as_bytes()[..CHECKSUM_BYTES]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(fields: &[u8], body: &[u8]) -> Vec<u8> {
        let mut file = seal(Kind::Entry, fields, body);
        file.extend_from_slice(body);
        file
    }

    fn check(file: &[u8], digest: &[u8; 32]) -> Result<(), Unreadable> {
        let head = Head::parse(Kind::Entry, file)?;
        head.check_body(&file[head.body_range(file)?], digest)
    }

    #[test]
    fn bodies_on_both_sides_of_a_block_table_read_back() {
        for length in [0, 1, 1 << 20, (1 << 20) + 1, 18 * BLOCK_BYTES] {
            let body = vec![7; length];
            let digest = *blake3::hash(&body).as_bytes();
            let file = file(b"fields", &body);
            assert_eq!(check(&file, &digest), Ok(()), "{length} bytes");
            let head = Head::parse(Kind::Entry, &file).unwrap();
            assert_eq!(head.fields, b"fields");
            assert_eq!(head.blocks.is_empty(), length <= 1 << 20, "{length} bytes");
        }
    }

    #[test]
    fn a_flipped_bit_in_any_block_of_a_long_body_is_found() {
        let body = vec![7; (1 << 20) + 5];
        let file = file(b"", &body);
        let digest = *blake3::hash(&body).as_bytes();
        let start = file.len() - body.len();
        for at in (start..file.len())
            .step_by(BLOCK_BYTES)
            .chain([file.len() - 1])
        {
            let mut bad = file.clone();
            bad[at] ^= 1;
            assert!(check(&bad, &digest).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_later_version_is_told_from_damage() {
        let mut file = file(b"fields", b"body");
        file[4..8].copy_from_slice(&[2, 0, 0xfd, 0xff]);
        let parsed = Head::parse(Kind::Entry, &file).map(|_| ());
        assert_eq!(parsed, Err(Unreadable::UnknownVersion(2)));
        file[4] = 3;
        assert!(matches!(
            Head::parse(Kind::Entry, &file),
            Err(Unreadable::Damaged(_))
        ));
    }

    #[test]
    fn a_record_is_not_read_as_an_entry() {
        let file = seal(Kind::Record, b"fields", b"");
        assert!(Head::parse(Kind::Record, &file).is_ok());
        assert!(Head::parse(Kind::Entry, &file).is_err());
    }

    #[test]
    fn lengths_past_the_limits_are_refused_before_anything_is_read() {
        for (at, bytes) in [(12, &[0xff; 4][..]), (16, &[0xff; 8][..])] {
            let mut file = file(b"fields", b"body");
            file[at..at + bytes.len()].copy_from_slice(bytes);
            let parsed = Prefix::parse(Kind::Entry, &file);
            assert_eq!(
                parsed,
                Err(Unreadable::Damaged("longer than any file of ours"))
            );
        }
    }
}
