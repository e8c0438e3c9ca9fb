//! Limits that URLs set, and what they demand of their sources.

use std::thread;

use sha2::{Digest, Sha256};

use crate::support::{Gallery, Origin, PICTURE, Reply, Response, Server, eventually, fixture};

const PHOTO: &str = "jpeg/photo-1200x800.jpg";
const ALLOWED: (&str, &str) = ("ALLOW_SECURITY_OPTIONS", "true");
const INVALID_URL: (u16, &str) = (403, "Invalid URL");
const INVALID_IMAGE: (u16, &str) = (422, "Invalid source image");

#[track_caller]
fn assert_verdict(reply: &Reply, (status, phrase): (u16, &str)) {
    assert_eq!(reply.verdict(), (status, phrase.to_owned()));
}

#[test]
fn options_of_security_need_a_setting_or_a_preset() {
    let gallery = Gallery::open(&[("PRESETS", "small=msr:0.5,large=msr:1")]);
    for options in ["msr:1", "msfs:1000000", "maf:2", "mafr:1", "mrd:100"] {
        assert_verdict(&gallery.show(options, PHOTO), INVALID_URL);
    }
    assert_eq!(gallery.show("pr:large/w:10", PHOTO).status, 200);
    assert_verdict(&gallery.show("pr:small/w:10", PHOTO), INVALID_IMAGE);
}

#[test]
fn limits_of_a_url_bind_what_is_made_and_what_is_held() {
    let gallery = Gallery::open(&[ALLOWED]);
    let bytes = fixture(PHOTO).len();
    let (fits, short) = (format!("msfs:{bytes}"), format!("msfs:{}", bytes - 1));
    for _made_and_held in 0..2 {
        for (options, fits) in [
            ("msr:0.95", false),
            ("msr:0.96", true),
            (short.as_str(), false),
            (fits.as_str(), true),
            ("msr:0/msfs:0", true),
        ] {
            let reply = gallery.show(&format!("w:10/{options}"), PHOTO);
            if fits {
                assert_eq!(reply.status, 200, "{options}: {}", reply.text());
            } else {
                assert_verdict(&reply, INVALID_IMAGE);
            }
        }
    }
}

#[test]
fn a_drawing_under_a_limit_of_its_url_is_kept_apart_from_one_without() {
    let gallery = Gallery::open(&[ALLOWED, ("PRESETS", "small=msr:0.001")]);
    let show = |options: &str| gallery.show(&format!("w:300/f:png/{options}"), "other/plain.svg");
    let (small, free) = (show("msr:0.001"), show("cb:"));
    assert_ne!(small.body, free.body);
    for (options, first) in [
        ("msr:0.001", &small),
        ("cb:", &free),
        ("pr:small", &small),
        ("msr:0", &free),
    ] {
        assert_eq!(show(options).body, first.body, "{options}");
    }
}

#[test]
fn a_limit_of_one_url_fails_no_other() {
    let origin = Origin::start();
    let gate = origin.gated("/photo", Response::ok("image/jpeg", fixture(PHOTO)));
    let server = Server::start(&[ALLOWED]);
    let path = |options: &str| origin.asking_for("/photo", options);
    thread::scope(|scope| {
        let strict = scope.spawn(|| server.get(&path("w:10/msr:0.5")));
        gate.wait_for(1);
        let free = scope.spawn(|| server.get(&path("w:10")));
        eventually("both wait", || {
            server.metric("inkfish_open_connections") >= 2.0
        });
        gate.open();
        assert_verdict(&strict.join().unwrap(), INVALID_IMAGE);
        assert_eq!(free.join().unwrap().status, 200);
    });
    assert_eq!(server.get(&path("w:11")).status, 200);
}

#[test]
fn no_url_raises_the_limits_of_source_bytes_and_pixels() {
    let origin = Origin::start();
    origin.serve("/photo", Response::ok("image/jpeg", fixture(PHOTO)));
    for (setting, options) in [
        (("MAX_SRC_RESOLUTION", "0.5"), "msr:100"),
        (("MAX_SRC_FILE_SIZE", "1000"), "msfs:10000000"),
    ] {
        let server = Server::start(&[ALLOWED, setting]);
        let reply = server.get(&origin.asking_for("/photo", options));
        assert_verdict(&reply, INVALID_IMAGE);
    }
}

#[test]
fn sides_and_frames_are_limited_and_every_limit_has_its_own_answer() {
    let gallery = Gallery::open(&[ALLOWED]);
    assert_eq!(gallery.show("w:600/mrd:300", PHOTO).size(), (300, 200));
    assert_eq!(gallery.show("w:600", PHOTO).size(), (600, 400));
    let moving = "gif/animated-3-frames-first-smaller.gif";
    let frames = |options: &str| {
        let reply = gallery.show(options, moving);
        assert_eq!(reply.status, 200, "{options}: {}", reply.text());
        let decoder = image::codecs::gif::GifDecoder::new(std::io::Cursor::new(reply.body));
        image::AnimationDecoder::into_frames(decoder.unwrap()).count()
    };
    assert_eq!(frames("w:10"), 1);
    assert_eq!(frames("w:10/maf:2"), 2);
    assert_eq!(frames("w:10/maf:9"), 3);
    assert_eq!(frames("w:10/maf:9/da:1"), 1);
}

#[test]
fn a_checksum_is_that_of_the_source() {
    let origin = Origin::with_picture();
    let server = Server::start(&[]);
    let body = fixture("jpeg/baseline-420.jpg");
    let right = hex::encode(Sha256::digest(&body));
    let wrong = hex::encode(Sha256::digest(b"other"));
    for _made_and_held in 0..2 {
        let reply = server.get(&origin.asking(&format!("w:10/hs:sha256:{right}")));
        assert_eq!(reply.status, 200, "{}", reply.text());
        let reply = server.get(&origin.asking(&format!("w:10/hs:sha256:{wrong}")));
        assert_verdict(&reply, INVALID_IMAGE);
        assert_eq!(reply.header("cache-control"), Some("s-maxage=10"));
    }
    let reply = server.get(&origin.asking("w:10/hs:sha256:00"));
    assert_eq!(reply.status, 404, "no checksum at all");
    let info = format!(
        "/info/unsafe/hs:sha256:{wrong}/plain/{}",
        origin.url(PICTURE)
    );
    assert_verdict(&server.get(&info), INVALID_IMAGE);
}

#[test]
fn a_drawing_above_the_limit_of_pixels_is_drawn_smaller_made_and_held() {
    let drawing = r##"<svg xmlns="http://www.w3.org/2000/svg" width="4000" height="2000"><rect width="4000" height="2000" fill="#dc2828"/></svg>"##;
    let origin = Origin::start();
    origin.serve("/drawing.svg", Response::ok("image/svg+xml", drawing));
    let server = Server::start(&[("MAX_SRC_RESOLUTION", "0.02")]);
    let path = |options: &str| origin.asking_for("/drawing.svg", options);
    for outcome in [
        "Inkfish; fwd=uri-miss; stored",
        "Inkfish; hit; detail=hit_memory",
    ] {
        let reply = server.get(&path("f:png"));
        assert_eq!(reply.size(), (200, 100));
        assert_eq!(reply.header("cache-status"), Some(outcome));
    }
    assert_eq!(server.get(&path("w:50/f:png")).size(), (50, 25));
    let itself = server.get(&path("cb:1"));
    assert_eq!(itself.header("content-type"), Some("image/svg+xml"));
}
