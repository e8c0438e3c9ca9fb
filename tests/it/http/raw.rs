//! Sources that are passed on as they are.

use std::io::Write;

use crate::support::{MODIFIED, Origin, Response, Server};

#[test]
fn raw_passes_the_source_on_untouched_and_unstored() {
    let origin = Origin::start();
    let file = Response::ok("text/plain", "no picture at all")
        .header("ETag", "\"theirs\"")
        .header("Last-Modified", MODIFIED)
        .header("Set-Cookie", "secret=1")
        .header("Cache-Control", "private");
    origin.serve("/file", file);
    let server = Server::start(&[("AUTO_WEBP", "true")]);
    let path = origin.asking_for("/file", "raw:1");
    for hits in 1..=2 {
        let reply = server.get(&path);
        assert_eq!(reply.text(), "no picture at all");
        for (name, value) in [
            ("content-type", Some("text/plain")),
            ("content-length", Some("17")),
            ("etag", Some("\"theirs\"")),
            ("last-modified", Some(MODIFIED)),
            ("cache-status", Some("Inkfish; fwd=bypass")),
            ("set-cookie", None),
            ("vary", None),
        ] {
            assert_eq!(reply.header(name), value, "{name}");
        }
        assert_eq!(origin.hits("/file"), hits);
    }
}

#[test]
fn raw_passes_ranges_and_conditions_on_to_the_origin() {
    let origin = Origin::start();
    origin.on("/file", |request, stream| {
        let answer = match (request.header("range"), request.header("if-none-match")) {
            (Some("bytes=3-5"), _) => Response::status(206)
                .header("Content-Range", "bytes 3-5/17")
                .body("def"),
            (_, Some("\"theirs\"")) => Response::status(304).header("ETag", "\"theirs\""),
            _ => Response::ok("text/plain", "abcdefghijklmnopq"),
        };
        let _ = stream.write_all(&answer.bytes());
    });
    let server = Server::start(&[]);
    let path = origin.asking_for("/file", "raw:1");
    let part = server.get_with(&path, &[("Range", "bytes=3-5")]);
    assert_eq!((part.status, part.text()), (206, "def".to_owned()));
    assert_eq!(part.header("content-range"), Some("bytes 3-5/17"));
    let held = server.get_with(&path, &[("If-None-Match", "\"theirs\"")]);
    assert_eq!(held.status, 304);
    server.get_with(&path, &[("Cookie", "a=1"), ("Authorization", "Bearer b")]);
    let last = origin.requests("/file").pop().unwrap();
    assert_eq!(last.header("cookie"), None);
    assert_eq!(last.header("authorization"), None);
}
