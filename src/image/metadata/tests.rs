//! What is read from the fixtures, and from files built to mislead.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use proptest::prelude::*;

use super::*;
use crate::identify::Orientation;

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    std::fs::read(folder.join(name)).unwrap()
}

fn orientation(block: &[u8]) -> u8 {
    exif::orientation(block).exif()
}

#[test]
fn profiles_come_out_of_every_format_as_they_went_in() {
    for (file, format, profile) in [
        ("jpeg/icc-display-p3.jpg", Format::Jpeg, "display-p3"),
        (
            "jpeg/icc-swapped-red-green.jpg",
            Format::Jpeg,
            "swapped-red-green",
        ),
        ("jpeg/grey-icc-dark.jpg", Format::Jpeg, "grey-dark"),
        ("jpeg/cmyk-adobe-icc.jpg", Format::Jpeg, "cmyk"),
        ("png/icc-display-p3.png", Format::Png, "display-p3"),
        (
            "png/icc-swapped-red-green.png",
            Format::Png,
            "swapped-red-green",
        ),
        (
            "webp/icc-swapped-red-green.webp",
            Format::WebP,
            "swapped-red-green",
        ),
    ] {
        let profile = fixture(&format!("profiles/{profile}.icc"));
        let expected = Metadata {
            icc: Some(profile.into()),
            ..Metadata::default()
        };
        assert_eq!(read(&fixture(file), format), expected, "{file}");
    }
}

#[test]
fn exif_comes_out_of_every_format_from_its_tiff_header_on() {
    for (file, format, expected) in [
        ("jpeg/orientation-3.jpg", Format::Jpeg, 3),
        ("jpeg/orientation-8.jpg", Format::Jpeg, 8),
        ("png/exif-orientation-6.png", Format::Png, 6),
        ("webp/exif-orientation-6.webp", Format::WebP, 6),
    ] {
        let block = read(&fixture(file), format).exif.unwrap();
        assert_eq!(orientation(&block), expected, "{file}");
    }
}

#[test]
fn xmp_comes_out_of_every_format() {
    for (file, format) in [
        ("jpeg/xmp.jpg", Format::Jpeg),
        ("png/xmp.png", Format::Png),
        ("webp/xmp.webp", Format::WebP),
    ] {
        let packet = read(&fixture(file), format).xmp.unwrap();
        assert!(packet.starts_with(b"<x:xmpmeta"), "{file}");
        assert!(packet.ends_with(b"</x:xmpmeta>"), "{file}");
    }
}

#[test]
fn files_without_metadata_have_none() {
    for (file, format) in [
        ("jpeg/baseline-420.jpg", Format::Jpeg),
        ("png/rgb-8.png", Format::Png),
        ("webp/lossy.webp", Format::WebP),
        ("gif/gif89a.gif", Format::Gif),
        ("other/head.avif", Format::Avif),
    ] {
        assert_eq!(read(&fixture(file), format), Metadata::default(), "{file}");
    }
}

#[test]
fn the_orientation_is_set_upright_and_nothing_else_changes() {
    for turned in 1..=8_u8 {
        let file = fixture(&format!("jpeg/orientation-{turned}.jpg"));
        let block = read(&file, Format::Jpeg).exif.unwrap();
        let upright = without_orientation(&block);
        assert_eq!(exif::orientation(&upright), Orientation::UPRIGHT);
        let changed = block.iter().zip(&upright).filter(|(a, b)| a != b).count();
        assert_eq!(changed, usize::from(turned != 1), "orientation {turned}");
        assert_eq!(block.len(), upright.len());
    }
}

#[test]
fn a_long_orientation_is_set_upright_too() {
    let block = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x04\0\0\0\x01\0\0\0\x06\0\0\0\0";
    assert_eq!(orientation(block), 6);
    let upright = without_orientation(block);
    assert_eq!(orientation(&upright), 1);
    assert_eq!(upright[18..22], [0, 0, 0, 1]);
}

#[test]
fn an_orientation_that_is_cut_off_stays_as_it_is() {
    let block =
        b"II*\0\x08\0\0\0\x02\0\0\x01\x03\0\x01\0\0\0\x03\0\0\0\x12\x01\x03\0\x01\0\0\0\x06\0";
    assert_eq!(without_orientation(block)[30..], [1, 0]);
    for length in 0..block.len() {
        let cut = &block[..length];
        assert_eq!(without_orientation(cut), cut, "{length} bytes");
    }
}

#[test]
fn a_block_that_is_no_exif_stays_as_it_is() {
    for block in [&b""[..], b"II", b"II*\0\xFF\xFF\xFF\xFF", b"something else"] {
        assert_eq!(without_orientation(block), block);
    }
}

/// SOI and the APP2 segments of ICC pieces: number, count, content.
fn pieces(pieces: &[(u8, u8, &[u8])]) -> Vec<u8> {
    let mut out = vec![0xFF, 0xD8];
    for (number, count, content) in pieces {
        out.extend([0xFF, 0xE2]);
        out.extend((content.len() as u16 + 16).to_be_bytes());
        out.extend(b"ICC_PROFILE\0");
        out.extend([*number, *count]);
        out.extend(*content);
    }
    out
}

#[test]
fn pieces_of_a_profile_are_joined_by_number_or_dropped() {
    let cases = [
        (
            "in order",
            pieces(&[(1, 2, b"ab"), (2, 2, b"cd")]),
            Some(&b"abcd"[..]),
        ),
        (
            "out of order",
            pieces(&[(2, 2, b"cd"), (1, 2, b"ab")]),
            Some(b"abcd"),
        ),
        (
            "from zero",
            pieces(&[(0, 2, b"ab"), (1, 2, b"cd")]),
            Some(b"abcd"),
        ),
        ("one missing", pieces(&[(1, 3, b"ab"), (3, 3, b"cd")]), None),
        ("the first missing", pieces(&[(2, 2, b"cd")]), None),
        (
            "one too many",
            pieces(&[(1, 1, b"ab"), (2, 1, b"cd")]),
            None,
        ),
        ("one twice", pieces(&[(1, 2, b"ab"), (1, 2, b"cd")]), None),
        (
            "different counts",
            pieces(&[(1, 2, b"ab"), (2, 3, b"cd")]),
            None,
        ),
        ("a number past the end", pieces(&[(200, 1, b"ab")]), None),
        ("the last number", pieces(&[(255, 255, b"ab")]), None),
        ("empty", pieces(&[(1, 1, b"")]), None),
    ];
    for (name, file, expected) in cases {
        let found = read(&file, Format::Jpeg).icc;
        assert_eq!(found.as_deref(), expected, "{name}");
    }
}

#[test]
fn a_profile_beyond_the_limit_is_dropped() {
    let piece = vec![7_u8; 65_000];
    let file = |count: u8| {
        let all: Vec<_> = (1..=count)
            .map(|number| (number, count, &piece[..]))
            .collect();
        pieces(&all)
    };
    assert_eq!(
        read(&file(64), Format::Jpeg).icc.unwrap().len(),
        64 * 65_000
    );
    assert_eq!(read(&file(65), Format::Jpeg).icc, None);
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A signature, a chunk, and the start of the image data.
fn png(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1A\n".to_vec();
    for (name, content) in [(name, content), (b"IDAT", &[])] {
        out.extend((content.len() as u32).to_be_bytes());
        out.extend(name);
        out.extend(content);
        out.extend([0; 4]);
    }
    out
}

#[test]
fn compressed_profiles_are_inflated_within_the_limit() {
    let named = |stream: &[u8]| [b"name\0\0", stream].concat();
    let whole = deflated(b"profile");
    let limit = deflated(&vec![0; MAX_ICC_BYTES]);
    let beyond = deflated(&vec![0; MAX_ICC_BYTES + 1]);
    let cases: [(&str, Vec<u8>, Option<usize>); 8] = [
        ("whole", named(&whole), Some(7)),
        ("at the limit", named(&limit), Some(MAX_ICC_BYTES)),
        ("beyond it", named(&beyond), None),
        ("cut off", named(&whole[..whole.len() - 6]), None),
        ("no zlib", named(b"profile"), None),
        ("empty", named(&deflated(b"")), None),
        ("another method", [b"name\0\x01", &whole[..]].concat(), None),
        ("no name", b"name".to_vec(), None),
    ];
    for (name, content, expected) in cases {
        let found = read(&png(b"iCCP", &content), Format::Png).icc;
        assert_eq!(found.map(|icc| icc.len()), expected, "{name}");
    }
}

#[test]
fn xmp_in_png_may_be_compressed() {
    let text = |flags: [u8; 2], text: &[u8]| {
        let start = [&b"XML:com.adobe.xmp\0"[..], &flags, b"en\0title\0"].concat();
        [&start[..], text].concat()
    };
    let comment = b"Comment\0\0\0\0\0packet".to_vec();
    let cases = [
        ("plain", text([0, 0], b"packet"), Some(&b"packet"[..])),
        (
            "compressed",
            text([1, 0], &deflated(b"packet")),
            Some(b"packet"),
        ),
        (
            "by another method",
            text([1, 1], &deflated(b"packet")),
            None,
        ),
        ("another text", comment, None),
        ("no flags", b"XML:com.adobe.xmp\0".to_vec(), None),
        ("no text", b"XML:com.adobe.xmp\0\0\0en\0".to_vec(), None),
    ];
    for (name, content, expected) in cases {
        let found = read(&png(b"iTXt", &content), Format::Png).xmp;
        assert_eq!(found.as_deref(), expected, "{name}");
    }
}

#[test]
fn large_blocks_of_webp_are_dropped() {
    let chunk = |length: u32| {
        let mut file = [b"RIFF", &(length + 12).to_le_bytes()[..], b"WEBPEXIF"].concat();
        file.extend(length.to_le_bytes());
        file.resize(file.len() + length as usize, 1);
        file
    };
    let limit = MAX_EXIF_BYTES as u32;
    assert!(read(&chunk(limit), Format::WebP).exif.is_some());
    assert!(read(&chunk(limit + 1), Format::WebP).exif.is_none());
}

proptest! {
    #[test]
    fn damaged_files_are_read_without_harm(
        name in prop::sample::select(vec![
            "jpeg/orientation-6.jpg",
            "jpeg/cmyk-adobe-icc.jpg",
            "jpeg/xmp.jpg",
            "png/icc-display-p3.png",
            "png/exif-orientation-6.png",
            "png/xmp.png",
            "webp/icc-swapped-red-green.webp",
            "webp/exif-orientation-6.webp",
        ]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        end in any::<prop::sample::Index>(),
    ) {
        let mut file = fixture(name);
        for (place, value) in changes {
            let at = place.index(file.len());
            file[at] = value;
        }
        file.truncate(end.index(file.len() + 1));
        for format in Format::ALL {
            let metadata = read(&file, format);
            if let Some(block) = metadata.exif {
                prop_assert_eq!(without_orientation(&block).len(), block.len());
                prop_assert_eq!(orientation(&without_orientation(&block)), 1);
            }
        }
    }
}

#[test]
fn colours_by_number_in_png_take_precedence_over_its_profile() {
    let file = fixture("png/icc-swapped-red-green.png");
    let with = |content: &[u8]| {
        let mut chunk = (content.len() as u32).to_be_bytes().to_vec();
        chunk.extend(b"cICP");
        chunk.extend(content);
        // A checksum, which no one looks at here.
        chunk.extend([0; 4]);
        let file = [&file[..33], &chunk, &file[33..]].concat();
        read(&file, Format::Png).icc
    };
    let embedded = read(&file, Format::Png).icc;
    assert_eq!(with(&[1, 13, 0, 1]), None);
    let p3 = crate::image::color::profile_of_cicp(12, 13);
    assert_eq!(with(&[12, 13, 0, 1]).as_deref(), p3.as_deref());
    // Video's range, a matrix, or a chunk cut short: of no meaning here.
    for content in [&[12, 13, 0, 0][..], &[12, 13, 9, 1], &[12, 13]] {
        assert_eq!(with(content), embedded);
    }
}
