//! Removing for good what belongs to a group, from every tier.

use std::collections::HashSet;
use std::time::Duration;

use super::Cache;
use crate::cache::disk::{Groups, Search, Swept};
use crate::cache::entry::Header;
use crate::cache::error::Error;
use crate::cache::key::Key;
use crate::cache::scope::Scope;
use crate::cache::shared::{self, Shared, SharedError};

/// For what was being written to the folder when an erasure begins to be over.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is to be removed for good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unwanted {
    /// Groups: all entries of each go, and the records of their sources.
    pub scopes: Vec<Scope>,
    /// Sources whose entries and records go, whatever groups they name.
    pub sources: Vec<Key>,
}

/// What an erasure came to, tier by tier; `None` where there is no such tier.
#[derive(Debug)]
pub struct Erasure {
    /// Entries and records that memory held.
    pub memory: u64,
    /// What became of the files of the folder, and how they were found.
    pub disk: Option<Result<(Swept, Search), Error>>,
    /// What became of the objects of the shared store.
    pub shared: Option<Result<shared::Erased, SharedError>>,
}

impl Unwanted {
    /// Whether an entry is to go. One that does not say what it belongs to may belong to anything.
    pub(in crate::cache) fn names(&self, header: &Header) -> bool {
        let is_of_group = header.scopes.iter().any(|it| self.scopes.contains(it));
        is_of_group || header.scopes.is_empty() || self.sources.contains(&header.source)
    }

    /// What an entry that is to go seems to belong to one of, by its note.
    pub(in crate::cache) fn groups(&self) -> Vec<Groups> {
        let scopes = self.scopes.iter().map(|scope| Groups::of_scope(*scope));
        let sources = self.sources.iter().map(Groups::of_source);
        scopes.chain(sources).collect()
    }
}

impl Erasure {
    /// Whether nothing is left that could be there: nothing failed, and no file is of another release, of which
    /// nobody can tell.
    pub fn is_complete(&self) -> bool {
        let disk = self.disk.as_ref().is_none_or(|outcome| {
            let swept = outcome.as_ref();
            swept.is_ok_and(|(swept, _)| swept.failed == 0 && swept.foreign == 0)
        });
        let shared = self.shared.as_ref().is_none_or(|outcome| {
            let erased = outcome.as_ref();
            erased.is_ok_and(|erased| erased.failed == 0)
        });
        disk && shared
    }
}

impl Cache {
    /// Removes for good what is `unwanted`: from memory, from the folder, and from the shared store with what waits
    /// to be written there. Looks at every object of the store, and at every file of the folder where its journal may
    /// lack some.
    ///
    /// It must have been purged hard before: then whatever is still being made of it is kept nowhere.
    pub async fn erase(&self, unwanted: Unwanted) -> Erasure {
        let mut memory = self.erase_memory(&unwanted);
        let disk = self.erase_folder(unwanted.clone()).await;
        let shared = match &self.shared {
            Some(shared) => Some(erase_shared(shared, &unwanted).await),
            None => None,
        };
        // What was being read from below meanwhile.
        memory += self.erase_memory(&unwanted);
        Erasure {
            memory,
            disk,
            shared,
        }
    }

    fn erase_memory(&self, unwanted: &Unwanted) -> u64 {
        let (entries, sources) = self.memory.remove_where(|header| unwanted.names(header));
        let sources: HashSet<Key> = sources
            .into_iter()
            .chain(unwanted.sources.clone())
            .collect();
        let records = sources.iter().filter(|source| {
            let is_held = self.memory.record(source).is_some();
            self.memory.remove_record(source);
            is_held
        });
        entries + records.count() as u64
    }

    async fn erase_folder(&self, unwanted: Unwanted) -> Option<Result<(Swept, Search), Error>> {
        let folder = self.folder.as_ref()?;
        if let Err(error) = folder.gate.settle(PATIENCE).await {
            return Some(Err(error));
        }
        let keeper = folder.keeper.clone();
        Some(folder.gate.work(move || keeper.erase(&unwanted)).await)
    }
}

/// What is found by the name of its source goes at once; what only says so in its head is looked for.
async fn erase_shared(shared: &Shared, unwanted: &Unwanted) -> Result<shared::Erased, SharedError> {
    let mut sum = shared::Erased::default();
    for source in &unwanted.sources {
        add(&mut sum, shared.erase_source(source).await?);
    }
    add(
        &mut sum,
        shared.erase_where(|header| unwanted.names(header)).await?,
    );
    Ok(sum)
}

fn add(sum: &mut shared::Erased, more: shared::Erased) {
    sum.removed += more.removed;
    sum.withdrawn += more.withdrawn;
    sum.failed += more.failed;
}
