//! JPEG headers: what is refused, and what is forgiven.

use super::*;

/// A frame header of 48x32 in three components.
const FRAME: &[u8] = &[8, 0, 32, 0, 48, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];

#[test]
fn jpeg_headers_are_refused_for_a_reason() {
    let with_frame = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut frame = FRAME.to_vec();
        change(&mut frame);
        jpeg(&[(0xC0, &frame)])
    };
    let fill = [&[0xFF, 0xD8][..], &[0xFF; 5000]].concat();
    let stray = [&[0xFF, 0xD8, 0xFF, 0xFE, 0, 2][..], &[0x55; 5000]].concat();
    let comments = [(0xFE, &b""[..]); 3000];
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "lossless",
            jpeg(&[(0xC3, FRAME)]),
            "lossless JPEG, which is not read",
        ),
        (
            "arithmetic",
            jpeg(&[(0xC9, FRAME)]),
            "JPEG with arithmetic coding, which is not read",
        ),
        (
            "arithmetic progressive",
            jpeg(&[(0xCA, FRAME)]),
            "JPEG with arithmetic coding, which is not read",
        ),
        (
            "differential",
            jpeg(&[(0xC5, FRAME)]),
            "hierarchical JPEG, which is not read",
        ),
        (
            "hierarchical",
            jpeg(&[(0xDE, FRAME)]),
            "hierarchical JPEG, which is not read",
        ),
        (
            "two frames",
            jpeg(&[(0xC0, FRAME), (0xC2, FRAME)]),
            "JPEG with two frames",
        ),
        ("no frame", jpeg(&[]), "JPEG without a frame header"),
        (
            "no picture",
            b"\xFF\xD8\xFF\xD9".to_vec(),
            "JPEG without a picture",
        ),
        (
            "twice",
            b"\xFF\xD8\xFF\xD8".to_vec(),
            "JPEG that starts twice",
        ),
        (
            "12 bits",
            with_frame(&|frame| frame[0] = 12),
            "JPEG of other than 8 bits a sample, which is not read",
        ),
        (
            "no height",
            with_frame(&|frame| frame[2] = 0),
            "JPEG without a size",
        ),
        (
            "no width",
            with_frame(&|frame| frame[4] = 0),
            "JPEG without a size",
        ),
        (
            "2 components",
            with_frame(&|frame| frame[5] = 2),
            "JPEG of other than 1, 3 or 4 components",
        ),
        (
            "a component short",
            with_frame(&|frame| frame.truncate(12)),
            "JPEG with a broken frame header",
        ),
        (
            "an empty frame",
            with_frame(&Vec::clear),
            "JPEG with a broken frame header",
        ),
        (
            "no sampling",
            with_frame(&|frame| frame[7] = 0x20),
            "JPEG with a broken frame header",
        ),
        (
            "much sampling",
            with_frame(&|frame| frame[7] = 0x52),
            "JPEG with a broken frame header",
        ),
        (
            "a length of one",
            b"\xFF\xD8\xFF\xE0\0\x01".to_vec(),
            "JPEG with a broken segment",
        ),
        (
            "a reserved marker",
            b"\xFF\xD8\xFF\x02".to_vec(),
            "JPEG with an unknown segment",
        ),
        (
            "endless fill",
            fill,
            "JPEG with too much between its segments",
        ),
        (
            "endless strays",
            stray,
            "JPEG with too much between its segments",
        ),
        (
            "endless comments",
            jpeg(&comments),
            "JPEG with too many segments",
        ),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(
            identify(&bytes, false),
            Identified::NotAnImage(expected),
            "{name}"
        );
    }
}

#[test]
fn jpeg_oddities_that_decoders_forgive_are_forgiven() {
    let stray = [
        &b"\xFF\xD8\xFF\xFE\0\x02junk\0"[..],
        &jpeg(&[(0xC0, FRAME)])[2..],
    ]
    .concat();
    let fill = [&b"\xFF\xD8\xFF\xFF\xFF"[..], &jpeg(&[(0xC1, FRAME)])[2..]].concat();
    let late = jpeg(&[
        (0xC0, FRAME),
        (0xE2, b"ICC_PROFILE\0\x01\x01icc"),
        (0xEE, b"Adobe"),
    ]);
    for (bytes, expected) in [
        (stray, "48x32 Baseline Rgb 8"),
        (fill, "48x32 Extended Rgb 8"),
        (late, "48x32 Baseline Rgb 8 icc"),
    ] {
        let Identified::Image(facts) = identify(&bytes, false) else {
            panic!("{:?}", identify(&bytes, false));
        };
        assert_eq!(summary(&facts), expected);
    }
}

#[test]
fn eight_mebibytes_of_metadata_may_come_before_the_frame() {
    let metadata = vec![b' '; 65_533];
    let mut segments = vec![(0xE1, &metadata[..]); 128];
    segments.push((0xC0, FRAME));
    let file = jpeg(&segments);
    for complete in [false, true] {
        let found = identify(&file, complete);
        assert!(
            matches!(found, Identified::Image(facts) if facts.width == 48),
            "{complete}"
        );
    }
    let start = identify(&file[..file.len() / 2], false);
    assert_eq!(start, Identified::NeedsMore(Some(Format::Jpeg)));
}

#[test]
fn four_components_are_inks_as_the_adobe_segment_says() {
    let frame = [FRAME, &[4, 0x11, 0]].concat();
    let with_components = |adobe: &[u8]| {
        let mut frame = frame.clone();
        frame[5] = 4;
        let found = identify(&jpeg(&[(0xEE, adobe), (0xC0, &frame)]), false);
        match found {
            Identified::Image(facts) => facts.color_type,
            other => panic!("{other:?}"),
        }
    };
    for (adobe, expected) in [
        (&b"Adobe\0\x64\0\0\0\0\0"[..], ColorType::Cmyk),
        (b"Adobe\0\x64\0\0\0\0\x02", ColorType::Ycck),
        (b"Adobe\0", ColorType::Cmyk),
        (b"Ducky", ColorType::Cmyk),
    ] {
        assert_eq!(with_components(adobe), expected, "{adobe:?}");
    }
}
