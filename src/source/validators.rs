//! What tells one version of a source from the next.

use http::header::{ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use http::{HeaderMap, HeaderName, HeaderValue};

/// Longest validator that is kept, in bytes; a longer one counts as absent.
const LONGEST: usize = 512;

/// The validators of a source as its origin spells them (RFC 9110, 8.8); both absent where it sends none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Validators {
    /// The `ETag`, quotes and `W/` included.
    pub etag: Option<String>,
    /// The `Last-Modified`.
    pub last_modified: Option<String>,
}

impl Validators {
    /// The validators among the headers of a response.
    pub(super) fn from_headers(headers: &HeaderMap) -> Self {
        Self {
            etag: text(headers, &ETAG),
            last_modified: text(headers, &LAST_MODIFIED),
        }
    }

    /// The headers that ask for the source only if it has changed.
    pub(super) fn conditional_headers(&self) -> HeaderMap {
        let pairs = [
            (IF_NONE_MATCH, &self.etag),
            (IF_MODIFIED_SINCE, &self.last_modified),
        ];
        pairs
            .into_iter()
            .filter_map(|(name, value)| {
                Some((name, HeaderValue::from_str(value.as_deref()?).ok()?))
            })
            .collect()
    }

    /// Whether there is nothing to compare.
    pub(super) fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }

    /// These, with what they lack taken from `held`: a 304 need not repeat what has not changed.
    pub(super) fn or(self, held: &Self) -> Self {
        Self {
            etag: self.etag.or_else(|| held.etag.clone()),
            last_modified: self.last_modified.or_else(|| held.last_modified.clone()),
        }
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    (value.len() <= LONGEST).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validators_go_out_as_they_came_in() {
        let mut headers = HeaderMap::new();
        headers.insert(ETAG, HeaderValue::from_static("W/\"a\""));
        let held = Validators::from_headers(&headers);
        assert_eq!(held.conditional_headers()[IF_NONE_MATCH], "W/\"a\"");
        assert_eq!(held.conditional_headers().get(IF_MODIFIED_SINCE), None);
        assert_eq!(Validators::default().or(&held), held);
    }

    #[test]
    fn an_oversized_validator_counts_as_absent() {
        let mut headers = HeaderMap::new();
        let long = "x".repeat(LONGEST + 1);
        headers.insert(ETAG, HeaderValue::from_str(&long).unwrap());
        assert!(Validators::from_headers(&headers).is_empty());
    }
}
