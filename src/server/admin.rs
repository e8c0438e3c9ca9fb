//! The admin address: health, readiness, metrics, purging and explaining, apart from the public port and its limits.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;

use super::body::Body;
use super::erasing::Erasing;
use super::explaining::Explaining;
use super::listener::{Handle, Peer};
use super::plain::{self, NO_STORE};
use super::purging::Purging;
use crate::telemetry::metrics;

/// What the admin address reports; made by the application.
pub trait Report: Send + Sync + 'static {
    /// The metrics in Prometheus' text format.
    fn metrics(&self) -> String;

    /// Whether the process should get traffic, and why not.
    fn readiness(&self) -> Readiness;
}

/// Whether the process should get traffic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Why it should not: a sentence each. Empty when it should.
    pub obstacles: Vec<String>,
    /// What an operator should know although traffic is served: a sentence each.
    pub remarks: Vec<String>,
}

/// Answers the admin address.
pub struct Admin<R> {
    /// What it reports.
    pub report: Arc<R>,
    /// Who may purge, and who does it.
    pub purging: Purging,
    /// Who may erase, and who does it.
    pub erasing: Erasing,
    /// Who may ask how an image stands.
    pub explaining: Explaining,
}

impl<R: Report> Handle for Admin<R> {
    async fn handle(self: Arc<Self>, request: Request<Incoming>, peer: Peer) -> Response<Body> {
        // Time for a body is kept by who reads it.
        let in_hand = peer.phase.begin(request.version());
        let method = request.method().clone();
        let response = match (&method, request.uri().path()) {
            (&Method::POST, "/purge") => self.purging.ordered(request).await,
            (&Method::POST, "/erase") => self.erasing.ordered(request).await,
            (&Method::POST, "/explain") => self.explaining.ordered(request).await,
            _ => self.read(&request),
        };
        let response = if method == Method::HEAD {
            response.map(Body::without_bytes)
        } else {
            response
        };
        response.map(|body| body.in_hand(in_hand))
    }

    type Open = ();

    fn connected(&self) {}
}

impl<R: Report> Admin<R> {
    fn read(&self, request: &Request<Incoming>) -> Response<Body> {
        match (request.method(), request.uri().path()) {
            (&Method::GET | &Method::HEAD, "/health") => {
                text(StatusCode::OK, "inkfish is running\n")
            }
            (&Method::GET | &Method::HEAD, "/ready") => ready(&self.report.readiness()),
            (&Method::GET | &Method::HEAD, "/metrics") => {
                let (kind, text) = (metrics::MEDIA_TYPE, self.report.metrics());
                plain::page(StatusCode::OK, kind, text, NO_STORE)
            }
            (&Method::GET | &Method::HEAD, _) => text(
                StatusCode::NOT_FOUND,
                "Not found: /health, /ready, /metrics, or POST /purge, /erase, /explain\n",
            ),
            _ => text(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed\n"),
        }
    }
}

fn ready(readiness: &Readiness) -> Response<Body> {
    let status = if readiness.obstacles.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let mut lines = vec![
        if readiness.obstacles.is_empty() {
            "ready"
        } else {
            "not ready"
        }
        .to_owned(),
    ];
    lines.extend(
        readiness
            .obstacles
            .iter()
            .chain(&readiness.remarks)
            .cloned(),
    );
    text(status, lines.join("\n") + "\n")
}

fn text(status: StatusCode, content: impl Into<Bytes>) -> Response<Body> {
    plain::text(status, content, NO_STORE)
}
