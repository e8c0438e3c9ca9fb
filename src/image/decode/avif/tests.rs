use std::fs;

use proptest::prelude::*;

use super::*;
use crate::identify::{Identified, identify};
use crate::image::Depth;
use crate::image::decode::{How, Scale, decode};
use crate::image::encode::encode;
use crate::image::testing::{difference, options, picture};

const FOREIGN: [(&str, Layout, f64); 14] = [
    ("420-10bit", Layout::Rgb, 2.5),
    ("422-12bit-limited", Layout::Rgb, 2.5),
    ("444-10bit-bt2020", Layout::Rgb, 2.5),
    ("alpha-10bit", Layout::Rgba, 2.5),
    ("bt709-limited", Layout::Rgb, 2.5),
    ("grey-limited", Layout::Grey, 2.5),
    ("grid-2x1", Layout::Rgb, 2.5),
    ("grid-alpha", Layout::Rgba, 2.5),
    ("icc", Layout::Rgb, 3.5),
    ("identity", Layout::Rgb, 2.5),
    ("premultiplied", Layout::Rgba, 3.5),
    ("sequence", Layout::Rgb, 4.5),
    ("turned", Layout::Rgb, 2.5),
    ("xmp", Layout::Rgb, 3.5),
];

fn foreign(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/foreign");
    fs::read(format!("{folder}/avif-{name}.avif")).unwrap()
}

fn facts(file: &[u8]) -> Facts {
    match identify(file, true) {
        Identified::Image(facts) => facts,
        other => panic!("{other:?}"),
    }
}

fn decoded(file: &[u8]) -> Result<Pixels, Error> {
    decode(file, &facts(file), &How::at(Scale::Full))
}

/// What the writers of the foreign files were given: luma of the colours where they are grey.
fn original(width: u32, height: u32, layout: Layout) -> Pixels {
    if layout != Layout::Grey {
        return picture(width, height, layout);
    }
    let colors = picture(width, height, Layout::Rgb);
    let luma = |pixel: &[u8]| {
        let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(f64::from);
        (0.299 * red + 0.587 * green + 0.114 * blue).round() as u8
    };
    let data = colors.data().chunks_exact(3).map(luma).collect();
    Pixels::new(width, height, layout, data)
}

#[test]
fn deep_files_of_others_stay_deep_where_that_is_wanted() {
    let deep = How {
        deep: true,
        ..How::at(Scale::Full)
    };
    for (name, _, _) in FOREIGN {
        let file = foreign(name);
        let facts = facts(&file);
        let pixels = decode(&file, &facts, &deep).unwrap();
        let expected = match facts.bit_depth {
            8 => Depth::Eight,
            _ => Depth::Sixteen,
        };
        assert_eq!(pixels.depth(), expected, "{name}");
        let rounded = decoded(&file).unwrap();
        assert!(
            difference(&pixels.into_data(), rounded.data()) < 0.6,
            "{name}"
        );
    }
}

#[test]
fn files_of_others_show_their_picture() {
    for (name, layout, bound) in FOREIGN {
        let pixels = decoded(&foreign(name)).unwrap();
        assert_eq!(pixels.layout(), layout, "{name}");
        let original = original(pixels.width(), pixels.height(), layout);
        let off = difference(pixels.data(), original.data());
        assert!(off < bound, "{name}: {off}");
    }
}

#[test]
fn a_cut_file_is_broken_and_not_half_shown() {
    let file = foreign("420-10bit");
    let facts = facts(&file);
    let data_at = file.windows(4).position(|kind| kind == b"mdat").unwrap() + 4;
    for end in [data_at, data_at + 1, data_at + 40, file.len() - 1] {
        let found = decode(&file[..end], &facts, &How::at(Scale::Full));
        assert!(
            matches!(found, Err(Error::Broken { .. })),
            "{end}: {found:?}"
        );
    }
}

#[test]
fn what_differs_from_the_header_is_dishonest() {
    let file = encode(&picture(20, 10, Layout::Rgb), &options(Format::Avif)).unwrap();
    let honest = facts(&file);
    let with = |change: fn(&mut Facts)| {
        let mut facts = honest.clone();
        change(&mut facts);
        decode(&file, &facts, &How::at(Scale::Full))
    };
    for found in [
        with(|facts| facts.width -= 1),
        with(|facts| facts.height += 1),
        with(|facts| facts.bit_depth = 10),
        with(|facts| facts.color_type = ColorType::Grey),
    ] {
        assert!(matches!(found, Err(Error::Dishonest { .. })), "{found:?}");
    }
}

#[test]
fn a_size_that_the_data_has_not_is_dishonest() {
    let mut file = encode(&picture(20, 10, Layout::Rgb), &options(Format::Avif)).unwrap();
    let at = file.windows(4).position(|kind| kind == b"ispe").unwrap() + 8;
    for (width, height) in [(19_u32, 10_u32), (20, 9), (40, 40), (20_000, 20_000)] {
        file[at..at + 4].copy_from_slice(&width.to_be_bytes());
        file[at + 4..at + 8].copy_from_slice(&height.to_be_bytes());
        let found = decoded(&file);
        assert!(matches!(found, Err(Error::Dishonest { .. })), "{found:?}");
    }
}

#[test]
fn a_grid_is_held_to_its_tiles() {
    let file = foreign("grid-2x1");
    // `avif-grid-2x1` says so itself: a row of two tiles, 128 by 64 pixels.
    let described = [0, 0, 0, 1, 0, 128, 0, 64];
    let at = file
        .windows(8)
        .position(|bytes| bytes == described)
        .unwrap();
    for (place, value) in [(2, 1), (3, 0), (3, 2), (2, 255), (5, 64), (7, 65)] {
        let mut other = file.clone();
        other[at + place] = value;
        let found = decoded(&other);
        let refused = matches!(found, Err(Error::Broken { .. } | Error::Dishonest { .. }));
        assert!(refused, "{place} {value}: {found:?}");
    }
}

#[test]
fn more_frames_than_layers_are_refused() {
    let file = encode(&picture(16, 16, Layout::Grey), &options(Format::Avif)).unwrap();
    let items = Items::read(&file).unwrap();
    let coded = items.content(1, &file).unwrap();
    assert_eq!(Outline::read(&coded).unwrap().frames, 1);
    assert_eq!(Outline::read(&coded.repeat(9)).unwrap().frames, 9);
    assert_eq!(Outline::read(&coded[..coded.len() - 1]), None);
}

fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let names = FOREIGN.map(|(name, ..)| name).to_vec();
    let change = (any::<prop::sample::Index>(), any::<u8>());
    let changes = prop::collection::vec(change, 1..6);
    (prop::sample::select(names), changes).prop_map(|(name, changes)| {
        let mut file = foreign(name);
        for (place, value) in changes {
            let at = place.index(file.len());
            file[at] = value;
        }
        file
    })
}

proptest! {
    #[test]
    fn damaged_files_end_in_pixels_or_an_error(file in damaged()) {
        if let Identified::Image(facts) = identify(&file, true)
            && facts.width <= 256 && facts.height <= 256
        {
            let _ = decode(&file, &facts, &How::at(Scale::Full));
            crate::image::metadata::read(&file, facts.format);
        }
    }
}
