use super::super::super::entry::tests::{file_of, header, sample};
use super::super::super::entry::{Entry, Header};
use super::super::super::frame::Kind;
use super::super::super::key::Key;
use super::super::super::record::tests as record;
use super::super::folders::Leaf;
use super::super::note::NOTE_BYTES;
use super::super::{Facts, Fate, Found, Resident};
use super::*;
use crate::clock::Clock;
use bytes::Bytes;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);
/// With it each file of the journal covers an hour.
const KEEP: Duration = Duration::from_secs(256 * 60 * 60);
pub(crate) const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// A folder, and a process on it.
pub(crate) struct Folder {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) clock: Clock,
    pub(crate) disk: Disk,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::manual(START);
        let disk = Disk::open(dir.path(), KEEP, clock.clone()).unwrap();
        Self { dir, clock, disk }
    }

    /// Another process on the same folder.
    pub(crate) fn another(&self) -> Disk {
        Disk::open(self.dir.path(), KEEP, self.clock.clone()).unwrap()
    }

    pub(crate) fn path(&self, key: u8) -> PathBuf {
        key_of(key).path_under(self.dir.path())
    }

    pub(crate) fn put(&self, key: u8, after: Duration) {
        let stored = self
            .disk
            .put_entry(&key_of(key), &sample(), START.after(after));
        stored.unwrap();
    }

    pub(crate) fn has(&self, key: u8) -> bool {
        self.path(key).exists()
    }

    /// Sweeps so many hours after the start.
    fn sweep(&self, hours: u32, judge: &Judge<'_>) -> Swept {
        self.disk.sweep(START.after(HOUR * hours), judge).unwrap()
    }

    /// The only file of the journal with notes.
    pub(crate) fn notes_file(&self) -> PathBuf {
        let [bucket] = &self.disk.journal.buckets().unwrap()[..] else {
            panic!("there is not one file");
        };
        bucket.path().to_owned()
    }

    fn noted(&self) -> usize {
        self.disk.notes().unwrap().count()
    }
}

pub(crate) fn key_of(byte: u8) -> Key {
    Key::from_bytes([byte; 32])
}

pub(crate) fn gone(_: &Resident) -> Fate {
    Fate::Gone
}

#[test]
fn what_is_due_goes_and_nothing_else_is_looked_at() {
    let folder = Folder::new();
    folder.put(1, HOUR);
    folder.put(2, HOUR * 5);
    let asked = Mutex::new(Vec::new());
    let swept = folder.sweep(3, &|file| {
        asked.lock().unwrap().push(file.key);
        Fate::Gone
    });
    assert_eq!(asked.into_inner().unwrap(), [key_of(1)]);
    assert!(!folder.has(1) && folder.has(2));
    let expected = Swept {
        gone: 1,
        freed_blocks: 8,
        ..Swept::default()
    };
    assert_eq!(swept, expected);
    assert_eq!(folder.sweep(3, &gone), Swept::default());
}

#[test]
fn the_judge_is_told_what_the_head_states() {
    let folder = Folder::new();
    folder.put(1, HOUR);
    let due = START.after(HOUR);
    let source = &record::SOURCE;
    folder
        .disk
        .put_record(source, &record::sample(), due)
        .unwrap();
    let asked = Mutex::new(Vec::new());
    let swept = folder.sweep(3, &|file| {
        match &file.facts {
            Facts::Entry(header) => assert_eq!(**header, sample().header),
            Facts::Record(known) => assert_eq!(*known, record::sample()),
        }
        asked.lock().unwrap().push(file.key);
        Fate::Gone
    });
    assert_eq!(asked.into_inner().unwrap().len(), 2);
    assert_eq!(swept.gone, 2);
    assert_eq!(folder.disk.record(source).unwrap(), Found::Nothing);
}

#[test]
fn what_lives_on_is_asked_about_again_when_its_new_time_has_come() {
    let folder = Folder::new();
    folder.put(1, HOUR);
    folder.clock.advance(HOUR * 3);
    let later = START.after(HOUR * 10);
    assert_eq!(folder.sweep(3, &|_| Fate::Until(later)).kept, 1);
    assert_eq!(folder.sweep(9, &gone), Swept::default());
    assert_eq!(folder.sweep(12, &gone).gone, 1);
}

#[test]
fn a_file_that_was_replaced_is_followed_by_its_last_note_alone() {
    let folder = Folder::new();
    let written = || fs::metadata(folder.path(1)).unwrap().modified().unwrap();
    folder.put(1, HOUR);
    let first = written();
    while written() == first {
        folder.put(1, HOUR * 5);
    }
    folder.clock.advance(HOUR * 8);
    let later = START.after(HOUR * 100);
    let swept = folder.sweep(8, &|_| Fate::Until(later));
    assert!(swept.outdated >= 1, "{swept:?}");
    assert_eq!(folder.noted(), 1);
    assert_eq!(folder.sweep(102, &gone).gone, 1);
}

#[test]
fn a_pass_that_was_cut_off_anywhere_is_done_again() {
    type Cut = (&'static str, fn(&Folder));
    let cuts: [Cut; 4] = [
        ("before anything", |_| ()),
        ("after sealing", |folder| {
            let now = START.after(HOUR * 3);
            folder.disk.journal.seal_until(now).unwrap();
        }),
        ("after one of two was removed", |folder| {
            let now = START.after(HOUR * 3);
            folder.disk.journal.seal_until(now).unwrap();
            fs::remove_file(folder.path(1)).unwrap();
        }),
        ("after both were removed", |folder| {
            fs::remove_file(folder.path(1)).unwrap();
            fs::remove_file(folder.path(2)).unwrap();
        }),
    ];
    for (place, cut) in cuts {
        let folder = Folder::new();
        folder.put(1, HOUR);
        folder.put(2, HOUR);
        folder.put(3, HOUR * 9);
        cut(&folder);
        let now = START.after(HOUR * 3);
        let swept = folder.another().sweep(now, &gone).unwrap();
        assert_eq!(swept.gone + swept.outdated, 2, "{place}");
        assert_eq!([1, 2, 3].map(|key| folder.has(key)), [false, false, true]);
        assert_eq!(folder.noted(), 1, "{place}");
    }
}

#[test]
fn a_note_of_a_file_that_never_came_is_harmless() {
    let folder = Folder::new();
    folder.put(1, HOUR);
    fs::remove_file(folder.path(1)).unwrap();
    let swept = folder.sweep(3, &gone);
    assert_eq!((swept.gone, swept.outdated), (0, 1));
}

#[test]
fn a_journal_that_was_cut_or_written_over_loses_only_what_was_hit() {
    let folder = Folder::new();
    for key in 1..=9 {
        folder.put(key, HOUR);
    }
    let mut bytes = fs::read(folder.notes_file()).unwrap();
    bytes.truncate(bytes.len() - 10);
    bytes[NOTE_BYTES * 2 + 30] ^= 1;
    bytes.splice(0..0, *b"rubbish");
    fs::write(folder.notes_file(), bytes).unwrap();
    assert_eq!(folder.sweep(3, &gone).gone, 7);
    assert!(folder.has(3) && folder.has(9));
}

#[test]
fn damage_goes_and_what_another_release_wrote_stays_and_is_kept_in_mind() {
    let folder = Folder::new();
    [1, 2].into_iter().for_each(|key| folder.put(key, HOUR));
    let mut file = file_of(&key_of(1), &sample());
    file[4..8].copy_from_slice(&[2, 0, 0xfd, 0xff]);
    fs::write(folder.path(1), &file).unwrap();
    fs::write(folder.path(2), b"rubbish").unwrap();
    folder.clock.advance(HOUR * 3);
    let swept = folder.sweep(3, &gone);
    assert_eq!((swept.foreign, swept.damaged, swept.gone), (1, 1, 0));
    assert!(folder.has(1) && !folder.has(2));
    assert_eq!(folder.noted(), 1);
}

#[test]
fn a_long_body_that_lives_on_is_checked() {
    let folder = Folder::new();
    let entry = Entry::new(header(), Bytes::from(vec![7; 3 << 20]));
    let due = START.after(HOUR);
    folder.disk.put_entry(&key_of(1), &entry, due).unwrap();
    folder.clock.advance(HOUR * 3);
    let later = |_: &Resident| Fate::Until(START.after(HOUR * 5));
    assert_eq!(folder.sweep(3, &later).kept, 1);
    let mut file = fs::read(folder.path(1)).unwrap();
    *file.last_mut().unwrap() ^= 1;
    fs::write(folder.path(1), file).unwrap();
    assert_eq!(folder.sweep(7, &later).damaged, 1);
    assert!(!folder.has(1));
}

#[test]
fn what_is_to_go_before_its_time_is_found_by_its_note() {
    let folder = Folder::new();
    (1..=50).for_each(|key| folder.put(key, HOUR * u32::from(key)));
    let odd = |file: &Resident| match file.key.as_bytes()[0] % 2 {
        1 => Fate::Gone,
        _ => Fate::Until(START),
    };
    let mut notes = folder.disk.notes().unwrap();
    let swept = folder.disk.reclaim(&mut notes, &odd).unwrap();
    assert_eq!((swept.gone, swept.kept), (25, 25));
    assert_eq!(folder.disk.reclaim(&mut notes, &odd), None);
    assert_eq!(folder.noted(), 50);
}

#[test]
fn one_process_leads_and_another_takes_over() {
    let folder = Folder::new();
    let second = folder.another();
    assert!(folder.disk.leads().unwrap());
    assert!(!second.leads().unwrap());
    drop(folder.disk);
    assert!(second.leads().unwrap());
}

#[test]
fn a_folder_that_was_deleted_is_swept_without_complaint() {
    let folder = Folder::new();
    folder.put(1, HOUR);
    fs::remove_dir_all(folder.dir.path()).unwrap();
    assert_eq!(folder.sweep(3, &gone), Swept::default());
    assert!(folder.disk.leads().is_err());
    folder.put(2, HOUR);
    assert!(folder.disk.leads().unwrap());
    assert_eq!(folder.sweep(3, &gone).gone, 1);
}

#[test]
fn empty_folders_go_in_a_pass_of_their_own() {
    let folder = Folder::new();
    [1, 2].into_iter().for_each(|key| folder.put(key, HOUR));
    let beside = folder.path(2).with_file_name("foreign");
    fs::write(beside, b"").unwrap();
    assert_eq!(folder.sweep(3, &gone).gone, 2);
    let leaves = [1, 2].map(|key| folder.path(key).parent().unwrap().to_owned());
    assert_eq!(leaves.clone().map(|leaf| leaf.exists()), [true, true]);
    assert_eq!(folder.disk.remove_folders(100), 1);
    assert_eq!(leaves.map(|leaf| leaf.exists()), [false, true]);
    assert_eq!(folder.disk.remove_folders(100), 0);
}

#[test]
fn a_disk_says_how_much_room_there_is() {
    let usage = Folder::new().disk.usage().unwrap();
    assert!(usage.free_bytes > 0 && usage.free_bytes <= usage.bytes);
    assert!(usage.free_inodes <= usage.inodes);
}

/// An entry whose header tells its body, so that a mixture of two would show.
fn numbered(number: usize) -> Entry {
    let header = Header {
        tags: vec![number.to_string()],
        ..header()
    };
    Entry::new(header, Bytes::from(vec![number as u8; 2_000]))
}

#[test]
fn writers_lose_nothing_to_a_sweep_and_a_folder_pass_of_another_process() {
    const ROUNDS: usize = 300;
    let folder = Folder::new();
    let sweeper = folder.another();
    let writing = AtomicBool::new(true);
    thread::scope(|scope| {
        scope.spawn(|| {
            let keep = |_: &Resident| Fate::Until(START.after(HOUR));
            while writing.load(Ordering::Relaxed) {
                sweeper.sweep(START.after(HOUR * 3), &keep).unwrap();
                sweeper.folders.add(Leaf::of(Kind::Entry, &key_of(1)));
                sweeper.remove_folders(100);
            }
        });
        for number in 0..ROUNDS {
            let due = START.after(HOUR);
            folder
                .disk
                .put_entry(&key_of(1), &numbered(number), due)
                .unwrap();
            let found = folder.disk.entry(&key_of(1)).unwrap();
            assert_eq!(found, Found::Whole(numbered(number)));
            folder.disk.remove_entry(&key_of(1)).unwrap();
        }
        writing.store(false, Ordering::Relaxed);
    });
}
