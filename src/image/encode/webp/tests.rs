use super::*;
use crate::image::encode::{WebpOptions, encode};
use crate::image::testing::{difference, judge, options, picture};

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
