//! The source part of a path, which follows the options: a URL in plain text, in base64, or encrypted.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, percent_encode};

use super::encryption::SourceKey;
use super::{Error, base64url};

/// How source parts are read.
#[derive(Debug)]
pub(super) struct SourceRules {
    /// The key of encrypted sources; without it they are refused.
    pub(super) key: Option<SourceKey>,
    /// Whether the last segment of a base64 or encrypted source is a file name that means nothing.
    pub(super) trailing_name: TrailingName,
}

/// Whether a base64 or encrypted source is followed by a segment that means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TrailingName {
    /// The last of two or more segments is one.
    Ignored,
    /// Every segment belongs to the source.
    Absent,
}

/// A source part, decoded.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SourcePart<'p> {
    /// The URL as it was written into the part.
    pub(super) url: String,
    /// The extension that names the output format; not empty.
    pub(super) extension: Option<Cow<'p, str>>,
}

impl<'p> SourcePart<'p> {
    /// Decodes what follows the options of a repaired path.
    pub(super) fn decode(part: &'p str, rules: &SourceRules) -> Result<Self, Error> {
        if let Some(plain) = part.strip_prefix("plain/") {
            return decode_plain(plain);
        }
        if let Some(encrypted) = part.strip_prefix("enc/") {
            let key = rules
                .key
                .as_ref()
                .ok_or_else(|| bad_source(part, "is encrypted, and no key is set"))?;
            let (bytes, extension) = decode_chunks(encrypted, rules.trailing_name)?;
            let url = key
                .decrypt(&bytes)
                .ok_or_else(|| bad_source(part, "does not decrypt"))?;
            return finish(part, url.into(), extension);
        }
        let (bytes, extension) = decode_chunks(part, rules.trailing_name)?;
        finish(part, bytes.into(), extension)
    }
}

fn decode_plain(part: &str) -> Result<SourcePart<'_>, Error> {
    let (url, extension) = split_extension(part, '@')?;
    let url = percent_decode(url).ok_or_else(|| bad_source(part, "has a broken percent escape"))?;
    finish(part, url, extension.map(Cow::Borrowed))
}

/// The bytes and the extension of `CHUNK/CHUNK/….EXT`, base64 cut by slashes anywhere.
fn decode_chunks(
    part: &str,
    trailing_name: TrailingName,
) -> Result<(Vec<u8>, Option<Cow<'_, str>>), Error> {
    let chunks = match (trailing_name, part.rsplit_once('/')) {
        (TrailingName::Ignored, Some((chunks, _name))) => chunks,
        _ => part,
    };
    if !chunks.contains('/') {
        let (text, extension) = split_extension(chunks, '.')?;
        return Ok((decode_base64(text, part)?, extension.map(Cow::Borrowed)));
    }
    let joined = chunks.replace('/', "");
    let (text, extension) = split_extension(&joined, '.')?;
    let extension = extension.map(|name| Cow::Owned(name.to_owned()));
    Ok((decode_base64(text, part)?, extension))
}

fn decode_base64(text: &str, part: &str) -> Result<Vec<u8>, Error> {
    base64url::decode(text).ok_or_else(|| bad_source(part, "is not URL-safe base64"))
}

/// Splits `URL<mark>EXT`; an empty extension is none.
fn split_extension(text: &str, mark: char) -> Result<(&str, Option<&str>), Error> {
    let (url, extension) = text.split_once(mark).unwrap_or((text, ""));
    if url.is_empty() {
        return Err(bad_source(text, "is empty"));
    }
    if extension.contains(mark) {
        return Err(bad_source(text, "has more than one extension"));
    }
    Ok((url, Some(extension).filter(|name| !name.is_empty())))
}

fn finish<'p>(
    part: &str,
    url: Cow<'_, [u8]>,
    extension: Option<Cow<'p, str>>,
) -> Result<SourcePart<'p>, Error> {
    let url = text(url).ok_or_else(|| bad_source(part, "is not UTF-8"))?;
    Ok(SourcePart { url, extension })
}

/// The URL as text. Bytes that are not UTF-8 are escaped in URLs of HTTP, which carry them that way;
/// anywhere else they are refused.
fn text(url: Cow<'_, [u8]>) -> Option<String> {
    match String::from_utf8(url.into_owned()) {
        Ok(text) => Some(text),
        Err(error) => {
            let bytes = error.as_bytes();
            bytes
                .starts_with(b"http")
                .then(|| percent_encode(bytes, &AsciiSet::EMPTY).to_string())
        }
    }
}

/// Decodes percent escapes once; `+` stays. `None` where a `%` is not followed by two hexadecimal digits.
fn percent_decode(text: &str) -> Option<Cow<'_, [u8]>> {
    let Some((before, _)) = text.split_once('%') else {
        return Some(Cow::Borrowed(text.as_bytes()));
    };
    let mut decoded = Vec::with_capacity(text.len());
    decoded.extend_from_slice(before.as_bytes());
    let mut rest = &text.as_bytes()[before.len()..];
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            decoded.push(*first);
            continue;
        }
        let ([high, low], after) = rest.split_first_chunk::<2>()?;
        decoded.push(hex_digit(*high)? << 4 | hex_digit(*low)?);
        rest = after;
    }
    Some(Cow::Owned(decoded))
}

fn hex_digit(byte: u8) -> Option<u8> {
    u8::try_from(char::from(byte).to_digit(16)?).ok()
}

fn bad_source(part: &str, reason: &str) -> Error {
    Error::malformed("source", part, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::encryption::tests::encrypt;

    const PLAIN_RULES: SourceRules = SourceRules {
        key: None,
        trailing_name: TrailingName::Absent,
    };

    fn decode(part: &str, rules: &SourceRules) -> Option<(String, Option<String>)> {
        let part = SourcePart::decode(part, rules).ok()?;
        Some((part.url, part.extension.map(Cow::into_owned)))
    }

    /// A source part, and the URL and extension that it decodes to.
    type Row<'a> = (&'a str, Option<(&'a str, Option<&'a str>)>);

    fn check(rows: &[Row<'_>], rules: &SourceRules) {
        for (part, expected) in rows {
            let decoded = decode(part, rules);
            let decoded = decoded
                .as_ref()
                .map(|(url, extension)| (url.as_str(), extension.as_deref()));
            assert_eq!(decoded, *expected, "{part}");
        }
    }

    #[test]
    fn plain_sources_are_unescaped_once() {
        check(
            &[
                ("plain/http://a/b.jpg", Some(("http://a/b.jpg", None))),
                (
                    "plain/http://a/b.jpg@png",
                    Some(("http://a/b.jpg", Some("png"))),
                ),
                ("plain/http://a/b.jpg@", Some(("http://a/b.jpg", None))),
                ("plain/http:%2F%2Fa%2Fb%3Fx", Some(("http://a/b?x", None))),
                ("plain/http://a/%2520%25", Some(("http://a/%20%", None))),
                ("plain/http://a/b+c", Some(("http://a/b+c", None))),
                (
                    "plain/http://u%40a/b%40c@png",
                    Some(("http://u@a/b@c", Some("png"))),
                ),
                ("plain/http://a/%e4%BD%A0", Some(("http://a/你", None))),
                ("plain/http://a/%E9.jpg", Some(("http://a/%E9.jpg", None))),
                ("plain/local:///%E9.jpg", None),
                ("plain/", None),
                ("plain/@png", None),
                ("plain/http://a/b@png@webp", None),
                ("plain/http://a/%", None),
                ("plain/http://a/%2", None),
                ("plain/http://a/%zz", None),
                ("plain/http://a/%+1", None),
                ("plain/http://a/%é", None),
            ],
            &PLAIN_RULES,
        );
    }

    #[test]
    fn base64_sources_may_be_cut_anywhere() {
        let url = "http://example.com/images/curiosity.jpg";
        check(
            &[
                (
                    "aHR0cDovL2V4YW1w/bGUuY29tL2ltYWdl/cy9jdXJpb3NpdHku/anBn.png",
                    Some((url, Some("png"))),
                ),
                (
                    "aHR0cDovL2V4YW1wbGUuY29tL2ltYWdlcy9jdXJpb3NpdHkuanBn",
                    Some((url, None)),
                ),
                ("aHR0cDovL2E/vYg==", Some(("http://a/b", None))),
                ("aHR0cDovL2E/vYg==.png", Some(("http://a/b", Some("png")))),
                ("aHR0cDovL2EvYg.", Some(("http://a/b", None))),
                ("aHR0cDovL2EvYg.p/ng", Some(("http://a/b", Some("png")))),
                ("/aHR0cDovL2EvYg/", Some(("http://a/b", None))),
                ("aHR0cDovL2EvYh", Some(("http://a/b", None))),
                ("", None),
                ("/", None),
                (".png", None),
                ("aHR0cDovL2EvYg.png.jpg", None),
                ("aHR0cDovL2EvYg/name.png/x.jpg", None),
                ("aHR0cDovL2EvYg+", None),
                ("aHR0cDovL2EvY", None),
                ("aHR0cDovL2EvYg é", None),
                ("plain", None),
                ("_w", None),
            ],
            &PLAIN_RULES,
        );
    }

    #[test]
    fn a_trailing_name_means_nothing_where_it_is_expected() {
        let rules = SourceRules {
            key: None,
            trailing_name: TrailingName::Ignored,
        };
        check(
            &[
                (
                    "aHR0cDovL2EvYg.png/puppy.jpg",
                    Some(("http://a/b", Some("png"))),
                ),
                ("aHR0cDov/L2EvYg/puppy", Some(("http://a/b", None))),
                ("aHR0cDovL2EvYg", Some(("http://a/b", None))),
                (
                    "plain/http://a/b/puppy.jpg",
                    Some(("http://a/b/puppy.jpg", None)),
                ),
                ("/puppy.jpg", None),
            ],
            &rules,
        );
    }

    #[test]
    fn encrypted_sources_need_the_key() {
        let data = encrypt(&[9; 32], [1; 16], b"http://a/b");
        let text = base64url::encode(&data);
        let (start, end) = text.split_at(20);
        let rules = SourceRules {
            key: SourceKey::try_new(vec![9; 32]),
            trailing_name: TrailingName::Absent,
        };
        for part in [format!("enc/{text}"), format!("enc/{start}/{end}")] {
            let expected = Some(("http://a/b".to_owned(), None));
            assert_eq!(decode(&part, &rules), expected, "{part}");
            assert_eq!(decode(&part, &PLAIN_RULES), None);
        }
        let expected = Some(("http://a/b".to_owned(), Some("webp".to_owned())));
        assert_eq!(decode(&format!("enc/{text}.webp"), &rules), expected);
        for part in ["enc/", "enc/AAAA", &format!("enc/{start}"), "enc/!"] {
            assert_eq!(decode(part, &rules), None, "{part}");
        }
    }
}
