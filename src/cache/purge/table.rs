//! The newest purges of each scope in memory: a table of atomics that is read without a lock.
//!
//! One thread at a time raises numbers; nothing is ever lowered or taken out. Where there is no room, a copy
//! with more of it, or with the oldest scopes folded into the floor of everything, takes the table's place.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::record::Record;
use super::{Extent, Floor, Force, Purge};
use crate::cache::entry::Sequence;
use crate::cache::scope::Scope;

/// Bytes of one slot: a scope and its two numbers.
const SLOT_BYTES: u64 = 24;
const MIN_SLOTS: usize = 64;

/// A table of so many slots, of which three quarters may be in use.
#[derive(Debug)]
pub(super) struct Table {
    all: Numbers,
    /// The scopes, by hash; 0 is a free slot.
    scopes: Box<[AtomicU64]>,
    numbers: Box<[Numbers]>,
    used: AtomicUsize,
}

/// Why a purge was not entered: every slot that may be in use is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

#[derive(Debug, Default)]
struct Numbers {
    hard: AtomicU64,
    soft: AtomicU64,
}

/// A scope and its numbers, while they move between tables.
#[derive(Clone, Copy)]
struct Row {
    scope: u64,
    floor: Floor,
}

impl Numbers {
    fn floor(&self) -> Floor {
        Floor {
            hard: Sequence(self.hard.load(Ordering::Acquire)),
            soft: Sequence(self.soft.load(Ordering::Acquire)),
        }
    }

    fn raise(&self, floor: Floor) {
        self.hard.fetch_max(floor.hard.0, Ordering::Release);
        self.soft.fetch_max(floor.soft.0, Ordering::Release);
    }
}

impl Table {
    /// The smallest table there is.
    pub(super) fn new() -> Self {
        Self::with_slots(MIN_SLOTS)
    }

    /// The newest purges that concern everything or any of `scopes`.
    pub(super) fn floor(&self, scopes: &[Scope]) -> Floor {
        scopes.iter().fold(self.all.floor(), |floor, scope| {
            floor.max(self.of(mark(*scope)))
        })
    }

    /// Enters a purge, where there is room.
    ///
    /// # Errors
    /// [`Full`] where its scope is new and has no slot.
    pub(super) fn raise(&self, record: &Record) -> Result<(), Full> {
        let floor = Floor::of(record);
        match record.purge.extent {
            Extent::All => {
                self.all.raise(floor);
                Ok(())
            }
            Extent::Of(scope) => self.enter(Row {
                scope: mark(scope),
                floor,
            }),
        }
    }

    /// A copy that has room, of at most `bytes`: with twice the slots, or with the oldest scopes folded.
    pub(super) fn enlarged(&self, bytes: u64) -> Self {
        let slots = (self.scopes.len() * 2).min(slots_in(bytes));
        let table = Self::with_slots(slots);
        table.all.raise(self.all.floor());
        let mut rows: Vec<Row> = self.rows().filter(|row| !self.covers(row)).collect();
        for row in table.fold(&mut rows) {
            table
                .enter(*row)
                .expect("folding leaves fewer rows than there is room for");
        }
        table
    }

    /// What a new log has to say, in the order of the numbers.
    pub(super) fn records(&self) -> Vec<Record> {
        let all = self.all.floor().records(Extent::All);
        let rows = self
            .rows()
            .filter(|row| !self.covers(row))
            .flat_map(|row| row.floor.records(Extent::Of(Scope::from_number(row.scope))));
        let mut records: Vec<Record> = all.chain(rows).collect();
        records.sort_by_key(|record| record.number);
        records
    }

    /// Slots in use.
    pub(super) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed) as u64
    }

    /// Bytes that the slots take.
    pub(super) fn bytes(&self) -> u64 {
        self.scopes.len() as u64 * SLOT_BYTES
    }

    /// Most slots in use of a table of `bytes`.
    pub(super) fn limit(bytes: u64) -> u64 {
        room_in(slots_in(bytes)) as u64
    }

    fn with_slots(slots: usize) -> Self {
        Self {
            all: Numbers::default(),
            scopes: (0..slots).map(|_| AtomicU64::default()).collect(),
            numbers: (0..slots).map(|_| Numbers::default()).collect(),
            used: AtomicUsize::new(0),
        }
    }

    /// Raises the floor of everything to the oldest of `rows`, as many as leave a quarter of the room free;
    /// answers the others.
    fn fold<'a>(&self, rows: &'a mut [Row]) -> &'a [Row] {
        let room = room_in(self.scopes.len()) * 3 / 4;
        let Some(excess) = rows.len().checked_sub(room).filter(|excess| *excess > 0) else {
            return rows;
        };
        rows.select_nth_unstable_by_key(excess - 1, |row| row.floor.newest());
        let (oldest, others) = rows.split_at(excess);
        oldest.iter().for_each(|row| self.all.raise(row.floor));
        others
    }

    fn covers(&self, row: &Row) -> bool {
        let all = self.all.floor();
        all.hard >= row.floor.hard && all.soft >= row.floor.soft
    }

    fn of(&self, scope: u64) -> Floor {
        match self.place(scope) {
            Place::Taken(at) => self.numbers[at].floor(),
            Place::Free(_) => Floor::default(),
        }
    }

    fn enter(&self, row: Row) -> Result<(), Full> {
        match self.place(row.scope) {
            Place::Taken(at) => self.numbers[at].raise(row.floor),
            Place::Free(_) if self.used() as usize >= room_in(self.scopes.len()) => {
                return Err(Full);
            }
            Place::Free(at) => {
                // Who finds the scope finds its numbers.
                self.numbers[at].raise(row.floor);
                self.scopes[at].store(row.scope, Ordering::Release);
                self.used.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    /// Where a scope is, or would be: from the slot that its number falls to, the first that is its own or
    /// free. There always is a free one.
    fn place(&self, scope: u64) -> Place {
        let slots = self.scopes.len();
        let mut at = ((u128::from(scope) * slots as u128) >> 64) as usize;
        loop {
            match self.scopes[at].load(Ordering::Acquire) {
                0 => return Place::Free(at),
                held if held == scope => return Place::Taken(at),
                _ => at = if at + 1 == slots { 0 } else { at + 1 },
            }
        }
    }

    fn rows(&self) -> impl Iterator<Item = Row> {
        self.scopes
            .iter()
            .zip(&self.numbers)
            .map(|(scope, numbers)| Row {
                scope: scope.load(Ordering::Acquire),
                floor: numbers.floor(),
            })
            .filter(|row| row.scope != 0)
    }
}

enum Place {
    Taken(usize),
    Free(usize),
}

impl Floor {
    fn of(record: &Record) -> Self {
        match record.purge.force {
            Force::Hard => Self {
                hard: record.number,
                ..Self::default()
            },
            Force::Soft => Self {
                soft: record.number,
                ..Self::default()
            },
        }
    }

    fn newest(self) -> Sequence {
        self.hard.max(self.soft)
    }

    fn records(self, extent: Extent) -> impl Iterator<Item = Record> {
        [(self.hard, Force::Hard), (self.soft, Force::Soft)]
            .into_iter()
            .filter(|(number, _)| *number > Sequence(0))
            .map(move |(number, force)| Record {
                number,
                purge: Purge { extent, force },
            })
    }
}

/// The number that stands for a scope. Zero is a free slot, so one scope shares that of another.
fn mark(scope: Scope) -> u64 {
    scope.number().max(1)
}

fn slots_in(bytes: u64) -> usize {
    usize::try_from(bytes / SLOT_BYTES)
        .unwrap_or(usize::MAX)
        .max(MIN_SLOTS)
}

const fn room_in(slots: usize) -> usize {
    slots / 4 * 3
}
