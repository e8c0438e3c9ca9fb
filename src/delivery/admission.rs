//! What a URL demands of its source.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::Error;
use crate::request::Answer;
use crate::transform::ask::HashKind;

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
