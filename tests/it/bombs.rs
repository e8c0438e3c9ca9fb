//! The files of `fixtures/bad`, which look small and cost much: each is answered as what it is, in time and within the
//! budgets, and the next request finds the server as it was.

use std::fs;

use crate::support::{Gallery, Reply, run};

const INVALID: &str = "Invalid source image";
const BROKEN: &str = "Broken or unsupported image";

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/bad");

/// Every file, and the status of a small picture of it.
const BAD: [(&str, u16); 34] = [
    ("2000-frames.gif", 200),
    ("65535x65535.avif", 422),
    ("65535x65535.bmp", 422),
    ("65535x65535.gif", 422),
    ("65535x65535.ico", 422),
    ("65535x65535.jpg", 422),
    ("65535x65535.jxl", 422),
    ("65535x65535.png", 422),
    // Drawn as large as is allowed, or as asked: a drawing has no pixels of its own.
    ("65535x65535.svg", 200),
    ("65535x65535.tiff", 422),
    ("65535x65535.webp", 422),
    ("exif-of-itself.png", 200),
    ("exif-without-end.png", 200),
    ("icc-of-endless-tags.png", 200),
    ("icc-of-one-table.png", 200),
    ("inflating-icc.png", 200),
    ("inflating-pixels.png", 200),
    ("inflating-text.png", 200),
    ("inflating-xmp.png", 200),
    ("svg-clip-of-itself.svg", 422),
    ("svg-doubling-entities.svg", 422),
    ("svg-doubling-use.svg", 422),
    ("svg-entity-of-a-file.svg", 422),
    ("svg-filter-of-itself.svg", 422),
    ("svg-filter-without-bound.svg", 200),
    ("svg-gradient-of-itself.svg", 422),
    ("svg-image-elsewhere.svg", 200),
    ("svg-image-of-a-file.svg", 200),
    ("svg-mask-of-itself.svg", 422),
    ("svg-nested.svgz", 422),
    ("svg-padded.svgz", 422),
    ("svg-pattern-of-itself.svg", 422),
    ("svg-use-of-each-other.svg", 422),
    ("svg-use-of-itself.svg", 422),
];

/// A request that takes longer than its time is answered with 503, which no test here takes.
fn gallery() -> Gallery {
    Gallery::open(&[
        ("MAX_SRC_RESOLUTION", "4"),
        ("MAX_ANIMATION_FRAMES", "100"),
        ("TIMEOUT", "20"),
        ("ERROR_TTL", "0"),
    ])
}

#[track_caller]
fn assert_alive(gallery: &Gallery, after: &str) {
    let reply = gallery.show("w:20/f:png", "png/rgb-8.png");
    assert_eq!(reply.status, 200, "after {after}: {}", reply.text());
}

/// Answered as a picture, or refused as a broken one.
#[track_caller]
fn assert_answered(name: &str, reply: &Reply) {
    match (reply.status, reply.text().as_str()) {
        (200, _) | (422, INVALID | BROKEN) => {}
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn every_bad_file_is_tried() {
    let mut names: Vec<_> = fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, BAD.map(|(name, _)| name));
}

#[test]
fn a_bad_file_is_answered_as_what_it_is_and_the_server_goes_on() {
    let gallery = gallery();
    let mut unlike = Vec::new();
    for (name, status) in BAD {
        let reply = gallery.show("w:20/f:png", &format!("bad/{name}"));
        assert_answered(name, &reply);
        match reply.status {
            found if found != status => unlike.push(format!("{name}: {found}")),
            200 => drop(reply.image()),
            _ => {}
        }
        assert_alive(&gallery, name);
    }
    assert!(unlike.is_empty(), "{unlike:?}");
    gallery.server.wait_until_idle();
}

#[test]
fn sizes_that_are_absurd_are_refused_for_what_they_are() {
    let gallery = gallery();
    let declared = BAD.iter().filter(|(name, _)| name.starts_with("65535"));
    for (name, _) in declared.filter(|(_, status)| *status == 422) {
        let file = format!("{FOLDER}/{name}");
        let facts = run(&["identify", &file], &[]).stdout;
        let facts = String::from_utf8(facts).unwrap();
        assert!(facts.contains(r#""width":65535,"height":65535"#), "{facts}");
        let reply = gallery.show("w:20/f:png", &format!("bad/{name}"));
        assert_eq!(reply.verdict(), (422, INVALID.to_owned()), "{name}");
    }
    let drawing = gallery.show("w:20/f:png", "bad/65535x65535.svg");
    assert_eq!(drawing.size(), (20, 20));
    gallery.server.wait_until_idle();
}

#[test]
fn a_bad_file_is_described_or_passed_through_or_refused() {
    let gallery = gallery();
    for (name, _) in BAD {
        let told = gallery
            .server
            .get(&format!("/info/unsafe/plain/local:///bad/{name}"));
        assert_answered(&format!("/info of {name}"), &told);
        // Without a format: a drawing is not drawn, but sanitised.
        assert_answered(name, &gallery.show("", &format!("bad/{name}")));
        assert_alive(&gallery, name);
    }
    gallery.server.wait_until_idle();
}

#[test]
fn frames_beyond_the_limit_are_not_decoded() {
    let gallery = gallery();
    for format in ["gif", "webp", "png"] {
        let reply = gallery.show(&format!("f:{format}"), "bad/2000-frames.gif");
        assert_answered(format, &reply);
        assert!(reply.body.len() < 20_000, "{format}: {}", reply.body.len());
    }
    gallery.server.wait_until_idle();
}
