//! The file of a job.
//!
//! ```text
//!  0  4  magic "INKJ"
//!  4  2  version
//!  6  2  version, every bit inverted
//!  8 32  key
//! 40 32  digest of the source
//! 72     the payload
//!    16  checksum of everything above
//! ```

use super::super::entry::Digest;
use super::super::frame::Unreadable;
use super::super::key::Key;
use super::MAX_PAYLOAD_BYTES;

const MAGIC: &[u8; 4] = b"INKJ";
const VERSION: u16 = 1;
const HEAD_BYTES: usize = 72;
const CHECKSUM_BYTES: usize = 16;
/// Longest file of a job.
pub(super) const MAX_FILE_BYTES: u64 = (HEAD_BYTES + MAX_PAYLOAD_BYTES + CHECKSUM_BYTES) as u64;

/// What a job's file says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct JobFile<'a> {
    pub(super) key: Key,
    pub(super) source: Digest,
    pub(super) payload: &'a [u8],
}

impl<'a> JobFile<'a> {
    /// The bytes of the file.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut file = Vec::with_capacity(HEAD_BYTES + self.payload.len() + CHECKSUM_BYTES);
        file.extend_from_slice(MAGIC);
        file.extend_from_slice(&VERSION.to_le_bytes());
        file.extend_from_slice(&(!VERSION).to_le_bytes());
        file.extend_from_slice(self.key.as_bytes());
        file.extend_from_slice(&self.source);
        file.extend_from_slice(self.payload);
        file.extend_from_slice(&checksum(&file));
        file
    }

    /// Reads the file of the job of `key`.
    ///
    /// # Errors
    /// What is damaged or foreign, and what another release wrote.
    pub(super) fn decode(key: &Key, file: &'a [u8]) -> Result<Self, Unreadable> {
        let damaged = |reason| Err(Unreadable::Damaged(reason));
        let Some((checked, written)) = file.split_last_chunk::<CHECKSUM_BYTES>() else {
            return damaged("shorter than a job");
        };
        let Some((head, payload)) = checked.split_first_chunk::<HEAD_BYTES>() else {
            return damaged("shorter than a job");
        };
        let version = u16::from_le_bytes([head[4], head[5]]);
        if &head[..4] != MAGIC || version != !u16::from_le_bytes([head[6], head[7]]) {
            return damaged("not a job");
        }
        if version != VERSION {
            return Err(Unreadable::UnknownVersion(version));
        }
        if checksum(checked) != *written || head[8..40] != *key.as_bytes() {
            return damaged("job fails its checksum");
        }
        let mut source = Digest::default();
        source.copy_from_slice(&head[40..]);
        Ok(Self {
            key: *key,
            source,
            payload,
        })
    }
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut short = [0; CHECKSUM_BYTES];
    short.copy_from_slice(&blake3::hash(bytes).as_bytes()[..CHECKSUM_BYTES]);
    short
}
