//! Answers that are no images: a few bytes of a type, and whether a copy may be kept.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::Value;

use super::body::Body;

/// A copy may be kept, and is asked for again each time.
pub(super) const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
/// No copy is kept.
pub(super) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

/// An answer of this type, with this Cache-Control.
pub(super) fn page(
    status: StatusCode,
    media_type: &'static str,
    content: impl Into<Bytes>,
    copies: HeaderValue,
) -> Response<Body> {
    let mut response = Response::new(Body::whole(content));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, copies);
    response
}

/// A text for people.
pub(super) fn text(
    status: StatusCode,
    content: impl Into<Bytes>,
    copies: HeaderValue,
) -> Response<Body> {
    page(status, TEXT, content, copies)
}

/// A line of JSON, of which no copy is kept.
pub(super) fn json(status: StatusCode, content: &Value) -> Response<Body> {
    page(status, JSON, format!("{content}\n"), NO_STORE)
}
