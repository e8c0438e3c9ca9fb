//! How the file is written: its bytes, its options, what it says besides its pixels.

use image::{ImageDecoder, ImageReader};

use crate::support::{Gallery, Reply, fixture};

const PHOTO: &str = "jpeg/photo-1200x800.jpg";

fn show(gallery: &Gallery, options: &str, format: &str) -> Reply {
    let reply = gallery.show(options, &format!("{PHOTO}@{format}"));
    assert_eq!(reply.status, 200, "{options}: {}", reply.text());
    reply
}

fn bytes(gallery: &Gallery, options: &str, format: &str) -> usize {
    show(gallery, options, format).body.len()
}

fn holds(reply: &Reply, text: &[u8]) -> bool {
    reply.body.windows(text.len()).any(|part| part == text)
}

#[test]
fn quality_falls_until_the_file_is_small_enough_or_as_small_as_it_gets() {
    let gallery = Gallery::open(&[]);
    for format in ["jpg", "webp"] {
        let free = bytes(&gallery, "w:200", format);
        for limit in [free, free * 2 / 3, free / 3] {
            let found = bytes(&gallery, &format!("w:200/mb:{limit}"), format);
            assert!(found <= limit, "{format}: {found} of {limit}");
        }
        let least = bytes(&gallery, "w:200/mb:1", format);
        assert!(least <= bytes(&gallery, "w:200/q:10", format), "{format}");
        assert_eq!(bytes(&gallery, "w:200/mb:0", format), free);
    }
    let png = bytes(&gallery, "w:100", "png");
    assert_eq!(
        bytes(&gallery, "w:100/mb:1", "png"),
        png,
        "it has no quality"
    );
}

#[test]
fn so_does_that_of_an_animation() {
    let gallery = Gallery::open(&[("MAX_ANIMATION_FRAMES", "3")]);
    let bytes = |options: &str| {
        let path = "webp/animated-3-frames.webp@webp";
        let reply = gallery.show(&format!("rs:fit:300:300:1/{options}"), path);
        assert_eq!(reply.status, 200, "{options}: {}", reply.text());
        assert!(holds(&reply, b"ANMF"), "{options}");
        reply.body.len()
    };
    let free = bytes("q:90");
    let limit = free * 2 / 3;
    for options in [format!("q:90/mb:{limit}"), format!("aq:size:{limit}")] {
        let found = bytes(&options);
        assert!(found <= limit, "{options}: {found} of {free}");
    }
    assert!(bytes(&format!("aq:size:{free}:90:100")) >= free * 9 / 10);
}

/// The sampling factors of the first component of a JPEG: 0x22 where chroma is halved along both sides.
fn chroma(reply: &Reply) -> u8 {
    let is_frame = |pair: &[u8]| pair[0] == 0xff && [0xc0, 0xc2].contains(&pair[1]);
    let at = reply.body.windows(2).position(is_frame).unwrap();
    reply.body[at + 11]
}

#[test]
fn jpeg_is_written_as_its_options_say() {
    let gallery = Gallery::open(&[]);
    let of = |options: &str| show(&gallery, &format!("w:200/{options}"), "jpg");
    let progressive = |reply: &Reply| holds(reply, &[0xff, 0xc2]);
    let plain = of("q:80");
    assert!(!progressive(&plain) && progressive(&of("jpgo:1")));
    assert_eq!((chroma(&plain), chroma(&of("jpgo::1"))), (0x22, 0x11));
    let mut files = vec![plain.body];
    for options in [
        "jpgo:1",
        "jpgo::1",
        "jpgo:::1",
        "jpgo:1::::1",
        "jpgo::::::2",
    ] {
        let reply = of(options);
        assert_eq!(reply.size(), (200, 133), "{options}");
        assert!(!files.contains(&reply.body), "{options} changes something");
        files.push(reply.body);
    }
    let settled = Gallery::open(&[("JPEG_PROGRESSIVE", "true"), ("JPEG_NO_SUBSAMPLE", "true")]);
    let reply = show(&settled, "w:200", "jpg");
    assert!(progressive(&reply) && chroma(&reply) == 0x11);
    let reply = show(&settled, "w:200/jpgo:0:0", "jpg");
    assert!(
        !progressive(&reply) && chroma(&reply) == 0x22,
        "the URL goes before"
    );
}

#[test]
fn png_is_reduced_to_as_many_colours_as_its_options_say() {
    let gallery = Gallery::open(&[]);
    let colors = |reply: &Reply| {
        let pixels = reply.image().to_rgba8();
        let all: std::collections::HashSet<_> = pixels.pixels().map(|p| p.0).collect();
        all.len()
    };
    let plain = show(&gallery, "w:100", "png");
    assert!(colors(&plain) > 256);
    for (options, most) in [("pngo::1", 256), ("pngo::1:16", 16), ("pngo::1:2", 2)] {
        let reply = show(&gallery, &format!("w:100/{options}"), "png");
        assert!(holds(&reply, b"PLTE"), "{options}");
        let found = colors(&reply);
        assert!(found <= most && found > most / 2, "{options}: {found}");
        assert!(reply.body.len() < plain.body.len(), "{options}");
    }
    let clear = gallery.show("pngo::1:32", "png/rgba-8.png").image();
    assert!(clear.to_rgba8().pixels().any(|pixel| pixel[3] < 40));
}

#[test]
fn webp_is_written_as_its_options_say() {
    let gallery = Gallery::open(&[]);
    let of = |options: &str| show(&gallery, &format!("w:200/{options}"), "webp");
    let exact = show(&gallery, "w:200", "png").image().to_rgb8();
    let plain = of("q:79");
    let (lossless, near) = (of("webpo:lossless"), of("webpo:near_lossless"));
    assert_eq!(lossless.image().to_rgb8(), exact);
    assert!(holds(&lossless, b"VP8L") && holds(&near, b"VP8L") && holds(&plain, b"VP8 "));
    assert!(near.body.len() < lossless.body.len());
    assert_ne!(near.image().to_rgb8(), exact);
    for options in ["webpo::1", "webpo:::drawing", "webpo:::icon"] {
        assert_ne!(of(options).body, plain.body, "{options}");
    }
}

#[test]
fn a_file_declares_the_resolution_that_is_asked_for() {
    let gallery = Gallery::open(&[]);
    let jpeg = |options: &str| {
        let reply = show(&gallery, options, "jpg");
        let at = reply.body.windows(5).position(|p| p == b"JFIF\0").unwrap() + 7;
        let pair = |at: usize| u16::from_be_bytes([reply.body[at], reply.body[at + 1]]);
        (reply.body[at], pair(at + 1), pair(at + 3))
    };
    // 1: dots an inch.
    assert_eq!(jpeg("w:50/dpi:300"), (1, 300, 300));
    assert_eq!(jpeg("w:50"), (1, 72, 72), "72 where metadata is dropped");
    // Dots a metre.
    let named = [&b"pHYs"[..], &[0, 0, 46, 35, 0, 0, 46, 35, 1]].concat();
    for options in ["w:50/dpi:300", "w:50/dpi:300/pngo::1"] {
        assert!(holds(&show(&gallery, options, "png"), &named), "{options}");
    }
    assert!(!holds(&show(&gallery, "w:50", "png"), b"pHYs"));
    let bmp = show(&gallery, "w:50/dpi:300", "bmp");
    assert_eq!(bmp.body[38..42], 11_811_u32.to_le_bytes());
}

/// A JPEG with a maker, an author and rights in its EXIF block.
fn credited() -> Vec<u8> {
    let texts = [
        (0x010f_u16, &b"Maker\0"[..]),
        (0x013b, b"Ann Author\0"),
        (0x8298, b"All rights Ann\0"),
    ];
    let mut block = b"Exif\0\0II*\0\x08\0\0\0\x03\0".to_vec();
    let mut data: Vec<u8> = Vec::new();
    for (tag, text) in texts {
        block.extend(tag.to_le_bytes());
        block.extend(2_u16.to_le_bytes());
        block.extend((text.len() as u32).to_le_bytes());
        block.extend((8 + 2 + 3 * 12 + 4 + data.len() as u32).to_le_bytes());
        data.extend(text);
    }
    block.extend([0; 4]);
    block.extend(data);
    let picture = fixture("jpeg/baseline-420.jpg");
    let mut file = vec![0xff, 0xd8, 0xff, 0xe1];
    file.extend((block.len() as u16 + 2).to_be_bytes());
    file.extend(block);
    file.extend(&picture[2..]);
    file
}

#[test]
fn author_and_rights_stay_unless_they_are_to_go() {
    let (kept, dropped) = (
        Gallery::open(&[]),
        Gallery::open(&[("KEEP_COPYRIGHT", "false")]),
    );
    let found = |gallery: &Gallery, options: &str| {
        let reply = gallery.show_bytes(options, "credited.jpg", credited());
        assert_eq!(reply.status, 200, "{options}: {}", reply.text());
        [&b"Maker"[..], b"Ann Author", b"All rights Ann"].map(|text| holds(&reply, text))
    };
    let (all, credit, none) = ([true; 3], [false, true, true], [false; 3]);
    for format in ["f:jpg", "f:png", "f:webp"] {
        for (gallery, options, expected) in [
            (&kept, "", credit),
            (&kept, "/kcr:0", none),
            (&kept, "/sm:0", all),
            (&kept, "/sm:0/kcr:0", all),
            (&dropped, "", none),
            (&dropped, "/kcr:1", credit),
        ] {
            let options = format!("w:20/{format}{options}");
            assert_eq!(found(gallery, &options), expected, "{options}");
        }
    }
}

#[test]
fn the_best_format_is_the_smallest_of_those_that_fit() {
    let gallery = Gallery::open(&[("AUTO_WEBP", "true")]);
    for (source, formats) in [
        (PHOTO, &["jpg", "webp"][..]),
        ("png/rgba-8.png", &["png", "webp"][..]),
        ("png/palette-8.png", &["png", "webp"][..]),
    ] {
        let best = gallery.show_to("image/webp,*/*", "w:40/f:best", source);
        let sizes = formats.iter().map(|format| {
            gallery
                .show("w:40", &format!("{source}@{format}"))
                .body
                .len()
        });
        assert_eq!(Some(best.body.len()), sizes.min(), "{source}");
        let plain = gallery.show_to("*/*", "w:40/f:best", source);
        let kind = plain.header("content-type").unwrap();
        assert!(
            ["image/jpeg", "image/png"].contains(&kind),
            "{source}: {kind}"
        );
    }
}

#[test]
fn bitmaps_icons_and_tiffs_have_the_size_and_pixels_of_the_result() {
    let gallery = Gallery::open(&[]);
    let expected = gallery.show("w:24", "png/rgb-8.png").image().to_rgb8();
    let tiff = gallery.show("w:24", "png/rgb-8.png@tiff");
    assert_eq!(tiff.header("content-type"), Some("image/tiff"));
    assert_eq!(tiff.image().to_rgb8(), expected);
    let bmp = gallery.show("w:24", "png/rgb-8.png@bmp");
    assert_eq!(bmp.header("content-type"), Some("image/bmp"));
    let side = |at: usize| i32::from_le_bytes(bmp.body[at..at + 4].try_into().unwrap()).abs();
    assert_eq!((side(18), side(22)), (24, 16));
    let ico = gallery.show("w:24", "png/rgb-8.png@ico");
    assert_eq!((ico.body[6], ico.body[7]), (24, 16));
    assert_eq!(ico.header("content-type"), Some("image/x-icon"));
    let inside = image::load_from_memory(&ico.body[22..]).unwrap();
    assert_eq!(inside.to_rgb8(), expected);
    // What is larger than an icon can be is made smaller.
    let large = gallery.show("", &format!("{PHOTO}@ico"));
    assert_eq!((large.body[6], large.body[7]), (0, 171));
    // And back again.
    for (name, body) in [
        ("a.bmp", bmp.body),
        ("a.ico", ico.body),
        ("a.tiff", tiff.body),
    ] {
        let again = gallery.show_bytes("f:png", name, body).image().to_rgb8();
        assert_eq!(again, expected, "{name}");
    }
}

#[test]
fn what_is_written_can_be_read_with_its_own_reader() {
    let gallery = Gallery::open(&[]);
    for format in ["jpg", "png", "webp", "gif", "tiff"] {
        let reply = show(&gallery, "w:30", format);
        let reader = ImageReader::new(std::io::Cursor::new(&reply.body));
        let decoder = reader
            .with_guessed_format()
            .unwrap()
            .into_decoder()
            .unwrap();
        assert_eq!(decoder.dimensions(), (30, 20), "{format}");
    }
}

#[test]
fn a_thumbnail_within_an_avif_is_taken_where_that_is_asked_for() {
    const WITH: &str = "foreign/avif-thumbnail.avif@png";
    const WITHOUT: &str = "foreign/avif-alpha-10bit.avif@png";
    let is_grey = |gallery: &Gallery, options: &str, fixture: &str| {
        let reply = gallery.show(options, fixture);
        assert_eq!(reply.status, 200, "{options} {fixture}");
        let image = image::load_from_memory(&reply.body).unwrap().to_rgb8();
        let mut pixels = image.pixels();
        pixels.all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2])
    };
    let gallery = Gallery::open(&[]);
    assert!(is_grey(&gallery, "eth:1", WITH));
    assert!(!is_grey(&gallery, "eth:0", WITH));
    assert!(!is_grey(&gallery, "eth:1", WITHOUT));
    let gallery = Gallery::open(&[("ENFORCE_THUMBNAIL", "true")]);
    assert!(is_grey(&gallery, "w:10", WITH));
    assert!(!is_grey(&gallery, "eth:0", WITH));
}
