//! The HTTP face: the public port with images, and the admin port.
//!
//! The only part that knows HTTP answers. Every route stands in `router`, every status of an error in `error`;
//! headers of good answers are made in `answer`. Whatever happens to a request, it gets one answer, one line in
//! the access log and one count in the metrics.

mod admin;
mod answer;
mod bearer;
mod body;
mod caching;
mod conditional;
mod connection;
mod disposition;
mod erasing;
mod error;
mod explaining;
mod image;
mod listener;
mod pages;
mod plain;
mod purging;
mod range;
mod request_id;
mod router;
mod stream;
mod urls;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use http::header::{ALLOW, CONTENT_SECURITY_POLICY, SERVER, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use tokio::sync::watch;

pub use admin::{Admin, Readiness, Report};
pub use answer::{Config as AnswerConfig, Switches};
pub use caching::Config as CachingConfig;
pub use connection::Timeouts;
pub use erasing::Erasing;
pub use explaining::{Explaining, Node};
pub use listener::{Config as ListenerConfig, Listening};
pub use pages::Demo;
pub use purging::Purging;
pub use router::Paths;
pub use urls::Urls;

use crate::clock::{Clock, Timestamp};
use crate::delivery::Delivery;
use crate::purge::Surrogates;
use crate::request::Negotiation;
use crate::telemetry::access::{AccessLog, Line};
use crate::telemetry::metrics::Metrics;
use crate::telemetry::{Outcome, Phase, Phases};
use body::Body;
use listener::{Handle, Peer};
use plain::{NO_CACHE, page, text};
use router::Route;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The page's own style and the pictures of the demonstration; nothing else.
const HTML: &str = "text/html; charset=utf-8";
const PAGE_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; img-src 'self'");

/// What the public port is told by the settings.
#[derive(Clone, Debug)]
pub struct PublicConfig {
    /// Paths that are not images.
    pub paths: Paths,
    /// Headers of answers.
    pub answers: AnswerConfig,
    /// The bearer token that image requests must carry; `None` asks for none.
    pub secret: Option<String>,
    /// Pictures of the page at `/`.
    pub demo: Demo,
}

/// Everything the public port works with.
pub struct Public {
    /// What it was told.
    pub config: PublicConfig,
    /// Reads URLs; replaced when keys and presets are reloaded.
    pub urls: ArcSwap<Urls>,
    /// Who may purge, and who does it.
    pub purging: Purging,
    /// Names answers for the caches in front.
    pub surrogates: Arc<Surrogates>,
    /// Chooses formats by Accept.
    pub negotiation: Negotiation,
    /// The use case.
    pub delivery: Arc<Delivery>,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// A line a request; `None` writes none.
    pub access_log: Option<AccessLog>,
    /// The time.
    pub clock: Clock,
}

/// Serves the public port until `stop` turns true.
///
/// # Errors
///
/// When threads or runtimes cannot be set up.
pub fn serve(
    listener: TcpListener,
    public: Arc<Public>,
    config: ListenerConfig,
    stop: watch::Receiver<bool>,
) -> io::Result<Listening> {
    listener::listen(listener, public, config, stop)
}

/// Serves the admin port until `stop` turns true.
///
/// # Errors
///
/// When threads or runtimes cannot be set up.
pub fn serve_admin<R: Report>(
    listener: TcpListener,
    admin: Admin<R>,
    config: ListenerConfig,
    stop: watch::Receiver<bool>,
) -> io::Result<Listening> {
    listener::listen(listener, Arc::new(admin), config, stop)
}

/// An answer, and what is told of it.
struct Answered {
    response: Response<Body>,
    outcome: Outcome,
    phases: Phases,
    source_host: Option<String>,
    error: Option<Failure>,
}

/// What went wrong: a fixed word for metrics, and the detail for the log.
struct Failure {
    kind: &'static str,
    detail: String,
}

impl Answered {
    /// An answer that has nothing to do with the cache.
    fn plain(response: Response<Body>) -> Self {
        Self {
            response,
            outcome: Outcome::None,
            phases: Phases::default(),
            source_host: None,
            error: None,
        }
    }
}

impl Handle for Public {
    type Open = crate::telemetry::metrics::OpenConnection;

    async fn handle(self: Arc<Self>, request: Request<Incoming>, peer: Peer) -> Response<Body> {
        let arrival = Arrival {
            time: self.clock.now(),
            begun: Instant::now(),
        };
        let in_hand = peer.phase.begin(request.version());
        let id = request_id::of(request.headers());
        let mut answered = self.route(&request, arrival).await;
        self.config.answers.common(answered.response.headers_mut());
        identify_ourselves(answered.response.headers_mut(), &id);
        if request.method() == Method::HEAD {
            answered.response = image::without_body(answered.response);
        }
        self.tell(&request, &peer, arrival, &id, &mut answered);
        answered.response.map(|body| body.in_hand(in_hand))
    }

    fn connected(&self) -> Self::Open {
        self.metrics.connection()
    }
}

/// When a request came, on both clocks.
#[derive(Clone, Copy)]
struct Arrival {
    time: Timestamp,
    begun: Instant,
}

impl Public {
    async fn route(&self, request: &Request<Incoming>, arrival: Arrival) -> Answered {
        match self
            .config
            .paths
            .route(request.method(), request.uri().path())
        {
            Route::Image => self.image(request, arrival.begun).await,
            Route::Info => Box::pin(self.info(request, arrival.begun)).await,
            Route::Purge => Answered::plain(Box::pin(self.purging.image(request)).await),
            Route::Landing => Answered::plain(self.landing()),
            Route::Health => {
                Answered::plain(text(StatusCode::OK, "inkfish is running\n", NO_CACHE))
            }
            Route::Options => Answered::plain(options()),
            Route::Nothing => Answered::plain(text(StatusCode::NOT_FOUND, "Not found\n", NO_CACHE)),
            Route::MethodNotAllowed => Answered::plain(method_not_allowed()),
        }
    }

    fn landing(&self) -> Response<Body> {
        let html = self.config.demo.page(&self.config.paths.prefix);
        let mut response = page(StatusCode::OK, HTML, html, NO_CACHE);
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, PAGE_POLICY);
        response
    }

    /// Counts the request and writes its line.
    fn tell(
        &self,
        request: &Request<Incoming>,
        peer: &Peer,
        arrival: Arrival,
        id: &str,
        answered: &mut Answered,
    ) {
        let status = answered.response.status().as_u16();
        let phases = answered.phases.with(Phase::Total, arrival.begun.elapsed());
        self.metrics.request(status, answered.outcome, &phases);
        if let Some(failure) = &answered.error {
            self.metrics.error(failure.kind);
            let host = answered.source_host.as_deref();
            tracing::info!(
                request.id = id,
                status,
                source.host = host,
                error.kind = failure.kind,
                "{}",
                failure.detail
            );
        }
        let Some(log) = &self.access_log else { return };
        log.log(Line {
            time: arrival.time,
            request_id: id.to_owned(),
            method: request.method().clone(),
            target: image::target(request).to_owned(),
            status,
            bytes: answered.response.body().len().unwrap_or(0),
            outcome: answered.outcome,
            source_host: answered.source_host.take(),
            phases,
            remote: Some(peer.address.ip()),
            user_agent: request
                .headers()
                .get(USER_AGENT)
                .and_then(|agent| agent.to_str().ok())
                .map(str::to_owned),
        });
    }
}

fn identify_ourselves(headers: &mut HeaderMap, id: &str) {
    headers.insert(SERVER, HeaderValue::from_static("Inkfish"));
    headers.insert(
        X_REQUEST_ID,
        HeaderValue::try_from(id).expect("letters, digits, - and _"),
    );
}

fn options() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(router::ALLOWED_METHODS));
    response
}

fn method_not_allowed() -> Response<Body> {
    let content = "Method not allowed\n";
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, content, NO_CACHE);
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(router::ALLOWED_METHODS));
    response
}
