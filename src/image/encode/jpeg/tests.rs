use super::*;
use crate::image::encode::{JpegOptions, encode};
use crate::image::testing::{difference, judge, noise, options, picture};

fn segment(file: &[u8], marker: u8) -> Option<&[u8]> {
    let mut rest = &file[2..];
    while rest[1] != 0xda {
        let end = 2 + usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        if rest[1] == marker {
            return Some(&rest[4..end]);
        }
        rest = &rest[end..];
    }
    None
}

/// The sampling factors of each component.
fn sampling(file: &[u8]) -> Vec<u8> {
    let frame = segment(file, 0xc0).or(segment(file, 0xc2)).unwrap();
    frame[6..].chunks(3).map(|component| component[1]).collect()
}

#[test]
fn another_decoder_sees_the_same_picture() {
    for layout in [Layout::Rgb, Layout::Grey] {
        for (quality, worst) in [(95, 1.5), (80, 3.0), (40, 6.0)] {
            for progressive in [false, true] {
                let original = picture(151, 99, layout);
                let options = Options {
                    quality,
                    jpeg: JpegOptions {
                        progressive,
                        ..JpegOptions::default()
                    },
                    ..options(Format::Jpeg)
                };
                let file = encode(&original, &options).unwrap();
                let judged = judge(&file, Format::Jpeg);
                assert_eq!(judged.color().has_color(), layout == Layout::Rgb);
                let off = difference(original.data(), judged.as_bytes());
                assert!(off < worst, "{layout:?} at {quality}: {off}");
            }
        }
    }
}

#[test]
fn chroma_is_halved_below_quality_90() {
    for (quality, factors) in [(89, [0x22, 0x11, 0x11]), (90, [0x11; 3])] {
        let options = Options {
            quality,
            ..options(Format::Jpeg)
        };
        let file = encode(&picture(32, 32, Layout::Rgb), &options).unwrap();
        assert_eq!(sampling(&file), factors, "quality {quality}");
    }
    let grey = encode(&picture(32, 32, Layout::Grey), &options(Format::Jpeg)).unwrap();
    assert_eq!(sampling(&grey), [0x11]);
}

#[test]
fn every_quality_stays_baseline_and_lower_is_smaller() {
    let original = noise(96, 96, Layout::Rgb);
    let mut last = 0;
    for quality in (1..=100).step_by(3) {
        let file = encode(
            &original,
            &Options {
                quality,
                ..options(Format::Jpeg)
            },
        )
        .unwrap();
        assert!(
            segment(&file, 0xc0).is_some(),
            "quality {quality} is not SOF0"
        );
        assert_eq!(
            segment(&file, 0xdb).unwrap()[0] >> 4,
            0,
            "16-bit tables at {quality}"
        );
        assert!(file.len() + 200 > last, "quality {quality}");
        last = file.len();
    }
}

#[test]
fn progressive_is_written_only_when_asked() {
    let original = picture(64, 64, Layout::Rgb);
    for progressive in [false, true] {
        let options = Options {
            jpeg: JpegOptions {
                progressive,
                ..JpegOptions::default()
            },
            ..options(Format::Jpeg)
        };
        let file = encode(&original, &options).unwrap();
        assert_eq!(segment(&file, 0xc2).is_some(), progressive);
    }
}

#[test]
fn metadata_stands_in_its_segments() {
    let metadata = Metadata {
        icc: Some(vec![7; 150_000].into()),
        exif: Some(b"II*\0\x08\0\0\0\0\0".to_vec().into()),
        xmp: Some(b"<x:xmpmeta/>".to_vec().into()),
        iptc: Some(b"\x1C\x02\x50\0\x03Ann".to_vec().into()),
    };
    let options = Options {
        metadata: metadata.clone(),
        ..options(Format::Jpeg)
    };
    let file = encode(&picture(8, 8, Layout::Rgb), &options).unwrap();
    assert_eq!(crate::image::metadata::read(&file, Format::Jpeg), metadata);
    assert!(segment(&file, 0xe1).unwrap().starts_with(b"Exif\0\0II*\0"));
    let icc = segment(&file, 0xe2).unwrap();
    assert!(
        icc.starts_with(b"ICC_PROFILE\0\x01\x03\x07"),
        "{:?}",
        &icc[..15]
    );
    assert!(file.windows(12).any(|w| w == b"<x:xmpmeta/>"));
    judge(&file, Format::Jpeg);
}

#[test]
fn what_does_not_fit_a_segment_is_left_out() {
    let metadata = Metadata {
        exif: Some(vec![1; 65_528].into()),
        ..Metadata::default()
    };
    let options = Options {
        metadata,
        ..options(Format::Jpeg)
    };
    let file = encode(&picture(8, 8, Layout::Rgb), &options).unwrap();
    assert!(segment(&file, 0xe1).is_none());
}

#[test]
fn alpha_inks_and_long_sides_cannot_be_written() {
    let cases = [
        Pixels::filled(2, 2, Layout::Rgba, &[0; 4]),
        Pixels::filled(2, 2, Layout::Cmyk, &[0; 4]),
        Pixels::filled(65_501, 1, Layout::Grey, &[0]),
    ];
    for pixels in cases {
        let error = encode(&pixels, &options(Format::Jpeg)).unwrap_err();
        assert!(
            matches!(error, Error::Unwritable { .. }),
            "{pixels:?}: {error}"
        );
    }
}

#[test]
fn noise_at_the_highest_quality_fits_its_room() {
    for layout in [Layout::Rgb, Layout::Grey] {
        let options = Options {
            quality: 100,
            ..options(Format::Jpeg)
        };
        let file = encode(&noise(256, 256, layout), &options).unwrap();
        assert!(
            (file.len() as u64) < file_bytes(256, 256),
            "{layout:?}: {}",
            file.len()
        );
    }
}

fn size_with(change: impl FnOnce(&mut Options)) -> usize {
    let mut options = options(Format::Jpeg);
    change(&mut options);
    let file = encode(&picture(151, 99, Layout::Rgb), &options).unwrap();
    let off = difference(
        picture(151, 99, Layout::Rgb).data(),
        judge(&file, Format::Jpeg).as_bytes(),
    );
    assert!(off < 6.0, "{off}");
    file.len()
}

#[test]
fn every_option_makes_another_file_of_the_same_picture() {
    let plain = size_with(|_| {});
    let trellis = size_with(|options| options.jpeg.trellis_quant = true);
    assert!(trellis < plain, "{trellis} of {plain}");
    assert!(size_with(|options| options.jpeg.subsample = JpegSubsample::Off) > plain);
    let progressive = size_with(|options| options.jpeg.progressive = true);
    let searched = size_with(|options| {
        (options.jpeg.progressive, options.jpeg.optimize_scans) = (true, true);
    });
    assert!(searched <= progressive, "{searched} of {progressive}");
    let mut sizes: Vec<_> = (0..=OWN_QUANT_TABLES)
        .map(|table| size_with(|options| options.jpeg.quant_table = table))
        .collect();
    sizes.dedup();
    assert_eq!(sizes.len(), 10);
}

#[test]
fn trellis_alone_stays_sequential() {
    let mut options = options(Format::Jpeg);
    options.jpeg.trellis_quant = true;
    let file = encode(&picture(64, 64, Layout::Rgb), &options).unwrap();
    assert_eq!(segment(&file, 0xc2), None);
}

#[test]
fn the_resolution_stands_in_the_first_segment() {
    let mut options = options(Format::Jpeg);
    options.dpi = Some(300.0);
    let file = encode(&picture(8, 8, Layout::Rgb), &options).unwrap();
    // JFIF, 1.1: the unit is the inch, then dots across and down.
    assert_eq!(file[13..18], [1, 1, 44, 1, 44]);
}

#[test]
fn planes_are_written_as_they_are_whatever_their_sides() {
    for (width, height) in [(1_u32, 1_u32), (16, 16), (17, 9), (151, 99)] {
        let plane = |width: u32, height: u32, sample| {
            Pixels::filled(width, height, Layout::Grey, &[sample])
        };
        let half = (width.div_ceil(2), height.div_ceil(2));
        // Red, in the terms of BT.601.
        let planes = Planes::new(
            plane(width, height, 76),
            plane(half.0, half.1, 85),
            plane(half.0, half.1, 255),
        );
        let file = encode_planes(&planes, &options(Format::Jpeg)).unwrap();
        assert_eq!(sampling(&file), [0x22, 0x11, 0x11]);
        let judged = judge(&file, Format::Jpeg).to_rgb8();
        assert_eq!((judged.width(), judged.height()), (width, height));
        for pixel in judged.pixels() {
            let [red, green, blue] = pixel.0;
            assert!(red > 245 && green < 10 && blue < 10, "{:?}", pixel.0);
        }
    }
}
