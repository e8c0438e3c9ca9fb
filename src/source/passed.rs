//! Headers that pass through: of the client's request to the origin, and of the origin's response back.

use http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_TYPE, COOKIE, EXPECT, HOST, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    IF_UNMODIFIED_SINCE, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, RANGE, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::Fault;
use crate::request::SourceUrl;

/// Bytes of headers, names and values, that are kept of one response; what does not fit is left out.
const MOST_KEPT: usize = 8 << 10;

/// Headers that concern one connection or one message, and so never pass.
const OF_THE_MESSAGE: [HeaderName; 12] = [
    CONNECTION,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    EXPECT,
    HeaderName::from_static("keep-alive"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Headers that the fetcher writes itself, or must not have written.
const OF_THE_FETCHER: [HeaderName; 10] = [
    ACCEPT_ENCODING,
    HeaderName::from_static("cdn-loop"),
    COOKIE,
    HOST,
    IF_MATCH,
    IF_MODIFIED_SINCE,
    IF_NONE_MATCH,
    IF_RANGE,
    IF_UNMODIFIED_SINCE,
    RANGE,
];

/// Headers that say what a body is, which a made image says for itself.
const OF_THE_BODY: [HeaderName; 2] = [ACCEPT_RANGES, CONTENT_TYPE];

/// Which headers pass. The default passes none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passthrough {
    /// Names of request headers that are sent on to the origin.
    pub request_headers: Vec<String>,
    /// Names of the origin's headers that an [`Image`](super::Image) keeps, 8 KiB of them at most.
    pub response_headers: Vec<String>,
    /// Which origins see the client's cookies.
    pub cookies: Cookies,
    /// Headers, names and values, that every request to an origin carries. They are no part of any key.
    pub custom_headers: Vec<(String, String)>,
}

/// Which origins see the client's cookies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cookies {
    /// None.
    #[default]
    Kept,
    /// Those whose host is that of `base`, below its path; without it the host that the client asked for.
    Scoped {
        /// The URL that the cookies count as set by.
        base: Option<Url>,
    },
    /// All of them.
    All,
}

/// What of one request passes to its source: empty, unless settings name it.
///
/// It goes to the source's own authority and never over a redirect to another, nor to an object store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    headers: HeaderMap,
}

/// [`Passthrough`], read.
#[derive(Clone, Debug, Default)]
pub(super) struct Passing {
    request: Vec<HeaderName>,
    response: Vec<HeaderName>,
    cookies: Cookies,
    /// What every request to an origin carries.
    pub(super) custom: HeaderMap,
}

impl Passed {
    /// Nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether nothing passes.
    pub fn is_none(&self) -> bool {
        self.headers.is_empty()
    }

    /// A digest of names and values, in whatever order they came; `None` where nothing passes.
    ///
    /// It belongs in every key of what is made with these headers.
    pub fn digest(&self) -> Option<[u8; 32]> {
        if self.is_none() {
            return None;
        }
        let mut pairs: Vec<_> = self.headers.iter().collect();
        pairs.sort_by_key(|(name, _)| name.as_str());
        let mut hasher = blake3::Hasher::new();
        for (name, value) in pairs {
            for part in [name.as_str().as_bytes(), value.as_bytes()] {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
        }
        Some(hasher.finalize().into())
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.headers
    }
}

impl Passing {
    /// The names and values of `config`; every one that is none, or must not pass, as a fault.
    pub(super) fn parse(config: &Passthrough, faults: &mut Vec<Fault>) -> Self {
        let mut names = |field, texts: &[String], barred: &[HeaderName]| {
            let read = texts.iter().map(|text| name(text, barred));
            keep(read, field, faults)
        };
        let (request, response) = (
            names(
                "passthrough.request_headers",
                &config.request_headers,
                &OF_THE_FETCHER,
            ),
            names(
                "passthrough.response_headers",
                &config.response_headers,
                &OF_THE_BODY,
            ),
        );
        let custom = config.custom_headers.iter().map(|(text, value)| {
            let value = HeaderValue::from_str(value.trim());
            let value =
                value.map_err(|_| format!("the value of {text:?} cannot stand in a header"))?;
            let barred: Vec<_> = OF_THE_FETCHER
                .into_iter()
                .filter(|name| name != COOKIE)
                .collect();
            Ok((name(text, &barred)?, value))
        });
        Self {
            request,
            response,
            cookies: config.cookies.clone(),
            custom: keep(custom, "passthrough.custom_headers", faults)
                .into_iter()
                .collect(),
        }
    }

    /// What of a request with the headers `asked` passes to `source`.
    pub(super) fn passed(&self, source: &SourceUrl, asked: &HeaderMap) -> Passed {
        let Some(url) = source.url() else {
            return Passed::none();
        };
        let mut headers = super::stream::only(asked, &self.request);
        if self.shows_cookies(url, asked) {
            for cookie in asked.get_all(COOKIE) {
                headers.append(COOKIE, cookie.clone());
            }
        }
        Passed { headers }
    }

    /// Those of `headers` that an image keeps.
    pub(super) fn kept(&self, headers: &HeaderMap) -> HeaderMap {
        let mut left = MOST_KEPT;
        let mut kept = HeaderMap::new();
        for name in &self.response {
            for value in headers.get_all(name) {
                if let Some(rest) = left.checked_sub(name.as_str().len() + value.len()) {
                    left = rest;
                    kept.append(name, value.clone());
                }
            }
        }
        kept
    }

    fn shows_cookies(&self, url: &Url, asked: &HeaderMap) -> bool {
        match &self.cookies {
            Cookies::Kept => false,
            Cookies::All => true,
            Cookies::Scoped { base: Some(base) } => is_in_scope(base, url),
            Cookies::Scoped { base: None } => {
                asked_base(asked).is_some_and(|base| is_in_scope(&base, url))
            }
        }
    }
}

/// The values that were read; what went wrong with the others is told of `field`.
fn keep<T>(
    read: impl Iterator<Item = Result<T, String>>,
    field: &'static str,
    faults: &mut Vec<Fault>,
) -> Vec<T> {
    let (good, bad): (Vec<_>, Vec<_>) = read.partition(Result::is_ok);
    let problems = bad.into_iter().filter_map(Result::err);
    faults.extend(problems.map(|problem| Fault::new(field, problem)));
    good.into_iter().flatten().collect()
}

fn name(text: &str, barred: &[HeaderName]) -> Result<HeaderName, String> {
    let name = HeaderName::try_from(text.trim());
    let name = name.map_err(|_| format!("{text:?} is no name of a header"))?;
    if OF_THE_MESSAGE.contains(&name) || barred.contains(&name) {
        return Err(format!("{name} cannot pass"));
    }
    Ok(name)
}

/// Whether a cookie that `base` set without attributes is sent to `url` (RFC 6265, 5.3 and 5.4): host for host,
/// whatever the port, from its folder down. One that was set over TLS does not go out in clear text.
fn is_in_scope(base: &Url, url: &Url) -> bool {
    let folder = base
        .path()
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder);
    let is_below = url
        .path()
        .strip_prefix(folder)
        .is_some_and(|rest| rest.starts_with('/'));
    let is_exposed = base.scheme() == "https" && url.scheme() != "https";
    base.host() == url.host() && is_below && !is_exposed
}

/// The root of the host that the client asked, as the proxies in front of us tell it.
fn asked_base(asked: &HeaderMap) -> Option<Url> {
    let text = |name: &str| {
        let value = asked.get(name)?.to_str().ok()?;
        Some(value.split(',').next().unwrap_or_default().trim())
    };
    let host = text("x-forwarded-host").or_else(|| text("host"))?;
    let scheme = text("x-forwarded-proto").unwrap_or("http");
    Url::parse(&format!("{scheme}://{host}/")).ok()
}

#[cfg(test)]
mod tests;
