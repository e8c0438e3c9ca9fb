//! The URL of an object in a store: `s3://BUCKET/KEY?VERSION`.

use super::source_url::Scheme;

/// Longest name of a bucket; no store takes longer ones.
const MAX_BUCKET_BYTES: usize = 255;

/// What a store is asked for. Nothing in it is escaped: `%`, `?` and `#` in a key are themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object<'u> {
    /// The bucket, or container: letters, digits, `.`, `-`, `_` and `$`, 1 to 255 of them.
    pub bucket: &'u str,
    /// The key: not empty, without control characters, otherwise as it was written.
    pub key: &'u str,
    /// The version or generation; `None` is the newest.
    pub version: Option<&'u str>,
}

/// An object's URL in normal form: the scheme in small letters, and no query that says nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ObjectUrl {
    text: String,
    scheme: Scheme,
    /// Where the bucket ends.
    slash: usize,
    /// Where the key ends, and where the version begins.
    query: Option<(usize, usize)>,
}

impl ObjectUrl {
    /// Reads `after`, which is a URL from the colon behind its scheme on. The key ends at the first
    /// `separator`; an empty one ends no key.
    pub(super) fn parse(
        scheme: Scheme,
        after: &str,
        separator: &str,
    ) -> Result<Self, &'static str> {
        let rest = after
            .strip_prefix("://")
            .ok_or("has no `//` after its scheme")?;
        let (bucket, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (key, version) = split_version(path, separator);
        if !is_bucket(bucket) {
            return Err("names no bucket");
        }
        if key.is_empty() {
            return Err("names no object");
        }
        if path.chars().any(char::is_control) {
            return Err("holds a control character");
        }
        let mut text = format!("{}://{bucket}", scheme.name());
        let slash = text.len();
        text.push('/');
        text.push_str(key);
        let query = version.map(|version| {
            let end = text.len();
            text.push_str(separator);
            let begin = text.len();
            text.push_str(version);
            (end, begin)
        });
        Ok(Self {
            text,
            scheme,
            slash,
            query,
        })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) const fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub(super) fn object(&self) -> Object<'_> {
        let bucket = self.scheme.name().len() + "://".len();
        let (key_end, version) = match self.query {
            Some((end, begin)) => (end, Some(&self.text[begin..])),
            None => (self.text.len(), None),
        };
        Object {
            bucket: &self.text[bucket..self.slash],
            key: &self.text[self.slash + 1..key_end],
            version,
        }
    }
}

/// The key and the version, where one is named.
fn split_version<'p>(path: &'p str, separator: &str) -> (&'p str, Option<&'p str>) {
    if separator.is_empty() {
        return (path, None);
    }
    match path.split_once(separator) {
        Some((key, version)) => (key, Some(version).filter(|version| !version.is_empty())),
        None => (path, None),
    }
}

fn is_bucket(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_$".contains(&byte);
    (1..=MAX_BUCKET_BYTES).contains(&name.len())
        && name.bytes().all(fits)
        && !matches!(name, "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(after: &str, separator: &str) -> Option<(String, String, Option<String>, String)> {
        let url = ObjectUrl::parse(Scheme::S3, after, separator).ok()?;
        let Object {
            bucket,
            key,
            version,
        } = url.object();
        Some((
            bucket.to_owned(),
            key.to_owned(),
            version.map(str::to_owned),
            url.as_str().to_owned(),
        ))
    }

    #[test]
    fn keys_are_literal_and_end_at_the_separator() {
        for (after, separator, expected) in [
            ("://b/k.jpg", "?", ("b", "k.jpg", None, "s3://b/k.jpg")),
            ("://b/k?v1", "?", ("b", "k", Some("v1"), "s3://b/k?v1")),
            ("://b/k?v?1", "?", ("b", "k", Some("v?1"), "s3://b/k?v?1")),
            ("://b/k?", "?", ("b", "k", None, "s3://b/k")),
            ("://b/k?v", "", ("b", "k?v", None, "s3://b/k?v")),
            (
                "://b/k?x!!v",
                "!!",
                ("b", "k?x", Some("v"), "s3://b/k?x!!v"),
            ),
            (
                "://b//a/../%2F#é ",
                "?",
                ("b", "/a/../%2F#é ", None, "s3://b//a/../%2F#é "),
            ),
            (
                "://B.u-c_k$t/k",
                "?",
                ("B.u-c_k$t", "k", None, "s3://B.u-c_k$t/k"),
            ),
        ] {
            let (bucket, key, version, text) = expected;
            let expected = (
                bucket.to_owned(),
                key.to_owned(),
                version.map(str::to_owned),
                text.to_owned(),
            );
            assert_eq!(object(after, separator), Some(expected), "{after}");
        }
    }

    #[test]
    fn what_names_no_object_is_refused() {
        for after in [
            ":b/k",
            ":/b/k",
            "://b",
            "://b/",
            "://b/?v",
            ":///k",
            "://",
            "://b c/k",
            "://u@b/k",
            "://b:9/k",
            "://é/k",
            "://../k",
            "://./k",
            "://b%2F/k",
            "://b/k\n",
            "://b/k?v\0",
        ] {
            assert_eq!(object(after, "?"), None, "{after:?}");
        }
        let long = format!("://{}/k", "b".repeat(256));
        assert_eq!(object(&long, "?"), None);
    }
}
