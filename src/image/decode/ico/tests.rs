use image::{ExtendedColorType, ImageEncoder};
use proptest::prelude::*;

use super::*;
use crate::image::Layout;
use crate::image::encode::encode;
use crate::image::testing::{options, picture};

fn decoded(file: &[u8]) -> Result<Pixels, Error> {
    match identify(file, true) {
        Identified::Image(facts) => decode(file, &facts),
        other => Err(Error::broken(Format::Ico, format!("{other:?}"))),
    }
}

/// A bitmap of 32 bits a pixel as icons hold it: twice as high, with a mask below.
fn bitmap(pixels: &Pixels) -> Vec<u8> {
    let mut dib = Vec::new();
    for number in [40, pixels.width(), pixels.height() * 2] {
        dib.extend(number.to_le_bytes());
    }
    dib.extend([1, 0, 32, 0]);
    dib.extend([0; 24]);
    for row in pixels.rows().rev() {
        dib.extend(row.chunks(4).flat_map(|p| [p[2], p[1], p[0], p[3]]));
    }
    let mask_row = pixels.width().div_ceil(32) * 4;
    dib.extend(std::iter::repeat_n(
        0,
        (mask_row * pixels.height()) as usize,
    ));
    dib
}

fn icon(pictures: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut file = vec![0, 0, 1, 0, pictures.len() as u8, 0];
    let mut at = 6 + 16 * pictures.len();
    for (side, bytes) in pictures {
        file.extend([*side, *side, 0, 0, 1, 0, 32, 0]);
        file.extend((bytes.len() as u32).to_le_bytes());
        file.extend((at as u32).to_le_bytes());
        at += bytes.len();
    }
    pictures.iter().for_each(|(_, bytes)| file.extend(bytes));
    file
}

#[test]
fn what_was_written_is_read_back() {
    let original = picture(32, 32, Layout::Rgba);
    let file = encode(&original, &options(Format::Ico)).unwrap();
    assert_eq!(decoded(&file).unwrap(), original);
}

#[test]
fn the_largest_picture_is_read_whatever_it_is_stored_as() {
    let (small, large) = (picture(16, 16, Layout::Rgba), picture(48, 48, Layout::Rgba));
    let mut png = Vec::new();
    image::codecs::png::PngEncoder::new(&mut png)
        .write_image(large.data(), 48, 48, ExtendedColorType::Rgba8)
        .unwrap();
    for large_bytes in [bitmap(&large), png] {
        let file = icon(&[(16, bitmap(&small)), (48, large_bytes)]);
        assert_eq!(decoded(&file).unwrap(), large);
    }
}

#[test]
fn a_picture_outside_of_the_file_is_broken() {
    let file = encode(&picture(16, 16, Layout::Rgba), &options(Format::Ico)).unwrap();
    for keep in [22, 30, 60] {
        decoded(&file[..keep]).unwrap_err();
    }
}

proptest! {
    #[test]
    fn damage_never_panics(at in 0_usize..200, byte: u8, keep in 0_usize..2000) {
        let mut file = icon(&[(16, bitmap(&picture(16, 16, Layout::Rgba)))]);
        if let Some(place) = file.get_mut(at) {
            *place = byte;
        }
        file.truncate(keep);
        if let Identified::Image(facts) = identify(&file, true)
            && u64::from(facts.width) * u64::from(facts.height) < 1 << 20
        {
            let _ = decode(&file, &facts);
        }
    }
}
