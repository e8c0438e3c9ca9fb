use super::*;
use crate::image::Format;
use crate::image::testing::{difference, judged, noise, options, picture, visible, visible_bytes};
use crate::optimize::testing::score_of;

fn found(pixels: &Pixels, stage: Stage, least: f64) -> Option<Drawn> {
    let colors = Colors::of(pixels);
    smallest(
        &colors,
        &options(Format::Png),
        (stage, least),
        score_of(pixels),
    )
    .unwrap()
}

#[test]
fn as_few_colours_are_used_as_score_enough() {
    let pixels = picture(120, 80, Layout::Rgb);
    let least = found(&pixels, Stage::Refined, 0.0).unwrap();
    let fast = found(&pixels, Stage::Fast, 0.0).unwrap();
    assert_eq!((least.colors, fast.colors, fast.encodes), (16, 256, 1));
    let between = (least.score + fast.score) / 2.0;
    let some = found(&pixels, Stage::Refined, between).unwrap();
    assert!((17..256).contains(&some.colors), "{}", some.colors);
    assert!(some.score >= between && some.encodes <= 5 && least.encodes <= 5);
    assert!(least.file.len() < some.file.len());
    assert_eq!(found(&pixels, Stage::Refined, fast.score + 0.1), None);
    assert_eq!(found(&pixels, Stage::Refined, between), Some(some));
}

#[test]
fn the_file_is_what_was_measured() {
    for layout in [Layout::Rgb, Layout::Rgba] {
        let pixels = picture(120, 80, layout);
        let drawn = found(&pixels, Stage::Refined, 80.0).unwrap();
        let [judged, visible] = [judged(&drawn.file, Format::Png), visible(&pixels)];
        let off = difference(&visible_bytes(&judged), &visible_bytes(&visible));
        assert!((100.0 - off - drawn.score).abs() < 1e-9, "{layout:?}");
    }
}

#[test]
fn alpha_comes_back_exactly() {
    let pixels = picture(120, 80, Layout::Rgba);
    let drawn = found(&pixels, Stage::Fast, 0.0).unwrap();
    let alphas = |pixels: Vec<[u16; 4]>| pixels.iter().map(|pixel| pixel[3]).collect::<Vec<_>>();
    let judged = judged(&drawn.file, Format::Png);
    assert_eq!(alphas(judged), alphas(visible(&pixels)));
}

#[test]
fn nothing_is_tried_where_nothing_is_to_gain() {
    let few = Pixels::filled(30, 30, Layout::Rgb, &[1, 2, 3]);
    let grey = picture(30, 30, Layout::Grey);
    for pixels in [&few, &grey] {
        let colors = Colors::of(pixels);
        let never = |_: &Pixels| -> Result<f64, Error> { unreachable!("nothing to measure") };
        let goal = (Stage::Refined, 0.0);
        assert_eq!(
            smallest(&colors, &options(Format::Png), goal, never).unwrap(),
            None
        );
    }
}

#[test]
fn more_levels_of_alpha_than_colours_have_no_palette() {
    let mut pixels = noise(64, 64, Layout::Rgba);
    let alphas = pixels.data_mut().iter_mut().skip(3).step_by(4);
    (0..)
        .zip(alphas)
        .for_each(|(at, alpha)| *alpha = (at % 256) as u8);
    let kept = found(&pixels, Stage::Refined, f64::NEG_INFINITY).unwrap();
    assert_eq!(kept.colors, 256);
    let half = pixels.data_mut().iter_mut().skip(3).step_by(4);
    half.for_each(|alpha| *alpha /= 8);
    assert_eq!(
        found(&pixels, Stage::Refined, f64::NEG_INFINITY)
            .unwrap()
            .colors,
        32
    );
}
