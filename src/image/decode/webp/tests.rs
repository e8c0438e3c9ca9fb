use proptest::prelude::*;
use webpx::EncoderConfig;

use super::*;
use crate::image::encode::encode;
use crate::image::testing::{difference, judge, options, picture};

const SCALES: [Scale; 4] = [Scale::Full, Scale::Half, Scale::Quarter, Scale::Eighth];

fn decode(file: &[u8], facts: &Facts, scale: Scale) -> Result<Pixels, Error> {
    super::decode(file, facts, &How::at(scale))
}

/// Facts that allow for alpha.
fn facts(format: Format, width: u32, height: u32) -> Facts {
    Facts {
        alpha: true,
        ..crate::image::testing::facts(format, width, height)
    }
}

fn lossless(pixels: &Pixels) -> Vec<u8> {
    let settings = EncoderConfig::new_lossless().exact(true);
    let (width, height) = (pixels.width(), pixels.height());
    let file = match pixels.layout() {
        Layout::Rgba => settings.encode_rgba(pixels.data(), width, height, webpx::Unstoppable),
        _ => settings.encode_rgb(pixels.data(), width, height, webpx::Unstoppable),
    };
    file.unwrap()
}

fn size_of(file: &[u8]) -> (u32, u32) {
    let info = webpx::ImageInfo::from_webp(file).unwrap();
    (info.width, info.height)
}

#[test]
fn lossless_comes_back_exactly() {
    for layout in [Layout::Rgb, Layout::Rgba] {
        let original = picture(37, 23, layout);
        let pixels = decode(
            &lossless(&original),
            &facts(Format::WebP, 37, 23),
            Scale::Full,
        );
        assert_eq!(pixels.unwrap(), original);
    }
}

#[test]
fn scaled_decoding_gives_rounded_up_sides_and_the_same_picture() {
    for layout in [Layout::Rgb, Layout::Rgba] {
        let original = picture(203, 77, layout);
        let lossy = encode(&original, &options(Format::WebP)).unwrap();
        for file in [lossy, lossless(&original)] {
            for scale in SCALES {
                let pixels = decode(&file, &facts(Format::WebP, 203, 77), scale).unwrap();
                assert_eq!(
                    (pixels.width(), pixels.height()),
                    (scale.of(203), scale.of(77))
                );
                let wanted = shrink(&original, scale);
                let off = difference(pixels.data(), wanted.data());
                assert!(off < 10.0, "{layout:?} {scale:?}: {off}");
            }
        }
    }
}

#[test]
fn shrinking_never_shows_hidden_colours() {
    let mut original = Pixels::filled(64, 64, Layout::Rgba, &[0, 255, 0, 0]);
    for pixel in original.data_mut().chunks_exact_mut(4).step_by(3) {
        pixel.copy_from_slice(&[255, 0, 0, 255]);
    }
    for scale in SCALES {
        let file = lossless(&original);
        let pixels = decode(&file, &facts(Format::WebP, 64, 64), scale).unwrap();
        for pixel in pixels.data().chunks_exact(4).filter(|pixel| pixel[3] > 0) {
            assert!(pixel[1] < 8, "{scale:?}: {pixel:?}");
        }
    }
}

#[test]
fn the_judge_agrees_on_every_fixture() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/webp");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = std::fs::read(&path).unwrap();
        let (width, height) = size_of(&file);
        for scale in SCALES {
            let result = decode(&file, &facts(Format::WebP, width, height), scale);
            if path.ends_with("truncated.webp") {
                assert!(matches!(result, Err(Error::Broken { .. })), "{path:?}");
                continue;
            }
            let pixels = result.unwrap();
            let sides = (pixels.width(), pixels.height());
            assert_eq!(sides, (scale.of(width), scale.of(height)), "{path:?}");
            if scale == Scale::Full {
                let judged = judge(&file, Format::WebP);
                let wanted = match pixels.layout() {
                    Layout::Rgb => judged.to_rgb8().into_raw(),
                    _ => judged.to_rgba8().into_raw(),
                };
                let off = difference(pixels.data(), &wanted);
                assert!(off < 2.0, "{path:?}: {off}");
            }
        }
    }
}

#[test]
fn a_small_first_frame_stands_on_a_clear_canvas() {
    let red = Pixels::filled(4, 2, Layout::Rgb, &[250, 0, 0]);
    let still = lossless(&red);
    let image = &still[12..];
    let le24 = |n: u32| n.to_le_bytes()[..3].to_vec();
    let frame = [
        le24(1),
        le24(2),
        le24(3),
        le24(1),
        le24(100),
        vec![0],
        image.to_vec(),
    ]
    .concat();
    let mut body = [b"WEBPVP8X\x0a\0\0\0\x02\0\0\0".to_vec(), le24(9), le24(7)].concat();
    body.extend(
        [
            b"ANIM\x06\0\0\0\xff\xff\xff\xff\0\0".to_vec(),
            b"ANMF".to_vec(),
        ]
        .concat(),
    );
    body.extend([(frame.len() as u32).to_le_bytes().to_vec(), frame].concat());
    let file = [
        b"RIFF".to_vec(),
        (body.len() as u32).to_le_bytes().to_vec(),
        body,
    ]
    .concat();
    let facts = facts(Format::WebP, 10, 8);
    let pixels = decode(&file, &facts, Scale::Full).unwrap();
    for (n, pixel) in pixels.data().chunks_exact(4).enumerate() {
        let inside = (2..6).contains(&(n % 10)) && (4..6).contains(&(n / 10));
        assert_eq!(pixel, if inside { [250, 0, 0, 255] } else { [0; 4] }, "{n}");
    }
    let half = decode(&file, &facts, Scale::Half).unwrap();
    assert_eq!((half.width(), half.height()), (5, 4));
    // The last two bytes are the image's last, which may be spare, and padding.
    for end in 0..file.len() - 2 {
        assert!(decode(&file[..end], &facts, Scale::Full).is_err(), "{end}");
    }
}

#[test]
fn other_dimensions_than_promised_are_dishonest() {
    let file = encode(&picture(30, 20, Layout::Rgb), &options(Format::WebP)).unwrap();
    let error = decode(&file, &facts(Format::WebP, 20, 30), Scale::Full).unwrap_err();
    assert!(matches!(error, Error::Dishonest { .. }), "{error}");
}

#[test]
fn alpha_that_was_not_promised_is_dishonest() {
    let file = encode(&picture(30, 20, Layout::Rgba), &options(Format::WebP)).unwrap();
    let opaque = crate::image::testing::facts(Format::WebP, 30, 20);
    let error = decode(&file, &opaque, Scale::Full).unwrap_err();
    assert!(matches!(error, Error::Dishonest { .. }), "{error}");
}

#[test]
fn truncation_is_broken() {
    let original = picture(90, 60, Layout::Rgba);
    for file in [
        encode(&original, &options(Format::WebP)).unwrap(),
        lossless(&original),
    ] {
        for end in (0..file.len()).step_by(64) {
            for scale in SCALES {
                let error = decode(&file[..end], &facts(Format::WebP, 90, 60), scale).unwrap_err();
                assert!(matches!(error, Error::Broken { .. }), "{end}: {error}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn mutated_bytes_never_panic(
        at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        without_loss: bool,
    ) {
        let original = picture(24, 24, Layout::Rgba);
        let mut file = if without_loss {
            lossless(&original)
        } else {
            encode(&original, &options(Format::WebP)).unwrap()
        };
        for (index, byte) in at {
            let index = index.index(file.len());
            file[index] = byte;
        }
        for scale in SCALES {
            if let Ok(pixels) = decode(&file, &facts(Format::WebP, 24, 24), scale) {
                prop_assert_eq!(pixels.width(), scale.of(24));
            }
        }
    }
}
