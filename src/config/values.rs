//! Values by the name of their setting, in the type that its kind in the table gives.

use std::path::PathBuf;
use std::time::Duration;

use super::gather::{Entry, Settings};
use super::kind::{Listen, Value};
use super::origin::Origin;
use crate::identify::Format;

/// What an explicit 0 of a bound without limit comes to: far more than a machine holds, and yet an end.
const NO_LIMIT: u64 = 65_536;

impl Settings {
    pub(super) fn entry(&self, name: &str) -> &Entry {
        self.entries
            .iter()
            .find(|entry| entry.setting.name == name)
            .expect("only names of the table are asked for")
    }

    pub(super) fn value(&self, name: &str) -> &Value {
        &self.entry(name).value
    }

    pub(super) fn is_set(&self, name: &str) -> bool {
        *self.value(name) != Value::Unset
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.value(name), Value::Flag(true))
    }

    /// Whether somebody switched it off, and not only nobody on.
    pub(super) fn refuses(&self, name: &str) -> bool {
        let entry = self.entry(name);
        entry.origin != Origin::Default && entry.value == Value::Flag(false)
    }

    pub(super) fn number(&self, name: &str) -> u64 {
        match self.value(name) {
            Value::Number(number) => *number,
            _ => unreachable!("{name} is a number in the table"),
        }
    }

    pub(super) fn fraction(&self, name: &str) -> f64 {
        match self.value(name) {
            Value::Fraction(number) => *number,
            _ => unreachable!("{name} is a fraction in the table"),
        }
    }

    pub(super) fn count(&self, name: &str) -> usize {
        usize::try_from(self.number(name)).unwrap_or(usize::MAX)
    }

    pub(super) fn small<T: TryFrom<u64>>(&self, name: &str) -> T {
        T::try_from(self.number(name))
            .ok()
            .expect("the range in the table fits the type")
    }

    pub(super) fn bound(&self, name: &str) -> usize {
        usize::try_from(unless_zero(self.number(name), NO_LIMIT)).unwrap_or(usize::MAX)
    }

    pub(super) fn seconds(&self, name: &str) -> Duration {
        Duration::from_secs(self.number(name))
    }

    /// The time of a setting that may be unset.
    pub(super) fn optional_seconds(&self, name: &str) -> Option<Duration> {
        match self.value(name) {
            Value::Number(seconds) => Some(Duration::from_secs(*seconds)),
            _ => None,
        }
    }

    pub(super) fn address(&self, name: &str) -> Listen {
        match self.value(name) {
            Value::Address(listen) => *listen,
            _ => unreachable!("{name} is an address in the table"),
        }
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.value(name) {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        self.text(name).map(PathBuf::from)
    }

    pub(super) fn list(&self, name: &str) -> Vec<String> {
        match self.value(name) {
            Value::List(items) => items.clone(),
            _ => Vec::new(),
        }
    }

    pub(super) fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        match self.value(name) {
            Value::Bytes(bytes) => Some(bytes.clone()),
            _ => None,
        }
    }

    pub(super) fn hex_list(&self, name: &str) -> Vec<Vec<u8>> {
        match self.value(name) {
            Value::HexList(items) => items.clone(),
            _ => Vec::new(),
        }
    }

    pub(super) fn formats(&self, name: &str) -> Vec<Format> {
        match self.value(name) {
            Value::Formats(formats) => formats.clone(),
            _ => Vec::new(),
        }
    }
}

/// A number, or the largest bound where it is an explicit 0 that means “no limit”.
pub(super) fn unless_zero(number: u64, otherwise: u64) -> u64 {
    if number == 0 { otherwise } else { number }
}
