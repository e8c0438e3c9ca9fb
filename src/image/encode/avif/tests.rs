use super::*;
use crate::identify::av1::{Chroma, Outline};
use crate::identify::heif::Items;
use crate::identify::{Facts, Identified, identify};
use crate::image::decode::{How, Scale, decode};
use crate::image::encode::{AvifOptions, encode};
use crate::image::metadata::{self, Metadata};
use crate::image::testing::{difference, noise, options, picture};

fn facts(file: &[u8]) -> Facts {
    match identify(file, true) {
        Identified::Image(facts) => facts,
        other => panic!("{other:?}"),
    }
}

fn decoded(file: &[u8]) -> Pixels {
    decode(file, &facts(file), &How::at(Scale::Full)).unwrap()
}

#[test]
fn the_decoder_sees_the_same_picture_at_any_size() {
    for layout in [Layout::Grey, Layout::Rgb, Layout::Rgba] {
        for (width, height) in [
            (1, 1),
            (2, 1),
            (1, 3),
            (5, 7),
            (16, 16),
            (97, 53),
            (200, 131),
        ] {
            let original = picture(width, height, layout);
            let subsample = match width {
                // Two pixels of this picture differ too much to share their chroma.
                ..16 => AvifSubsample::Off,
                _ => AvifSubsample::On,
            };
            let options = Options {
                avif: AvifOptions {
                    speed: 8,
                    subsample,
                },
                ..options(Format::Avif)
            };
            let file = encode(&original, &options).unwrap();
            let facts = facts(&file);
            assert_eq!((facts.width, facts.height), (width, height));
            let pixels = decoded(&file);
            // A single column of the picture is opaque.
            if layout == Layout::Rgba && width == 1 {
                assert_eq!(pixels.layout(), Layout::Rgb);
                continue;
            }
            assert_eq!(facts.alpha, layout == Layout::Rgba);
            assert_eq!(pixels.layout(), layout);
            let off = difference(pixels.data(), original.data());
            assert!(off < 8.0, "{layout:?} {width}x{height}: {off}");
        }
    }
}

#[test]
fn alpha_is_kept_exactly() {
    for original in [picture(64, 48, Layout::Rgba), noise(33, 17, Layout::Rgba)] {
        let pixels = decoded(&encode(&original, &options(Format::Avif)).unwrap());
        let alpha = |pixels: &Pixels| {
            let each = pixels.data().chunks_exact(4);
            each.map(|pixel| pixel[3]).collect::<Vec<_>>()
        };
        assert_eq!(alpha(&pixels), alpha(&original));
    }
}

#[test]
fn opaque_pixels_are_written_without_alpha() {
    let original = Pixels::filled(20, 20, Layout::Rgba, &[200, 100, 50, 255]);
    let file = encode(&original, &options(Format::Avif)).unwrap();
    assert!(!facts(&file).alpha);
    let off = difference(decoded(&file).data(), &[200, 100, 50].repeat(400));
    assert!(off < 2.0, "{off}");
}

#[test]
fn quality_decides_the_size() {
    let original = picture(200, 200, Layout::Rgb);
    let sizes = [10, 50, 95].map(|quality| {
        let options = Options {
            quality,
            ..options(Format::Avif)
        };
        encode(&original, &options).unwrap().len()
    });
    assert!(sizes[0] < sizes[1] && sizes[1] < sizes[2], "{sizes:?}");
}

#[test]
fn the_quantizer_spans_the_qualities() {
    let found = [0, 1, 50, 63, 80, 99, 100, 255].map(quantizer);
    assert_eq!(found, [62, 62, 32, 23, 13, 1, 0, 0]);
}

#[test]
fn chroma_follows_the_option_and_the_quality() {
    for (subsample, quality, expected) in [
        (AvifSubsample::Auto, 89, Chroma::Quarter),
        (AvifSubsample::Auto, 90, Chroma::Full),
        (AvifSubsample::On, 95, Chroma::Quarter),
        (AvifSubsample::Off, 40, Chroma::Full),
    ] {
        let options = Options {
            quality,
            avif: AvifOptions {
                speed: 9,
                subsample,
            },
            ..options(Format::Avif)
        };
        let file = encode(&picture(32, 32, Layout::Rgb), &options).unwrap();
        let items = Items::read(&file).unwrap();
        let coded = items.content(1, &file).unwrap();
        let sequence = Outline::read(&coded).unwrap().sequence;
        assert_eq!(sequence.chroma, expected, "{subsample:?} at {quality}");
        assert_eq!((sequence.points, sequence.bit_depth), (SRGB, 8));
    }
}

#[test]
fn every_speed_writes_and_the_same_bytes_each_time() {
    let original = picture(48, 40, Layout::Rgba);
    for speed in 0..=9 {
        let options = Options {
            avif: AvifOptions {
                speed,
                ..AvifOptions::default()
            },
            ..options(Format::Avif)
        };
        let [first, second] = [0, 1].map(|_| encode(&original, &options).unwrap());
        assert_eq!(first, second, "speed {speed}");
    }
}

#[test]
fn metadata_is_found_again() {
    let metadata = Metadata {
        iptc: None,
        icc: Some(vec![7; 3_000].into()),
        exif: Some(b"II*\0\x08\0\0\0\0\0".to_vec().into()),
        xmp: Some(b"<x:xmpmeta/>".to_vec().into()),
    };
    let options = Options {
        metadata: metadata.clone(),
        ..options(Format::Avif)
    };
    let file = encode(&picture(8, 8, Layout::Rgba), &options).unwrap();
    assert_eq!(metadata::read(&file, Format::Avif), metadata);
    let facts = facts(&file);
    assert!(facts.icc && facts.exif && facts.alpha);
    assert_eq!(decoded(&file).layout(), Layout::Rgba);
}

#[test]
fn inks_and_long_sides_cannot_be_written() {
    for pixels in [
        Pixels::filled(2, 2, Layout::Cmyk, &[0; 4]),
        Pixels::filled(16_385, 1, Layout::Grey, &[0]),
    ] {
        let error = encode(&pixels, &options(Format::Avif)).unwrap_err();
        assert!(matches!(error, Error::Unwritable { .. }), "{error}");
    }
}
