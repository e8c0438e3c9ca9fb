//! Presets: named lists of options that the configuration defines.

use std::collections::HashMap;

use super::Fault;
use super::options::{NEXT_PIPELINE, Reader, Rules, Sheet};

/// The preset that is applied first to every request, where it is defined.
pub(super) const DEFAULT: &str = "default";

/// Option segments by preset name.
#[derive(Debug, Default)]
pub(super) struct Presets(HashMap<String, Vec<String>>);

impl Presets {
    /// Reads definitions of the form `name=option:argument/option:argument`; blank ones and comments (`#`)
    /// are skipped, and the later of two with one name wins.
    ///
    /// # Errors
    ///
    /// What is no definition, each as a fault of `setting`.
    pub(super) fn parse(
        definitions: &[String],
        separator: &str,
        setting: &'static str,
    ) -> Result<Self, Vec<Fault>> {
        let mut presets = HashMap::new();
        let mut faults = Vec::new();
        for definition in definitions.iter().map(|text| text.trim()) {
            if definition.is_empty() || definition.starts_with('#') {
                continue;
            }
            match parse_definition(definition, separator) {
                Ok((name, segments)) => drop(presets.insert(name, segments)),
                Err(reason) => faults.push(Fault {
                    setting,
                    reason: format!("{definition:?}: {reason}"),
                }),
            }
        }
        if faults.is_empty() {
            Ok(Self(presets))
        } else {
            Err(faults)
        }
    }

    /// The preset of a name, and the name as it is kept here.
    pub(super) fn find(&self, name: &str) -> Option<(&str, &[String])> {
        self.0
            .get_key_value(name)
            .map(|(name, segments)| (name.as_str(), segments.as_slice()))
    }
}

/// Applies each preset once, so that a bad one is found at start and not by a request.
pub(super) fn faults<L: Sheet>(rules: &Rules, setting: &'static str) -> Vec<Fault> {
    let mut names: Vec<&String> = rules.presets.0.keys().collect();
    names.sort();
    names
        .into_iter()
        .filter_map(|name| {
            let error = Reader::<L>::new(rules).preset(name).err()?;
            Some(Fault {
                setting,
                reason: format!("{name:?}: {error}"),
            })
        })
        .collect()
}

fn parse_definition(text: &str, separator: &str) -> Result<(String, Vec<String>), &'static str> {
    let (name, value) = text.split_once('=').ok_or("no `=` after the name")?;
    if value.contains('=') {
        return Err("more than one `=`");
    }
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() {
        return Err("no name before `=`");
    }
    if value.is_empty() {
        return Err("no options after `=`");
    }
    let segments: Vec<String> = value.split('/').map(str::to_owned).collect();
    let is_option = |segment: &String| segment == NEXT_PIPELINE || segment.contains(separator);
    if !segments.iter().all(is_option) {
        return Err("a part without an argument");
    }
    Ok((name.to_owned(), segments))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(definitions: &[&str]) -> Result<Presets, Vec<Fault>> {
        let definitions: Vec<String> = definitions.iter().map(|&text| text.to_owned()).collect();
        Presets::parse(&definitions, ":", "PRESETS")
    }

    #[test]
    fn blanks_and_comments_are_skipped_and_the_later_of_two_wins() {
        let presets = parse(&[
            "",
            "  ",
            "# thumb=w:1",
            " thumb = w:1/h:2 ",
            "thumb=w:9",
            "wide=w:3",
            "twice=w:3/-/h:2",
        ]);
        let presets = presets.unwrap();
        assert_eq!(presets.find("thumb").unwrap().1, ["w:9"]);
        assert_eq!(presets.find("wide").unwrap().1, ["w:3"]);
        assert_eq!(presets.find("twice").unwrap().1, ["w:3", "-", "h:2"]);
        assert!(presets.find("# thumb").is_none());
    }

    #[test]
    fn a_definition_that_is_not_one_is_a_fault() {
        for definition in [
            "thumb",
            "=w:1",
            "thumb=",
            "thumb= ",
            "thumb=w:1=2",
            "thumb=w",
            "thumb=w:1/",
            "thumb=w:1//h:2",
        ] {
            let faults = parse(&[definition]).unwrap_err();
            assert_eq!(faults.len(), 1, "{definition}");
            assert_eq!(faults[0].setting, "PRESETS");
        }
    }

    #[test]
    fn every_bad_definition_is_reported() {
        assert_eq!(parse(&["a", "b=w:1", "c="]).unwrap_err().len(), 2);
    }
}
