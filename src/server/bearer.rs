//! Who is let in by a secret.

use http::HeaderMap;
use http::header::AUTHORIZATION;
use subtle::ConstantTimeEq;

/// Whether the client sends `Authorization: Bearer` with this secret. How long it takes tells nothing of the secret but
/// its length.
pub(super) fn is_authorized(headers: &HeaderMap, secret: &str) -> bool {
    let given = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    given.is_some_and(|given| bool::from(given.ct_eq(secret.as_bytes())))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_the_whole_secret_lets_in() {
        let sent = |value: &'static str| {
            let value = HeaderValue::from_static(value);
            is_authorized(&HeaderMap::from_iter([(AUTHORIZATION, value)]), "secret")
        };
        assert!(sent("Bearer secret"));
        for value in [
            "",
            "Bearer",
            "Bearer ",
            "secret",
            "Bearer secre",
            "Bearer secrets",
            "Basic secret",
        ] {
            assert!(!sent(value), "{value}");
        }
        assert!(!is_authorized(&HeaderMap::new(), "secret"));
    }
}
