use super::super::note::NOTE_BYTES;
use super::super::sweep::tests::{Folder, HOUR, key_of};
use super::*;
use std::fs::{self, File};
use std::io::Write;

/// The first bytes of the keys of what is new.
fn news(folder: &Folder, marks: &mut Marks) -> Vec<u8> {
    read(folder, marks).0
}

/// The same, and how many files hold what is no note.
fn read(folder: &Folder, marks: &mut Marks) -> (Vec<u8>, usize) {
    let mut keys = Vec::new();
    let lacking = folder
        .disk
        .new_notes(marks, &mut |notes| {
            keys.extend(notes.iter().map(|note| note.key.as_bytes()[0]));
        })
        .unwrap();
    keys.sort_unstable();
    // Whoever finds its file sealed writes a note once more.
    keys.dedup();
    (keys, lacking.damaged)
}

#[test]
fn what_was_read_once_is_not_read_again_whoever_added_it() {
    let (folder, mut marks) = (Folder::new(), Marks::default());
    assert!(news(&folder, &mut marks).is_empty());
    folder.put(1, HOUR);
    folder.put(2, HOUR * 9);
    assert_eq!(news(&folder, &mut marks), [1, 2]);
    assert!(news(&folder, &mut marks).is_empty());
    let another = folder.another();
    let due = super::super::sweep::tests::START.after(HOUR);
    let entry = super::super::super::entry::tests::sample();
    another.put_entry(&key_of(3), &entry, due).unwrap();
    assert_eq!(news(&folder, &mut marks), [3]);
    assert_eq!(news(&folder, &mut Marks::default()), [1, 2, 3]);
}

#[test]
fn a_file_that_is_sealed_is_read_on_and_its_successor_from_its_start() {
    let (folder, mut marks) = (Folder::new(), Marks::default());
    folder.put(1, HOUR);
    assert_eq!(news(&folder, &mut marks), [1]);
    folder.put(2, HOUR);
    for bucket in folder.disk.journal.buckets().unwrap() {
        bucket.seal().unwrap();
    }
    folder.put(3, HOUR);
    assert_eq!(news(&folder, &mut marks), [2, 3]);
    assert!(news(&folder, &mut marks).is_empty());
}

#[test]
fn a_note_that_is_cut_is_read_when_it_is_whole_and_one_that_stays_cut_hides_none() {
    let (folder, mut marks) = (Folder::new(), Marks::default());
    folder.put(1, HOUR);
    let path = folder.notes_file();
    let whole = fs::read(&path).unwrap();
    let mut file = File::options().append(true).open(&path).unwrap();
    file.write_all(&whole[..NOTE_BYTES - 9]).unwrap();
    assert_eq!(read(&folder, &mut marks), (vec![1], 1));
    file.write_all(&whole[NOTE_BYTES - 9..]).unwrap();
    assert_eq!(read(&folder, &mut marks), (vec![1], 0));
    file.write_all(&whole[..9]).unwrap();
    folder.put(2, HOUR);
    assert_eq!(read(&folder, &mut marks), (vec![2], 1));
    assert!(news(&folder, &mut marks).is_empty());
}

#[test]
fn a_journal_that_was_cut_short_is_read_on_from_its_new_end() {
    let (folder, mut marks) = (Folder::new(), Marks::default());
    (1..=3).for_each(|key| folder.put(key, HOUR));
    assert_eq!(news(&folder, &mut marks), [1, 2, 3]);
    let file = File::options().write(true).open(folder.notes_file());
    let file = file.unwrap();
    file.set_len(NOTE_BYTES as u64).unwrap();
    assert!(folder.disk.journal.is_whole());
    assert_eq!(read(&folder, &mut marks), (vec![], 1));
    assert!(!folder.disk.journal.is_whole());
    folder.put(4, HOUR);
    assert_eq!(news(&folder, &mut marks), [4]);
}

#[test]
fn of_notes_those_whose_file_is_there_are_told() {
    let folder = Folder::new();
    (1..=40).for_each(|key| folder.put(key, HOUR));
    (1..=40).step_by(2).for_each(|key| {
        fs::remove_file(folder.path(key)).unwrap();
    });
    let notes: Vec<Note> = folder.disk.notes().unwrap().collect();
    let found = folder.disk.present(notes);
    let keys: Vec<u8> = found.iter().map(|note| note.key.as_bytes()[0]).collect();
    assert_eq!(keys, (2..=40).step_by(2).collect::<Vec<u8>>());
}
