use gif::Encoder;
use proptest::prelude::*;

use super::*;
use crate::image::decode::Scale;
use crate::image::encode::encode;
use crate::image::testing::{facts, judge, options, picture};

fn decode(file: &[u8], facts: &Facts) -> Result<Pixels, Error> {
    super::decode(file, facts, &How::at(Scale::Full))
}

/// A GIF of one 3x2 frame with the palette red, green, blue, whose canvas is 5x4.
fn small_frame(left: u16, top: u16, transparent: Option<u8>) -> Vec<u8> {
    let palette = [255, 0, 0, 0, 255, 0, 0, 0, 255];
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 5, 4, &palette).unwrap();
    let frame = Frame {
        left,
        top,
        width: 3,
        height: 2,
        transparent,
        buffer: vec![0, 1, 2, 2, 1, 3].into(),
        ..Frame::default()
    };
    encoder.write_frame(&frame).unwrap();
    drop(encoder);
    file
}

fn pixel(pixels: &Pixels, x: usize, y: usize) -> &[u8] {
    &pixels.data()[(y * pixels.width() as usize + x) * 4..][..4]
}

#[test]
fn a_small_frame_stands_on_a_clear_canvas() {
    let pixels = decode(&small_frame(1, 2, None), &facts(Format::Gif, 5, 4)).unwrap();
    assert_eq!(pixels.layout(), Layout::Rgba);
    for ((x, y), color) in [
        ((0, 0), [0; 4]),
        ((1, 2), [255, 0, 0, 255]),
        ((3, 2), [0, 0, 255, 255]),
        ((3, 3), [0, 0, 0, 255]),
        ((4, 3), [0; 4]),
    ] {
        assert_eq!(pixel(&pixels, x, y), color, "{x}, {y}");
    }
}

#[test]
fn a_frame_beyond_its_canvas_is_cut() {
    let pixels = decode(&small_frame(4, 3, None), &facts(Format::Gif, 5, 4)).unwrap();
    assert_eq!(pixel(&pixels, 4, 3), [255, 0, 0, 255]);
    let pixels = decode(&small_frame(40, 30, Some(1)), &facts(Format::Gif, 5, 4)).unwrap();
    assert!(pixels.data().iter().all(|sample| *sample == 0));
}

#[test]
fn a_frame_larger_than_its_canvas_is_dishonest() {
    let mut file = small_frame(0, 0, None);
    // The logical screen follows the signature.
    file[6..10].copy_from_slice(&[2, 0, 1, 0]);
    let error = decode(&file, &facts(Format::Gif, 2, 1)).unwrap_err();
    assert!(matches!(error, Error::Dishonest { .. }), "{error}");
    let error = decode(&small_frame(0, 0, None), &facts(Format::Gif, 4, 5)).unwrap_err();
    assert!(matches!(error, Error::Dishonest { .. }), "{error}");
}

#[test]
fn the_judge_agrees_on_every_fixture() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/gif");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = std::fs::read(&path).unwrap();
        let side = |at: usize| u32::from(u16::from_le_bytes([file[at], file[at + 1]]));
        let result = decode(&file, &facts(Format::Gif, side(6), side(8)));
        if path.ends_with("truncated.gif") {
            assert!(matches!(result, Err(Error::Broken { .. })), "{path:?}");
            continue;
        }
        let pixels = result.unwrap();
        let judged = judge(&file, Format::Gif);
        let (layout, wanted) = match pixels.layout() {
            Layout::Rgb => ("opaque", judged.to_rgb8().into_raw()),
            _ => ("clear", judged.to_rgba8().into_raw()),
        };
        for (at, (got, wanted)) in pixels.data().iter().zip(&wanted).enumerate() {
            let clear = layout == "clear" && wanted_alpha(&judged, at / 4) == 0;
            assert!(clear || got == wanted, "{path:?} at {at}: {got} {wanted}");
        }
    }
}

fn wanted_alpha(judged: &::image::DynamicImage, pixel: usize) -> u8 {
    judged.to_rgba8().as_raw()[pixel * 4 + 3]
}

#[test]
fn truncation_is_broken() {
    let file = encode(&picture(40, 30, Layout::Rgb), &options(Format::Gif)).unwrap();
    for end in (0..file.len() - 64).step_by(64) {
        let error = decode(&file[..end], &facts(Format::Gif, 40, 30)).unwrap_err();
        assert!(matches!(error, Error::Broken { .. }), "{end}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn mutated_bytes_never_panic(
        at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut file = encode(&picture(24, 24, Layout::Rgba), &options(Format::Gif)).unwrap();
        for (index, byte) in at {
            let index = index.index(file.len());
            file[index] = byte;
        }
        if let Ok(pixels) = decode(&file, &facts(Format::Gif, 24, 24)) {
            prop_assert_eq!((pixels.width(), pixels.height()), (24, 24));
        }
    }
}
