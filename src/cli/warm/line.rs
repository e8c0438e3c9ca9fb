//! One line of an access log: who asked for what is read, the rest is left.
//!
//! Read are the lines of Inkfish, JSON and text, and the common and combined formats of Nginx and Apache.

use std::borrow::Cow;

use serde::Deserialize;

/// A request, as a log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Logged<'l> {
    pub(super) method: Cow<'l, str>,
    /// The request target without its query, which decides nothing.
    pub(super) path: Cow<'l, str>,
    pub(super) status: u16,
}

/// What is read of a line of JSON.
#[derive(Deserialize)]
struct Object<'l> {
    #[serde(borrow)]
    method: Cow<'l, str>,
    #[serde(borrow)]
    path: Cow<'l, str>,
    status: u16,
}

impl<'l> Logged<'l> {
    /// Reads a line of any of the formats; `None` where it is of none of them.
    pub(super) fn parse(line: &'l str) -> Option<Self> {
        let line = line.trim();
        let logged = match line.as_bytes().first()? {
            b'{' => Self::of_json(line),
            _ => Self::of_text(line).or_else(|| Self::of_common(line)),
        }?;
        let is_path = |path: &str| {
            let is_odd = |letter: char| letter.is_whitespace() || letter.is_control();
            path.starts_with('/') && !path.contains(is_odd)
        };
        is_path(&logged.path).then(|| logged.without_query())
    }

    /// `{"method":"GET","path":"/…","status":200,…}`
    fn of_json(line: &'l str) -> Option<Self> {
        let Object {
            method,
            path,
            status,
        } = serde_json::from_str(line).ok()?;
        Some(Self {
            method,
            path,
            status,
        })
    }

    /// `2026-11-23T02:24:01.123Z 200 GET /… …`
    fn of_text(line: &'l str) -> Option<Self> {
        let mut words = line.split(' ');
        let time = words.next()?;
        let is_time = time.ends_with('Z') && time.as_bytes().get(10) == Some(&b'T');
        let status = words.next().filter(|_| is_time)?.parse().ok()?;
        Some(Self {
            status,
            method: words.next()?.into(),
            path: unescaped(words.next()?)?,
        })
    }

    /// `192.0.2.7 - - [23/Nov/2026:02:24:01 +0000] "GET /… HTTP/1.1" 200 1234 …`
    fn of_common(line: &'l str) -> Option<Self> {
        let (_, after_time) = line.split_once("] \"")?;
        let (request, rest) = after_time.split_at(end_of_quote(after_time)?);
        let mut words = request.split(' ');
        let (method, path, version) = (words.next()?, words.next()?, words.next()?);
        let status = rest.strip_prefix("\" ")?.split(' ').next()?.parse().ok()?;
        let is_http = version.starts_with("HTTP/") && words.next().is_none();
        is_http.then_some(())?;
        Some(Self {
            method: method.into(),
            path: unescaped(path)?,
            status,
        })
    }

    fn without_query(self) -> Self {
        let cut = |path: &str| path.find('?').unwrap_or(path.len());
        let path = match self.path {
            Cow::Borrowed(path) => Cow::Borrowed(&path[..cut(path)]),
            Cow::Owned(mut path) => {
                path.truncate(cut(&path));
                Cow::Owned(path)
            }
        };
        Self { path, ..self }
    }
}

/// Where the quote ends that `text` is within.
fn end_of_quote(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    })
}

/// The text as it was before it was logged: `\x22` as Nginx and Apache write it, `\u{e9}` as we do, and `\"`.
fn unescaped(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('\\') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        rest = unescape(after, &mut bytes)?;
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

/// Adds what the escape that begins `text` stands for; answers what follows it.
fn unescape<'t>(text: &'t str, bytes: &mut Vec<u8>) -> Option<&'t str> {
    let mut letters = text.chars();
    match letters.next()? {
        'x' => {
            let digits = letters.as_str().get(..2)?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            return Some(&letters.as_str()[2..]);
        }
        'u' => {
            let (digits, rest) = letters.as_str().strip_prefix('{')?.split_once('}')?;
            let letter = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
            bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(rest);
        }
        letter @ ('"' | '\'' | '\\') => bytes.push(letter as u8),
        // Of control characters, which no path has.
        _ => return None,
    }
    Some(letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Option<(String, String, u16)> {
        let logged = Logged::parse(line)?;
        let (method, path) = (logged.method.into_owned(), logged.path.into_owned());
        Some((method, path, logged.status))
    }

    #[test]
    fn every_format_says_the_same_of_a_request() {
        let path = "/-/w:300/plain/https://shop.example/cat.jpg";
        let lines = [
            format!(
                r#"{{"time":"2026-02-01T00:00:00.001Z","method":"GET","path":"{path}","status":200,"x":null}}"#
            ),
            format!(
                "2026-02-01T00:00:00.001Z 200 GET {path} bytes=16384 cache.status=miss user_agent=\"a b\""
            ),
            format!(
                r#"192.0.2.7 - - [01/Feb/2026:00:00:00 +0000] "GET {path} HTTP/1.1" 200 16384"#
            ),
            format!(
                r#"2001:db8::1 - ann [01/Feb/2026:00:00:00 +0000] "GET {path}?v=1 HTTP/2.0" 200 - "https://a.example/" "Mozilla/5.0 (X11; \"odd\")""#
            ),
            format!(
                "  192.0.2.7 - - [01/Feb/2026:00:00:00 +0000] \"GET {path} HTTP/1.1\" 200 16384\r\n"
            ),
        ];
        for line in lines {
            let expected = ("GET".to_owned(), path.to_owned(), 200);
            assert_eq!(parsed(&line), Some(expected), "{line}");
        }
    }

    #[test]
    fn what_a_log_escaped_is_as_it_was_asked_for() {
        let common = |path: &str| format!(r#"a - - [t] "GET {path} HTTP/1.1" 200 1"#);
        let text = |path: &str| format!("2026-02-01T00:00:00.001Z 200 GET {path} bytes=1");
        let rows = [
            (common(r"/s/\x22a\x22"), "/s/\"a\""),
            (common(r"/s/\xC3\xA9"), "/s/é"),
            (common(r#"/s/\"a"#), "/s/\"a"),
            (common(r"/s/a\\"), r"/s/a\"),
            (text(r"/s/\u{e9}\'\\"), r"/s/é'\"),
        ];
        for (line, path) in rows {
            assert_eq!(parsed(&line).unwrap().1, path, "{line}");
        }
    }

    #[test]
    fn what_is_no_request_is_passed_over() {
        let rows = [
            "",
            "   ",
            "{}",
            "{\"method\":\"GET\"",
            r#"{"method":"GET","path":7,"status":200}"#,
            r#"{"method":"GET","path":"*","status":200}"#,
            r#"{"method":"GET","path":"/a\nb","status":200}"#,
            "2026-02-01T00:00:00.001Z  INFO serving",
            "2026-02-01T00:00:00.001Z 200 GET",
            r#"a - - [t] "-" 400 0"#,
            r#"a - - [t] "\x16\x03\x01" 400 0"#,
            r#"a - - [t] "GET /s HTTP/1.1"#,
            r#"a - - [t] "GET /s HTTP/1.1" - 0"#,
            r#"a - - [t] "GET /s/\x" 200 0"#,
            r#"a - - [t] "GET /s/\xFF HTTP/1.1" 200 0"#,
            r#"a - - [t] "GET /s/\u{110000} HTTP/1.1" 200 0"#,
            r#"a - - [t] "GET http://a/s HTTP/1.1" 200 0"#,
            r#"a - - [t] "GET /s x HTTP/1.1" 200 0"#,
        ];
        for line in rows {
            assert_eq!(parsed(line), None, "{line}");
        }
    }

    #[test]
    fn other_methods_and_failures_are_read_too() {
        let line = r#"a - - [t] "POST /s HTTP/1.1" 404 0"#;
        assert_eq!(
            parsed(line),
            Some(("POST".to_owned(), "/s".to_owned(), 404))
        );
    }
}
