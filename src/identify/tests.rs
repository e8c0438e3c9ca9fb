//! What identification says of the fixtures, of every beginning of them, and of bytes that were tampered with.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

mod jpeg_headers;
mod other_headers;
mod tampering;

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

#[test]
fn a_thumbnail_is_the_file_with_another_picture_in_first_place() {
    let file = fixture("foreign/avif-thumbnail.avif");
    let (thumbnail, facts) = thumbnail(&file).unwrap();
    assert_eq!(thumbnail.len(), file.len());
    assert_eq!(facts.color_type, ColorType::Grey);
    let Identified::Image(whole) = identify(&file, true) else {
        panic!("an image");
    };
    assert_eq!(whole.color_type, ColorType::Rgb);
    for without in ["foreign/avif-alpha-10bit.avif", "jpeg/grey.jpg"] {
        assert_eq!(super::thumbnail(&fixture(without)), None, "{without}");
    }
    for end in 0..file.len() {
        // Whatever is cut off, there is a thumbnail or none.
        let _ = super::thumbnail(&file[..end]);
    }
}
