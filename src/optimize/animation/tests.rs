use super::*;
use crate::image::Layout;
use crate::image::testing::{noise, picture};
use crate::optimize::Target;

const SIZE: (u32, u32) = (192, 144);

/// A smooth picture with a little noise in all of its colours.
fn grainy() -> Pixels {
    let (mut smooth, grain) = (
        picture(SIZE.0, SIZE.1, Layout::Rgb),
        noise(SIZE.0, SIZE.1, Layout::Rgb),
    );
    let samples = smooth.data_mut().iter_mut().zip(grain.data());
    samples.for_each(|(sample, grain)| *sample = sample.saturating_add(grain / 16));
    smooth
}

/// The same in grey, which a palette holds.
fn grainy_grey() -> Pixels {
    let grainy = grainy();
    let reds = grainy.data().iter().step_by(3).copied().collect();
    Pixels::new(SIZE.0, SIZE.1, Layout::Grey, reds)
}

fn scene(frame: Pixels, frames: u32) -> Scene {
    let before = Pixels::filled(
        SIZE.0,
        SIZE.1,
        frame.layout(),
        &[90; 3][..frame.pixel_bytes()],
    );
    Scene {
        before: Some(before),
        frame,
        frames,
    }
}

fn goal(score: f64) -> Goal {
    Goal {
        target: Target { score, error: 0.5 },
        quality: 1..=100,
        stage: Stage::Fast,
    }
}

fn found(scene: &Scene, format: Format, score: f64) -> Setting {
    let options = encode::Options::new(format);
    setting(scene, (&options, &goal(score)), &Abort::default()).unwrap()
}

#[test]
fn the_frame_tells_most_that_has_the_most_detail_or_changes_the_most() {
    let flat = |level| Pixels::filled(64, 64, Layout::Rgba, &[level, level, level, 255]);
    let (soft, busy) = (picture(64, 64, Layout::Rgba), noise(64, 64, Layout::Rgba));
    assert_eq!(telling(&flat(200), Some(&flat(9))), 0);
    assert!(telling(&soft, Some(&soft)) > 0);
    assert!(telling(&busy, Some(&busy)) > telling(&soft, Some(&busy)));
    assert!(telling(&busy, Some(&soft)) > telling(&busy, Some(&busy)));
    assert_eq!(telling(&busy, None), telling(&busy, Some(&busy)));
}

#[test]
fn a_gif_loses_as_much_as_its_telling_frame_allows() {
    let scene = scene(grainy_grey(), 20);
    let whole = found(&scene, Format::Gif, 99.9);
    assert_eq!(whole.loss, 0);
    let most = found(&scene, Format::Gif, 1.0);
    assert!(most.loss > 0 && most.trials <= 4, "{most:?}");
    for score in [85.0, 90.0, 95.0] {
        let found = found(&scene, Format::Gif, score);
        assert!(found.loss <= most.loss && found.trials <= 4, "{found:?}");
        assert!(found.loss == 0 || found.score.unwrap() >= score - 0.5);
        assert_eq!(found.options, encode::Options::new(Format::Gif));
    }
}

#[test]
fn a_webp_gets_one_quality_at_which_its_telling_frame_looks_good_enough() {
    let scene = scene(grainy(), 20);
    let mut last = 0;
    for score in [55.0, 70.0] {
        let found = found(&scene, Format::WebP, score);
        assert!(found.trials <= 6, "{found:?}");
        let reached = found.score.unwrap();
        assert!((score - 0.5..score + 8.0).contains(&reached), "{found:?}");
        assert!(found.options.quality > last, "{found:?}");
        last = found.options.quality;
    }
}

#[test]
fn little_is_tried_for_few_frames() {
    for (format, most) in [(Format::Gif, 2), (Format::WebP, 3)] {
        let found = found(&scene(grainy_grey(), 3), format, 60.0);
        assert!(found.trials <= most, "{format:?}: {found:?}");
    }
}

#[test]
fn nothing_is_lost_where_nothing_may_be_or_where_the_way_says_so() {
    let scene = scene(grainy(), 20);
    let whole = found(&scene, Format::WebP, Target::LOSSLESS_SCORE);
    assert_eq!(whole.options.webp.compression, WebpCompression::Lossless);
    let whole = found(&scene, Format::Gif, Target::LOSSLESS_SCORE);
    assert_eq!((whole.loss, whole.trials), (0, 0));
    let mut options = encode::Options::new(Format::WebP);
    options.webp.compression = WebpCompression::NearLossless;
    let said = setting(&scene, (&options, &goal(70.0)), &Abort::default()).unwrap();
    assert_eq!(said, Setting::said(options));
}

#[test]
fn a_small_animation_is_not_measured() {
    let dot = Scene {
        before: None,
        frame: picture(48, 32, Layout::Rgb),
        frames: 20,
    };
    for format in [Format::Gif, Format::WebP] {
        let found = found(&dot, format, 70.0);
        assert_eq!((found.score, found.loss), (None, 0), "{format:?}");
    }
}

#[test]
fn a_search_that_is_stopped_finds_nothing() {
    let abort = Abort::default();
    abort.stop();
    let options = encode::Options::new(Format::Gif);
    let stopped = setting(&scene(grainy(), 2), (&options, &goal(70.0)), &abort);
    assert!(matches!(stopped, Err(Error::Aborted)));
}
