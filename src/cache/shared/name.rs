//! Where things lie in a store: what was made of a source lies under the source, so that one listing finds it all.
//!
//! ```text
//! PREFIX/dd/73/22/REST/source     the record of the source whose key begins with dd7322
//! PREFIX/dd/73/22/REST/KEY        the entry KEY that was made of it
//! ```

use std::fmt;

use super::super::key::Key;

/// What the object with the record of a source is called.
const RECORD: &str = "source";

/// The name of one object, without the prefix of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name {
    pub(super) source: Key,
    /// The entry; `None` for the record of the source.
    pub(super) entry: Option<Key>,
}

impl Name {
    pub(super) const fn entry(key: Key, source: Key) -> Self {
        Self {
            source,
            entry: Some(key),
        }
    }

    pub(super) const fn record(source: Key) -> Self {
        Self {
            source,
            entry: None,
        }
    }

    /// The folder of everything that belongs to `source`.
    pub(super) fn folder(source: &Key) -> String {
        let text = source.to_string();
        let (first, second, third) = (&text[..2], &text[2..4], &text[4..6]);
        format!("{first}/{second}/{third}/{}", &text[6..])
    }

    /// The name that `text` shows; `None` where it is none of ours.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (folder, last) = text.rsplit_once('/')?;
        let source = parse_key(&folder.replace('/', ""))?;
        let entry = match last {
            RECORD => None,
            key => Some(parse_key(key)?),
        };
        let name = Self { source, entry };
        (name.to_string() == text).then_some(name)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = Self::folder(&self.source);
        match &self.entry {
            Some(key) => write!(f, "{folder}/{key}"),
            None => write!(f, "{folder}/{RECORD}"),
        }
    }
}

fn parse_key(digits: &str) -> Option<Key> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(digits, &mut bytes).ok()?;
    Some(Key::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: Key = Key::from_bytes([0xdd; 32]);
    const KEY: Key = Key::from_bytes([0x11; 32]);

    #[test]
    fn what_belongs_to_a_source_lies_under_it() {
        let folder = format!("dd/dd/dd/{}", "dd".repeat(29));
        assert_eq!(Name::folder(&SOURCE), folder);
        let entry = Name::entry(KEY, SOURCE).to_string();
        assert_eq!(entry, format!("{folder}/{}", "11".repeat(32)));
        let record = Name::record(SOURCE).to_string();
        assert_eq!(record, format!("{folder}/source"));
    }

    #[test]
    fn a_name_reads_back_and_no_other_text_is_one() {
        for name in [Name::entry(KEY, SOURCE), Name::record(SOURCE)] {
            assert_eq!(Name::parse(&name.to_string()), Some(name));
        }
        let entry = Name::entry(KEY, SOURCE).to_string();
        for text in [
            "",
            "source",
            "dd/dd/source",
            &entry[1..],
            &entry[..entry.len() - 1],
            &entry.replace("11", "1Z"),
            &entry.to_uppercase(),
            &entry.replacen("dd/dd", "dddd", 1),
            &format!("{entry}/source"),
        ] {
            assert_eq!(Name::parse(text), None, "{text}");
        }
    }
}
