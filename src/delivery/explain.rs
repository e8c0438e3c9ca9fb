//! How something that may be asked for stands, without asking for it: nothing is fetched, made, moved or counted.

use super::ask::{Ask, Product};
use super::scopes::Group;
use super::{Delivery, Error};
use crate::cache::{Digest, Floor, Kept, Key, Sequence, Sight};
use crate::clock::Timestamp;
use crate::source::KeptSource;
use crate::transform::ask::Variant;

/// How what is asked for stands.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The source.
    pub source: String,
    /// The source of the watermark that the URL names.
    pub watermark: Option<String>,
    /// What is asked, in canonical form.
    pub asked: String,
    /// What the client's headers chose; `None` where nothing is to choose.
    pub variant: Option<Variant>,
    /// Whether it is for one client alone, whose headers pass to the source.
    pub private: bool,
    /// Whether what is made of it is kept.
    pub kept: bool,
    /// The key of the entry.
    pub key: Key,
    /// The key of the source's record.
    pub record_key: Key,
    /// Digest of everything else that decides the bytes.
    pub recipe: Digest,
    /// What the tiers have.
    pub sight: Sight,
    /// The source, where it is kept for its next size.
    pub source_cache: Option<KeptSource>,
    /// Whether the source is being downloaded.
    pub is_downloading: bool,
    /// Whether it is being made.
    pub is_under_way: bool,
    /// A failure that answers in its place.
    pub failure: Option<KeptFailure>,
    /// The last purge that is known.
    pub newest_purge: Sequence,
    /// The last purges that concern it.
    pub floor: Floor,
    /// The same, by what was purged.
    pub purges: Vec<Standing>,
    /// When this was so.
    pub now: Timestamp,
}

/// A failure that is kept for a moment.
#[derive(Clone, Debug)]
pub struct KeptFailure {
    /// What failed: `source` or `work`.
    pub of: &'static str,
    /// How.
    pub error: String,
    /// When it is tried anew.
    pub until: Timestamp,
}

/// The last purges of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The group, as an order would name it.
    pub group: String,
    /// Their numbers.
    pub floor: Floor,
}

impl Delivery {
    /// Explains what is asked for.
    ///
    /// # Errors
    ///
    /// Where a client would be refused whatever is held: an expired URL, a source that is not allowed.
    pub async fn explain(&self, ask: &Ask) -> Result<Explained, Error> {
        self.admit(ask)?;
        let era = self.era(ask);
        let cache = &self.parts.cache;
        let sight = cache.sight(&ask.key, &ask.source_key, &ask.recipe).await;
        let (source_cache, is_downloading) = match ask.source() {
            Some(source) => self.parts.fetcher.sight(source, &ask.passed),
            None => (None, false),
        };
        let (asked, variant) = match &ask.product {
            Product::Image { request, variant } => (&request.asked, Some(*variant)),
            Product::Info(request) => (&request.asked, None),
        };
        Ok(Explained {
            source: ask.named_source().as_str().to_owned(),
            watermark: ask.mark().map(|mark| mark.as_str().to_owned()),
            asked: asked.clone(),
            variant,
            private: !ask.passed.is_none(),
            kept: !ask.answer().bypass_cache && !ask.answer().raw,
            key: ask.key,
            record_key: ask.source_key,
            recipe: ask.recipe,
            sight,
            source_cache,
            is_downloading,
            is_under_way: self.flights.is_under_way(&(ask.flight, era.floor())),
            failure: self.kept_failure(ask, era.floor()),
            newest_purge: era.sequence,
            floor: era.floor,
            purges: self.standing(ask),
            now: self.now(),
        })
    }

    fn kept_failure(&self, ask: &Ask, floor: Sequence) -> Option<KeptFailure> {
        let of_fetch = (ask.source_key, floor);
        let fetch = self.failed_fetches.seek(|key| *key == of_fetch);
        let of = |of, kept: Kept<Error>| KeptFailure {
            of,
            until: kept.until(),
            error: kept.error.to_string(),
        };
        let work = || {
            let is_of_ask = |key: &(Digest, Key, Sequence)| key.1 == ask.flight && key.2 >= floor;
            self.failed_work.seek(is_of_ask)
        };
        match fetch {
            Some(kept) => Some(of("source", kept)),
            None => work().map(|kept| of("work", kept)),
        }
    }

    /// The purges of everything, and of each group that was purged since.
    fn standing(&self, ask: &Ask) -> Vec<Standing> {
        let all = self.parts.cache.floor(&[]);
        let of_all = Standing {
            group: "all".to_owned(),
            floor: all,
        };
        let of_groups = ask.groups().map(|(group, scope)| Standing {
            group: name(group),
            floor: self.parts.cache.floor(&[scope]),
        });
        std::iter::once(of_all)
            .filter(|standing| standing.floor != Floor::default())
            .chain(of_groups.filter(|standing| standing.floor != all))
            .collect()
    }
}

fn name(group: Group<'_>) -> String {
    match group {
        Group::Url => "url".to_owned(),
        Group::Source(source) => format!("source {source}"),
        Group::Prefix(prefix) => format!("prefix {prefix}"),
        Group::Tag(tag) => format!("tag {tag}"),
    }
}
