//! One flight a key, errors that are kept for a moment, and what becomes of entries past their time.

use std::io::Write;
use std::time::Duration;

use crate::support::{
    COALESCED, Connection, MEMORY, MISS, Origin, REVALIDATED, Request, Response, STALE, Server,
    fixture, status,
};

fn picture() -> Response {
    Response::ok("image/png", fixture("png/rgb-8.png"))
}

fn target(origin: &Origin, options: &str) -> String {
    format!("/unsafe/{options}/plain/{}", origin.url("/cat.png"))
}

fn ask(server: &Server, target: &str) -> Connection {
    let mut client = server.connect();
    client.ask("GET", target, &[]);
    client
}

/// Waits until every request that was sent so far is under way: with one thread that serves them, an answer to a
/// later one says so.
fn barrier(server: &Server) {
    assert_eq!(server.get("/health").status, 200);
}

/// Answers a condition on `etag` with 304, and everything else with the picture.
fn conditional(etag: &'static str) -> impl Fn(&Request, &mut std::net::TcpStream) {
    move |request, stream| {
        let response = match request.header("if-none-match") {
            Some(held) if held == etag => Response::status(304),
            _ => picture(),
        };
        let _ = stream.write_all(&response.header("ETag", etag).bytes());
    }
}

#[test]
fn many_requests_for_one_variant_are_one_fetch_and_one_transform() {
    let origin = Origin::start();
    let gate = origin.gated("/cat.png", picture());
    let server = Server::start(&[("SERVER_THREADS", "1")]);
    let target = target(&origin, "w:20");
    let mut clients: Vec<_> = (0..20).map(|_| ask(&server, &target)).collect();
    gate.wait_for(1);
    barrier(&server);
    gate.open();

    let replies: Vec<_> = clients
        .iter_mut()
        .map(|client| client.read_reply(true))
        .collect();
    let made = replies.iter().filter(|reply| status(reply) == MISS);
    assert_eq!(made.count(), 1);
    let joined = replies.iter().filter(|reply| status(reply) == COALESCED);
    assert_eq!(joined.count(), 19);
    assert!(replies.iter().all(|reply| reply.body == replies[0].body));
    assert_eq!(origin.hits("/cat.png"), 1);
    server.wait_until_idle();
    let works = server.metric(r#"inkfish_request_seconds_count{phase="work"}"#);
    assert_eq!(works, 1.0);
}

#[test]
fn different_variants_share_a_download_and_not_what_is_made_of_it() {
    let origin = Origin::start();
    let gate = origin.gated("/cat.png", picture());
    let server = Server::start(&[]);
    let mut small = ask(&server, &target(&origin, "w:10"));
    gate.wait_for(1);
    let mut large = ask(&server, &target(&origin, "w:20"));
    gate.open();
    assert_eq!(small.read_reply(true).size().0, 10);
    assert_eq!(large.read_reply(true).size().0, 20);
}

#[test]
fn a_fetch_that_nobody_waits_for_is_called_off() {
    let origin = Origin::start();
    let bytes = picture().bytes();
    let stall = origin.stall("/cat.png", &bytes[..bytes.len() - 1]);
    let server = Server::start(&[("DOWNLOAD_TIMEOUT", "60"), ("TIMEOUT", "60")]);
    let target = target(&origin, "w:20");
    let (first, second) = (ask(&server, &target), ask(&server, &target));
    stall.wait_until_asked(1);
    drop((first, second));
    stall.wait_until_closed(1);
    server.wait_until_idle();

    // It was not the source's fault, so nothing is kept of it.
    origin.serve("/cat.png", picture());
    assert_eq!(status(&server.get(&target)), MISS);
}

#[test]
fn a_client_that_leaves_takes_nothing_from_the_others() {
    let origin = Origin::start();
    let gate = origin.gated("/cat.png", picture());
    let server = Server::start(&[("SERVER_THREADS", "1")]);
    let target = target(&origin, "w:20");
    let leader = ask(&server, &target);
    gate.wait_for(1);
    let mut follower = ask(&server, &target);
    barrier(&server);
    drop(leader);
    barrier(&server);
    gate.open();
    assert_eq!(status(&follower.read_reply(true)), COALESCED);
    assert_eq!(origin.hits("/cat.png"), 1);
}

#[test]
fn a_waiter_is_told_when_its_time_is_over() {
    let origin = Origin::start();
    let stall = origin.stall("/cat.png", "");
    let server = Server::start(&[
        ("TIMEOUT", "1"),
        ("FIRST_BYTE_TIMEOUT", "60"),
        ("DOWNLOAD_TIMEOUT", "60"),
    ]);
    let reply = server.get(&target(&origin, "w:20"));
    assert_eq!(reply.verdict(), (503, "Timeout".to_owned()));
    assert_eq!(reply.header("retry-after"), Some("1"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    stall.wait_until_closed(1);
}

#[test]
fn an_error_is_shared_by_all_who_wait_and_kept_for_its_time() {
    let origin = Origin::start();
    let gate = origin.gated("/cat.png", Response::status(500));
    let server = Server::start(&[("SERVER_THREADS", "1"), ("ERROR_TTL", "5")]);
    let target = target(&origin, "w:20");
    let mut clients: Vec<_> = (0..5).map(|_| ask(&server, &target)).collect();
    gate.wait_for(1);
    barrier(&server);
    gate.open();
    for client in &mut clients {
        assert_eq!(client.read_reply(true).status, 502);
    }

    // Of the source, not of the variant.
    let other = target.replace("w:20", "w:30");
    server.clock.advance(Duration::from_millis(4_999));
    assert_eq!(server.get(&other).status, 502);
    assert_eq!(origin.hits("/cat.png"), 1);

    origin.serve("/cat.png", picture());
    server.clock.advance(Duration::from_millis(1));
    assert_eq!(status(&server.get(&other)), MISS);
    assert_eq!(origin.hits("/cat.png"), 2);
}

#[test]
fn bytes_that_cannot_be_decoded_are_not_tried_again_at_once() {
    let origin = Origin::start();
    let whole = fixture("png/rgb-8.png");
    origin.serve(
        "/cat.png",
        Response::ok("image/png", &whole[..whole.len() / 2]),
    );
    let server = Server::start(&[("ERROR_TTL", "5")]);
    let target = target(&origin, "w:20");
    let broken = (422, "Broken or unsupported image".to_owned());
    assert_eq!(server.get(&target).verdict(), broken);
    assert_eq!(server.get(&target).verdict(), broken);

    // By the bytes: others of the same URL are tried.
    origin.serve("/cat.png", picture());
    assert_eq!(status(&server.get(&target)), MISS);
}

#[test]
fn a_source_that_asks_to_be_left_alone_is() {
    let origin = Origin::start();
    let busy = Response::status(429).header("Retry-After", "30");
    origin.serve("/cat.png", busy);
    let server = Server::start(&[("ERROR_TTL", "5")]);
    let target = target(&origin, "w:20");
    let first = server.get(&target);
    assert_eq!(
        (first.status, first.header("retry-after")),
        (429, Some("30"))
    );

    server.clock.advance(Duration::from_secs(29));
    assert_eq!(server.get(&target).status, 429);
    assert_eq!(origin.hits("/cat.png"), 1);
    server.clock.advance(Duration::from_secs(1));
    assert_eq!(server.get(&target).status, 429);
    assert_eq!(origin.hits("/cat.png"), 2);
}

#[test]
fn a_source_that_fails_after_its_time_leaves_the_stale_entry() {
    let origin = Origin::start();
    origin.serve("/cat.png", picture());
    let server = Server::start(&[("CACHE_TTL", "60"), ("ERROR_TTL", "5")]);
    let target = target(&origin, "w:20");
    let made = server.get(&target);
    assert_eq!(status(&made), MISS);
    server.clock.advance(Duration::from_secs(59));
    assert_eq!(status(&server.get(&target)), MEMORY);

    server.clock.advance(Duration::from_secs(1));
    origin.serve("/cat.png", Response::status(503));
    for _ in 0..2 {
        let stale = server.get(&target);
        assert_eq!(status(&stale), STALE);
        assert_eq!(stale.header("cache-control"), Some("max-age=10, public"));
        assert_eq!(stale.body, made.body);
    }
    assert_eq!(origin.hits("/cat.png"), 2, "the failure is kept");

    server.clock.advance(Duration::from_secs(5));
    origin.serve("/cat.png", Response::status(404));
    assert_eq!(server.get(&target).status, 404, "gone is gone");
}

#[test]
fn an_unchanged_source_renews_all_its_entries_and_none_is_made_anew() {
    let origin = Origin::start();
    origin.on("/cat.png", conditional("\"one\""));
    let server = Server::start(&[("CACHE_TTL", "60")]);
    let (small, large) = (target(&origin, "w:10"), target(&origin, "w:20"));
    let made = server.get(&small);
    assert_eq!(status(&made), MISS);
    assert_eq!(status(&server.get(&large)), MISS);

    server.clock.advance(Duration::from_secs(60));
    let renewed = server.get(&small);
    assert_eq!(status(&renewed), REVALIDATED);
    assert_eq!(renewed.body, made.body);
    assert_eq!(renewed.header("etag"), made.header("etag"));
    assert_eq!(status(&server.get(&large)), MEMORY);
    let asked = origin.requests("/cat.png");
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[2].header("if-none-match"), Some("\"one\""));
}

#[test]
fn the_same_bytes_without_a_304_renew_an_entry_too() {
    let origin = Origin::start();
    origin.serve("/cat.png", picture());
    let server = Server::start(&[("CACHE_TTL", "60")]);
    let target = target(&origin, "w:10");
    assert_eq!(status(&server.get(&target)), MISS);
    server.clock.advance(Duration::from_secs(60));
    assert_eq!(status(&server.get(&target)), REVALIDATED);
    assert_eq!(status(&server.get(&target)), MEMORY);
    server.wait_until_idle();
    let works = server.metric(r#"inkfish_request_seconds_count{phase="work"}"#);
    assert_eq!(works, 1.0);
}

#[test]
fn a_changed_source_replaces_every_entry_that_was_made_of_the_old_one() {
    let origin = Origin::start();
    origin.on("/cat.png", conditional("\"one\""));
    let server = Server::start(&[("CACHE_TTL", "60")]);
    let (small, large) = (target(&origin, "w:10"), target(&origin, "w:20"));
    let old = [server.get(&small), server.get(&large)];

    let changed = Response::ok("image/png", fixture("png/rgba-8.png")).header("ETag", "\"two\"");
    origin.serve("/cat.png", changed);
    server.clock.advance(Duration::from_secs(60));
    for (target, old) in [&small, &large].into_iter().zip(&old) {
        let new = server.get(target);
        assert_eq!(status(&new), MISS);
        assert_ne!(new.body, old.body);
        assert_ne!(new.header("etag"), old.header("etag"));
        assert_eq!(status(&server.get(target)), MEMORY);
    }
}
