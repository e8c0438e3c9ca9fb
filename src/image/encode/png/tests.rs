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
