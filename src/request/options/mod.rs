//! The options of a URL: text to choices.
//!
//! Segments are options as long as they hold the arguments separator; the first one without it begins the
//! source. Options are applied from left to right, presets where they are named, and the default preset
//! before everything. An unknown option, a bad value and a superfluous argument refuse the URL.

mod geometry;
mod handling;
mod ledger;
mod output;
mod placement;
mod values;

pub(super) use ledger::{Chosen, Ledger, Origin};

use super::Error;
use super::names;
use super::presets::{DEFAULT, Presets};
use crate::transform::ask::Choice;
use values::Invalid;

/// Options that one request may apply, those of its presets included.
const MAX_OPTIONS: usize = 512;

type Apply = fn(&mut Ledger, &[&str]) -> Result<(), Invalid>;

/// What the parser of options goes by.
#[derive(Debug)]
pub(super) struct Rules {
    /// What stands between the name of an option and each of its arguments.
    pub(super) separator: String,
    /// Names, as spelled, that URLs may use; empty allows all. Presets may use any.
    pub(super) allowed: Vec<String>,
    /// The presets by name.
    pub(super) presets: Presets,
}

impl Rules {
    fn allows(&self, name: &str) -> bool {
        self.allowed.is_empty() || self.allowed.iter().any(|allowed| allowed == name)
    }
}

/// What an option does: one of the plain ones, or the one that names presets.
enum Meaning {
    Apply(Apply),
    Presets,
}

/// Every option that is built, by each of its names.
fn meaning(name: &str) -> Option<Meaning> {
    let apply: Apply = match name {
        "resize" | "rs" => geometry::resize,
        "size" | "s" => geometry::size,
        "resizing_type" | "rt" => geometry::resizing_type,
        "width" | "w" => geometry::width,
        "height" | "h" => geometry::height,
        "min-width" | "mw" => geometry::min_width,
        "min-height" | "mh" => geometry::min_height,
        "zoom" | "z" => geometry::zoom,
        "dpr" => geometry::dpr,
        "enlarge" | "el" => geometry::enlarge,
        "extend" | "ex" => placement::extend,
        "extend_aspect_ratio" | "extend_ar" | "exar" => placement::extend_aspect_ratio,
        "gravity" | "g" => placement::gravity,
        "crop" | "c" => placement::crop,
        "padding" | "pd" => placement::padding,
        "auto_rotate" | "ar" => geometry::auto_rotate,
        "rotate" | "rot" => geometry::rotate,
        "flip" | "fl" => placement::flip,
        "background" | "bg" => output::background,
        "quality" | "q" => output::quality,
        "format_quality" | "fq" => output::format_quality,
        "format" | "f" | "ext" => output::format,
        "strip_metadata" | "sm" => output::strip_metadata,
        "strip_color_profile" | "scp" => output::strip_color_profile,
        "skip_processing" | "skp" => output::skip_processing,
        "raw" => handling::raw,
        "cachebuster" | "cb" => handling::cachebuster,
        "expires" | "exp" => handling::expires,
        "filename" | "fn" => handling::filename,
        "return_attachment" | "att" => handling::return_attachment,
        "preset" | "pr" => return Some(Meaning::Presets),
        _ => return None,
    };
    Some(Meaning::Apply(apply))
}

/// Reads the options of one request into a [`Ledger`].
#[derive(Debug)]
pub(super) struct Reader<'r> {
    rules: &'r Rules,
    ledger: Ledger,
    /// The presets that are being applied, outermost first.
    open: Vec<&'r str>,
    applied: usize,
}

impl<'r> Reader<'r> {
    /// A reader that has applied nothing yet.
    pub(super) fn new(rules: &'r Rules) -> Self {
        Self {
            rules,
            ledger: Ledger::default(),
            open: Vec::new(),
            applied: 0,
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

    /// Applies the extension of the source, which has the last word on the format.
    pub(super) fn extension(&mut self, name: &str) -> Result<(), Error> {
        self.ledger.begin(Origin::Url);
        output::format(&mut self.ledger, &[name]).map_err(|invalid| refused("extension", &invalid))
    }

    /// The choices that were read.
    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The next segment and what follows it, if the segment is an option.
    fn next_option<'p>(&self, rest: &'p str) -> Option<(&'p str, &'p str)> {
        let (segment, after) = rest.split_once('/').unwrap_or((rest, ""));
        segment
            .contains(self.rules.separator.as_str())
            .then_some((segment, after))
    }

    fn option(&mut self, segment: &str) -> Result<(), Error> {
        let mut parts = segment.split(self.rules.separator.as_str());
        let name = parts.next().unwrap_or_default();
        let args: Vec<&str> = parts.collect();
        if self.open.is_empty() && !self.rules.allows(name) {
            return Err(Error::malformed("option", name, "is not allowed"));
        }
        match meaning(name) {
            Some(Meaning::Presets) => self.preset_list(&args),
            Some(Meaning::Apply(apply)) => self.apply(apply, &args, name),
            None => Err(Error::malformed("option", name, "is unknown")),
        }
    }

    fn apply(&mut self, apply: Apply, args: &[&str], name: &str) -> Result<(), Error> {
        self.count()?;
        self.ledger.begin(self.origin());
        apply(&mut self.ledger, args).map_err(|invalid| refused(name, &invalid))
    }

    fn preset_list(&mut self, names: &[&str]) -> Result<(), Error> {
        if self.open.is_empty() {
            let names = names.iter().map(|&name| name.to_owned()).collect();
            self.ledger.begin(Origin::Url);
            self.ledger.choose(Choice::Preset(names));
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

#[cfg(test)]
mod tests;
