use super::*;
use crate::image::encode::{WebpOptions, encode};
use crate::image::testing::{difference, judge, noise, options, picture};

#[test]
fn another_decoder_sees_the_same_picture() {
    for layout in [Layout::Rgb, Layout::Grey] {
        for effort in [0, 4, 6] {
            let original = picture(97, 53, layout);
            let options = Options {
                webp: WebpOptions {
                    effort,
                    ..WebpOptions::default()
                },
                ..options(Format::WebP)
            };
            let judged = judge(&encode(&original, &options).unwrap(), Format::WebP).to_rgb8();
            let wanted = match layout {
                Layout::Grey => from_grey(&original),
                _ => original.into_data(),
            };
            let off = difference(judged.as_raw(), &wanted);
            assert!(off < 5.0, "{layout:?} at {effort}: {off}");
        }
    }
}

#[test]
fn alpha_is_kept_exactly() {
    let original = picture(64, 48, Layout::Rgba);
    let judged = judge(
        &encode(&original, &options(Format::WebP)).unwrap(),
        Format::WebP,
    );
    let judged = judged.to_rgba8();
    for (pixel, judged) in original.data().chunks_exact(4).zip(judged.pixels()) {
        assert_eq!(pixel[3], judged.0[3]);
    }
}

#[test]
fn quality_decides_the_size() {
    let original = picture(200, 200, Layout::Rgb);
    let sizes = [10, 50, 95].map(|quality| {
        let options = Options {
            quality,
            ..options(Format::WebP)
        };
        encode(&original, &options).unwrap().len()
    });
    assert!(sizes[0] < sizes[1] && sizes[1] < sizes[2], "{sizes:?}");
}

#[test]
fn metadata_stands_in_its_chunks() {
    let metadata = Metadata {
        icc: Some(vec![7; 3_000].into()),
        exif: Some(b"II*\0\x08\0\0\0\0\0".to_vec().into()),
        xmp: Some(b"<x:xmpmeta/>".to_vec().into()),
        iptc: None,
    };
    let options = Options {
        metadata,
        ..options(Format::WebP)
    };
    let file = encode(&picture(8, 8, Layout::Rgb), &options).unwrap();
    assert_eq!(webpx::get_icc_profile(&file).unwrap().unwrap(), [7; 3_000]);
    assert_eq!(
        webpx::get_exif(&file).unwrap().unwrap(),
        b"II*\0\x08\0\0\0\0\0"
    );
    assert_eq!(webpx::get_xmp(&file).unwrap().unwrap(), b"<x:xmpmeta/>");
    judge(&file, Format::WebP);
}

#[test]
fn inks_and_long_sides_cannot_be_written() {
    for pixels in [
        Pixels::filled(2, 2, Layout::Cmyk, &[0; 4]),
        Pixels::filled(16_384, 1, Layout::Grey, &[0]),
    ] {
        let error = encode(&pixels, &options(Format::WebP)).unwrap_err();
        assert!(matches!(error, Error::Unwritable { .. }), "{error}");
    }
}

fn webp(webp: WebpOptions, quality: u8) -> Options {
    Options {
        quality,
        webp,
        ..options(Format::WebP)
    }
}

fn compressed(compression: WebpCompression) -> WebpOptions {
    WebpOptions {
        compression,
        ..WebpOptions::default()
    }
}

/// The chunk of the picture, of files that have no other.
fn kind(file: &[u8]) -> &[u8] {
    &file[12..16]
}

#[test]
fn lossless_keeps_every_pixel_that_is_seen() {
    let mut original = picture(61, 43, Layout::Rgba);
    for pixel in original.data_mut().chunks_exact_mut(4).step_by(5) {
        pixel[3] = 0;
    }
    for effort in 0..=6 {
        let options = WebpOptions {
            effort,
            ..compressed(WebpCompression::Lossless)
        };
        let file = encode(&original, &webp(options, 1)).unwrap();
        assert_eq!(kind(&file), b"VP8L");
        let judged = judge(&file, Format::WebP).to_rgba8();
        for (pixel, judged) in original.data().chunks_exact(4).zip(judged.pixels()) {
            let same = judged.0 == pixel || (judged.0[3] == 0 && pixel[3] == 0);
            assert!(same, "{effort}: {pixel:?} became {judged:?}");
        }
    }
}

#[test]
fn lossless_files_shrink_with_effort_and_ignore_quality() {
    let original = picture(200, 150, Layout::Rgb);
    let size = |effort, quality| {
        let options = WebpOptions {
            effort,
            ..compressed(WebpCompression::Lossless)
        };
        encode(&original, &webp(options, quality)).unwrap().len()
    };
    assert!(size(6, 50) < size(0, 50));
    assert_eq!(size(4, 10), size(4, 90));
}

#[test]
fn near_lossless_is_smaller_and_close() {
    let original = noise(90, 60, Layout::Rgb);
    let near = |quality| {
        encode(
            &original,
            &webp(compressed(WebpCompression::NearLossless), quality),
        )
    };
    let files = [20, 60, 100].map(|quality| near(quality).unwrap());
    assert!(files[0].len() < files[1].len() && files[1].len() < files[2].len());
    for (file, most) in files.iter().zip([20.0, 3.0, 0.0]) {
        assert_eq!(kind(file), b"VP8L");
        let off = difference(
            judge(file, Format::WebP).to_rgb8().as_raw(),
            original.data(),
        );
        assert!(off <= most, "{off}");
    }
}

#[test]
fn smart_subsampling_keeps_colours_sharper() {
    let data = (0..64 * 64_u32).flat_map(|n| {
        let red = n % 64 % 3 == 0;
        [if red { 255 } else { 0 }, 0, if red { 0 } else { 255 }]
    });
    let stripes = Pixels::new(64, 64, Layout::Rgb, data.collect());
    let off = [false, true].map(|smart_subsample| {
        let options = WebpOptions {
            smart_subsample,
            ..WebpOptions::default()
        };
        let file = encode(&stripes, &webp(options, 95)).unwrap();
        assert_eq!(kind(&file), b"VP8 ");
        difference(
            judge(&file, Format::WebP).to_rgb8().as_raw(),
            stripes.data(),
        )
    });
    assert!(off[1] < off[0], "{off:?}");
}

#[test]
fn presets_change_the_bytes() {
    let original = picture(120, 90, Layout::Rgb);
    let files = [
        WebpPreset::Default,
        WebpPreset::Picture,
        WebpPreset::Photo,
        WebpPreset::Drawing,
        WebpPreset::Icon,
        WebpPreset::Text,
    ]
    .map(|preset| {
        let options = WebpOptions {
            preset,
            ..WebpOptions::default()
        };
        encode(&original, &webp(options, 80)).unwrap()
    });
    let others = files[1..].iter().filter(|file| **file != files[0]);
    assert!(others.count() >= 4);
}

#[test]
fn planes_come_out_in_their_colours() {
    // Red, white and black, in the terms of BT.601 in full range.
    let table = [
        ([76, 85, 255], [255, 0, 0]),
        ([255, 128, 128], [255; 3]),
        ([0, 128, 128], [0; 3]),
    ];
    for ([y, cb, cr], expected) in table {
        let plane = |width, height, sample| Pixels::filled(width, height, Layout::Grey, &[sample]);
        let planes = Planes::new(plane(33, 17, y), plane(17, 9, cb), plane(17, 9, cr));
        let file = encode_planes(&planes, &options(Format::WebP)).unwrap();
        let judged = judge(&file, Format::WebP).to_rgb8();
        assert_eq!((judged.width(), judged.height()), (33, 17));
        for pixel in judged.pixels() {
            let off = pixel.0.iter().zip(expected).map(|(a, b)| a.abs_diff(b));
            assert!(off.max() < Some(10), "{:?} for {expected:?}", pixel.0);
        }
    }
}

#[test]
fn the_ends_and_the_middle_of_the_ranges_meet() {
    let ends = |table: &[u8; 256]| [table[0], table[128], table[255]];
    assert_eq!(ends(&STUDIO_LUMA), [16, 126, 235]);
    assert_eq!(ends(&STUDIO_CHROMA), [16, 128, 240]);
}
