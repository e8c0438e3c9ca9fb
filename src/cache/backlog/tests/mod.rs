//! What is queued, in what order, within which bounds, and what a process finds that another has left.

use std::fs;
use std::path::Path;

use super::*;

mod crash;

const SOURCE: &[u8] = b"the bytes of a source";

fn key(number: u8) -> Key {
    Key::from_bytes([number; 32])
}

fn digest(source: &[u8]) -> Digest {
    *blake3::hash(source).as_bytes()
}

fn open_bounded(dir: Option<&Path>, entries: usize, bytes: u64) -> Arc<Backlog> {
    let config = BacklogConfig {
        dir: dir.map(Path::to_owned),
        entries,
        bytes,
    };
    Arc::new(Backlog::open(config, Clock::system()).unwrap())
}

/// The queue of a process that has it. A child that another test is about to start may hold what it inherits for a
/// moment.
fn open(dir: &Path) -> Arc<Backlog> {
    let backlog = open_bounded(Some(dir), 100, 1 << 20);
    while !backlog.lead().unwrap() {
        std::thread::yield_now();
    }
    backlog
}

fn reserve(backlog: &Arc<Backlog>, number: u8, source: &[u8]) -> Result<Place, Refusal> {
    let payload = format!("job {number}").into_bytes();
    backlog.reserve(key(number), payload, (digest(source), source.len() as u64))
}

fn push(backlog: &Arc<Backlog>, number: u8, source: &'static [u8]) {
    let place = reserve(backlog, number, source).unwrap();
    place.fill(Bytes::from_static(source)).unwrap();
}

fn take(backlog: &Backlog) -> Option<Job> {
    backlog.take().unwrap()
}

/// The files of the queue, its lock left out.
fn files(dir: &Path) -> Vec<String> {
    let listed = |dir: &Path| -> Vec<String> {
        let files = fs::read_dir(dir).unwrap().flatten();
        files
            .map(|file| file.file_name().into_string().unwrap())
            .collect()
    };
    let mut names = listed(&dir.join("refine"));
    names.extend(listed(&dir.join("refine/sources")));
    names.retain(|name| name != "lock" && name != "sources");
    names.sort();
    names
}

#[test]
fn jobs_are_done_in_the_order_of_their_coming() {
    let dir = tempfile::tempdir().unwrap();
    for dir in [None, Some(dir.path())] {
        let backlog = open_bounded(dir, 100, 1 << 20);
        for number in [3, 1, 2] {
            push(&backlog, number, SOURCE);
        }
        for number in [3, 1, 2] {
            let job = take(&backlog).unwrap();
            assert_eq!((job.key, job.attempts), (key(number), 0));
            assert_eq!(job.payload, format!("job {number}").as_bytes());
            let source = backlog.source(&job.source).unwrap();
            assert_eq!(source.as_deref(), Some(SOURCE));
            backlog.done(&job);
        }
        assert!(take(&backlog).is_none());
        assert_eq!((backlog.len(), backlog.bytes()), (0, 0));
    }
    assert!(files(dir.path()).is_empty());
}

#[test]
fn a_key_is_pending_from_its_place_to_its_end() {
    let backlog = open_bounded(None, 100, 1 << 20);
    assert!(!backlog.is_pending(&key(1)));
    let place = reserve(&backlog, 1, SOURCE).unwrap();
    assert!(backlog.is_pending(&key(1)) && !backlog.is_pending(&key(2)));
    assert!(take(&backlog).is_none(), "it is not written yet");
    assert_eq!(reserve(&backlog, 1, SOURCE).unwrap_err(), Refusal::Pending);
    drop(place);
    assert!(!backlog.is_pending(&key(1)));
    push(&backlog, 1, SOURCE);
    let job = take(&backlog).unwrap();
    assert!(backlog.is_pending(&key(1)));
    backlog.done(&job);
    assert!(!backlog.is_pending(&key(1)));
}

#[test]
fn past_its_bounds_the_queue_refuses() {
    let by_entries = open_bounded(None, 2, 1 << 20);
    push(&by_entries, 1, SOURCE);
    let place = reserve(&by_entries, 2, SOURCE).unwrap();
    assert_eq!(reserve(&by_entries, 3, SOURCE).unwrap_err(), Refusal::Full);
    drop(place);
    push(&by_entries, 3, SOURCE);
    // In the place of one that waits there is room.
    push(&by_entries, 3, SOURCE);
    assert_eq!(by_entries.len(), 2);
    // One source and two jobs of five bytes.
    let by_bytes = open_bounded(None, 100, SOURCE.len() as u64 + 10);
    push(&by_bytes, 1, SOURCE);
    assert_eq!(reserve(&by_bytes, 2, b"other").unwrap_err(), Refusal::Full);
    push(&by_bytes, 3, SOURCE);
    assert_eq!(reserve(&by_bytes, 4, SOURCE).unwrap_err(), Refusal::Full);
    let long = by_bytes.reserve(key(5), vec![0; MAX_PAYLOAD_BYTES + 1], (digest(SOURCE), 0));
    assert_eq!(long.unwrap_err(), Refusal::Full);
}

#[test]
fn a_newer_job_takes_the_place_of_a_waiting_one_and_follows_a_running_one() {
    let dir = tempfile::tempdir().unwrap();
    let backlog = open(dir.path());
    push(&backlog, 1, SOURCE);
    push(&backlog, 1, b"a later source");
    assert_eq!((backlog.len(), files(dir.path()).len()), (1, 2));
    let running = take(&backlog).unwrap();
    assert_eq!(running.source, digest(b"a later source"));
    push(&backlog, 1, SOURCE);
    assert!(take(&backlog).is_none(), "one of its key is running");
    backlog.done(&running);
    let last = take(&backlog).unwrap();
    assert_eq!((last.source, last.attempts), (digest(SOURCE), 0));
    backlog.done(&last);
    assert!(files(dir.path()).is_empty());
}

#[test]
fn the_next_process_finds_what_was_queued_and_counts_what_was_begun() {
    let dir = tempfile::tempdir().unwrap();
    let backlog = open(dir.path());
    push(&backlog, 1, SOURCE);
    push(&backlog, 2, SOURCE);
    drop(backlog);
    for attempts in 0..MAX_ATTEMPTS {
        let backlog = open(dir.path());
        let job = take(&backlog).unwrap();
        assert_eq!((job.key, job.attempts), (key(1), attempts));
        assert!(!job.is_worn_out());
        // Whoever holds it dies: the lock goes, and nothing else is done.
    }
    let backlog = open(dir.path());
    assert_eq!(backlog.len(), 2);
    let job = take(&backlog).unwrap();
    assert!(job.is_worn_out() && job.key == key(1));
    assert_eq!(job.payload, b"job 1");
    backlog.done(&job);
    let job = take(&backlog).unwrap();
    assert_eq!((job.key, job.attempts), (key(2), 0));
    backlog.done(&job);
    assert!(files(dir.path()).is_empty());
}

#[test]
fn a_stop_does_not_count_as_an_attempt() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..4 {
        let backlog = open(dir.path());
        if backlog.is_empty() {
            push(&backlog, 1, SOURCE);
        }
        let job = take(&backlog).unwrap();
        assert_eq!(job.attempts, 0);
        backlog.close();
        backlog.done(&job);
        assert!(take(&backlog).is_none());
    }
    assert_eq!(files(dir.path()).len(), 2);
}

#[test]
fn one_process_has_the_queue_until_it_goes() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path());
    push(&first, 1, SOURCE);
    let second = open_bounded(Some(dir.path()), 100, 1 << 20);
    assert_eq!(reserve(&second, 2, SOURCE).unwrap_err(), Refusal::Elsewhere);
    assert!(!second.lead().unwrap() && take(&second).is_none());
    drop(first);
    while !second.lead().unwrap() {
        std::thread::yield_now();
    }
    assert_eq!(take(&second).unwrap().key, key(1));
}

#[test]
fn what_is_damaged_or_lacks_its_source_is_removed_and_another_release_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let backlog = open(dir.path());
    push(&backlog, 1, SOURCE);
    drop(backlog);
    let path = dir.path().join(format!("refine/{}.0", key(1)));
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut file = whole.clone();
        file[at] ^= 1;
        fs::write(&path, &file).unwrap();
        assert!(open(dir.path()).is_empty(), "byte {at}");
        assert!(!path.exists(), "byte {at}");
        fs::write(
            dir.path()
                .join("refine/sources")
                .join(hex::encode(digest(SOURCE))),
            SOURCE,
        )
        .unwrap();
    }
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    assert!(open(dir.path()).is_empty());
    fs::write(&path, &whole).unwrap();
    assert!(
        open(dir.path()).is_empty(),
        "its source went with the one before"
    );
    let mut later = whole;
    later[4..8].copy_from_slice(&[2, 0, 0xfd, 0xff]);
    fs::write(&path, &later).unwrap();
    assert!(open(dir.path()).is_empty() && path.exists());
}

#[test]
fn a_damaged_source_is_told_and_nothing_else_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let backlog = open(dir.path());
    push(&backlog, 1, SOURCE);
    let name = hex::encode(digest(SOURCE));
    fs::write(dir.path().join("refine/sources").join(name), b"rot").unwrap();
    let job = take(&backlog).unwrap();
    assert_eq!(backlog.source(&job.source).unwrap(), None);
    backlog.done(&job);
    assert!(files(dir.path()).is_empty());
}

#[test]
fn what_is_withdrawn_leaves_nothing_behind_whatever_was_done_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let backlog = open(dir.path());
    push(&backlog, 1, SOURCE);
    push(&backlog, 2, SOURCE);
    push(&backlog, 3, b"another source");
    let running = take(&backlog).unwrap();
    let writing = reserve(&backlog, 4, SOURCE).unwrap();
    let is_unwanted = |payload: &[u8]| payload != b"job 3";
    assert_eq!(backlog.withdraw(is_unwanted), 3);
    assert_eq!(backlog.source(&running.source).unwrap(), None);
    writing.fill(Bytes::from_static(SOURCE)).unwrap();
    backlog.done(&running);
    assert_eq!((backlog.len(), files(dir.path()).len()), (1, 2));
    assert_eq!(take(&backlog).unwrap().key, key(3));
    assert!(
        ![1, 2, 4]
            .iter()
            .any(|number| backlog.is_pending(&key(*number)))
    );
}

#[test]
fn a_folder_that_cannot_be_used_keeps_nobody_from_starting() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("refine"), b"in the way").unwrap();
    let backlog = open_bounded(Some(dir.path()), 100, 1 << 20);
    assert_eq!(
        reserve(&backlog, 1, SOURCE).unwrap_err(),
        Refusal::Elsewhere
    );
    assert!(backlog.lead().is_err());
    fs::remove_file(dir.path().join("refine")).unwrap();
    while !backlog.lead().unwrap() {
        std::thread::yield_now();
    }
    push(&backlog, 1, SOURCE);
}

#[test]
fn a_job_that_cannot_be_written_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let backlog = open(dir.path());
    fs::remove_dir_all(dir.path().join("tmp")).unwrap();
    fs::write(dir.path().join("tmp"), b"in the way").unwrap();
    let place = reserve(&backlog, 1, SOURCE).unwrap();
    assert!(place.fill(Bytes::from_static(SOURCE)).is_err());
    assert_eq!((backlog.len(), backlog.bytes()), (0, 0));
    assert!(!backlog.is_pending(&key(1)));
}
