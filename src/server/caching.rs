//! What clients and CDNs are told about keeping an answer (RFC 9111, RFC 9213; DECISIONS on time).

use std::time::Duration;

use http::{HeaderValue, StatusCode};

use crate::clock::Timestamp;

/// Answers from a stale entry are asked for again soon.
const STALE_SECONDS: u64 = 10;

/// How long clients may keep answers.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// `max-age` of a good answer, whole seconds; zero is `no-cache`.
    pub ttl: Duration,
    /// `max-age` of an image that stands in for another, whole seconds; `None` is that of a good answer.
    pub fallback_ttl: Option<Duration>,
    /// `max-age` in CDN-Cache-Control; `None` sends no such header.
    pub cdn_ttl: Option<Duration>,
}

/// What an answer may be kept for, before `expires` is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lifetime {
    /// As long as the settings say.
    Full,
    /// Briefly: it could not be renewed.
    Stale,
    /// As long as the settings say of images that stand in for others.
    StandIn,
}

/// Who may keep an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// Every cache.
    All,
    /// The client that asked: headers of its own had a say.
    One,
}

/// Cache-Control and CDN-Cache-Control of a good answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Headers {
    /// Cache-Control.
    pub(super) browser: HeaderValue,
    /// CDN-Cache-Control.
    pub(super) cdn: Option<HeaderValue>,
}

impl Config {
    /// The headers of a 200 or 304; `expires` is when the URL itself ends, in Unix seconds.
    pub(super) fn headers(
        &self,
        (lifetime, audience): (Lifetime, Audience),
        expires: Option<u64>,
        now: Timestamp,
    ) -> Headers {
        let remaining = expires.map(|end| end.saturating_sub(now.as_secs()));
        let seconds = |ttl: Duration| {
            let own = match lifetime {
                Lifetime::Full => ttl.as_secs(),
                Lifetime::Stale => ttl.as_secs().min(STALE_SECONDS),
                Lifetime::StandIn => self.fallback_ttl.unwrap_or(ttl).as_secs(),
            };
            own.min(remaining.unwrap_or(u64::MAX))
        };
        Headers {
            browser: max_age(seconds(self.ttl), audience),
            cdn: self.cdn_ttl.map(|ttl| match audience {
                Audience::All => max_age(seconds(ttl), audience),
                Audience::One => HeaderValue::from_static("no-store"),
            }),
        }
    }
}

fn max_age(seconds: u64, audience: Audience) -> HeaderValue {
    if seconds == 0 {
        return HeaderValue::from_static("no-cache");
    }
    let audience = match audience {
        Audience::All => "public",
        Audience::One => "private",
    };
    HeaderValue::try_from(format!("max-age={seconds}, {audience}")).expect("digits and letters")
}

/// Cache-Control of an error: shared caches may keep what will not mend itself for ten seconds, so that one
/// broken picture does not pass every CDN on each view; everything else is not stored.
pub(super) fn of_error(status: StatusCode) -> HeaderValue {
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::UNPROCESSABLE_ENTITY => {
            HeaderValue::from_static("s-maxage=10")
        }
        _ => HeaderValue::from_static("no-store"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(ttl: u64, lifetime: Lifetime, expires: Option<u64>) -> String {
        let config = Config {
            ttl: Duration::from_secs(ttl),
            fallback_ttl: Some(Duration::from_secs(7)),
            cdn_ttl: None,
        };
        let asked = (lifetime, Audience::All);
        let headers = config.headers(asked, expires, Timestamp::from_millis(1_000_500));
        headers.browser.to_str().expect("ASCII").to_owned()
    }

    #[test]
    fn the_shortest_bound_wins() {
        let rows = [
            (60, Lifetime::Full, None, "max-age=60, public"),
            (60, Lifetime::Full, Some(1_030), "max-age=30, public"),
            (60, Lifetime::Full, Some(2_000), "max-age=60, public"),
            (60, Lifetime::Full, Some(1_000), "no-cache"),
            (60, Lifetime::Stale, None, "max-age=10, public"),
            (5, Lifetime::Stale, None, "max-age=5, public"),
            (0, Lifetime::Full, None, "no-cache"),
            (60, Lifetime::StandIn, None, "max-age=7, public"),
            (60, Lifetime::StandIn, Some(1_003), "max-age=3, public"),
        ];
        for (ttl, lifetime, expires, expected) in rows {
            assert_eq!(
                headers(ttl, lifetime, expires),
                expected,
                "{ttl} {lifetime:?} {expires:?}"
            );
        }
    }

    #[test]
    fn a_cdn_can_be_told_another_lifetime() {
        let config = Config {
            ttl: Duration::from_secs(60),
            fallback_ttl: None,
            cdn_ttl: Some(Duration::from_secs(600)),
        };
        let of = |audience| config.headers((Lifetime::Full, audience), None, Timestamp::default());
        let headers = of(Audience::One);
        assert_eq!(headers.browser, "max-age=60, private");
        assert_eq!(headers.cdn.expect("set"), "no-store");
        let headers = of(Audience::All);
        assert_eq!(headers.browser, "max-age=60, public");
        assert_eq!(headers.cdn.expect("set"), "max-age=600, public");
    }

    #[test]
    fn errors_that_mend_themselves_are_not_stored() {
        for (status, expected) in [
            (404, "s-maxage=10"),
            (410, "s-maxage=10"),
            (422, "s-maxage=10"),
            (403, "no-store"),
            (502, "no-store"),
            (503, "no-store"),
        ] {
            let status = StatusCode::from_u16(status).expect("a status");
            assert_eq!(of_error(status), expected, "{status}");
        }
    }
}
