//! Range requests (RFC 9110, section 14): one range of bytes out of an answer.
//!
//! What is asked for in another way (several ranges, another unit, what nobody can read) is answered whole,
//! as the RFC allows.

use std::ops::Range;

use http::HeaderMap;
use http::header::{IF_RANGE, RANGE};

/// What is to be sent of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// These bytes of it, at least one.
    Of(Range<u64>),
    /// Nothing: the range that is asked for has none of its bytes.
    Nothing,
}

/// One range as it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// From the first number to the second, both included; without a second to the end.
    From(u64, Option<u64>),
    /// So many bytes at the end.
    Last(u64),
}

/// What `request` asks for of a body of `length` bytes, whose strong entity tag is `etag`.
///
/// If-Range with anything but this tag means that the client holds a part of something else: it gets all. A date
/// is no strong validator and never holds.
pub(super) fn part(request: &HeaderMap, etag: &str, length: u64) -> Part {
    let Some(asked) = only(request).and_then(parse) else {
        return Part::Whole;
    };
    let mut holds = request
        .get_all(IF_RANGE)
        .iter()
        .map(|held| held.as_bytes() == etag.as_bytes());
    if holds.all(|it| it) {
        asked.of(length)
    } else {
        Part::Whole
    }
}

/// The Range header, if there is one and no more.
fn only(request: &HeaderMap) -> Option<&str> {
    let mut values = request.get_all(RANGE).iter();
    let value = values.next()?;
    match values.next() {
        None => value.to_str().ok(),
        Some(_) => None,
    }
}

/// Reads a header that names one range of bytes; empty elements of the list do not count.
fn parse(text: &str) -> Option<Asked> {
    let (unit, list) = text.split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let trimmed = list.split(',').map(|one| one.trim_matches([' ', '\t']));
    let mut ranges = trimmed.filter(|one| !one.is_empty());
    let asked = ranges.next().and_then(parse_one)?;
    ranges.next().is_none().then_some(asked)
}

fn parse_one(text: &str) -> Option<Asked> {
    let (first, last) = text.split_once('-')?;
    if first.is_empty() {
        return number(last).map(Asked::Last);
    }
    let first = number(first)?;
    if last.is_empty() {
        return Some(Asked::From(first, None));
    }
    let last = number(last).filter(|last| *last >= first)?;
    Some(Asked::From(first, Some(last)))
}

/// Digits and nothing else. A number that is too long for us is past the end of every body.
fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

impl Asked {
    fn of(self, length: u64) -> Part {
        let range = match self {
            Self::From(first, last) => {
                first..last.map_or(length, |last| last.saturating_add(1).min(length))
            }
            Self::Last(bytes) => length.saturating_sub(bytes)..length,
        };
        if range.is_empty() {
            Part::Nothing
        } else {
            Part::Of(range)
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    const ETAG: &str = "\"abc\"";

    fn asking(rows: &[(HeaderName, &str)], length: u64) -> Part {
        let mut headers = HeaderMap::new();
        for (name, value) in rows {
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        part(&headers, ETAG, length)
    }

    #[test]
    fn one_range_is_cut_out() {
        let rows = [
            ("bytes=0-0", 0..1),
            ("bytes=0-99", 0..100),
            ("bytes=10-19", 10..20),
            ("bytes=10-", 10..100),
            ("bytes=99-", 99..100),
            ("bytes=50-1000", 50..100),
            ("bytes=-1", 99..100),
            ("bytes=-30", 70..100),
            ("bytes=-1000", 0..100),
            ("bytes=007-8", 7..9),
            ("Bytes=1-2", 1..3),
            ("bytes= 1-2 ", 1..3),
            ("bytes=,1-2,\t,", 1..3),
            ("bytes=0-18446744073709551615", 0..100),
            ("bytes=0-99999999999999999999999", 0..100),
            ("bytes=-99999999999999999999999", 0..100),
        ];
        for (text, expected) in rows {
            assert_eq!(asking(&[(RANGE, text)], 100), Part::Of(expected), "{text}");
        }
    }

    #[test]
    fn a_range_past_the_end_has_no_bytes() {
        let far = "bytes=99999999999999999999999-";
        for text in ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=-00", far] {
            assert_eq!(asking(&[(RANGE, text)], 100), Part::Nothing, "{text}");
        }
        assert_eq!(asking(&[(RANGE, "bytes=0-")], 0), Part::Nothing);
    }

    #[test]
    fn what_is_no_single_range_of_bytes_is_answered_whole() {
        let rows = [
            "",
            "bytes",
            "bytes=",
            "bytes=,",
            "bytes=-",
            "bytes=--1",
            "bytes=1",
            "bytes=5-4",
            "bytes=a-b",
            "bytes=0x1-2",
            "bytes=+1-2",
            "bytes=1-+2",
            "bytes=1 -2",
            "bytes=1-2-3",
            "bytes=0-1,4-5",
            "bytes=0-1, x",
            "bytes =0-1",
            "0-1",
            "items=0-1",
            "bits=0-1",
        ];
        for text in rows {
            assert_eq!(asking(&[(RANGE, text)], 100), Part::Whole, "{text}");
        }
        let twice = [(RANGE, "bytes=0-1"), (RANGE, "bytes=0-1")];
        assert_eq!(asking(&twice, 100), Part::Whole);
        assert_eq!(asking(&[], 100), Part::Whole);
    }

    #[test]
    fn only_the_same_strong_tag_holds() {
        let rows = [
            (ETAG, true),
            ("\"abcd\"", false),
            ("W/\"abc\"", false),
            ("abc", false),
            ("*", false),
            ("", false),
            ("\"abc\", \"abc\"", false),
            ("Tue, 15 Nov 1994 12:45:26 GMT", false),
        ];
        for (held, holds) in rows {
            let part = asking(&[(RANGE, "bytes=0-1"), (IF_RANGE, held)], 100);
            assert_eq!(part == Part::Of(0..2), holds, "{held}");
            let past = asking(&[(RANGE, "bytes=200-"), (IF_RANGE, held)], 100);
            assert_eq!(past == Part::Nothing, holds, "{held}");
        }
        assert_eq!(asking(&[(IF_RANGE, ETAG)], 100), Part::Whole);
    }

    proptest! {
        #[test]
        fn a_part_lies_within_its_body(text in "bytes=[0-9, -]{0,12}|.{0,20}", length in 0u64..200) {
            let mut headers = HeaderMap::new();
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(RANGE, value);
            }
            if let Part::Of(range) = part(&headers, ETAG, length) {
                prop_assert!(range.start < range.end && range.end <= length);
            }
        }

        #[test]
        fn the_bytes_that_are_named_are_those_that_are_sent(
            first in any::<u64>(),
            more in proptest::option::of(any::<u64>()),
            length in any::<u64>(),
        ) {
            let last = more.map(|more| first.saturating_add(more));
            let shown = last.map(|last| last.to_string()).unwrap_or_default();
            let sent = asking(&[(RANGE, &format!("bytes={first}-{shown}"))], length);
            if first < length {
                let end = last.map_or(length, |last| last.min(length - 1) + 1);
                prop_assert_eq!(sent, Part::Of(first..end));
            } else {
                prop_assert_eq!(sent, Part::Nothing);
            }
        }
    }
}
