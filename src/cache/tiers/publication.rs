//! Keeping what was made: in memory at once, then in the folder, and in the store behind.

use std::sync::Arc;

use super::{Cache, is_gone_by_now};
use crate::cache::disk::{Disk, Stored};
use crate::cache::entry::{Entry, Header};
use crate::cache::error::Error;
use crate::cache::key::Key;
use crate::cache::record::Record;
use crate::clock::Timestamp;

/// Who may see an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Every client of every node.
    Everybody,
    /// The client that it was made for, whose key it has: it stays with this node.
    One,
}

/// An entry that memory was given, and that is still to be kept below.
#[derive(Debug)]
#[must_use = "an entry that is not published is lost at a restart"]
pub struct Unpublished {
    key: Key,
    entry: Arc<Entry>,
    record: Arc<Record>,
    audience: Audience,
    held: Stored,
    in_memory: bool,
}

impl Unpublished {
    /// Whether memory answers for the entry until it is published; entries that are too large for it do not fit.
    pub fn is_in_memory(&self) -> bool {
        self.in_memory
    }
}

impl Cache {
    /// Keeps an entry and the record of its source in memory, each unless something newer is there.
    ///
    /// What it returns must be given to [`Cache::publish`], which brings both below.
    pub fn hold(
        &self,
        key: Key,
        entry: Arc<Entry>,
        (record, audience): (Record, Audience),
    ) -> Unpublished {
        let record = Arc::new(record);
        let mut held = Stored::Superseded;
        // What was purged while it was made takes nothing's place.
        if !self.is_gone(&entry.header) {
            held = self.memory.put_entry(key, &entry);
            self.memory.put_record(entry.header.source, &record);
            if self.is_gone(&entry.header) {
                // After it was put: whoever purges and erases finds it, or is seen here. What is newer stays.
                self.memory.remove_up_to(&key, &entry.header);
                self.memory.remove_record(&entry.header.source);
            }
        }
        let in_memory = self.memory.entry(&key).is_some();
        Unpublished {
            key,
            entry,
            record,
            audience,
            held,
            in_memory,
        }
    }

    /// Keeps in the folder what memory holds already, and has it written to the shared store behind.
    ///
    /// # Errors
    /// What kept it from the folder. It is in memory nevertheless.
    pub async fn publish(&self, unpublished: Unpublished) -> Result<Stored, Error> {
        let Unpublished {
            key,
            entry,
            record,
            audience,
            held,
            ..
        } = unpublished;
        let source = entry.header.source;
        if self.is_gone(&entry.header) {
            return Ok(Stored::Superseded);
        }
        if held == Stored::Superseded {
            return self
                .touch_record(source, (Record::clone(&record), audience))
                .await
                .map(|_| Stored::Superseded);
        }
        if let (Some(shared), Audience::Everybody) = (&self.shared, audience) {
            shared.put_record(source, Arc::clone(&record));
            shared.put_entry(key, Arc::clone(&entry));
        }
        let stored = self.put_in_folder(key, Arc::clone(&entry), record).await?;
        match stored {
            Stored::Kept => self.health.disk.wrote(entry.body.len()),
            Stored::Superseded => self.memory.remove_entry(&key),
        }
        Ok(stored)
    }

    /// Keeps what is known of a source after the origin confirmed it: all its variants are fresh again.
    ///
    /// # Errors
    /// What kept it from the folder. It is in memory nevertheless.
    pub async fn touch_record(
        &self,
        source: Key,
        (record, audience): (Record, Audience),
    ) -> Result<Stored, Error> {
        let record = Arc::new(record);
        let held = self.memory.put_record(source, &record);
        if let (Some(shared), Audience::Everybody) = (&self.shared, audience) {
            shared.put_record(source, Arc::clone(&record));
        }
        let Some(folder) = &self.folder else {
            return Ok(held);
        };
        let due = record.validated_at.after(self.lifetimes.keep.variants);
        let recorded = folder
            .gate
            .run(move |disk| disk.put_record(&source, &record, due))
            .await?;
        self.settle_record(&source, recorded);
        Ok(recorded)
    }

    /// Removes the entry of `key` from memory and from the folder.
    ///
    /// # Errors
    /// What kept it in the folder. It is out of memory nevertheless.
    pub async fn remove(&self, key: &Key) -> Result<(), Error> {
        self.memory.remove_entry(key);
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let key = *key;
        folder.gate.run(move |disk| disk.remove_entry(&key)).await
    }

    pub(super) async fn put_in_folder(
        &self,
        key: Key,
        entry: Arc<Entry>,
        record: Arc<Record>,
    ) -> Result<Stored, Error> {
        let Some(folder) = &self.folder else {
            return Ok(Stored::Kept);
        };
        let source = entry.header.source;
        let due = self.due(&entry.header, &record);
        let (keeper, purges) = (Arc::clone(&folder.keeper), Arc::clone(&self.purges));
        let put = move |disk: &Disk| {
            if is_gone_by_now(&purges, &entry.header) {
                return Ok((Stored::Superseded, Stored::Superseded));
            }
            // The record first: whichever process finds the entry finds what makes it fresh. Both are tried: an entry
            // that is too long says nothing against its record.
            let recorded = disk.put_record(&source, &record, due.1);
            let stored = disk.put_entry(&key, &entry, due.0);
            keeper.take_many_changes();
            Ok((stored?, recorded?))
        };
        let (stored, recorded) = folder.gate.run(put).await?;
        self.health.disk_recovered();
        self.settle_record(&source, recorded);
        Ok(stored)
    }

    /// When an entry and the record of its source may go.
    pub(super) fn due(&self, header: &Header, record: &Record) -> (Timestamp, Timestamp) {
        let keep = &self.lifetimes.keep;
        (
            keep.until(header.class, header.created, record.validated_at),
            record.validated_at.after(keep.variants),
        )
    }

    /// Where the folder has something newer, of another process or an earlier run, memory is to learn it from there.
    fn settle_record(&self, source: &Key, recorded: Stored) {
        if recorded == Stored::Superseded {
            self.memory.remove_record(source);
        }
    }
}
