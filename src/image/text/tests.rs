use super::*;

const INK: Ink = Ink {
    color: [200, 30, 60],
    height_px: 40.0,
};

#[test]
fn a_text_is_cropped_to_its_letters() {
    let pixels = render("HHH", &INK).unwrap();
    assert_eq!(pixels.layout(), Layout::Rgba);
    // Capitals are about 0.71 of the font's size, and nothing stands above or below them.
    assert!((28..=31).contains(&pixels.height()), "{pixels:?}");
    assert!((70..=100).contains(&pixels.width()), "{pixels:?}");
    let opaque = pixels
        .data()
        .chunks_exact(4)
        .filter(|pixel| pixel[3] == 255);
    let mut colors: Vec<&[u8]> = opaque.map(|pixel| &pixel[..3]).collect();
    colors.dedup();
    assert_eq!(colors, [&INK.color[..]]);
}

#[test]
fn every_line_of_a_text_is_one_of_the_picture() {
    let one = render("Hx", &INK).unwrap();
    let two = render("Hx\nHx", &INK).unwrap();
    assert_eq!(two.height(), one.height() + 48);
    assert_eq!(two.width(), one.width());
    assert_eq!(render("Hx\r\nHx", &INK).unwrap(), two);
}

#[test]
fn markup_in_a_text_is_text() {
    for text in [
        "<b>",
        "&amp;",
        "a & b",
        "]]>",
        "'\"",
        "<![CDATA[",
        "a\u{1}b",
        "a\u{FFFF}b",
    ] {
        let written = render(text, &INK).unwrap();
        assert!(written.width() > 10, "{text}: {written:?}");
    }
    let (plain, escaped) = (render("&", &INK).unwrap(), render("&amp;", &INK).unwrap());
    assert!(escaped.width() > 3 * plain.width());
}

#[test]
fn three_scripts_are_written() {
    let box_of = render("\u{A9C1}", &INK).ok();
    for text in ["Ω", "Ж", "ß", "é", "→"].into_iter().take(4) {
        let written = render(text, &INK).unwrap();
        assert_ne!(Some(written), box_of, "{text}");
    }
}

#[test]
fn a_text_has_bounds() {
    let sized = |height_px| Ink { height_px, ..INK };
    for (text, ink) in [
        ("", INK),
        (" \n ", INK),
        (&*"a".repeat(257), INK),
        (&*"W".repeat(256), sized(1000.0)),
        ("a", sized(0.0)),
        ("a", sized(f32::NAN)),
        ("a", sized(4000.0)),
    ] {
        let error = render(text, &ink).unwrap_err();
        assert!(matches!(error, Error::Unwritable { .. }), "{text}: {error}");
    }
    assert!(render(&"é".repeat(256), &INK).is_ok());
    assert!(render("W", &sized(2048.0)).is_ok());
}
