//! What the keeper does when somebody asks for it.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use super::{FOLDERS_A_ROUND, Keeper};
use crate::cache::disk::{Erasure, Facts, Found, Resident, Search, Swept};
use crate::cache::error::Error;
use crate::cache::key::Key;
use crate::cache::tiers::Unwanted;

impl Keeper {
    /// Removes what has expired, and the folders that this emptied; `None` where another process keeps the folder.
    ///
    /// # Errors
    /// What the file system refuses.
    pub(in crate::cache) fn sweep_now(&self) -> Result<Option<Swept>, Error> {
        if !self.disk.leads()? {
            return Ok(None);
        }
        let now = self.clock.now();
        let mut swept = self.disk.sweep(now, &|resident| self.fate(resident))?;
        while let removed @ 1.. = self.disk.remove_folders(FOLDERS_A_ROUND) {
            swept.folders += removed;
        }
        self.counts.swept(swept);
        Ok(Some(swept))
    }

    /// Removes every file that is `unwanted`, whoever keeps the folder, and what dead writers left.
    ///
    /// # Errors
    /// Where the folder of temporary files cannot be listed.
    pub(in crate::cache) fn erase(&self, unwanted: &Unwanted) -> Result<(Swept, Search), Error> {
        let sources = Mutex::new(HashSet::new());
        let judge = |resident: &Resident| {
            let is_unwanted = match &resident.facts {
                Facts::Entry(header) => unwanted.names(header),
                Facts::Record(_) => unwanted.sources.contains(&resident.key),
            };
            if is_unwanted {
                note_source(resident, &sources);
                self.take_many_changes();
            }
            is_unwanted
        };
        let (mut swept, search) = self.disk.erase(&Erasure {
            groups: unwanted.groups(),
            judge: &judge,
            until: &|resident| self.until(resident),
            now: self.clock.now(),
        });
        for source in sources.into_inner().unwrap_or_else(PoisonError::into_inner) {
            self.erase_record(&source, &mut swept);
        }
        swept.gone += self.disk.remove_leftovers()? as u64;
        Ok((swept, search))
    }

    fn erase_record(&self, source: &Key, swept: &mut Swept) {
        let is_there = !matches!(self.disk.record(source), Ok(Found::Nothing));
        match self.disk.remove_record(source) {
            Ok(()) => swept.gone += u64::from(is_there),
            Err(_) => swept.failed += 1,
        }
    }
}

fn note_source(resident: &Resident, sources: &Mutex<HashSet<Key>>) {
    if let Facts::Entry(header) = &resident.facts {
        let mut sources = sources.lock().unwrap_or_else(PoisonError::into_inner);
        sources.insert(header.source);
    }
}
