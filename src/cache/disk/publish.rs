//! Publishing: a file is written aside, noted in the journal, and given its name.

use std::fs::Metadata;
use std::io::Write;

use super::file::{read_header, written_and_blocks};
use super::groups::Groups;
use super::{Change, Disk, Found, Note};
use crate::cache::entry::Entry;
use crate::cache::error::Error;
use crate::cache::frame::Kind;
use crate::cache::key::Key;
use crate::cache::memory::Improved;
use crate::cache::record::Record;
use crate::clock::Timestamp;

/// What came of keeping something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is kept.
    Kept,
    /// What was there is newer, and stays.
    Superseded,
}

/// What is done where there is nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cache) enum Absence {
    Fill,
    Leave,
}

/// A file that is about to be published.
struct Put<'a> {
    kind: Kind,
    key: Key,
    due: Timestamp,
    groups: Groups,
    parts: [&'a [u8]; 2],
}

impl Disk {
    /// Publishes `entry` unless what is there supersedes it, and notes that it may go at `due`.
    ///
    /// Of two that publish at the same time either may win; both are whole, and freshness is judged on reading.
    ///
    /// # Errors
    /// Where it cannot be written, or is too large for the format.
    pub fn put_entry(&self, key: &Key, entry: &Entry, due: Timestamp) -> Result<Stored, Error> {
        let (head, body) = entry.encode(key)?;
        let path = key.path_under(&self.entries);
        match read_header(key, &path) {
            Ok(held) if !entry.header.supersedes(&held) => Ok(Stored::Superseded),
            _ => self.publish(Put {
                kind: Kind::Entry,
                key: *key,
                due,
                groups: Groups::of(&entry.header),
                parts: [&head, body],
            }),
        }
    }

    /// Publishes `entry` in the place of one that it refines, and of no other; answers what there was. With
    /// [`Absence::Fill`] it is published where there is nothing, too.
    ///
    /// # Errors
    /// As [`Disk::put_entry`].
    pub(in crate::cache) fn refine_entry(
        &self,
        key: &Key,
        entry: &Entry,
        (due, absence): (Timestamp, Absence),
    ) -> Result<Improved, Error> {
        let improved = match read_header(key, &key.path_under(&self.entries)) {
            Ok(held) if entry.header.refines(&held) => Improved::Refined,
            Ok(_) => Improved::Other,
            Err(_) => Improved::Nothing,
        };
        if improved == Improved::Refined
            || (improved, absence) == (Improved::Nothing, Absence::Fill)
        {
            self.put_entry(key, entry, due)?;
        }
        Ok(improved)
    }

    /// Publishes the record of the source `key` unless what is there supersedes it, and notes that it may go at
    /// `due`.
    ///
    /// # Errors
    /// As [`Disk::put_entry`].
    pub fn put_record(&self, key: &Key, record: &Record, due: Timestamp) -> Result<Stored, Error> {
        let file = record.encode(key)?;
        match self.record(key) {
            Ok(Found::Whole(held)) if !record.supersedes(&held) => Ok(Stored::Superseded),
            _ => self.publish(Put {
                kind: Kind::Record,
                key: *key,
                due,
                groups: Groups::of_source(key),
                parts: [&file, &[]],
            }),
        }
    }

    /// Writes a file aside, notes it, and gives it its name. What cannot be noted is not published: neither a sweep nor
    /// an erasure would find it.
    fn publish(&self, put: Put<'_>) -> Result<Stored, Error> {
        let path = put.key.path_under(self.root(put.kind));
        let (mut file, temporary) = self.temporaries.create()?;
        put.parts
            .into_iter()
            .try_for_each(|part| file.write_all(part))
            .map_err(Error::io("write", temporary.path()))?;
        let facts = file.metadata();
        let note = put.note(&facts.map_err(Error::io("look at", temporary.path()))?);
        self.begin_journal();
        let noted = self.journal.add(&note);
        noted.map_err(Error::io("note in", self.journal.dir()))?;
        temporary
            .publish(&path)
            .map_err(Error::io("publish", path))?;
        self.changes.add(Change::Published(put.key, note.blocks));
        Ok(Stored::Kept)
    }
}

impl Put<'_> {
    fn note(&self, facts: &Metadata) -> Note {
        let (written, blocks) = written_and_blocks(facts);
        Note {
            kind: self.kind,
            key: self.key,
            written,
            blocks,
            due: self.due,
            groups: self.groups,
        }
    }
}
