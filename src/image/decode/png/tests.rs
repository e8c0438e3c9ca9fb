use png::{BitDepth, ColorType, Encoder};
use proptest::prelude::*;

use super::*;
use crate::image::decode::{How, peak_bytes};
use crate::image::encode::encode;
use crate::image::testing::{facts, judge, noise, options, picture};
use crate::image::{Depth, Format, decode::Scale};

fn file_of(width: u32, height: u32, kind: (ColorType, BitDepth), data: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(kind.0);
    encoder.set_depth(kind.1);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(data)
        .unwrap();
    file
}

fn decoded(file: &[u8], facts: &Facts) -> Result<Pixels, Error> {
    decode(file, facts, &How::at(Scale::Full))
}

fn deep(file: &[u8], facts: &Facts) -> Result<Pixels, Error> {
    let how = How {
        deep: true,
        ..How::at(Scale::Full)
    };
    decode(file, facts, &how)
}

#[test]
fn samples_of_16_bits_are_rounded_or_kept() {
    let samples = (0..=u16::MAX).collect::<Vec<_>>();
    let data: Vec<u8> = samples.iter().flat_map(|s| s.to_be_bytes()).collect();
    let file = file_of(256, 256, (ColorType::Grayscale, BitDepth::Sixteen), &data);
    let facts = facts(Format::Png, 256, 256);
    let kept = deep(&file, &facts).unwrap();
    assert_eq!(kept.samples16(), samples);
    let rounded = samples
        .iter()
        .map(|s| (f64::from(*s) / 257.0).round() as u8);
    let rounded: Vec<u8> = rounded.collect();
    assert_eq!(decoded(&file, &facts).unwrap().data(), rounded);
}

#[test]
fn shallow_files_stay_shallow() {
    let file = encode(&picture(30, 20, Layout::Rgb), &options(Format::Png)).unwrap();
    let facts = facts(Format::Png, 30, 20);
    assert_eq!(
        deep(&file, &facts).unwrap(),
        decoded(&file, &facts).unwrap()
    );
}

#[test]
fn deep_grey_with_alpha_becomes_rgba() {
    let data = [0x80, 0xff, 0x00, 0x7f, 0xff, 0xff, 0xff, 0x80];
    let file = file_of(2, 1, (ColorType::GrayscaleAlpha, BitDepth::Sixteen), &data);
    let pixels = decoded(&file, &facts(Format::Png, 2, 1)).unwrap();
    assert_eq!(pixels.layout(), Layout::Rgba);
    assert_eq!(pixels.data(), [128, 128, 128, 0, 255, 255, 255, 255]);
    let pixels = deep(&file, &facts(Format::Png, 2, 1)).unwrap();
    let expected = [0x80ff, 0x80ff, 0x80ff, 0x7f, 0xffff, 0xffff, 0xffff, 0xff80];
    assert_eq!(pixels.samples16(), expected);
}

#[test]
fn every_layout_comes_back_exactly() {
    for layout in [Layout::Grey, Layout::Rgb, Layout::Rgba] {
        let original = noise(37, 19, layout);
        let file = encode(&original, &options(Format::Png)).unwrap();
        assert_eq!(
            decoded(&file, &facts(Format::Png, 37, 19)).unwrap(),
            original
        );
    }
}

#[test]
fn every_bit_of_damage_is_broken_or_harmless() {
    let file = encode(&picture(30, 20, Layout::Rgb), &options(Format::Png)).unwrap();
    for end in 0..file.len() - 12 {
        let error = decoded(&file[..end], &facts(Format::Png, 30, 20)).unwrap_err();
        assert!(matches!(error, Error::Broken { .. }), "{end}: {error}");
    }
}

#[test]
fn other_dimensions_than_promised_are_dishonest() {
    let file = encode(&picture(30, 20, Layout::Rgb), &options(Format::Png)).unwrap();
    let error = decoded(&file, &facts(Format::Png, 20, 30)).unwrap_err();
    assert!(matches!(error, Error::Dishonest { .. }), "{error}");
}

#[test]
fn the_promised_peak_covers_the_pixels() {
    let mut facts = facts(Format::Png, 1_000, 1_000);
    assert!(peak_bytes(&facts, &How::at(Scale::Full)) > 3_000_000);
    facts.alpha = true;
    assert!(peak_bytes(&facts, &How::at(Scale::Full)) > 4_000_000);
}

#[test]
fn the_judge_agrees_on_every_fixture() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/png");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = std::fs::read(&path).unwrap();
        let size = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap());
        let result = decoded(&file, &facts(Format::Png, size(16), size(20)));
        if path.ends_with("truncated.png") {
            assert!(matches!(result, Err(Error::Broken { .. })), "{path:?}");
            continue;
        }
        let pixels = result.unwrap();
        let judged = judge(&file, Format::Png);
        let wanted = match pixels.layout() {
            Layout::Grey => judged.to_luma8().into_raw(),
            Layout::Rgb => judged.to_rgb8().into_raw(),
            _ => judged.to_rgba8().into_raw(),
        };
        assert_eq!(pixels.data(), wanted, "{path:?}");
        let deep = deep(&file, &facts(Format::Png, size(16), size(20))).unwrap();
        let is_deep = deep.depth() == Depth::Sixteen;
        assert_eq!(is_deep, file[24] == 16, "{path:?}");
        if is_deep && deep.layout() == Layout::Rgba {
            assert_eq!(deep.samples16(), judged.to_rgba16().into_raw(), "{path:?}");
        }
        assert_eq!(deep.into_eight().data(), wanted, "{path:?}");
        assert_eq!(
            judged.color().has_alpha(),
            pixels.layout() == Layout::Rgba,
            "{path:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn mutated_bytes_never_panic(
        at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut file = encode(&picture(24, 24, Layout::Rgba), &options(Format::Png)).unwrap();
        for (index, byte) in at {
            let index = index.index(file.len());
            file[index] = byte;
        }
        if let Ok(pixels) = decoded(&file, &facts(Format::Png, 24, 24)) {
            prop_assert_eq!((pixels.width(), pixels.height()), (24, 24));
        }
    }
}
