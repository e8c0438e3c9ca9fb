use super::*;
use crate::cache::error::Error;
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

mod crash;
mod faults;
mod model;
mod several;

const HARD: Force = Force::Hard;
const SOFT: Force = Force::Soft;
const SLOT: usize = record::SLOT_BYTES;

fn scope(number: u64) -> Scope {
    Scope::new("tag", &number.to_le_bytes())
}

fn of(number: u64, force: Force) -> Purge {
    Purge::of(scope(number), force)
}

fn config() -> PurgeConfig {
    PurgeConfig {
        table_bytes: 1 << 20,
        origin: Sequence(0),
        observer: Box::new(|_| {}),
    }
}

fn open(dir: &Path) -> Purges {
    Purges::open(Some(dir), config()).unwrap()
}

fn in_memory() -> Purges {
    Purges::open(None, config()).unwrap()
}

fn log_of(dir: &Path) -> PathBuf {
    dir.join("log")
}

fn hard(purges: &Purges, number: u64) -> Sequence {
    purges.floor(&[scope(number)]).hard
}

/// Purges the scopes from 0 to `count`, hard, one by one; answers their numbers.
fn add_each(purges: &Purges, count: u64) -> Vec<Sequence> {
    (0..count)
        .map(|number| purges.add(&[of(number, HARD)]).unwrap())
        .collect()
}

#[test]
fn a_floor_is_the_newest_hard_and_soft_purge_of_any_scope_or_of_everything() {
    let purges = in_memory();
    assert_eq!(purges.floor(&[scope(1)]), Floor::default());
    let first = purges.add(&[of(1, HARD)]).unwrap();
    let second = purges.add(&[of(2, SOFT)]).unwrap();
    let third = purges.add(&[Purge::all(SOFT)]).unwrap();
    let fourth = purges.add(&[of(2, SOFT)]).unwrap();
    let floor = |hard, soft| Floor { hard, soft };
    let none = Sequence(0);
    let cases = [
        ("of no scope", vec![], floor(none, third)),
        ("of another scope", vec![scope(9)], floor(none, third)),
        ("of the first", vec![scope(1)], floor(first, third)),
        ("of the second", vec![scope(2)], floor(none, fourth)),
        (
            "of both",
            vec![scope(1), scope(9), scope(2)],
            floor(first, fourth),
        ),
    ];
    for (case, scopes, expected) in cases {
        assert_eq!(purges.floor(&scopes), expected, "{case}");
    }
    assert!(first < second && second < third && third < fourth);
    assert_eq!(purges.newest(), fourth);
}

#[test]
fn purges_hold_after_a_restart_and_numbers_rise_above_them() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("cache/purges");
    let numbers = add_each(&open(&dir), 3);
    assert_eq!(numbers[2].0, numbers[0].0 + 2);
    let purges = open(&dir);
    assert_eq!(purges.newest(), numbers[2]);
    for (at, number) in numbers.iter().enumerate() {
        assert_eq!(hard(&purges, at as u64), *number);
    }
    assert_eq!(purges.floor(&[scope(9)]), Floor::default());
    assert!(purges.add(&[of(9, SOFT)]).unwrap() > numbers[2]);
    assert_eq!(purges.usage().losses, 0);
}

#[test]
fn a_batch_is_numbered_in_its_order_and_none_of_it_is_missed() {
    let dir = tempfile::tempdir().unwrap();
    let purges = open(dir.path());
    let batch: Vec<Purge> = (0..5000).map(|number| of(number, HARD)).collect();
    let last = purges.add(&batch).unwrap();
    for purges in [&purges, &open(dir.path())] {
        assert_eq!(purges.newest(), last);
        assert!((0..5000).all(|number| hard(purges, number).0 == last.0 - 4999 + number));
    }
    assert_eq!(purges.add(&[]).unwrap(), last);
}

#[test]
fn no_number_is_given_up_to_the_origin() {
    let origin = Sequence(1 << 40);
    let purges = Purges::open(None, PurgeConfig { origin, ..config() }).unwrap();
    assert_eq!(purges.newest(), Sequence(0));
    assert_eq!(purges.add(&[of(1, HARD)]).unwrap(), Sequence(origin.0 + 1));
}

#[test]
fn numbers_from_elsewhere_are_taken_once_and_late_ones_at_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let purges = open(dir.path());
    let at = |number, purge| purges.add_numbered(&[(Sequence(number), purge)]).unwrap().0;
    assert_eq!(at(1 << 30, of(1, HARD)), 1 << 30, "a new one");
    assert_eq!(at(1 << 30, of(1, HARD)), 1 << 30, "again");
    assert_eq!(
        at(1 << 29, of(1, HARD)),
        1 << 30,
        "an older one of the same scope"
    );
    let late = at(1 << 29, of(1, SOFT));
    assert!(late > 1 << 30, "an older one of another force");
    assert_eq!(at(1 << 29, of(1, SOFT)), late, "the late one again");
    assert_eq!(at(7, of(2, HARD)), late + 1, "a late one of another scope");
    assert_eq!(hard(&purges, 2).0, late + 1);
    assert_eq!(hard(&purges, 1).0, 1 << 30);
    let batch = [
        (Sequence(1 << 40), of(3, HARD)),
        (Sequence(1 << 40), of(3, HARD)),
    ];
    assert_eq!(
        purges.add_numbered(&batch).unwrap().0,
        1 << 40,
        "twice in a batch"
    );
    let newest = purges.newest();
    assert_eq!(open(dir.path()).newest(), newest);
    let refused = purges.add_numbered(&[(Sequence(u64::MAX), of(1, HARD))]);
    assert!(matches!(refused, Err(Error::TooLarge(_))));
}

#[test]
fn the_observer_is_told_what_this_and_other_processes_purge() {
    let dir = tempfile::tempdir().unwrap();
    let other = open(dir.path());
    other.add(&[of(0, HARD)]).unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let observer = {
        let told = Arc::clone(&told);
        Box::new(move |purges: &[Purge]| told.lock().unwrap().extend_from_slice(purges))
    };
    let purges = Purges::open(
        Some(dir.path()),
        PurgeConfig {
            observer,
            ..config()
        },
    )
    .unwrap();
    purges.add(&[of(1, HARD)]).unwrap();
    other.add(&[of(2, SOFT), Purge::all(SOFT)]).unwrap();
    purges.refresh().unwrap();
    purges.refresh().unwrap();
    let expected = [of(1, HARD), of(2, SOFT), Purge::all(SOFT)];
    assert_eq!(*told.lock().unwrap(), expected);
}

#[test]
fn past_its_bound_the_oldest_purges_count_for_everything() {
    for force in [HARD, SOFT] {
        let table_bytes = 24 * 400;
        let purges = Purges::open(
            None,
            PurgeConfig {
                table_bytes,
                ..config()
            },
        )
        .unwrap();
        let limit = purges.usage().limit;
        assert_eq!(limit, 300);
        let numbers: Vec<Sequence> = (0..1000)
            .map(|number| purges.add(&[of(number, force)]).unwrap())
            .collect();
        let usage = purges.usage();
        assert!(
            usage.records <= limit && usage.records > limit / 2,
            "{usage:?}"
        );
        assert!(usage.bytes <= table_bytes);
        let newest_of = |floor: Floor| match force {
            HARD => (floor.hard, floor.soft),
            SOFT => (floor.soft, floor.hard),
        };
        let (everything, none) = newest_of(purges.floor(&[]));
        assert_eq!(
            none,
            Sequence(0),
            "of {force:?} purges only such floors are raised"
        );
        assert!(everything >= numbers[1000 - 300 - 1] && everything < numbers[999 - 150]);
        for (at, number) in numbers.iter().enumerate() {
            let (floor, _) = newest_of(purges.floor(&[scope(at as u64)]));
            assert_eq!(floor, everything.max(*number), "{at}");
        }
    }
}

#[test]
fn purges_that_one_of_everything_covers_make_room_before_others_are_folded() {
    let table_bytes = 24 * 400;
    let purges = Purges::open(
        None,
        PurgeConfig {
            table_bytes,
            ..config()
        },
    )
    .unwrap();
    (0..290).for_each(|number| {
        purges.add(&[of(number, HARD)]).unwrap();
    });
    let everything = purges.add(&[Purge::all(HARD)]).unwrap();
    (1000..1200).for_each(|number| {
        purges.add(&[of(number, HARD)]).unwrap();
    });
    assert_eq!(purges.floor(&[]).hard, everything);
    assert_eq!(purges.usage().records, 200);
}

#[test]
fn a_log_that_repeats_itself_is_written_anew_and_followed() {
    let dir = tempfile::tempdir().unwrap();
    let (purges, other) = (open(dir.path()), open(dir.path()));
    let idle = open(dir.path());
    let mut last = [Sequence(0); 4];
    for round in 0..3000 {
        let number = purges.add(&[of(round % 4, HARD)]).unwrap();
        last[(round % 4) as usize] = number;
        other.refresh().unwrap();
        assert_eq!(other.newest(), number);
    }
    let length = fs::metadata(log_of(dir.path())).unwrap().len();
    assert!(length < 2000 * SLOT as u64, "{length} bytes");
    assert!(!dir.path().join("log.new").exists());
    idle.refresh().unwrap();
    for purges in [&purges, &other, &idle, &open(dir.path())] {
        for (at, number) in last.iter().enumerate() {
            assert_eq!(hard(purges, at as u64), *number);
        }
        assert_eq!(purges.floor(&[]), Floor::default());
        assert_eq!(purges.usage().losses, 0);
    }
}
