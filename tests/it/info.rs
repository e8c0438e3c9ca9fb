//! What is told about sources, and by which rules.

use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::support::{Gallery, Origin, PICTURE, Reply, Response, Server, fixture};

const PHOTO: &str = "jpeg/photo-1200x800.jpg";

fn target(options: &str, fixture: &str) -> String {
    let options = match options {
        "" => String::new(),
        options => format!("/{options}"),
    };
    format!("/info/unsafe{options}/plain/local:///{fixture}")
}

fn report(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/json"));
    serde_json::from_slice(&reply.body).unwrap()
}

fn keys(report: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = report
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys
}

/// Everything that is told unasked, off.
const QUIET: &str = "s:0/f:0/d:0/exif:0/iptc:0/xmp:0";

#[test]
fn size_format_and_dimensions_are_told_unasked() {
    let gallery = Gallery::open(&[]);
    let told = report(&gallery.server.get(&target("", PHOTO)));
    assert_eq!(told["size"], json!(fixture(PHOTO).len()));
    assert_eq!(told["format"], "jpeg");
    assert_eq!(told["mime_type"], "image/jpeg");
    assert_eq!(
        (&told["width"], &told["height"]),
        (&json!(1200), &json!(800))
    );
    assert_eq!(told["orientation"], 1);
    let turned = report(
        &gallery
            .server
            .get(&target("", "png/exif-orientation-6.png")),
    );
    assert_eq!(turned["orientation"], 6);
    let shown = gallery.show("", "png/exif-orientation-6.png").size();
    assert_eq!(
        (&turned["width"], &turned["height"]),
        (&json!(shown.0), &json!(shown.1)),
        "as it is seen"
    );
    let silent = report(&gallery.server.get(&target(QUIET, PHOTO)));
    assert_eq!(silent, json!({}));
}

#[test]
fn each_option_tells_its_fields() {
    let gallery = Gallery::open(&[]);
    let (sum, many) = (
        hex::encode(Sha256::digest(fixture(PHOTO))),
        "chs:md5:sha1:sha256:sha512",
    );
    #[rustfmt::skip]
    let table: [(&str, &str, &[&str]); 21] = [
        ("s:1", PHOTO, &["size"]),
        ("f:1", PHOTO, &["format", "mime_type"]),
        ("d:1", PHOTO, &["height", "orientation", "width"]),
        ("exif:1", "jpeg/orientation-6.jpg", &["exif"]),
        ("xmp:1", "jpeg/xmp.jpg", &["xmp"]),
        ("vm:1", PHOTO, &[]),
        ("cs:1", PHOTO, &["colorspace"]),
        ("b:1", PHOTO, &["bands"]),
        ("sf:1", PHOTO, &["sample_format"]),
        ("pn:1", "gif/animated-3-frames-first-smaller.gif", &["pages_number"]),
        ("a:1", "png/rgba-8.png", &["alpha"]),
        ("a:1:1", "png/rgba-8.png", &["alpha"]),
        ("c:100:100:ce", PHOTO, &["crop"]),
        ("p:4", PHOTO, &["palette"]),
        ("avg:1", PHOTO, &["average"]),
        ("dc:1:1", PHOTO, &["dominant_colors"]),
        ("bh:4:3", PHOTO, &["blurhash"]),
        ("th:1", PHOTO, &["thumb_hash"]),
        ("ph:1", PHOTO, &["perceptual_hash"]),
        (many, PHOTO, &["hashsums"]),
        ("pg:1/p:2", "gif/animated-3-frames-first-smaller.gif", &["palette"]),
    ];
    for (options, fixture, expected) in table {
        let path = target(&format!("{QUIET}/{options}"), fixture);
        let told = report(&gallery.server.get(&path));
        assert_eq!(keys(&told), expected, "{options}: {told}");
    }
    let told = report(&gallery.server.get(&target(many, PHOTO)));
    assert_eq!(told["hashsums"]["sha256"], sum.as_str());
    assert_eq!(told["hashsums"].as_object().unwrap().len(), 4);
}

#[test]
fn an_answer_is_json_of_its_own_and_no_picture() {
    let gallery = Gallery::open(&[
        ("SET_CANONICAL_HEADER", "true"),
        ("RETURN_ATTACHMENT", "true"),
        ("AUTO_WEBP", "true"),
    ]);
    let path = target("ct:shop:home", PHOTO);
    let reply = gallery
        .server
        .get_with(&path, &[("Accept", "image/webp,*/*")]);
    assert_eq!(keys(&report(&reply))[0], "format");
    for absent in ["content-disposition", "link", "vary"] {
        assert_eq!(reply.header(absent), None, "{absent}");
    }
    let keys = reply.header("surrogate-key").unwrap();
    assert!(keys.ends_with(" home shop"), "{keys}");
    assert_eq!(
        reply.header("cache-control"),
        Some("max-age=31536000, public")
    );
    let head = gallery.server.request("HEAD", &path, &[]);
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-type"), Some("application/json"));
    let length = reply.body.len().to_string();
    assert_eq!(head.header("content-length"), Some(length.as_str()));
    let tag = reply.header("etag").unwrap();
    let held = gallery.server.get_with(&path, &[("If-None-Match", tag)]);
    assert_eq!(held.status, 304);
}

#[test]
fn what_was_told_once_is_kept() {
    let origin = Origin::with_picture();
    let server = Server::start(&[]);
    let path = |options: &str| format!("/info/unsafe/{options}/plain/{}", origin.url(PICTURE));
    let status = |options: &str| {
        let reply = server.get(&path(options));
        report(&reply);
        reply.header("cache-status").unwrap().to_owned()
    };
    assert_eq!(status("s:1"), "Inkfish; fwd=uri-miss; stored");
    assert_eq!(status("s:1"), "Inkfish; hit; detail=hit_memory");
    assert_eq!(status("size:true"), "Inkfish; hit; detail=hit_memory");
    assert_eq!(status("s:1/cb:2"), "Inkfish; fwd=uri-miss; stored");
    assert_eq!(status("s:1/p:3"), "Inkfish; fwd=uri-miss; stored");
    let image = server.get(&origin.asking("s:1:1"));
    assert_eq!(
        image.header("cache-status"),
        Some("Inkfish; fwd=uri-miss; stored")
    );
}

#[test]
fn it_is_signed_over_what_follows_the_signature() {
    let (key, salt) = ("736563726574", "68656c6c6f");
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    let server = Server::start(&[
        ("ALLOW_UNSIGNED", "false"),
        ("KEY", key),
        ("SALT", salt),
        ("PATH_PREFIX", "/img"),
        ("LOCAL_FILESYSTEM_ROOT", root),
    ]);
    let path = format!("/s:1/plain/local:///{PHOTO}");
    let mut mac = Hmac::<Sha256>::new_from_slice(&hex::decode(key).unwrap()).unwrap();
    mac.update(&hex::decode(salt).unwrap());
    mac.update(path.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    report(&server.get(&format!("/img/info/{signature}{path}")));
    for wrong in ["/img/info/unsafe", "/info", "/img/info"] {
        let reply = server.get(&format!("{wrong}{path}"));
        assert!([403, 404].contains(&reply.status), "{wrong}");
    }
    // The signature of an image is not asked again for its information: the same path is the same permission.
    let refused = server.get(&format!("/img/info/{signature}/s:0/plain/local:///{PHOTO}"));
    assert_eq!(refused.verdict(), (403, "Forbidden".to_owned()));
}

#[test]
fn what_it_does_not_know_is_refused() {
    let gallery = Gallery::open(&[]);
    for options in [
        "w:100",
        "do:1",
        "cl:1",
        "vts:1",
        "op:face",
        "p:1",
        "bh:10:1",
        "chs:crc32",
        "s:1:2",
    ] {
        let reply = gallery.server.get(&target(options, PHOTO));
        assert_eq!(
            reply.verdict(),
            (404, "Invalid URL".to_owned()),
            "{options}"
        );
    }
    for options in ["msr:1", "msfs:1"] {
        let reply = gallery.server.get(&target(options, PHOTO));
        assert_eq!(
            reply.verdict(),
            (403, "Invalid URL".to_owned()),
            "{options}"
        );
    }
}

#[test]
fn limits_and_the_rules_of_sources_hold() {
    let origin = Origin::start();
    origin.serve("/photo", Response::ok("image/jpeg", fixture(PHOTO)));
    origin.serve("/text", Response::ok("image/jpeg", "no image"));
    let path = |options: &str, path: &str| {
        let url = origin.url(path);
        format!("/info/unsafe/{options}/plain/{url}")
    };
    let elsewhere = "http://shop.example/";
    /// Settings, options, the path, and the status.
    type Row<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str, u16);
    #[rustfmt::skip]
    let table: [Row<'_>; 9] = [
        (&[], "s:1", "/photo", 200),
        (&[("MAX_SRC_RESOLUTION", "0.5")], "s:1", "/photo", 422),
        (&[("MAX_SRC_FILE_SIZE", "1000")], "s:1", "/photo", 422),
        (&[("ALLOWED_SOURCES", elsewhere)], "s:1", "/photo", 404),
        (
            &[("ALLOW_SECURITY_OPTIONS", "true")],
            "msr:0.5",
            "/photo",
            422,
        ),
        (
            &[("ALLOW_SECURITY_OPTIONS", "true")],
            "msr:1",
            "/photo",
            200,
        ),
        (
            &[("ALLOW_SECURITY_OPTIONS", "true")],
            "msfs:1000",
            "/photo",
            422,
        ),
        (
            &[(
                "FALLBACK_IMAGE_PATH",
                concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/png/rgb-8.png"),
            )],
            "s:1",
            "/none",
            404,
        ),
        (&[], "s:1", "/text", 422),
    ];
    for (settings, options, at, expected) in table {
        let reply = Server::start(settings).get(&path(options, at));
        assert_eq!(
            reply.status,
            expected,
            "{settings:?} {options}: {}",
            reply.text()
        );
    }
    let server = Server::start(&[("ALLOW_SECURITY_OPTIONS", "true")]);
    assert_eq!(server.get(&path("s:1", "/photo")).status, 200);
    let held = server.get(&path("s:1/msr:0.5", "/photo"));
    assert_eq!(held.status, 422, "what is held is held to it too");
}

#[test]
fn presets_of_its_own_apply() {
    let presets = [(
        "INFO_PRESETS",
        "default=d:0,quiet=s:0/f:0/exif:0/iptc:0/xmp:0/b:1",
    )];
    let gallery = Gallery::open(&presets);
    let told = report(&gallery.server.get(&target("pr:quiet", PHOTO)));
    assert_eq!(keys(&told), ["bands"]);
    let told = report(&gallery.server.get(&target("", PHOTO)));
    assert!(told.get("width").is_none(), "{told}");
    assert_eq!(gallery.server.get(&target("pr:other", PHOTO)).status, 404);
}
