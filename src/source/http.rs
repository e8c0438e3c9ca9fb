//! Sources over HTTP: one request a hop, redirects by hand, each hop judged like the first.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use http::header::{ACCEPT, LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use url::Position;

use super::answer::Answer;
use super::client::{Client, unreachable};
use super::deadline::Deadline;
use super::gate::Gate;
use super::{AllowedSources, Cause, Config, Error, Passed};
use crate::request::{Scheme, SourceUrl};

/// Our name in `CDN-Loop` (RFC 8586), which ends loops through other servers.
pub const CDN_LOOP_ID: &str = "inkfish";

/// The client towards origins.
pub(super) struct Http {
    client: Client,
    allowed: Arc<ArcSwap<AllowedSources>>,
    gate: Arc<Gate>,
    fixed: HeaderMap,
    custom: HeaderMap,
    first_byte: Duration,
    max_redirects: u32,
}

/// What a request carries beside what every request carries.
#[derive(Clone, Copy)]
pub(super) struct Extra<'a> {
    /// Conditions, a range.
    pub(super) asked: &'a HeaderMap,
    /// What passes from the client to the source's own authority.
    pub(super) passed: &'a Passed,
}

impl Http {
    /// The client with the limits of `config`, whose requests carry the `fixed` headers, and the `custom` ones
    /// to the authority that a source names.
    pub(super) fn new(
        config: &Config,
        (client, gate): (Client, Arc<Gate>),
        allowed: Arc<ArcSwap<AllowedSources>>,
        (fixed, custom): (HeaderMap, HeaderMap),
    ) -> Self {
        Self {
            client,
            allowed,
            gate,
            fixed,
            custom,
            first_byte: config.head_timeout(),
            max_redirects: config.max_redirects,
        }
    }

    /// Asks for `source` with `extra` headers and follows redirects to the response that is none.
    pub(super) async fn ask(
        &self,
        source: &SourceUrl,
        extra: Extra<'_>,
        deadline: &mut Deadline,
    ) -> Result<Answer, Error> {
        let mut at = source.clone();
        for _ in 0..=self.max_redirects {
            let headers = self.headers_for(&at, source, extra);
            let answer = self.hop(&at, &headers, deadline).await?;
            match redirect(&answer, &at)? {
                Some(next) => at = next,
                None => return Ok(answer),
            }
        }
        Err(Error::TooManyRedirects {
            limit: self.max_redirects,
        })
    }

    /// The headers of a request for `at` on behalf of `source`. Custom and passed ones may be secrets, which were
    /// meant for the authority that the source names and for no other that it redirects to.
    fn headers_for(&self, at: &SourceUrl, source: &SourceUrl, extra: Extra<'_>) -> HeaderMap {
        let mut headers = self.fixed.clone();
        if has_authority_of(at, source) {
            headers.extend(self.custom.clone());
            headers.extend(extra.passed.headers().clone());
        }
        headers.extend(extra.asked.clone());
        headers
    }

    async fn hop(
        &self,
        at: &SourceUrl,
        headers: &HeaderMap,
        deadline: &mut Deadline,
    ) -> Result<Answer, Error> {
        let (host, uri) = target(at)?;
        if !self.allowed.load().permits(at) {
            return Err(Error::NotAllowed { host });
        }
        let pass = deadline.pausing(self.gate.enter(&host)).await?;
        let response = self.client.get(&host, (&uri, headers));
        let response = deadline
            .bound_first_byte(&host, (self.first_byte, response))
            .await??;
        Ok(Answer {
            host,
            response,
            pass,
        })
    }
}

/// Whether two URLs share host and port; from `http` to `https` each at its usual port is no change either.
fn has_authority_of(at: &SourceUrl, source: &SourceUrl) -> bool {
    let (Some(at), Some(source)) = (at.url(), source.url()) else {
        return false;
    };
    let is_same_port = at.port_or_known_default() == source.port_or_known_default();
    let is_usual_port = at.port().is_none() && source.port().is_none();
    at.host() == source.host() && (is_same_port || is_usual_port)
}

/// Where the response `answer` to a request for `at` sends us, if it does.
fn redirect(answer: &Answer, at: &SourceUrl) -> Result<Option<SourceUrl>, Error> {
    let bad = |reason| Error::BadRedirect {
        host: answer.host.clone(),
        reason,
    };
    let is_redirect = matches!(
        answer.response.status().as_u16(),
        301 | 302 | 303 | 307 | 308
    );
    let location = answer.response.headers().get(LOCATION);
    let Some(location) = location.filter(|_| is_redirect) else {
        return Ok(None);
    };
    let location =
        std::str::from_utf8(location.as_bytes()).map_err(|_| bad("its Location is not UTF-8"))?;
    let base = at.url().ok_or_else(|| bad("it has no base"))?;
    let next = base
        .join(location)
        .map_err(|_| bad("its Location is no URL"))?;
    match (at.scheme(), next.scheme()) {
        (Scheme::Http, "http" | "https") | (Scheme::Https, "https") => {}
        _ => return Err(bad("it changes the scheme")),
    }
    SourceUrl::parse(next.as_str())
        .map(Some)
        .map_err(|_| bad("its Location is no URL of a source"))
}

/// The headers of every request. No `Accept-Encoding` is sent: images do not compress.
pub(super) fn fixed_headers(
    user_agent: &str,
) -> Result<HeaderMap, http::header::InvalidHeaderValue> {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_str(user_agent)?);
    headers.insert(ACCEPT, HeaderValue::from_static("image/*,*/*;q=0.8"));
    headers.insert(
        HeaderName::from_static("cdn-loop"),
        HeaderValue::from_static(CDN_LOOP_ID),
    );
    Ok(headers)
}

/// The host of a URL, and the URL without its fragment as the client takes it.
fn target(at: &SourceUrl) -> Result<(String, Uri), Error> {
    let url = at.url().ok_or(Error::SchemeDisabled { scheme: "local" })?;
    let host = url.host_str().unwrap_or_default().to_owned();
    match url[..Position::AfterQuery].parse() {
        Ok(uri) => Ok((host, uri)),
        Err(error) => Err(unreachable(&host, Cause::Protocol, &error)),
    }
}
