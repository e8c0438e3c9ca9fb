use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::image::metadata::{Metadata, read};
use crate::image::testing::{judged, noise, options, picture, visible};

fn small(pixels: &Pixels, stage: Stage) -> Vec<u8> {
    lossless(pixels, &options(Format::Png), stage).unwrap()
}

#[test]
fn every_visible_pixel_comes_back() {
    let mut pictures = vec![
        Pixels::filled(1, 1, Layout::Rgba, &[9, 8, 7, 0]),
        Pixels::filled(65_535, 1, Layout::Rgb, &[9, 8, 7]),
        Pixels::filled(40, 30, Layout::Rgba, &[9, 8, 7, 255]),
        Pixels::filled(40, 30, Layout::Rgba, &[9, 8, 7, 0]),
        picture(65_535, 1, Layout::Rgba),
    ];
    for layout in [Layout::Grey, Layout::Rgb, Layout::Rgba] {
        pictures.extend([picture(41, 23, layout), noise(41, 23, layout)]);
        let deep = noise(41, 23, layout).into_samples16();
        let low: Vec<u16> = deep.iter().map(|sample| sample ^ 1).collect();
        pictures.push(Pixels::new16(41, 23, layout, deep));
        pictures.push(Pixels::new16(41, 23, layout, low));
    }
    for pixels in &pictures {
        let file = small(pixels, Stage::Fast);
        assert_eq!(judged(&file, Format::Png), visible(pixels), "{pixels:?}");
        assert_eq!(file, small(pixels, Stage::Fast), "{pixels:?}");
        if pixels.width() < 100 {
            let refined = small(pixels, Stage::Refined);
            assert_eq!(judged(&refined, Format::Png), visible(pixels), "{pixels:?}");
        }
    }
}

#[test]
fn more_work_gives_fewer_bytes() {
    let pixels = picture(150, 100, Layout::Rgb);
    let plain = encode::encode(&pixels, &options(Format::Png)).unwrap();
    let [fast, refined] = [Stage::Fast, Stage::Refined].map(|stage| small(&pixels, stage).len());
    assert!(
        refined <= fast && fast < plain.len(),
        "{refined} {fast} {}",
        plain.len()
    );
}

#[test]
fn what_is_clear_hides_nothing() {
    let mut pixels = noise(16, 16, Layout::Rgba);
    pixels
        .data_mut()
        .iter_mut()
        .skip(3)
        .step_by(4)
        .for_each(|alpha| *alpha = 0);
    let clear = Pixels::filled(16, 16, Layout::Rgba, &[0; 4]);
    assert_eq!(*cleared(&pixels), clear);
    assert_eq!(small(&pixels, Stage::Fast), small(&clear, Stage::Fast));
    assert!(matches!(cleared(&clear), Cow::Borrowed(_)));
    let deep = Pixels::new16(2, 1, Layout::Rgba, vec![1, 2, 3, 0, 1, 2, 3, 1]);
    assert_eq!(cleared(&deep).samples16(), [0, 0, 0, 0, 1, 2, 3, 1]);
}

#[test]
fn metadata_and_resolution_are_kept_as_by_the_plain_encoder() {
    let mut options = options(Format::Png);
    options.dpi = Some(300.0);
    options.metadata = Metadata {
        icc: Some(vec![7; 3_000].into()),
        exif: Some(b"II*\0\x08\0\0\0\0\0".to_vec().into()),
        xmp: Some(Bytes::from_static(b"<x:xmpmeta/>")),
        iptc: None,
    };
    let pixels = picture(30, 20, Layout::Rgb);
    let file = lossless(&pixels, &options, Stage::Fast).unwrap();
    assert_eq!(read(&file, Format::Png), options.metadata);
    let plain = encode::encode(&pixels, &options).unwrap();
    let density = |file: &[u8]| {
        let at = file.windows(4).position(|name| name == b"pHYs").unwrap();
        file[at..at + 13].to_vec()
    };
    assert_eq!(density(&file), density(&plain));
}

#[test]
fn the_more_there_is_to_do_the_less_is_tried_and_no_clock_is_looked_at() {
    let zopfli = |stage, bytes| matches!(effort(stage, bytes).deflater, Deflater::Zopfli(_));
    assert!(zopfli(Stage::Refined, 1) && zopfli(Stage::Refined, ZOPFLI_BYTES));
    assert!(!zopfli(Stage::Refined, ZOPFLI_BYTES + 1) && !zopfli(Stage::Fast, 1));
    for stage in [Stage::Fast, Stage::Refined] {
        let sizes = [1, 1 << 20, 1 << 24, 1 << 30];
        let tried = sizes.map(|bytes| effort(stage, bytes).filters.len());
        assert!(
            tried.is_sorted_by(|small, large| small >= large),
            "{tried:?}"
        );
        assert!(
            sizes
                .iter()
                .all(|bytes| effort(stage, *bytes).timeout.is_none())
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_picture_comes_back(
        (width, height) in (1_u32..20, 1_u32..20),
        layout in prop_oneof![Just(Layout::Grey), Just(Layout::Rgb), Just(Layout::Rgba)],
        levels in 1_u8..=255,
        seed in prop::collection::vec(any::<u8>(), 20 * 20 * 4),
    ) {
        let samples = width as usize * height as usize * layout.channels();
        let data = seed[..samples].iter().map(|sample| sample / levels * levels).collect();
        let pixels = Pixels::new(width, height, layout, data);
        prop_assert_eq!(judged(&small(&pixels, Stage::Fast), Format::Png), visible(&pixels));
    }
}
