//! A place in the queue, until its job is written.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::Backlog;
use super::state::Removed;
use crate::cache::entry::Digest;
use crate::cache::error::Error;
use crate::cache::key::Key;

/// Room for a job that is still to be written; dropped before that, it is free again.
#[derive(Debug)]
#[must_use = "a place that is not filled is given up"]
pub struct Place {
    pub(super) backlog: Arc<Backlog>,
    pub(super) number: u64,
    pub(super) key: Key,
    pub(super) source: Digest,
    /// The waiting job that it takes the place of.
    pub(super) replaced: Option<Removed>,
    pub(super) is_filled: bool,
}

impl Place {
    /// Writes the job, with the source where it is not kept yet.
    ///
    /// # Errors
    /// What the file system refuses; then there is no job.
    pub fn fill(mut self, source: Bytes) -> Result<(), Error> {
        let backlog = Arc::clone(&self.backlog);
        backlog.fill(&mut self, source)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_filled {
            return;
        }
        let mut state = self.backlog.state();
        let removed = state.remove(self.number);
        self.backlog.count.store(state.len(), Ordering::Relaxed);
        drop(state);
        if removed
            .as_ref()
            .is_some_and(|removed| removed.source.is_some())
        {
            let _files = self.backlog.files();
            self.backlog.clean(removed);
        }
    }
}
