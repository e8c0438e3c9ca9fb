//! Headers of a good answer.

use std::time::Duration;

use http::header::{
    ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_DISPOSITION,
    CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LAST_MODIFIED, LINK,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use super::body::Body;
use super::caching::{self, Allowed, Audience, Lifetime};
use super::conditional::is_not_modified;
use super::disposition::{Kind, content_disposition};
use super::error::Verdict;
use crate::cache::Sharing;
use crate::clock::Timestamp;
use crate::delivery::Delivered;
use crate::request::{self, SourceUrl};
use crate::telemetry::{Outcome, Phase, Phases};

const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");
const CDN_CACHE_CONTROL: HeaderName = HeaderName::from_static("cdn-cache-control");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");
const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
const TIMING_ALLOW_ORIGIN: HeaderName = HeaderName::from_static("timing-allow-origin");

/// Nothing that an answer holds may run, load or frame anything.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
);

/// Room for the headers of most images, so that no map grows while it is filled.
const USUAL_HEADERS: usize = 24;

/// The type of bytes whose own is no header value.
const OPAQUE: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// What the settings say about headers.
#[derive(Clone, Debug)]
pub struct Config {
    /// How long clients may keep answers.
    pub caching: caching::Config,
    /// The status of answers in which another image stands in; `None` is that of what went wrong.
    pub fallback_status: Option<StatusCode>,
    /// Access-Control-Allow-Origin; `None` sends none.
    pub allow_origin: Option<HeaderValue>,
    /// What every image carries besides.
    pub custom_headers: Vec<(HeaderName, HeaderValue)>,
    /// Cross-Origin-Resource-Policy; `None` sends none.
    pub resource_policy: Option<HeaderValue>,
    /// Timing-Allow-Origin; `None` sends none.
    pub timing_allow_origin: Option<HeaderValue>,
    /// Headers that can be switched.
    pub switches: Switches,
}

/// Headers that can be switched.
#[derive(Clone, Copy, Debug)]
pub struct Switches {
    /// Whether ETag is sent and If-None-Match looked at.
    pub etag: bool,
    /// Whether the source's Last-Modified is relayed and If-Modified-Since looked at.
    pub last_modified: bool,
    /// Whether `Link: <source>; rel="canonical"` is sent.
    pub canonical: bool,
    /// Whether sizes of source and result are sent in `X-Origin-…` and `X-Result-…`.
    pub debug: bool,
}

impl Config {
    /// What every answer carries, errors included.
    pub(super) fn common(&self, headers: &mut HeaderMap) {
        // The page has a policy of its own, under which its pictures show.
        headers.entry(CONTENT_SECURITY_POLICY).or_insert(POLICY);
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Some(origin) = &self.allow_origin {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(
                ACCESS_CONTROL_ALLOW_METHODS,
                HeaderValue::from_static("GET, HEAD, OPTIONS"),
            );
        }
        if let Some(policy) = &self.resource_policy {
            headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, policy.clone());
        }
        if let Some(origin) = &self.timing_allow_origin {
            headers.insert(TIMING_ALLOW_ORIGIN, origin.clone());
        }
    }

    /// The answer for a delivered image: 200 with its bytes, or 304 where the client holds them already.
    pub(super) fn image(&self, asked: &Asked<'_>, delivered: Delivered) -> Response<Body> {
        let etag = delivered.etag().to_owned();
        let mut response = Response::new(Body::empty());
        *response.headers_mut() = HeaderMap::with_capacity(USUAL_HEADERS);
        let headers = response.headers_mut();
        self.validators(headers, &etag, delivered.last_modified());
        for (name, value) in &self.custom_headers {
            headers.insert(name.clone(), value.clone());
        }
        self.keeping(headers, asked, &delivered);
        headers.insert(CACHE_STATUS, cache_status(delivered.outcome));
        headers.insert(
            SERVER_TIMING,
            server_timing(asked.elapsed, &delivered.phases),
        );
        let status = self.status(&delivered);
        let holds = status == StatusCode::OK
            && self.client_holds_it(asked, &etag, delivered.last_modified());
        if holds {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        *response.status_mut() = status;
        let headers = response.headers_mut();
        self.describe(headers, asked, &delivered);
        *response.body_mut() = Body::whole(delivered.body);
        response
    }

    fn validators(&self, headers: &mut HeaderMap, etag: &str, last_modified: Option<&str>) {
        let etag = Some(etag).filter(|_| self.switches.etag);
        if let Some(value) = etag.and_then(|etag| HeaderValue::try_from(etag).ok()) {
            headers.insert(ETAG, value);
        }
        let modified = last_modified.filter(|_| self.switches.last_modified);
        if let Some(value) = modified.and_then(|date| HeaderValue::try_from(date).ok()) {
            headers.insert(LAST_MODIFIED, value);
        }
    }

    /// 200, or what the settings want of an image that stands in: by themselves the status of what went wrong.
    fn status(&self, delivered: &Delivered) -> StatusCode {
        match &delivered.stands_in {
            Some(error) => self
                .fallback_status
                .unwrap_or_else(|| Verdict::of(error).status),
            None => StatusCode::OK,
        }
    }

    fn keeping(&self, headers: &mut HeaderMap, asked: &Asked<'_>, delivered: &Delivered) {
        let lifetime = match (&delivered.stands_in, delivered.outcome) {
            (Some(_), _) => Lifetime::StandIn,
            (None, Outcome::Stale) => Lifetime::Stale,
            _ => Lifetime::Full,
        };
        let sharing = delivered.allowance.sharing;
        let audience = match (sharing, delivered.private) {
            (Sharing::Nobody, _) => Audience::Nobody,
            (Sharing::Client, _) | (_, true) => Audience::One,
            (Sharing::Everybody, false) => Audience::All,
        };
        let allowed = Allowed {
            lifetime,
            audience,
            remaining: delivered.allowance.remaining,
        };
        let keep = self
            .caching
            .headers(allowed, asked.answer.expires, asked.now);
        headers.insert(CACHE_CONTROL, keep.browser);
        if let Some(value) = keep.cdn {
            headers.insert(CDN_CACHE_CONTROL, value);
        }
    }

    fn client_holds_it(&self, asked: &Asked<'_>, etag: &str, last_modified: Option<&str>) -> bool {
        let modified = last_modified.filter(|_| self.switches.last_modified);
        let etag = Some(etag).filter(|_| self.switches.etag);
        is_not_modified(asked.headers, etag, modified)
    }

    fn describe(&self, headers: &mut HeaderMap, asked: &Asked<'_>, delivered: &Delivered) {
        let media_type = HeaderValue::try_from(delivered.media_type());
        headers.insert(CONTENT_TYPE, media_type.unwrap_or(OPAQUE));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(delivered.body.len()));
        let answer = asked.answer;
        surrogate_keys(headers, asked.labels);
        if delivered.is_report() {
            return;
        }
        let kind = if answer.attachment {
            Kind::Attachment
        } else {
            Kind::Inline
        };
        let stem = match &answer.filename {
            Some(name) => name.into(),
            None => asked.source.file_stem(),
        };
        headers.insert(
            CONTENT_DISPOSITION,
            content_disposition(kind, &stem, delivered.extension()),
        );
        if self.switches.canonical {
            canonical(headers, asked.source);
        }
        if self.switches.debug {
            sizes(headers, delivered);
        }
    }
}

/// What was asked, as far as headers depend on it.
pub(super) struct Asked<'a> {
    /// The source of the URL.
    pub(super) source: &'a SourceUrl,
    /// What the URL asks of the answer.
    pub(super) answer: &'a request::Answer,
    /// The surrogate keys, divided by spaces.
    pub(super) labels: &'a str,
    /// The client's headers.
    pub(super) headers: &'a HeaderMap,
    /// When the request came.
    pub(super) now: Timestamp,
    /// How long it has taken so far.
    pub(super) elapsed: Duration,
}

fn canonical(headers: &mut HeaderMap, source: &SourceUrl) {
    let link = source
        .url()
        .map(|url| format!("<{url}>; rel=\"canonical\""));
    if let Some(value) = link.and_then(|link| HeaderValue::try_from(link).ok()) {
        headers.insert(LINK, value);
    }
}

/// The names by which caches in front of us may purge the answer, as those read them.
fn surrogate_keys(headers: &mut HeaderMap, labels: &str) {
    if labels.is_empty() {
        return;
    }
    let rows = [
        (SURROGATE_KEY, labels.to_owned()),
        (CACHE_TAG, labels.replace(' ', ",")),
    ];
    for (name, list) in rows {
        if let Ok(value) = HeaderValue::try_from(list) {
            headers.insert(name, value);
        }
    }
}

fn sizes(headers: &mut HeaderMap, delivered: &Delivered) {
    let entry = &delivered.entry.header;
    let source = &entry.source_facts;
    let rows = [
        ("x-origin-content-length", source.bytes),
        ("x-origin-width", u64::from(source.width)),
        ("x-origin-height", u64::from(source.height)),
        ("x-result-width", u64::from(entry.width)),
        ("x-result-height", u64::from(entry.height)),
    ];
    for (name, value) in rows {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
}

/// Cache-Status (RFC 9211).
pub(super) fn cache_status(outcome: Outcome) -> HeaderValue {
    HeaderValue::from_static(match outcome {
        Outcome::HitMemory => "Inkfish; hit; detail=hit_memory",
        Outcome::HitDisk => "Inkfish; hit; detail=hit_disk",
        Outcome::HitShared => "Inkfish; hit; detail=hit_shared",
        Outcome::Stale => "Inkfish; hit; detail=stale",
        Outcome::Revalidated => "Inkfish; fwd=stale; fwd-status=304",
        Outcome::Coalesced => "Inkfish; fwd=uri-miss; collapsed",
        Outcome::Miss => "Inkfish; fwd=uri-miss; stored",
        Outcome::Bypass => "Inkfish; fwd=bypass",
        Outcome::None => "Inkfish",
    })
}

/// Server-Timing (W3C): milliseconds by phase; phases that were not gone through are left out.
fn server_timing(total: Duration, phases: &Phases) -> HeaderValue {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for (phase, spent) in phases.with(Phase::Total, total).iter() {
        let separator = if text.is_empty() { "" } else { ", " };
        // In whole microseconds: a division costs less than the digits of a float.
        let micros = (spent.as_nanos() + 500) / 1_000;
        let (whole, rest) = (micros / 1_000, micros % 1_000);
        let _ = write!(text, "{separator}{};dur={whole}.{rest:03}", phase.as_str());
    }
    HeaderValue::try_from(text).expect("names and numbers")
}
