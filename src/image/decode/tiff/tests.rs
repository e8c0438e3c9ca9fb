use proptest::prelude::*;
use tiff::encoder::colortype::{self, CMYK8, Gray16, RGB8, RGB16};
use tiff::encoder::{Compression, TiffEncoder, TiffValue};
use tiff::tags::Tag;

use super::*;
use crate::identify::{Identified, identify};
use crate::image::Layout;
use crate::image::decode::{Scale, decode as decode_any};
use crate::image::encode::encode;
use crate::image::testing::{options, picture};

fn facts(file: &[u8]) -> Facts {
    match identify(file, true) {
        Identified::Image(facts) => facts,
        other => panic!("{other:?}"),
    }
}

fn decoded(file: &[u8]) -> Result<Pixels, Error> {
    decode_any(file, &facts(file), &How::at(Scale::Full))
}

fn written<C: colortype::ColorType>(
    (width, height): (u32, u32),
    data: &[C::Inner],
    compression: Compression,
) -> Vec<u8>
where
    [C::Inner]: TiffValue,
{
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file)
        .unwrap()
        .with_compression(compression);
    encoder.write_image::<C>(width, height, data).unwrap();
    file.into_inner()
}

#[test]
fn what_was_written_is_read_back() {
    for layout in [Layout::Grey, Layout::Rgb, Layout::Rgba] {
        let original = picture(61, 33, layout);
        let file = encode(&original, &options(Format::Tiff)).unwrap();
        assert_eq!(decoded(&file).unwrap(), original);
    }
}

#[test]
fn every_compression_comes_to_the_same_pixels() {
    let original = picture(61, 33, Layout::Rgb);
    for compression in [
        Compression::Uncompressed,
        Compression::Lzw,
        Compression::Packbits,
    ] {
        let file = written::<RGB8>((61, 33), original.data(), compression);
        assert_eq!(decoded(&file).unwrap(), original);
    }
}

#[test]
fn sixteen_bits_are_rounded_to_eight() {
    let grey = written::<Gray16>((3, 1), &[0, 0x7FFF, 0xFFFF], Compression::Uncompressed);
    assert_eq!(decoded(&grey).unwrap().data(), [0, 127, 255]);
    let rgb = written::<RGB16>((1, 1), &[0x8080, 0x80FF, 0x8101], Compression::Uncompressed);
    assert_eq!(decoded(&rgb).unwrap().data(), [128, 128, 129]);
}

#[test]
fn sixteen_bits_stay_where_they_are_wanted() {
    let deep = How {
        deep: true,
        ..How::at(Scale::Full)
    };
    let layouts = [Layout::Grey, Layout::Rgb, Layout::Rgba];
    for (layout, alpha) in layouts.into_iter().map(|layout| (layout, 9)) {
        let count = 61 * 33 * layout.channels() as u32;
        let samples = (0..count).map(|number| (number * 7_919 + alpha) as u16);
        let original = Pixels::new16(61, 33, layout, samples.collect());
        let file = encode(&original, &options(Format::Tiff)).unwrap();
        let facts = facts(&file);
        assert_eq!(facts.bit_depth, 16);
        assert!(decode_any(&file, &facts, &deep).unwrap() == original);
        assert!(decoded(&file).unwrap() == original.into_eight());
    }
    let shallow = picture(61, 33, Layout::Rgb);
    let file = encode(&shallow, &options(Format::Tiff)).unwrap();
    assert!(decode_any(&file, &facts(&file), &deep).unwrap() == shallow);
}

#[test]
fn ink_stays_ink() {
    let file = written::<CMYK8>((1, 1), &[10, 20, 30, 40], Compression::Uncompressed);
    let pixels = decoded(&file).unwrap();
    assert_eq!(
        (pixels.layout(), pixels.data()),
        (Layout::Cmyk, &[10, 20, 30, 40][..])
    );
}

#[test]
fn a_palette_gives_its_colours() {
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).unwrap();
    let mut image = encoder.new_image::<colortype::Gray8>(2, 1).unwrap();
    let mut map = vec![0_u16; 768];
    (map[7], map[256 + 7], map[512 + 9]) = (0xFFFF, 0x8080, 0xFFFF);
    let directory = image.encoder();
    directory
        .write_tag(Tag::PhotometricInterpretation, 3_u16)
        .unwrap();
    directory.write_tag(Tag::ColorMap, &map[..]).unwrap();
    image.write_data(&[7, 9]).unwrap();
    assert_eq!(
        decoded(&file.into_inner()).unwrap().data(),
        [255, 128, 0, 0, 0, 255]
    );
}

#[test]
fn a_page_is_taken_by_its_number() {
    let pages = [picture(20, 10, Layout::Grey), picture(20, 10, Layout::Rgb)];
    let mut file = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut file).unwrap();
    encoder
        .write_image::<colortype::Gray8>(20, 10, pages[0].data())
        .unwrap();
    encoder
        .write_image::<RGB8>(20, 10, pages[1].data())
        .unwrap();
    let file = file.into_inner();
    assert_eq!(facts(&file).frames, Some(2));
    for (page, expected) in (0..).zip(&pages) {
        let how = How {
            page,
            ..How::at(Scale::Full)
        };
        assert_eq!(&decode_any(&file, &facts(&file), &how).unwrap(), expected);
    }
    let how = How {
        page: 2,
        ..How::at(Scale::Full)
    };
    decode_any(&file, &facts(&file), &how).unwrap_err();
}

#[test]
fn a_size_without_samples_is_broken() {
    let file = encode(&picture(8, 8, Layout::Rgb), &options(Format::Tiff)).unwrap();
    let mut promised = facts(&file);
    promised.width = 9;
    let error = decode_any(&file, &promised, &How::at(Scale::Full)).unwrap_err();
    assert!(matches!(error, Error::Dishonest { .. }), "{error}");
}

proptest! {
    #[test]
    fn damage_never_panics(places in prop::collection::vec((0_usize..900, any::<u8>()), 1..4), keep in 0_usize..900) {
        let original = picture(16, 9, Layout::Rgb);
        let mut file = written::<RGB8>((16, 9), original.data(), Compression::Lzw);
        for (at, byte) in places {
            if let Some(place) = file.get_mut(at) {
                *place = byte;
            }
        }
        file.truncate(file.len().saturating_sub(keep / 8));
        if let Identified::Image(facts) = identify(&file, true)
            && u64::from(facts.width) * u64::from(facts.height) < 1 << 20
        {
            let _ = decode_any(&file, &facts, &How::at(Scale::Full));
        }
    }
}
