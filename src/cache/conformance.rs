//! What every tier promises, as one suite: each behaviour is a function, and a tier that passes [`conform`] has them
//! all.
//!
//! The integration tests run it against real servers too, so it names nothing but the face of the module.

use bytes::Bytes;
use tokio::join;

use super::{Entry, Header, Key, Record, Sequence, Stage};

/// A tier, or tiers, as the suite sees them. Each behaviour has keys of its own.
pub(super) trait Subject {
    /// Whether of two that are put at the same time the later sequence stands.
    const ORDERS_RIVALS: bool;

    /// A header and a record that are not too old for the tier.
    fn sample(&self) -> (Header, Record);
    /// Puts an entry, and waits until that is over.
    async fn put_entry(&self, key: Key, entry: Entry);
    /// The entry of `key`, which is made of `source`.
    async fn entry(&self, key: &Key, source: &Key) -> Option<Entry>;
    /// Puts the record of `source`, and waits until that is over.
    async fn put_record(&self, source: Key, record: Record);
    /// The record of `source`.
    async fn record(&self, source: &Key) -> Option<Record>;
    /// What lies below under `key`; `None` where nothing does, or the tier has no files.
    async fn file(&self, key: &Key, source: &Key) -> Option<Vec<u8>>;
    /// Puts any bytes below under `key`.
    async fn plant(&self, key: &Key, source: &Key, file: Vec<u8>);
    /// Waits until what reading found out has been acted upon.
    async fn settle(&self);
}

/// Holds `subject` against every behaviour.
pub(super) async fn conform(subject: &impl Subject) {
    nothing_is_found_where_nothing_was_put(subject).await;
    what_was_put_is_found_whole(subject).await;
    a_later_stage_stays_and_a_later_sequence_replaces_it(subject).await;
    a_record_from_before_a_purge_does_not_replace_a_later_one(subject).await;
    of_two_that_are_put_at_once_one_is_found_whole(subject).await;
    what_is_damaged_is_a_miss_and_removed(subject).await;
    what_another_release_wrote_is_a_miss_and_left_alone(subject).await;
    the_file_of_another_key_is_a_miss(subject).await;
}

/// The key and the source of a behaviour.
#[derive(Clone, Copy)]
struct Place {
    key: Key,
    source: Key,
}

impl Place {
    fn of(behaviour: u8, case: u8) -> Self {
        let mut bytes = [behaviour; 32];
        bytes[31] = case;
        let source = Key::from_bytes(bytes);
        bytes[30] = 0xff;
        Self {
            key: Key::from_bytes(bytes),
            source,
        }
    }

    fn entry(self, subject: &impl Subject, (sequence, stage): (u64, Stage), body: &[u8]) -> Entry {
        let header = Header {
            source: self.source,
            sequence: Sequence(sequence),
            stage,
            ..subject.sample().0
        };
        Entry::new(header, Bytes::copy_from_slice(body))
    }

    async fn put(self, subject: &impl Subject, entry: &Entry) {
        subject.put_entry(self.key, entry.clone()).await;
    }

    async fn find(self, subject: &impl Subject) -> Option<Entry> {
        subject.entry(&self.key, &self.source).await
    }

    async fn file(self, subject: &impl Subject) -> Option<Vec<u8>> {
        subject.file(&self.key, &self.source).await
    }
}

async fn nothing_is_found_where_nothing_was_put(subject: &impl Subject) {
    let place = Place::of(1, 0);
    assert_eq!(place.find(subject).await, None);
    assert_eq!(subject.record(&place.source).await, None);
}

async fn what_was_put_is_found_whole(subject: &impl Subject) {
    for (case, length) in [0, 1, 4096, 1 << 20, (1 << 20) + 1, 3_000_000]
        .into_iter()
        .enumerate()
    {
        let place = Place::of(2, case as u8);
        let body: Vec<u8> = (0..length).map(|at: u32| (at % 251) as u8).collect();
        let entry = place.entry(subject, (7, Stage::Fast), &body);
        place.put(subject, &entry).await;
        let found = place.find(subject).await;
        assert!(found == Some(entry), "{length} bytes");
    }
    let place = Place::of(2, 0xff);
    let record = subject.sample().1;
    subject.put_record(place.source, record.clone()).await;
    assert_eq!(subject.record(&place.source).await, Some(record));
}

async fn a_later_stage_stays_and_a_later_sequence_replaces_it(subject: &impl Subject) {
    let place = Place::of(3, 0);
    let of = |sequence, stage| place.entry(subject, (sequence, stage), &[stage as u8]);
    let (fast, refined) = (of(7, Stage::Fast), of(7, Stage::Refined));
    let (earlier, later) = (of(6, Stage::Passthrough), of(8, Stage::Fast));
    for (put, found) in [
        (&fast, &fast),
        (&refined, &refined),
        (&fast, &refined),
        (&earlier, &refined),
        (&later, &later),
        (&refined, &later),
    ] {
        place.put(subject, put).await;
        let held = place.find(subject).await.map(|entry| entry.header);
        assert_eq!(held.as_ref(), Some(&found.header), "{:?}", put.header);
    }
}

async fn a_record_from_before_a_purge_does_not_replace_a_later_one(subject: &impl Subject) {
    let source = Place::of(4, 0).source;
    let of = |sequence| Record {
        sequence: Sequence(sequence),
        ..subject.sample().1
    };
    for (put, found) in [(2, 2), (1, 2), (3, 3)] {
        subject.put_record(source, of(put)).await;
        assert_eq!(subject.record(&source).await, Some(of(found)), "{put}");
    }
}

async fn of_two_that_are_put_at_once_one_is_found_whole<S: Subject>(subject: &S) {
    for case in 0..16 {
        let place = Place::of(5, case);
        let earlier = place.entry(subject, (7, Stage::Refined), &vec![1; 100_000]);
        let later = place.entry(subject, (8, Stage::Fast), &vec![2; 50_000]);
        let (first, second) = match case % 2 {
            0 => (&earlier, &later),
            _ => (&later, &earlier),
        };
        join!(place.put(subject, first), place.put(subject, second));
        let found = place.find(subject).await;
        let is_whole = found
            .as_ref()
            .is_some_and(|it| *it == earlier || *it == later);
        assert!(is_whole, "case {case}");
        assert!(!S::ORDERS_RIVALS || found == Some(later), "case {case}");
    }
}

async fn what_is_damaged_is_a_miss_and_removed(subject: &impl Subject) {
    let damages: [fn(&mut Vec<u8>); 7] = [
        |file| file.clear(),
        |file| file.truncate(10),
        |file| file.truncate(200),
        |file| file.truncate(file.len() - 1),
        |file| file.push(0),
        |file| file[40] ^= 1,
        |file| *file.last_mut().unwrap() ^= 1,
    ];
    for (case, damage) in damages.into_iter().enumerate() {
        let place = Place::of(6, case as u8);
        let entry = place.entry(subject, (7, Stage::Fast), &[5; 300_000]);
        place.put(subject, &entry).await;
        let Some(mut file) = place.file(subject).await else {
            return;
        };
        damage(&mut file);
        subject.plant(&place.key, &place.source, file).await;
        assert_eq!(place.find(subject).await, None, "damage {case}");
        subject.settle().await;
        assert_eq!(place.file(subject).await, None, "damage {case}");
        place.put(subject, &entry).await;
        assert!(place.find(subject).await == Some(entry), "damage {case}");
    }
}

async fn what_another_release_wrote_is_a_miss_and_left_alone(subject: &impl Subject) {
    let place = Place::of(7, 0);
    let entry = place.entry(subject, (7, Stage::Fast), b"body");
    place.put(subject, &entry).await;
    let Some(mut file) = place.file(subject).await else {
        return;
    };
    file[4..8].copy_from_slice(&[2, 0, 0xfd, 0xff]);
    subject.plant(&place.key, &place.source, file.clone()).await;
    assert_eq!(place.find(subject).await, None);
    subject.settle().await;
    assert_eq!(place.file(subject).await, Some(file));
}

async fn the_file_of_another_key_is_a_miss(subject: &impl Subject) {
    let (place, other) = (Place::of(8, 0), Place::of(8, 1));
    let entry = place.entry(subject, (7, Stage::Fast), b"body");
    place.put(subject, &entry).await;
    let Some(file) = place.file(subject).await else {
        return;
    };
    subject.plant(&other.key, &other.source, file).await;
    assert_eq!(other.find(subject).await, None);
    assert_eq!(place.find(subject).await, Some(entry));
}
