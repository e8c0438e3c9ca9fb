//! Values of attributes and properties in fewer letters.

use super::number::{UNITS, length, list, measure, plain};
use super::{color, path, transform};

/// How the value of an attribute is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Color,
    /// One length, or a list of them.
    Lengths,
    /// One number, which may be in per cent.
    Number,
    /// Numbers alone.
    Numbers,
    Path,
    Points,
    Transform,
    /// Names divided by spaces.
    Names,
}

/// The value of an attribute in the fewest letters that are known to mean the same.
pub(super) fn of_attribute(element: &str, name: &str, value: &str) -> String {
    let shorter = match kind(element, name) {
        Some(Kind::Color) => color::shorter(value),
        Some(Kind::Lengths) => list(value, length),
        Some(Kind::Number) => measure(value, &["", "%"]),
        Some(Kind::Numbers) => list(value, plain),
        Some(Kind::Path) => path::shorter(value),
        Some(Kind::Points) => path::points(value),
        Some(Kind::Transform) => transform::shorter(value),
        Some(Kind::Names) => Some(spaced(value)),
        None if name == "style" => Some(style(value)),
        None => None,
    };
    match shorter {
        Some(shorter) if shorter.len() < value.len() => shorter,
        _ => value.to_owned(),
    }
}

/// The value of a property in the fewest letters that are known to mean the same. Without pixels a length means something
/// else to some properties, so they stay.
pub(super) fn of_property(name: &str, value: &str) -> String {
    let shorter = match kind("", name) {
        Some(Kind::Color) => color::shorter(value),
        Some(Kind::Lengths | Kind::Number) => measure(value, UNITS),
        _ => None,
    };
    match shorter {
        Some(shorter) if shorter.len() < value.len() => shorter,
        _ => value.to_owned(),
    }
}

/// The declarations of a style, each with its name and its value.
pub(super) fn declarations(style: &str) -> impl Iterator<Item = (&str, &str)> {
    let each = style.split(';').filter_map(|each| each.split_once(':'));
    each.map(|(name, value)| (name.trim(), value.trim()))
}

/// Whether a style ends its declarations where they seem to end: what is quoted, or in brackets, may look like an end.
pub(super) fn is_divided(style: &str) -> bool {
    let mut depth = 0_u32;
    for letter in style.chars() {
        match letter {
            '"' | '\'' | '\\' => return false,
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ';' if depth > 0 => return false,
            _ => {}
        }
    }
    depth == 0
}

fn style(value: &str) -> String {
    if !is_divided(value) {
        return value.to_owned();
    }
    let each =
        declarations(value).map(|(name, value)| format!("{name}:{}", of_property(name, value)));
    each.collect::<Vec<_>>().join(";")
}

fn spaced(value: &str) -> String {
    let names: Vec<_> = value.split_ascii_whitespace().collect();
    names.join(" ")
}

fn kind(element: &str, name: &str) -> Option<Kind> {
    Some(match (element, name) {
        ("path", "d") => Kind::Path,
        ("polygon" | "polyline", "points") => Kind::Points,
        ("feColorMatrix", "values") => Kind::Numbers,
        (_, "class") => Kind::Names,
        (_, "transform" | "gradientTransform" | "patternTransform") => Kind::Transform,
        (_, "fill" | "stroke" | "color" | "stop-color" | "flood-color" | "lighting-color") => {
            Kind::Color
        }
        (
            _,
            "opacity" | "fill-opacity" | "stroke-opacity" | "stop-opacity" | "flood-opacity"
            | "stroke-miterlimit" | "offset",
        ) => Kind::Number,
        ("svg", "viewBox")
        | ("symbol" | "marker" | "pattern", "viewBox")
        | ("feConvolveMatrix", "kernelMatrix")
        | ("feFuncA" | "feFuncB" | "feFuncG" | "feFuncR", "tableValues") => Kind::Numbers,
        (_, "stroke-width" | "stroke-dashoffset" | "stroke-dasharray" | "font-size") => {
            Kind::Lengths
        }
        (_, "letter-spacing" | "word-spacing" | "startOffset" | "textLength") => Kind::Lengths,
        (element, name) if is_placed(element) && PLACES.contains(&name) => Kind::Lengths,
        _ => return None,
    })
}

/// Elements whose places are lengths: not those within filters, of which some are plain numbers.
fn is_placed(element: &str) -> bool {
    !element.is_empty() && !element.starts_with("fe")
}

/// Attributes that say where something is, and how large.
const PLACES: &[&str] = &[
    "cx",
    "cy",
    "dx",
    "dy",
    "fr",
    "fx",
    "fy",
    "height",
    "markerHeight",
    "markerWidth",
    "r",
    "refX",
    "refY",
    "rx",
    "ry",
    "width",
    "x",
    "x1",
    "x2",
    "y",
    "y1",
    "y2",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_by_what_they_are() {
        for (element, name, value, expected) in [
            ("rect", "x", "10.0px", "10"),
            ("fePointLight", "x", "10.0px", "10.0px"),
            ("svg", "width", "10.0px", "10"),
            ("text", "dx", "1.0, 2.0", "1 2"),
            ("text", "x", "1.0 x", "1.0 x"),
            ("g", "stroke-dasharray", "5.0, 3.0px", "5 3"),
            ("g", "stroke-dasharray", "none", "none"),
            ("g", "fill", "#FFFFFF", "#fff"),
            ("g", "fill", "url(#A) #FFFFFF", "url(#A) #FFFFFF"),
            ("g", "opacity", "0.50", ".5"),
            ("stop", "offset", "50.0%", "50%"),
            ("g", "class", " a\n b ", "a b"),
            ("path", "id", "  A1.0 ", "  A1.0 "),
            ("g", "font-family", "A  B", "A  B"),
            ("g", "transform", "translate(0.50, 0)", "translate(.5)"),
            ("g", "line-height", "1.50px", "1.50px"),
            ("feColorMatrix", "values", "1.0 0 0.50", "1 0 .5"),
            ("animate", "values", "1.0;0.50", "1.0;0.50"),
            (
                "g",
                "style",
                "fill:#FFFFFF;stroke-width:1.0px",
                "fill:#fff;stroke-width:1px",
            ),
            ("g", "style", "fill:rgb(0,0,128);r:1.0", "fill:navy;r:1.0"),
            ("g", "style", "fill:x(;r:1.0)", "fill:x(;r:1.0)"),
            (
                "g",
                "style",
                "fill:#FF0000!important",
                "fill:#FF0000!important",
            ),
            (
                "g",
                "style",
                "font-family:'a;fill:#FFFFFF'",
                "font-family:'a;fill:#FFFFFF'",
            ),
        ] {
            assert_eq!(
                of_attribute(element, name, value),
                expected,
                "{element} {name}"
            );
        }
    }
}
