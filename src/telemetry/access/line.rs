//! One request as a line of text.

use std::borrow::Cow;
use std::fmt::Write;
use std::net::IpAddr;
use std::time::Duration;

use serde_json::json;

use super::Config;
use crate::clock::Timestamp;
use crate::telemetry::rfc3339::Rfc3339;
use crate::telemetry::{Format, Outcome, Phase, Phases};

/// What is told of a request.
#[derive(Clone, Debug)]
pub struct Line {
    /// When it came.
    pub time: Timestamp,
    /// The id under which the log and the client know it.
    pub request_id: String,
    /// The method.
    pub method: http::Method,
    /// The raw request target; its signature and query are left out when it is written.
    pub target: String,
    /// The status that was answered.
    pub status: u16,
    /// Bytes of the body that were handed to the connection.
    pub bytes: u64,
    /// Where the answer came from.
    pub outcome: Outcome,
    /// The host of the source, where there is one.
    pub source_host: Option<String>,
    /// How long it took; the total is written as `duration_ms`.
    pub phases: Phases,
    /// The address that sent it.
    pub remote: Option<IpAddr>,
    /// The program that sent it, by its own account.
    pub user_agent: Option<String>,
}

impl Line {
    /// Adds the line to `text`, with its end.
    pub(super) fn write(&self, config: &Config, text: &mut String) {
        let path = shown_path(&self.target, &config.path_prefix);
        match config.format {
            Format::Human => self.write_human(&path, text),
            Format::Json => self.write_json(&path, text),
        }
        text.push('\n');
    }

    fn write_json(&self, path: &str, text: &mut String) {
        let mut object = json!({
            "time": Rfc3339(self.time).to_string(),
            "request_id": self.request_id,
            "method": self.method.as_str(),
            "path": path,
            "status": self.status,
            "bytes": self.bytes,
            "cache.status": self.outcome.as_str(),
            "source.host": self.source_host,
            "remote": self.remote,
            "user_agent": self.user_agent,
        });
        for (phase, time) in self.phases.iter() {
            object[phase_name(phase)] = json!(millis(time));
        }
        text.push_str(&object.to_string());
    }

    fn write_human(&self, path: &str, text: &mut String) {
        let (time, method, status) = (Rfc3339(self.time), &self.method, self.status);
        let (bytes, outcome) = (self.bytes, self.outcome.as_str());
        let mut write = || -> std::fmt::Result {
            write!(text, "{time} {status} {method} {}", path.escape_debug())?;
            write!(text, " bytes={bytes} cache.status={outcome}")?;
            for (phase, time) in self.phases.iter() {
                write!(text, " {}={}", phase_name(phase), millis(time))?;
            }
            if let Some(host) = &self.source_host {
                write!(text, " source.host={}", host.escape_debug())?;
            }
            if let Some(remote) = self.remote {
                write!(text, " remote={remote}")?;
            }
            write!(text, " request_id={}", self.request_id.escape_debug())?;
            if let Some(agent) = &self.user_agent {
                write!(text, " user_agent=\"{}\"", agent.escape_debug())?;
            }
            Ok(())
        };
        write().expect("writing to a string does not fail");
    }
}

const fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Fetch => "fetch_ms",
        Phase::Queue => "queue_ms",
        Phase::Work => "work_ms",
        Phase::Store => "store_ms",
        Phase::Total => "duration_ms",
    }
}

/// Milliseconds, to the microsecond.
fn millis(time: Duration) -> f64 {
    time.as_micros() as f64 / 1000.0
}

/// The path without its query, and with `-` for the signature: the first segment after the prefix, or after `/info`.
///
/// A path of one segment has none; `/health` and its like stay readable.
fn shown_path<'a>(target: &'a str, prefix: &str) -> Cow<'a, str> {
    let path = target.split('?').next().unwrap_or_default();
    let signed = path
        .strip_prefix(prefix)
        .unwrap_or(path)
        .trim_start_matches('/');
    let signed = match signed.strip_prefix("info/") {
        Some(of_info) => of_info.trim_start_matches('/'),
        None => signed,
    };
    match signed.split_once('/') {
        None => Cow::Borrowed(path),
        Some((_signature, rest)) => {
            let before = &path[..path.len() - signed.len()];
            Cow::Owned(format!("{before}-/{rest}"))
        }
    }
}

#[cfg(test)]
impl Line {
    /// A line with every field set.
    pub(super) fn sample() -> Self {
        Self {
            time: Timestamp::from_millis(1_709_251_199_001),
            request_id: "0042".to_owned(),
            method: http::Method::GET,
            target: "/c2lnbmF0dXJl/w:300/plain/https://shop.example/cat.jpg?v=1".to_owned(),
            status: 200,
            bytes: 16_384,
            outcome: Outcome::Miss,
            source_host: Some("shop.example".to_owned()),
            phases: Phases::default()
                .with(Phase::Fetch, Duration::from_micros(20_500))
                .with(Phase::Total, Duration::from_micros(45_125)),
            remote: Some(IpAddr::from([192, 0, 2, 7])),
            user_agent: Some("curl/8".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(line: &Line, format: Format) -> String {
        let config = Config {
            format,
            path_prefix: String::new(),
        };
        let mut text = String::new();
        line.write(&config, &mut text);
        text
    }

    #[test]
    fn a_human_line_begins_with_what_is_looked_for() {
        assert_eq!(
            text(&Line::sample(), Format::Human),
            "2024-02-29T23:59:59.001Z 200 GET /-/w:300/plain/https://shop.example/cat.jpg \
             bytes=16384 cache.status=miss fetch_ms=20.5 duration_ms=45.125 \
             source.host=shop.example remote=192.0.2.7 request_id=0042 user_agent=\"curl/8\"\n"
        );
    }

    #[test]
    fn a_json_line_is_one_object() {
        let text = text(&Line::sample(), Format::Json);
        assert!(text.ends_with("}\n"), "{text}");
        let object: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            object,
            json!({
                "time": "2024-02-29T23:59:59.001Z",
                "request_id": "0042",
                "method": "GET",
                "path": "/-/w:300/plain/https://shop.example/cat.jpg",
                "status": 200,
                "bytes": 16384,
                "cache.status": "miss",
                "source.host": "shop.example",
                "fetch_ms": 20.5,
                "duration_ms": 45.125,
                "remote": "192.0.2.7",
                "user_agent": "curl/8",
            })
        );
    }

    #[test]
    fn text_from_outside_cannot_start_a_line_of_its_own() {
        let mut line = Line::sample();
        line.target = "/sig/\n/\u{1b}[31m".to_owned();
        line.user_agent = Some("a\" status=200\r\n\u{7}".to_owned());
        for format in [Format::Human, Format::Json] {
            let text = text(&line, format);
            assert_eq!(text.matches(char::is_control).count(), 1, "{text:?}");
            assert!(text.contains("a\\\" status=200\\r\\n"), "{text:?}");
        }
    }

    #[test]
    fn no_path_shows_its_signature() {
        for (target, prefix, shown) in [
            ("/sig/w:1/abc", "", "/-/w:1/abc"),
            ("/sig/w:1/abc?sig=1", "", "/-/w:1/abc"),
            ("/img/sig/w:1/abc", "/img", "/img/-/w:1/abc"),
            ("/sig/w:1/abc", "/img", "/-/w:1/abc"),
            ("//sig/w:1/abc", "", "//-/w:1/abc"),
            ("/info/sig/b:1/abc", "", "/info/-/b:1/abc"),
            ("/img/info/sig/b:1/abc", "/img", "/img/info/-/b:1/abc"),
            ("/info/abc", "", "/info/abc"),
            ("/health", "", "/health"),
            ("/", "", "/"),
            ("", "", ""),
            ("*", "", "*"),
        ] {
            assert_eq!(shown_path(target, prefix), shown, "{target} under {prefix}");
        }
    }
}
