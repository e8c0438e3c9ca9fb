//! A derivative as it is kept: the bytes, and the facts that serving, revalidating and purging them need.

use bytes::Bytes;

use super::error::Error;
use super::fields::{self, MAX_TAGS, Reader, Writer};
use super::frame::{self, Head, Kind, MAX_BODY_BYTES, MAX_FIELDS_BYTES, Unreadable};
use super::key::Key;
use crate::clock::Timestamp;

/// A BLAKE3 digest.
pub type Digest = [u8; 32];

/// The number of the last purge that was known when a source was about to be fetched.
///
/// It travels with the bytes: what was fetched under a lower number than a purge is older than that purge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(pub u64);

/// How much work went into an entry; a later stage replaces an earlier one of the same source and recipe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Stage {
    /// Encoded once, in the time that a waiting client has.
    #[default]
    Fast = 0,
    /// The smallest of many attempts.
    Refined = 1,
    /// The source's own bytes.
    Passthrough = 2,
}

/// What the source was, so that a hit can be held against limits that were lowered since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceFacts {
    /// Width in pixels, as stored.
    pub width: u32,
    /// Height in pixels, as stored.
    pub height: u32,
    /// Number of frames; `None` where the source did not tell.
    pub frames: Option<u32>,
    /// Length in bytes.
    pub bytes: u64,
}

/// The facts about one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// When the derivative was made.
    pub created: Timestamp,
    /// The key of the source's record.
    pub source: Key,
    /// Digest of the source's bytes.
    pub source_digest: Digest,
    /// The last purge known before the source was fetched.
    pub sequence: Sequence,
    /// How much work went into it.
    pub stage: Stage,
    /// Digest of everything that decided the bytes: options, settings, encoder versions.
    pub recipe: Digest,
    /// Digest of the body; [`Entry::new`] sets it.
    pub body_digest: Digest,
    /// Name of the format, such as `jpeg`.
    pub format: String,
    /// Media type of the body.
    pub media_type: String,
    /// Width of the derivative in pixels.
    pub width: u32,
    /// Height of the derivative in pixels.
    pub height: u32,
    /// What the source was.
    pub source_facts: SourceFacts,
    /// The entity tag as it is sent, with its quotes.
    pub etag: String,
    /// Last-Modified of the source, as it was received.
    pub last_modified: Option<String>,
    /// Surrogate keys: what a purge of a group may name.
    pub tags: Vec<String>,
}

/// One derivative with its facts. Nothing changes it: what replaces it is another entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The facts.
    pub header: Header,
    /// The bytes that are served.
    pub body: Bytes,
}

impl Stage {
    const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Fast),
            1 => Some(Self::Refined),
            2 => Some(Self::Passthrough),
            _ => None,
        }
    }
}

impl Header {
    /// Whether an entry with this header may take the place of one with `held`.
    ///
    /// Nothing that was fetched before a purge replaces what was fetched after it. Of equal age, an earlier
    /// stage does not replace a later one, unless it was made from other bytes or by another recipe.
    pub fn supersedes(&self, held: &Self) -> bool {
        let same_ask = self.source_digest == held.source_digest && self.recipe == held.recipe;
        let stage = |header: &Self| same_ask.then_some(header.stage);
        (self.sequence, stage(self)) >= (held.sequence, stage(held))
    }

    /// Takes the header from a file's `head`, which must be the one of `key`.
    pub(super) fn decode(key: &Key, head: &Head<'_>) -> Result<Self, Unreadable> {
        let mut fields = Reader::new(head.fields);
        if &fields.fixed()? != key.as_bytes() {
            return Err(Unreadable::Damaged("of another key"));
        }
        Self::decode_facts(&mut fields)
    }

    fn decode_facts(fields: &mut Reader<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            created: Timestamp::from_millis(fields.u64()?),
            source: Key::from_bytes(fields.fixed()?),
            source_digest: fields.fixed()?,
            sequence: Sequence(fields.u64()?),
            stage: Stage::from_code(fields.u8()?).ok_or(Unreadable::Damaged("unknown stage"))?,
            recipe: fields.fixed()?,
            body_digest: fields.fixed()?,
            width: fields.u32()?,
            height: fields.u32()?,
            source_facts: SourceFacts::decode(fields)?,
            format: fields.text()?,
            media_type: fields.text()?,
            etag: fields.text()?,
            last_modified: fields.optional_text()?,
            tags: fields.texts()?,
        })
    }

    fn encode(&self, key: &Key) -> Writer {
        let mut fields = Writer::default();
        fields
            .fixed(key.as_bytes())
            .fixed(&self.created.as_millis().to_le_bytes())
            .fixed(self.source.as_bytes())
            .fixed(&self.source_digest)
            .fixed(&self.sequence.0.to_le_bytes())
            .fixed(&[self.stage as u8])
            .fixed(&self.recipe)
            .fixed(&self.body_digest)
            .fixed(&self.width.to_le_bytes())
            .fixed(&self.height.to_le_bytes());
        self.source_facts.encode(&mut fields);
        fields
            .text(&self.format)
            .text(&self.media_type)
            .text(&self.etag)
            .optional_text(self.last_modified.as_deref())
            .texts(&self.tags);
        fields
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        [&self.format, &self.media_type, &self.etag]
            .into_iter()
            .chain(&self.last_modified)
            .chain(&self.tags)
            .map(String::as_str)
    }
}

impl SourceFacts {
    fn decode(fields: &mut Reader<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            width: fields.u32()?,
            height: fields.u32()?,
            frames: Some(fields.u32()?).filter(|frames| *frames > 0),
            bytes: fields.u64()?,
        })
    }

    fn encode(&self, fields: &mut Writer) {
        fields
            .fixed(&self.width.to_le_bytes())
            .fixed(&self.height.to_le_bytes())
            .fixed(&self.frames.unwrap_or(0).to_le_bytes())
            .fixed(&self.bytes.to_le_bytes());
    }
}

impl Entry {
    /// The entry of `body`: sets the digest of the body, and a strong entity tag from it where `header` has none.
    pub fn new(mut header: Header, body: Bytes) -> Self {
        header.body_digest = *blake3::hash(&body).as_bytes();
        if header.etag.is_empty() {
            header.etag = format!("\"{}\"", hex::encode(&header.body_digest[..16]));
        }
        Self { header, body }
    }

    /// Bytes of memory that the entry takes, bodies and texts and the structs around them.
    pub fn cost_bytes(&self) -> u64 {
        let texts: usize = self
            .header
            .texts()
            .map(|text| text.len() + TEXT_BYTES)
            .sum();
        (self.body.len() + texts + size_of::<Self>()) as u64
    }

    /// What stands before the body in the file of `key`.
    ///
    /// # Errors
    /// [`Error::TooLarge`] where a part is longer than would be read back.
    pub(super) fn encode_head(&self, key: &Key) -> Result<Vec<u8>, Error> {
        if self.body.len() as u64 > MAX_BODY_BYTES {
            return Err(Error::TooLarge("body"));
        }
        if self.header.tags.len() > MAX_TAGS || !self.header.texts().all(fields::fits) {
            return Err(Error::TooLarge("text"));
        }
        let fields = self.header.encode(key);
        if fields.as_bytes().len() > MAX_FIELDS_BYTES {
            return Err(Error::TooLarge("header"));
        }
        Ok(frame::seal(Kind::Entry, fields.as_bytes(), &self.body))
    }

    /// Reads the file of `key`; the body stays where it is and shares the allocation.
    ///
    /// # Errors
    /// [`Unreadable`] for whatever was not written whole, here, under this key and in this version.
    pub(super) fn decode(key: &Key, file: Bytes) -> Result<Self, Unreadable> {
        let head = Head::parse(Kind::Entry, &file)?;
        let header = Header::decode(key, &head)?;
        let range = head.body_range(&file)?;
        head.check_body(&file[range.clone()], &header.body_digest)?;
        Ok(Self {
            header,
            body: file.slice(range),
        })
    }
}

/// The three words of a text that are not its bytes.
const TEXT_BYTES: usize = size_of::<String>();

#[cfg(test)]
pub(super) mod tests {
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
        }
    }

    /// A small entry in which every field is set.
    pub(crate) fn sample() -> Entry {
        Entry::new(header(), Bytes::from_static(b"a derivative"))
    }

    /// The whole file of `entry`.
    pub(crate) fn file_of(key: &Key, entry: &Entry) -> Vec<u8> {
        let mut file = entry.encode_head(key).unwrap();
        file.extend_from_slice(&entry.body);
        file
    }

    /// The file of [`sample`] under [`KEY`] as the first release wrote it. Never change it.
    const VERSION_1: &str = "\
    494e4b460100feff01000000300100000c00000000000000111111111111111111111111111111111111111111111111\
    11111111111111110068e5cf8b0100002222222222222222222222222222222222222222222222222222222222222222\
    333333333333333333333333333333333333333333333333333333333333333307000000000000000144444444444444\
    44444444444444444444444444444444444444444444444444135e87efe53383f093f6601564651c775e0bf70f7c05ef\
    484d27f94a2caa359c5802000090010000a50a0000b10800000100000087d61200000000000400776562700a00696d61\
    67652f776562702200223133356538376566653533333833663039336636363031353634363531633737221d00547565\
    2c203134204e6f7620323032332032323a31333a323020474d5402000400683a3166040073686f70b05fded0cfd21368\
    2773d78fdc7e815e612064657269766174697665";

    #[test]
    fn an_entry_of_version_1_is_read_by_every_release() {
        let file = Bytes::from(hex::decode(VERSION_1).unwrap());
        assert_eq!(Entry::decode(&KEY, file), Ok(sample()));
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
        let mut file = frame::seal(Kind::Entry, &fields, &entry.body);
        file.extend_from_slice(&entry.body);
        assert_eq!(Entry::decode(&KEY, file.into()), Ok(entry));
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
            assert!(matches!(entry.encode_head(&KEY), Err(Error::TooLarge(_))));
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
}
