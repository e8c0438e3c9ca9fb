//! Entity tags, times and conditions.

use std::time::Duration;

use super::{NOW, SMALL};
use crate::support::{MODIFIED, Origin, Reply, Server, picture};

/// The headers that are the same for every answer to one request.
fn lasting(reply: &Reply) -> Vec<(String, String)> {
    const PASSING: [&str; 3] = ["date", "server-timing", "x-request-id"];
    let mut headers = reply.headers.clone();
    headers.retain(|(name, _)| !PASSING.contains(&name.to_ascii_lowercase().as_str()));
    headers.sort();
    headers
}

#[test]
fn head_has_the_headers_of_get_and_no_body() {
    let origin = Origin::with_picture();
    let server = Server::start(&[("AUTO_WEBP", "true")]);
    let held = origin.asking(SMALL);
    server.get(&held);
    let missing = origin.asking_for("/missing.jpg", SMALL);
    let raw = origin.asking("raw:1");
    let paths = [&held, &missing, &raw, "/unsafe/plain", "/", "/health"];
    let mut connection = server.connect();
    for path in paths {
        let get = connection.request("GET", path, &[]);
        let head = connection.request("HEAD", path, &[]);
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(lasting(&head), lasting(&get), "{path}");
        let length = get.body.len().to_string();
        assert_eq!(head.header("content-length"), Some(&*length), "{path}");
        assert!(!get.body.is_empty(), "{path}");
    }
}

#[test]
fn the_etag_is_of_the_bytes_alone_and_survives_a_restart() {
    let origin = Origin::with_picture();
    origin.serve("/copy.jpg", picture());
    let etag = |server: &Server, path: &str| server.get(path).header("etag").unwrap().to_owned();
    let server = Server::start(&[]);
    let first = etag(&server, &origin.asking(SMALL));
    assert!(first.starts_with('"') && first.ends_with('"'), "{first}");
    let copy = etag(&server, &origin.asking_for("/copy.jpg", SMALL));
    assert_eq!(copy, first, "the same bytes from another source");
    assert_ne!(etag(&server, &origin.asking("rs:fit:25:25")), first);
    server.stop();
    let server = Server::start(&[]);
    assert_eq!(etag(&server, &origin.asking(SMALL)), first);
}

#[test]
fn a_client_that_holds_the_bytes_is_told_so() {
    let origin = Origin::with_picture();
    let server = Server::start(&[]);
    let path = origin.asking(SMALL);
    let etag = server.get(&path).header("etag").unwrap().to_owned();
    let rows: [(&[(&str, &str)], u16); 12] = [
        (&[("If-None-Match", &etag)], 304),
        (&[("If-None-Match", &format!("W/{etag}"))], 304),
        (&[("If-None-Match", &format!("\"a\", {etag}, \"b\""))], 304),
        (&[("If-None-Match", "\"a\""), ("If-None-Match", &etag)], 304),
        (&[("If-None-Match", "*")], 304),
        (&[("If-None-Match", "\"a\"")], 200),
        (&[("If-None-Match", etag.trim_matches('"'))], 200),
        (&[("If-Modified-Since", MODIFIED)], 304),
        (
            &[("If-Modified-Since", "Wed, 16 Nov 1994 00:00:00 GMT")],
            304,
        ),
        (
            &[("If-Modified-Since", "Mon, 14 Nov 1994 00:00:00 GMT")],
            200,
        ),
        (&[("If-Modified-Since", "yesterday")], 200),
        (
            &[("If-None-Match", "\"a\""), ("If-Modified-Since", MODIFIED)],
            200,
        ),
    ];
    for (headers, status) in rows {
        for method in ["GET", "HEAD"] {
            let reply = server.request(method, &path, headers);
            assert_eq!(reply.status, status, "{method} {headers:?}");
        }
    }
}

#[test]
fn a_304_carries_what_a_cache_renews_and_nothing_about_a_body() {
    let origin = Origin::with_picture();
    let server = Server::start(&[("AUTO_WEBP", "true"), ("CDN_CACHE_CONTROL", "600")]);
    let path = origin.asking(SMALL);
    server.get(&path);
    let whole = server.get(&path);
    let etag = whole.header("etag").unwrap();
    let renewal = server.get_with(&path, &[("If-None-Match", etag)]);
    assert_eq!(renewal.status, 304);
    for name in [
        "etag",
        "last-modified",
        "cache-control",
        "cdn-cache-control",
        "vary",
        "cache-status",
        "content-security-policy",
    ] {
        assert!(whole.header(name).is_some(), "{name}");
        assert_eq!(renewal.header(name), whole.header(name), "{name}");
    }
    for name in ["content-type", "content-length", "content-disposition"] {
        assert_eq!(renewal.header(name), None, "{name}");
    }
}

#[test]
fn validators_that_are_switched_off_are_neither_sent_nor_looked_at() {
    let origin = Origin::with_picture();
    let path = origin.asking(SMALL);
    let server = Server::start(&[("USE_ETAG", "false")]);
    let reply = server.get(&path);
    assert_eq!(reply.header("etag"), None);
    assert_eq!(reply.header("last-modified"), Some(MODIFIED));
    for list in ["\"a\"", "\"a\",", "W/", ""] {
        let reply = server.get_with(&path, &[("If-None-Match", list)]);
        assert_eq!(reply.status, 200, "{list:?}");
    }
    let server = Server::start(&[("USE_LAST_MODIFIED", "false")]);
    assert_eq!(server.get(&path).header("last-modified"), None);
    let reply = server.get_with(&path, &[("If-Modified-Since", MODIFIED)]);
    assert_eq!(reply.status, 200);
}

#[test]
fn an_expired_url_is_gone_before_any_hit_or_304() {
    let origin = Origin::with_picture();
    let server = Server::start(&[]);
    let options = format!("{SMALL}/exp:{}", NOW + 30);
    let paths = [
        origin.asking(&options),
        origin.asking(&format!("{options}/raw:1")),
    ];
    for path in &paths {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    server.clock.advance(Duration::from_secs(29));
    assert_eq!(server.get(&paths[0]).status, 200);
    server.clock.advance(Duration::from_secs(1));
    for path in &paths {
        for headers in [&[][..], &[("If-None-Match", "*")]] {
            let reply = server.get_with(path, headers);
            assert_eq!(
                (reply.status, reply.text()),
                (404, "Invalid URL".to_owned())
            );
        }
    }
    let lasting = server.get(&origin.asking(SMALL));
    let status = lasting.header("cache-status");
    assert_eq!(
        status,
        Some("Inkfish; hit; detail=hit_memory"),
        "it is held still"
    );
}
