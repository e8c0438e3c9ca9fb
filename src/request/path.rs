//! The path of a request: its prefix, its signature, and the repairs that undo what proxies do to paths.

use std::borrow::Cow;

use super::Error;

/// Longest request target in bytes, query included; longer ones are refused unread.
pub const MAX_TARGET_BYTES: usize = 8192;

/// A request target, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target<'t> {
    /// The first segment; not empty.
    pub(super) signature: &'t str,
    /// What follows it, repaired and without its leading slash; not empty. This is what is signed.
    pub(super) path: Cow<'t, str>,
}

impl<'t> Target<'t> {
    /// Takes a raw request target apart: `[PREFIX]/SIGNATURE/PATH[?QUERY]`. The query is dropped.
    ///
    /// `prefix` is what [`normal_prefix`] makes.
    pub(super) fn split(target: &'t str, prefix: &str) -> Result<Self, Error> {
        if target.len() > MAX_TARGET_BYTES {
            return Err(malformed("longer than 8192 bytes"));
        }
        let path = cut_query(target)
            .strip_prefix(prefix)
            .and_then(|path| path.strip_prefix('/'))
            .ok_or_else(|| malformed("outside the path prefix"))?;
        let (signature, path) = path.split_once('/').unwrap_or((path, ""));
        let path = repair(path);
        if signature.is_empty() || path.is_empty() {
            return Err(malformed("no signature, or nothing after it"));
        }
        Ok(Self { signature, path })
    }
}

/// The target is not quoted: it holds a signature.
fn malformed(reason: &str) -> Error {
    Error::Malformed {
        reason: reason.to_owned(),
    }
}

/// The prefix with one slash before it and none after it; nothing for an empty one.
pub(super) fn normal_prefix(prefix: &str) -> String {
    match prefix.trim_matches('/') {
        "" => String::new(),
        prefix => format!("/{prefix}"),
    }
}

/// What stands before the first `?`.
pub(super) fn cut_query(target: &str) -> &str {
    target.split('?').next().unwrap_or_default()
}

/// The path as it was before a proxy or browser normalised it, without its leading slash.
///
/// In the options `%3A` becomes `:`; in a plain source a scheme that lost slashes (`http:/x`, `local:/x`)
/// gets them back. Signatures are made of the repaired form.
pub(super) fn repair(path: &str) -> Cow<'_, str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let (options, plain) = split_plain(path);
    let colons = options.contains("%3A");
    let scheme = plain.and_then(collapsed_scheme);
    if !colons && scheme.is_none() {
        return Cow::Borrowed(path.strip_prefix('/').unwrap_or(path));
    }
    let mut repaired = options.replace("%3A", ":");
    if let Some(plain) = plain {
        // `split_plain` leaves the slash before `plain/` out of the options.
        repaired.push_str(if options.is_empty() {
            "plain/"
        } else {
            "/plain/"
        });
        push_plain(&mut repaired, plain, scheme);
    }
    if repaired.starts_with('/') {
        repaired.remove(0);
    }
    Cow::Owned(repaired)
}

/// The options and the plain source, if there is one. A path that begins with `plain/` has no options.
fn split_plain(path: &str) -> (&str, Option<&str>) {
    if let Some(plain) = path.strip_prefix("plain/") {
        return ("", Some(plain));
    }
    match path.split_once("/plain/") {
        Some((options, plain)) => (options, Some(plain)),
        None => (path, None),
    }
}

/// Where the last `:/` is that is followed by something else than a slash, has something before it, and no
/// white space there.
///
/// The last one, not the first: a URL inside a URL is repaired too, and signatures depend on it.
fn collapsed_scheme(plain: &str) -> Option<usize> {
    let limit = plain
        .find([' ', '\t', '\n', '\r', '\x0c'])
        .unwrap_or(plain.len());
    plain.rmatch_indices(":/").map(|(at, _)| at).find(|&at| {
        let after = plain.as_bytes().get(at + 2);
        at > 0 && at <= limit && after.is_some_and(|&byte| byte != b'/')
    })
}

fn push_plain(repaired: &mut String, plain: &str, scheme: Option<usize>) {
    let Some(at) = scheme else {
        repaired.push_str(plain);
        return;
    };
    let (scheme, rest) = plain.split_at(at);
    repaired.push_str(scheme);
    repaired.push_str(if scheme == "local" { ":///" } else { "://" });
    repaired.push_str(&rest[2..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_splits_at_the_slash_after_the_signature() {
        for (target, prefix, expected) in [
            ("/sig/w:1/abc", "", Some(("sig", "w:1/abc"))),
            ("/sig/w:1/abc?x=/y", "", Some(("sig", "w:1/abc"))),
            ("/img/sig/abc", "/img", Some(("sig", "abc"))),
            ("/img/v1/sig/abc", "/img/v1", Some(("sig", "abc"))),
            ("/sig//abc", "", Some(("sig", "abc"))),
            ("/sig///abc", "", Some(("sig", "abc"))),
            ("/image/sig/abc", "/img", None),
            ("/imgs/sig/abc", "/img", None),
            ("/img", "/img", None),
            ("sig/abc", "", None),
            ("//abc/def", "", None),
            ("/sig", "", None),
            ("/sig/", "", None),
            ("/sig//", "", None),
            ("/sig/?abc", "", None),
            ("/", "", None),
            ("", "", None),
            ("?", "", None),
        ] {
            let split = Target::split(target, prefix).ok();
            let split = split.as_ref().map(|split| (split.signature, &*split.path));
            assert_eq!(split, expected, "{target} under {prefix:?}");
        }
    }

    #[test]
    fn a_target_has_a_longest_length() {
        let target = format!("/sig/{}", "a".repeat(MAX_TARGET_BYTES - 5));
        assert!(Target::split(&target, "").is_ok());
        assert!(Target::split(&format!("{target}a"), "").is_err());
    }

    #[test]
    fn a_prefix_has_one_slash_before_it_and_none_after() {
        for (prefix, normal) in [("", ""), ("/", ""), ("img", "/img"), ("/a/b/", "/a/b")] {
            assert_eq!(normal_prefix(prefix), normal);
        }
    }

    #[test]
    fn repairs_undo_what_proxies_do() {
        for (path, repaired) in [
            ("w%3A100/plain/http://a/b", "w:100/plain/http://a/b"),
            ("rs%3Afit%3A1/abc%3A", "rs:fit:1/abc:"),
            ("w%3a100/abc", "w%3a100/abc"),
            ("w:1/plain/http%3A//a/b", "w:1/plain/http%3A//a/b"),
            ("plain/http%3A//a", "plain/http%3A//a"),
            ("w:1/plain/http:/a/b", "w:1/plain/http://a/b"),
            ("plain/https:/a/b", "plain/https://a/b"),
            ("plain/local:/a/b", "plain/local:///a/b"),
            ("plain/local:///a/b", "plain/local:///a/b"),
            ("plain/local://a/b", "plain/local://a/b"),
            ("/plain/http:/a", "plain/http://a"),
            ("//plain/http:/a", "plain/http://a"),
            ("//w%3A1/abc", "w:1/abc"),
            (
                "plain/https://archive/1/http:/a/b",
                "plain/https://archive/1/http://a/b",
            ),
            ("plain/http:/a/http:/b", "plain/http:/a/http://b"),
            ("plain/http:/a/http://b", "plain/http://a/http://b"),
            ("plain/http:/", "plain/http:/"),
            ("plain/:/a", "plain/:/a"),
            ("plain/a b:/c", "plain/a b:/c"),
            ("plain/a:/b c:/d", "plain/a://b c:/d"),
            ("plain/a:/ b", "plain/a:// b"),
            ("w:1/plain/x/plain/http:/a", "w:1/plain/x/plain/http://a"),
            ("", ""),
            ("/", ""),
        ] {
            assert_eq!(repair(path), repaired, "{path}");
        }
    }

    #[test]
    fn a_path_that_needs_no_repair_is_not_copied() {
        let path = "rs:fit:100:100/plain/http://a/b.jpg";
        assert!(matches!(repair(path), Cow::Borrowed(_)));
    }
}
