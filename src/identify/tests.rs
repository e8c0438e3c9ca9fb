//! What identification says of the fixtures, of every beginning of them, and of bytes that were tampered with.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(fixtures().join(name)).unwrap()
}

/// The names of a folder's files, with the folder's.
fn names(folder: &str) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(fixtures().join(folder))
        .unwrap()
        .map(|entry| format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap()))
        .collect();
    names.sort();
    names
}

/// The facts in a line.
fn summary(facts: &Facts) -> String {
    let mut line = format!(
        "{}x{} {:?} {:?} {}",
        facts.width,
        facts.height,
        facts.subtype.unwrap(),
        facts.color_type,
        facts.bit_depth
    );
    for (set, word) in [
        (facts.alpha, " alpha"),
        (facts.icc, " icc"),
        (facts.exif, " exif"),
        (facts.animated, " animated"),
    ] {
        line.push_str(if set { word } else { "" });
    }
    if facts.orientation != Orientation::UPRIGHT {
        line.push_str(&format!(" turned {}", facts.orientation.exif()));
    }
    if facts.frames != Some(1) {
        line.push_str(&format!(" frames {:?}", facts.frames));
    }
    line
}

#[test]
fn every_fixture_is_what_its_name_says() {
    let mut expected: Vec<(&str, &str)> = vec![
        ("jpeg/baseline-420.jpg", "48x32 Baseline Rgb 8"),
        ("jpeg/baseline-422.jpg", "48x32 Baseline Rgb 8"),
        ("jpeg/baseline-444.jpg", "48x32 Baseline Rgb 8"),
        ("jpeg/cmyk-adobe-icc.jpg", "48x32 Baseline Cmyk 8 icc"),
        ("jpeg/cmyk-adobe-inverted.jpg", "48x32 Baseline Cmyk 8"),
        ("jpeg/grey-icc-dark.jpg", "48x32 Baseline Grey 8 icc"),
        ("jpeg/grey.jpg", "48x32 Baseline Grey 8"),
        ("jpeg/icc-display-p3.jpg", "48x32 Baseline Rgb 8 icc"),
        ("jpeg/icc-swapped-red-green.jpg", "48x32 Baseline Rgb 8 icc"),
        ("jpeg/orientation-1.jpg", "48x32 Baseline Rgb 8 exif"),
        (
            "jpeg/orientation-2.jpg",
            "48x32 Baseline Rgb 8 exif turned 2",
        ),
        (
            "jpeg/orientation-3.jpg",
            "48x32 Baseline Rgb 8 exif turned 3",
        ),
        (
            "jpeg/orientation-4.jpg",
            "48x32 Baseline Rgb 8 exif turned 4",
        ),
        (
            "jpeg/orientation-5.jpg",
            "32x48 Baseline Rgb 8 exif turned 5",
        ),
        (
            "jpeg/orientation-6.jpg",
            "32x48 Baseline Rgb 8 exif turned 6",
        ),
        (
            "jpeg/orientation-7.jpg",
            "32x48 Baseline Rgb 8 exif turned 7",
        ),
        (
            "jpeg/orientation-8.jpg",
            "32x48 Baseline Rgb 8 exif turned 8",
        ),
        ("jpeg/photo-1200x800.jpg", "1200x800 Baseline Rgb 8"),
        ("jpeg/progressive-420.jpg", "48x32 Progressive Rgb 8"),
        ("jpeg/restart-intervals.jpg", "48x32 Baseline Rgb 8"),
        ("jpeg/rgb-without-ycbcr.jpg", "48x32 Baseline Rgb 8"),
        ("jpeg/size-17x13.jpg", "17x13 Progressive Rgb 8"),
        ("jpeg/size-1x1.jpg", "1x1 Baseline Rgb 8"),
        ("jpeg/truncated.jpg", "160x120 Baseline Rgb 8"),
        ("jpeg/xmp.jpg", "48x32 Baseline Rgb 8"),
        ("jpeg/ycck-adobe-inverted.jpg", "48x32 Baseline Ycck 8"),
    ];
    expected.extend([
        (
            "png/animated-3-frames.png",
            "48x32 Sequential Rgb 8 animated frames Some(3)",
        ),
        (
            "png/exif-orientation-6.png",
            "32x48 Sequential Rgb 8 exif turned 6",
        ),
        ("png/grey-1-interlaced-17x13.png", "17x13 Interlaced Grey 1"),
        ("png/grey-1.png", "48x32 Sequential Grey 1"),
        ("png/grey-16.png", "48x32 Sequential Grey 16"),
        ("png/grey-2.png", "48x32 Sequential Grey 2"),
        ("png/grey-4.png", "48x32 Sequential Grey 4"),
        ("png/grey-8-trns-arrow.png", "48x32 Sequential Grey 8 alpha"),
        ("png/grey-8.png", "48x32 Sequential Grey 8"),
        (
            "png/grey-alpha-16.png",
            "48x32 Sequential GreyAlpha 16 alpha",
        ),
        ("png/grey-alpha-8.png", "48x32 Sequential GreyAlpha 8 alpha"),
        ("png/icc-display-p3.png", "48x32 Sequential Rgb 8 icc"),
        (
            "png/icc-swapped-red-green.png",
            "48x32 Sequential Rgb 8 icc",
        ),
        ("png/palette-1.png", "48x32 Sequential Palette 1"),
        ("png/palette-2.png", "48x32 Sequential Palette 2"),
        ("png/palette-4-interlaced.png", "48x32 Interlaced Palette 4"),
        (
            "png/palette-4-trns-red-clear-green-half.png",
            "48x32 Sequential Palette 4 alpha",
        ),
        ("png/palette-4.png", "48x32 Sequential Palette 4"),
        (
            "png/palette-8-trns-red-clear-green-half.png",
            "48x32 Sequential Palette 8 alpha",
        ),
        ("png/palette-8.png", "48x32 Sequential Palette 8"),
        ("png/rgb-16.png", "48x32 Sequential Rgb 16"),
        ("png/rgb-8-interlaced.png", "48x32 Interlaced Rgb 8"),
        ("png/rgb-8-trns-arrow.png", "48x32 Sequential Rgb 8 alpha"),
        ("png/rgb-8.png", "48x32 Sequential Rgb 8"),
        (
            "png/rgba-16-interlaced.png",
            "48x32 Interlaced Rgba 16 alpha",
        ),
        ("png/rgba-16.png", "48x32 Sequential Rgba 16 alpha"),
        (
            "png/rgba-8-clear-edges-over-green.png",
            "64x64 Sequential Rgba 8 alpha",
        ),
        ("png/rgba-8-opaque.png", "48x32 Sequential Rgba 8 alpha"),
        ("png/rgba-8.png", "48x32 Sequential Rgba 8 alpha"),
        ("png/size-1x1.png", "1x1 Sequential Rgb 8"),
        ("png/truncated.png", "64x48 Sequential Rgb 8"),
        ("png/xmp.png", "48x32 Sequential Rgb 8"),
    ]);
    expected.extend([
        (
            "webp/animated-3-frames.webp",
            "48x32 Lossless Rgba 8 alpha animated frames Some(3)",
        ),
        (
            "webp/animated-alpha-3-frames.webp",
            "48x32 Lossless Rgba 8 alpha animated frames Some(3)",
        ),
        (
            "webp/exif-orientation-6.webp",
            "32x48 Lossy Rgb 8 exif turned 6",
        ),
        ("webp/icc-swapped-red-green.webp", "48x32 Lossy Rgb 8 icc"),
        ("webp/lossless-alpha.webp", "48x32 Lossless Rgba 8 alpha"),
        ("webp/lossless.webp", "48x32 Lossless Rgb 8"),
        ("webp/lossy-alpha.webp", "48x32 Lossy Rgba 8 alpha"),
        ("webp/lossy.webp", "48x32 Lossy Rgb 8"),
        ("webp/photo-1200x800.webp", "1200x800 Lossy Rgb 8"),
        ("webp/size-17x13.webp", "17x13 Lossy Rgb 8"),
        ("webp/size-1x1.webp", "1x1 Lossy Rgb 8"),
        ("webp/truncated.webp", "160x120 Lossy Rgb 8"),
        ("webp/xmp.webp", "48x32 Lossless Rgb 8"),
        (
            "gif/animated-2-frames-once.gif",
            "48x32 Sequential Palette 8 animated frames Some(2)",
        ),
        (
            "gif/animated-3-frames-first-smaller.gif",
            "48x32 Sequential Palette 8 alpha animated frames Some(3)",
        ),
        ("gif/gif87a.gif", "48x32 Sequential Palette 8"),
        ("gif/gif89a.gif", "48x32 Sequential Palette 8"),
        ("gif/interlaced.gif", "48x32 Interlaced Palette 8"),
        ("gif/local-palette.gif", "48x32 Sequential Palette 8"),
        (
            "gif/transparent-arrow.gif",
            "48x32 Sequential Palette 8 alpha",
        ),
        ("gif/truncated.gif", "48x32 Sequential Palette 8"),
    ]);
    let listed: Vec<_> = expected
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let present: Vec<_> = ["jpeg", "png", "webp", "gif"]
        .into_iter()
        .flat_map(names)
        .collect();
    assert_eq!(
        listed, present,
        "a file without an expectation, or the reverse"
    );
    for (name, expected) in expected {
        let Identified::Image(facts) = identify(&fixture(name), true) else {
            panic!("{name} is no image");
        };
        let folder = name.split('/').next().unwrap();
        assert_eq!(facts.format.name(), folder, "{name}");
        assert_eq!(summary(&facts), expected, "{name}");
    }
}

#[test]
fn other_formats_are_recognised_and_the_rest_is_refused() {
    for name in names("other") {
        let extension = name.rsplit('.').next().unwrap();
        let answer = identify(&fixture(&name), true);
        match Format::from_name(extension) {
            Some(format) if !format.decodes() => {
                assert_eq!(answer, Identified::Unsupported(format), "{name}");
            }
            Some(_) => assert!(
                matches!(answer, Identified::Image(_) | Identified::NotAnImage(_)),
                "{name}: {answer:?}"
            ),
            None => assert!(
                matches!(answer, Identified::NotAnImage(_)),
                "{name}: {answer:?}"
            ),
        }
    }
}

#[test]
fn avif_of_others_is_what_its_name_says() {
    for (name, expected) in [
        ("420-10bit", "48x32 Rgb 10"),
        ("422-12bit-limited", "48x32 Rgb 12"),
        ("444-10bit-bt2020", "48x32 Rgb 10"),
        ("alpha-10bit", "48x32 Rgba 10 alpha"),
        ("bt709-limited", "48x32 Rgb 8"),
        ("grey-limited", "48x32 Grey 8"),
        ("grid-2x1", "128x64 Rgb 8"),
        ("grid-alpha", "128x64 Rgba 8 alpha"),
        ("icc", "48x32 Rgb 8 icc"),
        ("identity", "48x32 Rgb 8"),
        ("premultiplied", "48x32 Rgba 8 alpha"),
        ("sequence", "48x32 Rgb 8"),
        ("turned", "48x32 Rgb 8 turned 5"),
        ("xmp", "48x32 Rgb 8"),
    ] {
        let file = fixture(&format!("foreign/avif-{name}.avif"));
        let Identified::Image(facts) = identify(&file, true) else {
            panic!("{name} is no image");
        };
        assert_eq!(facts.format, Format::Avif, "{name}");
        let subtype = Some(Subtype::Lossy);
        let found = summary(&Facts { subtype, ..facts });
        assert_eq!(found.replace("Lossy ", ""), expected, "{name}");
    }
}

/// Every fixture that has bytes enough for a test and not too many.
fn small_fixtures() -> Vec<(String, Vec<u8>)> {
    ["jpeg", "png", "webp", "gif", "foreign", "other"]
        .into_iter()
        .flat_map(names)
        .map(|name| (name.clone(), fixture(&name)))
        .filter(|(_, bytes)| bytes.len() < 20_000)
        .collect()
}

#[test]
fn a_beginning_asks_for_more_or_gives_the_same_answer() {
    for (name, bytes) in small_fixtures() {
        let last = identify(&bytes, false);
        for end in 0..bytes.len() {
            let early = identify(&bytes[..end], false);
            if let Identified::NeedsMore(guess) = early {
                let format = match &last {
                    Identified::Image(facts) => Some(facts.format),
                    Identified::Unsupported(format) => Some(*format),
                    _ => guess,
                };
                assert!(
                    guess.is_none() || guess == format,
                    "{name} at {end}: {guess:?}"
                );
            } else {
                assert_eq!(early, last, "{name} at {end}");
            }
        }
    }
}

#[test]
fn a_whole_file_never_needs_more_and_only_refines_its_start() {
    for (name, bytes) in small_fixtures() {
        for end in 0..=bytes.len() {
            let whole = identify(&bytes[..end], true);
            match (identify(&bytes[..end], false), whole) {
                (_, Identified::NeedsMore(_)) => panic!("{name} at {end} needs more"),
                (Identified::NeedsMore(_), whole) => {
                    assert!(
                        matches!(whole, Identified::NotAnImage(_)),
                        "{name} at {end}: {whole:?}"
                    );
                }
                (Identified::Image(start), Identified::Image(whole)) => {
                    let refined = Facts {
                        frames: whole.frames,
                        animated: whole.animated,
                        orientation: whole.orientation,
                        exif: whole.exif,
                        ..start
                    };
                    assert_eq!(refined, whole, "{name} at {end}");
                }
                (start, whole) => assert_eq!(start, whole, "{name} at {end}"),
            }
        }
    }
}

/// SOI, then segments with their lengths filled in, then the header of a scan.
fn jpeg(segments: &[(u8, &[u8])]) -> Vec<u8> {
    let mut out = vec![0xFF, 0xD8];
    for (marker, content) in segments.iter().chain([&(0xDA, &[][..])]) {
        out.extend([0xFF, *marker]);
        out.extend((content.len() as u16 + 2).to_be_bytes());
        out.extend(*content);
    }
    out
}

/// A frame header of 48x32 in three components.
const FRAME: &[u8] = &[8, 0, 32, 0, 48, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];

fn png(header: &[u8; 13], chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1A\n".to_vec();
    for (name, content) in [(b"IHDR", &header[..])].iter().chain(chunks) {
        out.extend((content.len() as u32).to_be_bytes());
        out.extend(*name);
        out.extend(*content);
        out.extend([0; 4]);
    }
    out
}

/// The header of a 48x32 picture, of a colour type and a depth.
fn png_header(color_type: u8, bit_depth: u8) -> [u8; 13] {
    [0, 0, 0, 48, 0, 0, 0, 32, bit_depth, color_type, 0, 0, 0]
}

fn webp(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (name, content) in chunks {
        body.extend(*name);
        body.extend((content.len() as u32).to_le_bytes());
        body.extend(*content);
        body.resize(body.len().next_multiple_of(2), 0);
    }
    [b"RIFF", &(body.len() as u32).to_le_bytes()[..], &body].concat()
}

/// A VP8 header of 48x32.
const VP8: &[u8] = &[0, 0, 0, 0x9D, 0x01, 0x2A, 48, 0, 32, 0];

#[test]
fn jpeg_headers_are_refused_for_a_reason() {
    let with_frame = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut frame = FRAME.to_vec();
        change(&mut frame);
        jpeg(&[(0xC0, &frame)])
    };
    let fill = [&[0xFF, 0xD8][..], &[0xFF; 5000]].concat();
    let stray = [&[0xFF, 0xD8, 0xFF, 0xFE, 0, 2][..], &[0x55; 5000]].concat();
    let comments = [(0xFE, &b""[..]); 3000];
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "lossless",
            jpeg(&[(0xC3, FRAME)]),
            "lossless JPEG, which is not read",
        ),
        (
            "arithmetic",
            jpeg(&[(0xC9, FRAME)]),
            "JPEG with arithmetic coding, which is not read",
        ),
        (
            "arithmetic progressive",
            jpeg(&[(0xCA, FRAME)]),
            "JPEG with arithmetic coding, which is not read",
        ),
        (
            "differential",
            jpeg(&[(0xC5, FRAME)]),
            "hierarchical JPEG, which is not read",
        ),
        (
            "hierarchical",
            jpeg(&[(0xDE, FRAME)]),
            "hierarchical JPEG, which is not read",
        ),
        (
            "two frames",
            jpeg(&[(0xC0, FRAME), (0xC2, FRAME)]),
            "JPEG with two frames",
        ),
        ("no frame", jpeg(&[]), "JPEG without a frame header"),
        (
            "no picture",
            b"\xFF\xD8\xFF\xD9".to_vec(),
            "JPEG without a picture",
        ),
        (
            "twice",
            b"\xFF\xD8\xFF\xD8".to_vec(),
            "JPEG that starts twice",
        ),
        (
            "12 bits",
            with_frame(&|frame| frame[0] = 12),
            "JPEG of other than 8 bits a sample, which is not read",
        ),
        (
            "no height",
            with_frame(&|frame| frame[2] = 0),
            "JPEG without a size",
        ),
        (
            "no width",
            with_frame(&|frame| frame[4] = 0),
            "JPEG without a size",
        ),
        (
            "2 components",
            with_frame(&|frame| frame[5] = 2),
            "JPEG of other than 1, 3 or 4 components",
        ),
        (
            "a component short",
            with_frame(&|frame| frame.truncate(12)),
            "JPEG with a broken frame header",
        ),
        (
            "an empty frame",
            with_frame(&Vec::clear),
            "JPEG with a broken frame header",
        ),
        (
            "no sampling",
            with_frame(&|frame| frame[7] = 0x20),
            "JPEG with a broken frame header",
        ),
        (
            "much sampling",
            with_frame(&|frame| frame[7] = 0x52),
            "JPEG with a broken frame header",
        ),
        (
            "a length of one",
            b"\xFF\xD8\xFF\xE0\0\x01".to_vec(),
            "JPEG with a broken segment",
        ),
        (
            "a reserved marker",
            b"\xFF\xD8\xFF\x02".to_vec(),
            "JPEG with an unknown segment",
        ),
        (
            "endless fill",
            fill,
            "JPEG with too much between its segments",
        ),
        (
            "endless strays",
            stray,
            "JPEG with too much between its segments",
        ),
        (
            "endless comments",
            jpeg(&comments),
            "JPEG with too many segments",
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
fn jpeg_oddities_that_decoders_forgive_are_forgiven() {
    let stray = [
        &b"\xFF\xD8\xFF\xFE\0\x02junk\0"[..],
        &jpeg(&[(0xC0, FRAME)])[2..],
    ]
    .concat();
    let fill = [&b"\xFF\xD8\xFF\xFF\xFF"[..], &jpeg(&[(0xC1, FRAME)])[2..]].concat();
    let late = jpeg(&[
        (0xC0, FRAME),
        (0xE2, b"ICC_PROFILE\0\x01\x01icc"),
        (0xEE, b"Adobe"),
    ]);
    for (bytes, expected) in [
        (stray, "48x32 Baseline Rgb 8"),
        (fill, "48x32 Extended Rgb 8"),
        (late, "48x32 Baseline Rgb 8 icc"),
    ] {
        let Identified::Image(facts) = identify(&bytes, false) else {
            panic!("{:?}", identify(&bytes, false));
        };
        assert_eq!(summary(&facts), expected);
    }
}

#[test]
fn four_components_are_inks_as_the_adobe_segment_says() {
    let frame = [FRAME, &[4, 0x11, 0]].concat();
    let with_components = |adobe: &[u8]| {
        let mut frame = frame.clone();
        frame[5] = 4;
        let found = identify(&jpeg(&[(0xEE, adobe), (0xC0, &frame)]), false);
        match found {
            Identified::Image(facts) => facts.color_type,
            other => panic!("{other:?}"),
        }
    };
    for (adobe, expected) in [
        (&b"Adobe\0\x64\0\0\0\0\0"[..], ColorType::Cmyk),
        (b"Adobe\0\x64\0\0\0\0\x02", ColorType::Ycck),
        (b"Adobe\0", ColorType::Cmyk),
        (b"Ducky", ColorType::Cmyk),
    ] {
        assert_eq!(with_components(adobe), expected, "{adobe:?}");
    }
}

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
