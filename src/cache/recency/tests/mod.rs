mod lru;
mod model;
mod ratio;
mod snapshots;
mod traces;

use super::*;
use crate::clock::Timestamp;
use traces::mixed;

const UNLIMITED: Limits = Limits {
    bytes: u64::MAX,
    entries: u64::MAX,
};

/// A key as a digest would be.
fn key(number: u32) -> Key {
    let mut bytes = [0; 32];
    for (part, word) in bytes.chunks_mut(8).zip(0..) {
        part.copy_from_slice(&mixed(u64::from(number) << 3 | word).to_le_bytes());
    }
    Key::from_bytes(bytes)
}

fn limits(blocks: u64, entries: u64) -> Limits {
    let bytes = blocks * BLOCK_BYTES;
    Limits { bytes, entries }
}

/// Adds the files of these numbers, each of so many blocks.
fn fill(recency: &mut Recency, numbers: std::ops::Range<u32>, blocks: u32) {
    for number in numbers {
        recency.added(key(number), blocks);
    }
}

fn victims(recency: &mut Recency) -> Vec<Key> {
    let victims = recency.victims(Need::default(), usize::MAX);
    victims.into_iter().map(|file| file.key).collect()
}

#[test]
fn what_was_not_used_goes_before_what_was() {
    let mut recency = Recency::new(limits(10, 100));
    for number in 0..10 {
        assert_eq!(recency.added(key(number), 1), Fit::Fits);
    }
    (0..5).for_each(|number| recency.used(&key(number)));
    recency.added(key(10), 2);
    assert_eq!(victims(&mut recency), [key(5), key(6)]);
    assert_eq!(
        (recency.held().entries, recency.held().bytes),
        (9, 10 * 512)
    );
}

#[test]
fn what_comes_back_soon_outlives_what_is_new() {
    let mut recency = Recency::new(limits(10, 100));
    fill(&mut recency, 0..11, 1);
    assert_eq!(victims(&mut recency), [key(0)]);
    recency.added(key(0), 1);
    (11..40).for_each(|number| {
        recency.added(key(number), 1);
        victims(&mut recency);
    });
    assert!(recency.holds(&key(0)));
}

#[test]
fn a_file_larger_than_the_limit_is_said_so_and_goes_first() {
    let mut recency = Recency::new(limits(10, 100));
    fill(&mut recency, 0..10, 1);
    assert_eq!(recency.added(key(99), 11), Fit::LargerThanLimit);
    recency.used(&key(99));
    assert_eq!(victims(&mut recency), [key(99)]);
    assert_eq!(recency.added(key(3), 11), Fit::LargerThanLimit);
    assert_eq!(victims(&mut recency), [key(3)]);
}

#[test]
fn what_was_added_last_goes_when_nothing_else_is_left() {
    let mut recency = Recency::new(limits(10, 100));
    fill(&mut recency, 0..3, 3);
    (0..3).for_each(|number| recency.used(&key(number)));
    recency.added(key(3), 10);
    let gone = victims(&mut recency);
    assert_eq!((gone.len(), recency.holds(&key(3))), (3, true));
    let need = Need {
        bytes: 0,
        entries: 1,
    };
    assert_eq!(recency.victims(need, 9)[0].key, key(3));
    assert_eq!(recency.victims(need, 9), []);
}

#[test]
fn what_is_needed_is_freed_below_the_limits_and_in_parts() {
    let mut recency = Recency::new(UNLIMITED);
    fill(&mut recency, 0..100, 2);
    let need = Need {
        bytes: 10 * BLOCK_BYTES,
        entries: 1,
    };
    assert_eq!(recency.victims(need, usize::MAX).len(), 5);
    recency.limit(limits(u32::MAX.into(), 50));
    assert_eq!(recency.victims(Need::default(), 40).len(), 40);
    assert_eq!(recency.victims(Need::default(), 40).len(), 5);
    assert_eq!(recency.victims(Need::default(), 40).len(), 0);
}

#[test]
fn a_replacement_is_resized_and_counts_as_no_use() {
    let mut recency = Recency::new(limits(10, 100));
    recency.added(key(0), 1);
    recency.added(key(0), 5);
    assert_eq!(recency.held().bytes, 5 * BLOCK_BYTES);
    recency.added(key(1), 6);
    assert_eq!(victims(&mut recency), [key(0)]);
}

#[test]
fn notes_of_a_journal_are_held_once_and_the_first_made_goes_first() {
    let mut recency = Recency::new(limits(100, 3));
    let note = |number| Weighed {
        key: key(number),
        blocks: 8,
    };
    assert_eq!(recency.merge([0, 1, 2, 1, 3].map(note)), 4);
    assert_eq!(victims(&mut recency), [key(0)]);
}

#[test]
fn uses_are_counted_per_key_up_to_three_and_once() {
    let uses = Uses::new();
    for _ in 0..5 {
        uses.note(&key(1));
    }
    uses.note(&key(2));
    let mut taken: Vec<u32> = uses.take().map(|(_, times)| times).collect();
    taken.sort_unstable();
    assert_eq!(taken, [1, 3]);
    assert_eq!(uses.take().count(), 0);
}

#[test]
fn uses_of_several_threads_reach_the_table() {
    let uses = Uses::new();
    let mut recency = Recency::new(limits(1_000, 1_000));
    fill(&mut recency, 0..1_000, 1);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let uses = &uses;
            scope.spawn(move || (0..500).for_each(|at| uses.note(&key(thread * 100 + at % 100))));
        }
    });
    recency.take_uses(&uses);
    recency.limit(limits(1_000, 500));
    let gone = victims(&mut recency);
    let used = gone
        .iter()
        .filter(|gone| (0..400).any(|at| key(at) == **gone));
    // Of 400 keys in 65,536 places, a few meet.
    assert!(used.count() < 8);
}

#[test]
fn a_million_files_take_less_than_64_bytes_each() {
    let mut recency = Recency::new(UNLIMITED);
    for number in 0..1_000_000 {
        recency.added(key(number), 8);
        if number % 50_000 == 49_999 {
            let held = recency.held().entries as usize;
            let bytes = recency.memory_bytes();
            assert!(bytes <= 64 * held, "{bytes} bytes for {held} files");
        }
    }
    // What left leaves its place to what comes.
    let before = recency.memory_bytes();
    recency.limit(limits(u32::MAX.into(), 1_000_000));
    for number in 1_000_000..1_100_000 {
        recency.added(key(number), 8);
        recency.victims(Need::default(), 2);
    }
    assert!(recency.memory_bytes() <= before + 4096 * 60);
}
