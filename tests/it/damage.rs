//! Files of every format that is read, damaged in every way that is cheap to try: each is answered as the broken
//! thing that it is, in time and within the budgets, and the next request finds the server as it was.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

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
fn a_file_of_a_great_many_chunks_is_refused() {
    let gallery = gallery();
    let many: Vec<u8> = chunk(b"tEXt", b"a\0b").repeat(100_000);
    let file = ("chunks.png".to_owned(), png_with(&gallery, &many));
    let reply = show(&gallery, &file);
    assert_answered("chunks.png", &reply);
    assert_eq!(reply.status, 422);
    gallery.server.wait_until_idle();
}
