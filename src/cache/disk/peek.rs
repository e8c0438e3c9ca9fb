//! Looking at a file without a trace: what is damaged stays, for whoever serves to find and to count.

use std::path::PathBuf;

use rustix::fs::CWD;

use super::Disk;
use super::file::{self, Refusal};
use crate::cache::entry::Header;
use crate::cache::frame::{Head, Kind, Unreadable};
use crate::cache::key::Key;
use crate::cache::record::Record;
use crate::cache::sight::Peeked;

impl Disk {
    /// Where the entry of `key` lies, if there is one.
    pub fn entry_path(&self, key: &Key) -> PathBuf {
        key.path_under(&self.entries)
    }

    /// The header of the entry of `key`, and the bytes of its file.
    pub fn peek_entry(&self, key: &Key) -> Peeked<(Header, u64)> {
        let read = || {
            let opened = file::open(Kind::Entry, CWD, &self.entry_path(key))?;
            let head = opened.head()?;
            let header = Header::decode(key, &Head::parse(Kind::Entry, &head)?)?;
            Ok((header, opened.facts.len()))
        };
        peeked(read())
    }

    /// The record of the source `key`.
    pub fn peek_record(&self, key: &Key) -> Peeked<Record> {
        let read = || {
            let file = file::read(Kind::Record, &key.path_under(&self.sources))?;
            Ok(Record::decode(key, &file)?)
        };
        peeked(read())
    }
}

fn peeked<T>(read: Result<T, Refusal>) -> Peeked<T> {
    match read {
        Ok(value) => Peeked::Held(value),
        Err(Refusal::Absent) => Peeked::Absent,
        Err(Refusal::Unreadable(unreadable)) => Peeked::Unreadable(reason(unreadable)),
        Err(Refusal::Io(error)) => Peeked::Unreadable(error.to_string()),
    }
}

/// Why a file, or an object that is one, is not read.
pub(in crate::cache) fn reason(unreadable: Unreadable) -> String {
    match unreadable {
        Unreadable::Damaged(reason) => format!("damaged: {reason}"),
        Unreadable::UnknownVersion(version) => {
            format!("of another release, whose format is {version}")
        }
    }
}
