//! The table in a file, so that a restart forgets nothing.
//!
//! ```text
//!  0  4  magic "INKR"
//!  4  2  version
//!  6  2  version, every bit inverted
//!  8  8  when it was taken, in milliseconds
//! 16  8  number of files
//! 24  16 checksum of everything above
//!        chunks of 4,096 files, the last one shorter: for each file its key and four bytes of facts,
//!        and after them a checksum of 16 bytes
//! ```
//!
//! Numbers are little-endian. The main queue comes first, then the small one, each from the oldest on. All chunks
//! but the last are of one length, so a damaged one takes none with it. The checksum of a chunk covers its number
//! and the head, so that no chunk passes for another one and no key comes twice. What is remembered of keys that left is not written.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use super::super::error::Error;
use super::super::key::Key;
use super::index::Index;
use super::slot::{Facts, Slot};
use super::{Limits, Recency};
use crate::clock::Timestamp;

const MAGIC: [u8; 4] = *b"INKR";
const VERSION: u16 = 1;
const HEAD_BYTES: usize = 24;
const CHECKSUM_BYTES: usize = 16;
const RECORD_BYTES: usize = 36;
const CHUNK_RECORDS: usize = 4096;

/// What a snapshot gave.
#[derive(Debug)]
pub struct Loaded {
    /// The table, with all that was whole.
    pub recency: Recency,
    /// When the snapshot was taken; files that were made later are not in it.
    pub taken: Timestamp,
    /// Files that it should hold and does not.
    pub lost: u64,
    /// What is wrong with it: damage, or another version; `None` where it is whole.
    pub fault: Option<&'static str>,
}

#[derive(Clone, Copy, Debug)]
struct Head {
    taken: Timestamp,
    entries: u64,
    checksum: [u8; CHECKSUM_BYTES],
}

impl Recency {
    /// Writes the table as it is at the time `taken`.
    ///
    /// # Errors
    /// What the writer refuses.
    pub fn save(&self, writer: &mut impl Write, taken: Timestamp) -> io::Result<()> {
        let head = head_of(taken, self.held().entries);
        let key = checksum(&[&head]);
        writer.write_all(&head)?;
        writer.write_all(&key)?;
        let mut slots = self.slots_in_order().peekable();
        for number in 0_u64.. {
            if slots.peek().is_none() {
                break;
            }
            let mut chunk = records_of(slots.by_ref().take(CHUNK_RECORDS));
            let sum = checksum(&[&key, &number.to_le_bytes(), &chunk]);
            chunk.extend_from_slice(&sum);
            writer.write_all(&chunk)?;
        }
        writer.flush()
    }

    /// Writes the table into the file `path`, in place of what it holds, by way of `path` with `.part` after it: a
    /// crash leaves the file of before or the new one. One writer at a time is the caller's duty.
    ///
    /// # Errors
    /// What the file system refuses; then what was there is still there.
    pub fn save_to(&self, path: &Path, taken: Timestamp) -> Result<(), Error> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = Path::new(&part);
        let outcome = File::create(part)
            .and_then(|mut file| self.save(&mut file, taken).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(part, path));
        outcome.map_err(|error| {
            // What stays is overwritten by the next snapshot.
            let _ = fs::remove_file(part);
            Error::io("write", path)(error)
        })
    }

    /// Reads a table that [`Recency::save`] wrote, as much of it as is whole.
    pub fn load(limits: Limits, reader: &mut impl Read) -> Loaded {
        let mut loaded = Loaded {
            recency: Self::new(limits),
            taken: Timestamp::default(),
            lost: 0,
            fault: None,
        };
        match read_head(reader) {
            Ok(head) => {
                loaded.read_chunks(head, reader);
                // All at once: a million look-ups would take most of the time of a start.
                loaded.recency.index = Index::of(&mut loaded.recency.slots);
            }
            Err(fault) => loaded.fault = Some(fault),
        }
        loaded
    }

    /// Reads the file `path`.
    ///
    /// # Errors
    /// Where there is no such file, or it cannot be opened.
    pub fn load_from(limits: Limits, path: &Path) -> Result<Loaded, Error> {
        let mut file = File::open(path).map_err(Error::io("open", path))?;
        Ok(Self::load(limits, &mut file))
    }

    /// Every slot, so that reading them in this order makes the same queues.
    fn slots_in_order(&self) -> impl Iterator<Item = &Slot> {
        let main = self.main.iter(&self.slots);
        main.chain(self.small.iter(&self.slots))
            .map(|slot| &self.slots[slot])
    }
}

impl Loaded {
    fn read_chunks(&mut self, head: Head, reader: &mut impl Read) {
        self.taken = head.taken;
        let chunks = head.entries.div_ceil(CHUNK_RECORDS as u64);
        let mut chunk = vec![0; CHUNK_RECORDS * RECORD_BYTES + CHECKSUM_BYTES];
        for number in 0..chunks {
            let left = head.entries - number * CHUNK_RECORDS as u64;
            let records = left.min(CHUNK_RECORDS as u64) as usize;
            let chunk = &mut chunk[..records * RECORD_BYTES + CHECKSUM_BYTES];
            if reader.read_exact(chunk).is_err() {
                self.fault = Some("ends early");
                break;
            }
            let (records, written) = chunk.split_at(records * RECORD_BYTES);
            if checksum(&[&head.checksum, &number.to_le_bytes(), records]) == *written {
                self.take(records);
            } else {
                self.fault = Some("fails a checksum");
            }
        }
        self.lost = head.entries - self.recency.held().entries;
    }

    fn take(&mut self, records: &[u8]) {
        let (records, _) = records.as_chunks::<RECORD_BYTES>();
        for record in records {
            let [key @ .., a, b, c, d] = *record;
            let facts = Facts::from_bits(u32::from_le_bytes([a, b, c, d]));
            self.recency.append(Slot::new(Key::from_bytes(key), facts));
        }
    }
}

fn records_of<'a>(slots: impl Iterator<Item = &'a Slot>) -> Vec<u8> {
    let mut records = Vec::with_capacity(CHUNK_RECORDS * RECORD_BYTES + CHECKSUM_BYTES);
    for Slot { key, facts, .. } in slots {
        records.extend_from_slice(key.as_bytes());
        records.extend_from_slice(&facts.bits().to_le_bytes());
    }
    records
}

fn head_of(taken: Timestamp, entries: u64) -> [u8; HEAD_BYTES] {
    let mut head = [0; HEAD_BYTES];
    head[..4].copy_from_slice(&MAGIC);
    head[4..6].copy_from_slice(&VERSION.to_le_bytes());
    head[6..8].copy_from_slice(&(!VERSION).to_le_bytes());
    head[8..16].copy_from_slice(&taken.as_millis().to_le_bytes());
    head[16..].copy_from_slice(&entries.to_le_bytes());
    head
}

fn read_head(reader: &mut impl Read) -> Result<Head, &'static str> {
    let mut file = [0; HEAD_BYTES + CHECKSUM_BYTES];
    reader.read_exact(&mut file).map_err(|_| "ends early")?;
    let [m0, m1, m2, m3, v0, v1, i0, i1, rest @ ..] = file;
    let version = u16::from_le_bytes([v0, v1]);
    if [m0, m1, m2, m3] != MAGIC || version != !u16::from_le_bytes([i0, i1]) {
        return Err("is no snapshot");
    }
    if version != VERSION {
        return Err("is of another version");
    }
    let [t0, t1, t2, t3, t4, t5, t6, t7, rest @ ..] = rest;
    let [e0, e1, e2, e3, e4, e5, e6, e7, written @ ..] = rest;
    if checksum(&[&file[..HEAD_BYTES]]) != written {
        return Err("fails the checksum of its head");
    }
    Ok(Head {
        taken: Timestamp::from_millis(u64::from_le_bytes([t0, t1, t2, t3, t4, t5, t6, t7])),
        entries: u64::from_le_bytes([e0, e1, e2, e3, e4, e5, e6, e7]),
        checksum: written,
    })
}

fn checksum(parts: &[&[u8]]) -> [u8; CHECKSUM_BYTES] {
    let mut hasher = blake3::Hasher::new();
    parts.iter().for_each(|part| {
        hasher.update(part);
    });
    let mut short = [0; CHECKSUM_BYTES];
    short.copy_from_slice(&hasher.finalize().as_bytes()[..CHECKSUM_BYTES]);
    short
}
