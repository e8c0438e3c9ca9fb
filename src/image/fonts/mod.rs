//! The fonts that come with the binary, and which of them a family name means.
//!
//! Nothing is read from the machine: the same text looks the same everywhere.

use std::sync::{Arc, LazyLock};

use resvg::usvg::fontdb::{Database, Family, ID, Query, Source, Style, Weight};
use resvg::usvg::{Font, FontFamily, FontResolver, FontStyle};

/// Names the set of fonts; another set draws other pixels, so the name belongs to the recipe of a derivative.
pub const FONT_SET: &str = "opensans-robotoslab-robotomono-1";

/// The family that stands for `sans-serif` and for every unknown one.
pub(crate) const SANS: &str = "Open Sans";
const SERIF: &str = "Roboto Slab";
const MONO: &str = "Roboto Mono";

const FILES: [&[u8]; 6] = [
    include_bytes!("OpenSans-Regular.ttf"),
    include_bytes!("OpenSans-Bold.ttf"),
    include_bytes!("OpenSans-Italic.ttf"),
    include_bytes!("RobotoSlab-Regular.otf"),
    include_bytes!("RobotoSlab-Bold.otf"),
    include_bytes!("RobotoMono-Regular.ttf"),
];

/// Well-known names that mean a serif face.
const SERIF_NAMES: [&str; 8] = [
    "times",
    "georgia",
    "garamond",
    "cambria",
    "palatino",
    "baskerville",
    "bookman",
    "tinos",
];

/// Well-known names that mean a face of one width.
const MONO_NAMES: [&str; 6] = ["mono", "courier", "consol", "menlo", "monaco", "cousine"];

static DATABASE: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut database = Database::new();
    for file in FILES {
        database.load_font_source(Source::Binary(Arc::new(file)));
    }
    Arc::new(database)
});

/// The fonts, read once.
pub(crate) fn database() -> Arc<Database> {
    Arc::clone(&DATABASE)
}

/// Chooses among the fonts that come with the binary.
pub(crate) fn resolver() -> FontResolver<'static> {
    FontResolver {
        select_font: Box::new(|font, database| face(font, database)),
        select_fallback: FontResolver::default_fallback_selector(),
    }
}

fn face(font: &Font, database: &Database) -> Option<ID> {
    let first = font.families().first();
    database.query(&Query {
        families: &[Family::Name(first.map_or(SANS, family)), Family::Name(SANS)],
        weight: Weight(font.weight()),
        style: match font.style() {
            FontStyle::Normal => Style::Normal,
            FontStyle::Italic => Style::Italic,
            FontStyle::Oblique => Style::Oblique,
        },
        ..Query::default()
    })
}

/// The family that is here for the one that is asked for.
fn family(asked: &FontFamily) -> &'static str {
    match asked {
        FontFamily::Serif => SERIF,
        FontFamily::Monospace => MONO,
        FontFamily::SansSerif | FontFamily::Cursive | FontFamily::Fantasy => SANS,
        FontFamily::Named(name) => named(name),
    }
}

/// "Sans" is looked for first: a name may hold both words, as "PT Sans Serif" does.
fn named(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    let holds = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if holds(&MONO_NAMES) {
        MONO
    } else if holds(&["sans"]) {
        SANS
    } else if holds(&["serif", "slab"]) || holds(&SERIF_NAMES) {
        SERIF
    } else {
        SANS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_font() {
        assert_eq!(database().faces().count(), FILES.len());
    }

    #[test]
    fn names_mean_the_face_that_is_nearest() {
        for (name, expected) in [
            ("Arial", SANS),
            ("DejaVu Sans Mono", MONO),
            ("Courier New", MONO),
            ("Times New Roman", SERIF),
            ("MS Sans Serif", SANS),
            ("Noto Serif", SERIF),
            ("", SANS),
        ] {
            assert_eq!(named(name), expected, "{name}");
        }
    }
}
