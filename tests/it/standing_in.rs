//! The image that is shown where a source fails, and where none is.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::support::{Origin, PICTURE, Reply, Response, Server, fixture, picture};

/// Its size tells which image an answer is.
const STILL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/png/size-1x1.png");
const NAMED: &str = "jpeg/size-17x13.jpg";

/// Sizes of the configured image and of the one that URLs name.
const STILL_SIZE: (u32, u32) = (1, 1);
const NAMED_SIZE: (u32, u32) = (17, 13);

const UNREACHABLE: &str = "Source is unreachable";

fn fallback_url(origin: &Origin) -> String {
    origin.serve("/named", Response::ok("image/jpeg", fixture(NAMED)));
    format!("fiu:{}", URL_SAFE_NO_PAD.encode(origin.url("/named")))
}

fn size(reply: &Reply) -> (u32, u32) {
    let image = image::load_from_memory(&reply.body).unwrap();
    (image.width(), image.height())
}

#[test]
fn the_configured_image_stands_in_where_a_source_cannot_be_had_or_is_none() {
    let origin = Origin::start();
    origin.serve("/down", Response::status(500));
    origin.serve("/text", Response::ok("image/jpeg", "no image"));
    let server = Server::start(&[("FALLBACK_IMAGE_PATH", STILL)]);
    for path in ["/none", "/down", "/text"] {
        for _made_and_held in 0..2 {
            let reply = server.get(&origin.asking_for(path, "q:80"));
            assert_eq!(reply.status, 200, "{path}");
            assert_eq!(size(&reply), STILL_SIZE, "{path}");
        }
    }
    let errors = server.metric("inkfish_errors_total{kind=\"download\"}");
    assert_eq!(errors, 4.0, "what went wrong is counted all the same");
}

#[test]
fn it_is_named_in_three_ways() {
    let origin = Origin::start();
    origin.serve("/named", Response::ok("image/jpeg", fixture(NAMED)));
    let (data, url) = (STANDARD.encode(fixture(NAMED)), origin.url("/named"));
    #[rustfmt::skip]
    let table = [
        (vec![("FALLBACK_IMAGE_DATA", data.as_str())], NAMED_SIZE),
        (vec![("FALLBACK_IMAGE_URL", url.as_str())], NAMED_SIZE),
        (vec![("FALLBACK_IMAGE_DATA", data.as_str()), ("FALLBACK_IMAGE_PATH", STILL)], NAMED_SIZE),
        (vec![("FALLBACK_IMAGE_URL", url.as_str()), ("FALLBACK_IMAGE_PATH", STILL)], STILL_SIZE),
    ];
    for (settings, expected) in table {
        let reply = Server::start(&settings).get(&origin.asking_for("/none", "q:80"));
        assert_eq!((reply.status, size(&reply)), (200, expected));
    }
}

#[test]
fn its_status_is_that_of_the_settings_or_of_the_failure() {
    let origin = Origin::start();
    origin.serve("/down", Response::status(503));
    for (code, path, expected) in [
        ("200", "/none", 200),
        ("404", "/down", 404),
        ("0", "/none", 404),
        ("0", "/down", 502),
    ] {
        let settings = [
            ("FALLBACK_IMAGE_PATH", STILL),
            ("FALLBACK_IMAGE_HTTP_CODE", code),
        ];
        let server = Server::start(&settings);
        let reply = server.get(&origin.asking_for(path, "q:80"));
        assert_eq!(reply.status, expected, "{code} {path}");
        assert_eq!(size(&reply), STILL_SIZE);
        if expected != 200 {
            let tag = reply.header("etag").unwrap().to_owned();
            let asked = [("If-None-Match", tag.as_str())];
            let again = server.get_with(&origin.asking_for(path, "q:80"), &asked);
            assert_eq!(again.status, expected, "a failure is no 304");
        }
    }
}

#[test]
fn its_lifetime_is_that_of_the_settings() {
    let origin = Origin::start();
    for (ttl, expected) in [
        ("0", "max-age=31536000, public"),
        ("60", "max-age=60, public"),
    ] {
        let settings = [("FALLBACK_IMAGE_PATH", STILL), ("FALLBACK_IMAGE_TTL", ttl)];
        let server = Server::start(&settings);
        let reply = server.get(&origin.asking_for("/none", "q:80"));
        assert_eq!(reply.header("cache-control"), Some(expected));
        let until = server.clock.now().as_secs() + 20;
        let expiring = format!("q:80/exp:{until}");
        let reply = server.get(&origin.asking_for("/none", &expiring));
        assert_eq!(reply.header("cache-control"), Some("max-age=20, public"));
    }
}

#[test]
fn the_image_that_a_url_names_goes_before_the_configured_one() {
    let origin = Origin::start();
    let named = fallback_url(&origin);
    for settings in [&[][..], &[("FALLBACK_IMAGE_PATH", STILL)]] {
        let server = Server::start(settings);
        let reply = server.get(&origin.asking_for("/none", &named));
        assert_eq!((reply.status, size(&reply)), (200, NAMED_SIZE));
    }
}

#[test]
fn it_is_made_as_the_url_asks() {
    let origin = Origin::start();
    let named = fallback_url(&origin);
    let server = Server::start(&[("FALLBACK_IMAGE_PATH", STILL)]);
    let reply = server.get(&origin.asking_for("/none", &format!("rs:force:8:4/f:png/{named}")));
    assert_eq!(reply.header("content-type"), Some("image/png"));
    assert_eq!(size(&reply), (8, 4));
    let reply = server.get(&origin.asking_for("/none", "rs:force:8:4:1/f:webp"));
    assert_eq!(reply.header("content-type"), Some("image/webp"));
    assert_eq!(size(&reply), (8, 4));
}

#[test]
fn what_is_forbidden_damaged_or_too_large_has_none() {
    let origin = Origin::with_picture();
    let mut damaged = fixture("png/rgb-8.png");
    let half = damaged.len() / 2;
    damaged[half..half + 16].fill(0xff);
    origin.serve("/damaged", Response::ok("image/png", damaged));
    let all = origin.url("/");
    let server = Server::start(&[("FALLBACK_IMAGE_PATH", STILL), ("ALLOWED_SOURCES", &all)]);
    let reply = server.get(&origin.asking_for("/damaged", "w:10"));
    assert_eq!(reply.status, 422, "{}", reply.text());
    let reply = server.get("/unsafe/plain/http://127.0.0.1:9/a.jpg");
    assert_eq!(
        reply.verdict(),
        (404, "Invalid source URL".to_owned()),
        "not in the list"
    );
    let settings = [
        ("FALLBACK_IMAGE_PATH", STILL),
        ("ALLOW_LOOPBACK_SOURCE_ADDRESSES", "false"),
    ];
    let reply = Server::start(&settings).get(&origin.asking("w:10"));
    assert_eq!(reply.verdict(), (404, "Invalid source URL".to_owned()));
    let settings = [
        ("FALLBACK_IMAGE_PATH", STILL),
        ("MAX_SRC_RESOLUTION", "0.0001"),
    ];
    let reply = Server::start(&settings).get(&origin.asking("w:10"));
    assert_eq!(reply.verdict(), (422, "Invalid source image".to_owned()));
}

#[test]
fn a_url_that_is_wrong_or_expired_has_none() {
    let origin = Origin::start();
    let server = Server::start(&[("FALLBACK_IMAGE_PATH", STILL)]);
    for options in ["nonsense:1", "exp:1000"] {
        let reply = server.get(&origin.asking(options));
        assert_eq!(reply.verdict(), (404, "Invalid URL".to_owned()));
    }
}

#[test]
fn a_url_that_names_one_is_held_to_the_rules_of_sources() {
    let origin = Origin::start();
    let named = fallback_url(&origin);
    let pictures = origin.url("/pictures/");
    let server = Server::start(&[("ALLOWED_SOURCES", &pictures)]);
    let reply = server.get(&origin.asking(&named));
    assert_eq!(reply.verdict(), (404, UNREACHABLE.to_owned()));
    assert_eq!(origin.hits("/named"), 0);
}

#[test]
fn when_the_source_comes_back_so_does_its_picture() {
    let origin = Origin::start();
    let named = fallback_url(&origin);
    let server = Server::start(&[("FALLBACK_IMAGE_PATH", STILL), ("ERROR_TTL", "5")]);
    for options in ["q:80", named.as_str()] {
        origin.serve(PICTURE, Response::status(500));
        server.clock.advance(std::time::Duration::from_secs(5));
        let path = origin.asking(&format!("{options}/cb:{}", options.len()));
        let instead = server.get(&path);
        assert_ne!(size(&instead), (48, 32), "{options}");
        origin.serve(PICTURE, picture());
        server.clock.advance(std::time::Duration::from_secs(5));
        let real = server.get(&path);
        let plain = server.get(&origin.asking("q:80/cb:plain"));
        assert_eq!(size(&real), size(&plain), "{options}");
        assert_ne!(real.header("etag"), instead.header("etag"));
    }
}

#[test]
fn while_it_stands_in_the_source_is_not_asked_for_every_view() {
    let origin = Origin::start();
    let server = Server::start(&[("FALLBACK_IMAGE_PATH", STILL)]);
    for _view in 0..5 {
        assert_eq!(server.get(&origin.asking("q:80")).status, 200);
    }
    assert_eq!(origin.hits(PICTURE), 1);
}

#[test]
fn a_held_picture_goes_before_it() {
    let origin = Origin::with_picture();
    let server = Server::start(&[("FALLBACK_IMAGE_PATH", STILL)]);
    let made = server.get(&origin.asking("q:80"));
    origin.serve(PICTURE, Response::status(500));
    server.clock.advance(std::time::Duration::from_secs(86_400));
    let stale = server.get(&origin.asking("q:80"));
    assert_eq!(stale.body, made.body);
    assert_eq!(
        stale.header("cache-status"),
        Some("Inkfish; hit; detail=stale")
    );
}

#[test]
fn the_checksum_of_a_source_is_not_asked_of_what_stands_in_for_it() {
    let origin = Origin::start();
    let named = fallback_url(&origin);
    let server = Server::start(&[]);
    let options = format!("hs:md5:{}/{named}", "00".repeat(16));
    let reply = server.get(&origin.asking_for("/none", &options));
    assert_eq!((reply.status, size(&reply)), (200, NAMED_SIZE));
}

#[test]
fn one_that_fails_too_leaves_the_first_failure() {
    let origin = Origin::start();
    let missing = format!("fiu:{}", URL_SAFE_NO_PAD.encode(origin.url("/missing")));
    origin.serve("/down", Response::status(500));
    let reply = Server::start(&[]).get(&origin.asking_for("/down", &missing));
    assert_eq!(reply.verdict(), (502, UNREACHABLE.to_owned()));
}

#[test]
fn raw_has_none() {
    let origin = Origin::start();
    let server = Server::start(&[("FALLBACK_IMAGE_PATH", STILL)]);
    let reply = server.get(&origin.asking_for("/none", "raw:1"));
    assert_eq!(reply.status, 404);
    assert_eq!(reply.header("content-type"), None);
}

#[test]
fn one_that_is_no_image_stops_the_start() {
    let not_an_image = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/other/not-an-image.html"
    );
    let variables = [
        ("INKFISH_ALLOW_UNSIGNED", "true"),
        ("INKFISH_BIND", "127.0.0.1:0"),
        ("INKFISH_ADMIN_BIND", "127.0.0.1:0"),
        ("INKFISH_FALLBACK_IMAGE_PATH", not_an_image),
    ];
    let output = crate::support::run(&["serve"], &variables);
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("INKFISH_FALLBACK_IMAGE"), "{told}");
}
