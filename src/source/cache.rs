//! Sources that are kept in memory for their next size.
//!
//! A kept source is counted in a budget of the cache's own, for as long as anybody holds its bytes: one that was
//! evicted while a job reads it still counts. So the memory of sources is never above the transfers' budget and
//! this one together. What does not fit beside what is in use is not kept, and stays counted as a transfer.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::{Image, TransferBudget, Validators};
use crate::clock::{Clock, Timestamp};
use crate::request::SourceUrl;

/// Memory of an entry beside its bytes: facts, validators, headers and keys.
const OVERHEAD: u64 = 2 << 10;

/// What a source is kept under: the digests of its URL, and of the headers that passed with the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    source: [u8; 32],
    passed: Option<[u8; 32]>,
}

/// The cache of sources: least recently used go first.
#[derive(Debug)]
pub(super) struct SourceCache {
    budget: TransferBudget,
    ttl: Duration,
    clock: Clock,
    state: Mutex<State>,
}

/// A state of the cache, to tell whether something was forgotten since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Era(u64);

#[derive(Debug, Default)]
struct State {
    kept: BTreeMap<Key, Kept>,
    /// Keys by their last use.
    order: BTreeMap<u64, Key>,
    uses: u64,
    era: u64,
}

/// A source that is kept in memory, as who looks on sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSource {
    /// Its length in bytes.
    pub bytes: u64,
    /// BLAKE3 of them.
    pub digest: [u8; 32],
    /// What tells this version from the next.
    pub validators: Validators,
    /// When its origin last said that it stands.
    pub validated: Timestamp,
    /// Until when it is used without asking the origin.
    pub until: Timestamp,
    /// Number of the last purge that was known before it was fetched.
    pub sequence: u64,
}

#[derive(Debug)]
struct Kept {
    image: Image,
    /// When its origin last said that it stands.
    validated: Timestamp,
    used: u64,
}

impl Key {
    pub(super) fn new(source: &SourceUrl, passed: Option<[u8; 32]>) -> Self {
        Self {
            source: *blake3::hash(source.as_str().as_bytes()).as_bytes(),
            passed,
        }
    }

    /// Whether it is of the same source, whatever passed.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl SourceCache {
    /// A cache of `bytes` whose sources are used for `ttl` without asking again.
    pub(super) fn new(bytes: u64, ttl: Duration, clock: Clock) -> Self {
        Self {
            budget: TransferBudget::new(bytes),
            ttl,
            clock,
            state: Mutex::default(),
        }
    }

    /// The source under `key`, its lifetime as it is by now, and whether it may be used without asking its origin.
    pub(super) fn find(&self, key: &Key) -> Option<(Image, bool)> {
        let mut state = self.state();
        state.touch(key);
        let kept = state.kept.get(key)?;
        let elapsed = self.clock.now().since(kept.validated);
        let image = Image {
            lifetime: kept.image.lifetime.aged(elapsed),
            ..kept.image.clone()
        };
        Some((image, elapsed < self.ttl))
    }

    /// What is kept under `key`, found without that counting as a use.
    pub(super) fn sight(&self, key: &Key) -> Option<KeptSource> {
        let state = self.state();
        let kept = state.kept.get(key)?;
        Some(KeptSource {
            bytes: kept.image.bytes.len() as u64,
            digest: kept.image.digest,
            validators: kept.image.validators.clone(),
            validated: kept.validated,
            until: kept.validated.after(self.ttl),
            sequence: kept.image.sequence,
        })
    }

    /// The state now; taken before a download, it tells later whether the source was forgotten meanwhile.
    pub(super) fn era(&self) -> Era {
        Era(self.state().era)
    }

    /// Keeps `image`, which was asked for in `era`, and counts its bytes here from now on; where it does not fit or
    /// something was forgotten since, it comes back as it was.
    pub(super) fn keep(&self, key: Key, image: Image, era: Era) -> Image {
        let bytes = image.permit.bytes().saturating_add(OVERHEAD);
        let mut state = self.state();
        if state.era != era.0 || bytes > self.budget.total_bytes() {
            return image;
        }
        state.remove(&key);
        while self.budget.free_bytes() < bytes && state.evict() {}
        let Some(permit) = self.budget.try_reserve(bytes) else {
            return image;
        };
        let image = Image { permit, ..image };
        state.insert(key, image.clone(), self.clock.now());
        image
    }

    /// Notes that the origin says the source under `key` still stands, if it is the version of `image`.
    pub(super) fn renew(&self, key: &Key, image: &Image) {
        let now = self.clock.now();
        let mut state = self.state();
        let kept = state.kept.get_mut(key);
        if let Some(kept) = kept.filter(|kept| kept.image.digest == image.digest) {
            kept.validated = now;
            kept.image = image.clone();
        }
    }

    /// Drops every version of the source of `key`, whatever passed with it; answers how many there were.
    pub(super) fn forget(&self, key: &Key) -> usize {
        let mut state = self.state();
        state.era += 1;
        let first = Key {
            passed: None,
            ..*key
        };
        let range = state.kept.range(first..).map(|(found, _)| *found);
        let found: Vec<Key> = range.take_while(|found| found.is_of(key)).collect();
        for key in &found {
            state.remove(key);
        }
        found.len()
    }

    /// Bytes of the sources that are kept, and of those that somebody still reads.
    pub(super) fn used_bytes(&self) -> u64 {
        self.budget.total_bytes() - self.budget.free_bytes()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn touch(&mut self, key: &Key) {
        let Some(kept) = self.kept.get_mut(key) else {
            return;
        };
        self.order.remove(&kept.used);
        self.uses += 1;
        kept.used = self.uses;
        self.order.insert(self.uses, *key);
    }

    fn insert(&mut self, key: Key, image: Image, validated: Timestamp) {
        self.uses += 1;
        self.order.insert(self.uses, key);
        let kept = Kept {
            image,
            validated,
            used: self.uses,
        };
        self.kept.insert(key, kept);
    }

    fn remove(&mut self, key: &Key) {
        if let Some(kept) = self.kept.remove(key) {
            self.order.remove(&kept.used);
        }
    }

    /// Drops the source that was not used for the longest time, if there is one.
    fn evict(&mut self) -> bool {
        let Some((_, key)) = self.order.pop_first() else {
            return false;
        };
        self.kept.remove(&key);
        true
    }
}
