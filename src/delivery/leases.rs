//! Response bytes in flight, counted once however many clients are reading them.
//!
//! The memory cache bounds what it holds, but not what slow clients still read after it was evicted. Every
//! body above [`FREE_BYTES`] therefore takes its size from the transfer budget while anybody reads it. One that is
//! read from its file takes for each reader what a reader has in memory, and no more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;

use super::payload::{FilePayload, Payload};
use crate::cache::{Body, Key};
use crate::source::{TransferBudget, TransferPermit};

/// Smaller bodies are sent without a lease: the connection limit bounds them.
const FREE_BYTES: usize = 64 * 1024;
/// Separate tables, so that readers of different images seldom meet.
const SHARDS: usize = 16;

/// Leases by the identity of their bytes.
pub(super) struct Leases {
    /// For answers alone, so that sources on their way never keep a hit from being sent.
    own: TransferBudget,
    /// Shared with sources; taken from once the own one is used up.
    shared: TransferBudget,
    shards: [Mutex<HashMap<Identity, Weak<TransferPermit>>>; SHARDS],
}

/// One body: its key, and the digest that tells two stages of it apart.
type Identity = (Key, [u8; 32]);

/// Bytes that carry the permit under which they are sent.
struct Leased {
    bytes: Bytes,
    _permit: Arc<TransferPermit>,
}

impl AsRef<[u8]> for Leased {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Leases {
    pub(super) fn new(own: TransferBudget, shared: TransferBudget) -> Self {
        Self {
            own,
            shared,
            shards: Default::default(),
        }
    }

    /// The same body, holding its share of the budget until the last clone is dropped; `None` when the
    /// budget is used up.
    pub(super) fn lease(&self, key: Key, digest: [u8; 32], body: &Body) -> Option<Payload> {
        match body {
            Body::Whole(bytes) => self.shared_by_all((key, digest), bytes).map(Payload::Whole),
            Body::File(file) => {
                let permit = self.reserve(FilePayload::READER_BYTES)?;
                Some(Payload::File(FilePayload::new(Arc::clone(file), permit)))
            }
        }
    }

    fn shared_by_all(&self, identity: Identity, bytes: &Bytes) -> Option<Bytes> {
        if bytes.len() <= FREE_BYTES {
            return Some(bytes.clone());
        }
        let permit = self.permit(identity, bytes.len() as u64)?;
        Some(Bytes::from_owner(Leased {
            bytes: bytes.clone(),
            _permit: permit,
        }))
    }

    fn permit(&self, identity: Identity, size_bytes: u64) -> Option<Arc<TransferPermit>> {
        let shard = &self.shards[usize::from(identity.1[0]) % SHARDS];
        let mut leases = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = leases.get(&identity).and_then(Weak::upgrade) {
            return Some(shared);
        }
        leases.retain(|_, lease| lease.strong_count() > 0);
        let permit = Arc::new(self.reserve(size_bytes)?);
        leases.insert(identity, Arc::downgrade(&permit));
        Some(permit)
    }

    fn reserve(&self, size_bytes: u64) -> Option<TransferPermit> {
        let own = self.own.try_reserve(size_bytes);
        own.or_else(|| self.shared.try_reserve(size_bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leases(own_bytes: u64, shared_bytes: u64) -> Leases {
        Leases::new(
            TransferBudget::new(own_bytes),
            TransferBudget::new(shared_bytes),
        )
    }

    #[test]
    fn answers_have_a_budget_of_their_own_and_then_the_shared_one() {
        let leases = leases(1024 * 1024, 1024 * 1024);
        let bytes = Bytes::from(vec![0; 700 * 1024]).into();
        let first = leases.lease(key(b"a"), [1; 32], &bytes).expect("own");
        let second = leases.lease(key(b"b"), [2; 32], &bytes).expect("shared");
        assert!(leases.lease(key(b"c"), [3; 32], &bytes).is_none());
        drop((first, second));
    }

    fn key(name: &[u8]) -> Key {
        crate::cache::KeyBuilder::new("test")
            .part("name", name)
            .finish()
    }

    #[test]
    fn readers_of_the_same_bytes_share_one_lease() {
        let leases = leases(1024 * 1024, 0);
        let bytes = Bytes::from(vec![0; 700 * 1024]).into();
        let first = leases.lease(key(b"a"), [1; 32], &bytes).expect("fits");
        let second = leases
            .lease(key(b"a"), [1; 32], &bytes)
            .expect("is the same");
        assert!(
            leases.lease(key(b"b"), [2; 32], &bytes).is_none(),
            "another image does not fit beside it"
        );
        drop(first);
        assert!(
            leases.lease(key(b"b"), [2; 32], &bytes).is_none(),
            "somebody still reads"
        );
        drop(second);
        assert!(leases.lease(key(b"b"), [2; 32], &bytes).is_some());
    }

    #[test]
    fn small_bodies_need_no_lease() {
        let leases = leases(1024, 0);
        assert!(
            leases
                .lease(key(b"a"), [1; 32], &Bytes::from(vec![0; FREE_BYTES]).into())
                .is_some()
        );
    }
}
