//! The order of work: target, signature, options, source.

use super::encryption::SourceKey;
use super::options::{Chosen, Reader, Rules};
use super::path::{Target, normal_prefix};
use super::presets::{self, Presets};
use super::signature::{Gate, Signer};
use super::source_part::{SourcePart, SourceRules, TrailingName};
use super::{Answer, Config, Error, Fault, Request, SourceUrl, canonical};
use crate::transform::ask::{Choice, Transform};

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

#[cfg(test)]
impl Parser {
    /// The choices of a path of options, those that it wrote itself.
    pub(super) fn written(&self, path: &str) -> Result<Vec<Choice>, Error> {
        let mut reader = Reader::new(&self.rules);
        reader.default_preset()?;
        reader.options(path)?;
        let choices = reader.ledger().choices().iter();
        Ok(choices
            .filter(|chosen| chosen.origin == super::options::Origin::Url)
            .map(|chosen| chosen.choice.clone())
            .collect())
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
