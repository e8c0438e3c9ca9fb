//! Damage, loss, and a disk that refuses.

use super::*;
use std::os::unix::fs::MetadataExt;

/// A log of the hard purges of five scopes, and their numbers.
fn five(dir: &Path) -> Vec<Sequence> {
    let batch: Vec<Purge> = (0..5).map(|number| of(number, HARD)).collect();
    let last = open(dir).add(&batch).unwrap().0;
    (last - 4..=last).map(Sequence).collect()
}

/// The bytes of the `at`th record.
fn slot_of(at: usize) -> std::ops::Range<usize> {
    (at + 1) * SLOT..(at + 2) * SLOT
}

fn change(dir: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(log_of(dir)).unwrap();
    change(&mut bytes);
    fs::write(log_of(dir), bytes).unwrap();
}

#[test]
fn what_a_crash_leaves_of_an_append_is_cut_off_and_overwritten() {
    let remains = (1..SLOT).map(|length| vec![7; length]).chain([
        vec![0; SLOT],
        vec![0; 5 * SLOT + 3],
        [vec![0; SLOT], vec![7; 3]].concat(),
    ]);
    for torn in remains {
        let dir = tempfile::tempdir().unwrap();
        let (running, numbers) = (open(dir.path()), five(dir.path()));
        change(dir.path(), |bytes| bytes.extend_from_slice(&torn));
        running.refresh().unwrap();
        assert_eq!(running.newest(), numbers[4]);
        let length = (6 * SLOT) as u64;
        let opened = open(dir.path());
        assert_eq!(fs::metadata(log_of(dir.path())).unwrap().len(), length);
        let number = opened.add(&[of(9, HARD)]).unwrap();
        assert!(number > numbers[4]);
        running.refresh().unwrap();
        for purges in [&running, &opened, &open(dir.path())] {
            assert_eq!(purges.floor(&[]), Floor::default());
            assert_eq!(hard(purges, 4), numbers[4]);
            assert_eq!(hard(purges, 9), number, "{} bytes", torn.len());
        }
    }
}

#[test]
fn a_process_that_runs_reads_what_took_the_place_of_a_torn_tail_of_the_same_length() {
    let dir = tempfile::tempdir().unwrap();
    let (running, writer) = (open(dir.path()), open(dir.path()));
    change(dir.path(), |bytes| bytes.extend_from_slice(&[0; SLOT]));
    running.refresh().unwrap();
    let number = writer.add(&[of(1, HARD)]).unwrap();
    running.refresh().unwrap();
    assert_eq!(hard(&running, 1), number);
}

#[test]
fn a_damaged_record_purges_what_is_older_than_the_next_whole_one_and_nothing_newer() {
    for byte in 0..SLOT {
        let dir = tempfile::tempdir().unwrap();
        let numbers = five(dir.path());
        change(dir.path(), |bytes| {
            bytes[slot_of(1)][byte] ^= 1 << (byte % 8);
        });
        for purges in [open(dir.path()), open(dir.path())] {
            let everything = purges.floor(&[]);
            assert_eq!(everything.hard, numbers[1], "byte {byte}");
            assert_eq!(everything.soft, Sequence(0));
            assert_eq!(hard(&purges, 4), numbers[4]);
            assert_eq!(purges.newest(), numbers[4]);
        }
    }
}

#[test]
fn a_process_that_runs_purges_as_much_where_it_comes_on_damage() {
    let dir = tempfile::tempdir().unwrap();
    let running = open(dir.path());
    let numbers = five(dir.path());
    let file = fs::OpenOptions::new()
        .write(true)
        .open(log_of(dir.path()))
        .unwrap();
    file.write_all_at(b"damage", slot_of(2).start as u64)
        .unwrap();
    running.refresh().unwrap();
    assert_eq!(running.floor(&[]).hard, numbers[2]);
    assert_eq!(hard(&running, 3), numbers[3]);
}

#[test]
fn where_the_end_of_the_log_is_lost_everything_is_purged_once() {
    type Damage = fn(&Path);
    let cases: [(&str, Damage); 7] = [
        ("the last record is damaged", |dir| {
            change(dir, |bytes| bytes[slot_of(4)][3] ^= 1);
        }),
        ("the last three are", |dir| {
            change(dir, |bytes| bytes[slot_of(2).start..].fill(0xee));
        }),
        ("the last one is cut off", |dir| {
            change(dir, |bytes| bytes.truncate(slot_of(4).start));
        }),
        ("within a record", |dir| {
            change(dir, |bytes| bytes.truncate(slot_of(4).start + 5));
        }),
        ("all are cut off", |dir| {
            change(dir, |bytes| bytes.truncate(SLOT));
        }),
        ("the header is damaged", |dir| {
            change(dir, |bytes| bytes[9] ^= 1);
        }),
        ("the log is gone", |dir| {
            fs::remove_file(log_of(dir)).unwrap();
        }),
    ];
    for (case, damage) in cases {
        let dir = tempfile::tempdir().unwrap();
        let numbers = five(dir.path());
        damage(dir.path());
        let purges = open(dir.path());
        let everything = purges.floor(&[]).hard;
        assert!(everything > numbers[4], "{case}");
        assert_eq!(purges.usage().losses, 1, "{case}");
        let purges = open(dir.path());
        assert_eq!(purges.floor(&[]).hard, everything, "{case}");
        assert_eq!(purges.usage().losses, 0, "{case}");
        assert!(purges.add(&[of(0, HARD)]).unwrap() > everything, "{case}");
    }
}

#[test]
fn an_empty_log_is_a_lost_one() {
    let dir = tempfile::tempdir().unwrap();
    let numbers = five(dir.path());
    fs::write(log_of(dir.path()), b"").unwrap();
    assert!(open(dir.path()).floor(&[]).hard > numbers[4]);
}

#[test]
fn a_log_of_another_release_is_left_alone_and_stops_the_start() {
    let dir = tempfile::tempdir().unwrap();
    five(dir.path());
    change(dir.path(), |bytes| {
        bytes[4..8].copy_from_slice(&[2, 0, 0xfd, 0xff]);
    });
    let before = fs::read(log_of(dir.path())).unwrap();
    let refused = Purges::open(Some(dir.path()), config()).unwrap_err();
    assert!(matches!(refused, Error::UnknownVersion { version: 2, .. }));
    assert!(
        refused
            .to_string()
            .contains("was written by another release (version 2)")
    );
    assert_eq!(fs::read(log_of(dir.path())).unwrap(), before);
}

/// A log as the first release wrote it. Never change it.
const VERSION_1: &str = "\
    494e4b500100feff000000000000000000000000000000009b8a93cbe672a190\
    0700000000000000090000000000000002020000000000005ad38daadb906ece\
    0800000000000000000000000000000001010000000000001f79a9f13dc354a6";

#[test]
fn a_log_of_version_1_is_written_and_read_as_it_was() {
    let batch = [
        (Sequence(7), Purge::of(Scope::from_number(9), HARD)),
        (Sequence(8), Purge::all(SOFT)),
    ];
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).add_numbered(&batch).unwrap();
    let written = fs::read(log_of(dir.path())).unwrap();
    assert_eq!(hex::encode(&written), VERSION_1);
    let dir = tempfile::tempdir().unwrap();
    fs::write(log_of(dir.path()), hex::decode(VERSION_1).unwrap()).unwrap();
    let floor = Floor {
        hard: Sequence(7),
        soft: Sequence(8),
    };
    let scopes = [Scope::from_number(9)];
    assert_eq!(open(dir.path()).floor(&scopes), floor);
}

#[test]
fn a_log_that_is_removed_under_a_running_process_is_written_anew_from_memory() {
    type Removal = fn(&Path);
    let cases: [(&str, Removal); 3] = [
        ("the log", |dir| fs::remove_file(log_of(dir)).unwrap()),
        ("the folder", |dir| fs::remove_dir_all(dir).unwrap()),
        ("half of the log", |dir| {
            change(dir, |bytes| bytes.truncate(3 * SLOT))
        }),
    ];
    for (case, remove) in cases {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("purges");
        let (purges, other) = (open(&dir), open(&dir));
        let numbers = add_each(&purges, 5);
        other.refresh().unwrap();
        remove(&dir);
        for purges in [&purges, &other] {
            purges.refresh().unwrap();
            assert_eq!(hard(purges, 4), numbers[4], "{case}");
        }
        let number = purges.add(&[of(9, HARD)]).unwrap();
        assert_eq!(number.0, numbers[4].0 + 1, "{case}");
        other.refresh().unwrap();
        for purges in [&other, &open(&dir)] {
            assert_eq!(purges.floor(&[]), Floor::default(), "{case}");
            assert_eq!(hard(purges, 4), numbers[4], "{case}");
            assert_eq!(hard(purges, 9), number, "{case}");
        }
    }
}

#[test]
fn a_folder_that_was_moved_aside_is_made_again() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("purges");
    let purges = open(&dir);
    let numbers = add_each(&purges, 2);
    fs::rename(&dir, root.path().join("aside")).unwrap();
    let number = purges.add(&[of(9, HARD)]).unwrap();
    let opened = open(&dir);
    assert_eq!((hard(&opened, 1), hard(&opened, 9)), (numbers[1], number));
}

#[test]
fn where_nothing_can_be_written_nothing_is_purged_and_later_it_can() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("purges");
    let purges = open(&dir);
    let numbers = add_each(&purges, 2);
    fs::remove_dir_all(&dir).unwrap();
    fs::write(&dir, b"in the way").unwrap();
    assert!(matches!(purges.add(&[of(9, HARD)]), Err(Error::Io { .. })));
    assert_eq!(hard(&purges, 9), Sequence(0));
    assert_eq!(purges.newest(), numbers[1]);
    assert!(purges.refresh().is_err() || hard(&purges, 1) == numbers[1]);
    fs::remove_file(&dir).unwrap();
    let number = purges.add(&[of(9, HARD)]).unwrap();
    assert_eq!(hard(&open(&dir), 1), numbers[1]);
    assert_eq!(hard(&open(&dir), 9), number);
}

#[test]
fn a_folder_of_foreign_files_is_no_hindrance() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("log.new"), vec![7; 100_000]).unwrap();
    fs::write(dir.path().join("notes"), b"notes").unwrap();
    let numbers = five(dir.path());
    assert_eq!(hard(&open(dir.path()), 4), numbers[4]);
    assert_eq!(fs::read(dir.path().join("notes")).unwrap(), b"notes");
}

#[test]
fn nothing_is_written_where_nothing_is_purged() {
    let dir = tempfile::tempdir().unwrap();
    five(dir.path());
    let facts = || {
        let facts = fs::metadata(log_of(dir.path())).unwrap();
        (facts.ino(), facts.len(), facts.mtime_nsec())
    };
    let before = facts();
    let purges = open(dir.path());
    purges.refresh().unwrap();
    assert_eq!(facts(), before);
}
