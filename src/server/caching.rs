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
    /// `max-age` of a good answer at most, while smaller bytes for it are on their way.
    pub refine_ttl: Duration,
    /// `max-age` in CDN-Cache-Control; `None` sends no such header.
    pub cdn_ttl: Option<Duration>,
    /// How long past that clients may use an answer while they ask anew; `None` says nothing of it (RFC 5861).
    pub stale_while_revalidate: Option<Duration>,
    /// How long past that clients may use an answer where we fail; `None` says nothing of it (RFC 5861).
    pub stale_if_error: Option<Duration>,
}

/// What an answer may be kept for, before `expires` is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lifetime {
    /// As long as the settings say.
    Full,
    /// For a while: smaller bytes are on their way.
    Provisional,
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
    /// The client that asked: headers of its own had a say, or the source's origin says so.
    One,
    /// None at all: the source's origin says so.
    Nobody,
}

/// What may be done with an answer, before `expires` is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowed {
    /// For how long by the settings.
    pub(super) lifetime: Lifetime,
    /// By whom.
    pub(super) audience: Audience,
    /// For how long by the source's origin; `None` where that does not count.
    pub(super) remaining: Option<Duration>,
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
        allowed: Allowed,
        expires: Option<u64>,
        now: Timestamp,
    ) -> Headers {
        let Allowed {
            lifetime, audience, ..
        } = allowed;
        let of_url = expires.map(|end| end.saturating_sub(now.as_secs()));
        let of_origin = allowed.remaining.map(|time| time.as_secs());
        let remaining = of_url.into_iter().chain(of_origin).min();
        let seconds = |ttl: Duration| {
            let own = match lifetime {
                Lifetime::Full => ttl.as_secs(),
                Lifetime::Provisional => ttl.min(self.refine_ttl).as_secs(),
                Lifetime::Stale => ttl.as_secs().min(STALE_SECONDS),
                Lifetime::StandIn => self.fallback_ttl.unwrap_or(ttl).as_secs(),
            };
            own.min(remaining.unwrap_or(u64::MAX))
        };
        Headers {
            browser: self.told(seconds(self.ttl), audience),
            cdn: self.cdn_ttl.map(|ttl| match audience {
                Audience::All => self.told(seconds(ttl), audience),
                Audience::One | Audience::Nobody => HeaderValue::from_static("no-store"),
            }),
        }
    }

    fn told(&self, seconds: u64, audience: Audience) -> HeaderValue {
        let audience = match audience {
            Audience::Nobody => return HeaderValue::from_static("no-store"),
            Audience::All => "public",
            Audience::One => "private",
        };
        if seconds == 0 {
            return HeaderValue::from_static("no-cache");
        }
        let mut text = format!("max-age={seconds}, {audience}");
        let graces = [
            ("stale-while-revalidate", self.stale_while_revalidate),
            ("stale-if-error", self.stale_if_error),
        ];
        for (name, time) in graces {
            if let Some(time) = time {
                text += &format!(", {name}={}", time.as_secs());
            }
        }
        HeaderValue::try_from(text).expect("digits and letters")
    }
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

    fn config() -> Config {
        Config {
            ttl: Duration::from_secs(60),
            fallback_ttl: None,
            refine_ttl: Duration::from_secs(20),
            cdn_ttl: None,
            stale_while_revalidate: None,
            stale_if_error: None,
        }
    }

    fn allowed() -> Allowed {
        Allowed {
            lifetime: Lifetime::Full,
            audience: Audience::All,
            remaining: None,
        }
    }

    fn browser(config: &Config, allowed: Allowed, expires: Option<u64>) -> String {
        let headers = config.headers(allowed, expires, Timestamp::from_millis(1_000_500));
        headers.browser.to_str().expect("ASCII").to_owned()
    }

    fn headers(ttl: u64, lifetime: Lifetime, expires: Option<u64>) -> String {
        let config = Config {
            ttl: Duration::from_secs(ttl),
            fallback_ttl: Some(Duration::from_secs(7)),
            ..config()
        };
        let allowed = Allowed {
            lifetime,
            ..allowed()
        };
        browser(&config, allowed, expires)
    }

    #[test]
    fn the_shortest_bound_wins() {
        let rows = [
            (60, Lifetime::Full, None, "max-age=60, public"),
            (60, Lifetime::Full, Some(1_030), "max-age=30, public"),
            (60, Lifetime::Full, Some(2_000), "max-age=60, public"),
            (60, Lifetime::Full, Some(1_000), "no-cache"),
            (60, Lifetime::Stale, None, "max-age=10, public"),
            (60, Lifetime::Provisional, None, "max-age=20, public"),
            (5, Lifetime::Provisional, None, "max-age=5, public"),
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
            cdn_ttl: Some(Duration::from_secs(600)),
            ..config()
        };
        let of = |audience| {
            let allowed = Allowed {
                audience,
                ..allowed()
            };
            config.headers(allowed, None, Timestamp::default())
        };
        let headers = of(Audience::Nobody);
        assert_eq!(headers.browser, "no-store");
        assert_eq!(headers.cdn.expect("set"), "no-store");
        let headers = of(Audience::One);
        assert_eq!(headers.browser, "max-age=60, private");
        assert_eq!(headers.cdn.expect("set"), "no-store");
        let headers = of(Audience::All);
        assert_eq!(headers.browser, "max-age=60, public");
        assert_eq!(headers.cdn.expect("set"), "max-age=600, public");
    }

    #[test]
    fn the_origin_and_the_graces_have_their_say() {
        let remaining = |seconds| Allowed {
            remaining: Some(Duration::from_secs(seconds)),
            ..allowed()
        };
        assert_eq!(browser(&config(), remaining(5), None), "max-age=5, public");
        assert_eq!(
            browser(&config(), remaining(500), None),
            "max-age=60, public"
        );
        assert_eq!(browser(&config(), remaining(0), None), "no-cache");
        let graceful = Config {
            stale_while_revalidate: Some(Duration::from_secs(7)),
            stale_if_error: Some(Duration::from_secs(8)),
            ..config()
        };
        assert_eq!(
            browser(&graceful, allowed(), None),
            "max-age=60, public, stale-while-revalidate=7, stale-if-error=8"
        );
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
