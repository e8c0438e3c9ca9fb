//! The bytes of a source as they come in: counted, hashed, and looked at early.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;

use super::{Error, TransferBudget, TransferPermit};
use crate::identify::{Facts, Format, Identified, identify};

/// Memory that is reserved first for a source of unknown length.
const FIRST_STEP: u64 = 256 << 10;

/// What a source may be, and the memory for it.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    pub(super) max_bytes: u64,
    pub(super) max_pixels: u64,
    pub(super) budget: TransferBudget,
    /// How long a fetch waits for its first share of the budget.
    pub(super) longest_wait: Duration,
}

/// A source that is being read.
///
/// The buffer is never larger than its permit, also while it is copied into a larger one. A source of unknown
/// length starts small and doubles; since it holds a share already it does not wait for more.
pub(super) struct Intake {
    bounds: Bounds,
    declared: Option<u64>,
    permit: TransferPermit,
    bytes: Vec<u8>,
    digest: blake3::Hasher,
    is_identified: bool,
    /// Length from which another look is worth it.
    next_look: usize,
}

/// A source that was read whole.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) bytes: Bytes,
    pub(super) facts: Facts,
    pub(super) digest: [u8; 32],
    pub(super) permit: TransferPermit,
}

impl Intake {
    /// Reserves the memory for a source of `declared` bytes, or a first share where the length is unknown.
    pub(super) async fn open(bounds: &Bounds, declared: Option<u64>) -> Result<Self, Error> {
        bounds.check_length(declared.unwrap_or(0))?;
        let capacity = declared.unwrap_or(FIRST_STEP).min(bounds.max_bytes);
        let reserved = timeout(bounds.longest_wait, bounds.budget.reserve(capacity)).await;
        let permit = reserved.ok().flatten().ok_or_else(out_of_memory)?;
        Ok(Self {
            bounds: bounds.clone(),
            declared,
            permit,
            bytes: Vec::with_capacity(as_len(capacity)),
            digest: blake3::Hasher::new(),
            is_identified: false,
            next_look: 1,
        })
    }

    /// Takes the next bytes; the error says that no more of them are wanted.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<(), Error> {
        let len = self.bytes.len().saturating_add(chunk.len());
        self.bounds.check_length(len as u64)?;
        if len > self.bytes.capacity() {
            self.grow(len)?;
        }
        self.bytes.extend_from_slice(chunk);
        self.digest.update(chunk);
        self.look()
    }

    /// The whole source, after its last byte.
    pub(super) fn finish(self) -> Result<Received, Error> {
        if self.declared.is_some_and(|len| len != self.received()) {
            return Err(self.incomplete());
        }
        let facts = match identify(&self.bytes, true) {
            Identified::NeedsMore(_) => {
                return Err(Error::NotAnImage {
                    reason: "it ends within its header",
                });
            }
            other => self.bounds.judge(other)?,
        };
        let facts = facts.expect("only NeedsMore has no facts");
        Ok(Received {
            bytes: Bytes::from(self.bytes),
            facts,
            digest: self.digest.finalize().into(),
            permit: self.permit,
        })
    }

    /// The error of a source that broke off here.
    pub(super) fn incomplete(&self) -> Error {
        Error::Incomplete {
            received: self.received(),
        }
    }

    fn received(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Moves to a buffer of at least `len` bytes, under a permit of its own.
    fn grow(&mut self, len: usize) -> Result<(), Error> {
        let doubled = (self.bytes.capacity() as u64).saturating_mul(2);
        let capacity = doubled.min(self.bounds.max_bytes).max(len as u64);
        let permit = self.bounds.budget.try_reserve(capacity);
        let permit = permit.ok_or_else(out_of_memory)?;
        let mut larger = Vec::with_capacity(as_len(capacity));
        larger.extend_from_slice(&self.bytes);
        self.bytes = larger;
        self.permit = permit;
        Ok(())
    }

    /// Looks at what has come so far, until it is known to be an image within the limits.
    ///
    /// After a look that needs more, the next one waits for half as much again, so that a header in many small
    /// pieces is not read over and over.
    fn look(&mut self) -> Result<(), Error> {
        if self.is_identified || self.bytes.len() < self.next_look {
            return Ok(());
        }
        self.next_look = self.bytes.len() + self.bytes.len() / 2;
        let identified = identify(&self.bytes, false);
        self.is_identified = self.bounds.judge(identified)?.is_some();
        Ok(())
    }
}

impl Bounds {
    /// Whether a source of `bytes` may be read.
    pub(super) fn check_length(&self, bytes: u64) -> Result<(), Error> {
        if bytes > self.max_bytes {
            return Err(Error::TooLarge {
                limit: self.max_bytes,
            });
        }
        Ok(())
    }

    /// The facts of an image within the limits, or nothing where more bytes are needed to tell.
    fn judge(&self, identified: Identified) -> Result<Option<Facts>, Error> {
        match identified {
            Identified::Image(facts) => self.check_pixels(facts).map(Some),
            Identified::NeedsMore(_) => Ok(None),
            Identified::Unsupported(format) => Err(Error::Unsupported { format }),
            Identified::NotAnImage(reason) => Err(Error::NotAnImage { reason }),
        }
    }

    /// A drawing has no pixels of its own: it is drawn within the limit.
    fn check_pixels(&self, facts: Facts) -> Result<Facts, Error> {
        let pixels = u64::from(facts.width) * u64::from(facts.height);
        if pixels > self.max_pixels && facts.format != Format::Svg {
            return Err(Error::TooManyPixels {
                pixels,
                limit: self.max_pixels,
            });
        }
        Ok(facts)
    }
}

fn out_of_memory() -> Error {
    Error::Busy {
        exhausted: "the memory of transfers is used up",
    }
}

/// A length below the limit of source bytes as a length in memory.
fn as_len(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
