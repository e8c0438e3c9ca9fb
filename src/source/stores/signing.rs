//! What `object_store` is asked for: requests, written and signed.
//!
//! The crate knows how each cloud spells a URL, finds its credentials and signs with them. What comes back is read
//! by the code that reads every other origin, so that limits, conditions, ranges and errors are the same for all.
//! So the transport that the crate is given sends no request for a source: it hands it over, and the crate is told
//! that it failed. Whatever else the crate wants is sent.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH, RANGE};
use http::{HeaderMap, HeaderName, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use object_store::client::{
    ClientOptions, HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpResponseBody, HttpService,
};
use object_store::{BackoffConfig, GetOptions, GetRange, RetryConfig};

use super::super::client::Client;
use super::super::{Cause, Error};

/// Largest answer of a service that hands out credentials, in bytes.
pub(super) const TOKEN_BYTES: usize = 256 << 10;

/// A request for an object, ready to be sent.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
}

/// Where a signed request is left for whoever asked for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot(Arc<Mutex<Option<Signed>>>);

/// The transport under `object_store`: requests for sources are handed over, all others are sent.
#[derive(Clone)]
pub(super) struct Transport {
    pub(super) client: Client,
    /// Longest answer to what is sent, in bytes.
    pub(super) answer_bytes: usize,
    /// How often it is sent once more where that may help.
    pub(super) retries: usize,
}

/// What `object_store` hears of a request that was handed over.
#[derive(Debug, thiserror::Error)]
#[error("the request is sent elsewhere")]
struct HandedOver;

impl Slot {
    pub(super) fn take(&self) -> Option<Signed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn fill(&self, signed: Signed) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(signed);
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}

impl HttpConnector for Transport {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

impl HttpService for Transport {
    fn call<'s, 'f>(
        &'s self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            if let Some(slot) = head.extensions.get::<Slot>() {
                slot.fill(Signed {
                    uri: head.uri,
                    headers: head.headers,
                });
                return Err(HttpError::new(HttpErrorKind::Unknown, HandedOver));
            }
            let body = body.collect().await?.to_bytes();
            self.send(http::Request::from_parts(head, Full::new(body)))
                .await
        })
    }
}

impl Transport {
    /// The tries of a request that is sent.
    pub(super) fn retry(&self) -> RetryConfig {
        RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(100),
                ..BackoffConfig::default()
            },
            max_retries: self.retries,
            retry_timeout: Duration::from_secs(3),
        }
    }

    /// Sends a request. Where it goes is named by settings or by the cloud itself.
    async fn send(&self, request: http::Request<Full<Bytes>>) -> Result<HttpResponse, HttpError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let response = self.client.send(&host, request).await.map_err(failure)?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, self.answer_bytes)
            .map_err(|error| HttpError::new_boxed(HttpErrorKind::Decode, error));
        Ok(Response::from_parts(head, HttpResponseBody::new(body)))
    }
}

fn failure(error: Error) -> HttpError {
    let kind = match error {
        Error::Unreachable {
            cause: Cause::Connect | Cause::Dns,
            ..
        } => HttpErrorKind::Connect,
        Error::Timeout { .. } => HttpErrorKind::Timeout,
        _ => HttpErrorKind::Unknown,
    };
    HttpError::new(kind, error)
}

/// The conditions and the range among the headers `asked`, as `object_store` takes them; those that it cannot
/// express are left out, which costs a whole answer and nothing else.
pub(super) fn options(asked: &HeaderMap, slot: &Slot) -> GetOptions {
    let mut options = GetOptions {
        if_none_match: text(asked, &IF_NONE_MATCH).map(str::to_owned),
        range: text(asked, &RANGE).and_then(range),
        ..GetOptions::default()
    };
    let modified =
        text(asked, &IF_MODIFIED_SINCE).and_then(|date| httpdate::parse_http_date(date).ok());
    options.if_modified_since = modified.filter(|at| *at >= UNIX_EPOCH).map(Into::into);
    options.extensions.insert(slot.clone());
    options
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// A single range of bytes (RFC 9110, 14.1.2); several are not asked for.
fn range(text: &str) -> Option<GetRange> {
    let (first, last) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
    match (first.trim(), last.trim()) {
        ("", count) => count.parse().ok().map(GetRange::Suffix),
        (first, "") => first.parse().ok().map(GetRange::Offset),
        (first, last) => {
            let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
            let end = last.checked_add(1)?;
            (first < end).then_some(GetRange::Bounded(first..end))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::super::super::connect::{Connector, Parts};
    use super::super::super::guard::Guard;
    use super::super::super::tls::Trust;
    use super::super::super::{AddressClass, SystemResolver};
    use super::*;

    fn transport() -> Transport {
        let connector = Connector::new(Parts {
            guard: Guard {
                allowed: vec![AddressClass::Loopback],
                own_listeners: Vec::new(),
            },
            resolver: Arc::new(SystemResolver),
            tls: Trust::Anything.client_config(),
            limit: Duration::from_secs(5),
        });
        Transport {
            client: Client::new(connector, Duration::ZERO),
            answer_bytes: TOKEN_BYTES,
            retries: 0,
        }
    }

    /// A token service that reads `grant` and answers with `length` bytes.
    async fn token_service(length: usize) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut read = Vec::new();
            while !read.ends_with(b"\r\n\r\ngrant") {
                read.push(stream.read_u8().await.unwrap());
            }
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
            let answer = [head.into_bytes(), vec![b't'; length]].concat();
            // Whoever finds it too long hangs up.
            let _ = stream.write_all(&answer).await;
        });
        address
    }

    #[tokio::test]
    async fn requests_that_nobody_takes_are_sent_and_their_answers_bounded() {
        for (length, fits) in [(3, true), (TOKEN_BYTES, true), (TOKEN_BYTES + 1, false)] {
            let url = format!("http://{}/token", token_service(length).await);
            let mut request = HttpRequest::new("grant".to_owned().into());
            *request.method_mut() = http::Method::POST;
            *request.uri_mut() = url.parse().unwrap();
            let answer = transport().call(request).await.unwrap();
            match answer.into_body().bytes().await {
                Ok(bytes) => assert!(fits && bytes.len() == length, "{length}"),
                Err(error) => assert!(!fits, "{error}"),
            }
        }
    }

    #[tokio::test]
    async fn a_request_for_an_object_is_handed_over_and_not_sent() {
        let slot = Slot::default();
        let mut request = HttpRequest::new(String::new().into());
        *request.uri_mut() = "http://127.0.0.1:1/b/k".parse().unwrap();
        request.extensions_mut().insert(slot.clone());
        transport().call(request).await.unwrap_err();
        assert_eq!(slot.take().unwrap().uri.path(), "/b/k");
        assert!(slot.take().is_none());
    }

    #[test]
    fn a_single_range_is_asked_for_as_it_came() {
        for (text, asked) in [
            ("bytes=0-99", Some("bytes=0-99")),
            ("bytes=5-", Some("bytes=5-")),
            ("bytes=-7", Some("bytes=-7")),
            ("bytes=3-3", Some("bytes=3-3")),
            ("bytes=9-3", None),
            ("bytes=0-1,4-5", None),
            ("bytes=0-18446744073709551615", None),
            ("bytes=-", None),
            ("lines=0-1", None),
            ("", None),
        ] {
            let range = range(text).map(|range| range.to_string());
            assert_eq!(range.as_deref(), asked, "{text}");
        }
    }
}
