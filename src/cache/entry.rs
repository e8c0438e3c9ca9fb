//! A derivative as it is kept: the bytes, and the facts that serving, revalidating and purging them need.

use bytes::Bytes;

use super::body::Body;
use super::error::Error;
use super::fields::{self, MAX_SCOPES, MAX_TAGS, Reader, Writer};
use super::frame::{self, Head, Kind, MAX_BODY_BYTES, MAX_FIELDS_BYTES, Unreadable};
use super::key::Key;
use super::scope::Scope;
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

/// How good the bytes look, in tenths of a point, where that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score(i16);

/// What an entry is for, and so how long it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Class {
    /// The variant of a source, asked for by URL.
    #[default]
    Variant = 0,
    /// What an upload by the API came to.
    Upload = 1,
    /// What an upload from the web page came to.
    WebUpload = 2,
}

/// What the source was, so that a hit can be held against limits that were lowered since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceFacts {
    /// Width in pixels, as stored; 0 of a drawing, which has none.
    pub width: u32,
    /// Height in pixels, as stored; 0 of a drawing.
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
    /// What it is for.
    pub class: Class,
    /// The groups that it belongs to; a purge names one of them.
    pub scopes: Vec<Scope>,
    /// How good it looks; `None` where nobody measured.
    pub score: Option<Score>,
}

/// One derivative with its facts. Nothing changes it: what replaces it is another entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The facts.
    pub header: Header,
    /// The bytes that are served.
    pub body: Body,
}

impl Stage {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Refined => "refined",
            Self::Passthrough => "passthrough",
        }
    }

    const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Fast),
            1 => Some(Self::Refined),
            2 => Some(Self::Passthrough),
            _ => None,
        }
    }
}

impl Score {
    /// What is written where there is none.
    const NONE: i16 = i16::MIN;

    /// The score of so many points; what is past every scale is brought to its end.
    pub fn from_points(points: f64) -> Self {
        let tenths = (points * 10.0).round();
        Self(tenths.clamp(f64::from(Self::NONE + 1), f64::from(i16::MAX)) as i16)
    }

    /// In points.
    pub fn points(self) -> f64 {
        f64::from(self.0) / 10.0
    }
}

impl Class {
    const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Variant),
            1 => Some(Self::Upload),
            2 => Some(Self::WebUpload),
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

    /// Whether an entry with this header is the same picture as one with `held`, with more work in it.
    pub fn refines(&self, held: &Self) -> bool {
        let ask = |header: &Self| (header.source_digest, header.recipe, header.sequence);
        ask(self) == ask(held) && self.stage > held.stage
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
            // The first files ended here.
            class: match fields.is_empty() {
                true => Class::default(),
                false => {
                    Class::from_code(fields.u8()?).ok_or(Unreadable::Damaged("unknown class"))?
                }
            },
            scopes: match fields.is_empty() {
                true => Vec::new(),
                false => fields.scopes()?,
            },
            score: match fields.is_empty() {
                true => None,
                false => Some(fields.u16()? as i16)
                    .filter(|tenths| *tenths != Score::NONE)
                    .map(Score),
            },
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
            .texts(&self.tags)
            .fixed(&[self.class as u8])
            .scopes(&self.scopes)
            .fixed(
                &self
                    .score
                    .map_or(Score::NONE, |score| score.0)
                    .to_le_bytes(),
            );
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
        Self {
            header,
            body: body.into(),
        }
    }

    /// Bytes of memory that the entry takes, bodies and texts and the structs around them.
    pub fn cost_bytes(&self) -> u64 {
        let texts: usize = self
            .header
            .texts()
            .map(|text| text.len() + TEXT_BYTES)
            .sum();
        let scopes = size_of_val(self.header.scopes.as_slice());
        let body = self.body.in_memory().map_or(0, Bytes::len);
        (body + texts + scopes + size_of::<Self>()) as u64
    }

    /// The file of `key`: its head, and the body behind it.
    ///
    /// # Errors
    /// [`Error::TooLarge`] where a part is longer than would be read back; [`Error::NotInMemory`] for a body that
    /// is in a file already.
    pub(super) fn encode(&self, key: &Key) -> Result<(Vec<u8>, &Bytes), Error> {
        let body = self.body.in_memory().ok_or(Error::NotInMemory)?;
        if body.len() as u64 > MAX_BODY_BYTES {
            return Err(Error::TooLarge("body"));
        }
        if self.header.scopes.len() > MAX_SCOPES {
            return Err(Error::TooLarge("list of scopes"));
        }
        if self.header.tags.len() > MAX_TAGS || !self.header.texts().all(fields::fits) {
            return Err(Error::TooLarge("text"));
        }
        let fields = self.header.encode(key);
        if fields.as_bytes().len() > MAX_FIELDS_BYTES {
            return Err(Error::TooLarge("header"));
        }
        Ok((frame::seal(Kind::Entry, fields.as_bytes(), body), body))
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
            body: file.slice(range).into(),
        })
    }
}

/// The three words of a text that are not its bytes.
const TEXT_BYTES: usize = size_of::<String>();

#[cfg(test)]
pub(super) mod tests;
