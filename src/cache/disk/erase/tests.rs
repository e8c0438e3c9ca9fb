use super::super::sweep::tests::{Folder, HOUR, START, gone, key_of};
use super::super::{Facts, Found};
use super::*;
use crate::cache::entry::tests::{header, sample};
use crate::cache::entry::{Entry, Header};
use crate::cache::record::tests as record;
use crate::cache::scope::Scope;
use bytes::Bytes;
use std::fs::{self, File};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

/// The group of the entries that are to go.
const UNWANTED: Scope = Scope::from_number(77);

/// An entry of these scopes and of the source that records are the samples of.
fn entry_of(scopes: Vec<Scope>) -> Entry {
    let header = Header { scopes, ..header() };
    Entry::new(header, Bytes::from_static(b"a derivative"))
}

impl Folder {
    /// Ten entries of the group, of the keys from 1 on, and thirty of others.
    fn filled() -> Self {
        let folder = Self::new();
        for key in 1..=40 {
            let scopes = match key {
                ..=10 => vec![Scope::from_number(5), UNWANTED],
                _ => vec![Scope::from_number(5)],
            };
            folder.put_of(key, scopes);
        }
        folder
    }

    fn put_of(&self, key: u8, scopes: Vec<Scope>) {
        self.put_until(key, scopes, START.after(HOUR * u32::from(1 + key % 3)));
    }

    fn put_until(&self, key: u8, scopes: Vec<Scope>, due: Timestamp) {
        let stored = self.disk.put_entry(&key_of(key), &entry_of(scopes), due);
        stored.unwrap();
    }

    /// Erases the group; answers what went, how it was found, and how many files were looked at.
    fn erase(&self) -> (u64, Search, usize) {
        let looked_at = AtomicUsize::new(0);
        let (swept, search) = self.disk.erase(&Erasure {
            groups: vec![Groups::of_scope(UNWANTED)],
            judge: &|file| {
                looked_at.fetch_add(1, Ordering::Relaxed);
                matches!(&file.facts, Facts::Entry(header)
                    if header.scopes.is_empty() || header.scopes.contains(&UNWANTED))
            },
            until: &|_| START.after(HOUR * 5),
            now: START,
        });
        assert_eq!(swept.failed, 0);
        (swept.gone, search, looked_at.into_inner())
    }

    fn held(&self) -> Vec<u8> {
        (1..=50).filter(|key| self.has(*key)).collect()
    }
}

#[test]
fn what_the_journal_names_goes_and_little_else_is_looked_at() {
    let folder = Folder::filled();
    assert_eq!(folder.erase(), (10, Search::Journal, 10));
    assert_eq!(folder.held(), (11..=40).collect::<Vec<u8>>());
    assert_eq!(folder.erase(), (0, Search::Journal, 0));
}

#[test]
fn what_does_not_say_what_it_belongs_to_goes_and_so_does_a_record() {
    let folder = Folder::new();
    folder.put_of(1, Vec::new());
    let due = START.after(HOUR);
    let source = record::SOURCE;
    let record = record::sample();
    folder.disk.put_record(&source, &record, due).unwrap();
    let (swept, search) = folder.disk.erase(&Erasure {
        groups: vec![Groups::of_source(&source)],
        judge: &|_| true,
        until: &|_| START,
        now: START,
    });
    assert_eq!((swept.gone, search), (2, Search::Journal));
    assert_eq!(folder.disk.record(&source).unwrap(), Found::Nothing);
}

/// What happens to a folder, and how.
type Loss = (&'static str, fn(&Folder));

/// What befalls a folder so that its journal may lack notes.
const LOSSES: [Loss; 6] = [
    ("the journal was removed", |folder| {
        fs::remove_dir_all(folder.dir.path().join("journal")).unwrap();
    }),
    ("it was never said to name all", |folder| {
        fs::remove_file(folder.dir.path().join("journal/whole")).unwrap();
    }),
    ("the machine went down", |folder| {
        fs::write(folder.dir.path().join("journal/whole"), "another boot\n").unwrap();
    }),
    ("a file of it was cut", |folder| {
        let path = folder.disk.journal.buckets().unwrap()[0].path().to_owned();
        let file = File::options().write(true).open(path).unwrap();
        file.set_len(80 * 2 + 9).unwrap();
    }),
    ("a file of it was written over", |folder| {
        let path = folder.disk.journal.buckets().unwrap()[1].path().to_owned();
        fs::write(path, b"rubbish").unwrap();
    }),
    ("one that was cut was swept since", |folder| {
        let path = folder.disk.journal.buckets().unwrap()[0].path().to_owned();
        fs::write(path, b"rubbish").unwrap();
        let stays = |_: &Resident| Fate::Until(START.after(HOUR * 9));
        folder.disk.sweep(START.after(HOUR * 2), &stays).unwrap();
        assert_eq!(folder.disk.journal.buckets().unwrap().len(), 2);
    }),
];

#[test]
fn where_the_journal_may_lack_some_every_file_is_looked_at_and_noted_anew() {
    for (name, befall) in LOSSES {
        let folder = Folder::filled();
        befall(&folder);
        let (gone, search, looked_at) = folder.erase();
        assert_eq!((gone, search), (10, Search::Files), "{name}");
        assert!(looked_at >= 30, "{name}: {looked_at}");
        assert_eq!(folder.held(), (11..=40).collect::<Vec<u8>>(), "{name}");
        folder.put_of(1, vec![UNWANTED]);
        assert_eq!(folder.erase(), (1, Search::Journal, 1), "{name}");
        assert_eq!(folder.held().len(), 30, "{name}");
    }
}

#[test]
fn a_folder_that_somebody_filled_before_has_no_journal_of_it() {
    let folder = Folder::filled();
    fs::remove_dir_all(folder.dir.path().join("journal")).unwrap();
    let later = folder.another();
    let due = START.after(HOUR);
    later.put_entry(&key_of(50), &sample(), due).unwrap();
    assert_eq!(folder.erase().1, Search::Files);
}

#[test]
fn what_was_swept_and_stayed_is_still_found() {
    let folder = Folder::filled();
    let stays = |_: &Resident| Fate::Until(START.after(HOUR * 9));
    let swept = folder.disk.sweep(START.after(HOUR * 6), &stays).unwrap();
    assert_eq!(swept.kept, 40);
    assert_eq!(folder.erase(), (10, Search::Journal, 10));
}

#[test]
fn no_file_of_the_journal_goes_while_it_is_read() {
    let folder = Folder::filled();
    let buckets = || folder.disk.journal.buckets().unwrap().len();
    let held = folder.disk.journal.hold().unwrap();
    assert_eq!(
        folder
            .disk
            .sweep(START.after(HOUR * 6), &gone)
            .unwrap()
            .failed,
        0
    );
    assert_eq!(buckets(), 3);
    drop(held);
    folder.disk.sweep(START.after(HOUR * 6), &gone).unwrap();
    assert_eq!(buckets(), 0);
}

#[test]
fn what_another_process_publishes_while_it_is_read_hides_nothing() {
    let folder = Folder::filled();
    let (stop, hours) = (AtomicBool::new(false), AtomicU32::new(0));
    let erased = std::thread::scope(|scope| {
        scope.spawn(|| {
            let other = folder.another();
            for hour in (1..200).cycle() {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                hours.store(hour, Ordering::Relaxed);
                let due = START.after(HOUR * hour);
                other.put_entry(&key_of(50), &sample(), due).unwrap();
                let stays = |_: &Resident| Fate::Until(START.after(HOUR * (hour + 3)));
                other.sweep(START.after(HOUR * hour), &stays).unwrap();
            }
        });
        // Nothing is published that is due already: a sweep would take its note for one of a file that is gone.
        let due = || START.after(HOUR * (hours.load(Ordering::Relaxed) + 20));
        let erased: Vec<_> = (0..100)
            .map(|_| {
                let erased = folder.erase().0;
                (1..=10).for_each(|key| folder.put_until(key, vec![UNWANTED], due()));
                erased
            })
            .collect();
        stop.store(true, Ordering::Relaxed);
        erased
    });
    assert_eq!(erased, [10; 100]);
}
