//! The options of a URL: text to choices.
//!
//! Segments are options as long as they hold the arguments separator; the first one without it begins the
//! source. A segment that is `-` begins the next pipeline. Options are applied from left to right, presets where
//! they are named, and the default preset before everything. An unknown option, a bad value and a superfluous
//! argument refuse the URL.

mod encoding;
mod filters;
mod geometry;
mod handling;
mod info;
mod ledger;
mod limits;
mod output;
mod placement;
mod table;
mod values;
mod watermark;

pub(super) use info::InfoLedger;
pub(super) use ledger::{Chosen, Ledger, Origin};
pub(super) use output::BEST;
pub(super) use placement::TOP_LEFT;

use super::Error;
use super::names;
use super::presets::{DEFAULT, Presets};
use crate::transform::ask::Choice;
use values::Invalid;

/// Options that one request may apply, those of its presets included.
const MAX_OPTIONS: usize = 512;

/// The segment that begins the next pipeline.
pub(super) const NEXT_PIPELINE: &str = "-";

type Apply<L> = fn(&mut L, &[&str]) -> Result<(), Invalid>;

/// What the parser of options goes by.
#[derive(Debug)]
pub(super) struct Rules {
    /// What stands between the name of an option and each of its arguments.
    pub(super) separator: String,
    /// Names, as spelled, that URLs may use; empty allows all. Presets may use any.
    pub(super) allowed: Vec<String>,
    /// The presets by name.
    pub(super) presets: Presets,
    /// What URLs may do beyond the plain options. Presets may do all of it.
    pub(super) permits: Permits,
    /// The most pipelines that may follow the first.
    pub(super) chained_pipelines: usize,
}

/// What URLs may do beyond the plain options.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Permits {
    /// Whether they may set other limits than the settings'.
    pub(super) security_options: bool,
    /// Whether they may pass the cache by.
    pub(super) bypass_cache: bool,
}

impl Rules {
    fn allows(&self, name: &str) -> bool {
        self.allowed.is_empty() || self.allowed.iter().any(|allowed| allowed == name)
    }
}

/// What options are applied to.
pub(super) trait Sheet: Default {
    /// Every option, by each of its names.
    fn meaning(name: &str) -> Option<Meaning<Self>>;

    /// Where choices that concern no field of its own are kept.
    fn ledger(&mut self) -> &mut Ledger;
}

/// What an option does.
pub(super) enum Meaning<L> {
    /// It is anybody's.
    Plain(Apply<L>),
    /// It sets another limit, and needs leave.
    Security(Apply<L>),
    /// It passes the cache by, and needs leave.
    Bypass(Apply<L>),
    /// It names presets.
    Presets,
}

impl<L> Clone for Meaning<L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L> Copy for Meaning<L> {}

/// Reads the options of one request into a sheet.
#[derive(Debug)]
pub(super) struct Reader<'r, L> {
    rules: &'r Rules,
    sheet: L,
    /// The presets that are being applied, outermost first.
    open: Vec<&'r str>,
    applied: usize,
    pipelines: usize,
}

impl<'r, L: Sheet> Reader<'r, L> {
    /// A reader that has applied nothing yet.
    pub(super) fn new(rules: &'r Rules) -> Self {
        Self {
            rules,
            sheet: L::default(),
            open: Vec::new(),
            applied: 0,
            pipelines: 0,
        }
    }

    /// Applies the default preset, where there is one.
    pub(super) fn default_preset(&mut self) -> Result<(), Error> {
        if self.rules.presets.find(DEFAULT).is_none() {
            return Ok(());
        }
        self.preset(DEFAULT)
    }

    /// Applies the options at the start of `path` and returns what follows them: the source.
    pub(super) fn options<'p>(&mut self, path: &'p str) -> Result<&'p str, Error> {
        refuse_positional_format(path)?;
        let mut rest = path;
        while let Some((segment, after)) = self.next_option(rest) {
            self.option(segment)?;
            rest = after;
        }
        Ok(rest)
    }

    /// Applies the presets that the first segment of `path` lists and returns what follows it: the source.
    pub(super) fn only_presets<'p>(&mut self, path: &'p str) -> Result<&'p str, Error> {
        let (list, rest) = path.split_once('/').unwrap_or((path, ""));
        let names: Vec<&str> = list.split(self.rules.separator.as_str()).collect();
        self.preset_list(&names)?;
        Ok(rest)
    }

    /// What was read.
    pub(super) fn sheet(&self) -> &L {
        &self.sheet
    }

    /// The next segment and what follows it, if the segment is an option.
    fn next_option<'p>(&self, rest: &'p str) -> Option<(&'p str, &'p str)> {
        let (segment, after) = rest.split_once('/').unwrap_or((rest, ""));
        let is_option = segment == NEXT_PIPELINE || segment.contains(self.rules.separator.as_str());
        is_option.then_some((segment, after))
    }

    fn option(&mut self, segment: &str) -> Result<(), Error> {
        if segment == NEXT_PIPELINE {
            return self.next_pipeline();
        }
        let mut parts = segment.split(self.rules.separator.as_str());
        let name = parts.next().unwrap_or_default();
        let args: Vec<&str> = parts.collect();
        if self.open.is_empty() && !self.rules.allows(name) {
            return Err(Error::malformed("option", name, "is not allowed"));
        }
        match L::meaning(name) {
            Some(Meaning::Presets) => self.preset_list(&args),
            Some(Meaning::Plain(apply)) => self.apply(apply, &args, name),
            Some(Meaning::Security(apply)) => {
                self.check_security(name)?;
                self.apply(apply, &args, name)
            }
            Some(Meaning::Bypass(apply)) => {
                self.check_bypass(name)?;
                self.apply(apply, &args, name)
            }
            None => Err(Error::malformed("option", name, "is unknown")),
        }
    }

    fn check_security(&self, name: &str) -> Result<(), Error> {
        if self.open.is_empty() && !self.rules.permits.security_options {
            return Err(Error::not_permitted(name));
        }
        Ok(())
    }

    fn check_bypass(&self, name: &str) -> Result<(), Error> {
        if self.open.is_empty() && !self.rules.permits.bypass_cache {
            return Err(Error::malformed("option", name, "is not allowed"));
        }
        Ok(())
    }

    fn apply(&mut self, apply: Apply<L>, args: &[&str], name: &str) -> Result<(), Error> {
        self.count()?;
        let origin = self.origin();
        self.sheet.ledger().begin(origin);
        apply(&mut self.sheet, args).map_err(|invalid| refused(name, &invalid))
    }

    fn next_pipeline(&mut self) -> Result<(), Error> {
        self.count()?;
        self.pipelines += 1;
        if self.pipelines > self.rules.chained_pipelines {
            return Err(Error::Malformed {
                reason: format!(
                    "more than {} pipelines after the first",
                    self.rules.chained_pipelines
                ),
            });
        }
        let origin = self.origin();
        let ledger = self.sheet.ledger();
        ledger.begin(origin);
        ledger.choose(Choice::NextPipeline);
        Ok(())
    }

    fn preset_list(&mut self, names: &[&str]) -> Result<(), Error> {
        if self.open.is_empty() {
            let names = names.iter().map(|&name| name.to_owned()).collect();
            let ledger = self.sheet.ledger();
            ledger.begin(Origin::Url);
            ledger.choose(Choice::Preset(names));
        }
        names.iter().try_for_each(|name| self.preset(name))
    }

    /// Applies a preset, unless it is being applied already: recursion is skipped.
    pub(super) fn preset(&mut self, name: &str) -> Result<(), Error> {
        self.count()?;
        let rules = self.rules;
        let Some((name, segments)) = rules.presets.find(name) else {
            return Err(Error::malformed("preset", name, "is unknown"));
        };
        if self.open.contains(&name) {
            return Ok(());
        }
        self.open.push(name);
        let outcome = segments.iter().try_for_each(|segment| self.option(segment));
        self.open.pop();
        outcome
    }

    fn origin(&self) -> Origin {
        if self.open.is_empty() {
            Origin::Url
        } else {
            Origin::Preset
        }
    }

    /// Bounds the work of presets that name presets as well as that of long URLs.
    fn count(&mut self) -> Result<(), Error> {
        self.applied += 1;
        if self.applied > MAX_OPTIONS {
            return Err(Error::Malformed {
                reason: format!("more than {MAX_OPTIONS} options"),
            });
        }
        Ok(())
    }
}

impl Reader<'_, Ledger> {
    /// Applies the extension of the source, which has the last word on the format.
    pub(super) fn extension(&mut self, name: &str) -> Result<(), Error> {
        self.sheet.begin(Origin::Url);
        output::format(&mut self.sheet, &[name]).map_err(|invalid| refused("extension", &invalid))
    }
}

/// Refuses `/fill/300/200/…`, the form that has no option names, with a reason of its own.
fn refuse_positional_format(path: &str) -> Result<(), Error> {
    let first = path.split('/').next().unwrap_or_default();
    if names::resizing_type(first).is_some() {
        return Err(Error::malformed(
            "segment",
            first,
            "is a resizing type without its option name",
        ));
    }
    Ok(())
}

fn refused(name: &str, invalid: &Invalid) -> Error {
    Error::malformed("option", name, &invalid.to_string())
}

/// Every name of an option of images.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    table::OPTIONS.iter().flat_map(|(names, _)| *names).copied()
}

#[cfg(test)]
mod tests;
