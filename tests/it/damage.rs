//! Files of every format that is read, damaged in every way that is cheap to try: each is answered as the broken
//! thing that it is, in time and within the budgets, and the next request finds the server as it was.

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use crate::support::{Gallery, Reply};

const INVALID: &str = "Invalid source image";
const BROKEN: &str = "Broken or unsupported image";

/// A file, and its name for messages.
type File = (String, Vec<u8>);

fn gallery() -> Gallery {
    Gallery::open(&[
        ("MAX_SRC_RESOLUTION", "4"),
        ("MAX_ANIMATION_FRAMES", "100"),
        ("TIMEOUT", "20"),
        ("ERROR_TTL", "0"),
    ])
}

/// A small picture in every format that is read: written by the server itself where it writes the format.
fn samples(gallery: &Gallery) -> Vec<File> {
    let written = ["jpg", "png", "webp", "gif", "avif", "tiff", "bmp", "ico"];
    let mut samples: Vec<File> = written
        .iter()
        .map(|format| {
            let reply = gallery.show(&format!("f:{format}"), "png/rgba-8.png");
            assert_eq!(reply.status, 200, "{format}: {}", reply.text());
            (format!("sample.{format}"), reply.body)
        })
        .collect();
    samples.push(("sample.svg".to_owned(), DRAWING.into()));
    samples.push(("sample.svgz".to_owned(), gzip(DRAWING.as_bytes())));
    let foreign = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/foreign");
    for entry in std::fs::read_dir(foreign).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "jxl" || extension == "avif")
        {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            samples.push((name, std::fs::read(path).unwrap()));
        }
    }
    samples.sort();
    samples
}

const DRAWING: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" width="48" height="32">
<defs><linearGradient id="g"><stop offset="0" stop-color="#dc2828"/><stop offset="1" stop-color="#2828dc"/></linearGradient></defs>
<rect width="48" height="32" fill="url(#g)"/><circle cx="24" cy="16" r="9" fill="#fff" opacity="0.5"/></svg>"##;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Shows it small, so that what is large is large by itself.
fn show(gallery: &Gallery, (name, bytes): &File) -> Reply {
    gallery.show_bytes("w:20/f:png", name, bytes.clone())
}

/// Answered as a picture, or refused as a broken one.
#[track_caller]
fn assert_answered(name: &str, reply: &Reply) {
    match (reply.status, reply.text().as_str()) {
        (200, _) => drop(reply.image()),
        (422, INVALID | BROKEN) => {}
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn a_file_cut_at_any_eighth_is_a_part_of_a_picture_or_none() {
    let gallery = gallery();
    for (name, bytes) in samples(&gallery) {
        assert_eq!(
            show(&gallery, &(name.clone(), bytes.clone())).status,
            200,
            "{name}"
        );
        for eighth in 0..8 {
            let part = bytes[..bytes.len() * eighth / 8].to_vec();
            let cut = (format!("{eighth}-of-{name}"), part);
            let reply = show(&gallery, &cut);
            assert_answered(&cut.0, &reply);
            assert!(eighth > 0 || reply.status == 422, "{name} of no bytes");
        }
    }
    gallery.server.wait_until_idle();
}

#[test]
fn a_file_with_flipped_bits_is_answered() {
    let gallery = gallery();
    for (name, bytes) in samples(&gallery) {
        // Dense where headers are, then spread over the rest.
        let spread = (0..24).map(|step| bytes.len() * step / 24);
        for (number, at) in (0..48.min(bytes.len())).chain(spread).enumerate() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (number % 8);
            let file = (format!("{number}-{name}"), damaged);
            assert_answered(
                &format!("bit of byte {at} of {name}"),
                &show(&gallery, &file),
            );
        }
    }
    gallery.server.wait_until_idle();
}

#[test]
fn a_name_says_nothing_about_what_a_file_is() {
    let gallery = gallery();
    for (name, bytes) in samples(&gallery) {
        let file = (format!("{name}.other"), bytes);
        assert_eq!(show(&gallery, &file).status, 200, "{name}");
    }
}

#[test]
fn sizes_that_are_declared_and_absurd_are_refused_before_they_cost_anything() {
    let gallery = gallery();
    for (name, bytes) in samples(&gallery) {
        let Some(inflated) = declaring_65535(&name, bytes) else {
            continue;
        };
        let reply = show(&gallery, &(format!("huge-{name}"), inflated));
        assert_eq!(reply.verdict(), (422, INVALID.to_owned()), "{name}");
    }
    // A drawing has no pixels of its own: it is rendered as large as is allowed, or as asked.
    let drawing = DRAWING.replace(
        r#"width="48" height="32""#,
        r#"width="65535" height="65535""#,
    );
    assert_eq!(
        show(&gallery, &("huge.svg".to_owned(), drawing.into())).size(),
        (20, 20)
    );
    gallery.server.wait_until_idle();
}

/// The file with 65535 for each side where its format keeps them; `None` where that is not at a fixed place.
fn declaring_65535(name: &str, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let find = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).position(|part| part == what);
    let (at, side): (usize, &[u8]) = match name {
        "sample.jpg" => (find(&bytes, b"\xFF\xC0")? + 5, b"\xFF\xFF"),
        "sample.png" | "sample.ico" => (find(&bytes, b"IHDR")? + 4, b"\0\0\xFF\xFF"),
        "sample.gif" => (6, b"\xFF\xFF"),
        "sample.avif" => (find(&bytes, b"ispe")? + 8, b"\0\0\xFF\xFF"),
        "sample.bmp" => (18, b"\xFF\xFF\0\0"),
        _ => return None,
    };
    bytes[at..at + 2 * side.len()].copy_from_slice(&side.repeat(2));
    Some(bytes)
}

/// A chunk of PNG with its checksum (PNG, annex D).
fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(name);
    crc.update(content);
    let length = (content.len() as u32).to_be_bytes();
    [&length, &name[..], content, &crc.sum().to_be_bytes()].concat()
}

/// The sample with chunks of its own after its header.
fn png_with(gallery: &Gallery, chunks: &[u8]) -> Vec<u8> {
    let mut file = gallery.show("f:png", "png/rgba-8.png").body;
    file.splice(33..33, chunks.iter().copied());
    file
}

#[test]
fn what_inflates_without_end_is_cut_off() {
    let gallery = gallery();
    let zeros = vec![0; 64 << 20];
    let profile = [b"bomb\0\0", &zlib(&zeros)[..]].concat();
    let text = [b"XML:com.adobe.xmp\0\x01\0\0\0", &zlib(&zeros)[..]].concat();
    let spaces = [DRAWING.as_bytes(), &vec![b' '; 64 << 20]].concat();
    let pixels = [chunk(b"IDAT", &zlib(&zeros)), chunk(b"IEND", b"")].concat();
    let many: Vec<u8> = chunk(b"tEXt", b"a\0b").repeat(100_000);
    let table = [
        (
            "profile.png",
            png_with(&gallery, &chunk(b"iCCP", &profile)),
            Some(200),
        ),
        (
            "packet.png",
            png_with(&gallery, &chunk(b"iTXt", &text)),
            Some(200),
        ),
        ("pixels.png", png_with(&gallery, &pixels), None),
        ("chunks.png", png_with(&gallery, &many), Some(422)),
        ("spaces.svgz", gzip(&spaces), Some(422)),
    ];
    for (name, bytes, status) in table {
        let reply = show(&gallery, &(name.to_owned(), bytes));
        assert_answered(name, &reply);
        assert!(
            status.is_none_or(|status| reply.status == status),
            "{name}: {}",
            reply.status
        );
    }
    gallery.server.wait_until_idle();
}

#[test]
fn drawings_that_feed_on_themselves_end() {
    let gallery = gallery();
    let root = |content: &str| {
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="40">{content}</svg>"#
        )
    };
    let deep = format!("{}{}", "<g>".repeat(100_000), "</g>".repeat(100_000));
    let doubling: String = (0..30)
        .map(|n| {
            format!(
                r##"<g id="a{}"><use href="#a{n}"/><use href="#a{n}"/></g>"##,
                n + 1
            )
        })
        .collect();
    let lol: String = (1..10)
        .map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10)))
        .collect();
    let entities = format!(
        "<!DOCTYPE svg [<!ENTITY l0 \"lol\">{lol}]>{}",
        root("<text>&l9;</text>")
    );
    let external = format!(
        "<!DOCTYPE svg [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>{}",
        root("<text>&x;</text>")
    );
    let table = [
        ("deep", root(&deep)),
        ("itself", root(r##"<g id="a"><use href="#a"/></g>"##)),
        (
            "each-other",
            root(r##"<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>"##),
        ),
        (
            "doubling",
            root(&format!(
                r#"<rect id="a0" width="1" height="1"/>{doubling}"#
            )),
        ),
        (
            "pattern-of-itself",
            root(
                r##"<pattern id="p" width="1" height="1"><rect fill="url(#p)" width="1" height="1"/></pattern><rect fill="url(#p)" width="9" height="9"/>"##,
            ),
        ),
        (
            "mask-of-itself",
            root(
                r##"<mask id="m"><rect mask="url(#m)" width="9" height="9"/></mask><rect mask="url(#m)" width="9" height="9"/>"##,
            ),
        ),
        (
            "blur",
            root(
                r##"<filter id="f"><feGaussianBlur stdDeviation="1e9"/></filter><rect filter="url(#f)" width="9" height="9"/>"##,
            ),
        ),
        ("entities", entities),
        ("external", external),
        (
            "far-away",
            root(r#"<image href="http://127.0.0.1:9/x.png" width="9" height="9"/>"#),
        ),
        (
            "a-file",
            root(r#"<image href="/etc/passwd" width="9" height="9"/>"#),
        ),
    ];
    for (name, drawing) in table {
        let reply = show(&gallery, &(format!("{name}.svg"), drawing.into_bytes()));
        assert_answered(name, &reply);
    }
    gallery.server.wait_until_idle();
}

#[test]
fn frames_beyond_the_limit_are_not_decoded() {
    let gallery = gallery();
    let mut bomb = b"GIF89a\x02\0\x02\0\x80\0\0\0\0\0\xFF\xFF\xFF".to_vec();
    let frame = b"\x21\xF9\x04\0\0\0\0\0,\0\0\0\0\x02\0\x02\0\0\x02\x03\x44\x02\x05\0";
    bomb.extend(frame.repeat(50_000));
    bomb.push(b';');
    for format in ["gif", "webp", "png"] {
        let name = format!("frames-{format}.gif");
        let reply = gallery.show_bytes(&format!("f:{format}"), &name, bomb.clone());
        assert_answered(&name, &reply);
        assert!(reply.body.len() < 100_000, "{format}: {}", reply.body.len());
    }
    gallery.server.wait_until_idle();
}
