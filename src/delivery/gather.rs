//! What a flight works on: the source, and the watermark where the URL names one.

use bytes::Bytes;

use super::admission::admit_source;
use super::ask::{Ask, Origin};
use super::still::Still;
use super::{Delivery, Error};
use crate::cache::{Digest, Floor, Key, Sequence};
use crate::identify::{self, Facts};
use crate::request::SourceUrl;
use crate::source::{self, Fetched, Image, Lifetime, Passed, Terms, TransferPermit, Validators};

/// What the source came to.
pub(super) enum Gathered {
    /// What was held still holds.
    Unchanged(Standing),
    /// Bytes to work on.
    Changed(Box<Ingredients>),
}

/// Everything that an ask is made of, in hand.
pub(super) struct Ingredients {
    pub(super) source: Ingredient,
    /// The watermark that the URL names.
    pub(super) mark: Option<Ingredient>,
    pub(super) standing: Standing,
}

/// What the origin of a source says of the bytes that it serves now.
#[derive(Default)]
pub(super) struct Standing {
    /// Of the source alone; none where a watermark has a say too, for one of the two cannot stand for both.
    pub(super) validators: Validators,
    pub(super) lifetime: Lifetime,
    /// The last purge that was known before the bytes were fetched or confirmed.
    pub(super) sequence: Sequence,
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

/// When a flight began, by purges.
#[derive(Clone, Copy)]
pub(super) struct Era {
    /// The last purge that is known.
    pub(super) sequence: Sequence,
    /// The last ones that concern what is asked for.
    pub(super) floor: Floor,
}

impl Era {
    /// The last purge, of whatever force, that concerns what is asked for.
    pub(super) fn floor(self) -> Sequence {
        self.floor.hard.max(self.floor.soft)
    }

    fn standing(self) -> Standing {
        Standing {
            sequence: self.sequence,
            ..Standing::default()
        }
    }
}

/// What is fetched for whom.
#[derive(Clone, Copy)]
struct Wish<'a> {
    ask: &'a Ask,
    era: Era,
    held: Option<&'a Validators>,
}

impl<'a> Wish<'a> {
    fn terms(self, passed: &'a Passed) -> Terms<'a> {
        Terms {
            held: self.held,
            passed,
            sequence: self.era.sequence.0,
            floor: self.era.floor().0,
        }
    }

    fn failure_key(self) -> (Key, Sequence) {
        (self.ask.source_key, self.era.floor())
    }
}

impl Standing {
    fn of(image: &Image) -> Self {
        Self {
            validators: image.validators.clone(),
            lifetime: image.lifetime,
            sequence: Sequence(image.sequence),
        }
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
    /// The thumbnail within it, where there is one, in its place.
    pub(super) fn reduced(self) -> Self {
        match identify::thumbnail(&self.bytes) {
            Some((bytes, facts)) => Self {
                bytes: bytes.into(),
                facts,
                ..self
            },
            None => self,
        }
    }

    /// The bytes for one more who holds them, with their share of the budget in them.
    pub(super) fn shared(&self) -> Bytes {
        match &self.permit {
            Some(permit) => Bytes::from_owner(Counted {
                bytes: self.bytes.clone(),
                _permit: permit.clone(),
            }),
            None => self.bytes.clone(),
        }
    }

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
    pub(super) async fn gather(
        &self,
        ask: &Ask,
        era: Era,
        conditionally: bool,
    ) -> Result<Gathered, Error> {
        let held = self.conditions(ask, era, conditionally).await;
        let wish = Wish {
            ask,
            era,
            held: held.as_ref(),
        };
        let (source, standing) = match &ask.origin {
            Origin::Still(still) => (still.as_ref().into(), era.standing()),
            Origin::Source => match self.fetch_source(wish).await? {
                Fetched::NotModified(validators, lifetime) => {
                    return Ok(Gathered::Unchanged(Standing {
                        validators,
                        lifetime,
                        ..era.standing()
                    }));
                }
                Fetched::Image(image) => {
                    let standing = Standing::of(&image);
                    (image.into(), standing)
                }
            },
        };
        let mut all = Ingredients {
            source,
            mark: None,
            standing,
        };
        if let Some(mark) = ask.mark() {
            self.add_mark(wish, mark, &mut all).await?;
        }
        Ok(Gathered::Changed(Box::new(all)))
    }

    /// What to ask with. Without any validators the source is still asked about, and not taken from what is kept of
    /// it.
    async fn conditions(&self, ask: &Ask, era: Era, conditionally: bool) -> Option<Validators> {
        match (conditionally, ask.mark()) {
            (false, _) => ask.answer().bypass_cache.then(Validators::default),
            (true, None) => Some(self.validators(ask, era).await.unwrap_or_default()),
            (true, Some(_)) => Some(Validators::default()),
        }
    }

    /// Those of the source's record, unless it is of before a hard purge.
    async fn validators(&self, ask: &Ask, era: Era) -> Option<Validators> {
        let record = self.parts.cache.record(&ask.source_key).await?;
        (record.sequence >= era.floor.hard).then(|| Validators {
            etag: record.etag.clone(),
            last_modified: record.last_modified.clone(),
        })
    }

    async fn fetch_source(&self, wish: Wish<'_>) -> Result<Fetched, Error> {
        let ask = wish.ask;
        let terms = wish.terms(&ask.passed);
        let fetched = self.parts.fetcher.fetch(ask.named_source(), &terms).await;
        let fetched = fetched.map_err(|error| self.failed(wish, error, Error::Source))?;
        if let Fetched::Image(image) = &fetched {
            admit_source(ask.answer(), &image.bytes)?;
        }
        Ok(fetched)
    }

    /// What a client sends goes to the source that it named, and not to the watermark's.
    async fn add_mark(
        &self,
        wish: Wish<'_>,
        mark: &SourceUrl,
        all: &mut Ingredients,
    ) -> Result<(), Error> {
        let none = Passed::none();
        let passed = match wish.ask.source() == Some(mark) {
            true => &wish.ask.passed,
            false => &none,
        };
        let fetched = self.parts.fetcher.fetch(mark, &wish.terms(passed)).await;
        let image = match fetched.map_err(|error| self.failed(wish, error, Error::Watermark))? {
            Fetched::Image(image) => image,
            Fetched::NotModified(..) => {
                return Err(Error::Internal("304 to a fetch without validators"));
            }
        };
        let standing = Standing::of(&image);
        all.standing = Standing {
            validators: Validators::default(),
            lifetime: all.standing.lifetime.and(standing.lifetime),
            sequence: all.standing.sequence.min(standing.sequence),
        };
        all.mark = Some(image.into());
        Ok(())
    }

    /// Keeps a failure for a moment, so that it is not repeated for everybody who asks.
    fn failed(
        &self,
        wish: Wish<'_>,
        error: source::Error,
        of: fn(source::Error) -> Error,
    ) -> Error {
        let (keep, pause) = (error.is_keepable(), error.retry_after());
        let error = of(error);
        if keep {
            let duration = self.config.error_ttl.max(pause.unwrap_or_default());
            self.failed_fetches
                .keep(wish.failure_key(), error.clone(), duration);
        }
        error
    }
}
