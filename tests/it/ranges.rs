//! Parts of answers: ranges, what they are held against, and clients that ask for them.

use std::process::Command;

use crate::support::{MODIFIED, Origin, PICTURE, Reply, Response, Server, fixture};

const SMALL: &str = "rs:fit:24:24";

/// A server, an image that it holds, and the whole answer for it.
struct Held {
    server: Server,
    origin: Origin,
    path: String,
    whole: Reply,
}

impl Held {
    fn new(settings: &[(&str, &str)]) -> Self {
        let origin = Origin::with_picture();
        let server = Server::start(settings);
        let path = origin.asking(SMALL);
        let whole = server.get(&path);
        assert_eq!(whole.status, 200);
        Self {
            server,
            origin,
            path,
            whole,
        }
    }

    fn get(&self, headers: &[(&str, &str)]) -> Reply {
        self.server.get_with(&self.path, headers)
    }

    fn etag(&self) -> &str {
        self.whole.header("etag").unwrap()
    }

    fn length(&self) -> usize {
        self.whole.body.len()
    }

    #[track_caller]
    fn assert_whole(&self, headers: &[(&str, &str)]) {
        let reply = self.get(headers);
        assert_eq!(reply.status, 200, "{headers:?}");
        assert_eq!(reply.header("content-range"), None, "{headers:?}");
        assert_eq!(reply.body, self.whole.body, "{headers:?}");
    }
}

/// Runs curl on what `server` has at `path`, and answers what it wrote.
fn curl(server: &Server, path: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--fail", "--max-time", "20"])
        .args(arguments)
        .arg(format!("http://{}{path}", server.address()))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {told}");
    output.stdout
}

#[test]
fn a_range_is_answered_with_its_bytes_and_the_headers_of_the_whole() {
    let held = Held::new(&[("AUTO_WEBP", "true"), ("CDN_CACHE_CONTROL", "600")]);
    let length = held.length();
    let rows = [
        ("bytes=0-0".to_owned(), 0..1),
        ("bytes=10-19".to_owned(), 10..20),
        ("bytes=100-".to_owned(), 100..length),
        ("bytes=-7".to_owned(), length - 7..length),
        (format!("bytes={}-9999999", length - 1), length - 1..length),
        ("bytes=-9999999".to_owned(), 0..length),
        ("bytes=0-".to_owned(), 0..length),
    ];
    for (range, part) in rows {
        let reply = held.get(&[("Range", &range)]);
        assert_eq!(reply.status, 206, "{range}");
        assert_eq!(reply.body, held.whole.body[part.clone()], "{range}");
        let told = format!("bytes {}-{}/{length}", part.start, part.end - 1);
        assert_eq!(reply.header("content-range"), Some(&*told), "{range}");
        for name in [
            "accept-ranges",
            "cache-control",
            "cdn-cache-control",
            "content-disposition",
            "content-type",
            "etag",
            "last-modified",
            "vary",
        ] {
            assert!(reply.header(name).is_some(), "{name}");
            assert_eq!(reply.header(name), held.whole.header(name), "{name}");
        }
    }
    assert_eq!(held.whole.header("accept-ranges"), Some("bytes"));
}

#[test]
fn a_range_past_the_end_is_refused_with_the_length() {
    let held = Held::new(&[]);
    let length = held.length();
    for range in [format!("bytes={length}-"), "bytes=-0".to_owned()] {
        let reply = held.get(&[("Range", &range)]);
        let expected = (416, "Range not satisfiable".to_owned());
        assert_eq!(reply.verdict(), expected, "{range}");
        let told = format!("bytes */{length}");
        assert_eq!(reply.header("content-range"), Some(&*told), "{range}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{range}");
    }
}

#[test]
fn what_is_no_single_range_of_bytes_is_answered_whole() {
    let held = Held::new(&[]);
    for range in ["bytes=0-1,4-5", "bytes=5-4", "items=0-1", "bytes=x", ""] {
        held.assert_whole(&[("Range", range)]);
    }
    held.assert_whole(&[("Range", "bytes=0-1"), ("Range", "bytes=4-5")]);
}

#[test]
fn head_takes_no_notice_of_a_range() {
    let held = Held::new(&[]);
    for range in ["bytes=0-1", "bytes=9999999-"] {
        let head = held.server.request("HEAD", &held.path, &[("Range", range)]);
        let length = held.length().to_string();
        assert_eq!(head.status, 200);
        assert_eq!(head.header("content-length"), Some(&*length));
        assert_eq!(head.header("accept-ranges"), Some("bytes"));
        assert_eq!(head.header("content-range"), None);
    }
}

#[test]
fn conditions_are_judged_before_ranges() {
    let held = Held::new(&[]);
    let rows = [
        ("If-None-Match", held.etag(), 304),
        ("If-None-Match", "\"other\"", 206),
        ("If-Modified-Since", MODIFIED, 304),
        ("If-Match", held.etag(), 206),
        ("If-Match", "\"other\"", 412),
        ("If-Unmodified-Since", MODIFIED, 206),
        ("If-Unmodified-Since", "Mon, 14 Nov 1994 00:00:00 GMT", 412),
    ];
    for (name, value, status) in rows {
        let reply = held.get(&[("Range", "bytes=0-1"), (name, value)]);
        assert_eq!(reply.status, status, "{name}: {value}");
    }
    let failed = held.get(&[("If-Match", "\"other\"")]);
    let expected = (412, "Precondition failed".to_owned());
    assert_eq!(failed.verdict(), expected);
    assert_eq!(failed.header("cache-control"), Some("no-store"));
}

#[test]
fn a_part_is_continued_only_where_it_is_of_the_same_bytes() {
    let held = Held::new(&[("CACHE_TTL", "0")]);
    let etag = held.etag().to_owned();
    let range = ("Range", "bytes=5-");
    let rest = held.get(&[range, ("If-Range", &etag)]);
    assert_eq!((rest.status, &*rest.body), (206, &held.whole.body[5..]));
    let weak = format!("W/{etag}");
    for other in ["\"other\"", &weak, MODIFIED] {
        held.assert_whole(&[range, ("If-Range", other)]);
    }
    let changed = Response::ok("image/jpeg", fixture("jpeg/grey.jpg"));
    held.origin.serve(PICTURE, changed);
    let whole = held.get(&[range, ("If-Range", &etag)]);
    assert_eq!(whole.status, 200);
    assert_ne!(whole.body, held.whole.body);
    let other = whole.header("etag").unwrap();
    let rest = held.get(&[range, ("If-Range", other)]);
    assert_eq!((rest.status, &*rest.body), (206, &whole.body[5..]));
    assert_eq!(rest.header("etag"), Some(other));
}

#[test]
fn without_an_etag_there_are_no_ranges() {
    let held = Held::new(&[("USE_ETAG", "false")]);
    assert_eq!(held.whole.header("accept-ranges"), None);
    held.assert_whole(&[("Range", "bytes=0-1")]);
    held.assert_whole(&[("Range", "bytes=9999999-")]);
}

#[test]
fn what_stands_in_under_the_status_of_an_error_is_sent_whole() {
    let fallback = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/jpeg/grey.jpg");
    let origin = Origin::start();
    let path = origin.asking_for("/missing.jpg", SMALL);
    for (code, status) in [("0", 404), ("200", 206)] {
        let code = ("FALLBACK_IMAGE_HTTP_CODE", code);
        let server = Server::start(&[("FALLBACK_IMAGE_PATH", fallback), code]);
        let reply = server.get_with(&path, &[("Range", "bytes=0-9")]);
        assert_eq!(reply.status, status);
        assert_eq!(reply.body.len() == 10, status == 206);
    }
}

#[test]
fn what_is_known_of_a_source_can_be_had_in_parts_too() {
    let origin = Origin::with_picture();
    let server = Server::start(&[]);
    let path = format!("/info/unsafe/plain/{}", origin.url(PICTURE));
    let whole = server.get(&path);
    let part = server.get_with(&path, &[("Range", "bytes=1-8")]);
    assert_eq!((part.status, &*part.body), (206, &whole.body[1..9]));
}

#[test]
fn curl_takes_parts_and_continues_what_was_cut_off() {
    let held = Held::new(&[]);
    let whole = &held.whole.body;
    let part = curl(&held.server, &held.path, &["--range", "10-19"]);
    assert_eq!(part, whole[10..20]);
    let end = curl(&held.server, &held.path, &["--range", "-5"]);
    assert_eq!(end, whole[whole.len() - 5..]);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("picture");
    let arguments = ["--continue-at", "-", "--output", file.to_str().unwrap()];
    std::fs::write(&file, &whole[..100]).unwrap();
    curl(&held.server, &held.path, &arguments);
    assert_eq!(&std::fs::read(&file).unwrap(), whole);
}
