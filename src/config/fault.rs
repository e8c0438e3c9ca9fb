//! What is wrong with the settings, said so that it can be put right without looking anything up.

use std::fmt;

use super::origin::Origin;
use super::table::{Secrecy, Setting};

/// One thing that stops the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(String);

/// Everything that stops the start, a line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Fault {
    /// A fault in a sentence of its own, which names the setting.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// A value that has not the form of its setting. Secrets are not repeated.
    pub(super) fn bad_value(setting: &Setting, origin: &Origin, shown: &str) -> Self {
        let given = match setting.secrecy {
            Secrecy::Open => format!("got `{}`", shown.escape_debug()),
            Secrecy::Secret => "got something else".into(),
        };
        Self(format!(
            "INKFISH_{}: expected {}, {given} from {origin}",
            setting.name,
            setting.kind.expected()
        ))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Faults {
    /// The faults as an error; `Ok` where there are none.
    pub(super) fn check(faults: Vec<Fault>) -> Result<(), Self> {
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Self(faults))
        }
    }

    /// The faults, in the order of the settings.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the settings do not hold:")?;
        for fault in &self.0 {
            write!(f, "\n  {fault}")?;
        }
        write!(f, "\ndocs/settings.md describes every setting")
    }
}

impl std::error::Error for Faults {}
