use super::*;
use crate::image::encode::{JpegOptions, JpegSubsample, Options};
use crate::image::testing::options as way;
use crate::image::{Layout, encode};

mod abort;
mod chroma;

/// How JPEG is written where nobody waits.
const EFFORT: JpegOptions = JpegOptions {
    progressive: true,
    subsample: JpegSubsample::Auto,
    trellis_quant: true,
    overshoot_deringing: true,
    optimize_scans: true,
    quant_table: 0,
};

fn goal(stage: Stage) -> Goal {
    Goal {
        target: Target {
            score: 75.0,
            error: 0.5,
        },
        quality: 1..=100,
        stage,
    }
}

fn found(pixels: &Pixels, format: Format, goal: &Goal) -> Optimized {
    let mut way = way(format);
    if goal.stage == Stage::Refined {
        way.jpeg = EFFORT;
    }
    optimize(pixels, &[(&way, goal)], &Abort::default()).unwrap()
}

/// Something like a photograph: soft shapes with grain.
fn photo(width: u32, height: u32) -> Pixels {
    Pixels::new(
        width,
        height,
        Layout::Rgb,
        scene((width, height), (0, 0), (width, height)),
    )
}

/// The same in the middle of a white canvas.
fn product(canvas: (u32, u32), size: (u32, u32)) -> Pixels {
    let corner = ((canvas.0 - size.0) / 2, (canvas.1 - size.1) / 2);
    Pixels::new(canvas.0, canvas.1, Layout::Rgb, scene(canvas, corner, size))
}

fn scene(canvas: (u32, u32), corner: (u32, u32), size: (u32, u32)) -> Vec<u8> {
    let mut data = Vec::new();
    for y in 0..canvas.1 {
        for x in 0..canvas.0 {
            let (x, y) = (x.wrapping_sub(corner.0), y.wrapping_sub(corner.1));
            let inside = x < size.0 && y < size.1;
            data.extend(if inside { color(x, y) } else { [255; 3] });
        }
    }
    data
}

fn color(x: u32, y: u32) -> [u8; 3] {
    let wave = |across: f32, down: f32| (x as f32 / across + y as f32 / down).sin();
    let grain =
        (x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca6b)).wrapping_mul(0x27d4_eb2f);
    let light = 120.0 + 60.0 * wave(37.0, 23.0) + 25.0 * wave(9.0, -7.0) + (grain >> 28) as f32;
    [light, light * 0.9, light * 0.7 + 20.0].map(|sample| sample as u8)
}

#[test]
fn files_look_as_good_as_asked_within_five_encodes() {
    let pixels = photo(300, 220);
    for format in [Format::Jpeg, Format::WebP] {
        let found = found(&pixels, format, &goal(Stage::Refined));
        let score = found.score.unwrap();
        assert!((74.5..=76.0).contains(&score), "{format:?}: {score}");
        let decoded = metric::decoded(&found.file, format).unwrap();
        let exact = metric::exact(&pixels, &decoded).unwrap();
        assert!((exact - score).abs() < 0.3, "{format:?}: {exact} {score}");
        assert!(found.encodes <= 5 && found.format == format);
    }
}

#[test]
fn while_somebody_waits_three_files_are_written_at_most() {
    let pixels = photo(300, 220);
    for format in [Format::Jpeg, Format::WebP, Format::Avif] {
        let found = found(&pixels, format, &goal(Stage::Fast));
        assert!(found.encodes <= 3, "{format:?}");
        let decoded = metric::decoded(&found.file, format).unwrap();
        let score = metric::exact(&pixels, &decoded).unwrap();
        assert!((73.0..=77.0).contains(&score), "{format:?}: {score}");
    }
}

#[test]
fn the_same_pixels_give_the_same_bytes() {
    let pixels = photo(200, 150);
    for stage in [Stage::Fast, Stage::Refined] {
        let each = [(); 2].map(|()| found(&pixels, Format::Jpeg, &goal(stage)));
        assert_eq!(each[0], each[1], "{stage:?}");
    }
}

#[test]
fn qualities_stay_within_those_of_the_goal() {
    for (quality, expected) in [(30..=40, 40), (95..=99, 95), (60..=60, 60)] {
        let goal = Goal {
            quality,
            ..goal(Stage::Refined)
        };
        let found = found(&photo(200, 150), Format::Jpeg, &goal);
        assert_eq!(found.quality, Some(expected));
    }
}

/// Text on white, in as many colours as `color` says.
fn text(color: impl Fn(u32, u32) -> [u8; 3]) -> Pixels {
    let at = |x, y| match x % 11 < 2 && y % 14 < 9 {
        true => color(x, y),
        false => [255; 3],
    };
    let samples = (0..160).flat_map(|y| (0..240).flat_map(move |x| at(x, y)));
    Pixels::new(240, 160, Layout::Rgb, samples.collect())
}

/// One of 64 levels, like noise.
fn level(x: u32, y: u32) -> u8 {
    ((x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca6b)) >> 26) as u8
}

/// What is coded exactly but for a little noise: neither the lossy way nor the exact one does it well.
#[test]
fn a_graphic_is_smoothed_a_little_where_that_is_smallest() {
    let pixels = text(|x, y| [level(x, y), 30 + level(y, x), 90]);
    let found = found(&pixels, Format::WebP, &goal(Stage::Refined));
    let whole = webp_lossless::lossless(&pixels, &way(Format::WebP), Stage::Refined).unwrap();
    assert_eq!((&found.file[12..16], found.quality), (&b"VP8L"[..], None));
    assert!(found.score.unwrap() >= 84.5 && found.score.unwrap() < 100.0);
    assert!(whole.len() * 10 > found.file.len() * 12);
}

#[test]
fn a_graphic_loses_colours_in_png_only_where_that_saves_much() {
    let noisy = text(|x, y| [level(x, y), 30 + level(y, x), 90]);
    let even = text(|x, y| [level(x / 11, y / 14), 30 + level(y / 14, x / 11), 90]);
    for (pixels, loses) in [(noisy, true), (even, false)] {
        let (way, goal) = (way(Format::Png), goal(Stage::Refined));
        let whole = png::lossless(&pixels, &way, goal.stage).unwrap();
        let found = optimize(&pixels, &[(&way, &goal)], &Abort::default()).unwrap();
        assert_eq!(
            found.score.is_some(),
            loses,
            "{} of {}",
            found.file.len(),
            whole.len()
        );
        match loses {
            true => assert!(whole.len() * 10 > found.file.len() * 12),
            false => assert_eq!(found.file, whole),
        }
    }
}

/// Deringing needs white that is white: beside the same edge on light grey there is none to compare with.
#[test]
fn deringing_quiets_the_white_beside_an_edge() {
    let ringing = |paper: u8| {
        let mut pixels = Pixels::filled(160, 160, Layout::Rgb, &[paper; 3]);
        let stride = pixels.stride();
        for row in pixels
            .data_mut()
            .chunks_exact_mut(stride)
            .take(117)
            .skip(43)
        {
            row[43 * 3..117 * 3].fill(30);
        }
        let goal = Goal {
            quality: 75..=75,
            ..goal(Stage::Refined)
        };
        let mut way = way(Format::Jpeg);
        way.jpeg = JpegOptions {
            quant_table: 2,
            ..EFFORT
        };
        let found = optimize(&pixels, &[(&way, &goal)], &Abort::default()).unwrap();
        let decoded = metric::decoded(&found.file, Format::Jpeg).unwrap();
        let pairs = pixels.data().iter().zip(decoded.data());
        let beside = pairs.filter(|(original, _)| **original == paper);
        beside
            .map(|(_, sample)| u64::from(paper.abs_diff(*sample)).pow(2))
            .sum::<u64>()
    };
    let (white, grey) = (ringing(255), ringing(252));
    assert!(white * 2 < grey, "{white} of {grey}");
}

#[test]
fn a_subject_on_a_white_canvas_gets_the_quality_that_it_gets_alone() {
    let quality = |pixels: &Pixels| {
        let found = found(pixels, Format::Jpeg, &goal(Stage::Refined));
        i16::from(found.quality.unwrap())
    };
    let alone = quality(&photo(288, 272));
    let framed = quality(&product((800, 608), (288, 272)));
    // Searches end within a point and a half of each other, which is three steps of quality.
    assert!((alone - framed).abs() <= 3, "{alone} {framed}");
}

#[test]
fn a_thumbnail_is_not_searched() {
    for stage in [Stage::Fast, Stage::Refined] {
        for format in [Format::Jpeg, Format::WebP] {
            let found = found(&photo(64, 64), format, &goal(stage));
            assert_eq!((found.encodes, found.score), (1, None));
            assert!((40..=92).contains(&found.quality.unwrap()), "{found:?}");
        }
    }
}

#[test]
fn a_thumbnail_gets_the_quality_of_the_same_picture_in_more_pixels_where_nobody_waits() {
    let (small, larger) = (photo(64, 64), photo(256, 256));
    let with = |larger, stage| {
        let (way, goal) = (way(Format::WebP), goal(stage));
        optimize_as(&small, larger, &[(&way, &goal)], &Abort::default()).unwrap()
    };
    let of_larger = found(&larger, Format::WebP, &goal(Stage::Refined));
    let found = with(Some(&larger), Stage::Refined);
    assert_eq!(found.quality, of_larger.quality);
    assert_eq!(found.encodes, of_larger.encodes + 1);
    // One that is too small itself is of no help.
    assert_eq!(
        with(Some(&small), Stage::Refined),
        with(None, Stage::Refined)
    );
}

#[test]
fn odd_pictures_end_within_bounds() {
    let noise = (0..140 * 140 * 3).map(|n: u32| (n.wrapping_mul(0x9e37_79b1) >> 23) as u8);
    let deep = (0..150 * 130 * 3).map(|n: u32| (n * 977 % 65_536) as u16);
    let pictures = [
        Pixels::filled(1, 1, Layout::Rgb, &[9; 3]),
        Pixels::filled(16_000, 1, Layout::Rgb, &[9; 3]),
        Pixels::filled(140, 140, Layout::Rgba, &[9, 9, 9, 0]),
        Pixels::filled(140, 140, Layout::Rgb, &[200, 0, 0]),
        Pixels::filled(140, 140, Layout::Grey, &[7]),
        Pixels::new(140, 140, Layout::Rgb, noise.collect()),
        Pixels::new16(150, 130, Layout::Rgb, deep.collect()),
    ];
    for pixels in &pictures {
        for stage in [Stage::Fast, Stage::Refined] {
            let found = found(pixels, Format::WebP, &goal(stage));
            assert!(found.encodes <= 5, "{pixels:?}");
            let decoded = metric::decoded(&found.file, Format::WebP).unwrap();
            assert_eq!(
                (decoded.width(), decoded.height()),
                (pixels.width(), pixels.height())
            );
        }
    }
}

#[test]
fn what_no_way_holds_is_an_error_and_other_ways_stand_in() {
    let long = Pixels::filled(65_535, 1, Layout::Rgb, &[9; 3]);
    let (ways, goal) = ([Format::Jpeg, Format::WebP].map(way), goal(Stage::Fast));
    let ways = ways.each_ref().map(|way| (way, &goal));
    let error = optimize(&long, &ways, &Abort::default()).unwrap_err();
    assert!(matches!(
        error,
        Error::Image(image::Error::Unwritable { .. })
    ));
    let clear = Pixels::filled(130, 130, Layout::Rgba, &[9, 9, 9, 100]);
    let found = optimize(&clear, &ways, &Abort::default()).unwrap();
    assert_eq!(found.format, Format::WebP);
    assert!(optimize(&clear, &[], &Abort::default()).is_err());
}

#[test]
fn alpha_is_kept_and_hidden_colours_are_not() {
    let mut data = Vec::new();
    for (at, rgb) in photo(160, 140).data().chunks_exact(3).enumerate() {
        let alpha = match at % 160 {
            0..40 => 0,
            40..80 => 99,
            _ => 255,
        };
        data.extend([rgb[0], rgb[1], rgb[2], alpha]);
    }
    let pixels = Pixels::new(160, 140, Layout::Rgba, data);
    let found = found(&pixels, Format::WebP, &goal(Stage::Refined));
    let decoded = metric::decoded(&found.file, Format::WebP).unwrap();
    let alphas = |pixels: &Pixels| {
        pixels
            .data()
            .iter()
            .skip(3)
            .step_by(4)
            .copied()
            .collect::<Vec<_>>()
    };
    assert_eq!(alphas(&decoded), alphas(&pixels));
    assert!((74.5..=76.5).contains(&found.score.unwrap()));
}

#[test]
fn a_goal_of_one_quality_adds_effort_and_changes_nothing_else() {
    let pixels = product((300, 200), (220, 150));
    for stage in [Stage::Fast, Stage::Refined] {
        let goal = Goal {
            quality: 70..=70,
            ..goal(stage)
        };
        for format in [Format::Jpeg, Format::WebP] {
            let mut plain = Options {
                quality: 70,
                ..way(format)
            };
            if stage == Stage::Refined {
                (plain.jpeg, plain.webp.effort) = (EFFORT, 6);
            }
            let found = found(&pixels, format, &goal);
            assert_eq!(found.file, encode::encode(&pixels, &plain).unwrap());
            assert_eq!((found.quality, found.encodes), (Some(70), 1));
        }
    }
}

#[test]
fn nothing_is_both_larger_and_worse_than_a_plain_encode() {
    for pixels in [photo(220, 180), product((400, 300), (260, 200))] {
        let score = |file: &[u8]| {
            let decoded = metric::decoded(file, Format::Jpeg).unwrap();
            metric::exact(&pixels, &decoded).unwrap()
        };
        for stage in [Stage::Fast, Stage::Refined] {
            let found = found(&pixels, Format::Jpeg, &goal(stage)).file;
            for quality in [50, 70, 80, 90] {
                let plain = Options {
                    quality,
                    ..way(Format::Jpeg)
                };
                let plain = encode::encode(&pixels, &plain).unwrap();
                let is_worse = found.len() > plain.len() && score(&found) < score(&plain);
                assert!(!is_worse, "{stage:?} {quality}");
            }
        }
    }
}

#[test]
fn the_smallest_good_file_wins_and_else_the_best_looking_one() {
    let file = |bytes, score| Optimized {
        file: vec![0; bytes],
        format: Format::Jpeg,
        quality: Some(bytes as u8),
        score,
        encodes: 2,
    };
    let target = goal(Stage::Fast).target;
    for (one, other, expected) in [
        (file(9, Some(75.0)), file(8, Some(76.0)), 8),
        (file(9, Some(75.0)), file(9, Some(99.0)), 9),
        (file(9, Some(74.6)), file(8, Some(74.4)), 9),
        (file(9, Some(60.0)), file(8, Some(61.0)), 8),
        (file(9, None), file(8, None), 8),
        (file(8, Some(70.0)), file(9, None), 9),
    ] {
        let best = better(one, other, target);
        assert_eq!((best.file.len(), best.encodes), (expected, 4));
    }
}
