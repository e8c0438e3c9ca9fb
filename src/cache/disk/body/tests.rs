use super::super::super::entry::tests::{KEY, header, sample};
use super::super::{Disk, Found};
use super::*;
use crate::clock::{Clock, Timestamp};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

const LENGTH: usize = (1 << 20) + 70_000;

struct Folder {
    dir: tempfile::TempDir,
    disk: Disk,
}

impl Folder {
    fn of(entry: &Entry) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let disk = Disk::open(dir.path(), Duration::ZERO, Clock::system()).unwrap();
        let due = Timestamp::default();
        disk.put_entry(&KEY, entry, due).unwrap();
        Self { dir, disk }
    }

    fn path(&self) -> PathBuf {
        KEY.path_under(self.dir.path())
    }

    fn stream(&self) -> BodyReader {
        match self.disk.open_entry(&KEY, 1 << 20).unwrap() {
            Found::Whole(Opened::Streamed(_, body)) => body,
            other => panic!("not streamed: {other:?}"),
        }
    }
}

fn long() -> Entry {
    let body: Vec<u8> = (0..LENGTH).map(|n| (n % 251) as u8).collect();
    Entry::new(header(), body.into())
}

#[test]
fn a_long_body_is_streamed_and_a_short_one_is_not() {
    let cases = [
        (sample(), 0, false),
        (long(), LENGTH as u64 - 1, true),
        (long(), LENGTH as u64, false),
        (long(), 0, true),
    ];
    for (entry, above, streamed) in cases {
        let folder = Folder::of(&entry);
        match folder.disk.open_entry(&KEY, above).unwrap() {
            Found::Whole(Opened::Streamed(header, body)) => {
                assert_eq!((&header, body.bytes()), (&entry.header, LENGTH as u64));
                assert!(streamed);
            }
            Found::Whole(Opened::Whole(found)) => {
                assert_eq!(found, entry);
                assert!(!streamed);
            }
            _ => panic!("the entry is there"),
        }
    }
}

#[test]
fn the_blocks_are_the_body() {
    let entry = long();
    let folder = Folder::of(&entry);
    let body = folder.stream();
    folder.disk.remove_entry(&KEY).unwrap();
    let blocks = (0..body.blocks()).map(|index| body.read_block(index).unwrap());
    assert_eq!(blocks.collect::<Vec<_>>().concat(), entry.body);
    body.verify().unwrap();
    for index in [body.blocks(), usize::MAX] {
        assert!(matches!(body.read_block(index), Err(Error::Damaged(_))));
    }
}

#[test]
fn a_flipped_bit_spoils_its_block_alone() {
    let folder = Folder::of(&long());
    let mut file = fs::read(folder.path()).unwrap();
    let third = file.len() - LENGTH + 2 * BLOCK_BYTES;
    file[third] ^= 1;
    fs::write(folder.path(), file).unwrap();
    let body = folder.stream();
    let damaged = |index| matches!(body.read_block(index), Err(Error::Damaged(_)));
    assert_eq!([1, 2, 3].map(damaged), [false, true, false]);
    assert!(body.verify().is_err());
}

#[test]
fn a_file_that_is_cut_while_it_is_read_is_damaged() {
    let folder = Folder::of(&long());
    let body = folder.stream();
    let file = File::options().write(true).open(folder.path()).unwrap();
    file.set_len(500_000).unwrap();
    assert!(body.read_block(0).is_ok());
    assert!(matches!(body.read_block(10), Err(Error::Damaged(_))));
}
