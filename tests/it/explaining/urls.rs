//! How what is asked for is read: variants, signatures, what is no image, and what is refused.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{SMALL, TOKEN, explained, explained_to, settings};
use crate::support::{Origin, PICTURE, Server};

#[test]
fn headers_of_a_client_choose_the_variant() {
    let (origin, folder) = (Origin::with_picture(), TempDir::new().unwrap());
    let server = Server::start(&settings(&folder, &[("AUTO_WEBP", "true")]));
    let path = origin.asking(SMALL);
    server.get_with(&path, &[("Accept", "image/webp")]).image();
    let plain = explained(&server, &path);
    let webp = explained_to(&server, &path, &[("accept", "image/webp")]);
    assert_eq!(
        (&plain["variant"]["webp"], &plain["memory"]),
        (&json!(false), &Value::Null)
    );
    assert_eq!(webp["variant"]["webp"], true);
    assert_eq!(webp["memory"]["format"], "webp");
    assert_ne!(plain["key"], webp["key"]);
    assert_eq!(plain["record_key"], webp["record_key"]);
}

#[test]
fn what_a_client_would_be_refused_is_refused_with_a_reason() {
    let origin = Origin::with_picture();
    let server = Server::start(&[
        ("PURGE_TOKEN", TOKEN),
        ("ALLOWED_SOURCES", "http://127.0.0.1/"),
    ]);
    let refusal = |question: &str| {
        let reply = server.post("/explain", TOKEN, question);
        assert_eq!(reply.status, 400, "{question}: {}", reply.text());
        let told: Value = serde_json::from_slice(&reply.body).unwrap();
        told["error"].as_str().unwrap().to_owned()
    };
    for (path, reason) in [
        ("/health", "asks for no image"),
        ("/", "asks for no image"),
        ("/unsafe/wide:1/plain/http://127.0.0.1/a", "malformed URL"),
        ("/unsafe/exp:1/plain/http://127.0.0.1/a", "expired"),
        (&origin.asking(SMALL), "matches no pattern"),
    ] {
        let told = refusal(&json!({ "path": path }).to_string());
        assert!(told.contains(reason), "{path}: {told}");
    }
    for (question, reason) in [
        ("", "this is no question"),
        ("{}", "missing field `path`"),
        (r#"{"path": "/a", "all": true}"#, "unknown field"),
        (
            r#"{"path": "/a", "headers": [["a b", "c"]]}"#,
            "no client could send",
        ),
    ] {
        let told = refusal(question);
        assert!(told.contains(reason), "{question}: {told}");
    }
    let question = json!({ "path": "/a" }).to_string();
    let reply = server.post("/explain", "sixteen letters?", &question);
    assert_eq!(reply.status, 403);
}

#[test]
fn a_signature_may_be_any_and_it_is_told_whether_it_is_good() {
    let origin = Origin::with_picture();
    let server = Server::start(&[
        ("PURGE_TOKEN", TOKEN),
        ("ALLOW_UNSIGNED", "false"),
        ("KEY", "736563726574"),
        ("SALT", "68656c6c6f"),
    ]);
    let good = "/tLvEboG5BrUsclTgTUEGnYHTECamEGJN0sAxY2br4Qw/plain/http://example.com/images/curiosity.jpg";
    assert_eq!(explained(&server, good)["signature"], "good");
    let told = explained(&server, &origin.asking(SMALL));
    let signature = told["signature"].as_str().unwrap();
    assert!(
        signature.ends_with("clients are answered 403"),
        "{signature}"
    );
    assert_eq!(told["source"], origin.url(PICTURE));
}

#[test]
fn what_is_known_of_a_source_has_a_key_and_no_variant() {
    let (origin, folder) = (Origin::with_picture(), TempDir::new().unwrap());
    let server = Server::start(&settings(&folder, &[]));
    let path = format!("/info/unsafe/plain/{}", origin.url(PICTURE));
    assert_eq!(server.get(&path).status, 200);
    let told = explained(&server, &path);
    assert_eq!(told["variant"], Value::Null);
    assert_eq!(told["memory"]["freshness"], "fresh");
    let image = explained(&server, &origin.asking(SMALL));
    assert_ne!(told["key"], image["key"]);
    assert_eq!(told["record_key"], image["record_key"]);
}

#[test]
fn what_goes_past_the_cache_is_said_to() {
    let (origin, folder) = (Origin::with_picture(), TempDir::new().unwrap());
    let server = Server::start(&settings(&folder, &[]));
    let raw = explained(&server, &origin.asking("raw:1"));
    let kept = explained(&server, &origin.asking(SMALL));
    assert_eq!((&raw["kept"], &kept["kept"]), (&json!(false), &json!(true)));
}
