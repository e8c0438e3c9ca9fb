//! How caches in front of us, and others whom the settings name, are told of purges.

use std::io::Write;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::support::{Origin, Process, Response, Server, TOKEN, eventually, tls_origin};

const ALL: &str = r#"{"all": true}"#;
const SPRING: &str = r#"{"tag": "spring"}"#;
const SMALL: &str = "rs:fit:24:24";
const TAGGED: &str = "rs:fit:24:24/ct:spring";

/// A server that tells `hook`.
fn telling(hook: &str, settings: &[(&str, &str)]) -> Server {
    let ours = [("PURGE_TOKEN", TOKEN), ("PURGE_HOOKS", hook)];
    Server::start(&[&ours, settings].concat())
}

/// The same, whose longest request is short.
fn telling_again_soon(hook: &str) -> Server {
    telling(hook, &[("TIMEOUT", "1"), ("WRITE_RESPONSE_TIMEOUT", "1")])
}

#[test]
fn caches_in_front_are_told_by_the_keys_that_answers_carry() {
    let (origin, edge) = (Origin::with_picture(), Origin::start());
    edge.serve("/edge", Response::status(200));
    let server = telling_again_soon(&format!("xkey={}", edge.url("/edge")));
    let path = origin.asking(TAGGED);
    let reply = server.get(&path);
    let keys: Vec<&str> = reply.header("surrogate-key").unwrap().split(' ').collect();
    let tags: Vec<&str> = reply.header("cache-tag").unwrap().split(',').collect();
    assert_eq!(keys, tags);
    let source = origin.url("/pictures/cat.jpg");
    let orders = [
        SPRING.to_owned(),
        format!(r#"{{"source": "{source}", "soft": true}}"#),
        format!(r#"{{"url": "{path}"}}"#),
    ];
    for (at, order) in orders.iter().enumerate() {
        assert_eq!(server.order(TOKEN, order).status, 200);
        eventually("the edge is told", || edge.hits("/edge") > at);
    }
    let told = edge.requests("/edge");
    let names = ["xkey-purge", "xkey-softpurge", "xkey-purge"];
    for (request, name) in told.iter().zip(names) {
        let told = request.header(name).expect("a key");
        assert!(keys.contains(&told), "{told} is not of {keys:?}");
    }
}

#[test]
fn a_cache_in_front_is_told_again_where_it_fails_and_once_more_after_the_longest_request() {
    let (origin, edge) = (Origin::with_picture(), Origin::start());
    let path = origin.asking(SMALL);
    edge.serve(&path, Response::status(503));
    let server = telling_again_soon(&format!("path={}", edge.url("/")));
    let sent = || server.metric(r#"inkfish_purge_hooks_sent_total{hook="path"}"#);
    let order = format!(r#"{{"url": "{path}"}}"#);
    assert_eq!(server.order(TOKEN, &order).status, 200);
    eventually("the edge fails", || edge.hits(&path) == 1);
    assert_eq!(sent(), 0.0);
    edge.serve(&path, Response::status(200));
    eventually("the edge is told twice", || sent() == 2.0);
    assert!(server.metric(r#"inkfish_purge_hooks_failed_total{hook="path"}"#) >= 1.0);
    assert_eq!(
        server.metric(r#"inkfish_purge_hooks_waiting{hook="path"}"#),
        0.0
    );
    server.clock.advance(Duration::from_secs(1));
    assert_eq!(server.order(TOKEN, ALL).status, 200);
    assert_eq!(
        server.metric(r#"inkfish_purge_hooks_dropped_total{hook="path"}"#),
        0.0
    );
}

#[test]
fn others_are_told_in_json_of_the_order_and_the_keys_under_a_secret() {
    let (origin, other) = (Origin::with_picture(), Origin::start());
    other.serve("/purged", Response::status(204));
    let secret = [("PURGE_HOOKS_AUTHORIZATION", "Token of ours")];
    let server = telling(&format!("json={}", other.url("/purged?by=us")), &secret);
    let path = origin.asking(SMALL);
    let keys = server.get(&path);
    let keys = keys.header("surrogate-key").unwrap();
    let orders = [
        (SPRING.to_owned(), json!({"tag": "spring"})),
        (
            format!(r#"{{"url": "{path}", "soft": true}}"#),
            json!({"url": path, "soft": true}),
        ),
        (ALL.to_owned(), json!({"all": true})),
    ];
    for (at, (order, expected)) in orders.iter().enumerate() {
        assert_eq!(server.order(TOKEN, order).status, 200);
        eventually("the other is told", || other.hits("/purged?by=us") > at);
        let told = &other.requests("/purged?by=us")[at];
        assert_eq!(told.method, "POST");
        assert_eq!(told.header("content-type"), Some("application/json"));
        assert_eq!(told.header("authorization"), Some("Token of ours"));
        let mut body: Value = serde_json::from_slice(&told.body).unwrap();
        let told = body.as_object_mut().unwrap().remove("keys").unwrap();
        assert_eq!(body, *expected);
        let told: Vec<String> = serde_json::from_value(told).unwrap();
        match at {
            0 => assert!(told.contains(&"spring".to_owned()), "{told:?}"),
            1 => assert!(keys.contains(&told[0]), "{told:?} is none of {keys}"),
            _ => {}
        }
    }
}

#[test]
fn over_tls_only_who_is_known_is_told() {
    let edge = tls_origin(Response::status(200));
    let mut known = NamedTempFile::new().unwrap();
    known.write_all(edge.certificate.as_bytes()).unwrap();
    let hook = format!("xkey=https://localhost:{}/", edge.address.port());
    let nobody = NamedTempFile::new().unwrap();
    for (roots, outcome) in [(&known, "sent"), (&nobody, "failed")] {
        let process = Process::serve(&[
            ("SSL_CERT_FILE", roots.path().to_str().unwrap()),
            ("INKFISH_PURGE_TOKEN", TOKEN),
            ("INKFISH_PURGE_HOOKS", &hook),
        ]);
        assert_eq!(process.order(TOKEN, SPRING).status, 200);
        let told = format!(r#"inkfish_purge_hooks_{outcome}_total{{hook="xkey"}} 1"#);
        eventually(&told, || process.admin("/metrics").text().contains(&told));
    }
}

#[test]
fn what_is_put_off_is_told_before_the_server_stops() {
    let (origin, edge) = (Origin::with_picture(), Origin::start());
    let path = origin.asking(SMALL);
    edge.serve(&path, Response::status(200));
    let server = telling(&format!("path={}", edge.url("/")), &[]);
    let order = format!(r#"{{"url": "{path}"}}"#);
    assert_eq!(server.order(TOKEN, &order).status, 200);
    eventually("the edge is told", || edge.hits(&path) == 1);
    server.stop();
    assert_eq!(edge.hits(&path), 2);
}
