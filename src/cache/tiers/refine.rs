//! Putting more work into what is held.

use std::sync::Arc;

use super::{Cache, is_gone_by_now};
use crate::cache::disk::{Absence, Disk, Stored};
use crate::cache::entry::{Entry, Header};
use crate::cache::error::Error;
use crate::cache::key::Key;
use crate::cache::memory::Improved;
use crate::clock::Timestamp;

impl Cache {
    /// The entry of `key` in memory or in the folder, however old, unless it was purged hard. It leaves no trace in
    /// counts, and is not held in memory because of it.
    pub async fn standing(&self, key: &Key) -> Option<Arc<Entry>> {
        self.learn_of_purges();
        let entry = match self.memory.entry(key) {
            Some(entry) => entry,
            None => self.standing_in_folder(key).await?,
        };
        (!self.is_gone(&entry.header)).then_some(entry)
    }

    /// Whether what has this header was purged hard, so that nothing of it is to be kept.
    pub fn is_purged(&self, header: &Header) -> bool {
        self.learn_of_purges();
        self.is_gone(header)
    }

    /// Puts `entry` wherever the same picture is held with less work in it, and nowhere else: what was purged, remade
    /// of another source or evicted meanwhile stays as it is.
    ///
    /// # Errors
    /// What kept it from the folder.
    pub async fn refine(&self, key: Key, entry: Arc<Entry>) -> Result<Stored, Error> {
        self.learn_of_purges();
        let record = self.record(&entry.header.source).await;
        let Some(record) = record.filter(|_| !self.is_gone(&entry.header)) else {
            return Ok(Stored::Superseded);
        };
        let held = self.memory.refine_entry(key, &entry);
        if self.is_gone(&entry.header) {
            // After it was put, as when it is held at first.
            self.memory.remove_up_to(&key, &entry.header);
            return Ok(Stored::Superseded);
        }
        let due = self.due(&entry.header, &record).0;
        let below = match held {
            Improved::Other => return Ok(Stored::Superseded),
            Improved::Refined => {
                self.refine_folder(key, &entry, (due, Absence::Fill))
                    .await?
            }
            Improved::Nothing => {
                self.refine_folder(key, &entry, (due, Absence::Leave))
                    .await?
            }
        };
        let stored = match (held, below) {
            (_, Improved::Other) => {
                self.memory.remove_entry(&key);
                Stored::Superseded
            }
            (Improved::Nothing, Improved::Nothing) => Stored::Superseded,
            _ => Stored::Kept,
        };
        if let (Stored::Kept, Some(shared)) = (stored, &self.shared) {
            shared.put_entry(key, entry);
        }
        Ok(stored)
    }

    async fn standing_in_folder(&self, key: &Key) -> Option<Arc<Entry>> {
        let folder = self.folder.as_ref()?;
        let (wanted, above) = (*key, folder.stream_bytes);
        let found = folder
            .gate
            .look(move |disk| disk.open_entry(&wanted, above));
        let opened = found.await.ok()?.whole()?;
        Some(Arc::new(folder.entry(*key, opened)))
    }

    async fn refine_folder(
        &self,
        key: Key,
        entry: &Arc<Entry>,
        how: (Timestamp, Absence),
    ) -> Result<Improved, Error> {
        let Some(folder) = &self.folder else {
            return Ok(Improved::Nothing);
        };
        let (entry, purges) = (Arc::clone(entry), Arc::clone(&self.purges));
        let keeper = Arc::clone(&folder.keeper);
        let bytes = entry.body.len();
        let put = move |disk: &Disk| {
            if is_gone_by_now(&purges, &entry.header) {
                return Ok(Improved::Other);
            }
            let improved = disk.refine_entry(&key, &entry, how)?;
            keeper.take_many_changes();
            Ok(improved)
        };
        let improved = folder.gate.run(put).await?;
        if improved == Improved::Refined {
            self.health.disk.wrote(bytes);
        }
        Ok(improved)
    }
}
