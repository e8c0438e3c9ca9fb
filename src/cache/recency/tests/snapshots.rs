use super::*;

const TAKEN: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const CHUNK_BYTES: usize = 4096 * 36 + 16;
const HEAD_BYTES: usize = 40;

/// 10,000 files, some of them in the main queue, some used: three chunks.
fn filled() -> Recency {
    let mut recency = Recency::new(limits(u32::MAX.into(), 10_000));
    for number in 0..14_000 {
        recency.added(key(number), number % 100);
        if number % 3 == 0 {
            recency.used(&key(number));
        }
        victims(&mut recency);
    }
    recency
}

fn saved(recency: &Recency) -> Vec<u8> {
    let mut file = Vec::new();
    recency.save(&mut file, TAKEN).unwrap();
    file
}

fn load(mut file: &[u8]) -> Loaded {
    Recency::load(UNLIMITED, &mut file)
}

#[test]
fn a_snapshot_reads_back_in_the_same_order() {
    let mut recency = filled();
    let file = saved(&recency);
    let mut loaded = load(&file);
    assert_eq!((loaded.lost, loaded.fault), (0, None));
    assert_eq!(loaded.taken, TAKEN);
    assert_eq!(loaded.recency.held(), recency.held());
    assert_eq!(saved(&loaded.recency), file);
    let half = limits(u32::MAX.into(), 5_000);
    recency.limit(half);
    loaded.recency.limit(half);
    assert_eq!(victims(&mut loaded.recency), victims(&mut recency));
}

#[test]
fn a_torn_snapshot_gives_the_chunks_that_are_whole() {
    let file = saved(&filled());
    for (length, held, fault) in [
        (0, 0, Some("ends early")),
        (HEAD_BYTES - 1, 0, Some("ends early")),
        (HEAD_BYTES, 0, Some("ends early")),
        (HEAD_BYTES + CHUNK_BYTES - 1, 0, Some("ends early")),
        (HEAD_BYTES + CHUNK_BYTES, 4096, Some("ends early")),
        (file.len() - 1, 8192, Some("ends early")),
        (file.len(), 10_000, None),
    ] {
        let loaded = load(&file[..length]);
        assert_eq!(loaded.recency.held().entries, held, "{length} bytes");
        assert_eq!(loaded.fault, fault, "{length} bytes");
    }
}

#[test]
fn a_damaged_chunk_takes_no_other_with_it() {
    let file = saved(&filled());
    for at in [0, CHUNK_BYTES - 1, CHUNK_BYTES] {
        let mut bad = file.clone();
        bad[HEAD_BYTES + at] ^= 1;
        let loaded = load(&bad);
        assert_eq!(loaded.fault, Some("fails a checksum"), "byte {at}");
        assert_eq!(loaded.lost, 4096, "byte {at}");
        assert_eq!(loaded.recency.held().entries, 10_000 - 4096, "byte {at}");
    }
}

#[test]
fn a_chunk_in_the_place_of_another_is_damage() {
    let mut file = saved(&filled());
    let (first, second) = file[HEAD_BYTES..].split_at_mut(CHUNK_BYTES);
    first.swap_with_slice(&mut second[..CHUNK_BYTES]);
    assert_eq!(load(&file).lost, 8192);
}

#[test]
fn any_flipped_bit_of_the_head_leaves_an_empty_table() {
    let file = saved(&filled());
    for at in 0..HEAD_BYTES {
        let mut bad = file.clone();
        bad[at] ^= 0x10;
        let loaded = load(&bad);
        assert!(loaded.fault.is_some(), "byte {at}");
        assert_eq!(loaded.recency.held().entries, 0, "byte {at}");
    }
    let mut later = file;
    later[4..8].copy_from_slice(&[2, 0, 0xfd, 0xff]);
    assert_eq!(load(&later).fault, Some("is of another version"));
}

#[test]
fn what_was_made_after_a_snapshot_is_merged() {
    let mut loaded = load(&saved(&filled())).recency;
    let note = |number| Weighed {
        key: key(number),
        blocks: 8,
    };
    assert_eq!(loaded.merge((13_990..14_010).map(note)), 10);
    assert_eq!(loaded.held().entries, 10_010);
}

#[test]
fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("recency");
    assert!(Recency::load_from(UNLIMITED, &path).is_err());
    let mut recency = filled();
    recency.save_to(&path, TAKEN).unwrap();
    recency.added(key(99_999), 1);
    recency.save_to(&path, TAKEN).unwrap();
    let loaded = Recency::load_from(UNLIMITED, &path).unwrap();
    assert_eq!(loaded.recency.held(), recency.held());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    assert!(recency.save_to(&path.join("below"), TAKEN).is_err());
}
