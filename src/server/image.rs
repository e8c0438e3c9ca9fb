//! The image route: a request target to an answer.

use std::sync::Arc;
use std::time::Instant;

use http::header::{ACCEPT, CONTENT_LENGTH, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;

use super::answer::{Asked, cache_status};
use super::bearer::is_authorized;
use super::body::Body;
use super::error::Verdict;
use super::urls::Known;
use super::{Answered, Failure, Public};
use crate::delivery::{Ask, Delivered, Error, Wanted};
use crate::request::{self, ClientHeaders, SourceUrl};
use crate::source::CDN_LOOP_ID;
use crate::telemetry::Outcome;

const CDN_LOOP: HeaderName = HeaderName::from_static("cdn-loop");
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
const DPR: HeaderName = HeaderName::from_static("dpr");
const SAVE_DATA: HeaderName = HeaderName::from_static("save-data");
const SEC_CH_DPR: HeaderName = HeaderName::from_static("sec-ch-dpr");
const SEC_CH_WIDTH: HeaderName = HeaderName::from_static("sec-ch-width");
const WIDTH: HeaderName = HeaderName::from_static("width");

impl Public {
    /// Answers a GET or HEAD for an image.
    pub(super) async fn image(&self, request: &Request<Incoming>, begun: Instant) -> Answered {
        if let Some(refusal) = self.refuse(request.headers()) {
            return Answered::plain(refusal);
        }
        let known = match self.urls.load().read(target(request)) {
            Ok(known) => known,
            Err(error) => return self.failed(error.into(), None),
        };
        let vary = self.negotiation.vary(&known.request);
        let mut answered = if known.request.answer.raw {
            Box::pin(self.raw(&known.request, request.headers())).await
        } else {
            self.variant(&known, request, begun).await
        };
        if let Some(names) = vary {
            let headers = answered.response.headers_mut();
            headers.insert(VARY, HeaderValue::from_static(names));
        }
        answered
    }

    /// Answers a GET or HEAD for what is known of a source.
    pub(super) async fn info(&self, request: &Request<Incoming>, begun: Instant) -> Answered {
        if let Some(refusal) = self.refuse(request.headers()) {
            return Answered::plain(refusal);
        }
        let parsed = match self.urls.load().read_info(target(request)) {
            Ok(parsed) => Arc::new(parsed),
            Err(error) => return self.failed(error.into(), None),
        };
        let ask = self.delivery.ask_info(&parsed, request.headers());
        let result = self.answer_to(&ask).await;
        let asked = Asked {
            source: &parsed.source,
            answer: &parsed.answer,
            labels: self.labels(&ask),
            method: request.method(),
            headers: request.headers(),
            now: self.clock.now(),
            elapsed: begun.elapsed(),
        };
        self.told(&asked, result)
    }

    /// Refuses what no URL can make good: a loop through ourselves, or a missing bearer token.
    fn refuse(&self, headers: &HeaderMap) -> Option<Response<Body>> {
        if headers.get_all(CDN_LOOP).iter().any(names_us) {
            return Some(refusal(StatusCode::LOOP_DETECTED, "Loop detected"));
        }
        let secret = self.config.secret.as_deref()?;
        (!is_authorized(headers, secret)).then(|| refusal(StatusCode::FORBIDDEN, "Forbidden"))
    }

    async fn variant(&self, known: &Known, asking: &Request<Incoming>, begun: Instant) -> Answered {
        let (request, headers) = (&known.request, asking.headers());
        let wanted = Wanted {
            request,
            path: &known.target,
            variant: self.negotiation.variant(&client_headers(headers), request),
            headers,
        };
        let ask = known.ask(&self.delivery, wanted);
        let result = match self.answer_to(&ask).await {
            Err(error) => Box::pin(self.delivery.stand_in(wanted, error)).await,
            delivered => delivered,
        };
        let asked = Asked {
            source: &request.source,
            answer: &request.answer,
            labels: self.labels(&ask),
            method: asking.method(),
            headers,
            now: self.clock.now(),
            elapsed: begun.elapsed(),
        };
        self.told(&asked, result)
    }

    /// The surrogate keys of what is asked for.
    fn labels<'a>(&self, ask: &'a Ask) -> &'a str {
        ask.labels(|named| self.surrogates.of_answer(&named))
    }

    /// What takes long is boxed: a hit moves a small future about.
    async fn answer_to(&self, ask: &Ask) -> Result<Delivered, Error> {
        match self.delivery.deliver_held(ask) {
            Some(result) => result,
            None => Box::pin(self.delivery.deliver(ask)).await,
        }
    }

    fn told(&self, asked: &Asked<'_>, result: Result<Delivered, Error>) -> Answered {
        let delivered = match result {
            Ok(delivered) => delivered,
            Err(error) => return self.failed(error, Some(asked.source)),
        };
        let error = delivered.stands_in.as_ref().map(|error| Failure {
            kind: Verdict::of(error).kind,
            detail: error.to_string(),
        });
        Answered {
            outcome: delivered.outcome,
            phases: delivered.phases,
            source_host: host(asked.source),
            response: self.config.answers.image(asked, delivered),
            error,
        }
    }

    async fn raw(&self, parsed: &request::Request, headers: &HeaderMap) -> Answered {
        let streamed = match self.delivery.stream(parsed, headers).await {
            Ok(streamed) => streamed,
            Err(error) => return self.failed(error, Some(&parsed.source)),
        };
        let body = UnsyncBoxBody::new(streamed.body.map_err(Into::into));
        let mut response = Response::new(Body::stream(body));
        *response.status_mut() = streamed.status;
        *response.headers_mut() = streamed.headers;
        response
            .headers_mut()
            .insert(CACHE_STATUS, cache_status(Outcome::Bypass));
        Answered {
            outcome: Outcome::Bypass,
            source_host: host(&parsed.source),
            ..Answered::plain(response)
        }
    }

    fn failed(&self, error: Error, source: Option<&SourceUrl>) -> Answered {
        let verdict = Verdict::of(&error);
        Answered {
            source_host: source.and_then(host),
            error: Some(Failure {
                kind: verdict.kind,
                detail: error.to_string(),
            }),
            ..Answered::plain(verdict.response())
        }
    }
}

fn host(source: &SourceUrl) -> Option<String> {
    source.url()?.host_str().map(str::to_owned)
}

/// What a client says of itself; of headers that came twice the first.
pub(super) fn client_headers(headers: &HeaderMap) -> ClientHeaders<'_> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    ClientHeaders {
        accept: text(&ACCEPT),
        dpr: text(&SEC_CH_DPR).or_else(|| text(&DPR)),
        width: text(&SEC_CH_WIDTH).or_else(|| text(&WIDTH)),
        save_data: text(&SAVE_DATA),
    }
}

/// The request target as sent, which is what the signature covers.
pub(super) fn target(request: &Request<Incoming>) -> &str {
    request
        .uri()
        .path_and_query()
        .map_or("/", |target| target.as_str())
}

fn names_us(value: &HeaderValue) -> bool {
    value.to_str().is_ok_and(|list| {
        list.split(',').any(|id| {
            id.split(';')
                .next()
                .is_some_and(|id| id.trim().eq_ignore_ascii_case(CDN_LOOP_ID))
        })
    })
}

pub(super) fn refusal(status: StatusCode, phrase: &'static str) -> Response<Body> {
    Verdict {
        status,
        phrase,
        retry_after: None,
        kind: "refused",
    }
    .response()
}

/// HEAD has the headers of GET, its length included, and no body.
pub(super) fn without_body(mut response: Response<Body>) -> Response<Body> {
    if let Some(length) = response.body().len() {
        response
            .headers_mut()
            .entry(CONTENT_LENGTH)
            .or_insert(HeaderValue::from(length));
    }
    response.map(Body::without_bytes)
}
