//! Conditional requests (RFC 9110, section 13).

use std::time::SystemTime;

use http::HeaderMap;
use http::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH};

/// Whether the client already holds what would be sent, so that 304 is the answer.
///
/// If-None-Match is compared weakly and wins; If-Modified-Since is looked at only without it. What is sent
/// without an ETag is named by no If-None-Match.
pub(super) fn is_not_modified(
    request: &HeaderMap,
    etag: Option<&str>,
    last_modified: Option<&str>,
) -> bool {
    let mut candidates = request.get_all(IF_NONE_MATCH).iter().peekable();
    if candidates.peek().is_some() {
        return candidates
            .filter_map(|value| value.to_str().ok())
            .any(|list| etag.is_some_and(|etag| names(list, etag)));
    }
    let since = request
        .get(IF_MODIFIED_SINCE)
        .and_then(|value| value.to_str().ok())
        .and_then(date);
    since.is_some_and(|since| {
        last_modified
            .and_then(date)
            .is_some_and(|modified| modified <= since)
    })
}

fn names(list: &str, etag: &str) -> bool {
    list.split(',').map(str::trim).any(|candidate| {
        candidate == "*" || candidate.strip_prefix("W/").unwrap_or(candidate) == etag
    })
}

fn date(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text).ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const MODIFIED: &str = "Tue, 15 Nov 1994 12:45:26 GMT";

    fn verdict(headers: &[(http::HeaderName, &'static str)]) -> bool {
        let map = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect();
        is_not_modified(&map, Some("\"abc\""), Some(MODIFIED))
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
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, HeaderValue::from_static(list));
            assert!(!is_not_modified(&headers, None, None), "{list}");
        }
    }

    #[test]
    fn a_date_counts_only_without_an_etag() {
        assert!(verdict(&[(IF_MODIFIED_SINCE, MODIFIED)]));
        assert!(verdict(&[(
            IF_MODIFIED_SINCE,
            "Wed, 16 Nov 1994 00:00:00 GMT"
        )]));
        assert!(!verdict(&[(
            IF_MODIFIED_SINCE,
            "Mon, 14 Nov 1994 00:00:00 GMT"
        )]));
        assert!(!verdict(&[(IF_MODIFIED_SINCE, "yesterday")]));
        assert!(!verdict(&[
            (IF_NONE_MATCH, "\"other\""),
            (IF_MODIFIED_SINCE, MODIFIED)
        ]));
        assert!(!verdict(&[]));
    }
}
