use super::super::note::tests::note;
use super::*;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

const HOUR: Duration = Duration::from_secs(60 * 60);
const KEEP: Duration = Duration::from_secs(256 * 60 * 60);
const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

struct Folder {
    dir: tempfile::TempDir,
    clock: Clock,
    journal: Journal,
}

impl Folder {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::manual(START);
        let journal = Journal::new(dir.path().join("journal"), KEEP, clock.clone());
        Self {
            dir,
            clock,
            journal,
        }
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.dir.path().join("journal"))
            .unwrap()
            .map(|name| name.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "writers")
            .collect();
        names.sort();
        names
    }
}

fn due(seed: u8, after: Duration) -> Note {
    Note {
        due: START.after(after),
        ..note(seed)
    }
}

fn notes_of(buckets: &[Bucket]) -> Vec<Note> {
    let notes = buckets.iter().flat_map(|bucket| bucket.notes().unwrap());
    notes.collect::<io::Result<_>>().unwrap()
}

#[test]
fn notes_lie_in_the_file_of_their_hour_and_are_sealed_when_it_has_passed() {
    let folder = Folder::new();
    let [soon, later] = [due(1, HOUR), due(2, HOUR * 3)];
    folder.journal.add(&later).unwrap();
    folder.journal.add(&soon).unwrap();
    assert_eq!(folder.names().len(), 2);
    assert_eq!(folder.journal.seal_until(START.after(HOUR)).unwrap(), []);
    let sealed = folder.journal.seal_until(START.after(HOUR * 2)).unwrap();
    assert_eq!(notes_of(&sealed), [soon]);
    let all = folder.journal.buckets().unwrap();
    assert_eq!(notes_of(&all), [soon, later]);
    sealed
        .into_iter()
        .for_each(|bucket| bucket.remove().unwrap());
    assert_eq!(folder.names().len(), 1);
}

#[test]
fn what_should_have_gone_already_is_noted_for_the_next_hour() {
    let folder = Folder::new();
    folder.clock.advance(HOUR * 24);
    folder.journal.add(&due(1, HOUR)).unwrap();
    let now = folder.clock.now();
    assert_eq!(folder.journal.seal_until(now).unwrap(), []);
    assert_eq!(folder.journal.seal_until(now.after(HOUR)).unwrap().len(), 1);
}

#[test]
fn times_at_the_end_of_time_are_noted_too() {
    let folder = Folder::new();
    let never = Note {
        due: Timestamp::from_millis(u64::MAX),
        ..note(1)
    };
    folder.journal.add(&never).unwrap();
    assert_eq!(notes_of(&folder.journal.buckets().unwrap()), [never]);
}

#[test]
fn a_sealed_file_of_a_pass_that_was_cut_off_is_answered_again() {
    let folder = Folder::new();
    folder.journal.add(&due(1, HOUR)).unwrap();
    let now = START.after(HOUR * 2);
    assert_eq!(folder.journal.seal_until(now).unwrap().len(), 1);
    folder.journal.add(&due(2, HOUR)).unwrap();
    let again = Journal::new(
        folder.dir.path().join("journal"),
        KEEP,
        folder.clock.clone(),
    );
    let notes: BTreeSet<Note> = notes_of(&again.seal_until(now).unwrap())
        .into_iter()
        .collect();
    assert_eq!(notes, BTreeSet::from([due(1, HOUR), due(2, HOUR)]));
}

#[test]
fn a_folder_that_is_removed_is_made_again_by_the_next_note() {
    let folder = Folder::new();
    assert_eq!(folder.journal.buckets().unwrap(), []);
    folder.journal.add(&due(1, HOUR)).unwrap();
    fs::remove_dir_all(folder.dir.path().join("journal")).unwrap();
    folder.journal.add(&due(2, HOUR)).unwrap();
    let notes = notes_of(&folder.journal.buckets().unwrap());
    assert_eq!(notes, [due(2, HOUR)]);
}

#[test]
fn a_journal_that_cannot_be_written_says_so() {
    let folder = Folder::new();
    fs::write(folder.dir.path().join("journal"), b"").unwrap();
    assert!(folder.journal.add(&note(1)).is_err());
    assert_eq!(folder.journal.buckets().unwrap(), []);
}

#[test]
fn foreign_names_are_passed_over() {
    let folder = Folder::new();
    folder.journal.add(&due(1, HOUR)).unwrap();
    for name in ["notes", "x.notes", "-.sealed", "12", "1.sealed", ".notes"] {
        fs::write(folder.dir.path().join("journal").join(name), b"").unwrap();
    }
    let buckets = folder.journal.buckets().unwrap();
    assert_eq!(notes_of(&buckets), [due(1, HOUR)]);
    assert_eq!(buckets.len(), 1);
}

#[test]
fn more_files_than_may_be_open_are_written() {
    let folder = Folder::new();
    for round in 0..2 {
        for hour in 0..40 {
            folder.journal.add(&due(round, HOUR * hour)).unwrap();
        }
    }
    assert_eq!(folder.journal.open_files().len(), OPEN_FILES);
    assert_eq!(notes_of(&folder.journal.buckets().unwrap()).len(), 80);
}

#[test]
fn no_note_is_lost_to_a_file_that_is_sealed_and_removed_while_it_is_written() {
    const WRITERS: u8 = 4;
    const NOTES: u32 = 2_000;
    let folder = Folder::new();
    let path = folder.dir.path().join("journal");
    let writing = AtomicBool::new(true);
    let far = Timestamp::from_millis(u64::MAX);
    let mut seen = BTreeSet::new();
    thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let own = Journal::new(path.clone(), KEEP, folder.clock.clone());
                scope.spawn(move || {
                    for blocks in 0..NOTES {
                        let note = Note {
                            blocks,
                            ..due(writer, HOUR)
                        };
                        // Losing every attempt to the other side is said, and counted.
                        while own.add(&note).is_err() {}
                    }
                })
            })
            .collect();
        let reader = scope.spawn(|| {
            let mut seen = BTreeSet::new();
            loop {
                let last = !writing.load(Ordering::Relaxed);
                for bucket in folder.journal.seal_until(far).unwrap() {
                    seen.extend(bucket.notes().unwrap().map(Result::unwrap));
                    bucket.remove().unwrap();
                }
                if last {
                    return seen;
                }
            }
        });
        for writer in writers {
            writer.join().unwrap();
        }
        writing.store(false, Ordering::Relaxed);
        seen = reader.join().unwrap();
    });
    assert_eq!(seen.len(), usize::from(WRITERS) * NOTES as usize);
}
