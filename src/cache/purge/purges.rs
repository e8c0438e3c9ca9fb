//! The purges that are known, and the ways by which more come.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::{ArcSwap, ArcSwapOption};

use super::log::{Condition, Lock, Log, Tail};
use super::record::Record;
use super::table::Table;
use super::{Extent, Floor, Force, Purge};
use crate::cache::entry::Sequence;
use crate::cache::error::Error;
use crate::cache::scope::Scope;

/// Most purges of one append; of a crash that took an append, so many numbers may have been seen.
const MAX_BATCH: usize = (1 << 16) - 1;
/// How far above what it reads a process begins to number.
const LEAP: u64 = 1 << 16;
/// Highest number that is taken from elsewhere; above it there is room for those of our own.
const MAX_NUMBER: u64 = u64::MAX >> 1;
/// Records beyond four for each slot of the table that a log may hold before it is written anew.
const SPARE_RECORDS: u64 = 1024;

/// Is told what was purged.
pub type PurgeObserver = Box<dyn Fn(&[Purge]) + Send + Sync>;

/// How purges are kept.
pub struct PurgeConfig {
    /// Most bytes of memory that the table takes; twice that for the moment in which purges are folded.
    pub table_bytes: u64,
    /// No number up to this one is given: where a log is lost, numbers must not begin again. The wall clock's
    /// milliseconds times 65,536 will do, as will the newest number of a stream.
    pub origin: Sequence,
    /// Is told what was purged, by whichever process, after the table knows it and before it is acknowledged.
    /// Look-ups wait for it, so it must be quick and must not call [`Purges::refresh`] or [`Purges::add`].
    pub observer: PurgeObserver,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PurgeUsage {
    /// Scopes in the table.
    pub records: u64,
    /// Bytes of memory that the table takes.
    pub bytes: u64,
    /// Most scopes that the table may hold; past it the oldest purges count for everything.
    pub limit: u64,
    /// How often purges were found to be lost since the start, and everything purged in their place.
    pub losses: u64,
}

/// What was purged.
pub struct Purges {
    table: ArcSwap<Table>,
    newest: AtomicU64,
    losses: AtomicU64,
    config: PurgeConfig,
    log: Option<Log>,
    tail: ArcSwapOption<Tail>,
    /// Held while purges enter the table: by one thread at a time, and never while the disk is synced.
    taking: Mutex<()>,
    /// Held while purges are written: whether this process has given a number yet.
    writing: Mutex<Numbering>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Numbering {
    /// The next number is some way above the newest: a number that was lost must not be given again.
    #[default]
    Leaping,
    /// The next number is one above the newest.
    Counting,
}

impl Purges {
    /// Opens the log in `dir`, which is made where it lacks; without one, purges are known to this process
    /// alone, as long as it runs. Blocks.
    ///
    /// # Errors
    /// What the file system refuses; [`Error::UnknownVersion`]; [`Error::Slow`] where another process is
    /// writing for too long.
    pub fn open(dir: Option<&Path>, config: PurgeConfig) -> Result<Self, Error> {
        let mut purges = Self {
            table: ArcSwap::from_pointee(Table::new()),
            newest: AtomicU64::default(),
            losses: AtomicU64::default(),
            config: PurgeConfig {
                observer: Box::new(|_| {}),
                ..config
            },
            log: dir.map(Log::new),
            tail: ArcSwapOption::empty(),
            taking: Mutex::default(),
            writing: Mutex::default(),
        };
        purges.begin()?;
        purges.config.observer = config.observer;
        Ok(purges)
    }

    /// The newest number that is known. What is fetched from now on is fetched under it.
    ///
    /// Who needs a floor too reads it after this: then the floor knows every purge up to this number.
    pub fn newest(&self) -> Sequence {
        Sequence(self.newest.load(Ordering::Acquire))
    }

    /// The newest purges that concern what belongs to `scopes`.
    pub fn floor(&self, scopes: &[Scope]) -> Floor {
        self.table.load().floor(scopes)
    }

    /// Takes note of what other processes have purged. Costs one call of the system where that is nothing.
    ///
    /// # Errors
    /// What the file system refuses. What was known still holds; what was purged since may be missed.
    pub fn refresh(&self) -> Result<(), Error> {
        match (&self.log, &*self.tail.load()) {
            (Some(_), Some(tail)) if tail.is_current() => Ok(()),
            (Some(log), _) => self.catch_up(log),
            (None, _) => Ok(()),
        }
    }

    /// Purges, and answers the last number. Then all of `purges` are on disk and in the table. Blocks.
    ///
    /// # Errors
    /// What the file system refuses; [`Error::Slow`]. Then nothing was purged; of more than 65,535 purges some
    /// may have been.
    pub fn add(&self, purges: &[Purge]) -> Result<Sequence, Error> {
        let unnumbered: Vec<(Sequence, Purge)> =
            purges.iter().map(|purge| (Sequence(0), *purge)).collect();
        self.write(&unnumbered)
    }

    /// Purges under numbers that were given elsewhere, and answers the newest number. Blocks.
    ///
    /// A purge whose number is no higher than one that is known for its scope and force is known, and left
    /// alone; so it may come again and again. One that is not known and comes late, below the newest number,
    /// gets the next number instead: what was fetched since may be older than it.
    ///
    /// # Errors
    /// As [`Purges::add`]; [`Error::TooLarge`] for a number that leaves no room above it.
    pub fn add_numbered(&self, purges: &[(Sequence, Purge)]) -> Result<Sequence, Error> {
        if purges.iter().any(|(number, _)| number.0 > MAX_NUMBER) {
            return Err(Error::TooLarge("number of a purge"));
        }
        self.write(purges)
    }

    /// How much is kept, for whoever writes metrics.
    pub fn usage(&self) -> PurgeUsage {
        let table = self.table.load();
        PurgeUsage {
            records: table.used(),
            bytes: table.bytes(),
            limit: Table::limit(self.config.table_bytes),
            losses: self.losses.load(Ordering::Relaxed),
        }
    }

    fn begin(&self) -> Result<(), Error> {
        let Some(log) = &self.log else {
            return Ok(());
        };
        let mut numbering = lock(&self.writing);
        let held = log.lock()?;
        self.settle(log, &held, &mut numbering)
    }

    fn write(&self, purges: &[(Sequence, Purge)]) -> Result<Sequence, Error> {
        let mut numbering = lock(&self.writing);
        for batch in purges.chunks(MAX_BATCH) {
            match &self.log {
                Some(log) => self.write_to(log, batch, &mut numbering)?,
                None => {
                    let records = self.number(batch, &mut numbering);
                    self.take(&lock(&self.taking), &records);
                }
            }
        }
        Ok(self.newest())
    }

    fn write_to(
        &self,
        log: &Log,
        batch: &[(Sequence, Purge)],
        numbering: &mut Numbering,
    ) -> Result<(), Error> {
        let held = log.lock()?;
        self.settle(log, &held, numbering)?;
        let records = self.number(batch, numbering);
        self.append(log, &held, &records).inspect_err(|_| {
            // Others may have seen the numbers.
            *numbering = Numbering::Leaping;
        })?;
        if self.is_overgrown() {
            // It is tried again at the next purge; this one is safe.
            let _ = self.rewrite(log, &held);
        }
        Ok(())
    }

    /// Numbers purges; leaves out those that are known.
    fn number(&self, purges: &[(Sequence, Purge)], numbering: &mut Numbering) -> Vec<Record> {
        let mut newest = self.newest();
        let mut records: Vec<Record> = Vec::with_capacity(purges.len());
        for &(given, purge) in purges {
            let number = if given > newest {
                given
            } else if given > Sequence(0) && self.is_known(given, purge, &records) {
                continue;
            } else {
                self.next(newest, numbering)
            };
            newest = number;
            records.push(Record { number, purge });
        }
        records
    }

    fn next(&self, newest: Sequence, numbering: &mut Numbering) -> Sequence {
        let step = match std::mem::replace(numbering, Numbering::Counting) {
            Numbering::Leaping => LEAP,
            Numbering::Counting => 1,
        };
        let next = newest.0.saturating_add(step);
        Sequence(next.max(self.config.origin.0.saturating_add(1)))
    }

    fn is_known(&self, number: Sequence, purge: Purge, pending: &[Record]) -> bool {
        let floor = match purge.extent {
            Extent::All => self.floor(&[]),
            Extent::Of(scope) => self.floor(&[scope]),
        };
        let known = match purge.force {
            Force::Soft => floor.soft,
            Force::Hard => floor.hard,
        };
        known >= number
            || pending
                .iter()
                .any(|record| record.purge == purge && record.number >= number)
    }

    fn append(&self, log: &Log, held: &Lock, records: &[Record]) -> Result<(), Error> {
        let tail = self.tail.load_full();
        let tail = tail.as_ref().expect("a log that is settled is open");
        log.append(held, tail, records)?;
        self.catch_up(log)?;
        held.note(self.newest());
        Ok(())
    }

    /// Reads the log to its end, and makes it one to which records can be added.
    fn settle(&self, log: &Log, held: &Lock, numbering: &mut Numbering) -> Result<(), Error> {
        self.follow(log)?;
        self.catch_up(log)?;
        let noted = held.newest();
        let condition = self.condition(log, noted)?;
        match (condition, &*self.tail.load()) {
            (Condition::Sound, Some(tail)) if tail.is_current() => {}
            // A disk that is full or read-only lets nothing be cut, and need not keep us from reading.
            (Condition::Sound, Some(tail)) => drop(log.cut(tail)),
            _ => self.rewrite(log, held)?,
        }
        if condition == Condition::Lost {
            self.losses.fetch_add(1, Ordering::Relaxed);
            self.newest
                .fetch_max(noted.unwrap_or_default().0, Ordering::AcqRel);
            *numbering = Numbering::Leaping;
            let everything = (Sequence(0), Purge::all(Force::Hard));
            self.append(log, held, &self.number(&[everything], numbering))?;
        } else if noted.is_none() {
            held.note(self.newest());
        }
        Ok(())
    }

    fn condition(&self, log: &Log, noted: Option<Sequence>) -> Result<Condition, Error> {
        let tail = self.tail.load();
        let newest = self.newest();
        Ok(match (&*tail, noted) {
            // Others have given numbers that are nowhere any more.
            (_, Some(noted)) if noted > newest => Condition::Lost,
            (None, Some(_)) => Condition::Lost,
            (None, None) => Condition::Worn,
            (Some(tail), _) if tail.newest() < newest => Condition::Worn,
            (Some(tail), _) => log.condition(tail)?,
        })
    }

    /// Writes the log anew, from what is known.
    fn rewrite(&self, log: &Log, held: &Lock) -> Result<(), Error> {
        let _taking = lock(&self.taking);
        let records = self.table.load().records();
        let tail = log.replace(held, self.newest(), &records)?;
        self.tail.store(Some(Arc::new(tail)));
        Ok(())
    }

    fn is_overgrown(&self) -> bool {
        let records = self.tail.load().as_ref().map_or(0, |tail| tail.records());
        records > self.table.load().used() * 4 + SPARE_RECORDS
    }

    /// Reads what is new in the log, and in those that took its place.
    fn catch_up(&self, log: &Log) -> Result<(), Error> {
        let taking = lock(&self.taking);
        while let Some(tail) = self.tail.load_full() {
            tail.read(|records| self.take(&taking, records))
                .map_err(log.failed("read"))?;
            // The header of a log that was written anew may know of more than its records say.
            self.newest.fetch_max(tail.newest().0, Ordering::AcqRel);
            if !tail.is_unlinked().map_err(log.failed("read"))? || !self.reopen(log)? {
                break;
            }
        }
        Ok(())
    }

    /// Opens the log that is at its place, if it is not the one that is open.
    fn follow(&self, log: &Log) -> Result<(), Error> {
        let _taking = lock(&self.taking);
        match &*self.tail.load() {
            Some(tail) if log.is_at_its_place(tail)? => Ok(()),
            _ => self.reopen(log).map(|_| ()),
        }
    }

    fn reopen(&self, log: &Log) -> Result<bool, Error> {
        let tail = log.open(self.newest())?;
        let found = tail.is_some();
        if let Some(tail) = tail {
            self.tail.store(Some(Arc::new(tail)));
        }
        Ok(found)
    }

    /// Enters records into the table.
    fn take(&self, _: &MutexGuard<'_, ()>, records: &[Record]) {
        for record in records {
            let table = self.table.load();
            if table.raise(record).is_err() {
                let larger = table.enlarged(self.config.table_bytes);
                larger
                    .raise(record)
                    .expect("a table that was enlarged has room");
                self.table.store(Arc::new(larger));
            }
            // Last: what is fetched under a number is newer than every purge up to it.
            self.newest.fetch_max(record.number.0, Ordering::AcqRel);
        }
        let purges: Vec<Purge> = records.iter().map(|record| record.purge).collect();
        (self.config.observer)(&purges);
    }
}

impl fmt::Debug for Purges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Purges")
            .field("newest", &self.newest())
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
