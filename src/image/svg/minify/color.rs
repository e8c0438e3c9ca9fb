//! Colours in fewer letters.

use svgtypes::Color;

/// Names that are shorter than their figures.
const NAMES: &[(&str, [u8; 3])] = &[
    ("azure", [240, 255, 255]),
    ("beige", [245, 245, 220]),
    ("bisque", [255, 228, 196]),
    ("brown", [165, 42, 42]),
    ("coral", [255, 127, 80]),
    ("gold", [255, 215, 0]),
    ("gray", [128, 128, 128]),
    ("green", [0, 128, 0]),
    ("indigo", [75, 0, 130]),
    ("ivory", [255, 255, 240]),
    ("khaki", [240, 230, 140]),
    ("linen", [250, 240, 230]),
    ("maroon", [128, 0, 0]),
    ("navy", [0, 0, 128]),
    ("olive", [128, 128, 0]),
    ("orange", [255, 165, 0]),
    ("orchid", [218, 112, 214]),
    ("peru", [205, 133, 63]),
    ("pink", [255, 192, 203]),
    ("plum", [221, 160, 221]),
    ("purple", [128, 0, 128]),
    ("red", [255, 0, 0]),
    ("salmon", [250, 128, 114]),
    ("sienna", [160, 82, 45]),
    ("silver", [192, 192, 192]),
    ("snow", [255, 250, 250]),
    ("tan", [210, 180, 140]),
    ("teal", [0, 128, 128]),
    ("tomato", [255, 99, 71]),
    ("violet", [238, 130, 238]),
    ("wheat", [245, 222, 179]),
];

/// The shortest text for an opaque colour that is written in figures of two digits or fewer, in whole numbers, or as a
/// name; nothing for all else.
pub(super) fn shorter(text: &str) -> Option<String> {
    let text = text.trim();
    if !is_plain(text) {
        return None;
    }
    let color: Color = text.parse().ok()?;
    (color.alpha == 255).then(|| written([color.red, color.green, color.blue]))
}

/// Whether all readers agree on what a text stands for, if it is a colour.
fn is_plain(text: &str) -> bool {
    let figures = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(text) = text.strip_prefix('#') {
        return matches!(text.len(), 3 | 6) && figures(text);
    }
    let name = text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let numbers = || {
        let numbers = text.strip_prefix("rgb(")?.strip_suffix(')')?;
        let mut each = numbers.split(',').map(|number| number.trim().parse::<u8>());
        Some(numbers.split(',').count() == 3 && each.all(|number| number.is_ok()))
    };
    name || numbers() == Some(true)
}

fn written(color: [u8; 3]) -> String {
    if let Some((name, _)) = NAMES.iter().find(|(_, named)| *named == color) {
        return (*name).to_owned();
    }
    let [red, green, blue] = color;
    match color.iter().all(|part| part >> 4 == part & 15) {
        true => format!("#{:x}{:x}{:x}", red & 15, green & 15, blue & 15),
        false => format!("#{red:02x}{green:02x}{blue:02x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_for_their_colours_and_are_short() {
        for (name, color) in NAMES {
            let read: Color = name.parse().unwrap();
            assert_eq!([read.red, read.green, read.blue], *color, "{name}");
            let doubled = color.iter().all(|part| part >> 4 == part & 15);
            assert!(name.len() < if doubled { 4 } else { 7 }, "{name}");
        }
    }

    #[test]
    fn the_shortest_form_is_taken() {
        for (text, expected) in [
            ("#AABBCC", Some("#abc")),
            ("#aabbcd", Some("#aabbcd")),
            ("#FF0000", Some("red")),
            ("#f00", Some("red")),
            ("white", Some("#fff")),
            ("Black", Some("#000")),
            ("lightgoldenrodyellow", Some("#fafad2")),
            ("grey", Some("gray")),
            ("#000080", Some("navy")),
            ("rgb(255, 0,0)", Some("red")),
            ("rgb(1,2,3)", Some("#010203")),
            ("none", None),
            ("currentColor", None),
            ("inherit", None),
            ("transparent", None),
            ("rgb(10%,0%,0%)", None),
            ("rgb(300,0,0)", None),
            ("rgb(1 2 3)", None),
            ("rgba(1,2,3,.5)", None),
            ("#aabbccdd", None),
            ("#ab", None),
            ("url(#a) red", None),
            ("red !important", None),
            ("", None),
        ] {
            assert_eq!(shorter(text).as_deref(), expected, "{text}");
        }
    }
}
