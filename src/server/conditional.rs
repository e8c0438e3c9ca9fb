//! Conditional requests (RFC 9110, section 13).

use std::time::SystemTime;

use http::HeaderMap;
use http::header::{HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};

/// What may be asked about: the validators of what would be sent. One that is not sent is `None` and equals nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Validators<'a> {
    /// The strong entity tag, quotes included.
    pub(super) etag: Option<&'a str>,
    /// When it was last modified, as it is sent.
    pub(super) last_modified: Option<&'a str>,
}

/// What comes of the conditions of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// They hold, or there are none.
    Proceed,
    /// The client holds already what would be sent: 304.
    NotModified,
    /// The client wants what it knows or nothing, and it is another thing now: 412.
    Failed,
}

/// Judges the conditions of `request` in the order of the RFC: first what must hold, then what may be spared.
pub(super) fn judge(request: &HeaderMap, validators: Validators<'_>) -> Outcome {
    if !is_what_was_meant(request, validators) {
        Outcome::Failed
    } else if is_not_modified(request, validators) {
        Outcome::NotModified
    } else {
        Outcome::Proceed
    }
}

/// If-Match is compared strongly and wins; If-Unmodified-Since is looked at only without it.
fn is_what_was_meant(request: &HeaderMap, validators: Validators<'_>) -> bool {
    let is_meant = |tag: &str| tag == "*" || Some(tag) == validators.etag;
    if let Some(is_named) = any_tag(request, &IF_MATCH, is_meant) {
        return is_named;
    }
    let since = date_of(request, &IF_UNMODIFIED_SINCE);
    let modified = validators.last_modified.and_then(date);
    since
        .zip(modified)
        .is_none_or(|(since, modified)| modified <= since)
}

/// If-None-Match is compared weakly and wins; If-Modified-Since is looked at only without it. What is sent
/// without an ETag is named by no If-None-Match.
fn is_not_modified(request: &HeaderMap, validators: Validators<'_>) -> bool {
    let is_held = |tag: &str| {
        validators
            .etag
            .is_some_and(|etag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
    };
    if let Some(is_named) = any_tag(request, &IF_NONE_MATCH, is_held) {
        return is_named;
    }
    let since = date_of(request, &IF_MODIFIED_SINCE);
    let modified = validators.last_modified.and_then(date);
    since
        .zip(modified)
        .is_some_and(|(since, modified)| modified <= since)
}

/// Whether any element of the lists under `name` passes; `None` where the header is not there.
fn any_tag(
    request: &HeaderMap,
    name: &HeaderName,
    passes: impl FnMut(&str) -> bool,
) -> Option<bool> {
    let mut lists = request.get_all(name).iter().peekable();
    lists.peek()?;
    let tags = lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(','));
    Some(tags.map(str::trim).any(passes))
}

fn date_of(request: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    request.get(name)?.to_str().ok().and_then(date)
}

fn date(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text).ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const MODIFIED: &str = "Tue, 15 Nov 1994 12:45:26 GMT";

    const BEFORE: &str = "Mon, 14 Nov 1994 00:00:00 GMT";
    const AFTER: &str = "Wed, 16 Nov 1994 00:00:00 GMT";
    const NONE: Validators<'_> = Validators {
        etag: None,
        last_modified: None,
    };

    fn outcome(headers: &[(HeaderName, &'static str)], validators: Validators<'_>) -> Outcome {
        let map = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect();
        judge(&map, validators)
    }

    fn of_both(headers: &[(HeaderName, &'static str)]) -> Outcome {
        let both = Validators {
            etag: Some("\"abc\""),
            last_modified: Some(MODIFIED),
        };
        outcome(headers, both)
    }

    fn verdict(headers: &[(HeaderName, &'static str)]) -> bool {
        of_both(headers) == Outcome::NotModified
    }

    #[test]
    fn if_none_match_is_a_weak_comparison_over_a_list() {
        let rows = [
            ("\"abc\"", true),
            ("W/\"abc\"", true),
            ("\"x\", \"abc\"", true),
            ("*", true),
            ("\"abcd\"", false),
            ("abc", false),
            ("", false),
        ];
        for (value, expected) in rows {
            assert_eq!(verdict(&[(IF_NONE_MATCH, value)]), expected, "{value}");
        }
    }

    #[test]
    fn without_an_etag_no_list_names_it() {
        for list in ["", "*", "W/", "\"abc\","] {
            let outcome = outcome(&[(IF_NONE_MATCH, list)], NONE);
            assert_eq!(outcome, Outcome::Proceed, "{list}");
        }
    }

    #[test]
    fn a_date_counts_only_without_an_etag() {
        assert!(verdict(&[(IF_MODIFIED_SINCE, MODIFIED)]));
        assert!(verdict(&[(IF_MODIFIED_SINCE, AFTER)]));
        assert!(!verdict(&[(IF_MODIFIED_SINCE, BEFORE)]));
        assert!(!verdict(&[(IF_MODIFIED_SINCE, "yesterday")]));
        assert!(!verdict(&[
            (IF_NONE_MATCH, "\"other\""),
            (IF_MODIFIED_SINCE, MODIFIED)
        ]));
        assert!(!verdict(&[]));
    }

    #[test]
    fn if_match_is_a_strong_comparison_over_a_list() {
        let rows = [
            ("\"abc\"", Outcome::Proceed),
            ("\"x\", \"abc\"", Outcome::Proceed),
            ("*", Outcome::Proceed),
            ("W/\"abc\"", Outcome::Failed),
            ("\"abcd\"", Outcome::Failed),
            ("abc", Outcome::Failed),
            ("", Outcome::Failed),
        ];
        for (value, expected) in rows {
            assert_eq!(of_both(&[(IF_MATCH, value)]), expected, "{value}");
        }
        assert_eq!(outcome(&[(IF_MATCH, "*")], NONE), Outcome::Proceed);
        assert_eq!(outcome(&[(IF_MATCH, "\"abc\"")], NONE), Outcome::Failed);
    }

    #[test]
    fn a_date_before_the_change_fails_unless_a_tag_says_more() {
        let rows = [
            (IF_UNMODIFIED_SINCE, MODIFIED, Outcome::Proceed),
            (IF_UNMODIFIED_SINCE, AFTER, Outcome::Proceed),
            (IF_UNMODIFIED_SINCE, BEFORE, Outcome::Failed),
            (IF_UNMODIFIED_SINCE, "yesterday", Outcome::Proceed),
        ];
        for (name, value, expected) in rows {
            assert_eq!(of_both(&[(name, value)]), expected, "{value}");
        }
        let both = [(IF_MATCH, "\"abc\""), (IF_UNMODIFIED_SINCE, BEFORE)];
        assert_eq!(of_both(&both), Outcome::Proceed);
        let alone = outcome(&[(IF_UNMODIFIED_SINCE, BEFORE)], NONE);
        assert_eq!(alone, Outcome::Proceed);
    }

    #[test]
    fn what_must_hold_is_asked_before_what_may_be_spared() {
        let rows = [
            ("\"abc\"", Outcome::NotModified),
            ("\"x\"", Outcome::Failed),
        ];
        for (value, expected) in rows {
            let headers = [(IF_MATCH, value), (IF_NONE_MATCH, "\"abc\"")];
            assert_eq!(of_both(&headers), expected, "{value}");
        }
    }
}
