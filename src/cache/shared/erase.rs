//! Removing for good: what belongs to a source, or what a predicate names.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};

use super::super::entry::Header;
use super::super::frame::{Head, Kind, Prefix, Unreadable};
use super::super::key::Key;
use super::access::{Names, within};
use super::error::SharedError;
use super::health::Event;
use super::item::Item;
use super::name::Name;
use super::{Core, FIRST_LOOK_BYTES, Job};

/// Objects that are judged or removed at a time.
const AT_A_TIME: usize = 32;

/// What an erasure came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Objects that were removed from the store.
    pub removed: u64,
    /// What was waiting to be written, and will not be.
    pub withdrawn: u64,
    /// Objects that could not be removed, or judged; another release's are among them.
    pub failed: u64,
}

/// An erasure under way.
struct Erasure<'a> {
    core: &'a Core,
    removed: AtomicU64,
    failed: AtomicU64,
}

impl Core {
    pub(super) async fn erase_source(&self, source: Key) -> Result<Erased, SharedError> {
        let withdrawn = self.queue.withdraw(|job| job.name().source == source).await;
        let erasure = Erasure::new(self);
        self.timed(self.access.names(Some(source)))
            .try_for_each_concurrent(AT_A_TIME, |name| erasure.remove(name).map(Ok))
            .await?;
        Ok(erasure.over(withdrawn))
    }

    pub(super) async fn erase_where(
        &self,
        is_unwanted: impl Fn(&Header) -> bool,
    ) -> Result<Erased, SharedError> {
        let withdrawn = self.queue.withdraw(|job| match job {
            Job::Write(Item::Entry(_, entry)) => is_unwanted(&entry.header),
            _ => false,
        });
        let withdrawn = withdrawn.await;
        let erasure = Erasure::new(self);
        let sources = Mutex::new(HashSet::new());
        self.timed(self.access.names(None))
            .try_for_each_concurrent(AT_A_TIME, |name| {
                let (erasure, sources, is_unwanted) = (&erasure, &sources, &is_unwanted);
                async move {
                    if erasure.judge(name, is_unwanted).await {
                        erasure.remove(name).await;
                        let mut sources = sources.lock().unwrap_or_else(PoisonError::into_inner);
                        sources.insert(name.source);
                    }
                    Ok(())
                }
            })
            .await?;
        let sources = sources.into_inner().unwrap_or_else(PoisonError::into_inner);
        stream::iter(sources)
            .for_each_concurrent(AT_A_TIME, |source| erasure.remove(Name::record(source)))
            .await;
        Ok(erasure.over(withdrawn))
    }

    /// `names`, none of which takes longer to come than the patience for writes.
    fn timed(&self, names: Names) -> Names {
        let time = self.write_limits.patience;
        stream::unfold(names, move |mut names| async move {
            let next = async { names.next().await.transpose() };
            let next = within(time, next).await.transpose()?;
            Some((next, names))
        })
        .boxed()
    }

    /// The header of the entry `name`; `None` where it is absent by now.
    async fn header(&self, name: Name, key: &Key) -> Result<Option<Header>, Unread> {
        let mut most = FIRST_LOOK_BYTES;
        loop {
            let peeked = self.access.peek(name, most, self.write_limits).await?;
            let Some(object) = peeked else {
                return Ok(None);
            };
            let wanted = Prefix::parse(Kind::Entry, &object.bytes)?.head_bytes() as u64;
            if wanted <= most {
                let head = Head::parse(Kind::Entry, &object.bytes)?;
                return Ok(Some(Header::decode(key, &head)?));
            }
            most = wanted;
        }
    }
}

/// Why a header was not read.
enum Unread {
    Store,
    Format(Unreadable),
}

impl From<SharedError> for Unread {
    fn from(_: SharedError) -> Self {
        Self::Store
    }
}

impl From<Unreadable> for Unread {
    fn from(unreadable: Unreadable) -> Self {
        Self::Format(unreadable)
    }
}

impl<'a> Erasure<'a> {
    fn new(core: &'a Core) -> Self {
        Self {
            core,
            removed: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }
    }

    /// Whether the entry `name` is to go: by its header, or because it is damaged and nobody could tell.
    async fn judge(&self, name: Name, is_unwanted: impl Fn(&Header) -> bool) -> bool {
        let Some(key) = name.entry else {
            return false;
        };
        match self.core.header(name, &key).await {
            Ok(header) => header.is_some_and(|header| is_unwanted(&header)),
            Err(Unread::Format(Unreadable::Damaged(_))) => true,
            Err(Unread::Store | Unread::Format(Unreadable::UnknownVersion(_))) => {
                self.failed.fetch_add(1, Ordering::Relaxed);
                false
            }
        }
    }

    async fn remove(&self, name: Name) {
        let core = self.core;
        let count = match core.access.remove(name, core.write_limits).await {
            Ok(()) => {
                core.tally.count(Event::Removed);
                &self.removed
            }
            Err(error) => {
                core.tally.failed(Event::WriteError, &error);
                &self.failed
            }
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    fn over(self, withdrawn: usize) -> Erased {
        Erased {
            removed: self.removed.into_inner(),
            withdrawn: withdrawn as u64,
            failed: self.failed.into_inner(),
        }
    }
}
