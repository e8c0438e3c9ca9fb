//! The file that takes the place of what was answered quickly.

use bytes::Bytes;

use crate::cache::{Entry, Header, Score, Stage};
use crate::clock::Timestamp;
use crate::workers::Product as Made;

/// Points below the target that a file may be made better for, though it becomes larger.
const WORST_MISS: f64 = 1.0;

/// Whether a file is to take the place of an entry's: it is smaller and good enough, or the entry's is too bad.
pub(super) fn is_better(made: &Made, entry: &Entry, target: Option<f64>) -> bool {
    let header = &entry.header;
    if (made.width, made.height) != (header.width, header.height) {
        return false;
    }
    let is_smaller = made.bytes.len() < entry.body.len();
    let scores = (target, header.score.map(Score::points), made.score);
    let (Some(target), Some(before), Some(after)) = scores else {
        return is_smaller;
    };
    let is_short = |score: f64| score < target - WORST_MISS;
    match (is_short(before), is_short(after)) {
        (false, true) => false,
        (false, false) => is_smaller,
        (true, false) => true,
        (true, true) => after > before || after == before && is_smaller,
    }
}

/// The entry of a file that takes the place of a fast one.
pub(super) fn refined(fast: &Header, made: Made, now: Timestamp) -> Entry {
    let header = Header {
        created: now,
        stage: Stage::Refined,
        format: made.format.to_owned(),
        media_type: made.media_type.to_owned(),
        score: made.score.map(Score::from_points),
        // That of the new bytes.
        etag: String::new(),
        ..fast.clone()
    };
    Entry::new(header, Bytes::from(made.bytes.into_boxed_slice()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::{Class, Digest, Key, Sequence, SourceFacts};

    const BYTES: usize = 1_000;

    fn entry(score: Option<f64>) -> Entry {
        let header = Header {
            created: Timestamp::default(),
            source: Key::from_bytes([0; 32]),
            source_digest: Digest::default(),
            sequence: Sequence::default(),
            stage: Stage::Fast,
            recipe: Digest::default(),
            body_digest: Digest::default(),
            format: "jpeg".to_owned(),
            media_type: "image/jpeg".to_owned(),
            width: 60,
            height: 40,
            source_facts: SourceFacts::default(),
            etag: String::new(),
            last_modified: None,
            tags: Vec::new(),
            class: Class::Variant,
            scopes: Vec::new(),
            score: score.map(Score::from_points),
        };
        Entry::new(header, vec![0; BYTES].into())
    }

    fn made(bytes: usize, score: Option<f64>) -> Made {
        Made {
            bytes: vec![1; bytes],
            format: "jpeg",
            media_type: "image/jpeg",
            width: 60,
            height: 40,
            score,
        }
    }

    #[test]
    fn a_file_is_replaced_where_it_becomes_smaller_or_was_too_bad() {
        let rows = [
            ("smaller, not measured", None, (999, None), true),
            ("as long", None, (BYTES, None), false),
            ("smaller, good enough", Some(76.0), (999, Some(75.0)), true),
            (
                "larger, though better",
                Some(74.5),
                (1_001, Some(76.0)),
                false,
            ),
            (
                "larger, and good at last",
                Some(73.9),
                (1_001, Some(75.0)),
                true,
            ),
            ("smaller, and too bad", Some(75.0), (999, Some(70.0)), false),
            (
                "both too bad, a better one",
                Some(60.0),
                (1_001, Some(65.0)),
                true,
            ),
            (
                "both too bad, a worse one",
                Some(65.0),
                (999, Some(60.0)),
                false,
            ),
        ];
        for (case, before, (bytes, after), expected) in rows {
            let is_better = is_better(&made(bytes, after), &entry(before), Some(75.0));
            assert_eq!(is_better, expected, "{case}");
        }
        let other = Made {
            width: 61,
            ..made(1, None)
        };
        assert!(!is_better(&other, &entry(None), None), "of another size");
    }

    #[test]
    fn refined_bytes_have_their_own_tag_and_everything_else_of_the_fast_ones() {
        let fast = entry(Some(75.0)).header;
        let made = made(10, Some(75.2));
        let entry = refined(&fast, made, Timestamp::from_millis(7));
        assert_ne!(entry.header.etag, fast.etag);
        assert_eq!(entry.header.stage, Stage::Refined);
        assert!(entry.header.refines(&fast));
    }
}
