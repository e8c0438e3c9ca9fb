use proptest::prelude::*;

use super::*;
use crate::image::Layout;
use crate::image::testing::{judged, noise, options, picture, visible, visible_bytes};
use crate::optimize::testing::score_of;

fn small(pixels: &Pixels, stage: Stage) -> Vec<u8> {
    lossless(pixels, &options(Format::WebP), stage).unwrap()
}

#[test]
fn every_visible_pixel_comes_back() {
    let mut pictures = vec![
        Pixels::filled(1, 1, Layout::Rgba, &[9, 8, 7, 0]),
        Pixels::filled(16_383, 1, Layout::Rgb, &[9, 8, 7]),
        Pixels::filled(40, 30, Layout::Rgba, &[9, 8, 7, 255]),
        Pixels::filled(40, 30, Layout::Rgba, &[9, 8, 7, 0]),
    ];
    for layout in [Layout::Grey, Layout::Rgb, Layout::Rgba] {
        pictures.extend([picture(41, 23, layout), noise(41, 23, layout)]);
    }
    for pixels in &pictures {
        for stage in [Stage::Fast, Stage::Refined] {
            let file = small(pixels, stage);
            assert_eq!(
                judged(&file, Format::WebP),
                visible(pixels),
                "{pixels:?} {stage:?}"
            );
            assert_eq!(file, small(pixels, stage), "{pixels:?} {stage:?}");
        }
    }
    let deep = Pixels::new16(1, 1, Layout::Rgb, vec![0x1234, 0x8000, 65_535]);
    let judged_deep = judged(&small(&deep, Stage::Fast), Format::WebP);
    assert_eq!(visible_bytes(&judged_deep), [18, 128, 255, 255]);
    let wide = Pixels::filled(65_535, 1, Layout::Rgb, &[0; 3]);
    let refused = lossless(&wide, &options(Format::WebP), Stage::Fast);
    assert!(matches!(refused, Err(image::Error::Unwritable { .. })));
}

#[test]
fn the_smallest_file_that_scores_enough_is_found() {
    // libwebp leaves pictures alone that are smaller than 64 pixels.
    let pixels = picture(160, 120, Layout::Rgb);
    let found =
        |least| near_lossless(&pixels, &options(Format::WebP), least, score_of(&pixels)).unwrap();
    let strong = found(0.0).unwrap();
    let mild = found(strong.score + 0.01).unwrap();
    assert!(mild.level > strong.level && mild.score > strong.score);
    assert!(strong.encodes <= 3 && mild.encodes <= 3);
    assert!(found(101.0).is_none());
}

#[test]
fn smoothing_never_touches_alpha() {
    let any = f64::NEG_INFINITY;
    let found = |pixels: &Pixels| {
        near_lossless(pixels, &options(Format::WebP), any, score_of(pixels)).unwrap()
    };
    let mut pixels = picture(160, 120, Layout::Rgba);
    let rough = noise(160, 120, Layout::Grey);
    let alphas = pixels.data_mut().iter_mut().skip(3).step_by(4);
    alphas
        .zip(rough.data())
        .for_each(|(alpha, rough)| *alpha = *rough);
    assert_eq!(found(&pixels), None);
    let alphas = pixels.data_mut().iter_mut().skip(3).step_by(4);
    alphas.for_each(|alpha| *alpha = if *alpha < 200 { 0 } else { 255 });
    let binary = found(&pixels).unwrap();
    assert!(has_alpha_of(
        &decoded(&binary.file, Format::WebP).unwrap(),
        &pixels
    ));
}

#[test]
fn a_graphic_goes_without_a_loss_up_to_a_fifth_more() {
    let table = [
        (120, 100, true),
        (121, 100, false),
        (0, 0, true),
        (1, 0, false),
    ];
    for (lossless, lossy, expected) in table {
        assert_eq!(is_worth_it(lossless, lossy), expected, "{lossless} {lossy}");
    }
    assert!(is_worth_it(u64::MAX, u64::MAX));
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
        prop_assert_eq!(judged(&small(&pixels, Stage::Fast), Format::WebP), visible(&pixels));
    }
}
