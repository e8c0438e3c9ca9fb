use png::{BitDepth, ColorType, Encoder};
use proptest::prelude::*;

use super::*;
use crate::image::decode::{How, peak_bytes};
use crate::image::encode::encode;
use crate::image::testing::{facts, judge, noise, options, picture};
use crate::image::{Format, decode::Scale};

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

#[test]
fn samples_of_16_bits_are_rounded() {
    for sample in 0..=u16::MAX {
        let [high, low] = sample.to_be_bytes();
        let exact = (f64::from(sample) / 257.0).round() as u8;
        assert_eq!(narrow(high, low), exact, "{sample}");
    }
}

#[test]
fn deep_grey_with_alpha_becomes_rgba() {
    let data = [0x80, 0xff, 0x00, 0x7f, 0xff, 0xff, 0xff, 0x80];
    let file = file_of(2, 1, (ColorType::GrayscaleAlpha, BitDepth::Sixteen), &data);
    let pixels = decode(&file, &facts(Format::Png, 2, 1)).unwrap();
    assert_eq!(pixels.layout(), Layout::Rgba);
    assert_eq!(pixels.data(), [128, 128, 128, 0, 255, 255, 255, 255]);
}

#[test]
fn every_layout_comes_back_exactly() {
    for layout in [Layout::Grey, Layout::Rgb, Layout::Rgba] {
        let original = noise(37, 19, layout);
        let file = encode(&original, &options(Format::Png)).unwrap();
        assert_eq!(
            decode(&file, &facts(Format::Png, 37, 19)).unwrap(),
            original
        );
    }
}

#[test]
fn every_bit_of_damage_is_broken_or_harmless() {
    let file = encode(&picture(30, 20, Layout::Rgb), &options(Format::Png)).unwrap();
    for end in 0..file.len() - 12 {
        let error = decode(&file[..end], &facts(Format::Png, 30, 20)).unwrap_err();
        assert!(matches!(error, Error::Broken { .. }), "{end}: {error}");
    }
}

#[test]
fn other_dimensions_than_promised_are_dishonest() {
    let file = encode(&picture(30, 20, Layout::Rgb), &options(Format::Png)).unwrap();
    let error = decode(&file, &facts(Format::Png, 20, 30)).unwrap_err();
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
        let result = decode(&file, &facts(Format::Png, size(16), size(20)));
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
        if let Ok(pixels) = decode(&file, &facts(Format::Png, 24, 24)) {
            prop_assert_eq!((pixels.width(), pixels.height()), (24, 24));
        }
    }
}
