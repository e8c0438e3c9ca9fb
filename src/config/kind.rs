//! The forms that a setting's text can take, and the one place where text becomes a value.

mod texts;

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::identify::Format;
use crate::request::SourceUrl;
use crate::transform::ask::SCORE_LEVELS;
use texts::{
    MAX_MEGAPIXELS, byte_count, cipher_key, format_quality, formats, hex_list, is_bucket,
    is_endpoint, is_metric_prefix, is_redis_url, listen, megapixels, owned, replacements, score,
    url_path,
};
pub(crate) use texts::{flag, is_header_name, is_printable};

/// The text of a setting as it was given, before anything is made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Raw {
    /// A variable, or a string, number or boolean of the file.
    Text(String),
    /// An array of the file.
    List(Vec<String>),
}

/// The form of a setting's text, with its range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// On or off.
    Flag,
    /// A whole number in a range.
    Count { least: u64, most: u64 },
    /// A number of threads, or `cores`.
    Threads,
    /// Whole seconds in a range.
    Seconds { least: u64, most: u64 },
    /// A number of bytes in a range.
    Bytes { least: u64, most: u64 },
    /// A number in a range, fractions allowed.
    Number { least: f64, most: f64 },
    /// Millions of pixels, fractions allowed.
    Megapixels,
    /// The same, or 0 for no limit.
    MegapixelLimit,
    /// How good pictures must look: a name, a number from 1 to 100, or `off`.
    Score,
    /// One of a few words, in any case.
    Word(&'static [&'static str]),
    /// Text that a header can carry.
    Header,
    /// The start of a metric's name.
    MetricPrefix,
    /// Text between two parts of something.
    Separator,
    /// A path of the file system.
    Path,
    /// A path of a URL; its slashes are put right.
    UrlPath,
    /// Where to listen.
    Address,
    /// Texts, divided by commas.
    List,
    /// Texts, divided by the separator that the setting of this name says.
    Separated(&'static str),
    /// Beginnings of sources and what takes their place, divided by semicolons.
    Replacements,
    /// What stands before the query of a source, or `none`.
    QuerySeparator,
    /// Names of headers, divided by commas.
    HeaderNames,
    /// Names of buckets, divided by commas.
    Buckets,
    /// The URL of a server.
    Endpoint,
    /// The URL of a Redis.
    RedisUrl,
    /// The URL of a source.
    Source,
    /// Bytes in base64.
    Base64,
    /// Bytes in hexadecimal, 16, 24 or 32 of them.
    CipherKey,
    /// Bytes in hexadecimal, several divided by commas.
    HexList,
    /// Names of formats that this build writes.
    OutputFormats,
    /// Names of formats.
    Formats,
    /// Pairs of format and quality.
    FormatQuality,
}

/// What a setting's text came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Unset,
    Flag(bool),
    /// Counts, seconds, bytes, and pixels.
    Number(u64),
    Fraction(f64),
    Text(String),
    Address(Listen),
    List(Vec<String>),
    Bytes(Vec<u8>),
    HexList(Vec<Vec<u8>>),
    Formats(Vec<Format>),
    FormatQuality(Vec<(Format, u8)>),
}

/// Where to listen for connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// On every address of the machine, IPv4 and IPv6.
    Everywhere {
        /// The TCP port.
        port: u16,
    },
    /// On one address.
    At(SocketAddr),
}

const MAX_THREADS: u64 = 1024;

impl Raw {
    /// Whether nothing was said: blank text, or an array without elements.
    pub(crate) fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::List(items) => items.is_empty(),
        }
    }

    /// The text as it is shown.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(items) => items.join(","),
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.trim()),
            Self::List(_) => None,
        }
    }

    fn items(&self) -> Option<Vec<&str>> {
        let items: Vec<&str> = match self {
            Self::Text(text) => text.split(',').map(str::trim).collect(),
            Self::List(items) => items.iter().map(|item| item.trim()).collect(),
        };
        items.iter().all(|item| !item.is_empty()).then_some(items)
    }
}

impl Kind {
    /// The form in words, to stand after “expected”.
    pub(crate) fn expected(self) -> String {
        match self {
            Self::Flag => "`true` or `false`".into(),
            Self::Count { least, most } => format!("a whole number from {least} to {most}"),
            Self::Threads => format!("a whole number from 1 to {MAX_THREADS}, or `cores`"),
            Self::Seconds { least, most } => format!("whole seconds from {least} to {most}"),
            Self::Bytes { least, most } => format!(
                "bytes from {} to {}, as a whole number, bare or followed by KiB, MiB or GiB",
                byte_text(least),
                byte_text(most)
            ),
            Self::Number { least, most } => format!("a number from {least} to {most}"),
            Self::MegapixelLimit => {
                format!("megapixels up to {MAX_MEGAPIXELS}, fractions allowed, or 0 for no limit")
            }
            Self::Megapixels => {
                format!("megapixels above 0 and up to {MAX_MEGAPIXELS}, fractions allowed")
            }
            Self::Score => {
                let names = SCORE_LEVELS.map(|(name, _)| name);
                format!("`off`, {}, or a number from 1 to 100", quoted(&names))
            }
            Self::Word(words) => format!("one of {}", quoted(words)),
            Self::Header => "printable ASCII text".into(),
            Self::MetricPrefix => "letters, digits and `_`, no digit first".into(),
            Self::Separator => "text without `/`, `?`, `%` and `=`".into(),
            Self::Path => "a path of the file system".into(),
            Self::UrlPath => "a path such as `/images`, printable ASCII".into(),
            Self::Address => {
                "an IP address and a port such as `127.0.0.1:8080` or `[::1]:8080`, or `:8080`"
                    .into()
            }
            Self::List => "texts divided by commas, none of them empty".into(),
            Self::Separated(by) => format!("definitions divided by `INKFISH_{by}`"),
            Self::Replacements => "`pattern=replacement`, several divided by `;`".into(),
            Self::QuerySeparator => "printable ASCII text without spaces, or `none`".into(),
            Self::HeaderNames => "names of headers, divided by commas".into(),
            Self::Buckets => "names of buckets, divided by commas".into(),
            Self::Endpoint => "a URL such as `https://store.example:9000`".into(),
            Self::RedisUrl => {
                "a URL such as `redis://redis.example:6379/0` or `rediss://redis.example`".into()
            }
            Self::Source => "the URL of a source, such as `https://shop.example/cat.jpg`".into(),
            Self::Base64 => "bytes in base64".into(),
            Self::CipherKey => "16, 24 or 32 bytes in hexadecimal".into(),
            Self::HexList => "bytes in hexadecimal, several divided by commas".into(),
            Self::OutputFormats => format!("formats divided by commas, out of {}", output_names()),
            Self::Formats => format!("formats divided by commas, out of {}", all_names()),
            Self::FormatQuality => {
                "pairs such as `webp=79,jpeg=80`, divided by commas, each from 1 to 100".into()
            }
        }
    }

    /// The value of a text that is not blank; `None` if it has another form or is out of range.
    pub(crate) fn parse(self, raw: &Raw) -> Option<Value> {
        match self {
            Self::List => Some(Value::List(owned(raw.items()?))),
            Self::Separated(_) => Some(match raw {
                Raw::Text(text) => Value::Text(text.clone()),
                Raw::List(items) => Value::List(items.clone()),
            }),
            Self::Replacements => replacements(raw).map(Value::List),
            Self::HeaderNames => named(raw.items()?, is_header_name),
            Self::Buckets => named(raw.items()?, is_bucket),
            Self::HexList => hex_list(raw.items()?).map(Value::HexList),
            Self::OutputFormats => formats(raw.items()?, Format::encodes).map(Value::Formats),
            Self::Formats => formats(raw.items()?, |_| true).map(Value::Formats),
            Self::FormatQuality => format_quality(raw.items()?).map(Value::FormatQuality),
            _ => self.parse_text(raw.text()?),
        }
    }

    fn parse_text(self, text: &str) -> Option<Value> {
        match self {
            Self::Flag => flag(text).map(Value::Flag),
            Self::Count { least, most } | Self::Seconds { least, most } => {
                within(text.parse().ok()?, least, most)
            }
            Self::Threads => threads(text),
            Self::Bytes { least, most } => within(byte_count(text)?, least, most),
            Self::Number { least, most } => number(text, least, most),
            Self::Megapixels => megapixels(text).map(Value::Number),
            Self::MegapixelLimit if text.parse() == Ok(0.0) => Some(Value::Number(0)),
            Self::MegapixelLimit => megapixels(text).map(Value::Number),
            Self::QuerySeparator => text_if(text, is_printable(text) && !text.contains(' ')),
            Self::Endpoint => text_if(text, is_endpoint(text)),
            Self::RedisUrl => text_if(text, is_redis_url(text)),
            Self::Source => text_if(text, SourceUrl::parse(text).is_ok()),
            Self::Base64 => STANDARD.decode(text).ok().map(Value::Bytes),
            Self::Score => score(text).map(Value::Fraction),
            Self::Word(words) => word(text, words),
            Self::Header => text_if(text, is_printable(text)),
            Self::MetricPrefix => text_if(text, is_metric_prefix(text)),
            Self::Separator => text_if(text, !text.contains(['/', '?', '%', '='])),
            Self::Path => Some(Value::Text(text.into())),
            Self::UrlPath => text_if(&url_path(text), is_printable(text)),
            Self::Address => listen(text).map(Value::Address),
            Self::CipherKey => cipher_key(text).map(Value::Bytes),
            Self::List
            | Self::Separated(_)
            | Self::Replacements
            | Self::HeaderNames
            | Self::Buckets
            | Self::HexList
            | Self::OutputFormats
            | Self::Formats
            | Self::FormatQuality => None,
        }
    }
}

/// On or off as imgproxy reads it (Go's `strconv.ParseBool`), and `on` and `off` besides.
fn within(number: u64, least: u64, most: u64) -> Option<Value> {
    (least..=most)
        .contains(&number)
        .then_some(Value::Number(number))
}

fn threads(text: &str) -> Option<Value> {
    if text == "cores" {
        return Some(Value::Number(cores()));
    }
    within(text.parse().ok()?, 1, MAX_THREADS)
}

/// The processors that this process may use, cgroup limits included; 1 where the system does not tell.
fn cores() -> u64 {
    std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64)
}

fn byte_text(bytes: u64) -> String {
    for (unit, name) in [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] {
        if bytes > 0 && bytes.is_multiple_of(unit) {
            return format!("{} {name}", bytes / unit);
        }
    }
    bytes.to_string()
}

fn number(text: &str, least: f64, most: f64) -> Option<Value> {
    let number: f64 = text.parse().ok()?;
    (least..=most)
        .contains(&number)
        .then_some(Value::Fraction(number))
}

fn named(items: Vec<&str>, fits: fn(&str) -> bool) -> Option<Value> {
    items
        .iter()
        .all(|item| fits(item))
        .then(|| Value::List(owned(items)))
}

fn word(text: &str, words: &[&str]) -> Option<Value> {
    words
        .iter()
        .find(|word| word.eq_ignore_ascii_case(text))
        .map(|word| Value::Text((*word).into()))
}

fn text_if(text: &str, fits: bool) -> Option<Value> {
    fits.then(|| Value::Text(text.into()))
}

fn quoted(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

fn output_names() -> String {
    let names: Vec<&str> = Format::ALL
        .into_iter()
        .filter(|format| format.encodes())
        .map(Format::name)
        .collect();
    quoted(&names)
}

fn all_names() -> String {
    quoted(&Format::ALL.map(Format::name))
}

#[cfg(test)]
mod tests;
