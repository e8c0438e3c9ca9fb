use super::super::entry::tests::{KEY, file_of, header, sample};
use super::super::entry::{Sequence, Stage};
use super::super::record::tests::{self as record, SOURCE};
use super::*;
use crate::clock::Timestamp;
use rustix::fs::Mode;
use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

const KEEP: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const DUE: Timestamp = Timestamp::from_millis(1_900_000_000_000);

struct Folder {
    dir: tempfile::TempDir,
    disk: Disk,
}

impl Folder {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let disk = Disk::open(dir.path(), KEEP, Clock::system()).unwrap();
        Self { dir, disk }
    }

    fn path(&self) -> PathBuf {
        KEY.path_under(self.dir.path())
    }

    /// Puts `file` where the entry of [`KEY`] belongs.
    fn plant(&self, file: &[u8]) {
        fs::create_dir_all(self.path().parent().unwrap()).unwrap();
        fs::write(self.path(), file).unwrap();
    }

    fn temporaries(&self) -> usize {
        fs::read_dir(self.dir.path().join("tmp")).unwrap().count()
    }
}

fn entry_with(header: Header, body: &[u8]) -> Entry {
    Entry::new(header, Bytes::copy_from_slice(body))
}

#[test]
fn what_is_put_is_read_by_its_path_alone() {
    let folder = Folder::new();
    assert_eq!(folder.disk.entry(&KEY).unwrap(), Found::Nothing);
    let stored = folder.disk.put_entry(&KEY, &sample(), DUE).unwrap();
    assert_eq!(stored, Stored::Kept);
    let shard = folder.dir.path().join("11/11/11");
    assert!(shard.join("11".repeat(29)).is_file());
    let reopened = Disk::open(folder.dir.path(), KEEP, Clock::system()).unwrap();
    assert_eq!(reopened.entry(&KEY).unwrap(), Found::Whole(sample()));
    assert_eq!(folder.temporaries(), 0);
}

#[test]
fn records_have_a_tree_of_their_own() {
    let folder = Folder::new();
    let stored = folder
        .disk
        .put_record(&SOURCE, &record::sample(), DUE)
        .unwrap();
    assert_eq!(stored, Stored::Kept);
    let found = folder.disk.record(&SOURCE).unwrap();
    assert_eq!(found, Found::Whole(record::sample()));
    assert_eq!(folder.disk.entry(&SOURCE).unwrap(), Found::Nothing);
    let older = Record {
        sequence: Sequence(6),
        ..record::sample()
    };
    let stored = folder.disk.put_record(&SOURCE, &older, DUE).unwrap();
    assert_eq!(stored, Stored::Superseded);
}

#[test]
fn long_bodies_are_checked_and_come_back_whole() {
    let folder = Folder::new();
    let body: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
    let entry = entry_with(header(), &body);
    folder.disk.put_entry(&KEY, &entry, DUE).unwrap();
    assert_eq!(folder.disk.entry(&KEY).unwrap(), Found::Whole(entry));
    let mut file = fs::read(folder.path()).unwrap();
    *file.last_mut().unwrap() ^= 0x80;
    folder.plant(&file);
    let found = folder.disk.entry(&KEY).unwrap();
    assert_eq!(found, Found::Damaged("body fails its checksum"));
    assert!(!folder.path().exists());
}

#[test]
fn any_flipped_bit_is_a_miss_and_the_file_is_removed() {
    let folder = Folder::new();
    let file = file_of(&KEY, &sample());
    for bit in 0..file.len() * 8 {
        let mut bad = file.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        folder.plant(&bad);
        let found = folder.disk.entry(&KEY).unwrap();
        assert!(matches!(found, Found::Damaged(_)), "bit {bit}");
        assert!(!folder.path().exists(), "bit {bit}");
    }
}

#[test]
fn any_truncation_is_a_miss_and_the_file_is_removed() {
    let folder = Folder::new();
    let file = file_of(&KEY, &sample());
    for length in 0..file.len() {
        folder.plant(&file[..length]);
        let found = folder.disk.entry(&KEY).unwrap();
        assert!(matches!(found, Found::Damaged(_)), "{length} bytes");
        assert!(!folder.path().exists(), "{length} bytes");
    }
}

#[test]
fn foreign_things_at_our_path_are_misses() {
    let mut longer = file_of(&KEY, &sample());
    longer.push(0);
    let other = file_of(&Key::from_bytes([0x12; 32]), &sample());
    let folder = Folder::new();
    for file in [&b"hello"[..], &[0; 4096], &longer, &other] {
        folder.plant(file);
        let found = folder.disk.entry(&KEY).unwrap();
        assert!(matches!(found, Found::Damaged(_)));
        assert!(!folder.path().exists());
    }
}

#[test]
fn pipes_links_and_sparse_giants_neither_block_nor_fill_memory() {
    let folder = Folder::new();
    let check = |what: &str| {
        let found = folder.disk.entry(&KEY).unwrap();
        assert!(matches!(found, Found::Damaged(_)), "{what}");
        assert!(fs::symlink_metadata(folder.path()).is_err(), "{what}");
    };
    folder.plant(b"");
    fs::remove_file(folder.path()).unwrap();
    let pipe = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, folder.path(), pipe, Mode::RUSR, 0).unwrap();
    check("a pipe");
    std::os::unix::fs::symlink("/dev/zero", folder.path()).unwrap();
    check("a link");
    let giant = File::create(folder.path()).unwrap();
    giant.set_len(1 << 40).unwrap();
    check("a sparse giant");
}

#[test]
fn a_folder_at_our_path_is_a_miss_and_refuses_to_be_replaced() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path()).unwrap();
    let found = folder.disk.entry(&KEY).unwrap();
    assert_eq!(found, Found::Damaged("not a regular file"));
    assert!(folder.disk.put_entry(&KEY, &sample(), DUE).is_err());
    assert_eq!(folder.temporaries(), 0);
}

#[test]
fn a_file_of_another_release_is_a_miss_and_left_alone_until_replaced() {
    let folder = Folder::new();
    let mut file = file_of(&KEY, &sample());
    file[4..8].copy_from_slice(&[2, 0, 0xfd, 0xff]);
    folder.plant(&file);
    assert_eq!(folder.disk.entry(&KEY).unwrap(), Found::Nothing);
    assert_eq!(fs::read(folder.path()).unwrap(), file);
    folder.disk.put_entry(&KEY, &sample(), DUE).unwrap();
    assert_eq!(folder.disk.entry(&KEY).unwrap(), Found::Whole(sample()));
}

#[test]
fn what_is_newer_stays() {
    let folder = Folder::new();
    let with = |sequence, stage, body: &[u8]| {
        let header = Header {
            sequence: Sequence(sequence),
            stage,
            ..header()
        };
        entry_with(header, body)
    };
    let cases = [
        (with(1, Stage::Fast, b"first"), Stored::Kept),
        (with(1, Stage::Refined, b"refined"), Stored::Kept),
        (with(1, Stage::Fast, b"late"), Stored::Superseded),
        (with(0, Stage::Refined, b"purged"), Stored::Superseded),
        (with(2, Stage::Fast, b"after a purge"), Stored::Kept),
    ];
    for (entry, stored) in cases {
        assert_eq!(folder.disk.put_entry(&KEY, &entry, DUE).unwrap(), stored);
    }
    let Found::Whole(held) = folder.disk.entry(&KEY).unwrap() else {
        panic!("the last entry is whole");
    };
    assert_eq!(held.body, Bytes::from("after a purge").into());
}

#[test]
fn damage_does_not_keep_its_place_from_a_new_entry() {
    let folder = Folder::new();
    folder.plant(b"rubbish");
    folder.disk.put_entry(&KEY, &sample(), DUE).unwrap();
    assert_eq!(folder.disk.entry(&KEY).unwrap(), Found::Whole(sample()));
}

#[test]
fn removing_what_is_absent_is_fine() {
    let folder = Folder::new();
    folder.disk.remove_entry(&KEY).unwrap();
    folder.disk.put_entry(&KEY, &sample(), DUE).unwrap();
    folder.disk.remove_entry(&KEY).unwrap();
    assert_eq!(folder.disk.entry(&KEY).unwrap(), Found::Nothing);
}

#[test]
fn a_file_in_the_place_of_a_folder_is_a_miss_and_an_error_to_publish() {
    let folder = Folder::new();
    fs::write(folder.dir.path().join("11"), b"").unwrap();
    assert_eq!(folder.disk.entry(&KEY).unwrap(), Found::Nothing);
    folder.disk.remove_entry(&KEY).unwrap();
    let error = folder.disk.put_entry(&KEY, &sample(), DUE).unwrap_err();
    assert!(error.to_string().starts_with("cannot publish "), "{error}");
    assert_eq!(folder.temporaries(), 0);
}

#[test]
fn a_folder_that_was_deleted_is_made_again_by_the_next_put() {
    let folder = Folder::new();
    fs::remove_dir_all(folder.dir.path()).unwrap();
    assert_eq!(folder.disk.entry(&KEY).unwrap(), Found::Nothing);
    folder.disk.put_entry(&KEY, &sample(), DUE).unwrap();
    assert_eq!(folder.disk.entry(&KEY).unwrap(), Found::Whole(sample()));
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, b"").unwrap();
    assert!(Disk::open(&file, KEEP, Clock::system()).is_err());
}

/// An entry whose header tells its body, so that a mixture of two would show.
fn numbered(number: usize) -> Entry {
    let header = Header {
        tags: vec![number.to_string()],
        ..header()
    };
    entry_with(header, &vec![number as u8; 1000 + 40_000 * (number % 3)])
}

#[test]
fn readers_see_whole_entries_while_writers_replace_and_remove_them() {
    const WRITERS: usize = 4;
    const ROUNDS: usize = 150;
    let folder = Folder::new();
    let writing = AtomicBool::new(true);
    thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let disk = &folder.disk;
                scope.spawn(move || {
                    for round in 0..ROUNDS {
                        disk.put_entry(&KEY, &numbered(writer * ROUNDS + round), DUE)
                            .unwrap();
                        if round % 10 == writer {
                            disk.remove_entry(&KEY).unwrap();
                        }
                    }
                })
            })
            .collect();
        for _ in 0..4 {
            scope.spawn(|| {
                while writing.load(Ordering::Relaxed) {
                    match folder.disk.entry(&KEY).unwrap() {
                        Found::Whole(entry) => {
                            let number = entry.header.tags[0].parse().unwrap();
                            assert_eq!(entry, numbered(number));
                        }
                        Found::Nothing => {}
                        Found::Damaged(reason) => panic!("torn: {reason}"),
                    }
                }
            });
        }
        for writer in writers {
            writer.join().unwrap();
        }
        writing.store(false, Ordering::Relaxed);
    });
    assert_eq!(folder.temporaries(), 0);
}

#[test]
fn folders_that_another_process_removes_while_they_are_made_do_not_lose_the_entry_often() {
    let folder = Folder::new();
    let shard = folder.path().parent().unwrap().to_owned();
    let writing = AtomicBool::new(true);
    thread::scope(|scope| {
        scope.spawn(|| {
            while writing.load(Ordering::Relaxed) {
                let _ = fs::remove_dir(&shard);
            }
        });
        for _ in 0..200 {
            // Losing every attempt to the other side is an error, never a torn or stray file.
            if folder.disk.put_entry(&KEY, &sample(), DUE).is_ok() {
                assert_eq!(folder.disk.entry(&KEY).unwrap(), Found::Whole(sample()));
            }
            folder.disk.remove_entry(&KEY).unwrap();
        }
        writing.store(false, Ordering::Relaxed);
    });
    assert_eq!(folder.temporaries(), 0);
}
