//! Sources that are broken, boast or are not read.

use crate::support::{Gallery, fixture};

#[test]
fn what_is_known_but_not_read_and_what_is_no_image_is_refused_with_a_phrase() {
    let gallery = Gallery::open(&[]);
    for file in ["head.heic", "head-by-compatible-brand.heic"] {
        let reply = gallery.show("w:9", &format!("other/{file}"));
        let answer = (reply.status, reply.text());
        assert_eq!(
            answer,
            (422, "HEIC images are not supported".to_owned()),
            "{file}"
        );
    }
    for file in [
        "head.avif",
        "head-sequence.avif",
        "movie.mp4",
        "not-an-image.html",
        "not-an-image.json",
    ] {
        let reply = gallery.show("w:9", &format!("other/{file}"));
        let answer = (reply.status, reply.text());
        assert_eq!(answer, (422, "Invalid source image".to_owned()), "{file}");
    }
}

#[test]
fn broken_sources_are_refused_and_a_cut_jpeg_shows_what_came() {
    let gallery = Gallery::open(&[]);
    for file in [
        "png/truncated.png",
        "webp/truncated.webp",
        "gif/truncated.gif",
    ] {
        let reply = gallery.show("w:9", file);
        let answer = (reply.status, reply.text());
        assert_eq!(
            answer,
            (422, "Broken or unsupported image".to_owned()),
            "{file}"
        );
    }
    assert_eq!(gallery.show("", "jpeg/truncated.jpg").size(), (160, 120));
    let whole = fixture("jpeg/photo-1200x800.jpg");
    let cut = whole[..whole.len() * 3 / 5].to_vec();
    let [cut, whole] = [("cut", cut), ("whole", whole)].map(|(name, bytes)| {
        let reply = gallery.show_bytes("c:1200:200:no/w:150/f:png", name, bytes);
        reply.image()
    });
    assert!(cut == whole, "the top is there");
}

#[test]
fn no_prefix_and_no_damage_of_a_file_is_worse_than_unprocessable() {
    let gallery = Gallery::open(&[]);
    for name in [
        "jpeg/size-17x13.jpg",
        "png/palette-4-interlaced.png",
        "webp/lossy-alpha.webp",
        "webp/lossless-alpha.webp",
        "gif/interlaced.gif",
        "jpeg/cmyk-adobe-icc.jpg",
    ] {
        let file = fixture(name);
        let steps = (0..file.len()).step_by((file.len() / 40).max(1));
        for at in steps {
            let prefix = file[..at].to_vec();
            let mut damaged = file.clone();
            damaged[at] ^= 0x55;
            for (kind, bytes) in [("prefix", prefix), ("damage", damaged)] {
                let reply = gallery.show_bytes("w:9/f:png", &format!("{kind}-{at}"), bytes);
                let what = format!("{kind} {at} of {name}: {} {}", reply.status, reply.text());
                assert!(matches!(reply.status, 200 | 422), "{what}");
            }
        }
    }
}

/// The first bytes of a file that says it is as large as its format can say.
fn boasting() -> [(&'static str, Vec<u8>); 4] {
    let mut png = fixture("png/rgb-8.png");
    png[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
    let checksum = crc32(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&checksum);
    let mut gif = fixture("gif/gif89a.gif");
    gif[6..10].fill(0xff);
    let mut jpeg = fixture("jpeg/baseline-444.jpg");
    let frame = jpeg
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .unwrap();
    jpeg[frame + 5..frame + 9].fill(0xff);
    let mut webp = fixture("webp/icc-swapped-red-green.webp");
    assert_eq!(&webp[12..16], b"VP8X");
    webp[24..30].copy_from_slice(&[0xff, 0xff, 0, 0xff, 0xff, 0]);
    [("png", png), ("gif", gif), ("jpg", jpeg), ("webp", webp)]
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum: u32, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(sum & 1))
        })
    })
}

#[test]
fn sources_that_declare_too_many_pixels_are_refused_unread() {
    let gallery = Gallery::open(&[]);
    for (name, bytes) in boasting() {
        for options in ["w:9", "skp:png:gif:jpg:webp"] {
            let reply = gallery.show_bytes(options, name, bytes.clone());
            let answer = (reply.status, reply.text());
            assert_eq!(
                answer,
                (422, "Invalid source image".to_owned()),
                "{options} of {name}"
            );
        }
    }
    // 48x32 are 1536 pixels.
    let below = Gallery::open(&[("MAX_SRC_RESOLUTION", "0.001535")]);
    assert_eq!(
        below.show("", "png/rgb-8.png").text(),
        "Invalid source image"
    );
    let exact = Gallery::open(&[("MAX_SRC_RESOLUTION", "0.001536")]);
    assert_eq!(exact.show("", "png/rgb-8.png").size(), (48, 32));
}
