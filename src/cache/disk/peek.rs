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
            let opened = file::open(Kind::Entry, CWD, self.entry_path(key))?;
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;
    use crate::cache::entry::tests::{KEY, sample};
    use crate::cache::record::tests::{SOURCE, sample as record};
    use crate::clock::{Clock, Timestamp};

    #[test]
    fn a_look_finds_what_is_there_and_leaves_what_is_damaged() {
        let dir = tempfile::tempdir().unwrap();
        let disk = Disk::open(dir.path(), Duration::from_secs(60), Clock::system()).unwrap();
        assert_eq!(disk.peek_entry(&KEY), Peeked::Absent);
        assert_eq!(disk.peek_record(&SOURCE), Peeked::Absent);
        let due = Timestamp::from_millis(u64::MAX);
        disk.put_entry(&KEY, &sample(), due).unwrap();
        disk.put_record(&SOURCE, &record(), due).unwrap();
        let path = disk.entry_path(&KEY);
        let bytes = fs::metadata(&path).unwrap().len();
        assert_eq!(
            disk.peek_entry(&KEY),
            Peeked::Held((sample().header, bytes))
        );
        assert_eq!(disk.peek_record(&SOURCE), Peeked::Held(record()));
        let foreign = [&b"INKF\xff\x00\x00\xff"[..], &[0; 40]].concat();
        for (file, expected) in [
            (b"INKF torn".to_vec(), "damaged: shorter than a prefix"),
            (foreign, "of another release, whose format is 255"),
        ] {
            fs::write(&path, &file).unwrap();
            let peeked = disk.peek_entry(&KEY);
            assert_eq!(peeked, Peeked::Unreadable(expected.to_owned()));
            assert_eq!(fs::read(&path).unwrap(), file, "it is left alone");
        }
    }
}
