//! Headers of PNG, WebP and GIF: what is refused, and what is read.

use super::*;

/// The header of a 48x32 picture, of a colour type and a depth.
fn png_header(color_type: u8, bit_depth: u8) -> [u8; 13] {
    [0, 0, 0, 48, 0, 0, 0, 32, bit_depth, color_type, 0, 0, 0]
}

/// A VP8 header of 48x32.
const VP8: &[u8] = &[0, 0, 0, 0x9D, 0x01, 0x2A, 48, 0, 32, 0];

#[test]
fn png_headers_are_refused_for_a_reason() {
    let sized = |width: [u8; 4], height: [u8; 4]| {
        let mut header = png_header(2, 8);
        header[..4].copy_from_slice(&width);
        header[4..8].copy_from_slice(&height);
        png(&header, &[(b"IDAT", b"")])
    };
    let mut method = png_header(2, 8);
    method[12] = 2;
    let no_header = b"\x89PNG\r\n\x1A\n\0\0\0\x04CgBI\0\0\0\0\0\0\0\0".to_vec();
    let comments = vec![(b"tEXt", &b""[..]); 5000];
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "no width",
            sized([0; 4], [0, 0, 0, 1]),
            "PNG of an impossible size",
        ),
        (
            "no height",
            sized([0, 0, 0, 1], [0; 4]),
            "PNG of an impossible size",
        ),
        (
            "width of 2^31",
            sized([0x80, 0, 0, 0], [0, 0, 0, 1]),
            "PNG of an impossible size",
        ),
        (
            "an unknown interlacing",
            png(&method, &[]),
            "PNG of an unknown method",
        ),
        ("no header", no_header, "PNG without a header"),
        (
            "no palette",
            png(&png_header(3, 8), &[(b"IDAT", b"")]),
            "PNG without its palette",
        ),
        (
            "no picture",
            png(&png_header(2, 8), &[(b"IEND", b"")]),
            "PNG without a picture",
        ),
        (
            "a chunk of digits",
            png(&png_header(2, 8), &[(b"1234", b"")]),
            "PNG with a broken chunk",
        ),
        (
            "endless text",
            png(&png_header(2, 8), &comments),
            "PNG with too many chunks",
        ),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(
            identify(&bytes, false),
            Identified::NotAnImage(expected),
            "{name}"
        );
    }
}

#[test]
fn png_colour_types_have_their_depths() {
    for (code, depths) in [
        (0, &[1, 2, 4, 8, 16][..]),
        (1, &[]),
        (2, &[8, 16]),
        (3, &[1, 2, 4, 8]),
        (4, &[8, 16]),
        (5, &[]),
        (6, &[8, 16]),
        (7, &[]),
    ] {
        for depth in 0..=17 {
            let file = png(
                &png_header(code, depth),
                &[(b"PLTE", &[0; 3]), (b"IDAT", b"")],
            );
            let is_image = matches!(identify(&file, false), Identified::Image(_));
            assert_eq!(
                is_image,
                depths.contains(&depth),
                "type {code}, {depth} bits"
            );
        }
    }
}

#[test]
fn webp_headers_are_refused_for_a_reason() {
    // Flags, three reserved bytes, width and height less one.
    let extended = |flags: u8| [flags, 0, 0, 0, 47, 0, 0, 31, 0, 0];
    let larger = [0, 0, 0, 0, 99, 0, 0, 99, 0, 0];
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", webp(&[]), "WebP without a picture"),
        (
            "another chunk",
            webp(&[(b"ABCD", b"12345678")]),
            "WebP without a picture",
        ),
        (
            "no key frame",
            webp(&[(b"VP8 ", &[1, 0, 0, 0x9D, 1, 0x2A, 1, 0, 1, 0])]),
            "WebP with a broken picture",
        ),
        (
            "no start code",
            webp(&[(b"VP8 ", &[0; 10])]),
            "WebP with a broken picture",
        ),
        (
            "no size",
            webp(&[(b"VP8 ", &[0, 0, 0, 0x9D, 1, 0x2A, 0, 0, 1, 0])]),
            "WebP without a size",
        ),
        (
            "no signature",
            webp(&[(b"VP8L", &[0; 5])]),
            "WebP with a broken picture",
        ),
        (
            "version 1",
            webp(&[(b"VP8L", &[0x2F, 0, 0, 0, 0x20])]),
            "WebP of an unknown version",
        ),
        (
            "a short header",
            webp(&[(b"VP8X", &[0; 8])]),
            "WebP with a broken header",
        ),
        (
            "only a header",
            webp(&[(b"VP8X", &extended(0))]),
            "WebP without a picture",
        ),
        (
            "another size",
            webp(&[(b"VP8X", &larger), (b"VP8 ", VP8)]),
            "WebP whose picture differs from its canvas",
        ),
        (
            "a still animation",
            webp(&[(b"VP8X", &extended(2)), (b"VP8 ", VP8)]),
            "WebP with a picture outside its animation",
        ),
        (
            "an empty frame",
            webp(&[(b"VP8X", &extended(2)), (b"ANMF", &[0; 16])]),
            "WebP without a picture",
        ),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(
            identify(&bytes, false),
            Identified::NotAnImage(expected),
            "{name}"
        );
    }
}

#[test]
fn gif_headers_are_refused_for_a_reason() {
    let parts = [
        &b"GIF89a\x01\0\x01\0\0\0\0!\xFE"[..],
        &[1, b'x'].repeat(9000),
    ]
    .concat();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "no width",
            b"GIF89a\0\0\x01\0\0\0\0".to_vec(),
            "GIF without a size",
        ),
        (
            "no frame",
            b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(),
            "GIF without a frame",
        ),
        (
            "an unknown block",
            b"GIF89a\x01\0\x01\0\0\0\0?".to_vec(),
            "GIF with a broken block",
        ),
        ("an endless comment", parts, "GIF with too many blocks"),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(
            identify(&bytes, false),
            Identified::NotAnImage(expected),
            "{name}"
        );
    }
}

#[test]
fn a_gif_that_repeats_is_animated_until_its_end_says_otherwise() {
    let head = b"GIF89a\x01\0\x01\0\0\0\0!\xFF\x0BNETSCAPE2.0\x03\x01\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x01\x44\0;";
    for (complete, animated, frames) in [(false, true, None), (true, false, Some(1))] {
        let Identified::Image(facts) = identify(head, complete) else {
            panic!("a whole file");
        };
        assert_eq!((facts.animated, facts.frames), (animated, frames));
    }
}
