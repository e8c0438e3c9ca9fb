use super::super::super::body::Body;
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
    let all = body.blocks();
    for step in [1, 4, all] {
        let starts = (0..all).step_by(step);
        let parts = starts.map(|start| body.read(start..all.min(start + step)).unwrap());
        let whole = Body::from(Bytes::from(parts.collect::<Vec<_>>().concat()));
        assert_eq!(whole, entry.body);
    }
    body.verify().unwrap();
    for blocks in [all - 1..all + 1, all..all + 1, 0..usize::MAX, 3..3] {
        assert!(matches!(body.read(blocks), Err(Error::Damaged(_))));
    }
}

#[test]
fn what_is_damaged_is_removed_and_what_took_its_place_is_not() {
    let folder = Folder::of(&long());
    let (old, due) = (folder.stream(), Timestamp::default());
    folder.disk.put_entry(&KEY, &long(), due).unwrap();
    folder.disk.remove_damaged(&KEY, &old).unwrap();
    let new = folder.stream();
    folder.disk.remove_damaged(&KEY, &new).unwrap();
    assert!(!folder.path().exists());
    folder.disk.remove_damaged(&KEY, &new).unwrap();
    new.verify().unwrap();
}

#[test]
fn a_flipped_bit_spoils_its_block_alone() {
    let folder = Folder::of(&long());
    let mut file = fs::read(folder.path()).unwrap();
    let third = file.len() - LENGTH + 2 * BLOCK_BYTES;
    file[third] ^= 1;
    fs::write(folder.path(), file).unwrap();
    let body = folder.stream();
    let damaged = |blocks| matches!(body.read(blocks), Err(Error::Damaged(_)));
    let blocks = [1..2, 2..3, 3..4, 0..2, 0..4, 2..4];
    assert_eq!(blocks.map(damaged), [false, true, false, false, true, true]);
    assert!(body.verify().is_err());
}

#[test]
fn a_file_that_is_cut_while_it_is_read_is_damaged() {
    let folder = Folder::of(&long());
    let body = folder.stream();
    let file = File::options().write(true).open(folder.path()).unwrap();
    file.set_len(500_000).unwrap();
    assert!(body.read(0..1).is_ok());
    assert!(matches!(body.read(10..11), Err(Error::Damaged(_))));
}
