use std::io::Cursor;

use ::image::AnimationDecoder;
use ::image::codecs::{gif::GifDecoder, webp::WebPDecoder};
use proptest::prelude::*;

use super::*;
use crate::image::decode::{Range, frames};
use crate::image::encode::{WebpCompression, WebpOptions};
use crate::image::metadata::Metadata;
use crate::image::testing::{difference, facts, noise, options, picture};

/// RGBA of a frame and its delay.
type Shown = (Vec<u8>, u32);

fn lossless(format: Format) -> Options {
    Options {
        webp: WebpOptions {
            compression: WebpCompression::Lossless,
            ..WebpOptions::default()
        },
        ..options(format)
    }
}

fn written(frames: &[(Pixels, u32)], loops: u32, options: &Options) -> Vec<u8> {
    let size = (frames[0].0.width(), frames[0].0.height());
    let mut animation = Animation::try_new(size, loops, options).unwrap();
    for (frame, delay_ms) in frames {
        animation.push(frame, *delay_ms).unwrap();
    }
    animation.finish().unwrap()
}

/// What another library sees; what is clear has no colour.
fn judged(file: &[u8], format: Format) -> Vec<Shown> {
    let file = Cursor::new(file);
    let frames = match format {
        Format::Gif => GifDecoder::new(file).unwrap().into_frames(),
        _ => WebPDecoder::new(file).unwrap().into_frames(),
    };
    let frames = frames.collect_frames().unwrap();
    let shown = frames.into_iter().map(|frame| {
        let (ms, parts) = frame.delay().numer_denom_ms();
        (without_hidden(frame.into_buffer().into_raw()), ms / parts)
    });
    shown.collect()
}

/// What our own decoder sees, and how often it is played.
fn read(file: &[u8], format: Format, (width, height): (u32, u32)) -> (Vec<Shown>, u32) {
    let range = Range {
        first: 0,
        count: u32::MAX,
    };
    let frames = frames(file, &facts(format, width, height), range).unwrap();
    let loops = frames.loops;
    let shown = frames.map(|frame| {
        let frame = frame.unwrap();
        (without_hidden(frame.pixels.into_data()), frame.delay_ms)
    });
    (shown.collect(), loops)
}

/// Whether frames are the same; the judge of WebP may be off by one where it lays a frame over another.
fn same(format: Format, got: &[Shown], wanted: &[Shown]) -> bool {
    let most = if format == Format::Gif { 0 } else { 1 };
    let alike = |(got, wanted): (&Shown, &Shown)| {
        let mut samples = got.0.iter().zip(&wanted.0);
        got.1 == wanted.1 && samples.all(|(got, wanted)| got.abs_diff(*wanted) <= most)
    };
    got.len() == wanted.len() && got.iter().zip(wanted).all(alike)
}

fn without_hidden(mut data: Vec<u8>) -> Vec<u8> {
    for pixel in data.chunks_exact_mut(4).filter(|pixel| pixel[3] == 0) {
        pixel.fill(0);
    }
    data
}

/// A square of `color` that stands on a canvas of another colour.
fn square(size: u32, at: u32, color: [u8; 4], ground: [u8; 4]) -> Pixels {
    let data = (0..size * size).flat_map(|n| {
        let (x, y) = (n % size, n / size);
        let inside = (at..at + 4).contains(&x) && (at..at + 4).contains(&y);
        if inside { color } else { ground }
    });
    Pixels::new(size, size, Layout::Rgba, data.collect())
}

const RED: [u8; 4] = [250, 0, 0, 255];
const BLUE: [u8; 4] = [0, 0, 250, 255];
const CLEAR: [u8; 4] = [0; 4];

/// Squares that move, come, go, and stay.
fn squares() -> Vec<(Pixels, u32)> {
    [
        (0, RED, BLUE),
        (5, RED, BLUE),
        (5, RED, BLUE),
        (9, BLUE, CLEAR),
        (2, RED, CLEAR),
        (2, CLEAR, BLUE),
        (7, RED, BLUE),
        (0, CLEAR, CLEAR),
        (3, RED, CLEAR),
    ]
    .into_iter()
    .map(|(at, color, ground)| (square(17, at, color, ground), 10 * (at + 3)))
    .collect()
}

fn shown(frames: &[(Pixels, u32)]) -> Vec<Shown> {
    let each = frames.iter();
    each.map(|(pixels, delay_ms)| (without_hidden(pixels.data().to_vec()), *delay_ms))
        .collect()
}

#[test]
fn another_decoder_sees_the_same_frames() {
    for format in [Format::Gif, Format::WebP] {
        let frames = squares();
        for count in [1, 2, frames.len()] {
            let file = written(&frames[..count], 0, &lossless(format));
            let wanted = shown(&frames[..count]);
            assert_eq!(read(&file, format, (17, 17)), (wanted.clone(), 0));
            let judged = judged(&file, format);
            assert!(same(format, &judged, &wanted), "{format:?} of {count}");
        }
    }
}

#[test]
fn loops_are_kept() {
    for format in [Format::Gif, Format::WebP] {
        for loops in [0, 1, 2, 3, 65_535] {
            let file = written(&squares(), loops, &lossless(format));
            assert_eq!(read(&file, format, (17, 17)).1, loops, "{format:?}");
        }
    }
}

#[test]
fn the_loops_of_a_gif_are_those_after_the_first() {
    for (loops, said) in [(0, Some(0)), (1, None), (2, Some(1)), (9, Some(8))] {
        let file = written(&squares(), loops, &options(Format::Gif));
        let name = file.windows(11).position(|bytes| bytes == b"NETSCAPE2.0");
        let count = name.map(|at| u16::from_le_bytes([file[at + 13], file[at + 14]]));
        assert_eq!(count, said, "{loops}");
    }
}

#[test]
fn delays_are_rounded_without_drift() {
    let frames: Vec<_> = (0..9).map(|at| (square(17, at, RED, BLUE), 33)).collect();
    let delays: Vec<u32> = judged(&written(&frames, 0, &options(Format::Gif)), Format::Gif)
        .into_iter()
        .map(|(_, delay_ms)| delay_ms)
        .collect();
    assert_eq!(delays.iter().sum::<u32>(), 300, "{delays:?}");
    assert!(delays.iter().all(|ms| [30, 40].contains(ms)), "{delays:?}");
    let file = written(&frames, 0, &options(Format::WebP));
    assert!(
        read(&file, Format::WebP, (17, 17))
            .0
            .iter()
            .all(|frame| frame.1 == 33)
    );
}

#[test]
fn all_of_256_colours_stay_exact() {
    let frames: Vec<_> = (0..4_u32)
        .map(|shift| {
            let data = (0..40 * 16_u32).flat_map(|n| {
                let moved = if n < 40 { n } else { n + shift * 5 };
                [(moved % 256) as u8, 1, 2, 255]
            });
            (Pixels::new(40, 16, Layout::Rgba, data.collect()), 50)
        })
        .collect();
    let file = written(&frames, 0, &options(Format::Gif));
    assert_eq!(judged(&file, Format::Gif), shown(&frames));
}

#[test]
fn what_stays_costs_next_to_nothing() {
    for format in [Format::Gif, Format::WebP] {
        let still = picture(200, 150, Layout::Rgb);
        let mut moving = still.clone();
        for pixel in moving.data_mut()[150 * 300..].chunks_exact_mut(3).take(8) {
            pixel.fill(0);
        }
        let one = written(&[(still.clone(), 50)], 0, &options(format)).len();
        let frames = [still, moving].map(|frame| (frame, 50));
        let both = written(&frames, 0, &options(format)).len();
        assert!(both < one + 1_000, "{format:?}: {one} and {both}");
    }
}

#[test]
fn loss_is_bounded() {
    for (format, most) in [(Format::Gif, 6.0), (Format::WebP, 5.0)] {
        let whole = picture(120, 80, Layout::Rgb);
        let frames: Vec<_> = (0..4)
            .map(|n| {
                let mut frame = whole.clone();
                let rows = frame.data_mut().chunks_exact_mut(360);
                rows.for_each(|row| row.rotate_left(n * 30));
                (frame, 50)
            })
            .collect();
        let (read, _) = read(&written(&frames, 0, &options(format)), format, (120, 80));
        for ((got, _), (wanted, _)) in read.iter().zip(&frames) {
            let rgb: Vec<u8> = got
                .chunks_exact(4)
                .flat_map(|p| [p[0], p[1], p[2]])
                .collect();
            let off = difference(&rgb, wanted.data());
            assert!(off < most, "{format:?}: {off}");
        }
        assert_eq!(read.len(), 4);
    }
}

#[test]
fn lossy_frames_with_alpha_replace_what_was_there() {
    let file = written(&squares(), 0, &options(Format::WebP));
    for ((got, _), (wanted, _)) in judged(&file, Format::WebP).iter().zip(shown(&squares())) {
        for (got, wanted) in got.chunks_exact(4).zip(wanted.chunks_exact(4)) {
            assert_eq!(got[3], wanted[3]);
        }
    }
}

#[test]
fn layouts_may_differ_from_frame_to_frame() {
    for format in [Format::Gif, Format::WebP] {
        let frames = [Layout::Grey, Layout::Rgb, Layout::Rgba].map(|layout| {
            (
                Pixels::filled(5, 4, layout, &[9; 4][..layout.channels()]),
                40,
            )
        });
        let file = written(&frames, 0, &lossless(format));
        let (read, _) = read(&file, format, (5, 4));
        let alphas: Vec<u8> = read.iter().map(|(data, _)| data[3]).collect();
        let last = if format == Format::Gif { 0 } else { 9 };
        assert_eq!(alphas, [255, 255, last]);
    }
}

#[test]
fn metadata_stands_around_the_frames() {
    let metadata = Metadata {
        iptc: None,
        icc: Some(vec![7; 301].into()),
        exif: Some(b"II*\0\x08\0\0\0\0\0".to_vec().into()),
        xmp: Some(b"<x:xmpmeta/>".to_vec().into()),
    };
    let options = Options {
        metadata,
        ..options(Format::WebP)
    };
    let file = written(&squares(), 0, &options);
    assert_eq!(webpx::get_icc_profile(&file).unwrap().unwrap(), [7; 301]);
    assert_eq!(
        webpx::get_exif(&file).unwrap().unwrap(),
        b"II*\0\x08\0\0\0\0\0"
    );
    assert_eq!(webpx::get_xmp(&file).unwrap().unwrap(), b"<x:xmpmeta/>");
    assert_eq!(judged(&file, Format::WebP).len(), squares().len());
}

#[test]
fn what_cannot_be_an_animation_is_refused() {
    for (format, size) in [
        (Format::Jpeg, (9, 9)),
        (Format::Gif, (65_536, 1)),
        (Format::Gif, (0, 1)),
        (Format::WebP, (1, 16_384)),
        (Format::WebP, (1, 0)),
    ] {
        let error = Animation::try_new(size, 0, &options(format)).err().unwrap();
        assert!(matches!(error, Error::Unwritable { .. }), "{error}");
    }
    for format in [Format::Gif, Format::WebP] {
        assert!(animates(format));
        let mut animation = Animation::try_new((4, 4), 0, &options(format)).unwrap();
        for pixels in [
            Pixels::filled(4, 5, Layout::Rgb, &[0; 3]),
            Pixels::filled(4, 4, Layout::Cmyk, &[0; 4]),
        ] {
            let error = animation.push(&pixels, 40).unwrap_err();
            assert!(matches!(error, Error::Unwritable { .. }), "{error}");
        }
        let error = animation.finish().unwrap_err();
        assert!(matches!(error, Error::Unwritable { .. }), "{error}");
    }
}

#[test]
fn noise_fits_the_promised_peak() {
    for format in [Format::Gif, Format::WebP] {
        let frames: Vec<_> = (0..3)
            .map(|n| {
                let mut frame = noise(90, 70, Layout::Rgba);
                frame.data_mut().rotate_left(n * 4);
                (frame, 40)
            })
            .collect();
        let file = written(&frames, 0, &lossless(format)).len() as u64;
        let each =
            Animation::peak_bytes((90, 70), 4, format) - Animation::peak_bytes((90, 70), 1, format);
        assert!(file * 9 / 4 < each, "{format:?}: {file} of {each}");
    }
}

#[test]
fn the_same_frames_give_the_same_bytes() {
    for format in [Format::Gif, Format::WebP] {
        let frames = [
            (noise(40, 30, Layout::Rgba), 40),
            (picture(40, 30, Layout::Rgba), 40),
        ];
        let options = options(format);
        assert_eq!(written(&frames, 2, &options), written(&frames, 2, &options));
    }
}

/// A few frames of few colours, clear among them.
fn small_frames() -> impl Strategy<Value = Vec<(Pixels, u32)>> {
    let colors = [RED, BLUE, CLEAR, [1, 2, 3, 255]];
    (1_u32..7, 1_u32..7).prop_flat_map(move |(width, height)| {
        let count = (width * height) as usize;
        let frame = proptest::collection::vec(0..colors.len(), count).prop_map(move |numbers| {
            let data = numbers.iter().flat_map(|number| colors[*number]);
            Pixels::new(width, height, Layout::Rgba, data.collect())
        });
        proptest::collection::vec((frame, (1_u32..90).prop_map(|units| units * 10)), 1..6)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn frames_come_back(frames in small_frames(), gif: bool) {
        let format = if gif { Format::Gif } else { Format::WebP };
        let size = (frames[0].0.width(), frames[0].0.height());
        let file = written(&frames, 3, &lossless(format));
        let wanted = shown(&frames);
        prop_assert!(same(format, &judged(&file, format), &wanted));
        prop_assert_eq!(read(&file, format, size), (wanted, 3));
    }
}

#[test]
fn an_animation_with_a_loss_is_smaller_and_slow_changes_still_arrive() {
    let grey = |level: u8| Pixels::filled(40, 30, Layout::Rgb, &[level; 3]);
    let fading: Vec<_> = (0..60).map(|step| (grey(100 + step), 40)).collect();
    let options = options(Format::Gif);
    let file = |loss| {
        let mut animation = Animation::try_new((40, 30), 0, &options).unwrap();
        animation = animation.with_loss(loss);
        for (frame, delay_ms) in &fading {
            animation.push(frame, *delay_ms).unwrap();
        }
        animation.finish().unwrap()
    };
    let [plain, lossy] = [file(0), file(16)];
    assert!(lossy.len() < plain.len(), "{} {}", lossy.len(), plain.len());
    let shown = judged(&lossy, Format::Gif);
    assert_eq!(shown.len(), fading.len());
    for ((samples, delay_ms), (frame, wanted_ms)) in shown.iter().zip(&fading) {
        assert_eq!(delay_ms, wanted_ms);
        let level = frame.data()[0];
        assert!(samples[0].abs_diff(level) <= 4, "{} {level}", samples[0]);
    }
}
