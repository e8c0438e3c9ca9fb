use ::image::DynamicImage;

use super::*;
use crate::image::encode::encode;
use crate::image::testing::{judge, noise, options, picture};

#[test]
fn another_decoder_sees_the_same_samples() {
    for layout in [Layout::Grey, Layout::Rgb, Layout::Rgba] {
        for original in [picture(41, 23, layout), noise(41, 23, layout)] {
            let file = encode(&original, &options(Format::Png)).unwrap();
            let judged = judge(&file, Format::Png);
            assert_eq!(judged.as_bytes(), original.data(), "{layout:?}");
        }
    }
}

#[test]
fn another_decoder_sees_the_same_deep_samples() {
    for layout in [Layout::Grey, Layout::Rgb, Layout::Rgba] {
        let (low, high) = (noise(41, 23, layout), noise(42, 23, layout));
        let pairs = low.data().iter().zip(high.data());
        let samples = pairs.map(|(low, high)| u16::from_be_bytes([*high, *low]));
        let samples: Vec<u16> = samples.collect();
        let pixels = Pixels::new16(41, 23, layout, samples.clone());
        let file = encode(&pixels, &options(Format::Png)).unwrap();
        let judged = match (judge(&file, Format::Png), layout) {
            (DynamicImage::ImageLuma16(image), Layout::Grey) => image.into_raw(),
            (DynamicImage::ImageRgb16(image), Layout::Rgb) => image.into_raw(),
            (DynamicImage::ImageRgba16(image), Layout::Rgba) => image.into_raw(),
            (other, _) => panic!("{:?}", other.color()),
        };
        assert_eq!(judged, samples, "{layout:?}");
    }
}

#[test]
fn opaque_deep_pixels_are_written_without_alpha() {
    let pixels = Pixels::new16(3, 2, Layout::Rgba, [1, 2_000, 40_000, 65_535].repeat(6));
    let file = encode(&pixels, &options(Format::Png)).unwrap();
    let judged = judge(&file, Format::Png).into_rgb16().into_raw();
    assert_eq!(judged, [1, 2_000, 40_000].repeat(6));
    assert_eq!(file[24..26], [16, 2]);
}

#[test]
fn opaque_pixels_are_written_without_alpha() {
    let pixels = Pixels::filled(5, 4, Layout::Rgba, &[1, 2, 3, 255]);
    let file = encode(&pixels, &options(Format::Png)).unwrap();
    let judged = judge(&file, Format::Png);
    assert_eq!(judged.as_bytes(), [1, 2, 3].repeat(20));
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
        ..options(Format::Png)
    };
    let file = encode(&picture(8, 8, Layout::Rgb), &options).unwrap();
    let decoder = png::Decoder::new(std::io::Cursor::new(&file));
    let reader = decoder.read_info().unwrap();
    let info = reader.info();
    assert_eq!(info.icc_profile.as_deref(), Some(&[7; 3_000][..]));
    assert_eq!(
        info.exif_metadata.as_deref(),
        Some(&b"II*\0\x08\0\0\0\0\0"[..])
    );
    assert_eq!(info.utf8_text[0].get_text().unwrap(), "<x:xmpmeta/>");
}

#[test]
fn noise_fits_the_promised_peak() {
    let file = encode(&noise(300, 200, Layout::Rgba), &options(Format::Png)).unwrap();
    assert!((file.len() * 4) as u64 <= peak_bytes(300, 200));
}

#[test]
fn inks_cannot_be_written() {
    let error = encode(
        &Pixels::filled(2, 2, Layout::Cmyk, &[0; 4]),
        &options(Format::Png),
    );
    assert!(matches!(error, Err(Error::Unwritable { .. })));
}
