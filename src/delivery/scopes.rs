//! The groups that an image belongs to, each of which a purge may name.

use super::ask::{Ask, Product};
use crate::cache::{Key, Scope};
use crate::request::{InfoRequest, Request, SourceUrl};

/// Path segments of a source under which prefixes are known; a purge of a longer prefix is refused.
pub const MAX_SEGMENTS: usize = 64;

/// What an answer may be named by in caches in front of us.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// The source of the URL.
    pub source: &'a SourceUrl,
    /// That of its watermark.
    pub mark: Option<&'a SourceUrl>,
    /// All variants of the URL.
    pub url: Scope,
    /// This variant alone.
    pub variant: Key,
    /// The names that the URL gave.
    pub tags: &'a [String],
}

/// Everything that is made of `source`.
pub fn source(source: &SourceUrl) -> Scope {
    Scope::new("source", source.as_str().as_bytes())
}

/// Everything that is made of sources which begin with `prefix`, as they are dialled; it ends with a slash.
pub fn prefix(prefix: &str) -> Scope {
    Scope::new("prefix", prefix.as_bytes())
}

/// Everything whose URL names `tag`.
pub fn tag(tag: &str) -> Scope {
    Scope::new("tag", tag.as_bytes())
}

/// Every variant of what `request` asks for.
pub fn url(request: &Request) -> Scope {
    named("url", &request.source, &request.asked)
}

/// What `request` asks to know.
pub fn info_url(request: &InfoRequest) -> Scope {
    named("info", &request.source, &request.asked)
}

/// The prefixes of `source` that end with a slash, from its host on.
pub fn prefixes(source: &str) -> impl Iterator<Item = &str> {
    let path = source.split('?').next().unwrap_or_default();
    let start = path.find("://").map_or(0, |at| at + 3);
    path[start..]
        .match_indices('/')
        .take(MAX_SEGMENTS)
        .map(move |(at, _)| &path[..=start + at])
}

/// A source may hold every byte that its text allows, and no line break among them.
fn named(kind: &str, source: &SourceUrl, asked: &str) -> Scope {
    Scope::new(kind, format!("{}\n{asked}", source.as_str()).as_bytes())
}

/// A group by the name that an order to purge gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group<'a> {
    /// Every variant of the URL.
    Url,
    /// Everything made of this source.
    Source(&'a str),
    /// Everything made of sources that begin so.
    Prefix(&'a str),
    /// Everything whose URL names this tag.
    Tag(&'a str),
}

impl Ask {
    /// The groups that what is asked for belongs to.
    pub(super) fn scopes(&self) -> Vec<Scope> {
        self.groups().map(|(_, scope)| scope).collect()
    }

    /// The same, each with its name.
    pub(super) fn groups(&self) -> impl Iterator<Item = (Group<'_>, Scope)> {
        let own = match &self.product {
            Product::Image { request, .. } => url(request),
            Product::Info(request) => info_url(request),
        };
        let sources = [Some(self.named_source()), self.mark()];
        let of_sources = sources.into_iter().flatten().flat_map(|named| {
            let text = named.as_str();
            let prefixes = prefixes(text).map(|name| (Group::Prefix(name), prefix(name)));
            std::iter::once((Group::Source(text), source(named))).chain(prefixes)
        });
        let tags = self.answer().cache_tags.iter();
        let tags = tags.map(|name| (Group::Tag(name), tag(name)));
        std::iter::once((Group::Url, own))
            .chain(of_sources)
            .chain(tags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_end_at_the_segments_of_the_path() {
        let rows: [(&str, &[&str]); 4] = [
            (
                "https://a.example/b/c.jpg?x=/y/",
                &["https://a.example/", "https://a.example/b/"],
            ),
            ("local:///b/c.jpg", &["local:///", "local:///b/"]),
            ("s3://bucket/key", &["s3://bucket/"]),
            ("https://a.example", &[]),
        ];
        for (source, expected) in rows {
            assert_eq!(prefixes(source).collect::<Vec<_>>(), expected, "{source}");
        }
        let deep = format!("https://a.example/{}", "b/".repeat(MAX_SEGMENTS + 9));
        assert_eq!(prefixes(&deep).count(), MAX_SEGMENTS);
    }
}
