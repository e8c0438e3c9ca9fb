//! Every setting, said once: its name, form, default and meaning. Parsing, `inkfish config` and
//! `docs/settings.md` are made from this table.

mod answers;
mod cache;
mod images;
mod output;
mod purge;
mod refine;
mod server;
mod sources;
pub(super) mod unbuilt;
mod urls;

use super::kind::Kind;

/// A setting: what it is called, what its text must look like, and what it means.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The name without prefix, in capitals; the file spells it in small letters.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// The text that counts where nobody says anything; empty for unset.
    pub(crate) default: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) peer: Peer,
    pub(crate) secrecy: Secrecy,
}

/// How a setting stands to imgproxy's of the same suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// imgproxy has none.
    None,
    /// Same meaning and default.
    Same,
    /// Same meaning, another default there, or a difference in detail.
    Differs(&'static str),
}

/// Whether a value may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrecy {
    Open,
    Secret,
}

/// Settings of one concern, under one heading.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) settings: &'static [Setting],
}

/// Every section, in the order of the documentation.
pub(crate) const SECTIONS: [Section; 17] = [
    server::LISTENING,
    server::TIMES,
    server::WORK,
    urls::SIGNATURES,
    urls::URLS,
    sources::SOURCES,
    sources::LIMITS,
    sources::STORES,
    sources::PASSTHROUGH,
    output::OUTPUT,
    images::IMAGES,
    answers::ANSWERS,
    cache::CACHE,
    cache::SHARED,
    refine::REFINE,
    purge::PURGE,
    server::LOGS,
];

impl Setting {
    /// A setting of ours alone.
    const fn new(
        name: &'static str,
        kind: Kind,
        default: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            default,
            meaning,
            peer: Peer::None,
            secrecy: Secrecy::Open,
        }
    }

    /// The same, known to imgproxy with the same default.
    const fn shared_with_imgproxy(mut self) -> Self {
        self.peer = Peer::Same;
        self
    }

    /// The same, known to imgproxy with the difference that `difference` states.
    const fn unlike_imgproxy(mut self, difference: &'static str) -> Self {
        self.peer = Peer::Differs(difference);
        self
    }

    /// The same, its value never shown.
    const fn secret(mut self) -> Self {
        self.secrecy = Secrecy::Secret;
        self
    }

    /// Whether imgproxy has a setting of this suffix.
    pub(crate) fn is_known_to_imgproxy(&self) -> bool {
        self.peer != Peer::None
    }

    /// The name in the file.
    pub(crate) fn file_key(&self) -> String {
        self.name.to_ascii_lowercase()
    }
}

/// Every setting, in the order of the documentation.
pub(crate) fn settings() -> impl Iterator<Item = &'static Setting> {
    SECTIONS.iter().flat_map(|section| section.settings)
}

/// The setting of a name without prefix, in capitals.
pub(crate) fn find(name: &str) -> Option<&'static Setting> {
    settings().find(|setting| setting.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::config::kind::Raw;

    #[test]
    fn every_name_stands_once() {
        let mut seen = HashSet::new();
        for name in settings()
            .map(|setting| setting.name)
            .chain(unbuilt::names())
        {
            assert!(seen.insert(name), "{name} stands twice");
        }
    }

    #[test]
    fn every_default_has_the_form_of_its_setting() {
        for setting in settings().filter(|setting| !setting.default.is_empty()) {
            let raw = Raw::Text(setting.default.into());
            assert!(setting.kind.parse(&raw).is_some(), "{}", setting.name);
        }
    }

    #[test]
    fn every_meaning_is_a_sentence() {
        for setting in settings() {
            assert!(setting.meaning.ends_with('.'), "{}", setting.name);
            assert!(!setting.meaning.contains(['\n', '|']), "{}", setting.name);
        }
    }
}
