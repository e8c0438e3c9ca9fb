//! Sources over HTTP: one request a hop, redirects by hand, each hop judged like the first.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_RANGE, LOCATION, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri};
use http_body::Body;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use url::Position;

use super::connect::Connector;
use super::deadline::Deadline;
use super::gate::{Gate, Pass};
use super::intake::{Bounds, Intake, Received};
use super::{AllowedSources, Cause, Config, Error, Validators};
use crate::clock::{Clock, Timestamp};
use crate::request::{Scheme, SourceUrl};

/// Our name in `CDN-Loop` (RFC 8586), which ends loops through other servers.
pub const CDN_LOOP_ID: &str = "inkfish";

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

/// The client towards origins.
pub(super) struct Http {
    client: Client<Connector, Empty<Bytes>>,
    allowed: Arc<AllowedSources>,
    gate: Arc<Gate>,
    clock: Clock,
    headers: HeaderMap,
    first_byte: Duration,
    max_redirects: u32,
}

/// What an [`Http`] shares with the other parts of the fetcher.
pub(super) struct Shared {
    pub(super) allowed: Arc<AllowedSources>,
    pub(super) gate: Arc<Gate>,
    pub(super) clock: Clock,
}

/// The last response of a chain of redirects, its body unread.
///
/// Dropping it closes the connection, or resets the stream of HTTP/2, unless the body has ended.
pub(super) struct Answer {
    pub(super) host: String,
    pub(super) response: Response<Incoming>,
    pub(super) pass: Pass,
}

impl Http {
    /// A client with the limits of `config`.
    ///
    /// # Errors
    ///
    /// The value of `user_agent` if it cannot stand in a header.
    pub(super) fn try_new(
        config: &Config,
        connector: Connector,
        shared: Shared,
    ) -> Result<Self, http::header::InvalidHeaderValue> {
        Ok(Self {
            client: client(connector, config.keep_alive),
            allowed: shared.allowed,
            gate: shared.gate,
            clock: shared.clock,
            headers: fixed_headers(&config.user_agent)?,
            first_byte: config
                .connect_timeout
                .saturating_add(config.first_byte_timeout),
            max_redirects: config.max_redirects,
        })
    }

    /// Asks for `source` with `extra` headers and follows redirects to the response that is none.
    pub(super) async fn ask(
        &self,
        source: &SourceUrl,
        extra: &HeaderMap,
        deadline: &mut Deadline,
    ) -> Result<Answer, Error> {
        let mut headers = self.headers.clone();
        headers.extend(extra.clone());
        let mut at = source.clone();
        for _ in 0..=self.max_redirects {
            let answer = self.hop(&at, &headers, deadline).await?;
            match answer.redirect_from(&at)? {
                Some(next) => at = next,
                None => return Ok(answer),
            }
        }
        Err(Error::TooManyRedirects {
            limit: self.max_redirects,
        })
    }

    /// The error of a response that has no source in it; none for a whole 200 and for the 304 to a condition.
    pub(super) fn check_status(&self, answer: &Answer) -> Result<(), Error> {
        let host = answer.host.clone();
        let headers = answer.response.headers();
        match answer.response.status() {
            StatusCode::OK => Ok(()),
            StatusCode::PARTIAL_CONTENT if is_whole(headers) => Ok(()),
            StatusCode::PARTIAL_CONTENT => Err(Error::Partial { host }),
            status => Err(Error::Status {
                host,
                status: status.as_u16(),
                retry_after: retry_after(headers, self.clock.now()),
            }),
        }
    }

    async fn hop(
        &self,
        at: &SourceUrl,
        headers: &HeaderMap,
        deadline: &mut Deadline,
    ) -> Result<Answer, Error> {
        let (host, uri) = target(at)?;
        if !self.allowed.permits(at) {
            return Err(Error::NotAllowed { host });
        }
        let pass = deadline.pausing(self.gate.enter(&host)).await?;
        let response = self.response(&host, (uri, headers));
        let response = deadline
            .bound_first_byte(&host, (self.first_byte, response))
            .await??;
        Ok(Answer {
            host,
            response,
            pass,
        })
    }

    /// The response to one request.
    ///
    /// An origin may close a kept connection at the moment of its reuse; a GET can be sent again, once.
    async fn response(
        &self,
        host: &str,
        (uri, headers): (Uri, &HeaderMap),
    ) -> Result<Response<Incoming>, Error> {
        match self.client.request(request(&uri, headers)).await {
            Err(error) if is_lost_connection(&error) => {
                self.client.request(request(&uri, headers)).await
            }
            outcome => outcome,
        }
        .map_err(|error| reason(host, &error))
    }
}

impl Answer {
    /// Where the response sends us, if it does.
    fn redirect_from(&self, at: &SourceUrl) -> Result<Option<SourceUrl>, Error> {
        let bad = |reason| Error::BadRedirect {
            host: self.host.clone(),
            reason,
        };
        let is_redirect = matches!(self.response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
        let Some(location) = self
            .response
            .headers()
            .get(LOCATION)
            .filter(|_| is_redirect)
        else {
            return Ok(None);
        };
        let location = std::str::from_utf8(location.as_bytes())
            .map_err(|_| bad("its Location is not UTF-8"))?;
        let base = at.url().ok_or_else(|| bad("it has no base"))?;
        let next = base
            .join(location)
            .map_err(|_| bad("its Location is no URL"))?;
        match (at.scheme(), next.scheme()) {
            (Scheme::Http, "http" | "https") | (Scheme::Https, "https") => {}
            _ => return Err(bad("it changes the scheme")),
        }
        SourceUrl::parse(next.as_str())
            .map(Some)
            .map_err(|_| bad("its Location is no URL of a source"))
    }

    /// The error of a body in a content coding: none was asked for, and none is undone here.
    fn check_coding(&self) -> Result<(), Error> {
        let coding = self.response.headers().get(CONTENT_ENCODING);
        match coding.map(HeaderValue::as_bytes) {
            None | Some(b"" | b"identity") => Ok(()),
            Some(coding) => Err(Error::Encoded {
                host: self.host.clone(),
                coding: String::from_utf8_lossy(coding).chars().take(40).collect(),
            }),
        }
    }

    /// The validators of the response.
    pub(super) fn validators(&self) -> Validators {
        Validators::from_headers(self.response.headers())
    }

    /// Reads the body, as far as it is an image within `bounds`.
    pub(super) async fn receive(
        self,
        bounds: &Bounds,
        deadline: &mut Deadline,
    ) -> Result<Received, Error> {
        self.check_coding()?;
        let declared = self.response.body().size_hint().exact();
        let mut intake = deadline.pausing(Intake::open(bounds, declared)).await?;
        let mut body = self.response.into_body();
        while let Some(frame) = deadline.bound(&self.host, body.frame()).await? {
            // Whatever broke the body, what came of it is not the whole.
            let frame = frame.map_err(|_| intake.incomplete())?;
            if let Some(data) = frame.data_ref() {
                intake.push(data)?;
            }
        }
        intake.finish()
    }
}

fn client(connector: Connector, keep_alive: Duration) -> Client<Connector, Empty<Bytes>> {
    Client::builder(TokioExecutor::new())
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
        .build(connector)
}

/// The headers of every request. No `Accept-Encoding` is sent: images do not compress.
fn fixed_headers(user_agent: &str) -> Result<HeaderMap, http::header::InvalidHeaderValue> {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_str(user_agent)?);
    headers.insert(ACCEPT, HeaderValue::from_static("image/*,*/*;q=0.8"));
    headers.insert(
        HeaderName::from_static("cdn-loop"),
        HeaderValue::from_static(CDN_LOOP_ID),
    );
    Ok(headers)
}

fn request(uri: &Uri, headers: &HeaderMap) -> Request<Empty<Bytes>> {
    let mut request = Request::new(Empty::new());
    *request.uri_mut() = uri.clone();
    *request.headers_mut() = headers.clone();
    request
}

/// The host of a URL, and the URL without its fragment as the client takes it.
fn target(at: &SourceUrl) -> Result<(String, Uri), Error> {
    let url = at.url().ok_or(Error::SchemeDisabled { scheme: "local" })?;
    let host = url.host_str().unwrap_or_default().to_owned();
    match url[..Position::AfterQuery].parse() {
        Ok(uri) => Ok((host, uri)),
        Err(error) => Err(unreachable(&host, Cause::Protocol, &error)),
    }
}

fn unreachable(host: &str, cause: Cause, error: &dyn StdError) -> Error {
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
        cause
            .downcast_ref::<hyper::Error>()
            .is_some_and(|e| e.is_incomplete_message() || e.is_canceled() || e.is_closed())
    })
}

fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(error.source(), |cause: &&'a (dyn StdError + 'static)| {
        (*cause).source()
    })
}

/// Whether a 206 holds the whole source: `bytes 0-99/100`.
fn is_whole(headers: &HeaderMap) -> bool {
    let whole = || {
        let range = headers.get(CONTENT_RANGE)?.to_str().ok()?;
        let (last, length) = range.strip_prefix("bytes 0-")?.split_once('/')?;
        let (last, length): (u64, u64) = (last.parse().ok()?, length.parse().ok()?);
        Some(last.checked_add(1)? == length)
    };
    whole().unwrap_or(false)
}

/// `Retry-After` in either of its forms (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    let date = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    let millis = u64::try_from(date.as_millis()).ok()?;
    Some(Timestamp::from_millis(millis).since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn a_partial_answer_is_whole_only_from_the_first_to_the_last_byte() {
        for (range, whole) in [
            ("bytes 0-99/100", true),
            ("bytes 0-98/100", false),
            ("bytes 1-99/100", false),
            ("bytes 0-99/*", false),
            ("bytes 0-18446744073709551615/0", false),
            ("", false),
        ] {
            assert_eq!(is_whole(&headers(CONTENT_RANGE, range)), whole, "{range}");
        }
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let now = Timestamp::from_millis(784_111_770_000);
        for (text, seconds) in [
            ("120", Some(120)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(7)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("soon", None),
        ] {
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(retry_after(&headers(RETRY_AFTER, text), now), expected);
        }
    }
}
