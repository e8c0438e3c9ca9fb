use super::*;
use proptest::prelude::*;

/// The key of the sample entries.
pub(crate) const KEY: Key = Key::from_bytes([0x11; 32]);

/// A header in which every field is set.
pub(crate) fn header() -> Header {
    Header {
        created: Timestamp::from_millis(1_700_000_000_000),
        source: Key::from_bytes([0x22; 32]),
        source_digest: [0x33; 32],
        sequence: Sequence(7),
        stage: Stage::Refined,
        recipe: [0x44; 32],
        body_digest: [0; 32],
        format: "webp".to_owned(),
        media_type: "image/webp".to_owned(),
        width: 600,
        height: 400,
        source_facts: SourceFacts {
            width: 2725,
            height: 2225,
            frames: Some(1),
            bytes: 1_234_567,
        },
        etag: String::new(),
        last_modified: Some("Tue, 14 Nov 2023 22:13:20 GMT".to_owned()),
        tags: vec!["h:1f".to_owned(), "shop".to_owned()],
        class: Class::Variant,
        scopes: vec![Scope::from_number(5), Scope::from_number(6)],
        score: Some(Score::from_points(75.3)),
    }
}

/// A small entry in which every field is set.
pub(crate) fn sample() -> Entry {
    Entry::new(header(), Bytes::from_static(b"a derivative"))
}

/// The whole file of `entry`.
pub(crate) fn file_of(key: &Key, entry: &Entry) -> Vec<u8> {
    let (mut file, body) = entry.encode(key).unwrap();
    file.extend_from_slice(body);
    file
}

/// The file of [`sample`] under [`KEY`] as it was written before classes and scopes. Never change it.
const VERSION_1_WITHOUT_SCOPES: &str = "\
494e4b460100feff01000000300100000c00000000000000111111111111111111111111111111111111111111111111\
11111111111111110068e5cf8b0100002222222222222222222222222222222222222222222222222222222222222222\
333333333333333333333333333333333333333333333333333333333333333307000000000000000144444444444444\
44444444444444444444444444444444444444444444444444135e87efe53383f093f6601564651c775e0bf70f7c05ef\
484d27f94a2caa359c5802000090010000a50a0000b10800000100000087d61200000000000400776562700a00696d61\
67652f776562702200223133356538376566653533333833663039336636363031353634363531633737221d00547565\
2c203134204e6f7620323032332032323a31333a323020474d5402000400683a3166040073686f70b05fded0cfd21368\
2773d78fdc7e815e612064657269766174697665";

/// The same file as it was written before scores. Never change it.
const VERSION_1_WITHOUT_SCORE: &str = "\
494e4b460100feff01000000430100000c00000000000000111111111111111111111111111111111111111111111111\
11111111111111110068e5cf8b0100002222222222222222222222222222222222222222222222222222222222222222\
333333333333333333333333333333333333333333333333333333333333333307000000000000000144444444444444\
44444444444444444444444444444444444444444444444444135e87efe53383f093f6601564651c775e0bf70f7c05ef\
484d27f94a2caa359c5802000090010000a50a0000b10800000100000087d61200000000000400776562700a00696d61\
67652f776562702200223133356538376566653533333833663039336636363031353634363531633737221d00547565\
2c203134204e6f7620323032332032323a31333a323020474d5402000400683a3166040073686f700002000500000000\
000000060000000000000019cbac3f72828257a03b76f5fd8e4a07612064657269766174697665";

/// The same file as it is written since. Never change it.
const VERSION_1: &str = "\
494e4b460100feff01000000450100000c00000000000000111111111111111111111111111111111111111111111111\
11111111111111110068e5cf8b0100002222222222222222222222222222222222222222222222222222222222222222\
333333333333333333333333333333333333333333333333333333333333333307000000000000000144444444444444\
44444444444444444444444444444444444444444444444444135e87efe53383f093f6601564651c775e0bf70f7c05ef\
484d27f94a2caa359c5802000090010000a50a0000b10800000100000087d61200000000000400776562700a00696d61\
67652f776562702200223133356538376566653533333833663039336636363031353634363531633737221d00547565\
2c203134204e6f7620323032332032323a31333a323020474d5402000400683a3166040073686f700002000500000000\
0000000600000000000000f1029dc3bbb94f9e3945eb3e81b7e64e1b7b612064657269766174697665";

#[test]
fn an_entry_of_version_1_is_read_by_every_release() {
    let file = Bytes::from(hex::decode(VERSION_1).unwrap());
    assert_eq!(Entry::decode(&KEY, file), Ok(sample()));
    let file = Bytes::from(hex::decode(VERSION_1_WITHOUT_SCORE).unwrap());
    let without_score = Header {
        score: None,
        ..sample().header
    };
    assert_eq!(Entry::decode(&KEY, file).unwrap().header, without_score);
    let file = Bytes::from(hex::decode(VERSION_1_WITHOUT_SCOPES).unwrap());
    let header = Header {
        scopes: Vec::new(),
        ..without_score
    };
    assert_eq!(Entry::decode(&KEY, file).unwrap().header, header);
}

#[test]
fn version_1_is_written_as_it_was() {
    assert_eq!(hex::encode(file_of(&KEY, &sample())), VERSION_1);
}

#[test]
fn fields_that_a_later_release_adds_at_the_end_are_passed_over() {
    let entry = sample();
    let mut fields = entry.header.encode(&KEY).as_bytes().to_vec();
    fields.extend_from_slice(b"something new");
    let body = entry.body.in_memory().unwrap();
    let mut file = frame::seal(Kind::Entry, &fields, body);
    file.extend_from_slice(body);
    assert_eq!(Entry::decode(&KEY, file.into()), Ok(entry));
}

#[test]
fn the_same_picture_with_more_work_in_it_refines() {
    let held = Header {
        stage: Stage::Fast,
        ..header()
    };
    let cases = [
        ("more work", header(), true),
        ("no more work", held.clone(), false),
        (
            "another source",
            Header {
                source_digest: [0; 32],
                ..header()
            },
            false,
        ),
        (
            "another recipe",
            Header {
                recipe: [0; 32],
                ..header()
            },
            false,
        ),
        (
            "fetched before a purge",
            Header {
                sequence: Sequence(6),
                ..header()
            },
            false,
        ),
    ];
    for (case, new, refines) in cases {
        assert_eq!(new.refines(&held), refines, "{case}");
    }
}

#[test]
fn a_file_under_the_wrong_key_is_damaged() {
    let file = file_of(&KEY, &sample());
    let decoded = Entry::decode(&Key::from_bytes([0x12; 32]), file.into());
    assert_eq!(decoded, Err(Unreadable::Damaged("of another key")));
}

#[test]
fn what_would_not_be_read_back_is_not_written() {
    let long = "x".repeat(fields::MAX_TEXT_BYTES + 1);
    let headers = [
        Header {
            etag: long.clone(),
            ..header()
        },
        Header {
            last_modified: Some(long.clone()),
            ..header()
        },
        Header {
            tags: vec![long],
            ..header()
        },
        Header {
            tags: vec![String::new(); MAX_TAGS + 1],
            ..header()
        },
        Header {
            tags: vec!["x".repeat(fields::MAX_TEXT_BYTES); 9],
            ..header()
        },
    ];
    for header in headers {
        let entry = Entry::new(header, Bytes::new());
        assert!(matches!(entry.encode(&KEY), Err(Error::TooLarge(_))));
    }
}

#[test]
fn only_what_is_not_older_replaces() {
    let held = header();
    let with = |sequence, stage, recipe| Header {
        sequence: Sequence(sequence),
        stage,
        recipe: [recipe; 32],
        ..header()
    };
    let cases = [
        ("the same again", with(7, Stage::Refined, 0x44), true),
        ("an earlier stage", with(7, Stage::Fast, 0x44), false),
        ("a later purge", with(8, Stage::Fast, 0x44), true),
        ("an earlier purge", with(6, Stage::Passthrough, 0x44), false),
        ("another recipe", with(7, Stage::Fast, 0x45), true),
        (
            "another recipe before a purge",
            with(6, Stage::Refined, 0x45),
            false,
        ),
    ];
    for (case, new, replaces) in cases {
        assert_eq!(new.supersedes(&held), replaces, "{case}");
    }
}

prop_compose! {
    fn any_header()(
        digests in any::<[[u8; 32]; 3]>(),
        numbers in any::<[u64; 3]>(),
        sides in any::<[u32; 5]>(),
        stage in 0u8..3,
        texts in proptest::array::uniform3(".{0,40}"),
        last_modified in proptest::option::of(".{1,40}"),
        tags in proptest::collection::vec(".{0,20}", 0..5),
        class in 0u8..3,
        scopes in proptest::collection::vec(any::<u64>(), 0..5),
        score in proptest::option::of(-5_000.0..100.0),
    ) -> Header {
        let [source, source_digest, recipe] = digests;
        let [created, sequence, bytes] = numbers;
        let [width, height, source_width, source_height, frames] = sides;
        let [format, media_type, etag] = texts;
        Header {
            created: Timestamp::from_millis(created),
            source: Key::from_bytes(source),
            source_digest,
            sequence: Sequence(sequence),
            stage: Stage::from_code(stage).unwrap(),
            recipe,
            body_digest: [0; 32],
            format,
            media_type,
            width,
            height,
            source_facts: SourceFacts {
                width: source_width,
                height: source_height,
                frames: (frames > 0).then_some(frames),
                bytes,
            },
            etag,
            last_modified,
            tags,
            class: Class::from_code(class).unwrap(),
            scopes: scopes.into_iter().map(Scope::from_number).collect(),
            score: score.map(Score::from_points),
        }
    }
}

proptest! {
    #[test]
    fn any_entry_reads_back_as_it_was(
        header in any_header(),
        body in proptest::collection::vec(any::<u8>(), 0..300),
        key in any::<[u8; 32]>(),
    ) {
        let key = Key::from_bytes(key);
        let entry = Entry::new(header, body.into());
        let file = file_of(&key, &entry);
        prop_assert_eq!(Entry::decode(&key, file.into()), Ok(entry));
    }

    #[test]
    fn arbitrary_fields_under_a_valid_frame_never_panic(
        mut fields in proptest::collection::vec(any::<u8>(), 0..400),
        known in 0usize..400,
    ) {
        let sample = sample().header.encode(&KEY);
        let known = known.min(sample.as_bytes().len()).min(fields.len());
        fields[..known].copy_from_slice(&sample.as_bytes()[..known]);
        let _ = Entry::decode(&KEY, frame::seal(Kind::Entry, &fields, b"").into());
    }

    #[test]
    fn arbitrary_bytes_are_damaged(file in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Entry::decode(&KEY, file.into()).is_err());
    }
}
