//! Which URLs may be fetched, as far as their text decides it.

use url::Url;

use crate::request::SourceUrl;

/// The patterns of URLs that may be fetched.
///
/// A pattern is a prefix of the normalised URL in which `*` stands for any run of characters other than `/`:
/// `https://*.shop.example/photos/` permits `https://cdn.shop.example/photos/cat.jpg`. Its scheme and host are
/// normalised as the URL's are, so `HTTPS://Shop.Example:443/` is the same as `https://shop.example/`.
///
/// The host must end in `/`. Without it `https://shop.example` would also permit `https://shop.example.evil/`, so
/// such a pattern is refused. A scheme alone (`https://`, `local://`) permits everything of that scheme.
/// No pattern at all permits every URL.
///
/// ```
/// use inkfish::source::AllowedSources;
///
/// assert!(AllowedSources::parse(&["https://shop.example/".to_owned()]).is_ok());
/// assert!(AllowedSources::parse(&["https://shop.example".to_owned()]).is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedSources {
    patterns: Vec<String>,
}

impl AllowedSources {
    /// The patterns, normalised.
    ///
    /// # Errors
    ///
    /// A sentence for each pattern that is refused.
    pub fn parse(patterns: &[String]) -> Result<Self, Vec<String>> {
        let (good, bad): (Vec<_>, Vec<_>) = patterns
            .iter()
            .map(|pattern| normalized(pattern))
            .partition(Result::is_ok);
        if bad.is_empty() {
            let patterns = good.into_iter().flatten().collect();
            Ok(Self { patterns })
        } else {
            Err(bad.into_iter().filter_map(Result::err).collect())
        }
    }

    /// Whether `source` may be fetched.
    pub fn permits(&self, source: &SourceUrl) -> bool {
        self.permits_text(source.as_str())
    }

    fn permits_text(&self, url: &str) -> bool {
        self.patterns.is_empty()
            || self
                .patterns
                .iter()
                .any(|pattern| is_prefix(pattern.as_bytes(), url.as_bytes()))
    }
}

fn normalized(pattern: &str) -> Result<String, String> {
    let (scheme, rest) = pattern
        .split_once("://")
        .ok_or_else(|| format!("{pattern:?} names no scheme"))?;
    let scheme = scheme.to_ascii_lowercase();
    if rest.is_empty() {
        return Ok(format!("{scheme}://"));
    }
    let (host, path) = rest
        .split_once('/')
        .ok_or_else(|| format!("the host of {pattern:?} does not end in `/`"))?;
    if scheme == "local" {
        // A file has no host: `local://photos/` is `local:///photos/`, as it is in a URL.
        return Ok(format!("{scheme}:///{}", rest.trim_start_matches('/')));
    }
    let host =
        normalized_host(&scheme, host).ok_or_else(|| format!("the host of {pattern:?} is none"))?;
    Ok(format!("{scheme}://{host}/{path}"))
}

/// The host and port as a parsed URL spells them; one with a `*` is only lower-cased.
fn normalized_host(scheme: &str, host: &str) -> Option<String> {
    if host.is_empty() || host.contains(['@', '?', '#', '\\']) {
        return None;
    }
    if host.contains('*') || scheme.contains('*') {
        return host.is_ascii().then(|| host.to_ascii_lowercase());
    }
    let url = Url::parse(&format!("{scheme}://{host}/")).ok()?;
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

/// Whether `pattern` matches the beginning of `text`.
///
/// Trying the shortest run first for each `*`, and on a mismatch lengthening only the last one, is enough: a
/// longer run of an earlier `*` never helps a later one past a `/` that it may not hold either.
fn is_prefix(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(at), text.get(read)) {
            (None, _) => return true,
            (Some(b'*'), _) => {
                at += 1;
                last_star = Some((at, read));
            }
            (Some(wanted), Some(found)) if wanted == found => {
                at += 1;
                read += 1;
            }
            _ => match last_star {
                Some((after, end)) if text.get(end).is_some_and(|byte| *byte != b'/') => {
                    last_star = Some((after, end + 1));
                    (at, read) = (after, end + 1);
                }
                _ => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(pattern: &str, url: &str) -> bool {
        AllowedSources::parse(&[pattern.to_owned()])
            .unwrap()
            .permits_text(url)
    }

    #[test]
    fn a_pattern_permits_what_begins_with_it() {
        for (pattern, url, permitted) in [
            (
                "https://shop.example/",
                "https://shop.example/cat.jpg",
                true,
            ),
            (
                "https://shop.example/",
                "http://shop.example/cat.jpg",
                false,
            ),
            ("https://shop.example/", "https://shop.example.evil/", false),
            (
                "https://shop.example/",
                "https://evil/?https://shop.example/",
                false,
            ),
            ("HTTPS://Shop.Example:443/", "https://shop.example/a", true),
            (
                "http://shop.example:8000/",
                "http://shop.example:8000/a",
                true,
            ),
            ("http://shop.example/", "http://shop.example:8000/a", false),
            (
                "https://b\u{fc}cher.example/",
                "https://xn--bcher-kva.example/a",
                true,
            ),
            (
                "https://shop.example/photos/",
                "https://shop.example/private/",
                false,
            ),
            (
                "https://*.shop.example/",
                "https://cdn.shop.example/a",
                true,
            ),
            (
                "https://*.shop.example/",
                "https://evil/.shop.example/",
                false,
            ),
            ("https://*.shop.example/", "https://shop.example/", false),
            ("https://*/photos/", "https://any.example/photos/a", true),
            ("https://*/photos/", "https://any.example/b/photos/a", false),
            (
                "https://shop.example/*/s/",
                "https://shop.example/a/s/b",
                true,
            ),
            (
                "https://shop.example/*/s/",
                "https://shop.example/a/b/s/b",
                false,
            ),
            ("https://*a*b/c", "https://aab.ab/c", true),
            ("http*://shop.example/", "https://shop.example/a", true),
            ("https://", "https://any.example/a", true),
            ("https://", "http://any.example/a", false),
            ("local://", "local:///a.jpg", true),
            ("local:///photos/", "local:///photos/a.jpg", true),
            ("local:///photos/", "local:///private/a.jpg", false),
            ("local://photos/", "local:///photos/a.jpg", true),
        ] {
            assert_eq!(permits(pattern, url), permitted, "{pattern} and {url}");
        }
    }

    #[test]
    fn a_host_without_its_slash_and_other_traps_are_refused() {
        for pattern in [
            "https://shop.example",
            "https://*",
            "shop.example/",
            "",
            "*",
            "https:///a",
            "https://user@shop.example/",
            "https://shop.example?x/",
            "https://[bad/",
            "local://photos",
        ] {
            let refused = AllowedSources::parse(&[pattern.to_owned()]);
            assert_eq!(refused.map_err(|faults| faults.len()), Err(1), "{pattern}");
        }
    }

    /// The meaning of a pattern, tried in every way.
    fn is_prefix_by_search(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([], _) => true,
            ([b'*', pattern @ ..], [byte, rest @ ..]) if *byte != b'/' => {
                is_prefix_by_search(pattern, text)
                    || is_prefix_by_search(&[b"*", pattern].concat(), rest)
            }
            ([b'*', pattern @ ..], _) => is_prefix_by_search(pattern, text),
            ([wanted, pattern @ ..], [found, text @ ..]) => {
                wanted == found && is_prefix_by_search(pattern, text)
            }
            (_, []) => false,
        }
    }

    proptest::proptest! {
        #[test]
        fn matching_from_left_to_right_finds_what_a_search_finds(
            pattern in "[ab/*]{0,8}",
            text in "[ab/]{0,12}",
        ) {
            let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
            proptest::prop_assert_eq!(is_prefix(pattern, text), is_prefix_by_search(pattern, text));
        }
    }

    #[test]
    fn no_pattern_permits_everything() {
        assert!(AllowedSources::default().permits_text("https://any.example/"));
    }
}
