//! How much of the colours is kept.

use super::*;

#[test]
fn red_on_white_keeps_its_colours_and_what_is_named_is_left_alone() {
    let mut pixels = photo(256, 200);
    let stride = pixels.stride();
    for row in pixels
        .data_mut()
        .chunks_exact_mut(stride)
        .take(120)
        .skip(41)
    {
        row[60..600].fill(255);
        for pixel in row[210..411].chunks_exact_mut(3) {
            pixel.copy_from_slice(&[214, 10, 20]);
        }
    }
    let sampling = |subsample| {
        let mut way = way(Format::Jpeg);
        way.jpeg.subsample = subsample;
        let found = optimize(&pixels, &[(&way, &goal(Stage::Fast))], &Abort::default()).unwrap();
        luma_sampling(&found.file)
    };
    assert_eq!(sampling(JpegSubsample::Auto), 0x11);
    assert_eq!(sampling(JpegSubsample::Half), 0x21);
    assert_eq!(sampling(JpegSubsample::Quarter), 0x22);
    let soft = found(&photo(256, 200), Format::Jpeg, &goal(Stage::Fast));
    assert_eq!(luma_sampling(&soft.file), 0x22);
}

/// Faint grains of colour, which no part of the picture needs to be seen well.
#[test]
fn halved_chroma_is_given_up_where_it_cannot_show_enough() {
    let mut pixels = photo(256, 200);
    let grains = (0_u32..).map(|n| (n.wrapping_mul(0x9e37_79b1) >> 27) as i16 * 2 - 31);
    let (each, _) = pixels.data_mut().as_chunks_mut::<3>();
    for (pixel, grain) in each.iter_mut().zip(grains) {
        // Of no luma.
        let shifts = [grain, -grain * 4 / 7, grain / 3];
        for (sample, shift) in pixel.iter_mut().zip(shifts) {
            *sample = sample.saturating_add_signed(shift as i8);
        }
    }
    let found = |score, stage| {
        let mut goal = goal(stage);
        goal.target.score = score;
        found(&pixels, Format::Jpeg, &goal)
    };
    for (stage, most) in [(Stage::Refined, 5), (Stage::Fast, 3)] {
        let high = found(90.0, stage);
        assert_eq!(luma_sampling(&high.file), 0x11, "{stage:?}");
        assert!(high.encodes <= most, "{stage:?}: {}", high.encodes);
        assert_eq!(luma_sampling(&found(60.0, stage).file), 0x22, "{stage:?}");
    }
    assert!(found(90.0, Stage::Refined).score.unwrap() >= 89.5);
}

#[test]
fn text_keeps_its_colours() {
    let stroke = |x: u32, y: u32| x % 11 < 2 && y % 14 < 9;
    let samples = (0..160).flat_map(|y| {
        (0..240).flat_map(move |x| match stroke(x, y) {
            true => [20, 30, 90],
            false => [255; 3],
        })
    });
    let pixels = Pixels::new(240, 160, Layout::Rgb, samples.collect());
    let found = found(&pixels, Format::Jpeg, &goal(Stage::Refined));
    assert_eq!(luma_sampling(&found.file), 0x11);
    assert!(found.score.unwrap() >= 84.5, "a graphic is held to more");
}

#[test]
fn grey_is_stored_as_grey() {
    let samples = photo(200, 150).into_data().into_iter().step_by(3);
    let pixels = Pixels::new(200, 150, Layout::Grey, samples.collect());
    let found = found(&pixels, Format::Jpeg, &goal(Stage::Refined));
    let decoded = metric::decoded(&found.file, Format::Jpeg).unwrap();
    assert_eq!(decoded.layout(), Layout::Grey);
    assert!((74.5..76.5).contains(&found.score.unwrap()));
}

/// How often luma is sampled for each chroma, across and down, as the frame header says.
fn luma_sampling(file: &[u8]) -> u8 {
    let starts = |marker: u8| file.windows(2).position(move |pair| pair == [0xFF, marker]);
    let frame = starts(0xC0).or(starts(0xC2)).unwrap();
    file[frame + 11]
}

/// Colours that differ from pixel to pixel, of which WebP keeps one in four.
fn confetti() -> Pixels {
    let color = |at: u32| {
        let [hue, grain, ..] = at.wrapping_mul(0x9e37_79b1).to_be_bytes();
        let color = if hue < 128 {
            [200, 20, 30]
        } else {
            [20, 70, 210]
        };
        color.map(|sample| sample + grain % 32)
    };
    let data = (0..200 * 160).flat_map(color).collect();
    Pixels::new(200, 160, Layout::Rgb, data)
}

#[test]
fn a_webp_that_would_come_nowhere_near_loses_nothing() {
    let pixels = confetti();
    for stage in [Stage::Fast, Stage::Refined] {
        let found = found(&pixels, Format::WebP, &goal(stage));
        assert_eq!((found.quality, found.score), (None, None), "{stage:?}");
        let decoded = metric::decoded(&found.file, Format::WebP).unwrap();
        assert_eq!(decoded.data(), pixels.data());
    }
    let bounded = Goal {
        quality: 30..=80,
        ..goal(Stage::Refined)
    };
    assert_eq!(found(&pixels, Format::WebP, &bounded).quality, Some(80));
}
