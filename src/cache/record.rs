//! What is known of a source, apart from its bytes: one record that all its variants share.
//!
//! An entry is fresh while its source digest is the record's and the record was validated within the TTL. So
//! a 304 from the origin writes this one record and touches no entry.

use super::entry::{Digest, Sequence};
use super::error::Error;
use super::fields::{self, Reader, Writer};
use super::frame::{self, Head, Kind, Unreadable};
use super::key::Key;
use super::terms::Terms;
use crate::clock::Timestamp;

/// The state of one source when it was last fetched or revalidated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Digest of the source's bytes.
    pub digest: Digest,
    /// When the origin last said that these are the bytes; zero makes every variant stale.
    pub validated_at: Timestamp,
    /// The last purge known before that.
    pub sequence: Sequence,
    /// ETag of the source, as it was received.
    pub etag: Option<String>,
    /// Last-Modified of the source, as it was received.
    pub last_modified: Option<String>,
    /// What its origin said of its use.
    pub terms: Terms,
}

impl Record {
    /// Whether this record may take the place of `held`: not if `held` knows of a later purge.
    ///
    /// Times are not compared: a clock that was set back must not freeze the record.
    pub fn supersedes(&self, held: &Self) -> bool {
        self.sequence >= held.sequence
    }

    /// Bytes of memory that the record takes.
    pub fn cost_bytes(&self) -> u64 {
        let texts: usize = self.texts().map(str::len).sum();
        (texts + size_of::<Self>()) as u64
    }

    /// The file of the source `key`.
    ///
    /// # Errors
    /// [`Error::TooLarge`] where a validator is longer than would be read back.
    pub(super) fn encode(&self, key: &Key) -> Result<Vec<u8>, Error> {
        if !self.texts().all(fields::fits) {
            return Err(Error::TooLarge("text"));
        }
        let mut fields = Writer::default();
        fields
            .fixed(key.as_bytes())
            .fixed(&self.digest)
            .fixed(&self.validated_at.as_millis().to_le_bytes())
            .fixed(&self.sequence.0.to_le_bytes())
            .optional_text(self.etag.as_deref())
            .optional_text(self.last_modified.as_deref());
        self.terms.encode(&mut fields);
        Ok(frame::seal(Kind::Record, fields.as_bytes(), &[]))
    }

    /// Reads the file of the source `key`.
    ///
    /// # Errors
    /// [`Unreadable`] as for entries.
    pub(super) fn decode(key: &Key, file: &[u8]) -> Result<Self, Unreadable> {
        let head = Head::parse(Kind::Record, file)?;
        head.body_range(file)?;
        let mut fields = Reader::new(head.fields);
        if &fields.fixed()? != key.as_bytes() {
            return Err(Unreadable::Damaged("of another key"));
        }
        Ok(Self {
            digest: fields.fixed()?,
            validated_at: Timestamp::from_millis(fields.u64()?),
            sequence: Sequence(fields.u64()?),
            etag: fields.optional_text()?,
            last_modified: fields.optional_text()?,
            terms: Terms::decode(&mut fields)?,
        })
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        [&self.etag, &self.last_modified]
            .into_iter()
            .flatten()
            .map(String::as_str)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::super::terms::Sharing;
    use super::*;

    /// The key of the source that [`super::super::entry::tests::header`] names.
    pub(crate) const SOURCE: Key = Key::from_bytes([0x22; 32]);

    /// The record under which the sample entries are fresh.
    pub(crate) fn sample() -> Record {
        Record {
            digest: [0x33; 32],
            validated_at: Timestamp::from_millis(1_700_000_000_000),
            sequence: Sequence(7),
            etag: Some("\"abc\"".to_owned()),
            last_modified: None,
            terms: Terms::default(),
        }
    }

    /// A record in which every field is set.
    fn full() -> Record {
        Record {
            terms: Terms {
                fresh_for: Some(Duration::from_secs(60)),
                stale_while_revalidate: None,
                stale_if_error: Some(Duration::from_secs(600)),
                sharing: Sharing::Client,
            },
            ..sample()
        }
    }

    /// The file of [`sample`] as it was written before terms. Never change it.
    const VERSION_1_WITHOUT_TERMS: &str = "\
    494e4b460100feff02000000590000000000000000000000222222222222222222222222222222222222222222222222\
    222222222222222233333333333333333333333333333333333333333333333333333333333333330068e5cf8b010000\
    07000000000000000500226162632200003aa853d7d9ad1272bc4b17d26b8429ec";

    /// The file of [`full`] as it is written since. Never change it.
    const VERSION_1: &str = "\
    494e4b460100feff02000000660000000000000000000000222222222222222222222222222222222222222222222222\
    222222222222222233333333333333333333333333333333333333333333333333333333333333330068e5cf8b010000\
    07000000000000000500226162632200003c000000ffffffff5802000001f3a580468942456ef0b24440c14ff30d";

    #[test]
    fn a_record_without_terms_is_read_as_before() {
        let file = hex::decode(VERSION_1_WITHOUT_TERMS).unwrap();
        assert_eq!(Record::decode(&SOURCE, &file), Ok(sample()));
    }

    #[test]
    fn a_record_of_version_1_is_written_and_read_as_it_was() {
        assert_eq!(hex::encode(full().encode(&SOURCE).unwrap()), VERSION_1);
        let file = hex::decode(VERSION_1).unwrap();
        assert_eq!(Record::decode(&SOURCE, &file), Ok(full()));
    }

    #[test]
    fn a_validator_that_would_not_be_read_back_is_not_written() {
        let record = Record {
            etag: Some("x".repeat(fields::MAX_TEXT_BYTES + 1)),
            ..sample()
        };
        assert!(matches!(record.encode(&SOURCE), Err(Error::TooLarge(_))));
    }

    proptest! {
        #[test]
        fn any_record_reads_back_as_it_was(
            digest in any::<[u8; 32]>(),
            numbers in any::<[u64; 2]>(),
            etag in proptest::option::of(".{1,40}"),
            last_modified in proptest::option::of(".{1,40}"),
            times in any::<[Option<u16>; 3]>(),
        ) {
            let record = Record {
                digest,
                validated_at: Timestamp::from_millis(numbers[0]),
                sequence: Sequence(numbers[1]),
                etag,
                last_modified,
                terms: Terms {
                    fresh_for: times[0].map(|time| Duration::from_secs(time.into())),
                    stale_while_revalidate: times[1].map(|time| Duration::from_secs(time.into())),
                    stale_if_error: times[2].map(|time| Duration::from_secs(time.into())),
                    sharing: Sharing::Everybody,
                },
            };
            let file = record.encode(&SOURCE).unwrap();
            prop_assert_eq!(Record::decode(&SOURCE, &file), Ok(record));
        }

        #[test]
        fn arbitrary_bytes_are_damaged(file in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Record::decode(&SOURCE, &file).is_err());
        }
    }
}
