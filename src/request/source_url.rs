//! The URL of a source, parsed and written anew, so that what is matched, keyed and dialled is one text.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::percent_decode_str;
use url::Url;

use super::Error;
use super::object_url::{Object, ObjectUrl};

/// What ends the key of an object and the path of a local file, where no setting says otherwise.
pub(super) const QUERY_SEPARATOR: &str = "?";

const LOCAL: &str = "local://";

/// Where a source comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// A host, in clear text.
    Http,
    /// A host, over TLS.
    Https,
    /// A file below the configured root.
    Local,
    /// An object of Amazon S3, or of a store that speaks its protocol.
    S3,
    /// An object of Google Cloud Storage.
    Gcs,
    /// A blob of Azure Blob Storage.
    Azure,
}

impl Scheme {
    const ALL: [Self; 6] = [
        Self::Http,
        Self::Https,
        Self::Local,
        Self::S3,
        Self::Gcs,
        Self::Azure,
    ];

    /// The name as URLs spell it: `http`, `https`, `local`, `s3`, `gs`, `abs`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Local => "local",
            Self::S3 => "s3",
            Self::Gcs => "gs",
            Self::Azure => "abs",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|scheme| scheme.name().eq_ignore_ascii_case(name))
    }
}

/// The URL of a source in its normal form.
///
/// Invariants: the scheme is one of [`Scheme`]; with `http` and `https` there is a host, no user, no password
/// and no fragment, and an IPv4 address is in dotted decimal whatever it was written as; with `local` the path
/// is absolute, without empty, `.` and `..` segments and control characters, and names something; with `s3`,
/// `gs` and `abs` there are a bucket and a key, which is kept as it was written.
///
/// ```
/// use inkfish::request::SourceUrl;
///
/// let url = SourceUrl::parse("HTTP://0x7f.1/a/../b c.jpg#top").unwrap();
/// assert_eq!(url.as_str(), "http://127.0.0.1/b%20c.jpg");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceUrl(Kind);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Remote(Url),
    /// The whole text, `local:///…`.
    Local(String),
    Object(ObjectUrl),
}

impl SourceUrl {
    /// Parses and normalises a URL; a query of a local file or an object follows a `?`.
    ///
    /// # Errors
    ///
    /// [`Error::Unreachable`] for a scheme that is not known here, [`Error::Malformed`] for everything else.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::parse_with(text, QUERY_SEPARATOR)
    }

    /// The same where a query of a local file or an object follows `separator`; an empty one means none does.
    ///
    /// # Errors
    ///
    /// As [`SourceUrl::parse`].
    pub fn parse_with(text: &str, separator: &str) -> Result<Self, Error> {
        let name = text.split_once(':').map_or("", |(name, _)| name);
        let after = &text[name.len()..];
        let scheme = Scheme::from_name(name).ok_or_else(|| Error::unreachable(name))?;
        let refused = |reason| Error::malformed("source URL", text, reason);
        let kind = match scheme {
            Scheme::Http | Scheme::Https => Kind::Remote(parse_remote(text)?),
            Scheme::Local => Kind::Local(parse_local(after, separator).map_err(refused)?),
            Scheme::S3 | Scheme::Gcs | Scheme::Azure => {
                Kind::Object(ObjectUrl::parse(scheme, after, separator).map_err(refused)?)
            }
        };
        Ok(Self(kind))
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        match &self.0 {
            Kind::Local(_) => Scheme::Local,
            Kind::Object(url) => url.scheme(),
            Kind::Remote(url) if url.scheme() == "https" => Scheme::Https,
            Kind::Remote(_) => Scheme::Http,
        }
    }

    /// The normal form: the text that is matched, keyed and dialled.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Kind::Remote(url) => url.as_str(),
            Kind::Local(text) => text,
            Kind::Object(url) => url.as_str(),
        }
    }

    /// The URL of a source that a host serves; `None` for local files and objects.
    pub fn url(&self) -> Option<&Url> {
        match &self.0 {
            Kind::Remote(url) => Some(url),
            Kind::Local(_) | Kind::Object(_) => None,
        }
    }

    /// What a store is asked for; `None` for anything that is in none.
    pub fn object(&self) -> Option<Object<'_>> {
        match &self.0 {
            Kind::Object(url) => Some(url.object()),
            Kind::Remote(_) | Kind::Local(_) => None,
        }
    }

    /// The path of a local file below the root, without a leading slash; nothing in it is escaped.
    pub fn local_path(&self) -> Option<&str> {
        match &self.0 {
            Kind::Remote(_) | Kind::Object(_) => None,
            Kind::Local(text) => text.strip_prefix(LOCAL)?.strip_prefix('/'),
        }
    }

    /// The last segment of the path without its extension, unescaped where that gives plain text; `image`
    /// where nothing is left. It may hold quotes and backslashes, but no slashes and no control characters.
    pub fn file_stem(&self) -> Cow<'_, str> {
        let path = match &self.0 {
            Kind::Remote(url) => url.path(),
            Kind::Local(text) => text,
            Kind::Object(url) => url.object().key,
        };
        let name = path.rsplit('/').next().unwrap_or_default();
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        match stem {
            "" => Cow::Borrowed("image"),
            stem if self.url().is_none() => Cow::Borrowed(stem),
            stem => unescape(stem),
        }
    }
}

impl fmt::Display for SourceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for SourceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceUrl({})", self.as_str())
    }
}

fn parse_remote(text: &str) -> Result<Url, Error> {
    let mut url = Url::parse(text)
        .map_err(|error| Error::malformed("source URL", text, &error.to_string()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::malformed("source URL", text, "names a user"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(Error::malformed("source URL", text, "names no host"));
    }
    url.set_fragment(None);
    Ok(url)
}

/// `after` is a URL from the colon on. A query, which object stores would read as a version, is dropped.
fn parse_local(after: &str, separator: &str) -> Result<String, &'static str> {
    let path = after
        .strip_prefix("://")
        .ok_or("has no `//` after its scheme")?;
    let path = match separator {
        "" => path,
        separator => path.split(separator).next().unwrap_or_default(),
    };
    if path.chars().any(char::is_control) {
        return Err("holds a control character");
    }
    let mut normal = String::with_capacity(LOCAL.len() + 1 + path.len());
    normal.push_str(LOCAL);
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => return Err("holds `..`"),
            segment => {
                normal.push('/');
                normal.push_str(segment);
            }
        }
    }
    if normal == LOCAL {
        return Err("names no file");
    }
    Ok(normal)
}

fn unescape(stem: &str) -> Cow<'_, str> {
    let safe = |text: &str| {
        !text
            .chars()
            .any(|c| c.is_control() || matches!(c, '/' | '\\'))
    };
    match percent_decode_str(stem).decode_utf8() {
        Ok(text) if safe(&text) => text,
        _ => Cow::Borrowed(stem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> Option<String> {
        Some(SourceUrl::parse(text).ok()?.as_str().to_owned())
    }

    #[test]
    fn urls_of_hosts_are_written_anew() {
        for (text, expected) in [
            ("http://a/b.jpg", Some("http://a/b.jpg")),
            ("HTTPS://ExAmple.COM:443/b", Some("https://example.com/b")),
            ("http://a:8080", Some("http://a:8080/")),
            ("http://a/b?x=1&y#frag", Some("http://a/b?x=1&y")),
            ("http://a/./b/../c", Some("http://a/c")),
            ("http://a/%2e%2E/c", Some("http://a/c")),
            ("http://a/b c", Some("http://a/b%20c")),
            ("http://a/b%20c", Some("http://a/b%20c")),
            ("http://a/é", Some("http://a/%C3%A9")),
            ("http://a/%00", Some("http://a/%00")),
            ("http://a\\b", Some("http://a/b")),
            ("http://2130706433/", Some("http://127.0.0.1/")),
            ("http://0x7f.1/", Some("http://127.0.0.1/")),
            ("http://0177.0.0.1/", Some("http://127.0.0.1/")),
            ("http://[::FFFF:7f00:1]/", Some("http://[::ffff:7f00:1]/")),
            ("http://%6c%6f/", Some("http://lo/")),
            ("http://@a/", Some("http://a/")),
            ("http://u@a/", None),
            ("http://u:p@a/", None),
            ("http://:p@a/", None),
            ("http://", None),
            ("http://?", None),
            ("http://a b/", None),
            ("http://a:99999/", None),
            ("http://[::1", None),
            ("http://256.1.1.1/", None),
        ] {
            assert_eq!(normal(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn local_paths_cannot_climb() {
        for (text, expected) in [
            ("local:///a/b.jpg", Some("local:///a/b.jpg")),
            ("LOCAL:///a", Some("local:///a")),
            ("local://a/b", Some("local:///a/b")),
            ("local:////a//./b/", Some("local:///a/b")),
            ("local:///a%2F..%2Fb?v=1", Some("local:///a%2F..%2Fb")),
            ("local:///a#b c", Some("local:///a#b c")),
            ("local:///...", Some("local:///...")),
            ("local:///a/../b", None),
            ("local:///..", None),
            ("local://../a", None),
            ("local:///a\0b", None),
            ("local:///a\nb", None),
            ("local:///", None),
            ("local://", None),
            ("local:///?", None),
            ("local:/a", None),
            ("local:a", None),
        ] {
            assert_eq!(normal(text).as_deref(), expected, "{text:?}");
        }
        let url = SourceUrl::parse("local:///a/b.jpg").unwrap();
        assert_eq!(url.local_path(), Some("a/b.jpg"));
        assert_eq!(url.url(), None);
    }

    #[test]
    fn the_query_of_a_file_follows_the_separator() {
        for (separator, expected) in [
            ("?", "local:///a"),
            ("!", "local:///a?b"),
            ("", "local:///a?b!c"),
        ] {
            let url = SourceUrl::parse_with("local:///a?b!c", separator).unwrap();
            assert_eq!(url.as_str(), expected, "{separator:?}");
        }
    }

    #[test]
    fn unknown_schemes_are_unreachable() {
        for text in [
            "ftp://a/b",
            "file:///etc/passwd",
            "s3+x://bucket/key",
            "gcs://bucket/key",
            "data:image/png;base64,AAAA",
            " http://a/",
            "no scheme at all",
            "/a/b.jpg",
            "",
            "://a",
        ] {
            let error = SourceUrl::parse(text).unwrap_err();
            assert!(matches!(error, Error::Unreachable { .. }), "{text}");
        }
    }

    #[test]
    fn schemes_are_told_apart() {
        for (text, scheme) in [
            ("http://a/", Scheme::Http),
            ("https://a/", Scheme::Https),
            ("local:///a", Scheme::Local),
            ("s3://b/k", Scheme::S3),
            ("GS://b/k", Scheme::Gcs),
            ("abs://b/k", Scheme::Azure),
        ] {
            let url = SourceUrl::parse(text).unwrap();
            assert_eq!(url.scheme(), scheme);
            assert!(url.as_str().starts_with(scheme.name()), "{text}");
            assert_eq!(url.object().is_some(), scheme >= Scheme::S3, "{text}");
        }
    }

    #[test]
    fn the_file_stem_is_the_last_segment_without_extension() {
        for (text, stem) in [
            ("http://a/x/cat.jpg", "cat"),
            ("http://a/cat.tar.gz?x=/dog.png", "cat.tar"),
            ("http://a/cat", "cat"),
            ("http://a/big%20cat.jpg", "big cat"),
            ("http://a/%D0%BA.jpg", "к"),
            ("http://a/a%2Fb.jpg", "a%2Fb"),
            ("http://a/a%0Ab.jpg", "a%0Ab"),
            ("http://a/%FF.jpg", "%FF"),
            ("http://a/", "image"),
            ("http://a/.jpg", "image"),
            ("local:///x/my%20cat.jpg", "my%20cat"),
            ("s3://b/x/my%20cat.jpg?v.1/2", "my%20cat"),
            ("gs://b/x/", "image"),
        ] {
            assert_eq!(SourceUrl::parse(text).unwrap().file_stem(), stem, "{text}");
        }
    }

    #[test]
    fn the_normal_form_is_its_own_normal_form() {
        for text in [
            "http://a/b c?d#e",
            "https://É.example/ü",
            "local://a//b",
            "S3://b//a/../c?v?w",
            "abs://b/c#d?",
        ] {
            let once = normal(text).unwrap();
            assert_eq!(normal(&once).as_deref(), Some(once.as_str()));
        }
    }
}
