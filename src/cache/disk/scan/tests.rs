use super::super::super::entry::tests::{file_of, sample};
use super::super::super::record::tests as record;
use super::super::sweep::tests::{Folder, HOUR, START, gone, key_of};
use super::super::{Fate, Resident};
use super::*;
use std::fs;
use std::os::unix::fs::symlink;

fn nobody(_: u32, _: u32) {}

impl Folder {
    fn scan(&self, judge: &Judge<'_>) -> Swept {
        let scan = Scan {
            now: START,
            depth: Depth::LongBodies,
            judge,
            progress: &nobody,
        };
        self.disk.scan(&scan).unwrap()
    }

    fn noted_keys(&self) -> Vec<u8> {
        let notes = self.disk.notes().unwrap();
        let mut keys: Vec<u8> = notes.map(|note| note.key.as_bytes()[0]).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

/// Keys below 10 go, the others stay for five hours.
fn small(file: &Resident) -> Fate {
    match file.key.as_bytes()[0] {
        0..10 => Fate::Gone,
        _ => Fate::Until(START.after(HOUR * 5)),
    }
}

#[test]
fn a_journal_that_was_lost_is_written_anew_from_what_there_is() {
    let folder = Folder::new();
    [1, 2, 11, 12]
        .into_iter()
        .for_each(|key| folder.put(key, HOUR));
    let due = START.after(HOUR);
    folder
        .disk
        .put_record(&record::SOURCE, &record::sample(), due)
        .unwrap();
    fs::remove_dir_all(folder.dir.path().join("journal")).unwrap();
    let swept = folder.scan(&small);
    assert_eq!((swept.gone, swept.kept, swept.folders), (2, 3, 2));
    assert_eq!(folder.noted_keys(), [11, 12, 0x22]);
    let swept = folder.disk.sweep(START.after(HOUR * 7), &gone).unwrap();
    assert_eq!(swept.gone, 3);
}

#[test]
fn old_notes_go_with_a_scan() {
    let folder = Folder::new();
    [11, 12].into_iter().for_each(|key| folder.put(key, HOUR));
    fs::remove_file(folder.path(12)).unwrap();
    let scan = Scan {
        // The files were written long before.
        now: crate::clock::Clock::system().now().after(HOUR * 2),
        depth: Depth::Heads,
        judge: &small,
        progress: &nobody,
    };
    folder.disk.scan(&scan).unwrap();
    assert_eq!(folder.noted_keys(), [11]);
    assert_eq!(folder.disk.notes().unwrap().count(), 1);
}

#[test]
fn foreign_things_stay_and_damage_goes() {
    let folder = Folder::new();
    [11, 12, 13]
        .into_iter()
        .for_each(|key| folder.put(key, HOUR));
    fs::write(folder.path(12), b"rubbish").unwrap();
    let mut other = file_of(&key_of(13), &sample());
    other[4..8].copy_from_slice(&[2, 0, 0xfd, 0xff]);
    fs::write(folder.path(13), other).unwrap();
    let root = folder.dir.path();
    fs::create_dir_all(root.join("ab/CD/00")).unwrap();
    fs::create_dir_all(root.join("ab/cd/xyz")).unwrap();
    fs::create_dir_all(folder.path(14)).unwrap();
    fs::write(root.join("ab/ce"), b"").unwrap();
    symlink("/", root.join("ab/cf")).unwrap();
    symlink("/", root.join("ad")).unwrap();
    let leaf = folder.path(11).with_file_name("");
    (0..3_000).for_each(|n| fs::write(leaf.join(format!("{n}.txt")), b"").unwrap());
    let before = fs::read_dir(&leaf).unwrap().count();
    let swept = folder.scan(&small);
    assert_eq!((swept.kept, swept.foreign), (1, 2));
    assert_eq!((swept.gone, swept.failed, swept.folders), (0, 0, 1));
    assert_eq!(fs::read_dir(&leaf).unwrap().count(), before);
    assert!(root.join("ab/cd/xyz").is_dir());
    assert_eq!(folder.noted_keys(), [11, 12, 13]);
}

#[test]
fn what_is_published_during_a_scan_is_not_forgotten() {
    let folder = Folder::new();
    folder.put(11, HOUR);
    let process = folder.another();
    process.put_entry(&key_of(12), &sample(), START).unwrap();
    folder.scan(&|file| {
        if file.key == key_of(11) {
            process.put_entry(&key_of(0), &sample(), START).unwrap();
            process.put_entry(&key_of(12), &sample(), START).unwrap();
        }
        Fate::Until(START)
    });
    assert_eq!(folder.noted_keys(), [0, 11, 12]);
}

#[test]
fn a_scan_that_was_cut_off_leaves_every_note() {
    let folder = Folder::new();
    [11, 12].into_iter().for_each(|key| folder.put(key, HOUR));
    folder.disk.seal_all().unwrap();
    folder.put(13, HOUR);
    assert_eq!(folder.noted_keys(), [11, 12, 13]);
    folder.scan(&small);
    assert_eq!(folder.noted_keys(), [11, 12, 13]);
    let swept = folder.disk.sweep(START.after(HOUR * 9), &gone).unwrap();
    assert_eq!(swept.gone, 3);
}

#[test]
fn progress_is_told_to_its_end() {
    let folder = Folder::new();
    let most = AtomicU32::new(0);
    let scan = Scan {
        now: START,
        depth: Depth::Heads,
        judge: &gone,
        progress: &|done, total| {
            assert!(done <= total);
            most.fetch_max(done, Ordering::Relaxed);
        },
    };
    assert_eq!(folder.disk.scan(&scan).unwrap(), Swept::default());
    assert_eq!(most.into_inner(), 65_536);
}

#[test]
fn what_dead_writers_left_goes() {
    let folder = Folder::new();
    let name = "0-0123456789abcdef-0.part";
    let left = folder.dir.path().join("tmp").join(name);
    fs::write(&left, b"").unwrap();
    assert_eq!(folder.scan(&small).gone, 1);
    assert!(!left.exists());
}
