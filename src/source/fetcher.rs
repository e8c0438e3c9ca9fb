//! The face of the module: source URL in, image out.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use http::HeaderMap;

use super::cache::{KeptSource, Key, SourceCache};
use super::flights::{Flights, Question};
use super::origins::Origins;
use super::stream::Streamed;
use super::tls::Trust;
use super::{
    AllowedSources, Config, Error, Fault, Lifetime, Passed, Resolve, TransferBudget,
    TransferPermit, Validators,
};
use crate::clock::Clock;
use crate::identify::Facts;
use crate::request::SourceUrl;

/// Fetches sources within the limits of its [`Config`].
///
/// Fetches of one source at one time are one download, and a source that was had a moment ago is not downloaded
/// for its next size.
pub struct Fetcher {
    origins: Arc<Origins>,
    cache: Arc<SourceCache>,
    flights: Flights,
}

/// What a fetch came to.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one is made for a fetch, and soon taken apart"
)]
pub enum Fetched {
    /// The whole source, which is an image.
    Image(Image),
    /// The origin says that the version which is held still stands; its validators and its lifetime now.
    NotModified(Validators, Lifetime),
}

/// What a fetch may use and what it is to bring.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The version that is held: the origin is asked whether it still stands, whatever is kept. Where that version
    /// came without validators, they are there and empty.
    pub held: Option<&'a Validators>,
    /// What of the client's request passes on.
    pub passed: &'a Passed,
    /// Number of the last purge that is known; what is downloaded from now on bears it.
    pub sequence: u64,
    /// Number of the last purge that concerns the source: nothing that bears a lower one is used.
    pub floor: u64,
}

impl<'a> Terms<'a> {
    /// Whatever is kept will do, and nothing was ever purged.
    pub const fn passing(passed: &'a Passed) -> Self {
        Self {
            held: None,
            passed,
            sequence: 0,
            floor: 0,
        }
    }
}

/// A source that was fetched whole and identified.
#[derive(Clone, Debug)]
pub struct Image {
    /// The bytes as the origin sent them, a content coding undone.
    pub bytes: Bytes,
    /// What their header declares.
    pub facts: Facts,
    /// What tells this version from the next.
    pub validators: Validators,
    /// BLAKE3 of the bytes.
    pub digest: [u8; 32],
    /// How much longer the origin lets them be used.
    pub lifetime: Lifetime,
    /// Number of the last purge that was known before they were fetched.
    pub sequence: u64,
    /// Those headers of the origin's response that settings name.
    pub kept_headers: HeaderMap,
    /// Counts the bytes, in the budget of transfers or in that of kept sources, until the last clone is dropped.
    pub permit: TransferPermit,
}

impl Fetcher {
    /// A fetcher with the settings of `config`, which looks names up with `resolver`.
    ///
    /// # Errors
    ///
    /// Every fault of the settings at once.
    pub fn try_new(
        config: Config,
        clock: Clock,
        resolver: Arc<dyn Resolve>,
    ) -> Result<Self, Vec<Fault>> {
        let trust = Trust::of(&config);
        Self::with_trust(config, clock, (resolver, trust))
    }

    pub(super) fn with_trust(
        config: Config,
        clock: Clock,
        means: (Arc<dyn Resolve>, Trust),
    ) -> Result<Self, Vec<Fault>> {
        let (bytes, ttl) = (config.source_cache_bytes, config.source_cache_ttl);
        Ok(Self {
            origins: Arc::new(Origins::try_new(&config, clock.clone(), means)?),
            cache: Arc::new(SourceCache::new(bytes, ttl, clock)),
            flights: Flights::default(),
        })
    }

    /// Whether the text of `source` permits it to be fetched. Nothing is looked up or dialled.
    ///
    /// # Errors
    ///
    /// [`Error::NotAllowed`], [`Error::SchemeDisabled`] for a local file without a root or an object without a
    /// store, [`Error::NoObject`] for a bucket that no store serves.
    pub fn permits(&self, source: &SourceUrl) -> Result<(), Error> {
        self.origins.permits(source)
    }

    /// Replaces the patterns of URLs that may be fetched, from the next look-up and the next redirect on.
    pub fn allow(&self, allowed: AllowedSources) {
        self.origins.allowed.store(Arc::new(allowed));
    }

    /// What of a client's request with the headers `asked` passes to `source`, by the settings.
    ///
    /// Whatever is made with it belongs to that client: its [`Passed::digest`] is part of every key.
    pub fn passed(&self, source: &SourceUrl, asked: &HeaderMap) -> Passed {
        self.origins.passing.passed(source, asked)
    }

    /// The budget that the bytes of sources on their way are counted in.
    pub fn budget(&self) -> &TransferBudget {
        &self.origins.bounds.budget
    }

    /// Bytes of the sources that are kept for their next size.
    pub fn kept_bytes(&self) -> u64 {
        self.cache.used_bytes()
    }

    /// Drops what is kept of `source`, and has nobody join a download of it that has begun; answers how many versions
    /// were kept.
    pub fn forget(&self, source: &SourceUrl) -> usize {
        let key = Key::new(source, None);
        let kept = self.cache.forget(&key);
        self.flights.forget(&key);
        kept
    }

    /// What is kept of `source` for everybody, however old; nobody is asked.
    pub fn kept(&self, source: &SourceUrl) -> Option<Image> {
        let found = self.cache.find(&Key::new(source, None));
        found.map(|(image, _)| image)
    }

    /// What is kept of `source` for who passes `passed` to it, and whether it is being downloaded. It leaves no trace.
    pub fn sight(&self, source: &SourceUrl, passed: &Passed) -> (Option<KeptSource>, bool) {
        let key = Key::new(source, passed.digest());
        (self.cache.sight(&key), self.flights.is_open(&key))
    }

    /// Fetches `source` on `terms`, or learns that the version that is held still stands.
    ///
    /// Who holds none gets a source that is kept and fresh, and one that is not fresh is asked for with its
    /// validators.
    ///
    /// The download ends as soon as its bytes are no image or declare more pixels than are allowed. Dropping the
    /// future ends it too, unless somebody else waits for it, and closes the connection.
    ///
    /// # Errors
    ///
    /// Every variant of [`Error`].
    pub async fn fetch(&self, source: &SourceUrl, terms: &Terms<'_>) -> Result<Fetched, Error> {
        self.permits(source)?;
        let held = terms.held.cloned();
        let key = Key::new(source, terms.passed.digest());
        let kept = self
            .cache
            .find(&key)
            .filter(|(image, _)| image.sequence >= terms.floor);
        if let (None, Some((image, true))) = (&held, &kept) {
            return Ok(Fetched::Image(image.clone()));
        }
        let question = Question {
            key,
            held: held.clone(),
            floor: terms.floor,
        };
        let download = Download {
            origins: Arc::clone(&self.origins),
            cache: Arc::clone(&self.cache),
            source: source.clone(),
            passed: terms.passed.clone(),
            sequence: terms.sequence,
            key,
            held,
            kept: kept.map(|(image, _)| image),
        };
        let start = || download.run().boxed();
        self.flights.join(question, start).await
    }

    /// Passes `source` through as it is: status, some headers, and the body as it comes, which need not be an image.
    ///
    /// Of the headers `asked` those in [`FORWARDED_HEADERS`](super::FORWARDED_HEADERS) are sent on, and what
    /// `passed` holds. Nothing is kept or shared.
    ///
    /// # Errors
    ///
    /// Every variant of [`Error`] but those about images: an answer of a host, whatever its status, is what is
    /// passed through. Of an object store an answer without the object is [`Error::Status`].
    pub async fn stream(
        &self,
        source: &SourceUrl,
        asked: &HeaderMap,
        passed: &Passed,
    ) -> Result<Streamed, Error> {
        self.permits(source)?;
        self.origins.stream(source, asked, passed).await
    }
}

/// One download, whoever waits for it.
struct Download {
    origins: Arc<Origins>,
    cache: Arc<SourceCache>,
    source: SourceUrl,
    passed: Passed,
    sequence: u64,
    key: Key,
    held: Option<Validators>,
    kept: Option<Image>,
}

impl Download {
    async fn run(self) -> Result<Fetched, Error> {
        let era = self.cache.era();
        let fetched = self
            .origins
            .download(&self.source, self.conditions(), &self.passed)
            .await?;
        Ok(match fetched {
            Fetched::Image(image) => {
                let image = Image {
                    sequence: self.sequence,
                    ..image
                };
                Fetched::Image(self.cache.keep(self.key, image, era))
            }
            Fetched::NotModified(validators, lifetime) => self.not_modified(validators, lifetime),
        })
    }

    /// The version that the origin is asked about: the caller's, else the one that is kept.
    fn conditions(&self) -> Option<&Validators> {
        let kept = self.kept.as_ref().map(|image| &image.validators);
        let known = self.held.as_ref().or(kept);
        known.filter(|validators| !validators.is_empty())
    }

    fn not_modified(self, validators: Validators, lifetime: Lifetime) -> Fetched {
        let is_held = self.held.is_some();
        let kept = self.kept.filter(|image| {
            let held = self.held.as_ref();
            held.is_none_or(|held| *held == image.validators)
        });
        let Some(image) = kept else {
            return Fetched::NotModified(validators, lifetime);
        };
        let image = Image {
            validators,
            lifetime,
            // The origin confirmed these bytes after whatever was purged before.
            sequence: self.sequence.max(image.sequence),
            ..image
        };
        self.cache.renew(&self.key, &image);
        if is_held {
            return Fetched::NotModified(image.validators, lifetime);
        }
        Fetched::Image(image)
    }
}
