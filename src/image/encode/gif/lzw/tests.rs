use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::image::encode::{encode, encode_gif};
use crate::image::testing::{difference, judge, options, picture};
use crate::image::{Format, Layout, Pixels};

fn grey(levels: usize, indices: Vec<u8>) -> Indexed {
    let colors = (0..levels).map(|level| [level as u8, level as u8, level as u8, 255]);
    Indexed {
        colors: colors.collect(),
        indices,
    }
}

/// What another decoder makes of a frame.
fn read(picture: &Indexed, codes: &[u8]) -> Vec<u8> {
    let width = u16::try_from(picture.indices.len()).unwrap();
    let rgb: Vec<u8> = picture
        .colors
        .iter()
        .flat_map(|color| color[..3].to_vec())
        .collect();
    let mut encoder = gif::Encoder::new(Vec::new(), width, 1, &rgb).unwrap();
    let frame = gif::Frame {
        width,
        height: 1,
        buffer: codes.into(),
        ..gif::Frame::default()
    };
    encoder.write_lzw_pre_encoded_frame(&frame).unwrap();
    let file = encoder.into_inner().unwrap();
    let mut decoder = gif::DecodeOptions::new();
    decoder.check_lzw_end_code(true);
    let mut decoder = decoder.read_info(Cursor::new(file)).unwrap();
    decoder.read_next_frame().unwrap().unwrap().buffer.to_vec()
}

#[test]
fn codes_of_every_width_come_back_and_so_do_tables_that_were_full() {
    for levels in [1, 2, 3, 4, 5, 16, 17, 128, 129, 256] {
        for length in [1, 2, 300, 65_535] {
            let mut state = 7_u32;
            let indices = (0..length).map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                ((state >> 16) as usize % levels) as u8
            });
            let picture = grey(levels, indices.collect());
            let codes = compressed(&picture, 0);
            assert_eq!(read(&picture, &codes), picture.indices, "{levels} {length}");
        }
    }
}

#[test]
fn a_run_is_as_short_as_by_another_encoder() {
    let picture = grey(2, vec![1; 60_000]);
    let mut other = gif::Frame {
        buffer: picture.indices.clone().into(),
        ..gif::Frame::default()
    };
    other.make_lzw_pre_encoded();
    assert_eq!(compressed(&picture, 0), *other.buffer);
}

#[test]
fn the_more_may_be_lost_the_smaller_the_file() {
    let pixels = picture(200, 150, Layout::Rgb);
    let files = [0, 8, 16, 32].map(|loss| encode_gif(&pixels, loss).unwrap());
    assert!(files.is_sorted_by(|more, less| more.len() > less.len()));
    assert_eq!(files[0], encode(&pixels, &options(Format::Gif)).unwrap());
    assert_eq!(files[2], encode_gif(&pixels, 16).unwrap());
    let [plain, _, lossy, _] = files.map(|file| judge(&file, Format::Gif).to_rgb8().into_raw());
    let off = difference(&plain, &lossy);
    assert!(off > 0.0 && off < 8.0, "{off}");
}

#[test]
fn no_colour_is_further_off_than_may_be_lost_and_clear_stays_clear() {
    let (picture, loss) = (picture(200, 150, Layout::Rgba), 12);
    let data = picture.data().chunks_exact(4);
    let data = data.enumerate().flat_map(|(at, pixel)| {
        let alpha = if at % 7 < 2 { 0 } else { 255 };
        [pixel[0] & 0xF0, pixel[1] & 0xC0, 0, alpha]
    });
    let pixels = Pixels::new(200, 150, Layout::Rgba, data.collect());
    let file = encode_gif(&pixels, loss).unwrap();
    let judged = judge(&file, Format::Gif).to_rgba8().into_raw();
    for (got, wanted) in judged.chunks_exact(4).zip(pixels.data().chunks_exact(4)) {
        assert_eq!(got[3], wanted[3]);
        let off = got
            .iter()
            .zip(wanted)
            .map(|(got, wanted)| got.abs_diff(*wanted))
            .max();
        // With what a neighbour left to make good, each as far as all channels together may be off.
        assert!(
            wanted[3] == 0 || off <= Some(4 * loss),
            "{got:?} {wanted:?}"
        );
    }
}

proptest! {
    #[test]
    fn whatever_is_compressed_without_loss_comes_back(
        levels in 1_usize..=256,
        indices in prop::collection::vec(any::<u8>(), 1..3_000),
        flat in 1_usize..40,
    ) {
        let indices = indices.iter().enumerate();
        let indices = indices.map(|(at, index)| (*index as usize / flat * (at / flat % 2)) % levels);
        let picture = grey(levels, indices.map(|index| index as u8).collect());
        prop_assert_eq!(read(&picture, &compressed(&picture, 0)), picture.indices);
    }
}
