//! What the texts of settings may be, and what they read as.

use std::net::{IpAddr, Ipv4Addr};

use url::Url;

use super::{Listen, Raw};
use crate::identify::Format;
use crate::transform::ask::SCORE_LEVELS;

/// The most millions of pixels that a setting may name.
pub(super) const MAX_MEGAPIXELS: f64 = 10_000.0;

pub(crate) fn flag(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" | "on" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" | "off" => Some(false),
        _ => None,
    }
}

pub(super) fn byte_count(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match text[digits.len()..].trim() {
        "" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

pub(super) fn megapixels(text: &str) -> Option<u64> {
    let millions: f64 = text.parse().ok()?;
    let pixels = millions * 1e6;
    (millions <= MAX_MEGAPIXELS && pixels >= 1.0).then_some(pixels as u64)
}

/// Texts divided by semicolons, blank ones left out: a replacement may hold commas.
pub(super) fn replacements(raw: &Raw) -> Option<Vec<String>> {
    let items: Vec<&str> = match raw {
        Raw::Text(text) => text.split(';').collect(),
        Raw::List(items) => items.iter().map(String::as_str).collect(),
    };
    let items = items.into_iter().map(str::trim);
    Some(owned(items.filter(|item| !item.is_empty()).collect()))
}

/// Whether a text is a token (RFC 9110, section 5.6.2).
pub(crate) fn is_header_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(fits)
}

pub(super) fn is_bucket(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_$".contains(&byte);
    text.bytes().all(fits)
}

pub(super) fn is_endpoint(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        let is_web = matches!(url.scheme(), "http" | "https");
        is_web && url.has_host() && url.username().is_empty() && url.password().is_none()
    })
}

pub(super) fn is_redis_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "redis" | "rediss") && url.has_host())
}

pub(crate) fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

pub(super) fn is_metric_prefix(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !text.starts_with(|first: char| first.is_ascii_digit())
}

/// One slash in front, none behind, nothing from `?` or `#` on; the root is empty text.
pub(super) fn url_path(text: &str) -> String {
    let end = text.find(['?', '#']).unwrap_or(text.len());
    let inner = text[..end].trim_matches('/');
    if inner.is_empty() {
        String::new()
    } else {
        format!("/{inner}")
    }
}

pub(super) fn listen(text: &str) -> Option<Listen> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok()?;
    match host {
        "" => Some(Listen::Everywhere { port }),
        "localhost" => Some(Listen::At((IpAddr::V4(Ipv4Addr::LOCALHOST), port).into())),
        _ => text.parse().ok().map(Listen::At),
    }
}

pub(super) fn cipher_key(text: &str) -> Option<Vec<u8>> {
    hex::decode(text)
        .ok()
        .filter(|key| matches!(key.len(), 16 | 24 | 32))
}

pub(super) fn hex_list(items: Vec<&str>) -> Option<Vec<Vec<u8>>> {
    items
        .into_iter()
        .map(|item| hex::decode(item).ok())
        .collect()
}

pub(super) fn formats(items: Vec<&str>, fits: fn(Format) -> bool) -> Option<Vec<Format>> {
    items
        .into_iter()
        .map(|item| Format::from_name(item).filter(|format| fits(*format)))
        .collect()
}

pub(super) fn format_quality(items: Vec<&str>) -> Option<Vec<(Format, u8)>> {
    items
        .into_iter()
        .map(|item| {
            let (name, quality) = item.split_once('=')?;
            let quality = quality.trim().parse().ok()?;
            let format = Format::from_name(name.trim())?;
            (1..=100).contains(&quality).then_some((format, quality))
        })
        .collect()
}

/// A score of SSIMULACRA2; 0 for none.
pub(super) fn score(text: &str) -> Option<f64> {
    let is_named = |(name, _): &&(&str, f64)| name.eq_ignore_ascii_case(text);
    if let Some((_, score)) = SCORE_LEVELS.iter().find(is_named) {
        return Some(*score);
    }
    if text.eq_ignore_ascii_case("off") {
        return Some(0.0);
    }
    let score: f64 = text.parse().ok()?;
    (1.0..=100.0).contains(&score).then_some(score)
}

pub(super) fn owned(items: Vec<&str>) -> Vec<String> {
    items.into_iter().map(String::from).collect()
}
