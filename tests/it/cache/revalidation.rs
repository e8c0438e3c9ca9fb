//! Sources that are asked again after their time, that have changed, or that fail.

use std::io::Write;
use std::time::Duration;

use super::{Folder, SMALL, etag};
use crate::support::{
    DISK, MEMORY, MISS, MODIFIED, Origin, PICTURE, REVALIDATED, Response, STALE, Server, fixture,
    picture, status,
};

/// The default of `CACHE_TTL`.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Has the origin answer conditions, and say of itself whatever `validator` says.
fn serve_conditionally(origin: &Origin, validator: (&'static str, &'static str), answer: Response) {
    let answer = answer.header(validator.0, validator.1);
    origin.on(PICTURE, move |request, stream| {
        let asked = request
            .header("if-none-match")
            .or(request.header("if-modified-since"));
        let answer = match asked {
            Some(held) if held == validator.1 => {
                Response::status(304).header(validator.0, validator.1)
            }
            _ => answer.clone(),
        };
        let _ = stream.write_all(&answer.bytes());
    });
}

fn unmarked_picture() -> Response {
    Response::ok("image/jpeg", fixture("jpeg/baseline-420.jpg"))
}

fn another_picture() -> Response {
    Response::ok("image/jpeg", fixture("jpeg/grey.jpg"))
}

#[test]
fn a_source_is_revalidated_after_its_time_by_what_it_said_of_itself() {
    for (validator, condition) in [
        (("ETag", "\"v1\""), "if-none-match"),
        (("ETag", "W/\"v1\""), "if-none-match"),
        (("Last-Modified", MODIFIED), "if-modified-since"),
    ] {
        let (origin, folder) = (Origin::start(), Folder::new());
        serve_conditionally(&origin, validator, unmarked_picture());
        let (path, other) = (origin.asking(SMALL), origin.asking("rs:fit:12:12"));
        let server = folder.serve(&[]);
        let made = server.get(&path);
        server.get(&other);
        let hits = origin.hits(PICTURE);
        // A stop settles the folder: of two records that are written at the same time either may win.
        server.stop();
        let server = folder.serve(&[]);
        server.get(&path);
        server.get(&other);
        server.clock.advance(DAY - Duration::from_secs(1));
        assert_eq!(status(&server.get(&path)), MEMORY);
        server.clock.advance(Duration::from_secs(1));
        let renewed = server.get(&path);
        assert_eq!(status(&renewed), REVALIDATED, "{validator:?}");
        assert_eq!(renewed.body, made.body);
        let year = Some("max-age=31536000, public");
        assert_eq!(renewed.header("cache-control"), year);
        let asked = origin.requests(PICTURE).pop().unwrap();
        assert_eq!(asked.header(condition), Some(validator.1));
        assert_eq!(status(&server.get(&path)), MEMORY);
        assert_eq!(
            status(&server.get(&other)),
            MEMORY,
            "one answer renews every variant"
        );
        assert_eq!(origin.hits(PICTURE), hits + 1);
        let clock = server.clock.clone();
        server.stop();
        let dir = folder.path().to_str().unwrap();
        let server = Server::start_at(clock, &[("CACHE_DIR", dir)]);
        assert_eq!(
            status(&server.get(&other)),
            DISK,
            "the renewal outlives a restart"
        );
    }
}

#[test]
fn a_source_without_validators_is_fetched_and_compared() {
    let origin = Origin::start();
    origin.serve(PICTURE, unmarked_picture());
    let server = Server::start(&[("CACHE_TTL", "60")]);
    let path = origin.asking(SMALL);
    let made = server.get(&path);
    server.clock.advance(Duration::from_secs(60));
    let renewed = server.get(&path);
    assert_eq!(status(&renewed), REVALIDATED);
    assert_eq!(renewed.body, made.body);
    assert_eq!(origin.hits(PICTURE), 2);
}

#[test]
fn a_source_that_changed_is_made_anew_for_every_variant() {
    let origin = Origin::start();
    serve_conditionally(&origin, ("ETag", "\"v1\""), unmarked_picture());
    let server = Server::start(&[]);
    let (path, other) = (origin.asking(SMALL), origin.asking("rs:fit:12:12"));
    let (made, made_other) = (server.get(&path), server.get(&other));
    serve_conditionally(&origin, ("ETag", "\"v2\""), another_picture());
    assert_eq!(status(&server.get(&path)), MEMORY);
    server.clock.advance(DAY);
    let (renewed, renewed_other) = (server.get(&path), server.get(&other));
    assert_eq!((status(&renewed), status(&renewed_other)), (MISS, MISS));
    assert_ne!(etag(&renewed), etag(&made));
    assert_ne!(etag(&renewed_other), etag(&made_other));
    assert_eq!(status(&server.get(&path)), MEMORY);
}

#[test]
fn while_a_source_fails_what_is_held_is_served_for_a_short_time() {
    let origin = Origin::start();
    let cut_off = unmarked_picture().lying_about_length(1 << 20);
    for (failure, is_passing) in [
        (Response::status(500), true),
        (Response::status(503).header("Retry-After", "30"), true),
        (Response::status(429), true),
        (cut_off, true),
        (Response::status(404), false),
        (Response::status(410), false),
        (Response::ok("text/html", "<html>gone"), false),
    ] {
        origin.serve(PICTURE, unmarked_picture());
        let server = Server::start(&[("CDN_CACHE_CONTROL", "600")]);
        let path = origin.asking(SMALL);
        let made = server.get(&path);
        server.clock.advance(DAY);
        origin.serve(PICTURE, failure.clone());
        let reply = server.get(&path);
        if !is_passing {
            assert!([404, 410, 422].contains(&reply.status), "{failure:?}");
            continue;
        }
        assert_eq!(status(&reply), STALE, "{failure:?}");
        assert_eq!(reply.header("cache-control"), Some("max-age=10, public"));
        assert_eq!(
            reply.header("cdn-cache-control"),
            Some("max-age=10, public")
        );
        assert_eq!(reply.body, made.body);
        origin.serve(PICTURE, unmarked_picture());
        server.clock.advance(Duration::from_secs(60));
        assert_eq!(status(&server.get(&path)), REVALIDATED, "{failure:?}");
    }
}

#[test]
fn a_failure_is_remembered_for_a_moment() {
    let origin = Origin::start();
    let server = Server::start(&[]);
    for options in [SMALL, "rs:fit:12:12", "rs:fit:6:6"] {
        assert_eq!(server.get(&origin.asking(options)).status, 404);
    }
    assert_eq!(
        origin.hits(PICTURE),
        1,
        "one failure counts for all variants"
    );
    origin.serve(PICTURE, picture());
    server.clock.advance(Duration::from_secs(5));
    assert_eq!(server.get(&origin.asking(SMALL)).status, 200);
}

#[test]
fn what_nobody_may_keep_longer_is_gone() {
    let origin = Origin::start();
    serve_conditionally(&origin, ("ETag", "\"v1\""), unmarked_picture());
    let server = Server::start(&[("CACHE_TTL", "60"), ("CACHE_KEEP", "600")]);
    let path = origin.asking(SMALL);
    server.get(&path);
    server.clock.advance(Duration::from_secs(600));
    assert_eq!(status(&server.get(&path)), MISS);
    let asked = origin.requests(PICTURE).pop().unwrap();
    assert_eq!(asked.header("if-none-match"), None);
}
