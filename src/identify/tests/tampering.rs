//! Text, headers without an end, and bytes that were tampered with.

use super::*;

#[test]
fn text_is_refused_at_once() {
    for (text, expected) in [
        ("{", "no known image format"),
        ("404 Not Found", "no known image format"),
        ("<html>", "markup, but not SVG"),
        ("  <h", "markup, but not SVG"),
        ("<!DOCTYPE h", "markup, but not SVG"),
        ("<!doctype", "markup, but not SVG"),
        ("<?xml version='1.0'?><rss", "markup, but not SVG"),
        ("<svgfoo>", "markup, but not SVG"),
        ("BMX is a sport, not a bitmap", "no known image format"),
        ("GIF88a", "no known image format"),
        ("RIFF\u{1}\u{1}\u{1}\u{1}WAVE", "no known image format"),
    ] {
        assert_eq!(
            identify(text.as_bytes(), false),
            Identified::NotAnImage(expected),
            "{text}"
        );
    }
}

#[test]
fn svg_is_found_behind_its_prolog() {
    for text in [
        "<svg>",
        "<svg/>",
        "\n<svg\n>",
        "<svg:svg xmlns:svg='x'>",
        "<?xml version='1.0'?><!-- <html> --><svg >",
        "<!DOCTYPE svg><svg>",
        "<!DOCTYPE svg [<!ATTLIST svg a CDATA 'b'>]><svg>",
        "\u{FEFF}<svg>",
    ] {
        let answer = identify(text.as_bytes(), false);
        let Identified::Image(facts) = answer else {
            panic!("{text}: {answer:?}");
        };
        assert_eq!(facts.format, Format::Svg, "{text}");
    }
}

#[test]
fn a_header_without_an_end_is_cut_off() {
    let mut comment = b"<!--".to_vec();
    comment.resize(MAX_HEAD_BYTES - 1, b' ');
    assert_eq!(
        identify(&comment, false),
        Identified::NeedsMore(Some(Format::Svg))
    );
    comment.push(b' ');
    assert_eq!(
        identify(&comment, false),
        Identified::NotAnImage("a header without an end")
    );
    let space = vec![b' '; MAX_HEAD_BYTES];
    assert_eq!(
        identify(&space, false),
        Identified::NotAnImage("no known image format")
    );
}

/// Bytes that begin like some format.
fn signed() -> impl Strategy<Value = Vec<u8>> {
    let signatures: Vec<&[u8]> = vec![
        b"",
        b"\xFF\xD8\xFF",
        b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR",
        b"RIFF\xFF\xFF\0\0WEBP",
        b"RIFF\xFF\xFF\0\0WEBPVP8X\x0A\0\0\0\x02",
        b"GIF89a",
        b"GIF89a\x01\0\x01\0\0\0\0!",
        b"\0\0\0\x40ftyp",
        b"BM",
        b"\0\0\x01\0",
        b"<!",
    ];
    let rest = prop::collection::vec(any::<u8>(), 0..300);
    (prop::sample::select(signatures), rest).prop_map(|(start, rest)| [start, &rest].concat())
}

/// A small fixture with a few bytes changed.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let files: Vec<_> = small_fixtures()
        .into_iter()
        .map(|(_, bytes)| bytes)
        .collect();
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6);
    (prop::sample::select(files), changes).prop_map(|(mut bytes, changes)| {
        let head_bytes = bytes.len().min(200);
        for (place, value) in changes {
            bytes[place.index(head_bytes)] = value;
        }
        bytes
    })
}

fn holds_its_promises(bytes: &[u8]) {
    let start = identify(bytes, false);
    assert!(!matches!(identify(bytes, true), Identified::NeedsMore(_)));
    for end in 0..bytes.len().min(400) {
        let early = identify(&bytes[..end], false);
        assert!(
            matches!(early, Identified::NeedsMore(_)) || early == start,
            "at {end}"
        );
    }
    if let Identified::Image(facts) = start {
        assert!(facts.width > 0 && facts.height > 0);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in signed()) {
        holds_its_promises(&bytes);
    }

    #[test]
    fn damaged_files_are_answered(bytes in mutated()) {
        holds_its_promises(&bytes);
    }
}
