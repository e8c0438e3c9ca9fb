//! What a request asks for: the raw request target to a [`Request`], and nothing else.
//!
//! Owns the grammar of image URLs: prefix, signature, repairs, options, presets, source. Refuses whatever it
//! does not know; everything that it hands on is bounded, finite and in normal form. It opens nothing, knows no
//! clock (expiry is judged by who serves) and costs microseconds, on bad URLs too.

mod base64url;
mod canonical;
mod encryption;
mod names;
mod negotiation;
mod options;
mod path;
mod presets;
mod signature;
mod source_part;
mod source_url;

pub use negotiation::Negotiation;
pub use path::MAX_TARGET_BYTES;
pub use signature::{FULL_SIZE, KeyPair, Signer};
pub use source_url::{Scheme, SourceUrl};

use std::fmt;

use crate::transform::ask::{Choice, Transform};
use encryption::SourceKey;
use options::{Chosen, Reader, Rules};
use path::{Target, normal_prefix};
use presets::Presets;
use signature::Gate;
use source_part::{SourcePart, SourceRules, TrailingName};

/// How requests are read. Its debug text shows no secret.
#[derive(Clone)]
pub struct Config {
    /// Keys and salts; a signature of any pair is valid. Empty only with `allow_unsigned`.
    pub keys: Vec<KeyPair>,
    /// Bytes of a signature before base64, 1..=32; default 32.
    pub signature_size: usize,
    /// Texts that stand for a valid signature of any path; default none.
    pub trusted_signatures: Vec<String>,
    /// Whether URLs need no signature; default no. Excludes keys.
    pub allow_unsigned: bool,
    /// What every path begins with, before the signature and not signed; default nothing.
    pub path_prefix: String,
    /// What stands between the name of an option and each of its arguments; default `:`.
    pub arguments_separator: String,
    /// Definitions of presets, `name=option:argument/option:argument`; blank ones and `#` comments are skipped.
    pub presets: Vec<String>,
    /// Whether a URL names presets and nothing else in the place of its options; default no.
    pub only_presets: bool,
    /// Key of encrypted sources, 16, 24 or 32 bytes; default none, which refuses them. Needs `keys`.
    pub encryption_key: Option<Vec<u8>>,
    /// Names of options, as spelled, that URLs may use; default empty, which allows all.
    pub allowed_options: Vec<String>,
    /// Whether the last segment of a base64 or encrypted source is a name without meaning; default no.
    pub base64_url_includes_filename: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            signature_size: FULL_SIZE,
            trusted_signatures: Vec::new(),
            allow_unsigned: false,
            path_prefix: String::new(),
            arguments_separator: ":".to_owned(),
            presets: Vec::new(),
            only_presets: false,
            encryption_key: None,
            allowed_options: Vec::new(),
            base64_url_includes_filename: false,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("keys", &self.keys)
            .field("signature_size", &self.signature_size)
            .field("allow_unsigned", &self.allow_unsigned)
            .field("path_prefix", &self.path_prefix)
            .field("arguments_separator", &self.arguments_separator)
            .field("presets", &self.presets)
            .field("only_presets", &self.only_presets)
            .field("allowed_options", &self.allowed_options)
            .finish_non_exhaustive()
    }
}

/// Something wrong in a [`Config`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The setting, by its name without the prefix of the environment: `SIGNATURE_SIZE`.
    pub setting: &'static str,
    /// What is wrong, without a secret.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.setting, self.reason)
    }
}

/// Why a request is refused. Each is the client's fault, and trying again does not help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL is not one of ours: path, option, preset or source. 404.
    #[error("malformed URL: {reason}")]
    Malformed {
        /// What is wrong with which part.
        reason: String,
    },
    /// The signature is not one of the path. 403.
    #[error("invalid signature")]
    Forbidden,
    /// No signature is asked for, and the segment in its place looks like an option: the URL probably lacks
    /// the segment. 403, with a text that explains it.
    #[error("the first segment of the path holds a colon: is the signature segment missing?")]
    LooksUnsigned,
    /// The source has a scheme that is not known here. 404.
    #[error("no sources of scheme {scheme:?}")]
    Unreachable {
        /// The scheme, cut to 64 characters; empty where there is none.
        scheme: String,
    },
}

impl Error {
    fn malformed(part: &str, text: &str, reason: &str) -> Self {
        Self::Malformed {
            reason: format!("{part} {:?} {reason}", excerpt(text)),
        }
    }

    fn unreachable(scheme: &str) -> Self {
        Self::Unreachable {
            scheme: excerpt(scheme).to_owned(),
        }
    }
}

/// The first 64 characters, so that a log line does not grow with what a client sends.
fn excerpt(text: &str) -> &str {
    match text.char_indices().nth(64) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// A request, understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The source.
    pub source: SourceUrl,
    /// Canonical text of what was asked: part of the cache key. Presets are in it by name; what concerns a
    /// single answer is not; the cachebuster is.
    pub asked: String,
    /// What was asked, presets applied.
    pub transform: Transform,
    /// What concerns the answer and not its bytes.
    pub answer: Answer,
}

/// What a request asks of the answer beyond its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Unix time in seconds from which the URL is gone; `None` is never.
    pub expires: Option<u64>,
    /// Stem of the file name in Content-Disposition; `None` takes the source's. Without control characters.
    pub filename: Option<String>,
    /// Whether Content-Disposition says attachment.
    pub attachment: bool,
    /// Whether the source is streamed untouched.
    pub raw: bool,
}

impl Answer {
    fn from_choices<'c>(choices: impl IntoIterator<Item = &'c Choice>) -> Self {
        let mut answer = Self::default();
        for choice in choices {
            match choice {
                Choice::Expires(at) => {
                    answer.expires = u64::try_from(*at).ok().filter(|&at| at > 0)
                }
                Choice::Filename(name) => {
                    answer.filename = Some(name.clone()).filter(|name| !name.is_empty());
                }
                Choice::ReturnAttachment(on) => answer.attachment = *on,
                Choice::Raw(on) => answer.raw = *on,
                _ => {}
            }
        }
        answer
    }
}

/// Reads requests.
#[derive(Debug)]
pub struct Parser {
    prefix: String,
    gate: Gate,
    rules: Rules,
    style: Style,
    source_rules: SourceRules,
}

/// What stands between signature and source.
#[derive(Clone, Copy, Debug)]
enum Style {
    Options,
    OnlyPresets,
}

impl Parser {
    /// A parser that goes by `config`.
    ///
    /// # Errors
    ///
    /// Every fault of the configuration: keys and `allow_unsigned` both set or both missing, a bad signature
    /// size, encryption key or separator, and each preset that is malformed or asks for something unknown.
    pub fn try_new(config: Config) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let source_rules = keep(&mut faults, source_rules(&config));
        let rules = keep(&mut faults, rules(&config));
        let gate = keep(&mut faults, gate(&config));
        match (gate, rules, source_rules) {
            (Some(gate), Some(rules), Some(source_rules)) if faults.is_empty() => Ok(Self {
                prefix: normal_prefix(&config.path_prefix),
                gate,
                rules,
                style: style(&config),
                source_rules,
            }),
            _ => Err(faults),
        }
    }

    /// Reads a raw request target, `[PREFIX]/SIGNATURE/[OPTIONS/]SOURCE[?QUERY]`; the query means nothing.
    ///
    /// # Errors
    ///
    /// [`Error`], after a time that the length of the target bounds.
    pub fn parse(&self, target: &str) -> Result<Request, Error> {
        let target = Target::split(target, &self.prefix)?;
        self.gate.admit(target.signature, &target.path)?;
        let mut reader = Reader::new(&self.rules);
        reader.default_preset()?;
        let part = match self.style {
            Style::Options => reader.options(&target.path)?,
            Style::OnlyPresets => reader.only_presets(&target.path)?,
        };
        let part = SourcePart::decode(part, &self.source_rules)?;
        let source = SourceUrl::parse(&part.url)?;
        let answer = Answer::from_choices(plain(reader.ledger().choices()));
        if let Some(name) = part.extension.filter(|_| !answer.raw) {
            reader.extension(&name)?;
        }
        let choices = reader.ledger().choices();
        Ok(Request {
            source,
            asked: canonical::asked(choices, &self.rules.separator),
            transform: Transform::from_choices(plain(choices)),
            answer,
        })
    }
}

fn plain(choices: &[Chosen]) -> impl Iterator<Item = &Choice> {
    choices.iter().map(|chosen| &chosen.choice)
}

fn keep<T>(faults: &mut Vec<Fault>, outcome: Result<T, Vec<Fault>>) -> Option<T> {
    outcome.map_err(|more| faults.extend(more)).ok()
}

fn fault<T>(setting: &'static str, reason: &str) -> Result<T, Vec<Fault>> {
    Err(vec![Fault {
        setting,
        reason: reason.to_owned(),
    }])
}

const fn style(config: &Config) -> Style {
    if config.only_presets {
        Style::OnlyPresets
    } else {
        Style::Options
    }
}

fn gate(config: &Config) -> Result<Gate, Vec<Fault>> {
    match (config.allow_unsigned, config.keys.is_empty()) {
        (true, true) => Ok(Gate::Unsigned),
        (true, false) => fault("ALLOW_UNSIGNED", "keys are set too: choose one of them"),
        (false, true) => fault("KEY", "no key is set, and ALLOW_UNSIGNED is not set either"),
        (false, false) => Ok(Gate::Signed {
            signer: Signer::try_new(&config.keys, config.signature_size)?,
            trusted: config.trusted_signatures.clone(),
        }),
    }
}

fn rules(config: &Config) -> Result<Rules, Vec<Fault>> {
    let separator = &config.arguments_separator;
    if !is_separator(separator) {
        return fault(
            "ARGUMENTS_SEPARATOR",
            "must be punctuation, and none of % + - . / = ? @ # _",
        );
    }
    let rules = Rules {
        separator: separator.clone(),
        allowed: config.allowed_options.clone(),
        presets: Presets::parse(&config.presets, separator)?,
    };
    match presets::faults(&rules) {
        faults if faults.is_empty() => Ok(rules),
        faults => Err(faults),
    }
}

/// Whether a text can stand between arguments: it must not be part of a number, a name, or the path.
fn is_separator(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_punctuation() && !b"%+-./=?@#_".contains(&byte))
}

fn source_rules(config: &Config) -> Result<SourceRules, Vec<Fault>> {
    const SETTING: &str = "SOURCE_URL_ENCRYPTION_KEY";
    if config.encryption_key.is_some() && config.keys.is_empty() {
        return fault(
            SETTING,
            "encrypted sources need signed URLs: set KEY and SALT",
        );
    }
    let key = match config.encryption_key.clone().map(SourceKey::try_new) {
        Some(None) => return fault(SETTING, "must be 16, 24 or 32 bytes"),
        key => key.flatten(),
    };
    let trailing_name = if config.base64_url_includes_filename {
        TrailingName::Ignored
    } else {
        TrailingName::Absent
    };
    Ok(SourceRules { key, trailing_name })
}

#[cfg(test)]
mod tests;
