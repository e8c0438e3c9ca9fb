//! Headers of a good answer.

use std::fmt::Display;
use std::ops::Range;
use std::time::Duration;

use http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL,
    CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    ETAG, LAST_MODIFIED, LINK, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};

use super::body::Body;
use super::caching::{self, Allowed, Audience, Lifetime};
use super::conditional::{self, Validators};
use super::disposition::{Kind, content_disposition};
use super::error::{self, Verdict};
use super::range::{self, Part};
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
const INKFISH_SCORE: HeaderName = HeaderName::from_static("inkfish-score");
const INKFISH_SOURCE_BYTES: HeaderName = HeaderName::from_static("inkfish-source-bytes");
const INKFISH_STAGE: HeaderName = HeaderName::from_static("inkfish-stage");
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

    /// The answer for a delivered image: its bytes or the range of them that is asked for, or 304 where the client
    /// holds them already. One that stands in under another status than 200 is sent whole, whatever is asked.
    pub(super) fn image(&self, asked: &Asked<'_>, delivered: Delivered) -> Response<Body> {
        let mut response = match self.status(&delivered) {
            StatusCode::OK => self.chosen(asked, &delivered),
            status => self.whole(asked, &delivered, status),
        };
        let headers = response.headers_mut();
        headers.insert(CACHE_STATUS, cache_status(delivered.outcome));
        headers.insert(
            SERVER_TIMING,
            server_timing(asked.elapsed, &delivered.phases),
        );
        response
    }

    /// What the client's conditions leave to be sent.
    fn chosen(&self, asked: &Asked<'_>, delivered: &Delivered) -> Response<Body> {
        match conditional::judge(asked.headers, self.validators(delivered)) {
            conditional::Outcome::Proceed => self.ranged(asked, delivered),
            conditional::Outcome::NotModified => {
                self.headed(asked, delivered, StatusCode::NOT_MODIFIED)
            }
            conditional::Outcome::Failed => error::PRECONDITION_FAILED.response(),
        }
    }

    /// The bytes that are asked for.
    fn ranged(&self, asked: &Asked<'_>, delivered: &Delivered) -> Response<Body> {
        let length = delivered.body.bytes();
        let mut response = match self.part(asked, delivered) {
            Part::Whole => self.whole(asked, delivered, StatusCode::OK),
            Part::Of(range) => self.cut(asked, delivered, range),
            Part::Nothing => return not_satisfiable(length),
        };
        if self.switches.etag {
            let bytes = HeaderValue::from_static("bytes");
            response.headers_mut().insert(ACCEPT_RANGES, bytes);
        }
        response
    }

    /// Without an ETag a client could put together what does not belong together: then there are no ranges.
    fn part(&self, asked: &Asked<'_>, delivered: &Delivered) -> Part {
        match self.validators(delivered).etag {
            Some(etag) if *asked.method == Method::GET => {
                range::part(asked.headers, etag, delivered.body.bytes())
            }
            _ => Part::Whole,
        }
    }

    fn whole(
        &self,
        asked: &Asked<'_>,
        delivered: &Delivered,
        status: StatusCode,
    ) -> Response<Body> {
        let mut response = self.headed(asked, delivered, status);
        self.describe(response.headers_mut(), asked, delivered);
        *response.body_mut() = Body::of(delivered.body.clone(), 0..delivered.body.bytes());
        response
    }

    fn cut(&self, asked: &Asked<'_>, delivered: &Delivered, range: Range<u64>) -> Response<Body> {
        let mut response = self.whole(asked, delivered, StatusCode::PARTIAL_CONTENT);
        let (start, end) = (range.start, range.end);
        let part = format_args!("{start}-{}", end - 1);
        let of = content_range(part, delivered.body.bytes());
        let headers = response.headers_mut();
        headers.insert(CONTENT_RANGE, of);
        headers.insert(CONTENT_LENGTH, HeaderValue::from(end - start));
        *response.body_mut() = Body::of(delivered.body.clone(), range);
        response
    }

    /// An answer without a body yet, and the headers that even a 304 has.
    fn headed(
        &self,
        asked: &Asked<'_>,
        delivered: &Delivered,
        status: StatusCode,
    ) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        *response.headers_mut() = HeaderMap::with_capacity(USUAL_HEADERS);
        let headers = response.headers_mut();
        let Validators {
            etag,
            last_modified,
        } = self.validators(delivered);
        for (name, value) in [(ETAG, etag), (LAST_MODIFIED, last_modified)] {
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                headers.insert(name, value);
            }
        }
        for (name, value) in &self.custom_headers {
            headers.insert(name.clone(), value.clone());
        }
        self.keeping(headers, asked, delivered);
        response
    }

    /// What is sent of the validators.
    fn validators<'d>(&self, delivered: &'d Delivered) -> Validators<'d> {
        let last_modified = delivered.last_modified();
        Validators {
            etag: self.switches.etag.then(|| delivered.etag()),
            last_modified: last_modified.filter(|_| self.switches.last_modified),
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
            _ if delivered.is_provisional => Lifetime::Provisional,
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

    fn describe(&self, headers: &mut HeaderMap, asked: &Asked<'_>, delivered: &Delivered) {
        let media_type = HeaderValue::try_from(delivered.media_type());
        headers.insert(CONTENT_TYPE, media_type.unwrap_or(OPAQUE));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(delivered.body.bytes()));
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
        standing(headers, delivered);
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
    /// GET or HEAD.
    pub(super) method: &'a Method,
    /// The client's headers.
    pub(super) headers: &'a HeaderMap,
    /// When the request came.
    pub(super) now: Timestamp,
    /// How long it has taken so far.
    pub(super) elapsed: Duration,
}

/// The answer to a range that has none of `length` bytes.
fn not_satisfiable(length: u64) -> Response<Body> {
    let mut response = error::RANGE_NOT_SATISFIABLE.response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_RANGE, content_range("*", length));
    response
}

/// Content-Range of a part of `length` bytes.
fn content_range(part: impl Display, length: u64) -> HeaderValue {
    HeaderValue::try_from(format!("bytes {part}/{length}")).expect("digits")
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

/// How much work is in the bytes, how good they look where that was measured, and what they were made of.
fn standing(headers: &mut HeaderMap, delivered: &Delivered) {
    let entry = &delivered.entry.header;
    let stage = HeaderValue::from_static(entry.stage.name());
    headers.insert(INKFISH_STAGE, stage);
    if let Some(score) = entry.score {
        let score = HeaderValue::try_from(format!("{:.1}", score.points()));
        headers.insert(INKFISH_SCORE, score.expect("digits"));
    }
    let bytes = HeaderValue::from(entry.source_facts.bytes);
    headers.insert(INKFISH_SOURCE_BYTES, bytes);
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
