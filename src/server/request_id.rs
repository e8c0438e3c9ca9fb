//! The id under which the client and the log know a request.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderMap;

/// The longest id that is taken over from a client.
const MAX_LENGTH: usize = 128;

static PROCESS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
static COUNT: AtomicU64 = AtomicU64::new(0);

/// The client's X-Request-ID if it is 1 to 128 letters, digits, `-` and `_`; else a new one of 16 hex digits.
pub(super) fn of(headers: &HeaderMap) -> String {
    let given = headers
        .get("x-request-id")
        .and_then(|value| value.to_str().ok());
    given
        .filter(|id| is_usable(id))
        .map_or_else(fresh, str::to_owned)
}

fn is_usable(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=MAX_LENGTH).contains(&id.len()) && id.bytes().all(plain)
}

/// Unique in this process, and as good as unique over many: a count under a keyed hash.
fn fresh() -> String {
    let mut hasher = PROCESS.build_hasher();
    hasher.write_u64(COUNT.fetch_add(1, Ordering::Relaxed));
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_id_is_kept_and_any_other_replaced() {
        let id_of = |given: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-request-id", given.parse().expect("a header value"));
            of(&headers)
        };
        assert_eq!(id_of("abc-DEF_123"), "abc-DEF_123");
        for odd in ["", "a b", "a;b", &"x".repeat(129)] {
            assert_eq!(id_of(odd).len(), 16, "{odd}");
        }
        assert_ne!(of(&HeaderMap::new()), of(&HeaderMap::new()));
    }
}
