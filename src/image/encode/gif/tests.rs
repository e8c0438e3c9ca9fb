use super::*;
use crate::image::encode::encode;
use crate::image::testing::{difference, judge, noise, options, picture};

#[test]
fn few_colours_come_back_exactly() {
    let grey = picture(60, 40, Layout::Grey);
    let file = encode(&grey, &options(Format::Gif)).unwrap();
    assert_eq!(judge(&file, Format::Gif).to_luma8().into_raw(), grey.data());
    let data = (0..1_024_u32).flat_map(|n| [n as u8, 5, 9]).collect();
    let few = Pixels::new(64, 16, Layout::Rgb, data);
    let file = encode(&few, &options(Format::Gif)).unwrap();
    assert_eq!(judge(&file, Format::Gif).to_rgb8().into_raw(), few.data());
}

#[test]
fn many_colours_come_back_close() {
    let original = picture(120, 90, Layout::Rgb);
    let file = encode(&original, &options(Format::Gif)).unwrap();
    let off = difference(
        judge(&file, Format::Gif).to_rgb8().as_raw(),
        original.data(),
    );
    assert!(off < 12.0, "{off}");
}

#[test]
fn alpha_becomes_clear_or_opaque() {
    for colors in [3, 256, 5_000] {
        let mut pixels = picture(100, 80, Layout::Rgba);
        for (n, pixel) in pixels.data_mut().chunks_exact_mut(4).enumerate() {
            let n = n % colors;
            let alpha = [255, 0, 127, 128][n % 4];
            pixel.copy_from_slice(&[n as u8, (n >> 3) as u8, (n * 7) as u8, alpha]);
        }
        let judged = judge(
            &encode(&pixels, &options(Format::Gif)).unwrap(),
            Format::Gif,
        )
        .to_rgba8();
        for (pixel, judged) in pixels
            .data()
            .chunks_exact(4)
            .zip(judged.as_raw().chunks_exact(4))
        {
            let wanted = if pixel[3] < 128 { 0 } else { 255 };
            assert_eq!(judged[3], wanted, "{colors} colours, {pixel:?}");
        }
    }
}

#[test]
fn an_opaque_black_survives_beside_a_clear_black() {
    let data = [
        [0, 0, 0, 255],
        [0, 0, 0, 0],
        [255, 255, 255, 255],
        [0, 0, 0, 10],
    ]
    .concat();
    let pixels = Pixels::new(4, 1, Layout::Rgba, data);
    let judged = judge(
        &encode(&pixels, &options(Format::Gif)).unwrap(),
        Format::Gif,
    )
    .to_rgba8();
    let alphas: Vec<u8> = judged.pixels().map(|pixel| pixel.0[3]).collect();
    assert_eq!(alphas, [255, 0, 255, 0]);
}

#[test]
fn noise_fits_the_promised_peak() {
    let file = encode(&noise(300, 200, Layout::Rgb), &options(Format::Gif)).unwrap();
    assert!(file.len() as f64 <= 1.5 * 300.0 * 200.0, "{}", file.len());
}

#[test]
fn inks_and_long_sides_cannot_be_written() {
    for pixels in [
        Pixels::filled(2, 2, Layout::Cmyk, &[0; 4]),
        Pixels::filled(65_536, 1, Layout::Grey, &[0]),
    ] {
        let error = encode(&pixels, &options(Format::Gif)).unwrap_err();
        assert!(matches!(error, Error::Unwritable { .. }), "{error}");
    }
}
