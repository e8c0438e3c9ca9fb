//! Surrogate keys: the names under which caches in front of us hold answers, and purge them.
//!
//! A key is a letter for its kind and a keyed digest, so that it tells nobody what an encrypted URL hides; tags of
//! URLs alone stand as they are. Answers and purges make their keys here, so that they are the same.

use super::subject::Subject;
use crate::delivery::scopes::Named;
use crate::request::SourceUrl;

/// Most keys of ours on one answer, tags not counted.
pub const MAX_KEYS: usize = 4;
/// Most bytes of all keys of one answer; tags past it are left out.
const MAX_BYTES: usize = 4096;
/// Bytes of the digest that a key shows.
const KEY_BYTES: usize = 8;
/// Sets the digests apart from any other use of the same secret.
const CONTEXT: &str = "inkfish 2026 surrogate keys";

/// A kind of surrogate key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SurrogateKind {
    /// The source, and the watermark's.
    Source,
    /// Every variant of a URL.
    Url,
    /// One variant of a URL.
    Variant,
    /// The host of the source.
    Host,
    /// Every answer.
    All,
}

/// Which keys answers carry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SurrogateConfig {
    /// The kinds of keys.
    pub kinds: Vec<SurrogateKind>,
    /// Prefixes of sources that have a key, as they are dialled.
    pub prefixes: Vec<String>,
}

/// Makes surrogate keys.
#[derive(Clone)]
pub struct Surrogates {
    config: SurrogateConfig,
    secret: [u8; blake3::KEY_LEN],
}

impl SurrogateKind {
    /// The kind as settings name it.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "source" => Self::Source,
            "url" => Self::Url,
            "variant" => Self::Variant,
            "host" => Self::Host,
            "all" => Self::All,
            _ => return None,
        })
    }
}

impl Surrogates {
    /// Makes keys by `secret`, which every node has to share.
    pub fn new(config: SurrogateConfig, secret: &[u8]) -> Self {
        Self {
            config,
            secret: blake3::derive_key(CONTEXT, secret),
        }
    }

    /// The keys of an answer and then its tags, divided by spaces.
    pub fn of_answer(&self, named: &Named<'_>) -> String {
        let mut keys = self.keys(named);
        keys.truncate(MAX_KEYS);
        let mut text = keys.join(" ");
        for tag in named.tags {
            if text.len() + 1 + tag.len() > MAX_BYTES {
                break;
            }
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(tag);
        }
        text
    }

    /// The keys of all answers that `subject` concerns, and maybe of more; none where no key covers it.
    pub(super) fn of_subject(&self, subject: &Subject) -> Vec<String> {
        let keys = match subject {
            Subject::Tag(tag) => vec![tag.clone()],
            Subject::Url(scope) => self.url(scope.number()).into_iter().collect(),
            Subject::Source(source) => match self.source(source) {
                Some(key) => vec![key],
                None => self.beginning(source.as_str()),
            },
            Subject::Prefix(prefix) => self.beginning(prefix),
            Subject::All => Vec::new(),
        };
        if keys.is_empty() {
            self.all().into_iter().collect()
        } else {
            keys
        }
    }

    /// The key of one answer alone, or that of its URL where answers have none of their own.
    pub(super) fn of_variant(&self, named: &Named<'_>) -> Option<String> {
        let own = self.variant(named);
        own.or_else(|| self.url(named.url.number()))
    }

    fn variant(&self, named: &Named<'_>) -> Option<String> {
        self.kind(SurrogateKind::Variant, "v", named.variant.as_bytes())
    }

    fn keys(&self, named: &Named<'_>) -> Vec<String> {
        let source = named.source.as_str();
        [
            self.source(named.source),
            self.prefix(source),
            self.url(named.url.number()),
            self.variant(named),
            self.host(source),
            self.all(),
            named.mark.and_then(|mark| self.source(mark)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn source(&self, source: &SourceUrl) -> Option<String> {
        self.kind(SurrogateKind::Source, "s", source.as_str().as_bytes())
    }

    fn url(&self, number: u64) -> Option<String> {
        self.kind(SurrogateKind::Url, "u", &number.to_be_bytes())
    }

    fn all(&self) -> Option<String> {
        self.kind(SurrogateKind::All, "a", b"")
    }

    fn host(&self, source: &str) -> Option<String> {
        self.kind(SurrogateKind::Host, "h", host(source).as_bytes())
    }

    /// The key of the longest prefix that has one.
    fn prefix(&self, source: &str) -> Option<String> {
        let begins = |prefix: &&String| source.starts_with(prefix.as_str());
        let longest = self
            .config
            .prefixes
            .iter()
            .filter(begins)
            .max_by_key(|prefix| prefix.len())?;
        Some(self.key("p", longest.as_bytes()))
    }

    /// Keys of which every source that begins with `text` has one. An answer has the key of its longest prefix, which
    /// is that of `text` or a longer one.
    fn beginning(&self, text: &str) -> Vec<String> {
        let Some(covering) = self.prefix(text) else {
            return self.host(text).into_iter().collect();
        };
        let below = self.config.prefixes.iter();
        let below = below.filter(|prefix| prefix.starts_with(text) && prefix.len() > text.len());
        let keys = below.map(|prefix| self.key("p", prefix.as_bytes()));
        std::iter::once(covering).chain(keys).collect()
    }

    fn kind(&self, kind: SurrogateKind, letter: &str, name: &[u8]) -> Option<String> {
        self.config
            .kinds
            .contains(&kind)
            .then(|| self.key(letter, name))
    }

    fn key(&self, letter: &str, name: &[u8]) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.secret);
        hasher.update(letter.as_bytes()).update(name);
        let digest = hasher.finalize();
        format!("{letter}-{}", hex::encode(&digest.as_bytes()[..KEY_BYTES]))
    }
}

/// Scheme and host, or what stands for them.
fn host(source: &str) -> &str {
    let start = source.find("://").map_or(0, |at| at + 3);
    let length = source[start..].find(['/', '?']);
    &source[..length.map_or(source.len(), |length| start + length)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::{KeyBuilder, Scope};

    fn surrogates(kinds: &[SurrogateKind], prefixes: &[&str]) -> Surrogates {
        let config = SurrogateConfig {
            kinds: kinds.to_vec(),
            prefixes: prefixes.iter().map(|&prefix| prefix.to_owned()).collect(),
        };
        Surrogates::new(config, b"secret")
    }

    fn source(url: &str) -> SourceUrl {
        SourceUrl::parse(url).unwrap()
    }

    fn answer(surrogates: &Surrogates, url: &str, tags: &[String]) -> Vec<String> {
        let source = source(url);
        let text = surrogates.of_answer(&Named {
            source: &source,
            mark: None,
            url: Scope::new("url", url.as_bytes()),
            variant: KeyBuilder::new("entry").finish(),
            tags,
        });
        text.split(' ').map(str::to_owned).collect()
    }

    /// Whether a purge of `subject` reaches the answer of `url`.
    fn reaches(surrogates: &Surrogates, subject: &Subject, url: &str) -> bool {
        let keys = surrogates.of_subject(subject);
        let held = answer(surrogates, url, &[]);
        keys.iter().any(|key| held.contains(key))
    }

    #[test]
    fn a_purge_has_the_key_of_the_answers_that_it_concerns() {
        use SurrogateKind::{Source, Url, Variant};
        let keys = surrogates(&[Source, Url, Variant], &[]);
        let (one, other) = ("https://a.example/b.jpg", "https://a.example/c.jpg");
        let subjects = [
            Subject::Source(source(one)),
            Subject::Url(Scope::new("url", one.as_bytes())),
        ];
        for subject in subjects {
            assert!(reaches(&keys, &subject, one));
            assert!(!reaches(&keys, &subject, other));
        }
        assert!(keys.of_subject(&Subject::All).is_empty());
        assert!(
            keys.of_subject(&Subject::Prefix("https://a.example/".into()))
                .is_empty()
        );
    }

    #[test]
    fn a_prefix_is_covered_by_the_longest_that_has_a_key_and_those_below_it() {
        let prefixes = ["https://a.example/", "https://a.example/b/c/"];
        let keys = surrogates(&[], &prefixes);
        let prefix = |text: &str| Subject::Prefix(text.into());
        let rows = [
            ("https://a.example/", "https://a.example/x.jpg", true),
            ("https://a.example/", "https://a.example/b/c/x.jpg", true),
            ("https://a.example/b/", "https://a.example/b/c/x.jpg", true),
            (
                "https://a.example/b/c/d/",
                "https://a.example/b/c/d/x.jpg",
                true,
            ),
            ("https://a.example/b/c/", "https://a.example/b/x.jpg", false),
            ("https://b.example/", "https://b.example/x.jpg", false),
        ];
        for (purged, held, expected) in rows {
            assert_eq!(
                reaches(&keys, &prefix(purged), held),
                expected,
                "{purged} {held}"
            );
        }
    }

    #[test]
    fn what_has_no_narrower_key_is_covered_by_that_of_its_host_or_of_all() {
        let hosts = surrogates(&[SurrogateKind::Host], &[]);
        let prefix = Subject::Prefix("https://a.example/b/".into());
        assert!(reaches(&hosts, &prefix, "https://a.example/c.jpg"));
        assert!(!reaches(&hosts, &prefix, "https://b.example/c.jpg"));
        let all = surrogates(&[SurrogateKind::All], &[]);
        for subject in [
            prefix,
            Subject::All,
            Subject::Source(source("https://a.example/b")),
        ] {
            assert!(reaches(&all, &subject, "https://c.example/c.jpg"));
        }
    }

    #[test]
    fn tags_follow_as_they_are_up_to_4_kib() {
        let keys = surrogates(&[], &[]);
        let tags: Vec<String> = (0..100).map(|at| format!("{at:064}")).collect();
        let held = answer(&keys, "https://a.example/", &tags);
        assert_eq!(held, tags[..63]);
        assert_eq!(keys.of_subject(&Subject::Tag("shop".into())), ["shop"]);
    }

    #[test]
    fn keys_tell_nothing_and_differ_by_secret() {
        let one = surrogates(&[SurrogateKind::Source], &[]);
        let config = SurrogateConfig {
            kinds: vec![SurrogateKind::Source],
            prefixes: Vec::new(),
        };
        let other = Surrogates::new(config, b"another");
        let url = "https://a.example/b.jpg";
        let key = answer(&one, url, &[]).remove(0);
        assert_eq!(key.len(), 18);
        assert!(key.starts_with("s-"));
        assert_ne!(answer(&other, url, &[]), [key]);
    }
}
