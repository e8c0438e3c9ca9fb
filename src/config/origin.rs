//! Where settings are read from, and where one came from.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::kind::Raw;

/// Everything that settings are read from: the variables of the process and one file.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// Variables, of which those that begin with `INKFISH_` or `IMGPROXY_` matter, and `PORT`.
    pub variables: Vec<(String, String)>,
    /// The file, if the command line names one; else `INKFISH_CONFIG` may.
    pub file: Option<PathBuf>,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    CommandLine,
    File(PathBuf),
    /// The variable of this name.
    Variable(String),
}

/// The keys of the file with their texts.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) entries: Vec<(String, Raw)>,
}

impl Inputs {
    /// The variables of this process, and the file that the command line names.
    ///
    /// Bytes that are not UTF-8 become replacement characters: no setting takes them, except that a path
    /// then names a file that does not exist.
    pub fn of_process(file: Option<PathBuf>) -> Self {
        let text = |text: OsString| text.to_string_lossy().into_owned();
        Self {
            variables: std::env::vars_os()
                .map(|(name, value)| (text(name), text(value)))
                .collect(),
            file,
        }
    }

    /// The text of a variable; blank counts as unset.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, text)| text.as_str())
            .filter(|text| !text.trim().is_empty())
    }

    /// The path of the file, and who named it.
    pub(super) fn file(&self) -> Option<(PathBuf, Origin)> {
        if let Some(path) = &self.file {
            return Some((path.clone(), Origin::CommandLine));
        }
        let name = "INKFISH_CONFIG";
        let path = self.variable(name)?;
        Some((path.into(), Origin::Variable(name.into())))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the default"),
            Self::CommandLine => f.write_str("the command line"),
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Variable(name) => write!(f, "the variable {name}"),
        }
    }
}

impl File {
    /// Reads the file; what is wrong with it as a whole or with one key is added to `faults`.
    pub(super) fn read(path: &Path, faults: &mut Vec<Fault>) -> Self {
        let mut file = Self {
            path: path.to_path_buf(),
            entries: Vec::new(),
        };
        match table(path) {
            Ok(table) => file.take(table, faults),
            Err(fault) => faults.push(fault),
        }
        file
    }

    fn take(&mut self, table: toml::Table, faults: &mut Vec<Fault>) {
        for (key, value) in table {
            match raw(value) {
                Some(raw) => self.entries.push((key, raw)),
                None => faults.push(Fault::new(format!(
                    "{key}: expected text, a number, a boolean or an array of them, in the file {}",
                    self.path.display()
                ))),
            }
        }
    }

    /// What the file says under a key; blank counts as unset.
    pub(super) fn get(&self, key: &str) -> Option<&Raw> {
        self.entries
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, raw)| raw)
            .filter(|raw| !raw.is_blank())
    }
}

fn table(path: &Path) -> Result<toml::Table, Fault> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Fault::new(format!("INKFISH_CONFIG: {}: {error}", path.display())))?;
    text.parse::<toml::Table>().map_err(|error| {
        // Not the error's own text, which quotes the line: it may hold a key.
        let start = error.span().map_or(0, |span| span.start);
        let line = 1 + text
            .bytes()
            .take(start)
            .filter(|byte| *byte == b'\n')
            .count();
        Fault::new(format!(
            "INKFISH_CONFIG: {}: line {line} is not TOML: {}",
            path.display(),
            error.message()
        ))
    })
}

fn raw(value: toml::Value) -> Option<Raw> {
    match value {
        toml::Value::Array(items) => items
            .into_iter()
            .map(scalar)
            .collect::<Option<_>>()
            .map(Raw::List),
        other => scalar(other).map(Raw::Text),
    }
}

fn scalar(value: toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        toml::Value::Datetime(_) | toml::Value::Array(_) | toml::Value::Table(_) => None,
    }
}
