use mozjpeg::{ColorSpace, Compress};
use proptest::prelude::*;

use super::*;
use crate::image::decode::How;
use crate::image::encode::encode;
use crate::image::testing::{difference, facts, judge, noise, options, picture};
use crate::image::{Format, decode as decoders};

const SCALES: [Scale; 4] = [Scale::Full, Scale::Half, Scale::Quarter, Scale::Eighth];

/// A JPEG of the samples in `space`, in 4:4:4 at quality 95.
fn jpeg_of(pixels: &Pixels, space: ColorSpace, change: impl FnOnce(&mut Compress)) -> Vec<u8> {
    let mut compress = Compress::new(space);
    compress.set_fastest_defaults();
    compress.set_size(pixels.width() as usize, pixels.height() as usize);
    compress.set_quality(95.0);
    change(&mut compress);
    let mut started = compress.start_compress(Vec::new()).unwrap();
    started.write_scanlines(pixels.data()).unwrap();
    started.finish().unwrap()
}

fn typed(color_type: ColorType, pixels: &Pixels) -> Facts {
    Facts {
        color_type,
        ..facts(Format::Jpeg, pixels.width(), pixels.height())
    }
}

/// Inserts Adobe's marker after the start marker, or removes the one that libjpeg wrote.
fn without_adobe(file: &[u8]) -> Vec<u8> {
    let at = file
        .windows(9)
        .position(|w| w == b"\xff\xee\0\x0eAdobe")
        .unwrap();
    [&file[..at], &file[at + 16..]].concat()
}

#[test]
fn pixels_agree_with_another_decoder() {
    for layout in [Layout::Rgb, Layout::Grey] {
        for progressive in [false, true] {
            for (width, height) in [(1, 1), (17, 9), (64, 64), (203, 77)] {
                let original = picture(width, height, layout);
                let mut options = options(Format::Jpeg);
                options.jpeg.progressive = progressive;
                let file = encode(&original, &options).unwrap();
                let mut facts = facts(Format::Jpeg, width, height);
                if progressive {
                    facts.subtype = Some(Subtype::Progressive);
                }
                let pixels = decode(&file, &facts, Scale::Full).unwrap();
                assert_eq!(pixels.layout(), layout);
                let judged = judge(&file, Format::Jpeg);
                let off = difference(pixels.data(), judged.as_bytes());
                assert!(off < 1.5, "{width}x{height} {layout:?}: {off}");
            }
        }
    }
}

#[test]
fn planes_are_the_picture_at_every_scale() {
    for progressive in [false, true] {
        for (width, height) in [(1, 1), (15, 17), (64, 64), (203, 77)] {
            let mut options = options(Format::Jpeg);
            options.jpeg.progressive = progressive;
            let file = encode(&picture(width, height, Layout::Rgb), &options).unwrap();
            let facts = facts(Format::Jpeg, width, height);
            for scale in SCALES {
                let rgb = decode(&file, &facts, scale).unwrap();
                let planes = decode_planes(&file, &facts, scale).unwrap().unwrap();
                assert_eq!(
                    (planes.width(), planes.height()),
                    (rgb.width(), rgb.height())
                );
                let off = difference(planes.each()[0].data(), &luma(&rgb));
                assert!(off < 3.0, "{width}x{height} {scale:?}: {off}");
            }
        }
    }
}

fn luma(rgb: &Pixels) -> Vec<u8> {
    let (each, _) = rgb.data().as_chunks::<3>();
    each.iter()
        .map(|pixel| {
            let [red, green, blue] = pixel.map(f64::from);
            (0.299 * red + 0.587 * green + 0.114 * blue).round() as u8
        })
        .collect()
}

#[test]
fn files_without_quarter_chroma_have_no_planes_to_give() {
    let facts = facts(Format::Jpeg, 40, 30);
    let rgb = picture(40, 30, Layout::Rgb);
    let grey = picture(40, 30, Layout::Grey);
    let files = [
        jpeg_of(&rgb, ColorSpace::JCS_RGB, |compress| {
            compress.set_chroma_sampling_pixel_sizes((1, 1), (1, 1));
        }),
        jpeg_of(&grey, ColorSpace::JCS_GRAYSCALE, |_| ()),
    ];
    for file in files {
        assert!(decode_planes(&file, &facts, Scale::Half).unwrap().is_none());
    }
}

#[test]
fn scaled_decoding_gives_rounded_up_sides_and_the_same_picture() {
    let original = picture(203, 77, Layout::Rgb);
    let file = encode(&original, &options(Format::Jpeg)).unwrap();
    let facts = facts(Format::Jpeg, 203, 77);
    let corner = |pixels: &Pixels| pixels.data()[..3].to_vec();
    let full = decode(&file, &facts, Scale::Full).unwrap();
    for scale in SCALES {
        let pixels = decode(&file, &facts, scale).unwrap();
        assert_eq!(
            (pixels.width(), pixels.height()),
            (scale.of(203), scale.of(77))
        );
        let off = difference(&corner(&pixels), &corner(&full));
        assert!(off < 30.0, "{scale:?}: {off}");
    }
}

#[test]
fn inks_come_out_with_0_as_no_ink() {
    let inks = [
        [0, 0, 0, 0],
        [255, 0, 0, 0],
        [0, 255, 0, 128],
        [10, 20, 30, 255],
    ];
    for ink in inks {
        let pixels = Pixels::filled(24, 24, Layout::Cmyk, &ink);
        let stored = Pixels::filled(24, 24, Layout::Cmyk, &ink.map(|sample| 255 - sample));
        let adobe_cmyk = jpeg_of(&stored, ColorSpace::JCS_CMYK, |_| ());
        let adobe_ycck = jpeg_of(&stored, ColorSpace::JCS_CMYK, |compress| {
            compress.set_color_space(ColorSpace::JCS_YCCK);
        });
        let plain = without_adobe(&jpeg_of(&pixels, ColorSpace::JCS_CMYK, |_| ()));
        let cases = [
            ("Adobe CMYK", adobe_cmyk, ColorType::Cmyk),
            ("Adobe YCCK", adobe_ycck, ColorType::Ycck),
            ("plain CMYK", plain, ColorType::Cmyk),
        ];
        for (name, file, color_type) in cases {
            let decoded = decode(&file, &typed(color_type, &pixels), Scale::Full).unwrap();
            assert_eq!(decoded.layout(), Layout::Cmyk);
            let off = difference(decoded.data(), pixels.data());
            assert!(
                off < 3.0,
                "{name} {ink:?}: {off} {:?}",
                &decoded.data()[..4]
            );
        }
    }
}

#[test]
fn rgb_stored_as_rgb_and_every_chroma_sampling_decode() {
    let original = picture(61, 45, Layout::Rgb);
    let facts = facts(Format::Jpeg, 61, 45);
    for chroma_px in [(1, 1), (2, 1), (1, 2), (2, 2), (4, 1), (4, 2)] {
        let file = jpeg_of(&original, ColorSpace::JCS_RGB, |compress| {
            compress.set_chroma_sampling_pixel_sizes(chroma_px, chroma_px);
        });
        for scale in SCALES {
            decode(&file, &facts, scale).unwrap();
        }
        let off = difference(
            decode(&file, &facts, Scale::Full).unwrap().data(),
            original.data(),
        );
        assert!(off < 6.0, "{chroma_px:?}: {off}");
    }
    let file = jpeg_of(&original, ColorSpace::JCS_RGB, |compress| {
        compress.set_color_space(ColorSpace::JCS_RGB);
    });
    let off = difference(
        decode(&file, &facts, Scale::Full).unwrap().data(),
        original.data(),
    );
    assert!(off < 4.0, "RGB: {off}");
}

#[test]
fn other_dimensions_than_promised_are_dishonest() {
    let file = encode(&picture(40, 30, Layout::Rgb), &options(Format::Jpeg)).unwrap();
    for (width, height) in [(30, 40), (41, 30), (40, 1)] {
        let error = decode(&file, &facts(Format::Jpeg, width, height), Scale::Full).unwrap_err();
        assert!(matches!(error, Error::Dishonest { .. }), "{error}");
    }
}

#[test]
fn a_progressive_file_that_was_promised_sequential_keeps_to_its_memory() {
    // 3000x3000 in 4:4:4 wants 54 MB of coefficients; a sequential promise allows 32 MiB.
    let original = Pixels::filled(3_000, 3_000, Layout::Rgb, &[9, 90, 200]);
    let mut options = options(Format::Jpeg);
    (options.jpeg.progressive, options.quality) = (true, 95);
    let file = encode(&original, &options).unwrap();
    let mut facts = facts(Format::Jpeg, 3_000, 3_000);
    let error = decode(&file, &facts, Scale::Eighth).unwrap_err();
    assert!(matches!(error, Error::Dishonest { .. }), "{error}");
    facts.subtype = Some(Subtype::Progressive);
    decode(&file, &facts, Scale::Eighth).unwrap();
}

#[test]
fn more_than_100_scans_are_refused() {
    let mut options = options(Format::Jpeg);
    options.jpeg.progressive = true;
    let file = encode(&picture(16, 16, Layout::Grey), &options).unwrap();
    let mut facts = facts(Format::Jpeg, 16, 16);
    facts.subtype = Some(Subtype::Progressive);
    // The last scan refines; repeating it is legal and changes one bit at most.
    let last = file.windows(2).rposition(|w| w == b"\xff\xda").unwrap();
    let (head, scan) = (&file[..last], &file[last..file.len() - 2]);
    for (repeats, fits) in [(50, true), (120, false)] {
        let bomb = [head, &scan.repeat(repeats), b"\xff\xd9"].concat();
        let result = decode(&bomb, &facts, Scale::Full);
        assert_eq!(result.is_ok(), fits, "{repeats}: {result:?}");
        if let Err(error) = result {
            assert!(error.to_string().contains("scans"), "{error}");
        }
    }
}

#[test]
fn truncated_data_decodes_to_what_is_there() {
    let original = picture(64, 64, Layout::Rgb);
    for progressive in [false, true] {
        let mut options = options(Format::Jpeg);
        options.jpeg.progressive = progressive;
        let file = encode(&original, &options).unwrap();
        let mut facts = facts(Format::Jpeg, 64, 64);
        if progressive {
            facts.subtype = Some(Subtype::Progressive);
        }
        let pixels = decode(&file[..file.len() - 40], &facts, Scale::Full).unwrap();
        assert_eq!((pixels.width(), pixels.height()), (64, 64));
        assert!(difference(&pixels.data()[..48], &original.data()[..48]) < 20.0);
        let scan = file.windows(2).position(|w| w == b"\xff\xda").unwrap();
        for end in [0, 1, 2, 20, scan, scan + 3, scan + 14] {
            let error = decode(&file[..end], &facts, Scale::Full).unwrap_err();
            assert!(matches!(error, Error::Broken { .. }), "{end}: {error}");
        }
    }
}

#[test]
fn truncation_anywhere_keeps_to_the_promised_size() {
    let file = encode(&noise(70, 50, Layout::Rgb), &options(Format::Jpeg)).unwrap();
    let facts = facts(Format::Jpeg, 70, 50);
    for end in (0..file.len()).step_by(64) {
        for scale in SCALES {
            if let Ok(pixels) = decode(&file[..end], &facts, scale) {
                assert_eq!(
                    (pixels.width(), pixels.height()),
                    (scale.of(70), scale.of(50))
                );
            }
        }
    }
}

#[test]
fn the_promised_peak_covers_pixels_and_coefficients() {
    let mut facts = facts(Format::Jpeg, 4_000, 3_000);
    let sequential = decoders::peak_bytes(&facts, &How::at(Scale::Quarter));
    assert!(
        sequential > 1_000 * 750 * 3 && sequential < 40 << 20,
        "{sequential}"
    );
    facts.subtype = Some(Subtype::Progressive);
    let progressive = decoders::peak_bytes(&facts, &How::at(Scale::Quarter));
    assert!(
        progressive > 4_000 * 3_000 * 6 + 1_000 * 750 * 3,
        "{progressive}"
    );
    facts.width = u32::MAX;
    facts.height = u32::MAX;
    assert_eq!(
        decoders::peak_bytes(&facts, &How::at(Scale::Full)),
        u64::MAX
    );
}

/// Facts of a fixture from its frame header.
fn facts_of(file: &[u8]) -> Facts {
    let is_frame = |w: &&[u8]| matches!(w, [0xff, 0xc0..=0xc2, 0, 11 | 17 | 20, 8, ..]);
    let frame = file.windows(10).find(is_frame).unwrap();
    let side = |at: usize| u32::from(u16::from_be_bytes([frame[at], frame[at + 1]]));
    let color_type = match frame[9] {
        1 => ColorType::Grey,
        3 => ColorType::Rgb,
        _ => ColorType::Cmyk,
    };
    let subtype = match frame[1] {
        0xc2 => Subtype::Progressive,
        _ => Subtype::Baseline,
    };
    Facts {
        color_type,
        subtype: Some(subtype),
        ..facts(Format::Jpeg, side(7), side(5))
    }
}

#[test]
fn every_fixture_decodes_as_stored() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/jpeg");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = std::fs::read(&path).unwrap();
        let facts = facts_of(&file);
        for scale in SCALES {
            let pixels = decode(&file, &facts, scale).unwrap();
            let sides = (pixels.width(), pixels.height());
            assert_eq!(
                sides,
                (scale.of(facts.width), scale.of(facts.height)),
                "{path:?}"
            );
        }
        let pixels = decode(&file, &facts, Scale::Full).unwrap();
        if pixels.layout() != Layout::Cmyk && !path.ends_with("truncated.jpg") {
            // Orientation is not the decoders' business, neither here nor there.
            let off = difference(pixels.data(), judge(&file, Format::Jpeg).as_bytes());
            assert!(off < 2.0, "{path:?}: {off}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn mutated_bytes_never_panic(
        at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        progressive: bool,
    ) {
        let mut options = options(Format::Jpeg);
        options.jpeg.progressive = progressive;
        let mut file = encode(&picture(40, 40, Layout::Rgb), &options).unwrap();
        for (index, byte) in at {
            let index = index.index(file.len());
            file[index] = byte;
        }
        for scale in SCALES {
            match decode(&file, &facts(Format::Jpeg, 40, 40), scale) {
                Ok(pixels) => prop_assert_eq!(pixels.width(), scale.of(40)),
                Err(error) => prop_assert!(!matches!(error, Error::Codec { .. }), "{}", error),
            }
        }
    }
}
