//! How long an origin lets its answer be used (RFC 9111, 4.2; RFC 5861).

use std::time::{Duration, UNIX_EPOCH};

use http::header::{AGE, CACHE_CONTROL, DATE, EXPIRES};
use http::{HeaderMap, HeaderName};

use crate::clock::Timestamp;

/// What an origin said of the use of its answer, as a shared cache reads it. Empty where it said nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lifetime {
    /// How much longer it is fresh; `None` where the origin gave no time.
    pub fresh_for: Option<Duration>,
    /// How much longer than that it may be used while it is asked for anew.
    pub stale_while_revalidate: Option<Duration>,
    /// How much longer than that it may be used while the origin fails.
    pub stale_if_error: Option<Duration>,
    /// Who may keep it.
    pub sharing: Sharing,
}

/// Who may keep an answer. Of several that an origin named, the narrowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sharing {
    /// Everybody.
    #[default]
    Everybody,
    /// The client alone: `private`.
    Client,
    /// Nobody: `no-store`.
    Nobody,
}

impl Lifetime {
    /// What the headers of a response that came at `now` say. `s-maxage` counts before `max-age`, and both before
    /// `Expires`; what cannot be read counts as no time at all.
    pub(super) fn from_headers(headers: &HeaderMap, now: Timestamp) -> Self {
        let mut said = Said::default();
        for value in headers.get_all(CACHE_CONTROL) {
            let directives = value.to_str().unwrap_or("no-cache").split(',');
            directives.for_each(|directive| said.hear(directive.trim()));
        }
        let whole = match (said.no_cache, said.s_maxage.or(said.max_age)) {
            (true, _) => Some(Duration::ZERO),
            (false, Some(time)) => Some(time),
            (false, None) => expires_in(headers, now),
        };
        let age = headers.get(AGE).map_or(Duration::ZERO, |age| {
            age.to_str().map_or(Duration::ZERO, seconds)
        });
        Self {
            fresh_for: whole.map(|time| time.saturating_sub(age)),
            stale_while_revalidate: said.stale_while_revalidate,
            stale_if_error: said.stale_if_error,
            sharing: said.sharing,
        }
    }

    /// What holds for both, of something that is made of both.
    pub fn and(self, other: Self) -> Self {
        let shorter = |a: Option<Duration>, b: Option<Duration>| a.into_iter().chain(b).min();
        Self {
            fresh_for: shorter(self.fresh_for, other.fresh_for),
            stale_while_revalidate: shorter(
                self.stale_while_revalidate,
                other.stale_while_revalidate,
            ),
            stale_if_error: shorter(self.stale_if_error, other.stale_if_error),
            sharing: self.sharing.max(other.sharing),
        }
    }

    /// The same, `elapsed` later.
    pub(super) fn aged(self, elapsed: Duration) -> Self {
        Self {
            fresh_for: self.fresh_for.map(|time| time.saturating_sub(elapsed)),
            ..self
        }
    }
}

/// The directives of a response that matter here.
#[derive(Default)]
struct Said {
    max_age: Option<Duration>,
    s_maxage: Option<Duration>,
    no_cache: bool,
    stale_while_revalidate: Option<Duration>,
    stale_if_error: Option<Duration>,
    sharing: Sharing,
}

impl Said {
    fn hear(&mut self, directive: &str) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let time = || Some(seconds(value.trim_matches('"')));
        match name.to_ascii_lowercase().as_str() {
            "max-age" => self.max_age = self.max_age.or_else(time),
            "s-maxage" => self.s_maxage = self.s_maxage.or_else(time),
            "stale-while-revalidate" => self.stale_while_revalidate = time(),
            "stale-if-error" => self.stale_if_error = time(),
            // With names of headers behind it, it is about those alone.
            "no-cache" if value.is_empty() => self.no_cache = true,
            "private" if value.is_empty() => self.sharing = self.sharing.max(Sharing::Client),
            "no-store" => {
                self.no_cache = true;
                self.sharing = Sharing::Nobody;
            }
            _ => {}
        }
    }
}

/// Seconds as a header spells them; what is no number is none, and what is too large for one is very long.
fn seconds(text: &str) -> Duration {
    match text.trim().parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds.min(u64::from(u32::MAX))),
        Err(_) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Duration::from_secs(u64::from(u32::MAX))
        }
        Err(_) => Duration::ZERO,
    }
}

/// The time from `Date`, else from `now`, until `Expires`.
fn expires_in(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    headers.get(EXPIRES)?;
    let until = date(headers, &EXPIRES).unwrap_or_default();
    Some(until.since(date(headers, &DATE).unwrap_or(now)))
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<Timestamp> {
    let text = headers.get(name)?.to_str().ok()?;
    let since = httpdate::parse_http_date(text.trim())
        .ok()?
        .duration_since(UNIX_EPOCH)
        .ok()?;
    let millis = u64::try_from(since.as_millis()).ok()?;
    Some(Timestamp::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thu, 01 Jan 1970 00:10:00 GMT
    const NOW: Timestamp = Timestamp::from_millis(600_000);

    /// Headers of a response.
    type Said<'a> = &'a [(&'static str, &'a str)];

    fn lifetime(headers: Said<'_>) -> Lifetime {
        let pairs = headers.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                value.parse().expect("a value"),
            )
        });
        let mut map = HeaderMap::new();
        pairs.for_each(|(name, value)| {
            map.append(name, value);
        });
        Lifetime::from_headers(&map, NOW)
    }

    #[test]
    fn the_most_telling_time_counts_less_the_age() {
        let (ten, twenty) = ("max-age=10", "s-maxage=20");
        let late = "Thu, 01 Jan 1970 00:11:00 GMT";
        let rows: [(Said<'_>, Option<u64>); 15] = [
            (&[], None),
            (&[("cache-control", "public")], None),
            (&[("cache-control", ten)], Some(10)),
            (
                &[("cache-control", ten), ("cache-control", twenty)],
                Some(20),
            ),
            (&[("cache-control", "MAX-AGE=\"10\" , max-age=5")], Some(10)),
            (&[("cache-control", ten), ("age", "4")], Some(6)),
            (&[("cache-control", ten), ("age", "40")], Some(0)),
            (&[("cache-control", ten), ("age", "soon")], Some(10)),
            (&[("cache-control", "max-age=-1")], Some(0)),
            (&[("cache-control", "max-age=soon")], Some(0)),
            (&[("cache-control", "no-cache, max-age=10")], Some(0)),
            (
                &[("cache-control", "no-cache=\"x-a\", max-age=10")],
                Some(10),
            ),
            (&[("expires", late)], Some(60)),
            (
                &[("expires", late), ("date", "Thu, 01 Jan 1970 00:10:30 GMT")],
                Some(30),
            ),
            (&[("expires", "0"), ("cache-control", "public")], Some(0)),
        ];
        for (headers, expected) in rows {
            let expected = expected.map(Duration::from_secs);
            assert_eq!(lifetime(headers).fresh_for, expected, "{headers:?}");
        }
    }

    #[test]
    fn the_narrowest_sharing_counts() {
        let rows = [
            ("public", Sharing::Everybody),
            ("private", Sharing::Client),
            ("private=\"set-cookie\"", Sharing::Everybody),
            ("no-store, private", Sharing::Nobody),
        ];
        for (value, expected) in rows {
            let said = lifetime(&[("cache-control", value)]);
            assert_eq!(said.sharing, expected, "{value}");
        }
    }

    #[test]
    fn times_past_freshness_are_read() {
        let value = "max-age=1, stale-while-revalidate=2, stale-if-error=99999999999999999999999";
        let said = lifetime(&[("cache-control", value)]);
        assert_eq!(said.stale_while_revalidate, Some(Duration::from_secs(2)));
        let longest = Duration::from_secs(u64::from(u32::MAX));
        assert_eq!(said.stale_if_error, Some(longest));
        assert_eq!(said.aged(longest).fresh_for, Some(Duration::ZERO));
    }
}
