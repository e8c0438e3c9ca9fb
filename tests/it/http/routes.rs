//! Methods, paths, and who is let in.

use super::SMALL;
use crate::support::{Origin, PICTURE, Server};

#[test]
fn methods_other_than_reading_are_refused_and_options_lists_them() {
    let origin = Origin::with_picture();
    let server = Server::start(&[("ALLOW_ORIGIN", "*")]);
    let path = origin.asking(SMALL);
    let options = server.request("OPTIONS", &path, &[]);
    assert_eq!(options.status, 204);
    assert_eq!(options.header("allow"), Some("GET, HEAD, OPTIONS"));
    let methods = options.header("access-control-allow-methods");
    assert_eq!(methods, Some("GET, HEAD, OPTIONS"));
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        for target in [&path, "/", "/health"] {
            let reply = server.request(method, target, &[]);
            assert_eq!(reply.status, 405, "{method} {target}");
            assert_eq!(reply.header("allow"), Some("GET, HEAD, OPTIONS"));
        }
    }
    assert_eq!(
        origin.hits(PICTURE),
        0,
        "no method but GET and HEAD fetches"
    );
}

#[test]
fn a_few_paths_are_no_images() {
    let server = Server::start(&[("PATH_PREFIX", "/img"), ("HEALTH_CHECK_PATH", "/alive")]);
    for (path, status, kind) in [
        ("/", 200, "text/html; charset=utf-8"),
        ("/img", 200, "text/html; charset=utf-8"),
        ("/img/", 200, "text/html; charset=utf-8"),
        ("/health", 200, "text/plain; charset=utf-8"),
        ("/img/health", 200, "text/plain; charset=utf-8"),
        ("/img/alive", 200, "text/plain; charset=utf-8"),
        ("/favicon.ico", 404, "text/plain; charset=utf-8"),
        ("/.well-known/anything", 404, "text/plain; charset=utf-8"),
    ] {
        let reply = server.get(path);
        assert_eq!(reply.status, status, "{path}");
        assert_eq!(reply.header("content-type"), Some(kind), "{path}");
    }
    assert_eq!(server.get("/health").text(), "inkfish is running\n");
    assert_eq!(
        server.get("/health").header("cache-control"),
        Some("no-cache")
    );
}

#[test]
fn images_lie_under_the_prefix_and_nowhere_else() {
    let origin = Origin::with_picture();
    let server = Server::start(&[("PATH_PREFIX", "/img")]);
    let path = origin.asking(SMALL);
    assert_eq!(server.get(&format!("/img{path}")).size(), (24, 16));
    assert_eq!(server.get(&path).status, 404);
}

#[test]
fn with_a_secret_images_need_it_and_health_does_not() {
    let origin = Origin::with_picture();
    let server = Server::start(&[("SECRET", "swordfish")]);
    let path = origin.asking(SMALL);
    let with = |value: &str| server.get_with(&path, &[("Authorization", value)]).status;
    assert_eq!(server.get(&path).status, 403);
    for wrong in [
        "swordfish",
        "Bearer sword",
        "Bearer swordfish1",
        "Basic swordfish",
    ] {
        assert_eq!(with(wrong), 403, "{wrong}");
    }
    assert_eq!(origin.hits(PICTURE), 0);
    assert_eq!(with("Bearer swordfish"), 200);
    assert_eq!(server.get(&path).status, 403, "what is held needs it too");
    assert_eq!(server.request("HEAD", &path, &[]).status, 403);
    assert_eq!(server.get("/health").status, 200);
}

#[test]
fn a_loop_through_ourselves_ends() {
    let origin = Origin::with_picture();
    let server = Server::start(&[]);
    let path = origin.asking(SMALL);
    server.get(&path);
    let sent = origin.requests(PICTURE)[0]
        .header("cdn-loop")
        .unwrap()
        .to_owned();
    let reply = server.get_with(&path, &[("CDN-Loop", &format!("other, {sent}"))]);
    assert_eq!(reply.status, 508);
    assert_eq!(server.get_with(&path, &[("CDN-Loop", "other")]).status, 200);
}
