//! The face of the module: source URL in, image out.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::connect::{Connector, Parts};
use super::deadline::Deadline;
use super::gate::Gate;
use super::guard::Guard;
use super::http::{Http, Shared};
use super::intake::{Bounds, Received};
use super::local::Local;
use super::stream::{FORWARDED_HEADERS, Streamed, only};
use super::tls::Trust;
use super::{
    AddressClass, AllowedSources, Config, Error, Fault, Resolve, TransferBudget, TransferPermit,
    Validators,
};
use crate::clock::Clock;
use crate::identify::Facts;
use crate::request::{Scheme, SourceUrl};

/// Fetches sources within the limits of its [`Config`].
pub struct Fetcher {
    allowed: Arc<ArcSwap<AllowedSources>>,
    bounds: Bounds,
    download_timeout: Duration,
    http: Http,
    local: Option<Local>,
}

/// What a fetch came to.
#[derive(Debug)]
pub enum Fetched {
    /// The whole source, which is an image.
    Image(Image),
    /// The origin says that the version which is held still stands; its validators now.
    NotModified(Validators),
}

/// A source that was fetched whole and identified.
#[derive(Debug)]
pub struct Image {
    /// The bytes as the origin sent them.
    pub bytes: Bytes,
    /// What their header declares.
    pub facts: Facts,
    /// What tells this version from the next.
    pub validators: Validators,
    /// BLAKE3 of the bytes.
    pub digest: [u8; 32],
    /// Counts the bytes in the budget of transfers until it is dropped.
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
        let trust = if config.ignore_tls_verification {
            Trust::Anything
        } else {
            Trust::system()
        };
        Self::with_trust(config, clock, (resolver, trust))
    }

    pub(super) fn with_trust(
        config: Config,
        clock: Clock,
        (resolver, trust): (Arc<dyn Resolve>, Trust),
    ) -> Result<Self, Vec<Fault>> {
        let mut faults = config.faults();
        let gate = Arc::new(Gate::new(&config));
        let allowed = Arc::new(ArcSwap::from_pointee(allowed_sources(&config, &mut faults)));
        let connector = Connector::new(Parts {
            guard: guard(&config),
            resolver,
            tls: trust.client_config(),
            limit: config.connect_timeout,
        });
        let shared = Shared {
            allowed: Arc::clone(&allowed),
            gate: Arc::clone(&gate),
            clock,
        };
        let http = Http::try_new(&config, connector, shared)
            .map_err(|error| faults.push(Fault::new("user_agent", error.to_string())))
            .ok();
        let local = Local::try_new(&config, gate)
            .map_err(|fault| faults.push(fault))
            .ok();
        match (http, local, faults.is_empty()) {
            (Some(http), Some(local), true) => Ok(Self {
                allowed,
                bounds: bounds(&config),
                download_timeout: config.download_timeout,
                http,
                local,
            }),
            _ => Err(faults),
        }
    }

    /// Whether the text of `source` permits it to be fetched. Nothing is looked up or dialled.
    ///
    /// # Errors
    ///
    /// [`Error::NotAllowed`], or [`Error::SchemeDisabled`] for a local file without a root.
    pub fn permits(&self, source: &SourceUrl) -> Result<(), Error> {
        if !self.allowed.load().permits(source) {
            let host = source.url().and_then(url::Url::host_str);
            return Err(Error::NotAllowed {
                host: host.unwrap_or(super::local::LOCAL_HOST).to_owned(),
            });
        }
        match source.scheme() {
            Scheme::Local => self.local().map(|_| ()),
            Scheme::Http | Scheme::Https => Ok(()),
            scheme @ (Scheme::S3 | Scheme::Gcs | Scheme::Azure) => Err(Error::SchemeDisabled {
                scheme: scheme.name(),
            }),
        }
    }

    /// Replaces the patterns of URLs that may be fetched, from the next look-up and the next redirect on.
    pub fn allow(&self, allowed: AllowedSources) {
        self.allowed.store(Arc::new(allowed));
    }

    /// The budget that the bytes of sources are counted in.
    pub fn budget(&self) -> &TransferBudget {
        &self.bounds.budget
    }

    /// Fetches `source`, or learns that the version with the validators `held` still stands.
    ///
    /// The download ends as soon as its bytes are no image or declare more pixels than are allowed. Dropping the
    /// future ends it too, and closes the connection.
    ///
    /// # Errors
    ///
    /// Every variant of [`Error`].
    pub async fn fetch(
        &self,
        source: &SourceUrl,
        held: Option<&Validators>,
    ) -> Result<Fetched, Error> {
        self.permits(source)?;
        let held = held.filter(|held| !held.is_empty());
        match source.local_path() {
            Some(path) => self.fetch_local(path, held).await,
            None => self.fetch_http(source, held).await,
        }
    }

    /// Passes `source` through as it is: status, some headers, and the body as it comes, which need not be an image.
    ///
    /// Of the headers `asked` those in [`FORWARDED_HEADERS`] are sent on.
    ///
    /// # Errors
    ///
    /// Every variant of [`Error`] but [`Error::Status`] and those about images: an answer of the origin, whatever
    /// its status, is what is passed through.
    pub async fn stream(&self, source: &SourceUrl, asked: &HeaderMap) -> Result<Streamed, Error> {
        self.permits(source)?;
        let asked = only(asked, &FORWARDED_HEADERS);
        let mut deadline = Deadline::after(self.download_timeout);
        if let Some(path) = source.local_path() {
            let opened = self.local()?.open(path, &mut deadline).await?;
            return Streamed::from_file(opened, &asked, (&self.bounds, &deadline));
        }
        let answer = self.http.ask(source, &asked, &mut deadline).await?;
        Streamed::from_http(answer, &self.bounds, &deadline)
    }

    async fn fetch_http(
        &self,
        source: &SourceUrl,
        held: Option<&Validators>,
    ) -> Result<Fetched, Error> {
        let mut deadline = Deadline::after(self.download_timeout);
        let conditions = held
            .map(Validators::conditional_headers)
            .unwrap_or_default();
        let answer = self.http.ask(source, &conditions, &mut deadline).await?;
        let validators = answer.validators();
        if let (Some(held), StatusCode::NOT_MODIFIED) = (held, answer.response.status()) {
            return Ok(Fetched::NotModified(validators.or(held)));
        }
        self.http.check_status(&answer)?;
        let received = answer.receive(&self.bounds, &mut deadline).await?;
        Ok(image(received, validators))
    }

    async fn fetch_local(&self, path: &str, held: Option<&Validators>) -> Result<Fetched, Error> {
        let mut deadline = Deadline::after(self.download_timeout);
        let opened = self.local()?.open(path, &mut deadline).await?;
        let validators = opened.validators.clone();
        if held.is_some_and(|held| opened.is_version(held)) {
            return Ok(Fetched::NotModified(validators));
        }
        let received = opened.receive(&self.bounds, &mut deadline).await?;
        Ok(image(received, validators))
    }

    fn local(&self) -> Result<&Local, Error> {
        self.local
            .as_ref()
            .ok_or(Error::SchemeDisabled { scheme: "local" })
    }
}

fn image(received: Received, validators: Validators) -> Fetched {
    Fetched::Image(Image {
        bytes: received.bytes,
        facts: received.facts,
        validators,
        digest: received.digest,
        permit: received.permit,
    })
}

fn allowed_sources(config: &Config, faults: &mut Vec<Fault>) -> AllowedSources {
    AllowedSources::parse(&config.allowed_sources).unwrap_or_else(|problems| {
        let found = problems
            .into_iter()
            .map(|problem| Fault::new("allowed_sources", problem));
        faults.extend(found);
        AllowedSources::default()
    })
}

fn guard(config: &Config) -> Guard {
    let switches = [
        (config.allow_loopback, AddressClass::Loopback),
        (config.allow_link_local, AddressClass::LinkLocal),
        (config.allow_private, AddressClass::Private),
    ];
    Guard {
        allowed: switches
            .into_iter()
            .filter_map(|(is_on, class)| is_on.then_some(class))
            .collect(),
        own_listeners: config.own_listeners.clone(),
    }
}

fn bounds(config: &Config) -> Bounds {
    Bounds {
        max_bytes: config.max_bytes,
        max_pixels: config.max_pixels,
        budget: TransferBudget::new(config.transfer_bytes),
        longest_wait: config.download_timeout,
    }
}
