use proptest::prelude::*;

use super::*;
use crate::identify::{Identified, identify};
use crate::image::color::to_srgb;
use crate::image::decode::{Scale, decode as decode_any, peak_bytes};
use crate::image::metadata;
use crate::image::testing::difference;

const PLAIN: How = How::at(Scale::Full);
const DEEP: How = How {
    deep: true,
    ..PLAIN
};

fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

fn facts(file: &[u8]) -> Facts {
    match identify(file, true) {
        Identified::Image(facts) => facts,
        other => panic!("{other:?}"),
    }
}

fn decoded(name: &str, how: &How) -> Pixels {
    let file = fixture(name);
    decode_any(&file, &facts(&file), how).unwrap()
}

/// The picture as it is seen in sRGB.
fn seen(name: &str, how: &How) -> Pixels {
    let profile = metadata::read(&fixture(name), Format::Jxl).icc;
    to_srgb(decoded(name, how), profile.as_deref())
        .unwrap()
        .into_eight()
}

#[test]
fn what_is_lossless_is_exact_at_every_layout_and_depth() {
    for (name, source) in [
        ("lossless-rgb", "rgb-8"),
        ("container", "rgb-8"),
        ("lossless-rgba", "rgba-8"),
        ("lossless-grey", "grey-8"),
        ("lossless-grey-alpha", "grey-alpha-8"),
        ("lossless-rgb-16", "rgb-16"),
        ("lossless-grey-16", "grey-16"),
    ] {
        for how in [PLAIN, DEEP] {
            let found = decoded(&format!("foreign/{name}.jxl"), &how);
            let expected = decoded(&format!("png/{source}.png"), &how);
            assert_eq!(
                (found.depth(), found.layout()),
                (expected.depth(), expected.layout())
            );
            let pairs = found.data().iter().zip(expected.data());
            let off = pairs.map(|(a, b)| a.abs_diff(*b)).max();
            assert!(found == expected, "{name} {how:?} off by {off:?}");
        }
    }
}

#[test]
fn what_is_lossy_shows_the_flag() {
    for (name, source, allowed) in [
        ("lossy-rgb", "rgb-8", 6.0),
        ("lossy-rgba", "rgba-8", 6.0),
        ("from-jpeg-420", "rgb-8", 5.0),
    ] {
        let found = decoded(&format!("foreign/{name}.jxl"), &PLAIN);
        let expected = decoded(&format!("png/{source}.png"), &PLAIN);
        let off = difference(found.data(), expected.data());
        assert!(off < allowed, "{name} is off by {off}");
    }
}

#[test]
fn profiles_and_numbered_spaces_are_obeyed() {
    let flag = decoded("png/rgb-8.png", &PLAIN);
    for (name, allowed) in [
        ("icc-swapped-red-green", 4.0),
        // The decoder gives sRGB here, and so says no profile.
        ("lossy-icc-swapped-red-green", 6.0),
        // Bright colours are compressed.
        ("rec2100-pq", 12.0),
        ("lossy-rec2100-pq", 14.0),
    ] {
        for how in [PLAIN, DEEP] {
            let found = seen(&format!("foreign/{name}.jxl"), &how);
            let off = difference(found.data(), flag.data());
            assert!(off < allowed, "{name} is off by {off}");
        }
    }
    let png = fixture("png/icc-display-p3.png");
    let profile = metadata::read(&png, Format::Png).icc;
    let wide = to_srgb(
        decoded("png/icc-display-p3.png", &PLAIN),
        profile.as_deref(),
    )
    .unwrap();
    assert!(seen("foreign/icc-display-p3.jxl", &PLAIN) == wide);
    let by_number = to_srgb(flag, profile_of_cicp(12, 13).as_deref()).unwrap();
    assert!(seen("foreign/p3-by-number.jxl", &PLAIN) == by_number);
    assert_eq!(profile_named("lossless-rgb"), None);
    assert_eq!(profile_named("lossless-grey-16"), None);
    assert_eq!(profile_named("lossy-icc-swapped-red-green"), None);
}

fn profile_named(name: &str) -> Option<Bytes> {
    profile(&fixture(&format!("foreign/{name}.jxl")))
}

#[test]
fn pixels_come_as_they_are_stored_and_facts_say_how_to_turn_them() {
    let stored = decoded("foreign/orientation-6.jxl", &PLAIN);
    let expected = decoded("png/exif-orientation-6.png", &PLAIN);
    assert!(stored == expected);
}

#[test]
fn the_first_frame_of_an_animation_is_the_picture() {
    let found = decoded("foreign/animated-3-frames.jxl", &PLAIN);
    assert!(found == decoded("png/animated-3-frames.png", &PLAIN));
}

#[test]
fn metadata_in_boxes_is_read() {
    let file = fixture("foreign/container.jxl");
    let exif = b"\0\0\0\x16Exif\0\0\0\0II*\0\x08\0\0\0\0\0";
    let xmp = b"\0\0\0\x14xml <x:xmpmeta/>";
    let file = [&file[..32], exif, xmp, &file[32..]].concat();
    let found = metadata::read(&file, Format::Jxl);
    assert_eq!(found.exif.as_deref(), Some(&b"II*\0\x08\0\0\0\0\0"[..]));
    assert_eq!(found.xmp.as_deref(), Some(&b"<x:xmpmeta/>"[..]));
    assert!(decode_any(&file, &facts(&file), &PLAIN).is_ok());
}

#[test]
fn other_facts_than_the_file_has_are_refused() {
    let file = fixture("foreign/lossless-rgb.jxl");
    let promised = Facts {
        width: 32,
        height: 48,
        ..facts(&file)
    };
    let error = decode(&file, &promised, &PLAIN).unwrap_err();
    assert!(matches!(error, Error::Dishonest { .. }), "{error}");
    // A frame is held to the size of the image, save for what is spared.
    let vast = Facts {
        width: 1,
        height: 1,
        ..facts(&file)
    };
    assert!(decode(&file, &vast, &PLAIN).is_err());
}

#[test]
fn hidden_frames_are_decoded_so_often_and_no_more() {
    let mut rounds = Rounds(AtomicU32::new(0));
    let nothing = |_: usize| Ok(());
    for _ in 0..MAX_ROUNDS {
        assert!(rounds.run_ordered(3, None, &nothing).is_ok());
    }
    assert!(rounds.run_ordered(3, None, &nothing).is_err());
}

#[test]
fn a_prefix_is_broken_at_every_length() {
    for name in [
        "lossless-rgb",
        "lossy-rgba",
        "icc-display-p3",
        "container",
        "animated-3-frames",
    ] {
        let file = fixture(&format!("foreign/{name}.jxl"));
        let facts = facts(&file);
        let first_frame = if facts.animated {
            file.len() / 3
        } else {
            file.len()
        };
        for end in 0..first_frame {
            let error = decode(&file[..end], &facts, &PLAIN).unwrap_err();
            assert!(
                matches!(error, Error::Broken { .. }),
                "{name} at {end}: {error}"
            );
        }
    }
}

#[test]
fn the_promised_peak_covers_the_pixels() {
    let facts = facts(&fixture("foreign/lossless-rgb-16.jxl"));
    let vast = Facts {
        width: 1_000,
        height: 1_000,
        ..facts
    };
    assert!(peak_bytes(&vast, &DEEP) > 1_000_000 * 3 * (4 * FRAMES + 2));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn mutated_bytes_never_panic(
        which in 0..6_usize,
        at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        deep: bool,
    ) {
        let names = [
            "lossless-rgb",
            "lossy-rgba",
            "icc-swapped-red-green",
            "animated-3-frames",
            "lossless-grey-alpha",
            "from-jpeg-420",
        ];
        let mut file = fixture(&format!("foreign/{}.jxl", names[which]));
        let promised = facts(&file);
        for (index, byte) in at {
            let index = index.index(file.len());
            file[index] = byte;
        }
        let how = if deep { DEEP } else { PLAIN };
        if let Ok(pixels) = decode(&file, &promised, &how) {
            prop_assert_eq!((pixels.width(), pixels.height()), (48, 32));
        }
        let _ = metadata::read(&file, Format::Jxl);
    }
}
