use super::*;
use crate::image::encode::{PngOptions, encode};
use crate::image::metadata::Metadata;
use crate::image::testing::{difference, judge, options, picture};

fn quantized(colors: u16) -> Options {
    Options {
        png: PngOptions {
            quantize: true,
            colors,
        },
        ..options(Format::Png)
    }
}

/// The depth and the type of colour in the header.
fn kind(file: &[u8]) -> (u8, u8) {
    (file[24], file[25])
}

#[test]
fn few_colours_take_few_bits_and_come_back_exactly() {
    for (colors, bits) in [
        (1, 1),
        (2, 1),
        (3, 2),
        (4, 2),
        (5, 4),
        (16, 4),
        (17, 8),
        (256, 8),
    ] {
        let data = (0..13 * 21_u32).flat_map(|n| {
            let n = n % colors;
            [n as u8, 200, 3, if n == 1 { 100 } else { 255 }]
        });
        let pixels = Pixels::new(13, 21, Layout::Rgba, data.collect());
        let file = encode(&pixels, &quantized(256)).unwrap();
        assert_eq!(kind(&file), (bits, 3), "{colors} colours");
        assert_eq!(
            judge(&file, Format::Png).to_rgba8().into_raw(),
            pixels.data(),
            "{colors} colours"
        );
    }
}

#[test]
fn many_colours_take_a_third_of_the_bytes() {
    let original = picture(200, 150, Layout::Rgb);
    let whole = encode(&original, &options(Format::Png)).unwrap();
    let file = encode(&original, &quantized(64)).unwrap();
    assert_eq!(kind(&file), (8, 3));
    assert!(
        file.len() * 3 < whole.len(),
        "{} of {}",
        file.len(),
        whole.len()
    );
    let off = difference(
        judge(&file, Format::Png).to_rgb8().as_raw(),
        original.data(),
    );
    assert!(off < 14.0, "{off}");
}

#[test]
fn fewer_colours_take_fewer_bytes() {
    let original = picture(200, 150, Layout::Rgba);
    let sizes = [256, 16, 2].map(|colors| encode(&original, &quantized(colors)).unwrap().len());
    assert!(sizes[0] > sizes[1] && sizes[1] > sizes[2], "{sizes:?}");
}

#[test]
fn metadata_is_kept() {
    let options = Options {
        metadata: Metadata {
            icc: Some(vec![7; 300].into()),
            ..Metadata::default()
        },
        ..quantized(256)
    };
    let file = encode(&picture(8, 8, Layout::Rgb), &options).unwrap();
    assert!(file.windows(4).any(|name| name == b"iCCP"));
}

#[test]
fn inks_cannot_be_written() {
    let inks = Pixels::filled(2, 2, Layout::Cmyk, &[0; 4]);
    let error = encode(&inks, &quantized(256)).unwrap_err();
    assert!(matches!(error, Error::Unwritable { .. }), "{error}");
}
