//! What passes between clients, sources and caches in front of us; which sources are asked, and how often.

use std::io::Write;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::support::{
    BYPASS, Gallery, MEMORY, MISS, Origin, PICTURE, Response, S3Server, Server, fixture, status,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MARK: &str = "/marks/shop.png";

/// Answers with a picture of its own for each value of the header.
fn serve_by_header(origin: &Origin, name: &'static str) {
    origin.on(PICTURE, move |request, stream| {
        let body = match request.header(name) {
            Some(value) if value.contains("red") => fixture("png/rgb-8.png"),
            Some(_) => fixture("png/grey-8.png"),
            None => fixture("jpeg/baseline-420.jpg"),
        };
        let _ = stream.write_all(&Response::ok("image/any", body).bytes());
    });
}

#[test]
fn headers_that_pass_to_the_source_make_answers_of_one_client() {
    let origin = Origin::start();
    serve_by_header(&origin, "x-shop");
    let server = Server::start(&[
        ("REQUEST_HEADERS_PASSTHROUGH", "X-Shop"),
        ("CDN_CACHE_CONTROL", "600"),
        ("SOURCE_CACHE_BYTES", "1MiB"),
    ]);
    let path = origin.asking("rs:fit:20:20/f:png");
    let get = |value: &str| server.get_with(&path, &[("X-Shop", value), ("X-Other", "never")]);
    let (red, blue, plain) = (get("red"), get("blue"), server.get(&path));
    for reply in [&red, &blue, &plain] {
        assert_eq!(status(reply), MISS);
    }
    assert!(red.body != blue.body && blue.body != plain.body && red.body != plain.body);
    for reply in [&red, &blue] {
        assert_eq!(
            reply.header("cache-control"),
            Some("max-age=31536000, private")
        );
        assert_eq!(reply.header("cdn-cache-control"), Some("no-store"));
    }
    assert_eq!(
        plain.header("cache-control"),
        Some("max-age=31536000, public")
    );
    assert_eq!(status(&get("red")), MEMORY);
    assert_eq!(get("red").body, red.body);
    assert_eq!(server.get(&path).body, plain.body);
    assert_eq!(origin.hits(PICTURE), 3);
    let asked = &origin.requests(PICTURE)[0];
    assert_eq!(asked.header("x-shop"), Some("red"));
    assert_eq!(asked.header("x-other"), None);
    let tag = red.header("etag").unwrap();
    let held = server.get_with(&path, &[("X-Shop", "red"), ("If-None-Match", tag)]);
    assert_eq!(held.status, 304);
    assert_eq!(
        held.header("cache-control"),
        Some("max-age=31536000, private")
    );
}

#[test]
fn cookies_pass_only_where_settings_say_so() {
    for (setting, passes) in [
        ("COOKIE_PASSTHROUGH_ALL", true),
        ("ENABLE_CLIENT_HINTS", false),
    ] {
        let origin = Origin::start();
        serve_by_header(&origin, "cookie");
        let server = Server::start(&[(setting, "true")]);
        let path = origin.asking("rs:fit:20:20/f:png");
        let mine = server.get_with(&path, &[("Cookie", "s=red")]);
        let theirs = server.get(&path);
        assert_eq!(mine.body != theirs.body, passes, "{setting}");
        let audience = if passes { "private" } else { "public" };
        let expected = format!("max-age=31536000, {audience}");
        assert_eq!(mine.header("cache-control"), Some(expected.as_str()));
        assert_eq!(
            theirs.header("cache-control"),
            Some("max-age=31536000, public")
        );
    }
}

#[test]
fn a_watermark_sees_nothing_of_what_passes_to_the_source() {
    let origin = Origin::with_picture();
    origin.serve(MARK, Response::ok("image/png", fixture("png/rgb-8.png")));
    let server = Server::start(&[("REQUEST_HEADERS_PASSTHROUGH", "X-Shop")]);
    let reply = server.get_with(&marked(&origin), &[("X-Shop", "red")]);
    assert_eq!(status(&reply), MISS);
    assert_eq!(origin.requests(PICTURE)[0].header("x-shop"), Some("red"));
    assert_eq!(origin.requests(MARK)[0].header("x-shop"), None);
}

#[test]
fn settings_add_headers_to_answers_and_to_requests() {
    let origin = Origin::with_picture();
    let server = Server::start(&[
        ("CUSTOM_RESPONSE_HEADERS", r"X-Shop=cats\;X-Two=2=2"),
        (
            "CUSTOM_REQUEST_HEADERS",
            "Authorization=Bearer of the origin",
        ),
    ]);
    let reply = server.get(&origin.asking("w:10"));
    assert_eq!(reply.header("x-shop"), Some("cats"));
    assert_eq!(reply.header("x-two"), Some("2=2"));
    assert_eq!(
        reply.header("cache-control"),
        Some("max-age=31536000, public")
    );
    let asked = &origin.requests(PICTURE)[0];
    assert_eq!(asked.header("authorization"), Some("Bearer of the origin"));
}

#[test]
fn sources_are_completed_and_rewritten_before_they_are_fetched() {
    let origin = Origin::with_picture();
    let base = origin.url("/pictures/");
    let server = Server::start(&[("BASE_URL", &base)]);
    assert_eq!(status(&server.get("/unsafe/w:10/plain/cat.jpg")), MISS);
    assert_eq!(status(&server.get(&origin.asking("w:10"))), MEMORY);
    let replacements = format!("shop://*/={}/${{1}}/", origin.url(""));
    let server = Server::start(&[("URL_REPLACEMENTS", &replacements)]);
    let reply = server.get("/unsafe/w:10/plain/shop://pictures/cat.jpg");
    assert_eq!(status(&reply), MISS);
    assert_eq!(status(&server.get(&origin.asking("w:10"))), MEMORY);
}

#[test]
fn the_next_size_of_a_source_is_no_second_download() {
    let origin = Origin::with_picture();
    for (setting, hits) in [("64MiB", 1), ("0", 2)] {
        let before = origin.hits(PICTURE);
        let server = Server::start(&[("SOURCE_CACHE_BYTES", setting)]);
        for options in ["w:10", "w:20"] {
            assert_eq!(status(&server.get(&origin.asking(options))), MISS);
        }
        assert_eq!(origin.hits(PICTURE) - before, hits, "{setting}");
    }
    let page = inkfish::config::markdown();
    assert!(page.contains("| `INKFISH_SOURCE_CACHE_BYTES` | `64MiB` |"));
}

#[test]
fn what_passes_the_cache_by_is_made_each_time_and_not_kept() {
    let origin = Origin::with_picture();
    let server = Server::start(&[
        ("ALLOW_BYPASS_CACHE", "true"),
        ("SOURCE_CACHE_BYTES", "1MiB"),
    ]);
    for hits in 1..=2 {
        assert_eq!(status(&server.get(&origin.asking("w:10/bc:1"))), BYPASS);
        assert_eq!(origin.hits(PICTURE), hits);
    }
    assert_eq!(status(&server.get(&origin.asking("w:10"))), MISS);
    assert_eq!(status(&server.get(&origin.asking("w:10"))), MEMORY);
    assert_eq!(status(&server.get(&origin.asking("w:10/bc:1"))), BYPASS);
    let refused = Server::start(&[]).get(&origin.asking("w:10/bc:1"));
    assert!([403, 404].contains(&refused.status), "{}", refused.status);
}

#[test]
fn tags_of_a_url_are_told_to_the_caches_in_front() {
    let origin = Origin::with_picture();
    let server = Server::start(&[]);
    for _made_and_held in 0..2 {
        let reply = server.get(&origin.asking("w:10/ct:sku-1:home"));
        let keys = reply.header("surrogate-key").unwrap();
        assert!(
            keys.starts_with("s-") && keys.ends_with(" home sku-1"),
            "{keys}"
        );
        assert_eq!(
            reply.header("cache-tag"),
            Some(keys.replace(' ', ",").as_str())
        );
    }
    let reply = server.get(&origin.asking("w:10"));
    let keys = reply.header("surrogate-key").unwrap();
    assert_eq!(keys.split(' ').count(), 3, "{keys}");
    assert_eq!(server.get(&origin.asking("ct:a%20b")).status, 404);
}

fn marked(origin: &Origin) -> String {
    let url = URL_SAFE_NO_PAD.encode(origin.url(MARK));
    origin.asking(&format!("rs:fit:40:40/f:png/wm:1:ce/wms:20:20/wmu:{url}"))
}

#[test]
fn a_watermark_that_a_url_names_is_laid_and_noticed_when_it_changes() {
    let origin = Origin::with_picture();
    origin.serve(MARK, Response::ok("image/png", fixture("png/rgb-8.png")));
    let server = Server::start(&[("SOURCE_CACHE_BYTES", "1MiB")]);
    let path = marked(&origin);
    let made = server.get(&path);
    assert_eq!(status(&made), MISS);
    let plain = server.get(&origin.asking("rs:fit:40:40/f:png"));
    assert_ne!(made.body, plain.body);
    assert_eq!(status(&server.get(&path)), MEMORY);
    server.clock.advance(DAY);
    let renewed = server.get(&path);
    assert_eq!(status(&renewed), "Inkfish; fwd=stale; fwd-status=304");
    assert_eq!(renewed.body, made.body);
    origin.serve(MARK, Response::ok("image/png", fixture("png/grey-8.png")));
    server.clock.advance(DAY);
    let changed = server.get(&path);
    assert_eq!(status(&changed), MISS);
    assert_ne!(changed.body, made.body);
}

#[test]
fn a_watermark_is_held_to_the_rules_of_sources() {
    let origin = Origin::with_picture();
    origin.serve(MARK, Response::ok("image/png", fixture("png/rgb-8.png")));
    let pictures = origin.url("/pictures/");
    let server = Server::start(&[("ALLOWED_SOURCES", &pictures)]);
    let reply = server.get(&marked(&origin));
    assert_eq!(reply.verdict(), (404, "Invalid source URL".to_owned()));
    assert_eq!(status(&server.get(&origin.asking("w:10"))), MISS);
    assert_eq!((origin.hits(PICTURE), origin.hits(MARK)), (1, 0));
    let server = Server::start(&[]);
    origin.serve(MARK, Response::status(404));
    let reply = server.get(&marked(&origin));
    let missing = (404, "Watermark is unreachable".to_owned());
    assert_eq!(reply.verdict(), missing);
    assert_eq!(status(&server.get(&origin.asking("w:10"))), MISS);
}

#[test]
fn the_configured_watermark_is_laid_where_a_url_asks_for_one() {
    let mark = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/png/rgb-8.png");
    let options = "rs:fit:60:60/f:png/wm:1:ce/wms:20:20";
    let with = Gallery::open(&[("WATERMARK_PATH", mark)]).show(options, "png/grey-8.png");
    let half = [("WATERMARK_PATH", mark), ("WATERMARK_OPACITY", "0.5")];
    let half = Gallery::open(&half).show(options, "png/grey-8.png");
    let without = Gallery::open(&[]).show(options, "png/grey-8.png");
    for reply in [&with, &half, &without] {
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    assert!(with.body != without.body && half.body != without.body && with.body != half.body);
}

#[test]
fn objects_are_read_from_the_stores_that_settings_name() {
    let store = S3Server::shared();
    for bucket in ["photos", "closed", "unlisted"] {
        store.put(bucket, "served.jpg", &fixture("jpeg/baseline-420.jpg"));
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stores.toml");
    let list = format!(
        "[[store]]\nname = \"shop\"\nkind = \"s3\"\nendpoint = \"{}\"\naccess_key_id = \"{}\"\n\
         secret_access_key = \"{}\"\nallowed_buckets = [\"photos\", \"closed\"]\ndenied_buckets = [\"closed\"]\n",
        store.url(),
        S3Server::ACCESS_KEY_ID,
        S3Server::SECRET_ACCESS_KEY,
    );
    std::fs::write(&file, list).unwrap();
    // The operator named the endpoint: no switch for private addresses is needed to reach it.
    let server = Server::start(&[
        ("OBJECT_STORES_PATH", file.to_str().unwrap()),
        ("ALLOW_LOOPBACK_SOURCE_ADDRESSES", "false"),
    ]);
    let get = |url: &str| server.get(&format!("/unsafe/w:10/plain/{url}"));
    assert_eq!(status(&get("s3://photos/served.jpg")), MISS);
    assert_eq!(status(&get("s3://photos/served.jpg")), MEMORY);
    server.clock.advance(DAY);
    assert_eq!(
        status(&get("s3://photos/served.jpg")),
        "Inkfish; fwd=stale; fwd-status=304"
    );
    for url in [
        "s3://photos/none.jpg",
        "s3://closed/served.jpg",
        "s3://unlisted/served.jpg",
        "gs://photos/served.jpg",
    ] {
        let reply = get(url);
        assert_eq!(
            reply.verdict(),
            (404, "Source is unreachable".to_owned()),
            "{url}"
        );
    }
    let raw = server.get("/unsafe/raw:1/plain/s3://photos/served.jpg");
    assert_eq!(raw.body, fixture("jpeg/baseline-420.jpg"));
}
