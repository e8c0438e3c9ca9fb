//! Downloads that several ask for at once are made once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use super::cache::Key;
use super::{Error, Fetched, Validators};

/// What is asked of an origin: which source, held against which version, after which purge.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub(super) key: Key,
    pub(super) held: Option<Validators>,
    pub(super) floor: u64,
}

type Download = BoxFuture<'static, Result<Fetched, Error>>;

/// The downloads under way.
///
/// Whoever waits drives the download; it is dropped, and with it its connection, when the last of them is gone.
#[derive(Clone, Debug, Default)]
pub(super) struct Flights {
    open: Arc<Mutex<Open>>,
}

#[derive(Debug, Default)]
struct Open {
    downloads: HashMap<Question, (u64, WeakShared<Download>)>,
    started: u64,
}

/// Takes a download off the list when it has ended or was dropped.
struct Listing {
    flights: Flights,
    question: Question,
    number: u64,
}

impl Flights {
    /// Waits for the download that answers `question`, which `start` begins if there is none.
    ///
    /// Dropping the future leaves the download to the others who wait.
    pub(super) async fn join(
        &self,
        question: Question,
        start: impl FnOnce() -> Download,
    ) -> Result<Fetched, Error> {
        self.joined(question, start).await
    }

    /// Whether anything is downloaded under `key`.
    pub(super) fn is_open(&self, key: &Key) -> bool {
        self.with(|open| open.downloads.keys().any(|question| question.key == *key))
    }

    /// Has nobody join the downloads of the source of `key` any more.
    pub(super) fn forget(&self, key: &Key) {
        self.with(|open| open.downloads.retain(|found, _| !found.key.is_of(key)));
    }

    fn joined(&self, question: Question, start: impl FnOnce() -> Download) -> Shared<Download> {
        let begin = |open: &mut Open| {
            let found = open.downloads.get(&question);
            if let Some(download) = found.and_then(|(_, download)| download.upgrade()) {
                return download;
            }
            open.started += 1;
            let listing = Listing {
                flights: self.clone(),
                question: question.clone(),
                number: open.started,
            };
            let download = start();
            let download = async move {
                let _listing = listing;
                download.await
            };
            let download = download.boxed().shared();
            if let Some(weak) = download.downgrade() {
                open.downloads.insert(question, (open.started, weak));
            }
            download
        };
        self.with(begin)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Open) -> T) -> T {
        act(&mut self.open.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Listing {
    fn drop(&mut self) {
        self.flights.with(|open| {
            let found = open.downloads.get(&self.question);
            if found.is_some_and(|(number, _)| *number == self.number) {
                open.downloads.remove(&self.question);
            }
        });
    }
}
