//! The one table from errors to answers: status, public phrase, and what clients may do next.

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderValue, Response, StatusCode};

use super::body::Body;
use super::caching;
use super::plain::text;
use crate::delivery::Error;
use crate::identify::Format;
use crate::{image, request, source, transform, workers};

/// Retry-After where nothing better is known.
const RETRY: Duration = Duration::from_secs(1);

/// What a client is told about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The status code.
    pub(super) status: StatusCode,
    /// The body: a phrase that tells nothing about us or the network behind us.
    pub(super) phrase: &'static str,
    /// When asking again makes sense.
    pub(super) retry_after: Option<Duration>,
    /// The name of the error in metrics.
    pub(super) kind: &'static str,
}

const fn verdict(status: StatusCode, phrase: &'static str, kind: &'static str) -> Verdict {
    Verdict {
        status,
        phrase,
        retry_after: None,
        kind,
    }
}

const fn busy(retry_after: Duration) -> Verdict {
    Verdict {
        status: StatusCode::SERVICE_UNAVAILABLE,
        phrase: "Too many requests",
        retry_after: Some(retry_after),
        kind: "overload",
    }
}

const UNREACHABLE: &str = "Source is unreachable";
const LOOKS_UNSIGNED: &str = "Forbidden: the first segment of the path is the signature, and this one looks like an \
                              option. Put any text without a colon before it, such as /unsafe/";
const INVALID_IMAGE: &str = "Invalid source image";
/// A failure of ours.
pub(super) const INTERNAL: Verdict = verdict(
    StatusCode::INTERNAL_SERVER_ERROR,
    "Internal error",
    "internal",
);
/// The client wants what it knows or nothing, and it is another thing now.
pub(super) const PRECONDITION_FAILED: Verdict = verdict(
    StatusCode::PRECONDITION_FAILED,
    "Precondition failed",
    "precondition",
);
/// The client wants bytes past the end.
pub(super) const RANGE_NOT_SATISFIABLE: Verdict = verdict(
    StatusCode::RANGE_NOT_SATISFIABLE,
    "Range not satisfiable",
    "range",
);

impl Verdict {
    /// The answer of an error.
    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::Request(error) => of_request(error),
            Error::Expired { .. } => verdict(StatusCode::NOT_FOUND, "Invalid URL", "expired"),
            Error::Source(error) => of_source(error),
            Error::Watermark(error) => of_watermark(error),
            Error::Plan(error) => of_plan(error),
            Error::Work(error) => of_work(error),
            Error::PastLimit { .. } => {
                verdict(StatusCode::UNPROCESSABLE_ENTITY, INVALID_IMAGE, "limit")
            }
            Error::Hashsum => verdict(StatusCode::UNPROCESSABLE_ENTITY, INVALID_IMAGE, "source"),
            Error::Congested => busy(RETRY),
            Error::Timeout { .. } => Self {
                retry_after: Some(RETRY),
                ..verdict(StatusCode::SERVICE_UNAVAILABLE, "Timeout", "timeout")
            },
            Error::Internal(_) => INTERNAL,
        }
    }

    /// The response: plain text, never stored where asking again may help.
    pub(super) fn response(&self) -> Response<Body> {
        let mut response = text(self.status, self.phrase, caching::of_error(self.status));
        if let Some(wait) = self.retry_after {
            let seconds = HeaderValue::from(wait.as_secs().max(1));
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
        response
    }
}

fn of_request(error: &request::Error) -> Verdict {
    use request::Error;
    match error {
        Error::Malformed { .. } => verdict(StatusCode::NOT_FOUND, "Invalid URL", "path"),
        Error::NotPermitted { .. } => verdict(StatusCode::FORBIDDEN, "Invalid URL", "security"),
        Error::Forbidden => verdict(StatusCode::FORBIDDEN, "Forbidden", "security"),
        Error::LooksUnsigned => verdict(StatusCode::FORBIDDEN, LOOKS_UNSIGNED, "security"),
        Error::Unreachable { .. } => verdict(StatusCode::NOT_FOUND, UNREACHABLE, "path"),
    }
}

/// As of a source, but it is not the source that is to be mended.
fn of_watermark(error: &source::Error) -> Verdict {
    let verdict = of_source(error);
    let phrase = match verdict.kind {
        "download" => "Watermark is unreachable",
        "source" => "Invalid watermark image",
        _ => verdict.phrase,
    };
    Verdict { phrase, ..verdict }
}

fn of_source(error: &source::Error) -> Verdict {
    use source::Error;
    let unreachable = |status| verdict(status, UNREACHABLE, "download");
    let unprocessable = |phrase| verdict(StatusCode::UNPROCESSABLE_ENTITY, phrase, "source");
    match error {
        Error::NotAllowed { .. } | Error::ForbiddenAddress { .. } => {
            verdict(StatusCode::NOT_FOUND, "Invalid source URL", "security")
        }
        Error::Loop { .. } => verdict(StatusCode::LOOP_DETECTED, "Loop detected", "security"),
        Error::SchemeDisabled { .. }
        | Error::Unreachable { .. }
        | Error::TooManyRedirects { .. }
        | Error::BadRedirect { .. }
        | Error::Partial { .. }
        | Error::Encoded { .. }
        | Error::NoObject { .. }
        | Error::NoSuchFile { .. } => unreachable(StatusCode::NOT_FOUND),
        Error::Status {
            status,
            retry_after,
            ..
        } => Verdict {
            retry_after: *retry_after,
            ..unreachable(relayed(*status))
        },
        Error::Timeout { .. } => unreachable(StatusCode::GATEWAY_TIMEOUT),
        Error::Incomplete { .. } => unprocessable("Source response is incomplete"),
        Error::TooLarge { .. } | Error::TooManyPixels { .. } | Error::NotAnImage { .. } => {
            unprocessable(INVALID_IMAGE)
        }
        Error::Unsupported { format } => unprocessable(unread(*format)),
        Error::Busy { .. } => busy(RETRY),
    }
}

/// HEIC is what people upload by mistake: they are told what it is.
const fn unread(format: Format) -> &'static str {
    match format {
        Format::Heic => "HEIC images are not supported",
        _ => "Broken or unsupported image",
    }
}

/// A client error of the origin is passed on, its own failure is a bad gateway, anything else is not there.
fn relayed(status: u16) -> StatusCode {
    match status {
        400..=499 => StatusCode::from_u16(status).unwrap_or(StatusCode::NOT_FOUND),
        500..=599 => StatusCode::BAD_GATEWAY,
        _ => StatusCode::NOT_FOUND,
    }
}

fn of_plan(error: &transform::plan::Error) -> Verdict {
    use transform::plan::Error;
    let unprocessable = |phrase, kind| verdict(StatusCode::UNPROCESSABLE_ENTITY, phrase, kind);
    match error {
        Error::SourceTooLarge { .. } => unprocessable(INVALID_IMAGE, "limit"),
        Error::Undecodable { .. } => unprocessable("Broken or unsupported image", "processing"),
        Error::Unwritable { .. } => unprocessable("Invalid URL", "processing"),
        Error::ResultTooLarge => unprocessable("Result is too large", "limit"),
    }
}

fn of_work(error: &workers::Error) -> Verdict {
    use workers::Error;
    match error {
        Error::Overloaded { retry_after } => busy(*retry_after),
        Error::TooLarge { .. } => verdict(StatusCode::UNPROCESSABLE_ENTITY, INVALID_IMAGE, "limit"),
        Error::Failed(error) => of_image(error),
        Error::Panicked => INTERNAL,
        Error::Stopped => busy(RETRY),
    }
}

fn of_image(error: &image::Error) -> Verdict {
    use image::Error;
    let broken = verdict(
        StatusCode::UNPROCESSABLE_ENTITY,
        "Broken or unsupported image",
        "processing",
    );
    match error {
        Error::Broken { .. } | Error::Dishonest { .. } => broken,
        Error::Unwritable { .. } => verdict(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Result cannot be written",
            "processing",
        ),
        Error::Codec { .. } | Error::Color { .. } => INTERNAL,
    }
}
