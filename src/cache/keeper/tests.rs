use super::super::entry::tests::header;
use super::super::entry::{Entry, Sequence};
use super::super::key::Key;
use super::super::purge::{Force, Purge, PurgeConfig};
use super::super::record::Record;
use super::super::record::tests::sample as record;
use super::*;
use bytes::Bytes;
use std::fs::{self, File};

mod learning;

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// When the sample entry was made and the sample record validated.
const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);
/// What one small file takes, with its folder.
const FILE_BYTES: u64 = 8192;
const PLENTY: Limits = Limits {
    bytes: 1 << 40,
    entries: 1 << 30,
};

/// A folder, and the time.
struct Folder {
    dir: tempfile::TempDir,
    clock: Clock,
}

impl Folder {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::manual(START);
        Self { dir, clock }
    }

    /// A process on the folder.
    fn keeper(&self, limits: Limits) -> Keeper {
        let keep = Keep::default();
        let disk = Disk::open(self.dir.path(), keep.variants, self.clock.clone()).unwrap();
        let config = PurgeConfig {
            table_bytes: 1 << 20,
            origin: Sequence(100),
            observer: Box::new(|_| ()),
        };
        let purges = Purges::open(Some(&self.dir.path().join("purges")), config).unwrap();
        let rules = Rules {
            keep,
            limits,
            sweep_interval: Duration::from_secs(60),
            snapshot: self.dir.path().join("recency"),
        };
        let parts = (Arc::new(disk), Arc::new(purges));
        Keeper::new(parts, Arc::new(Uses::new()), rules, self.clock.clone())
    }

    /// A process that knows what is in the folder.
    fn settled(&self, limits: Limits) -> Keeper {
        let keeper = self.keeper(limits);
        keeper.round().unwrap();
        keeper
    }

    /// Such a process without limits, after it has published entries of the keys below `count`.
    fn filled(&self, count: u16) -> Keeper {
        let keeper = self.settled(PLENTY);
        (0..count).for_each(|number| put(&keeper, number));
        keeper
    }

    /// Files of entries that are there, of the keys below `count`.
    fn held(&self, count: u16) -> Vec<u16> {
        let path = |number: &u16| key(*number).path_under(self.dir.path());
        (0..count).filter(|it| path(it).exists()).collect()
    }

    fn lose(&self, names: [&str; 2]) {
        for name in names {
            let path = self.dir.path().join(name);
            let _ = fs::remove_file(&path);
            let _ = fs::remove_dir_all(&path);
        }
    }
}

fn key(number: u16) -> Key {
    let [high, low] = number.to_be_bytes();
    let mut bytes = [0x55; 32];
    // The first two bits count uses elsewhere.
    (bytes[1], bytes[2]) = (low, high);
    Key::from_bytes(bytes)
}

/// Publishes an entry that is due by what its own head says.
fn put(keeper: &Keeper, number: u16) {
    let entry = Entry::new(
        Header {
            created: keeper.clock.now(),
            ..header()
        },
        Bytes::from_static(b"a derivative"),
    );
    let due = entry.header.created.after(keeper.rules.keep.variants);
    let disk = &keeper.disk;
    disk.put_entry(&key(number), &entry, due).unwrap();
}

fn entries(entries: u64) -> Limits {
    Limits { entries, ..PLENTY }
}

#[test]
fn what_has_expired_goes_and_what_has_not_stays() {
    let folder = Folder::new();
    put(&folder.keeper(PLENTY), 1);
    folder.clock.advance(DAY * 20);
    put(&folder.keeper(PLENTY), 2);
    folder.clock.advance(DAY * 11);
    let keeper = folder.settled(PLENTY);
    assert_eq!(folder.held(3), [2]);
    let counts = keeper.counts();
    assert_eq!((counts.expired, counts.failed), (1, 0));
    assert_eq!((counts.held_entries, counts.held_bytes), (1, FILE_BYTES));
}

#[test]
fn what_was_validated_since_is_kept_for_as_long_again() {
    let folder = Folder::new();
    let first = folder.keeper(PLENTY);
    put(&first, 1);
    folder.clock.advance(DAY * 20);
    let confirmed = Record {
        validated_at: folder.clock.now(),
        ..record()
    };
    let due = confirmed.validated_at.after(DAY * 30);
    let disk = &first.disk;
    disk.put_record(&header().source, &confirmed, due).unwrap();
    drop(first);
    folder.clock.advance(DAY * 12);
    folder.keeper(PLENTY).round().unwrap();
    assert_eq!(folder.held(2), [1]);
    folder.clock.advance(DAY * 20);
    folder.keeper(PLENTY).round().unwrap();
    assert!(folder.held(2).is_empty());
}

#[test]
fn the_limits_of_files_and_of_bytes_are_kept() {
    let bytes = Limits {
        bytes: 10 * FILE_BYTES,
        ..PLENTY
    };
    for limits in [entries(10), bytes] {
        let folder = Folder::new();
        let keeper = folder.keeper(limits);
        keeper.round().unwrap();
        (0..40).for_each(|number| put(&keeper, number));
        keeper.round().unwrap();
        let counts = keeper.counts();
        assert_eq!(folder.held(40).len(), 10, "{limits:?}");
        assert_eq!((counts.evicted, counts.held_entries), (30, 10));
        assert_eq!(counts.freed_bytes, 30 * FILE_BYTES);
    }
}

#[test]
fn what_is_used_outlives_what_is_not() {
    let folder = Folder::new();
    let keeper = folder.settled(entries(10));
    for number in 0..60 {
        put(&keeper, number);
        keeper.uses.note(&key(3));
        keeper.round().unwrap();
    }
    assert!(folder.held(60).contains(&3));
}

#[test]
fn one_process_keeps_the_folder_and_another_takes_over() {
    let folder = Folder::new();
    let [first, second] = [0; 2].map(|_| folder.keeper(entries(10)));
    first.round().unwrap();
    second.round().unwrap();
    (0..40).for_each(|number| put(&second, number));
    second.round().unwrap();
    assert_eq!(folder.held(40).len(), 40, "it is not the second's to evict");
    drop(first);
    second.round().unwrap();
    assert_eq!(folder.held(40).len(), 10);
}

#[test]
fn what_was_purged_hard_goes_when_it_is_looked_at() {
    let folder = Folder::new();
    let keeper = folder.filled(3);
    keeper.purges.add(&[Purge::all(Force::Soft)]).unwrap();
    assert_eq!(keeper.scan(&|_, _| ()).unwrap().gone, 0);
    keeper.purges.add(&[Purge::all(Force::Hard)]).unwrap();
    assert_eq!(keeper.scan(&|_, _| ()).unwrap().gone, 3);
    keeper.round().unwrap();
    assert_eq!(keeper.counts().held_entries, 0);
}

#[test]
fn nothing_is_swept_while_the_clock_is_not_believed() {
    let folder = Folder::new();
    let keeper = folder.settled(PLENTY);
    put(&keeper, 1);
    folder.clock.advance(DAY * 31);
    keeper.round().unwrap();
    assert_eq!(folder.held(2), [1], "the clock jumped by a month");
    // A process that starts then has nothing to compare with.
    drop(keeper);
    folder.keeper(PLENTY).round().unwrap();
    assert!(folder.held(2).is_empty());
}

#[test]
fn what_is_done_every_so_often_is_done_at_once_after_a_step_back() {
    let at = |hours: u32| START.after(HOUR * hours);
    for (last, now, expected) in [
        (None, 0, true),
        (Some(0), 0, false),
        (Some(0), 1, false),
        (Some(0), 2, true),
        (Some(5), 4, true),
    ] {
        let found = is_due(last.map(at), HOUR * 2, at(now));
        assert_eq!(found, expected, "{last:?} {now}");
    }
}

#[test]
fn a_victim_that_stays_is_held_on_and_tried_again() {
    let folder = Folder::new();
    let keeper = folder.settled(entries(10));
    // A folder in the place of a file cannot be unlinked, whoever asks.
    let in_the_way = key(0).path_under(folder.dir.path());
    fs::create_dir_all(&in_the_way).unwrap();
    File::create(in_the_way.join("inside")).unwrap();
    keeper.state().table.as_mut().unwrap().added(key(0), 1);
    (1..40).for_each(|number| put(&keeper, number));
    assert!(keeper.round().is_err());
    assert_eq!(keeper.counts().failed, 1);
    assert!(keeper.state().table.as_ref().unwrap().holds(&key(0)));
}

#[test]
fn a_clock_that_is_set_forth_and_back_takes_nothing_that_lives_and_freezes_nothing() {
    let folder = Folder::new();
    let keeper = folder.settled(entries(3));
    put(&keeper, 1);
    for days in [31, 0, 400, 1] {
        folder.clock.set(START.after(DAY * days));
        keeper.round().unwrap();
        put(&keeper, 2);
        keeper.round().unwrap();
        assert_eq!(folder.held(4), [1, 2], "day {days}");
    }
    // Room is made all the same.
    (3..9).for_each(|number| put(&keeper, number));
    keeper.round().unwrap();
    assert_eq!(folder.held(9).len(), 3);
    drop(keeper);
    // What the wrong clock said of the files is forgotten with them.
    folder.clock.set(START.after(DAY * 32));
    folder.keeper(PLENTY).round().unwrap();
    assert!(folder.held(9).is_empty());
}

#[test]
fn where_room_is_short_what_was_purged_goes_before_what_is_live() {
    let folder = Folder::new();
    let keeper = folder.settled(entries(10));
    (0..10).for_each(|number| put(&keeper, number));
    keeper.round().unwrap();
    keeper.purges.add(&[Purge::all(Force::Hard)]).unwrap();
    keeper.round().unwrap();
    assert_eq!(folder.held(20).len(), 10, "there is room");
    for number in 10..14 {
        let header = Header {
            created: START,
            sequence: keeper.purges.newest(),
            ..header()
        };
        let entry = Entry::new(header, Bytes::from_static(b"later"));
        let due = START.after(DAY * 30);
        keeper.disk.put_entry(&key(number), &entry, due).unwrap();
    }
    keeper.round().unwrap();
    assert_eq!(folder.held(20), [10, 11, 12, 13]);
    let counts = keeper.counts();
    assert_eq!((counts.purged, counts.evicted), (10, 0));
}
