use proptest::prelude::*;

use super::*;
use crate::identify::{Identified, identify};

fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/foreign/");
    std::fs::read(format!("{folder}{name}.jxl")).unwrap()
}

fn found(file: &[u8]) -> Facts {
    match identify(file, true) {
        Identified::Image(facts) => facts,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_fixture_is_what_its_name_says() {
    use ColorType::{Grey, GreyAlpha, Rgb, Rgba};
    use Subtype::{Lossless, Lossy};
    for (name, subtype, color_type, bit_depth, icc) in [
        ("lossless-rgb", Lossless, Rgb, 8, false),
        ("container", Lossless, Rgb, 8, false),
        ("lossy-rgb", Lossy, Rgb, 8, false),
        ("lossless-rgba", Lossless, Rgba, 8, false),
        ("lossy-rgba", Lossy, Rgba, 8, false),
        ("lossless-grey", Lossless, Grey, 8, false),
        ("lossless-grey-alpha", Lossless, GreyAlpha, 8, false),
        ("lossless-rgb-16", Lossless, Rgb, 16, false),
        ("lossless-grey-16", Lossless, Grey, 16, false),
        ("icc-swapped-red-green", Lossless, Rgb, 8, true),
        ("lossy-icc-swapped-red-green", Lossy, Rgb, 8, true),
        ("icc-display-p3", Lossless, Rgb, 8, true),
        ("p3-by-number", Lossless, Rgb, 8, false),
        ("rec2100-pq", Lossless, Rgb, 16, false),
        ("lossy-rec2100-pq", Lossy, Rgb, 16, false),
        ("from-jpeg-420", Lossless, Rgb, 8, false),
    ] {
        let facts = found(&fixture(name));
        let expected = Facts {
            format: Format::Jxl,
            subtype: Some(subtype),
            width: 48,
            height: 32,
            orientation: Orientation::UPRIGHT,
            color_type,
            bit_depth,
            alpha: matches!(color_type, GreyAlpha | Rgba),
            icc,
            exif: false,
            animated: false,
            frames: Some(1),
        };
        assert_eq!(facts, expected, "{name}");
    }
}

#[test]
fn orientation_and_animation_are_told() {
    let turned = found(&fixture("orientation-6"));
    let size = (turned.width, turned.height);
    assert_eq!((size, turned.orientation.exif()), ((32, 48), 6));
    let animated = found(&fixture("animated-3-frames"));
    assert_eq!((animated.animated, animated.frames), (true, None));
}

#[test]
fn sides_are_written_in_every_way() {
    // Bits from the lowest on: whether by eight, the height, the ratio, the width; then that all else is plain.
    let file = |fields: &[(u64, u32)]| {
        let (mut bits, mut at) = (0_u128, 0);
        for (value, count) in fields {
            bits |= u128::from(*value) << at;
            at += count;
        }
        [&b"\xff\x0a"[..], &bits.to_le_bytes()].concat()
    };
    let plain = (1, 1);
    for (fields, size) in [
        // By eight: 32 high, and 48 wide, or as wide as 3 to 2 says.
        (vec![(1, 1), (3, 5), (0, 3), (5, 5), plain], (48, 32)),
        (vec![(1, 1), (3, 5), (4, 3), plain], (48, 32)),
        // By number, of 9 to 30 bits.
        (
            vec![(0, 1), (0, 2), (6, 9), (0, 3), (1, 2), (999, 13), plain],
            (1_000, 7),
        ),
        (
            vec![(0, 1), (2, 2), (199_999, 18), (7, 3), plain],
            (400_000, 200_000),
        ),
        (vec![(0, 1), (3, 2), (499, 30), (5, 3), plain], (888, 500)),
    ] {
        let facts = found(&file(&fields));
        assert_eq!((facts.width, facts.height), size, "{fields:?}");
    }
    let vast = file(&[(0, 1), (3, 2), ((1 << 30) - 1, 30), (7, 3), plain]);
    let refused = Identified::NotAnImage("JPEG XL of an impossible size");
    assert_eq!(identify(&vast, true), refused);
}

#[test]
fn a_beginning_asks_for_more_until_the_header_is_there() {
    for name in [
        "container",
        "lossless-rgba",
        "orientation-6",
        "animated-3-frames",
    ] {
        let file = fixture(name);
        let whole = identify(&file, true);
        let mut known = false;
        for end in 1..file.len() {
            match identify(&file[..end], false) {
                Identified::NeedsMore(_) => assert!(!known, "{name} at {end}"),
                answer => {
                    assert_eq!(answer, whole, "{name} at {end}");
                    known = true;
                }
            }
        }
        assert!(known, "{name}");
    }
}

#[test]
fn boxes_before_the_codestream_are_walked_and_broken_ones_refused() {
    let file = fixture("container");
    let with = |boxes: &[u8]| [&file[..32], boxes, &file[32..]].concat();
    let long = [&b"\0\0\0\x01free\0\0\0\0\0\0\0\x14"[..], &[7; 4]].concat();
    for boxes in [&b"\0\0\0\x09jxll\x0a"[..], &long] {
        assert_eq!(identify(&with(boxes), true), identify(&file, true));
    }
    assert!(found(&with(b"\0\0\0\x09Exif\0")).exif);
    let broken = Identified::NotAnImage("JPEG XL with a broken box");
    for boxes in [
        &b"\0\0\0\x07free"[..],
        b"\0\0\0\x01free\xff\xff\xff\xff\xff\xff\xff\xff",
    ] {
        assert_eq!(identify(&with(boxes), true), broken);
    }
    let endless = identify(&with(&b"\0\0\0\x08free".repeat(300)), true);
    assert_eq!(
        endless,
        Identified::NotAnImage("JPEG XL with too many boxes")
    );
    let short = [&file[..32], b"\0\0\0\x0ajxlc\xff\x0a\0\0\0\x08free"].concat();
    let cut = Identified::NotAnImage("JPEG XL with a broken header");
    assert_eq!(identify(&short, false), cut);
}

proptest! {
    #[test]
    fn any_bytes_after_the_signature_are_judged(
        container: bool,
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let start: &[u8] = if container {
            b"\0\0\0\x0CJXL \r\n\x87\n\0\0\0\0jxlc\xff\x0a"
        } else {
            b"\xff\x0a"
        };
        if let Identified::Image(facts) = identify(&[start, &bytes].concat(), true) {
            prop_assert!(facts.width > 0 && facts.height > 0);
        }
    }
}
