//! What is refused: by the settings as they are now, and by what a URL demands of itself and of its source.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::{Ask, Delivery, Error};
use crate::cache::Entry;
use crate::request::Answer;
use crate::transform::ask::HashKind;

impl Delivery {
    /// Refuses what must not even be answered from what is held.
    pub(super) fn admit(&self, ask: &Ask) -> Result<(), Error> {
        self.check_expiry(ask.answer())?;
        let fetcher = &self.parts.fetcher;
        if let Some(source) = ask.source() {
            fetcher.permits(source)?;
        }
        if let Some(mark) = ask.mark() {
            fetcher.permits(mark).map_err(Error::Watermark)?;
        }
        Ok(())
    }

    pub(super) fn check_expiry(&self, answer: &Answer) -> Result<(), Error> {
        match answer.expires {
            Some(at) if at <= self.now().as_secs() => Err(Error::Expired { at }),
            _ => Ok(()),
        }
    }

    /// Limits are no part of the key: one that was lowered since binds what is held too, and so does a lower one of
    /// the URL.
    pub(super) fn recheck(&self, ask: &Ask, entry: &Entry) -> Result<(), Error> {
        let source = &entry.header.source_facts;
        let pixels = u64::from(source.width) * u64::from(source.height);
        let past = |asked: Option<u64>, limit: u64, size: u64| {
            [asked.unwrap_or_default(), limit]
                .into_iter()
                .any(|limit| limit > 0 && size > limit)
        };
        let limit = self.config.defaults.max_src_pixels;
        if past(ask.max_src_pixels(), limit, pixels) {
            return Err(Error::PastLimit {
                limit: "source pixels",
            });
        }
        let limit = self.config.max_source_bytes;
        if past(ask.answer().max_src_bytes, limit, source.bytes) {
            return Err(Error::PastLimit {
                limit: "source bytes",
            });
        }
        Ok(())
    }
}

/// Refuses a source that is longer than its URL allows, or that does not have the checksum that its URL names.
pub(super) fn admit_source(answer: &Answer, bytes: &[u8]) -> Result<(), Error> {
    let longest = answer.max_src_bytes.filter(|longest| *longest > 0);
    if longest.is_some_and(|longest| bytes.len() as u64 > longest) {
        return Err(Error::PastLimit {
            limit: "source bytes",
        });
    }
    match &answer.hashsum {
        Some(hashsum) if digest(hashsum.kind, bytes) != hashsum.digest => Err(Error::Hashsum),
        _ => Ok(()),
    }
}

fn digest(kind: HashKind, bytes: &[u8]) -> Vec<u8> {
    match kind {
        HashKind::Md5 => Md5::digest(bytes).to_vec(),
        HashKind::Sha1 => Sha1::digest(bytes).to_vec(),
        HashKind::Sha256 => Sha256::digest(bytes).to_vec(),
        HashKind::Sha512 => Sha512::digest(bytes).to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::ask::Hashsum;

    fn with(kind: HashKind, hex_digest: &str) -> Answer {
        Answer {
            hashsum: Some(Hashsum {
                kind,
                digest: hex::decode(hex_digest).unwrap(),
            }),
            ..Answer::default()
        }
    }

    #[test]
    fn a_source_has_the_checksum_that_its_url_names() {
        #[rustfmt::skip]
        let table = [
            (HashKind::Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (HashKind::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (HashKind::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ];
        for (kind, hex_digest) in table {
            let answer = with(kind, hex_digest);
            assert!(admit_source(&answer, b"abc").is_ok(), "{kind:?}");
            assert!(matches!(admit_source(&answer, b"abd"), Err(Error::Hashsum)));
        }
    }

    #[test]
    fn a_limit_of_the_url_binds_and_none_is_none() {
        for (longest, allowed) in [
            (None, true),
            (Some(0), true),
            (Some(3), true),
            (Some(2), false),
        ] {
            let answer = Answer {
                max_src_bytes: longest,
                ..Answer::default()
            };
            assert_eq!(
                admit_source(&answer, b"abc").is_ok(),
                allowed,
                "{longest:?}"
            );
        }
    }
}
