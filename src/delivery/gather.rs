//! What a flight works on: the source, and the watermark where the URL names one.

use bytes::Bytes;

use super::admission::admit_source;
use super::ask::{Ask, Origin};
use super::still::Still;
use super::{Delivery, Error};
use crate::cache::Digest;
use crate::identify::Facts;
use crate::request::SourceUrl;
use crate::source::{self, Fetched, Image, Passed, TransferPermit, Validators};

/// What the source came to.
pub(super) enum Gathered {
    /// What was held still holds.
    Unchanged(Validators),
    /// Bytes to work on.
    Changed(Box<Ingredients>),
}

/// Everything that an ask is made of, in hand.
pub(super) struct Ingredients {
    pub(super) source: Ingredient,
    /// The watermark that the URL names.
    pub(super) mark: Option<Ingredient>,
    /// Of the source alone; none where a watermark has a say too, for one of the two cannot stand for both.
    pub(super) validators: Validators,
}

/// The bytes of an image, and their share of the budget.
pub(super) struct Ingredient {
    pub(super) bytes: Bytes,
    pub(super) facts: Facts,
    digest: Digest,
    permit: Option<TransferPermit>,
}

/// Source bytes that stay counted for as long as anybody holds them: a job that runs, too.
struct Counted {
    bytes: Bytes,
    _permit: TransferPermit,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Image> for Ingredient {
    fn from(image: Image) -> Self {
        Self {
            bytes: image.bytes,
            facts: image.facts,
            digest: image.digest,
            permit: Some(image.permit),
        }
    }
}

impl From<&Still> for Ingredient {
    fn from(still: &Still) -> Self {
        Self {
            bytes: still.bytes.clone(),
            facts: still.facts.clone(),
            digest: still.digest,
            permit: None,
        }
    }
}

impl Ingredient {
    /// The bytes, with their share of the budget in them.
    pub(super) fn counted(self) -> Bytes {
        match self.permit {
            Some(permit) => Bytes::from_owner(Counted {
                bytes: self.bytes,
                _permit: permit,
            }),
            None => self.bytes,
        }
    }
}

impl Ingredients {
    /// The digest of all bytes that the result is made of.
    pub(super) fn digest(&self) -> Digest {
        match &self.mark {
            None => self.source.digest,
            Some(mark) => *blake3::hash(&[self.source.digest, mark.digest].concat()).as_bytes(),
        }
    }
}

impl Delivery {
    /// The source, or the image of our own in its place, and the watermark where the URL names one.
    /// `conditionally` where something is held that a 304 would renew.
    pub(super) async fn gather(&self, ask: &Ask, conditionally: bool) -> Result<Gathered, Error> {
        let held = self.conditions(ask, conditionally).await;
        let (source, validators) = match &ask.origin {
            Origin::Still(still) => (still.as_ref().into(), Validators::default()),
            Origin::Source => match self.fetch_source(ask, held.as_ref()).await? {
                Fetched::NotModified(validators) => return Ok(Gathered::Unchanged(validators)),
                Fetched::Image(image) => {
                    let validators = image.validators.clone();
                    (image.into(), validators)
                }
            },
        };
        let ingredients = match ask.mark() {
            None => Ingredients {
                source,
                mark: None,
                validators,
            },
            Some(mark) => Ingredients {
                source,
                mark: Some(self.fetch_mark(ask, mark, held.as_ref()).await?),
                validators: Validators::default(),
            },
        };
        Ok(Gathered::Changed(Box::new(ingredients)))
    }

    /// What to ask with. Without any validators the source is still asked about, and not taken from what is kept of
    /// it.
    async fn conditions(&self, ask: &Ask, conditionally: bool) -> Option<Validators> {
        match (conditionally, ask.mark()) {
            (false, _) => ask.answer().bypass_cache.then(Validators::default),
            (true, None) => Some(self.validators(ask).await.unwrap_or_default()),
            (true, Some(_)) => Some(Validators::default()),
        }
    }

    async fn validators(&self, ask: &Ask) -> Option<Validators> {
        let record = self.parts.cache.record(&ask.source_key).await?;
        Some(Validators {
            etag: record.etag.clone(),
            last_modified: record.last_modified.clone(),
        })
    }

    async fn fetch_source(&self, ask: &Ask, held: Option<&Validators>) -> Result<Fetched, Error> {
        let source = ask.named_source();
        let fetched = self.parts.fetcher.fetch(source, held, &ask.passed).await;
        let fetched = fetched.map_err(|error| self.failed(ask, error, Error::Source))?;
        if let Fetched::Image(image) = &fetched {
            admit_source(ask.answer(), &image.bytes)?;
        }
        Ok(fetched)
    }

    /// What a client sends goes to the source that it named, and not to the watermark's.
    async fn fetch_mark(
        &self,
        ask: &Ask,
        mark: &SourceUrl,
        held: Option<&Validators>,
    ) -> Result<Ingredient, Error> {
        let none = Passed::none();
        let passed = match ask.source() == Some(mark) {
            true => &ask.passed,
            false => &none,
        };
        let fetched = self.parts.fetcher.fetch(mark, held, passed).await;
        match fetched.map_err(|error| self.failed(ask, error, Error::Watermark))? {
            Fetched::Image(image) => Ok(image.into()),
            Fetched::NotModified(_) => Err(Error::Internal("304 to a fetch without validators")),
        }
    }

    /// Keeps a failure for a moment, so that it is not repeated for everybody who asks.
    fn failed(&self, ask: &Ask, error: source::Error, of: fn(source::Error) -> Error) -> Error {
        let (keep, pause) = (error.is_keepable(), error.retry_after());
        let error = of(error);
        if keep {
            let duration = self.config.error_ttl.max(pause.unwrap_or_default());
            self.failed_fetches
                .keep(ask.source_key, error.clone(), duration);
        }
        error
    }
}
