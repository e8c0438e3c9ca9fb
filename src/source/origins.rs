//! Where sources are had from, by scheme: hosts, stores, files.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use http::{HeaderMap, StatusCode};
use rustls::ClientConfig;

use super::answer::Answer;
use super::client::Client;
use super::connect::{Connector, Parts};
use super::deadline::Deadline;
use super::gate::Gate;
use super::guard::Guard;
use super::http::{Extra, Http, fixed_headers};
use super::intake::{Bounds, Received};
use super::local::{LOCAL_HOST, Local};
use super::passed::Passing;
use super::stores::Stores;
use super::stream::{FORWARDED_HEADERS, Streamed, only};
use super::tls::Trust;
use super::{
    AddressClass, AllowedSources, Config, Error, Fault, Fetched, Image, Lifetime, Passed, Resolve,
    TransferBudget, Validators,
};
use crate::clock::Clock;
use crate::request::{Scheme, SourceUrl};

/// Every kind of origin, and what they share.
pub(super) struct Origins {
    pub(super) allowed: Arc<ArcSwap<AllowedSources>>,
    pub(super) bounds: Bounds,
    pub(super) passing: Passing,
    clock: Clock,
    download_timeout: Duration,
    http: Http,
    local: Option<Local>,
    stores: Stores,
}

impl Origins {
    /// The origins that `config` permits.
    ///
    /// # Errors
    ///
    /// Every fault of the settings at once.
    pub(super) fn try_new(
        config: &Config,
        clock: Clock,
        (resolver, trust): (Arc<dyn Resolve>, Trust),
    ) -> Result<Self, Vec<Fault>> {
        let tls = trust.client_config();
        let mut faults = config.faults();
        let gate = Arc::new(Gate::new(config));
        let allowed = Arc::new(ArcSwap::from_pointee(allowed_sources(config, &mut faults)));
        let passing = Passing::parse(&config.passthrough, &mut faults);
        let headers = fixed_headers(&config.user_agent).unwrap_or_else(|error| {
            faults.push(Fault::new("user_agent", error.to_string()));
            HeaderMap::new()
        });
        let means = || (Arc::clone(&resolver), Arc::clone(&tls));
        let of_hosts = (client(config, guard(config), means()), Arc::clone(&gate));
        let of_stores = (client_of_stores(config, means()), Arc::clone(&gate));
        let stores = Stores::new(config, of_stores, headers.clone(), &mut faults);
        let local = Local::try_new(config, gate).unwrap_or_else(|fault| {
            faults.push(fault);
            None
        });
        if !faults.is_empty() {
            return Err(faults);
        }
        let written = (headers, passing.custom.clone());
        Ok(Self {
            http: Http::new(config, of_hosts, Arc::clone(&allowed), written),
            allowed,
            bounds: bounds(config),
            passing,
            clock,
            download_timeout: config.download_timeout,
            local,
            stores,
        })
    }

    /// Whether the text of `source` permits it to be fetched. Nothing is looked up or dialled.
    pub(super) fn permits(&self, source: &SourceUrl) -> Result<(), Error> {
        if !self.allowed.load().permits(source) {
            return Err(Error::NotAllowed {
                host: named_host(source).to_owned(),
            });
        }
        match source.object() {
            Some(object) => self.stores.permits(source, &object),
            None if source.scheme() == Scheme::Local => self.local().map(|_| ()),
            None => Ok(()),
        }
    }

    /// Downloads `source`, or learns that the version with the validators `held` still stands.
    pub(super) async fn download(
        &self,
        source: &SourceUrl,
        held: Option<&Validators>,
        passed: &Passed,
    ) -> Result<Fetched, Error> {
        let mut deadline = Deadline::after(self.download_timeout);
        if let Some(path) = source.local_path() {
            return self.read(path, held, &mut deadline).await;
        }
        let conditions = held
            .map(Validators::conditional_headers)
            .unwrap_or_default();
        let extra = Extra {
            asked: &conditions,
            passed,
        };
        let answer = self.ask(source, extra, &mut deadline).await?;
        let validators = answer.validators();
        let lifetime = answer.lifetime(self.clock.now());
        if let (Some(held), StatusCode::NOT_MODIFIED) = (held, answer.response.status()) {
            return Ok(Fetched::NotModified(validators.or(held), lifetime));
        }
        answer.check_status(self.clock.now())?;
        let kept_headers = self.passing.kept(answer.response.headers());
        let received = answer.receive(&self.bounds, &mut deadline).await?;
        Ok(Fetched::Image(Image {
            kept_headers,
            lifetime,
            ..image(received, validators)
        }))
    }

    /// Passes `source` through as it is.
    pub(super) async fn stream(
        &self,
        source: &SourceUrl,
        asked: &HeaderMap,
        passed: &Passed,
    ) -> Result<Streamed, Error> {
        let asked = only(asked, &FORWARDED_HEADERS);
        let mut deadline = Deadline::after(self.download_timeout);
        if let Some(path) = source.local_path() {
            let opened = self.local()?.open(path, &mut deadline).await?;
            return Streamed::from_file(opened, &asked, (&self.bounds, &deadline));
        }
        let extra = Extra {
            asked: &asked,
            passed,
        };
        let answer = self.ask(source, extra, &mut deadline).await?;
        let status = answer.response.status();
        if source.object().is_some() && !(status.is_success() || status == StatusCode::NOT_MODIFIED)
        {
            // A store explains itself in terms of our credentials, which nobody else should read.
            return Err(answer.refusal(self.clock.now()));
        }
        Streamed::from_http(answer, &self.bounds, &deadline)
    }

    async fn ask(
        &self,
        source: &SourceUrl,
        extra: Extra<'_>,
        deadline: &mut Deadline,
    ) -> Result<Answer, Error> {
        match source.object() {
            Some(object) => {
                let of = (source, &object);
                self.stores.ask(of, extra.asked, deadline).await
            }
            None => self.http.ask(source, extra, deadline).await,
        }
    }

    async fn read(
        &self,
        path: &str,
        held: Option<&Validators>,
        deadline: &mut Deadline,
    ) -> Result<Fetched, Error> {
        let opened = self.local()?.open(path, deadline).await?;
        let validators = opened.validators.clone();
        if held.is_some_and(|held| opened.is_version(held)) {
            return Ok(Fetched::NotModified(validators, Lifetime::default()));
        }
        let received = opened.receive(&self.bounds, deadline).await?;
        Ok(Fetched::Image(image(received, validators)))
    }

    fn local(&self) -> Result<&Local, Error> {
        self.local
            .as_ref()
            .ok_or(Error::SchemeDisabled { scheme: "local" })
    }
}

/// What an error calls the place that `source` names.
fn named_host(source: &SourceUrl) -> &str {
    match (source.url(), source.object()) {
        (Some(url), _) => url.host_str().unwrap_or_default(),
        (None, Some(object)) => object.bucket,
        (None, None) => LOCAL_HOST,
    }
}

fn image(received: Received, validators: Validators) -> Image {
    Image {
        bytes: received.bytes,
        facts: received.facts,
        validators,
        digest: received.digest,
        lifetime: Lifetime::default(),
        sequence: 0,
        kept_headers: HeaderMap::new(),
        permit: received.permit,
    }
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

/// The guard of everything that a URL names.
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

/// A client for endpoints that the operator configured.
pub(super) fn client_of_stores(config: &Config, means: Means) -> Client {
    client(config, open_guard(config), means)
}

/// How names are looked up, and how certificates are judged.
type Means = (Arc<dyn Resolve>, Arc<ClientConfig>);

fn client(config: &Config, guard: Guard, (resolver, tls): Means) -> Client {
    let connector = Connector::new(Parts {
        guard,
        resolver,
        tls,
        limit: config.connect_timeout,
    });
    Client::new(connector, config.keep_alive)
}

/// The guard of endpoints that the operator configured, and of the services that give credentials for them.
fn open_guard(config: &Config) -> Guard {
    Guard {
        allowed: vec![
            AddressClass::Loopback,
            AddressClass::LinkLocal,
            AddressClass::Private,
        ],
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
