use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::identify::{Identified, identify};
use crate::image::Pixels;
use crate::image::encode::{JpegOptions, JpegSubsample};
use crate::image::testing::{difference, noise, options, picture};

mod png;

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    std::fs::read(folder.join(name)).unwrap()
}

fn facts(file: &[u8]) -> Facts {
    match identify(file, true) {
        Identified::Image(facts) => facts,
        other => panic!("{other:?}"),
    }
}

fn pixels(file: &[u8]) -> Pixels {
    let how = How {
        deep: true,
        ..How::at(Scale::Full)
    };
    decode(file, &facts(file), &how).unwrap()
}

fn packed(file: &[u8], stage: Stage) -> Vec<u8> {
    jpeg(file, &facts(file), &options(Format::Jpeg), stage).unwrap()
}

/// 4:4:4, or what the encoder takes by itself.
fn chroma(no_subsample: bool) -> JpegSubsample {
    match no_subsample {
        true => JpegSubsample::Off,
        false => JpegSubsample::Auto,
    }
}

/// A JPEG of a picture, in 4:2:0 or 4:4:4, told to be turned.
fn turned(picture: &Pixels, no_subsample: bool, orientation: u16) -> Vec<u8> {
    let mut options = options(Format::Jpeg);
    options.jpeg = JpegOptions {
        subsample: chroma(no_subsample),
        ..JpegOptions::default()
    };
    options.metadata.exif = Some(orientation_alone(Orientation::from_exif(orientation)));
    encode::encode(picture, &options).unwrap()
}

/// The pixels as they are seen, turned one by one.
fn seen(stored: &Pixels, orientation: u16) -> Pixels {
    let (width, height) = (stored.width(), stored.height());
    let (out_width, out_height) = match orientation {
        5.. => (height, width),
        _ => (width, height),
    };
    let channels = stored.layout().channels();
    let mut data = Vec::new();
    for y in 0..out_height {
        for x in 0..out_width {
            let (right, below) = (out_width - 1 - x, out_height - 1 - y);
            let (from_x, from_y) = match orientation {
                1 => (x, y),
                2 => (right, y),
                3 => (right, below),
                4 => (x, below),
                5 => (y, x),
                6 => (y, right),
                7 => (below, right),
                _ => (below, x),
            };
            let at = (from_y * width + from_x) as usize * channels;
            data.extend_from_slice(&stored.data()[at..at + channels]);
        }
    }
    Pixels::new(out_width, out_height, stored.layout(), data)
}

const WHOLE: [&str; 14] = [
    "baseline-420",
    "baseline-422",
    "baseline-444",
    "cmyk-adobe-icc",
    "cmyk-adobe-inverted",
    "grey",
    "grey-icc-dark",
    "icc-display-p3",
    "progressive-420",
    "restart-intervals",
    "rgb-without-ycbcr",
    "size-17x13",
    "size-1x1",
    "ycck-adobe-inverted",
];

#[test]
fn a_packed_jpeg_has_the_same_pixels_in_no_more_bytes_however_it_is_coded() {
    for name in WHOLE {
        let file = fixture(&format!("jpeg/{name}.jpg"));
        for stage in [Stage::Fast, Stage::Refined] {
            let small = packed(&file, stage);
            assert!(small.len() <= file.len(), "{name} {stage:?}");
            assert_eq!(pixels(&small), pixels(&file), "{name} {stage:?}");
            assert_eq!(packed(&file, stage), small, "{name} {stage:?}");
        }
        let refined = packed(&file, Stage::Refined);
        assert!(refined.len() <= packed(&file, Stage::Fast).len(), "{name}");
    }
}

#[test]
fn every_layout_of_the_coefficients_has_the_same_pixels() {
    for name in WHOLE {
        let file = fixture(&format!("jpeg/{name}.jpg"));
        let stored = Coefficients::read(&file, &facts(&file)).unwrap();
        for scans in [Scans::Sequential, Scans::Progressive, Scans::Searched] {
            let written = stored.write(scans, &Metadata::default(), None).unwrap();
            assert_eq!(pixels(&written), pixels(&file), "{name} {scans:?}");
        }
        let options = options(Format::Jpeg);
        let copied = jpeg_parts::copied(&file, &options).unwrap();
        assert_eq!(pixels(&copied), pixels(&file), "{name}");
    }
}

#[test]
fn a_photograph_becomes_smaller() {
    let file = fixture("jpeg/photo-1200x800.jpg");
    let small = packed(&file, Stage::Refined);
    assert!(
        small.len() * 100 < file.len() * 97,
        "{} of {}",
        small.len(),
        file.len()
    );
}

#[test]
fn only_metadata_that_is_asked_for_stays_and_profiles_that_colours_need() {
    let table = [
        ("xmp", false),
        ("orientation-1", false),
        ("icc-display-p3", true),
        ("cmyk-adobe-icc", true),
        ("grey-icc-dark", true),
    ];
    for (name, has_profile) in table {
        let file = fixture(&format!("jpeg/{name}.jpg"));
        let source = read(&file, Format::Jpeg);
        let expected = Metadata {
            icc: source.icc.clone().filter(|_| has_profile),
            ..Metadata::default()
        };
        assert_eq!(
            read(&packed(&file, Stage::Fast), Format::Jpeg),
            expected,
            "{name}"
        );
        let all = encode::Options {
            metadata: source.clone(),
            ..options(Format::Jpeg)
        };
        let all = jpeg(&file, &facts(&file), &all, Stage::Fast).unwrap();
        assert_eq!(read(&all, Format::Jpeg), source, "{name}");
    }
}

#[test]
fn a_resolution_that_is_asked_for_is_told() {
    let file = fixture("jpeg/progressive-420.jpg");
    let asked = encode::Options {
        dpi: Some(300.0),
        ..options(Format::Jpeg)
    };
    let told = [b"JFIF\0\x01\x01\x01", &[1, 44, 1, 44][..]].concat();
    let small = jpeg(&file, &facts(&file), &asked, Stage::Fast).unwrap();
    assert_eq!(small[6..18], told);
    let copied = jpeg_parts::copied(&file, &asked).unwrap();
    assert_eq!(copied[6..18], told);
}

#[test]
fn what_can_be_turned_without_a_loss_is_upright_afterwards() {
    for (no_subsample, width, height) in [(false, 48, 32), (true, 40, 24)] {
        for layout in [Layout::Rgb, Layout::Grey] {
            for orientation in 1..=8 {
                let file = turned(&picture(width, height, layout), no_subsample, orientation);
                let small = packed(&file, Stage::Refined);
                assert_eq!(facts(&small).orientation, Orientation::UPRIGHT);
                let (is, expected) = (pixels(&small), seen(&pixels(&file), orientation));
                let size = (is.width(), is.height());
                assert_eq!(size, (expected.width(), expected.height()));
                let off = difference(is.data(), expected.data());
                assert!(off < 0.6, "{layout:?} {orientation}: {off}");
            }
        }
    }
}

#[test]
fn what_cannot_be_turned_without_a_loss_says_how_to_turn_it() {
    // Of 4:2:0: what is mirrored must be whole units of 16 pixels.
    let table = [
        ((47, 32), [2, 3, 7, 8].as_slice()),
        ((48, 31), [3, 4, 6, 7].as_slice()),
        ((47, 31), [2, 3, 4, 6, 7, 8].as_slice()),
    ];
    for ((width, height), stay) in table {
        let picture = picture(width, height, Layout::Rgb);
        for orientation in 1..=8 {
            let file = turned(&picture, false, orientation);
            let small = packed(&file, Stage::Fast);
            let expected = if stay.contains(&orientation) {
                orientation
            } else {
                1
            };
            let name = format!("{width}x{height} {orientation}");
            assert_eq!(
                u16::from(facts(&small).orientation.exif()),
                expected,
                "{name}"
            );
            assert!(small.len() <= file.len(), "{name}");
            if expected == orientation {
                assert_eq!(pixels(&small), pixels(&file), "{name}");
            } else {
                let off = difference(
                    pixels(&small).data(),
                    seen(&pixels(&file), orientation).data(),
                );
                assert!(off < 0.6, "{name}: {off}");
            }
        }
    }
}

#[test]
fn exif_that_is_kept_says_how_to_turn_what_cannot_be_turned() {
    let file = turned(&picture(47, 31, Layout::Rgb), false, 6);
    let with = |exif: &[u8]| {
        let mut options = options(Format::Jpeg);
        options.metadata.exif = Some(Bytes::copy_from_slice(exif));
        jpeg(&file, &facts(&file), &options, Stage::Fast)
    };
    let upright = orientation_alone(Orientation::UPRIGHT);
    let small = with(&upright).unwrap();
    assert_eq!(facts(&small).orientation.exif(), 6);
    let unturned = Facts {
        orientation: Orientation::UPRIGHT,
        ..facts(&file)
    };
    let mut as_it_is = options(Format::Jpeg);
    as_it_is.metadata = read(&file, Format::Jpeg);
    let small = jpeg(&file, &unturned, &as_it_is, Stage::Fast).unwrap();
    assert_eq!(facts(&small).orientation.exif(), 6);
    let nothing = b"MM\0*\0\0\0\x08\0\0\0\0\0\0";
    assert!(matches!(with(nothing), Err(Error::Unwritable { .. })));
}

#[test]
fn what_stands_behind_the_picture_stays_behind() {
    let file = fixture("jpeg/progressive-420.jpg");
    let longer = [&file[..], b"PK\x03\x04 and more"].concat();
    assert_eq!(packed(&longer, Stage::Fast), packed(&file, Stage::Fast));
    let copied = jpeg_parts::copied(&longer, &options(Format::Jpeg)).unwrap();
    assert_eq!(copied[copied.len() - 2..], [0xFF, 0xD9]);
}

#[test]
fn a_jpeg_that_is_cut_off_is_refused_wherever_it_ends() {
    for name in WHOLE {
        let file = fixture(&format!("jpeg/{name}.jpg"));
        let whole = facts(&file);
        for end in (0..file.len()).step_by(8) {
            let refused = jpeg(&file[..end], &whole, &options(Format::Jpeg), Stage::Refined);
            assert!(refused.is_err(), "{name} {end}");
        }
    }
    let file = fixture("jpeg/truncated.jpg");
    assert!(jpeg(&file, &facts(&file), &options(Format::Jpeg), Stage::Fast).is_err());
}

#[test]
fn a_jpeg_with_any_bit_turned_is_refused_or_packed_into_a_sound_one() {
    for name in [
        "progressive-420",
        "restart-intervals",
        "ycck-adobe-inverted",
        "orientation-6",
    ] {
        let file = fixture(&format!("jpeg/{name}.jpg"));
        for at in 2..file.len() {
            let mut flipped = file.clone();
            flipped[at] ^= 1 << (at % 8);
            let Identified::Image(facts) = identify(&flipped, true) else {
                continue;
            };
            if facts.format != Format::Jpeg
                || u64::from(facts.width) * u64::from(facts.height) > 1 << 20
            {
                continue;
            }
            let done = jpeg(&flipped, &facts, &options(Format::Jpeg), Stage::Fast);
            if let Ok(small) = done {
                let again = super::tests::facts(&small);
                let how = How::at(Scale::Full);
                assert!(decode(&small, &again, &how).is_ok(), "{name} {at}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_picture_is_packed_to_the_same_pixels(
        width in 1_u32..70,
        height in 1_u32..70,
        grey in any::<bool>(),
        no_subsample in any::<bool>(),
        progressive in any::<bool>(),
        rough in any::<bool>(),
        quality in 1_u8..=100,
    ) {
        let layout = if grey { Layout::Grey } else { Layout::Rgb };
        let picture = if rough { noise } else { picture }(width, height, layout);
        let mut options = options(Format::Jpeg);
        options.quality = quality;
        options.jpeg.subsample = chroma(no_subsample);
        options.jpeg.progressive = progressive;
        let file = encode::encode(&picture, &options).unwrap();
        let small = packed(&file, Stage::Refined);
        prop_assert!(small.len() <= file.len());
        prop_assert_eq!(pixels(&small), pixels(&file));
    }
}
