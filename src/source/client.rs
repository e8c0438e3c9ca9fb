//! The HTTP client over a [`Connector`]: one request, one response, nothing followed.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::connect::Connector;
use super::{Cause, Error};

/// Largest head of a response in bytes (RFC 9113 counts 32 more a field).
const HEAD_BYTES: usize = 64 << 10;
/// Window of one HTTP/2 stream in bytes: what an origin may send ahead of our reading.
const STREAM_WINDOW: u32 = 256 << 10;
/// Window of one HTTP/2 connection in bytes.
const CONNECTION_WINDOW: u32 = 1 << 20;
/// Idle connections that are kept to one host.
const IDLE_PER_HOST: usize = 8;
/// How often an HTTP/2 connection in use is probed, and how long the answer may take: a dead one would take every
/// fetch from its host along.
const PROBE_INTERVAL: Duration = Duration::from_secs(5);
const PROBE_TIME: Duration = Duration::from_secs(5);

/// A pool of connections that a [`Connector`] makes.
///
/// Pools are not shared between policies: a connection that the guard of one let through is no way around the
/// guard of another.
#[derive(Clone, Debug)]
pub(super) struct Client(legacy::Client<Connector, Full<Bytes>>);

impl Client {
    /// A client that keeps an unused connection for `keep_alive`; zero keeps none.
    pub(super) fn new(connector: Connector, keep_alive: Duration) -> Self {
        let client = legacy::Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(keep_alive)
            .pool_max_idle_per_host(if keep_alive.is_zero() {
                0
            } else {
                IDLE_PER_HOST
            })
            .http1_max_buf_size(HEAD_BYTES)
            .http2_max_header_list_size(HEAD_BYTES as u32)
            .http2_initial_stream_window_size(STREAM_WINDOW)
            .http2_initial_connection_window_size(CONNECTION_WINDOW)
            .http2_keep_alive_interval(PROBE_INTERVAL)
            .http2_keep_alive_timeout(PROBE_TIME)
            .build(connector);
        Self(client)
    }

    /// The response to one GET.
    ///
    /// An origin may close a kept connection at the moment of its reuse; a GET can be sent again, once.
    pub(super) async fn get(
        &self,
        host: &str,
        (uri, headers): (&Uri, &HeaderMap),
    ) -> Result<Response<Incoming>, Error> {
        match self.0.request(get(uri, headers)).await {
            Err(error) if is_lost_connection(&error) => self.0.request(get(uri, headers)).await,
            outcome => outcome,
        }
        .map_err(|error| reason(host, &error))
    }

    /// The response to `request`.
    ///
    /// It is sent again as a GET is, if its method is idempotent (RFC 9110, 9.2.2).
    pub(super) async fn send(
        &self,
        host: &str,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Error> {
        let again = request.method().is_idempotent().then(|| request.clone());
        match (self.0.request(request).await, again) {
            (Err(error), Some(again)) if is_lost_connection(&error) => self.0.request(again).await,
            (outcome, _) => outcome,
        }
        .map_err(|error| reason(host, &error))
    }
}

fn get(uri: &Uri, headers: &HeaderMap) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::default());
    *request.uri_mut() = uri.clone();
    *request.headers_mut() = headers.clone();
    request
}

/// The error of a host that could not be had.
pub(super) fn unreachable(host: &str, cause: Cause, error: &dyn StdError) -> Error {
    Error::Unreachable {
        host: host.to_owned(),
        cause,
        detail: error.to_string(),
    }
}

/// Our own error where the connector made it, else what the protocol says.
fn reason(host: &str, error: &legacy::Error) -> Error {
    let ours = causes(error).find_map(|cause| cause.downcast_ref::<Error>());
    let innermost = causes(error).last();
    match (ours, innermost) {
        (Some(ours), _) => ours.clone(),
        (None, Some(cause)) => unreachable(host, Cause::Protocol, cause),
        (None, None) => unreachable(host, Cause::Protocol, error),
    }
}

/// Whether the connection ended before the head of a response: at most once that is bad luck.
fn is_lost_connection(error: &legacy::Error) -> bool {
    causes(error).any(|cause| {
        let is_told = cause
            .downcast_ref::<hyper::Error>()
            .is_some_and(|e| e.is_incomplete_message() || e.is_canceled() || e.is_closed());
        let is_felt = cause.downcast_ref::<io::Error>().is_some_and(|e| {
            let kind = e.kind();
            matches!(kind, ErrorKind::BrokenPipe | ErrorKind::ConnectionReset)
        });
        is_told || is_felt
    })
}

/// What lies behind `error`, the outermost cause first.
pub(super) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(error.source(), |cause: &&'a (dyn StdError + 'static)| {
        (*cause).source()
    })
}
