//! What this process published and removed, until whoever keeps the folder asks.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::key::Key;

/// Most changes that are held, in 3 MiB: nobody may ask.
const MOST: usize = 1 << 16;
/// So many that they should be asked for.
const MANY: usize = 4096;

/// What became of a file at the hands of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It has its name, and takes so many blocks of 512 bytes, apart from its leaf folder.
    Published(Key, u32),
    /// It is gone.
    Removed(Key),
}

/// The changes since somebody asked, in their order. Those past the bound are lost: the journal tells of what was
/// published, and what was removed is found missing.
#[derive(Debug, Default)]
pub(super) struct Changes(Mutex<Vec<Change>>);

impl Changes {
    /// Takes note of a change.
    pub(super) fn add(&self, change: Change) {
        let mut held = self.held();
        if held.len() < MOST {
            held.push(change);
        }
    }

    /// Hands out the changes.
    pub(super) fn take(&self) -> Vec<Change> {
        mem::take(&mut *self.held())
    }

    /// Whether there are so many that they should be taken soon.
    pub(super) fn are_many(&self) -> bool {
        self.held().len() >= MANY
    }

    fn held(&self) -> MutexGuard<'_, Vec<Change>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_come_in_their_order_once_and_no_more_than_fit() {
        let changes = Changes::default();
        let of = |number: usize| Change::Published(Key::from_bytes([7; 32]), number as u32);
        for number in 0..MOST + 10 {
            assert_eq!(changes.are_many(), number >= MANY);
            changes.add(of(number));
        }
        assert_eq!(changes.take(), (0..MOST).map(of).collect::<Vec<_>>());
        assert_eq!(changes.take(), []);
    }
}
