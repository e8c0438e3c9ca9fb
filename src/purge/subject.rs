//! What an order comes to: the group that is purged, and the names of it elsewhere.

use super::{Error, Order, Target};
use crate::cache::{Extent, Purge, Scope};
use crate::delivery::scopes::{self, MAX_SEGMENTS};
use crate::request::{Named, Parser, SourceUrl};

/// What is purged, in normal form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// Every variant of the URL of this group.
    Url(Scope),
    Source(SourceUrl),
    Tag(String),
    /// The beginning of sources as they are dialled, with a slash at its end.
    Prefix(String),
    All,
}

impl Subject {
    /// What `target` stands for where `parser` reads URLs.
    pub(super) fn of(target: &Target, parser: &Parser) -> Result<Self, Error> {
        match target {
            Target::Url(path) => {
                let named = parser.parse_unsigned(path).map_err(refused("url"))?;
                Ok(Self::Url(match &named {
                    Named::Image(request) => scopes::url(request),
                    Named::Info(request) => scopes::info_url(request),
                }))
            }
            Target::Source(text) => {
                let source = parser.source(text).map_err(refused("source"))?;
                Ok(Self::Source(source))
            }
            Target::Tag(tag) => Ok(Self::Tag(tag.clone())),
            Target::Prefix(text) => prefix(text, parser).map(Self::Prefix),
            Target::All => Ok(Self::All),
        }
    }

    fn extent(&self) -> Extent {
        match self {
            Self::Url(scope) => Extent::Of(*scope),
            Self::Source(source) => Extent::Of(scopes::source(source)),
            Self::Tag(tag) => Extent::Of(scopes::tag(tag)),
            Self::Prefix(prefix) => Extent::Of(scopes::prefix(prefix)),
            Self::All => Extent::All,
        }
    }

    /// The purge of it that `order` asks for.
    pub(super) fn purge(&self, order: &Order) -> Purge {
        Purge {
            extent: self.extent(),
            force: order.force,
        }
    }
}

/// The prefix as the sources under it are dialled. Whatever follows it in such a source, it is one of that source's
/// prefixes, or it would purge nothing.
///
/// # Errors
///
/// [`Error::Refused`] with the reason.
pub fn prefix(text: &str, parser: &Parser) -> Result<String, Error> {
    let refuse = |reason: &str| Err(Error::Refused("prefix", reason.to_owned()));
    if !text.ends_with('/') {
        return refuse("does not end with a slash");
    }
    let below = format!("{text}x");
    let source = parser.source(&below).map_err(refused("prefix"))?;
    match source.as_str().strip_suffix('x') {
        Some(prefix) if scopes::prefixes(source.as_str()).any(|known| known == prefix) => {
            Ok(prefix.to_owned())
        }
        Some(prefix) if prefix.matches('/').count() > MAX_SEGMENTS => {
            refuse(&format!("has more than {MAX_SEGMENTS} segments"))
        }
        _ => refuse("is not the beginning of the path of a source"),
    }
}

fn refused(member: &'static str) -> impl FnOnce(crate::request::Error) -> Error {
    move |error| Error::Refused(member, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Config, FULL_SIZE, KeyPair};

    fn parser() -> Parser {
        let pair = KeyPair {
            key: b"secret".to_vec(),
            salt: b"hello".to_vec(),
        };
        let config = Config {
            keys: vec![pair],
            signature_size: FULL_SIZE,
            path_prefix: "/img".into(),
            url_replacements: vec!["shop:=https://shop.example/".into()],
            presets: vec!["small=w:100".into()],
            ..Config::default()
        };
        Parser::try_new(config).unwrap()
    }

    fn subject(target: Target) -> Result<Subject, String> {
        Subject::of(&target, &parser()).map_err(|error| error.to_string())
    }

    fn url(path: &str) -> Result<Subject, String> {
        subject(Target::Url(path.into()))
    }

    #[test]
    fn a_url_is_known_whatever_its_signature_and_however_it_is_spelled() {
        let one = url("/img/whatever/w:100/plain/https://shop.example/a.jpg").unwrap();
        for same in [
            "/img/other/w:100/plain/https://shop.example/a.jpg",
            "/img/x/width:100/plain/https%3A%2F%2Fshop.example/a.jpg",
            "/img/x/w:100/plain/shop:a.jpg",
            "/img/x/w:100/aHR0cHM6Ly9zaG9wLmV4YW1wbGUvYS5qcGc",
        ] {
            assert_eq!(url(same).unwrap(), one, "{same}");
        }
        for other in [
            "/img/x/w:101/plain/https://shop.example/a.jpg",
            "/img/x/w:100/plain/https://shop.example/b.jpg",
            "/img/info/x/plain/https://shop.example/a.jpg",
        ] {
            assert_ne!(url(other).unwrap(), one, "{other}");
        }
        assert!(url("/x/w:100/plain/https://shop.example/a.jpg").is_err());
        assert!(url("/img/x/wide:100/plain/https://shop.example/a.jpg").is_err());
    }

    #[test]
    fn sources_and_prefixes_are_taken_as_they_are_dialled() {
        let source = subject(Target::Source("shop:b/../a b.jpg".into())).unwrap();
        let Subject::Source(source) = source else {
            panic!("{source:?}");
        };
        assert_eq!(source.as_str(), "https://shop.example/a%20b.jpg");
        let deep = format!("https://a.example/{}", "b/".repeat(MAX_SEGMENTS));
        let rows = [
            ("shop:b/../c d/", Ok("https://shop.example/c%20d/")),
            ("HTTPS://Shop.Example:443/", Ok("https://shop.example/")),
            ("local:///a//b/", Ok("local:///a/b/")),
            ("local:///", Ok("local:///")),
            ("s3://bucket/", Ok("s3://bucket/")),
            ("https://shop.example/c", Err("does not end with a slash")),
            ("https://shop.example/?a/", Err("is not the beginning")),
            ("https://shop.example/#a/", Err("is not the beginning")),
            ("https:/", Err("is not the beginning")),
            ("ftp://a/", Err("no sources of scheme")),
            (&deep, Err("more than 64 segments")),
        ];
        for (text, expected) in rows {
            match (subject(Target::Prefix(text.into())), expected) {
                (Ok(prefix), Ok(expected)) => assert_eq!(prefix, Subject::Prefix(expected.into())),
                (Err(refused), Err(reason)) => assert!(refused.contains(reason), "{refused}"),
                (got, _) => panic!("{text}: {got:?}"),
            }
        }
    }
}
