//! The answer of an origin: what its status means, and its body as it comes.

use std::io::Write;
use std::mem;
use std::time::Duration;

use flate2::write::MultiGzDecoder;
use http::header::{CONTENT_ENCODING, CONTENT_RANGE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::deadline::Deadline;
use super::gate::Pass;
use super::intake::{Bounds, Intake, Received};
use super::{Error, Lifetime, Validators};
use crate::clock::Timestamp;

/// Coded bytes that are undone at a time: what they become, a thousandfold at worst, lies in memory uncounted.
const CODED_STEP: usize = 1 << 10;

/// A response whose body is unread: the last one of a chain of redirects.
///
/// Dropping it closes the connection, or resets the stream of HTTP/2, unless the body has ended.
pub(super) struct Answer {
    pub(super) host: String,
    pub(super) response: Response<Incoming>,
    pub(super) pass: Pass,
}

/// What stands between the body and the source.
enum Coding {
    Identity,
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
}

impl Answer {
    /// The validators of the response.
    pub(super) fn validators(&self) -> Validators {
        Validators::from_headers(self.response.headers())
    }

    /// How long the origin lets the response be used.
    pub(super) fn lifetime(&self, now: Timestamp) -> Lifetime {
        Lifetime::from_headers(self.response.headers(), now)
    }

    /// The error of a response that has no source in it; none for a whole 200.
    pub(super) fn check_status(&self, now: Timestamp) -> Result<(), Error> {
        let host = self.host.clone();
        match self.response.status() {
            StatusCode::OK => Ok(()),
            StatusCode::PARTIAL_CONTENT if is_whole(self.response.headers()) => Ok(()),
            StatusCode::PARTIAL_CONTENT => Err(Error::Partial { host }),
            _ => Err(self.refusal(now)),
        }
    }

    /// The status as an error.
    pub(super) fn refusal(&self, now: Timestamp) -> Error {
        Error::Status {
            host: self.host.clone(),
            status: self.response.status().as_u16(),
            retry_after: retry_after(self.response.headers(), now),
        }
    }

    /// Reads the body, as far as it is an image within `bounds`.
    pub(super) async fn receive(
        self,
        bounds: &Bounds,
        deadline: &mut Deadline,
    ) -> Result<Received, Error> {
        let mut coding = self.coding()?;
        let declared = match coding {
            Coding::Identity => self.response.body().size_hint().exact(),
            Coding::Gzip(_) => None,
        };
        let mut intake = deadline.pausing(Intake::open(bounds, declared)).await?;
        let mut body = self.response.into_body();
        while let Some(frame) = deadline.bound(&self.host, body.frame()).await? {
            // Whatever broke the body, what came of it is not the whole.
            let frame = frame.map_err(|_| intake.incomplete())?;
            if let Some(data) = frame.data_ref() {
                coding.push(data, &mut intake)?;
            }
        }
        coding.finish(intake)
    }

    /// The coding of the body. None is asked for; gzip is undone all the same, since some origins send it always.
    fn coding(&self) -> Result<Coding, Error> {
        let coding = self.response.headers().get(CONTENT_ENCODING);
        match coding.map(HeaderValue::as_bytes) {
            None | Some(b"" | b"identity") => Ok(Coding::Identity),
            Some(b"gzip" | b"x-gzip") => {
                Ok(Coding::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))))
            }
            Some(coding) => Err(Error::Encoded {
                host: self.host.clone(),
                coding: String::from_utf8_lossy(coding).chars().take(40).collect(),
            }),
        }
    }
}

impl Coding {
    fn push(&mut self, data: &[u8], intake: &mut Intake) -> Result<(), Error> {
        let Self::Gzip(decoder) = self else {
            return intake.push(data);
        };
        for step in data.chunks(CODED_STEP) {
            decoder.write_all(step).map_err(|_| intake.incomplete())?;
            intake.push(&mem::take(decoder.get_mut()))?;
        }
        Ok(())
    }

    fn finish(self, mut intake: Intake) -> Result<Received, Error> {
        if let Self::Gzip(mut decoder) = self {
            decoder.try_finish().map_err(|_| intake.incomplete())?;
            intake.push(decoder.get_ref())?;
        }
        intake.finish()
    }
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
    use http::HeaderName;

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
