//! The order of work: target, signature, options, source.

use super::encryption::SourceKey;
use super::options::{Chosen, InfoLedger, Ledger, Permits, Reader, Rules, Sheet};
use super::path::{Target, normal_prefix};
use super::presets::{self, Presets};
use super::rewrite::Rewriter;
use super::signature::{Gate, Signer};
use super::source_part::{SourcePart, SourceRules, TrailingName};
use super::{
    Answer, Config, Error, Fault, InfoRequest, Named, Request, Silence, SourceUrl, canonical,
};
use crate::transform::ask::{Choice, Transform};

/// What stands before the signature of a request for information, after the prefix.
const INFO: &str = "/info";

/// Reads requests.
#[derive(Debug)]
pub struct Parser {
    prefix: String,
    info_prefix: String,
    gate: Gate,
    images: Grammar,
    infos: Grammar,
    source_rules: SourceRules,
    rewriter: Rewriter,
    otherwise: Answer,
}

/// What may stand between signature and source.
#[derive(Debug)]
struct Grammar {
    rules: Rules,
    style: Style,
}

/// How it is written.
#[derive(Clone, Copy, Debug)]
enum Style {
    Options,
    OnlyPresets,
}

impl Style {
    const fn of(only_presets: bool) -> Self {
        if only_presets {
            Self::OnlyPresets
        } else {
            Self::Options
        }
    }
}

impl Parser {
    /// A parser that goes by `config`.
    ///
    /// # Errors
    ///
    /// Every fault of the configuration: keys and `allow_unsigned` both set or both missing, a bad signature
    /// size, encryption key or separator, each preset that is malformed or asks for something unknown, and each
    /// replacement that is none.
    pub fn try_new(config: Config) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let source_rules = keep(&mut faults, source_rules(&config));
        let rewriter = keep(&mut faults, rewriter(&config));
        let images = keep(&mut faults, images(&config));
        let infos = keep(&mut faults, infos(&config));
        let gate = keep(&mut faults, gate(&config));
        faults.dedup();
        let prefix = normal_prefix(&config.path_prefix);
        match (gate, images, infos, source_rules, rewriter) {
            (Some(gate), Some(images), Some(infos), Some(source_rules), Some(rewriter))
                if faults.is_empty() =>
            {
                Ok(Self {
                    info_prefix: format!("{prefix}{INFO}"),
                    prefix,
                    gate,
                    images,
                    infos,
                    source_rules,
                    rewriter,
                    otherwise: Answer {
                        attachment: config.return_attachment,
                        ..Answer::default()
                    },
                })
            }
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
        self.image(&target.path)
    }

    /// Reads a raw request target of either kind whatever its signature says: for who may name any image.
    ///
    /// # Errors
    ///
    /// As [`Parser::parse`] and [`Parser::parse_info`], but for the signature.
    pub fn parse_unsigned(&self, target: &str) -> Result<Named, Error> {
        let is_info = target
            .strip_prefix(&self.info_prefix)
            .is_some_and(|rest| rest.starts_with('/'));
        if is_info {
            let target = Target::split(target, &self.info_prefix)?;
            return self.information(&target.path).map(Named::Info);
        }
        let target = Target::split(target, &self.prefix)?;
        self.image(&target.path).map(Named::Image)
    }

    /// The source that `text` stands for where a URL names it: replacements, the base URL and the normal form.
    ///
    /// # Errors
    ///
    /// As [`SourceUrl::parse`].
    pub fn source(&self, text: &str) -> Result<SourceUrl, Error> {
        self.rewriter.source(text)
    }

    /// Reads a path without its signature, which is repaired.
    fn image(&self, path: &str) -> Result<Request, Error> {
        let mut reader = Reader::<Ledger>::new(&self.images.rules);
        let part = self.images.read(&mut reader, path)?;
        let part = SourcePart::decode(part, &self.source_rules)?;
        let source = self.rewriter.source(&part.url)?;
        let answer = self.answer(reader.sheet().choices())?;
        if let Some(name) = part.extension.filter(|_| !answer.raw) {
            reader.extension(&name)?;
        }
        let choices = reader.sheet().choices();
        let transform = Transform::from_choices(plain(choices));
        Ok(Request {
            source,
            asked: canonical::asked(choices, &self.images.rules.separator),
            watermark: self.watermark(&transform)?,
            silence: Silence::of(choices),
            transform,
            answer,
        })
    }

    /// Reads a raw request target, `[PREFIX]/info/SIGNATURE/[OPTIONS/]SOURCE[?QUERY]`. An extension of the source
    /// and the query mean nothing.
    ///
    /// # Errors
    ///
    /// [`Error`], after a time that the length of the target bounds.
    pub fn parse_info(&self, target: &str) -> Result<InfoRequest, Error> {
        let target = Target::split(target, &self.info_prefix)?;
        self.gate.admit(target.signature, &target.path)?;
        self.information(&target.path)
    }

    /// The same of a request for information.
    fn information(&self, path: &str) -> Result<InfoRequest, Error> {
        let mut reader = Reader::<InfoLedger>::new(&self.infos.rules);
        let part = self.infos.read(&mut reader, path)?;
        let part = SourcePart::decode(part, &self.source_rules)?;
        let source = self.rewriter.source(&part.url)?;
        let choices = reader.sheet().handling.choices();
        let answer = self.answer(choices)?;
        let ask = reader.sheet().ask.clone();
        Ok(InfoRequest::new(source, ask, answer, choices))
    }

    /// What the choices say of the answer, over what holds where they say nothing.
    fn answer(&self, choices: &[Chosen]) -> Result<Answer, Error> {
        let mut answer = self.otherwise.clone();
        for choice in plain(choices) {
            match choice {
                Choice::Expires(at) => {
                    answer.expires = u64::try_from(*at).ok().filter(|&at| at > 0)
                }
                Choice::Filename(name) => {
                    answer.filename = Some(name.clone()).filter(|name| !name.is_empty());
                }
                Choice::ReturnAttachment(on) => answer.attachment = *on,
                Choice::Raw(on) => answer.raw = *on,
                Choice::BypassCache(on) => answer.bypass_cache = *on,
                Choice::CacheTags(tags) => answer.cache_tags.clone_from(tags),
                Choice::Hashsum(hashsum) => answer.hashsum.clone_from(hashsum),
                Choice::FallbackImageUrl(url) => answer.fallback = self.named(url)?,
                Choice::MaxSrcBytes(bytes) => answer.max_src_bytes = Some(*bytes),
                _ => {}
            }
        }
        Ok(answer)
    }

    /// The watermark that the URL names. One counts for all pipelines; naming two is refused.
    fn watermark(&self, transform: &Transform) -> Result<Option<SourceUrl>, Error> {
        let mut urls = std::iter::once(transform)
            .chain(&transform.pipelines)
            .filter_map(|pipeline| pipeline.watermark_url.as_deref());
        let Some(url) = urls.next() else {
            return Ok(None);
        };
        if let Some(other) = urls.find(|other| *other != url) {
            return Err(Error::malformed("watermark", other, "is a second one"));
        }
        self.named(url)
    }

    /// The source that an option names; `None` where it is blank.
    fn named(&self, url: &str) -> Result<Option<SourceUrl>, Error> {
        match url {
            "" => Ok(None),
            url => self.rewriter.source(url).map(Some),
        }
    }
}

/// What the settings say of one grammar.
struct Dialect<'c> {
    config: &'c Config,
    allowed: &'c [String],
    presets: &'c [String],
    presets_setting: &'static str,
    only_presets: bool,
    chained_pipelines: usize,
}

impl Grammar {
    fn try_new<L: Sheet>(dialect: Dialect<'_>) -> Result<Self, Vec<Fault>> {
        let separator = &dialect.config.arguments_separator;
        if !is_separator(separator) {
            return fault(
                "ARGUMENTS_SEPARATOR",
                "must be punctuation, and none of % + - . / = ? @ # _",
            );
        }
        let rules = Rules {
            separator: separator.clone(),
            allowed: dialect.allowed.to_vec(),
            presets: Presets::parse(dialect.presets, separator, dialect.presets_setting)?,
            permits: Permits {
                security_options: dialect.config.allow_security_options,
                bypass_cache: dialect.config.allow_bypass_cache,
            },
            chained_pipelines: dialect.chained_pipelines,
        };
        match presets::faults::<L>(&rules, dialect.presets_setting) {
            faults if faults.is_empty() => Ok(Self {
                rules,
                style: Style::of(dialect.only_presets),
            }),
            faults => Err(faults),
        }
    }

    /// Reads presets and options, and returns what follows them: the source.
    fn read<'p, L: Sheet>(
        &self,
        reader: &mut Reader<'_, L>,
        path: &'p str,
    ) -> Result<&'p str, Error> {
        reader.default_preset()?;
        match self.style {
            Style::Options => reader.options(path),
            Style::OnlyPresets => reader.only_presets(path),
        }
    }
}

impl Silence {
    /// Of what the first pipeline says nothing, presets included.
    fn of(choices: &[Chosen]) -> Self {
        let first = || plain(choices).take_while(|choice| **choice != Choice::NextPipeline);
        Self {
            width: !first().any(|choice| matches!(choice, Choice::Width(_))),
            dpr: !first().any(|choice| matches!(choice, Choice::Dpr(_))),
        }
    }
}

#[cfg(test)]
impl Parser {
    /// The choices of a path of options, those that it wrote itself.
    pub(super) fn written(&self, path: &str) -> Result<Vec<Choice>, Error> {
        let mut reader = Reader::<Ledger>::new(&self.images.rules);
        reader.default_preset()?;
        reader.options(path)?;
        let choices = reader.sheet().choices().iter();
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

fn images(config: &Config) -> Result<Grammar, Vec<Fault>> {
    Grammar::try_new::<Ledger>(Dialect {
        config,
        allowed: &config.allowed_options,
        presets: &config.presets,
        presets_setting: "PRESETS",
        only_presets: config.only_presets,
        chained_pipelines: config.max_chained_pipelines,
    })
}

fn infos(config: &Config) -> Result<Grammar, Vec<Fault>> {
    Grammar::try_new::<InfoLedger>(Dialect {
        config,
        allowed: &config.allowed_info_options,
        presets: &config.info_presets,
        presets_setting: "INFO_PRESETS",
        only_presets: config.info_only_presets,
        chained_pipelines: 0,
    })
}

fn rewriter(config: &Config) -> Result<Rewriter, Vec<Fault>> {
    Rewriter::try_new(
        &config.url_replacements,
        &config.base_url,
        &config.source_url_query_separator,
    )
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
