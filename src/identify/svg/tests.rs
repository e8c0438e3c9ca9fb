use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::identify::{Format, Identified, identify};

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn size(text: &str) -> (u32, u32) {
    match identify(text.as_bytes(), false) {
        Identified::Image(facts) => (facts.width, facts.height),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn the_size_is_what_the_root_element_says() {
    for (attributes, expected) in [
        ("width='120' height='80'", (120, 80)),
        ("width = \"120px\" height='80.2px'", (120, 81)),
        ("width='1in' height='72pt'", (96, 96)),
        ("width='25.4mm' height='2.54cm'", (96, 96)),
        ("width='6pc' height='2em'", (96, 32)),
        ("width='1e2' height='+.5e1ex'", (100, 40)),
        ("viewBox='0 0 40 30'", (40, 30)),
        ("viewBox='-10,-10 , 40.5 30'", (41, 30)),
        ("viewBox='0 0 40 30' width='80'", (80, 60)),
        ("viewBox='0 0 40 30' height='15'", (20, 15)),
        ("viewBox='0 0 40 30' width='100%' height='50%'", (40, 15)),
        ("viewBox='0 0 40 30' width='10' height='10'", (10, 10)),
        ("", (300, 150)),
        ("width='40'", (40, 150)),
        ("width='50%' height='100%'", (150, 150)),
        ("viewBox='0 0 0 30'", (300, 150)),
        ("width='wide' height='auto'", (300, 150)),
        ("width='0.1' height='0.2'", (1, 1)),
        ("x:width='9' Width='9' width='7' height='7'", (7, 7)),
        ("viewBox='0 0 131070 1000'", (65_535, 500)),
        ("title='a > b' width='7' height='7'", (7, 7)),
    ] {
        assert_eq!(
            size(&format!("<svg {attributes}>")),
            expected,
            "{attributes}"
        );
        assert_eq!(size(&format!("<svg:svg {attributes}/>")), expected);
    }
}

#[test]
fn a_drawing_without_an_area_or_with_entities_is_none() {
    for (text, expected) in [
        ("<svg width='0' height='9'>", "an SVG without an area"),
        ("<svg width='-4' height='9'>", "an SVG without an area"),
        ("<svg width='1e39' height='9'>", "an SVG without an area"),
        ("<svg width>", "an SVG whose first element is malformed"),
        ("<svg width=9>", "an SVG whose first element is malformed"),
        ("<svg <a>", "an SVG whose first element is malformed"),
        (
            "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg>",
            "an SVG that declares entities, which are not read",
        ),
    ] {
        let answer = identify(text.as_bytes(), false);
        assert_eq!(answer, Identified::NotAnImage(expected), "{text}");
    }
}

#[test]
fn a_start_tag_is_waited_for() {
    let text = "<?xml version='1.0'?><svg width='12' height='34' >";
    for end in 0..text.len() {
        let answer = identify(&text.as_bytes()[..end], false);
        assert!(
            matches!(answer, Identified::NeedsMore(_)),
            "{end}: {answer:?}"
        );
    }
    assert_eq!(size(text), (12, 34));
}

#[test]
fn a_packed_drawing_is_looked_into() {
    let file = packed("<svg width='12' height='34'><path d='M0 0h9v9z'/></svg>");
    let Identified::Image(facts) = identify(&file, true) else {
        panic!("a packed drawing");
    };
    assert_eq!(
        (facts.format, facts.width, facts.height),
        (Format::Svg, 12, 34)
    );
    assert_eq!(
        identify(&file[..14], false),
        Identified::NeedsMore(Some(Format::Svg))
    );
    for (file, expected) in [
        (packed("text"), "packed, but not SVG"),
        (packed("<html>"), "markup, but not SVG"),
        (packed(&" ".repeat(64 << 20)), "a header without an end"),
        (file[..14].to_vec(), "cut off within its header"),
        (
            b"\x1F\x8B\x08\0\0\0\0\0\0\0\xFF\xFF\xFF\xFF\xFF".to_vec(),
            "packed, and broken within its header",
        ),
    ] {
        assert_eq!(identify(&file, true), Identified::NotAnImage(expected));
    }
}
