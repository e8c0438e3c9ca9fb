//! URLs that mean nothing, origins that misbehave, and bytes that are no image: a clear answer, in time and in bounds.

mod damage;
mod origins;

use crate::support::{Origin, Response, Server, fixture, is_housekeeping};

const UNREACHABLE: &str = "Source is unreachable";
const INVALID: &str = "Invalid source image";
const INCOMPLETE: &str = "Source response is incomplete";
const BROKEN: &str = "Broken or unsupported image";

fn plain(url: &str) -> String {
    format!("/unsafe/plain/{url}")
}

fn picture() -> Vec<u8> {
    fixture("jpeg/baseline-420.jpg")
}

#[track_caller]
fn assert_verdict(server: &Server, url: &str, (status, phrase): (u16, &str)) {
    let verdict = server.get(&plain(url)).verdict();
    assert_eq!(verdict, (status, phrase.to_owned()), "{url}");
}

#[test]
fn a_url_that_means_nothing_touches_neither_network_nor_disk() {
    let origin = Origin::start();
    origin.serve("/cat.jpg", Response::ok("image/jpeg", picture()));
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&[("CACHE_DIR", dir.path().to_str().unwrap())]);
    let before = files(dir.path());
    let url = origin.url("/cat.jpg");
    for target in [
        "/unsafe".to_owned(),
        "/unsafe/".to_owned(),
        "/unsafe/plain/".to_owned(),
        "/unsafe/w:20".to_owned(),
        format!("/unsafe/w:/plain/{url}"),
        format!("/unsafe/w:-1/plain/{url}"),
        format!("/unsafe/w:99999999999999999999/plain/{url}"),
        format!("/unsafe/dpr:NaN/plain/{url}"),
        format!("/unsafe/no-such-option:1/plain/{url}"),
        format!("/unsafe/pr:no-such-preset/plain/{url}"),
        format!("/unsafe/rs:fill:1:2:3:4:5:6:7:8/plain/{url}"),
        format!("/unsafe/plain/{url}@no-such-format"),
        format!("/unsafe/plain/{url}@png@jpg"),
        format!("/unsafe/plain/{url}%zz"),
        format!("/unsafe/plain/{url}%4"),
        "/unsafe/plain/http://".to_owned(),
        "/unsafe/plain/http://[::1".to_owned(),
        "/unsafe/plain/http://a:99999/cat.jpg".to_owned(),
        format!("/unsafe/plain/http://me@{}/cat.jpg", origin.address()),
        "/unsafe/!!!".to_owned(),
        "/unsafe/YQ.png.png".to_owned(),
        "/unsafe/enc/AAAA".to_owned(),
        format!("/unsafe/exp:1/plain/{url}"),
    ] {
        let reply = server.get(&target);
        assert!(
            matches!(reply.status, 403 | 404),
            "{target}: {}",
            reply.status
        );
        assert!(!reply.body.is_empty(), "{target} says why");
        assert_eq!(origin.connections(), 0, "{target}");
    }
    assert_eq!(server.get(&format!("/w:20/plain/{url}")).status, 403);
    assert_eq!(origin.connections(), 0);
    assert_eq!(files(dir.path()), before);
}

/// Paths of everything under a folder.
fn files(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if is_housekeeping(&path) {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}

#[test]
fn bytes_are_believed_and_not_what_is_said_of_them() {
    let origin = Origin::start();
    origin.serve("/a.html", Response::ok("text/html", picture()));
    origin.serve("/b.gif", Response::status(200).body(picture()));
    let page = fixture("other/not-an-image.html");
    origin.serve("/c.jpg", Response::ok("image/jpeg", page));
    origin.serve("/d.jpg", Response::ok("image/jpeg", ""));
    let server = Server::start(&[]);
    for path in ["/a.html", "/b.gif"] {
        let reply = server.get(&plain(&origin.url(path)));
        assert_eq!(reply.header("content-type"), Some("image/jpeg"), "{path}");
        reply.image();
    }
    for path in ["/c.jpg", "/d.jpg"] {
        assert_verdict(&server, &origin.url(path), (422, INVALID));
    }
}

#[test]
fn formats_that_are_not_read_here_are_named_unsupported() {
    let origin = Origin::start();
    let server = Server::start(&[]);
    for (name, phrase) in [
        ("head.heic", "HEIC images are not supported"),
        ("movie.mp4", INVALID),
        ("not-an-image.json", INVALID),
    ] {
        let path = format!("/{name}");
        let bytes = fixture(&format!("other/{name}"));
        origin.serve(&path, Response::ok("image/jpeg", bytes));
        assert_verdict(&server, &origin.url(&path), (422, phrase));
    }
}
