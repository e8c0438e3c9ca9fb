//! Several processes and threads on one folder.

use super::*;
use std::collections::HashSet;
use std::thread;

#[test]
fn what_one_process_purges_another_sees_at_its_next_look() {
    let dir = tempfile::tempdir().unwrap();
    let (one, other) = (open(dir.path()), open(dir.path()));
    let first = one.add(&[of(1, HARD)]).unwrap();
    assert_eq!(other.newest(), Sequence(0));
    other.refresh().unwrap();
    assert_eq!((other.newest(), hard(&other, 1)), (first, first));
    let second = other.add(&[of(2, SOFT)]).unwrap();
    assert!(second > first);
    one.refresh().unwrap();
    assert_eq!(one.floor(&[scope(2)]).soft, second);
}

#[test]
fn numbers_are_given_once_and_every_handle_comes_to_know_all() {
    let dir = tempfile::tempdir().unwrap();
    let handles: Vec<Purges> = (0..3).map(|_| open(dir.path())).collect();
    let numbers = Mutex::new(HashSet::new());
    thread::scope(|threads| {
        for (at, purges) in handles.iter().enumerate() {
            for thread in 0..2 {
                let numbers = &numbers;
                threads.spawn(move || {
                    for round in 0..100 {
                        let scope = (at * 1000 + thread * 100 + round) as u64;
                        let number = purges.add(&[of(scope, HARD)]).unwrap();
                        assert_eq!(hard(purges, scope), number);
                        numbers.lock().unwrap().insert((number, scope));
                    }
                });
            }
        }
    });
    let numbers = numbers.into_inner().unwrap();
    let distinct: HashSet<Sequence> = numbers.iter().map(|(number, _)| *number).collect();
    assert_eq!(distinct.len(), 600);
    for purges in handles.iter().chain([&open(dir.path())]) {
        purges.refresh().unwrap();
        assert_eq!(Some(&purges.newest()), distinct.iter().max());
        assert!(
            numbers
                .iter()
                .all(|(number, scope)| hard(purges, *scope) == *number)
        );
    }
}

#[test]
fn look_ups_see_every_purge_that_was_acknowledged_before_them_whatever_is_rewritten_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, reader) = (open(dir.path()), open(dir.path()));
    let acknowledged = std::sync::atomic::AtomicU64::new(0);
    let order = std::sync::atomic::Ordering::SeqCst;
    thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                while acknowledged.load(order) != u64::MAX {
                    let before = acknowledged.load(order);
                    reader.refresh().unwrap();
                    let newest = reader.newest().0;
                    let floor = hard(&reader, 1).0;
                    assert!(before == u64::MAX || newest >= before);
                    assert!(floor >= newest, "{floor} < {newest}");
                }
            });
        }
        for _ in 0..3000 {
            let number = writer.add(&[of(1, HARD)]).unwrap();
            acknowledged.store(number.0, order);
        }
        acknowledged.store(u64::MAX, order);
    });
}
