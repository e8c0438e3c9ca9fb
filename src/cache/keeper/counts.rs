//! What keeping a folder has come to, for whoever writes metrics.

use std::sync::atomic::{AtomicU64, Ordering};

use super::super::disk::Swept;
use super::super::recency::{BLOCK_BYTES, Recency};

/// What keeping has come to since the start.
#[derive(Debug, Default)]
pub(super) struct Counts {
    expired: AtomicU64,
    purged: AtomicU64,
    damaged: AtomicU64,
    evicted: AtomicU64,
    freed_blocks: AtomicU64,
    folders: AtomicU64,
    failed: AtomicU64,
    held_entries: AtomicU64,
    held_bytes: AtomicU64,
    table_bytes: AtomicU64,
}

/// What keeping has come to since the start, and what the folder holds, where this process keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeeperCounts {
    /// Files that were removed because they had expired or were purged.
    pub expired: u64,
    /// Those of them that were purged.
    pub purged: u64,
    /// Files that were removed because they failed a check.
    pub damaged: u64,
    /// Files that made room for others.
    pub evicted: u64,
    /// Bytes of the files that were removed, in whole blocks.
    pub freed_bytes: u64,
    /// Empty folders that were removed.
    pub folders: u64,
    /// Files that could be neither read nor removed, and notes that could not be written.
    pub failed: u64,
    /// Files that the folder holds.
    pub held_entries: u64,
    /// Bytes that they take, in whole blocks, with their folders.
    pub held_bytes: u64,
    /// Bytes of memory of the table that knows them.
    pub table_bytes: u64,
}

impl Counts {
    /// Adds what a sweep or a scan has come to.
    pub(super) fn swept(&self, swept: Swept) {
        add(&self.expired, swept.gone);
        add(&self.damaged, swept.damaged);
        add(&self.freed_blocks, swept.freed_blocks);
        self.removed_folders(swept.folders);
        add(&self.failed, swept.failed + swept.unnoted);
    }

    /// Counts a file that is to go because it was purged.
    pub(super) fn purged(&self) {
        add(&self.purged, 1);
    }

    /// Counts a file of so many blocks that made room.
    pub(super) fn evicted(&self, blocks: u32) {
        add(&self.evicted, 1);
        add(&self.freed_blocks, blocks.into());
    }

    /// Counts a file that could not be removed.
    pub(super) fn failed(&self) {
        add(&self.failed, 1);
    }

    /// Adds folders that were removed.
    pub(super) fn removed_folders(&self, folders: u64) {
        add(&self.folders, folders);
    }

    /// Shows what `table` holds; nothing without one.
    pub(super) fn show(&self, table: Option<&Recency>) {
        let held = table.map(Recency::held).unwrap_or_default();
        let bytes = table.map_or(0, Recency::memory_bytes);
        let show = |count: &AtomicU64, value| count.store(value, Ordering::Relaxed);
        show(&self.held_entries, held.entries);
        show(&self.held_bytes, held.bytes);
        show(&self.table_bytes, bytes as u64);
    }

    /// The counts now.
    pub(super) fn read(&self) -> KeeperCounts {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        KeeperCounts {
            expired: load(&self.expired),
            purged: load(&self.purged),
            damaged: load(&self.damaged),
            evicted: load(&self.evicted),
            freed_bytes: load(&self.freed_blocks) * BLOCK_BYTES,
            folders: load(&self.folders),
            failed: load(&self.failed),
            held_entries: load(&self.held_entries),
            held_bytes: load(&self.held_bytes),
            table_bytes: load(&self.table_bytes),
        }
    }
}

fn add(count: &AtomicU64, amount: u64) {
    count.fetch_add(amount, Ordering::Relaxed);
}
