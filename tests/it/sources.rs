//! Where sources come from, what is asked of origins, and what their answers become.

use std::os::unix::fs::symlink;
use std::process::Command;

use crate::support::{Connection, Origin, Reply, Response, Server, fixture, tls_origin};

const UNREACHABLE: &str = "Source is unreachable";

fn plain(url: &str) -> String {
    format!("/unsafe/plain/{url}")
}

fn picture() -> Response {
    Response::ok("image/jpeg", fixture("jpeg/baseline-420.jpg"))
}

fn redirect(status: u16, location: &str) -> Response {
    Response::status(status).header("Location", location)
}

#[track_caller]
fn assert_refused(reply: &Reply, status: u16, phrase: &str) {
    assert_eq!(reply.verdict(), (status, phrase.to_owned()));
    assert_eq!(
        reply.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
}

#[test]
fn a_source_that_answers_with_another_status_is_unreachable_as_the_table_says() {
    let origin = Origin::start();
    let server = Server::start(&[]);
    for (status, expected) in [
        (201, 404),
        (204, 404),
        (206, 404),
        (300, 404),
        (302, 404),
        (304, 404),
        (400, 400),
        (401, 401),
        (403, 403),
        (404, 404),
        (410, 410),
        (418, 418),
        (429, 429),
        (451, 451),
        (500, 502),
        (503, 502),
        (504, 502),
        (599, 502),
    ] {
        let path = format!("/{status}.jpg");
        let body = fixture("jpeg/baseline-420.jpg");
        origin.serve(&path, Response::status(status).body(body));
        let reply = server.get(&plain(&origin.url(&path)));
        assert_eq!(
            reply.verdict(),
            (expected, UNREACHABLE.to_owned()),
            "{status}"
        );
    }
}

#[test]
fn a_partial_answer_is_a_source_only_where_it_is_the_whole() {
    let origin = Origin::start();
    let body = fixture("jpeg/baseline-420.jpg");
    let length = body.len();
    let part = |path: &str, range: String| {
        let response = Response::status(206).header("Content-Range", &range);
        origin.serve(path, response.body(body.clone()));
    };
    part("/whole", format!("bytes 0-{}/{length}", length - 1));
    part("/part", format!("bytes 0-{}/{}", length - 1, length + 1));
    let server = Server::start(&[]);
    server.get(&plain(&origin.url("/whole"))).image();
    let reply = server.get(&plain(&origin.url("/part")));
    assert_refused(&reply, 404, UNREACHABLE);
}

#[test]
fn a_host_that_cannot_be_had_is_unreachable() {
    let server = Server::start(&[]);
    // A port that nobody listens on: it was ours a moment ago.
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    for url in [
        format!("http://{closed}/a.jpg"),
        format!("https://{closed}/a.jpg"),
        "http://no-such-name.test/a.jpg".to_owned(),
        "ftp://127.0.0.1/a.jpg".to_owned(),
        "s3://bucket/a.jpg".to_owned(),
        "local:///a.jpg".to_owned(),
    ] {
        assert_refused(&server.get(&plain(&url)), 404, UNREACHABLE);
    }
}

#[test]
fn an_origin_that_speaks_no_tls_is_unreachable_over_https() {
    let origin = Origin::start();
    let server = Server::start(&[]);
    let url = format!("https://{}/a.jpg", origin.address());
    assert_refused(&server.get(&plain(&url)), 404, UNREACHABLE);
}

#[test]
fn certificates_of_origins_are_checked_unless_a_setting_says_otherwise() {
    let address = tls_origin(picture()).address;
    let origin = Origin::start();
    origin.serve(
        "/moved",
        redirect(302, &format!("https://{address}/cat.jpg")),
    );
    let urls = [format!("https://{address}/cat.jpg"), origin.url("/moved")];
    let (strict, trusting) = (
        Server::start(&[]),
        Server::start(&[("IGNORE_SSL_VERIFICATION", "true")]),
    );
    for url in urls {
        assert_refused(&strict.get(&plain(&url)), 404, UNREACHABLE);
        trusting.get(&plain(&url)).image();
    }
}

#[test]
fn a_redirect_does_not_lead_from_tls_to_clear_text() {
    let origin = Origin::start();
    origin.serve("/cat.jpg", picture());
    let address = tls_origin(redirect(302, &origin.url("/cat.jpg"))).address;
    let server = Server::start(&[("IGNORE_SSL_VERIFICATION", "true")]);
    let reply = server.get(&plain(&format!("https://{address}/moved")));
    assert_refused(&reply, 404, UNREACHABLE);
    assert_eq!(origin.connections(), 0);
}

#[test]
fn origins_see_who_asks_and_nothing_of_the_client() {
    let origin = Origin::start();
    origin.serve("/cat.jpg", picture());
    let server = Server::start(&[("USER_AGENT", "pictures/%current_version (test)")]);
    let headers = [
        ("Cookie", "session=1"),
        ("Authorization", "Bearer token"),
        ("User-Agent", "browser"),
        ("Range", "bytes=0-1"),
        ("Accept-Encoding", "gzip"),
        ("CDN-Loop", "other; a=1, another"),
    ];
    let target = plain(&origin.url("/cat.jpg"));
    let part = server.get_with(&target, &headers);
    assert_eq!((part.status, part.body.len()), (206, 2));

    let [request] = &origin.requests("/cat.jpg")[..] else {
        panic!("one request")
    };
    let agent = format!("pictures/{} (test)", env!("CARGO_PKG_VERSION"));
    assert_eq!(request.header("user-agent"), Some(agent.as_str()));
    assert_eq!(request.header("cdn-loop"), Some("inkfish"));
    for name in ["cookie", "authorization", "range", "accept-encoding"] {
        assert_eq!(request.header(name), None, "{name}");
    }
}

#[test]
fn a_request_that_has_been_here_before_is_a_loop() {
    let origin = Origin::start();
    origin.serve("/cat.jpg", picture());
    let server = Server::start(&[]);
    let target = plain(&origin.url("/cat.jpg"));
    for value in ["inkfish", "other, Inkfish; v=1", "a;b , inkfish"] {
        let reply = server.get_with(&target, &[("CDN-Loop", value)]);
        assert_refused(&reply, 508, "Loop detected");
    }
    assert_eq!(origin.connections(), 0);
    server
        .get_with(&target, &[("CDN-Loop", "not-inkfish")])
        .image();
}

#[test]
fn our_own_listeners_are_no_sources() {
    let server = Server::start(&[]);
    server.names.set("pictures.test", ["127.0.0.1"]);
    let port = server.address().port();
    for host in ["127.0.0.1", "0x7f.1", "pictures.test"] {
        let reply = server.get(&plain(&format!("http://{host}:{port}/health")));
        assert_refused(&reply, 508, "Loop detected");
    }
}

#[test]
fn a_listener_on_all_addresses_is_ours_under_each_of_them() {
    let server = Server::start(&[("BIND", "0.0.0.0:0")]);
    let port = server.address().port();
    for host in ["127.0.0.1", "127.0.0.2", "0.0.0.0"] {
        let target = plain(&format!("http://{host}:{port}/health"));
        let mut client = Connection::open(([127, 0, 0, 1], port).into());
        assert_refused(&client.request("GET", &target, &[]), 508, "Loop detected");
    }
}

#[test]
fn redirects_are_followed_absolute_and_relative_up_to_the_limit() {
    let origin = Origin::start();
    origin.serve("/a/cat.jpg", picture());
    origin.serve("/absolute", redirect(301, &origin.url("/a/cat.jpg")));
    origin.serve("/a/relative", redirect(302, "cat.jpg"));
    origin.serve("/rooted", redirect(303, "/a/cat.jpg"));
    origin.serve("/a/b/up", redirect(307, "../cat.jpg?v=1#part"));
    let authority = format!("//{}/a/cat.jpg", origin.address());
    origin.serve("/authority", redirect(308, &authority));
    origin.serve("/two", redirect(302, "/rooted"));
    origin.serve("/three", redirect(302, "/two"));
    origin.serve("/circle", redirect(302, "/circle"));

    let server = Server::start(&[("MAX_REDIRECTS", "2")]);
    for path in [
        "/absolute",
        "/a/relative",
        "/rooted",
        "/a/b/up",
        "/authority",
        "/two",
    ] {
        let reply = server.get(&plain(&origin.url(path)));
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    }
    for path in ["/three", "/circle"] {
        let reply = server.get(&plain(&origin.url(path)));
        assert_refused(&reply, 404, UNREACHABLE);
    }
    assert_eq!(origin.hits("/circle"), 3);
}

#[test]
fn without_redirects_allowed_the_first_is_too_many() {
    let origin = Origin::start();
    origin.serve("/cat.jpg", picture());
    origin.serve("/moved", redirect(302, "/cat.jpg"));
    let server = Server::start(&[("MAX_REDIRECTS", "0")]);
    let reply = server.get(&plain(&origin.url("/moved")));
    assert_refused(&reply, 404, UNREACHABLE);
    server.get(&plain(&origin.url("/cat.jpg"))).image();
}

#[test]
fn a_redirect_to_something_else_than_the_web_is_not_followed() {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("a.jpg"), fixture("jpeg/baseline-420.jpg")).unwrap();
    let origin = Origin::start();
    let server = Server::start(&[("LOCAL_FILESYSTEM_ROOT", root.path().to_str().unwrap())]);
    for (index, location) in [
        "local:///a.jpg",
        "file:///etc/hostname",
        "ftp://127.0.0.1/a.jpg",
        "data:image/gif;base64,R0lGODlhAQABAAAAACw=",
        "http://",
        "http://user:secret@127.0.0.1/a.jpg",
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("/{index}");
        origin.serve(&path, redirect(302, location));
        let reply = server.get(&plain(&origin.url(&path)));
        assert_eq!(reply.verdict(), (404, UNREACHABLE.to_owned()), "{location}");
    }
}

#[test]
fn a_redirect_must_not_leave_the_allowed_sources() {
    let origin = Origin::start();
    origin.serve("/public/cat.jpg", picture());
    origin.serve("/private/cat.jpg", picture());
    origin.serve("/public/in", redirect(302, "/public/cat.jpg"));
    origin.serve("/public/out", redirect(302, "/private/cat.jpg"));
    origin.serve("/public/up", redirect(302, "/public/../private/cat.jpg"));
    let server = Server::start(&[("ALLOWED_SOURCES", &origin.url("/public/"))]);
    server.get(&plain(&origin.url("/public/in"))).image();
    for path in ["/public/out", "/public/up"] {
        let reply = server.get(&plain(&origin.url(path)));
        assert_refused(&reply, 404, "Invalid source URL");
    }
    assert_eq!(origin.hits("/private/cat.jpg"), 0);
}

#[test]
fn a_redirect_to_a_forbidden_address_or_to_ourselves_is_refused_like_a_first_url() {
    let origin = Origin::start();
    let server = Server::start(&[]);
    origin.serve("/private", redirect(302, "http://10.0.0.1/cat.jpg"));
    origin.serve("/metadata", redirect(302, "http://[::ffff:a9fe:a9fe]/"));
    origin.serve(
        "/here",
        redirect(302, &format!("http://{}/health", server.address())),
    );
    for path in ["/private", "/metadata"] {
        let reply = server.get(&plain(&origin.url(path)));
        assert_refused(&reply, 404, "Invalid source URL");
    }
    let reply = server.get(&plain(&origin.url("/here")));
    assert_refused(&reply, 508, "Loop detected");
}

/// A root with a picture, a folder, and ways out of it.
fn local_root() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    let bytes = fixture("jpeg/baseline-420.jpg");
    std::fs::create_dir_all(root.join("folder")).unwrap();
    std::fs::write(root.join("folder/a b.jpg"), &bytes).unwrap();
    std::fs::write(dir.path().join("outside.jpg"), &bytes).unwrap();
    symlink("folder/a b.jpg", root.join("inside.jpg")).unwrap();
    symlink("../outside.jpg", root.join("out.jpg")).unwrap();
    symlink(dir.path().join("outside.jpg"), root.join("absolute.jpg")).unwrap();
    symlink("..", root.join("up")).unwrap();
    let made = Command::new("mkfifo").arg(root.join("pipe.jpg")).status();
    assert!(made.unwrap().success());
    dir
}

#[test]
fn local_files_are_read_and_nothing_that_lies_outside_their_root() {
    let dir = local_root();
    let root = dir.path().join("root");
    let server = Server::start(&[("LOCAL_FILESYSTEM_ROOT", root.to_str().unwrap())]);
    for url in ["local:///folder/a%20b.jpg", "local:///inside.jpg"] {
        let reply = server.get(&plain(url));
        assert_eq!(reply.status, 200, "{url}: {}", reply.text());
    }
    for url in [
        "local:///missing.jpg",
        "local:///folder",
        "local:///folder/a%20b.jpg/more",
        "local:///pipe.jpg",
        "local:///out.jpg",
        "local:///absolute.jpg",
        "local:///up/outside.jpg",
    ] {
        let reply = server.get(&plain(url));
        assert_eq!(reply.verdict(), (404, UNREACHABLE.to_owned()), "{url}");
    }
    for url in [
        "local:///../outside.jpg",
        "local:///folder/%2e%2e/%2e%2e/outside.jpg",
        "local:///folder/..%2f..%2foutside.jpg",
        "local:///a%00.jpg",
    ] {
        let reply = server.get(&plain(url));
        assert_eq!(reply.verdict(), (404, "Invalid URL".to_owned()), "{url}");
    }
}

#[test]
fn local_files_are_held_to_the_allowed_sources_too() {
    let dir = local_root();
    let root = dir.path().join("root");
    let settings = [
        ("LOCAL_FILESYSTEM_ROOT", root.to_str().unwrap()),
        ("ALLOWED_SOURCES", "local:///folder/"),
    ];
    let server = Server::start(&settings);
    server.get(&plain("local:///folder/a%20b.jpg")).image();
    for url in ["local:///inside.jpg", "http://127.0.0.1/folder/a.jpg"] {
        assert_refused(&server.get(&plain(url)), 404, "Invalid source URL");
    }
}

#[test]
fn a_local_file_that_changes_is_made_anew_after_its_time() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().to_str().unwrap();
    let file = dir.path().join("a.png");
    let server = Server::start(&[("LOCAL_FILESYSTEM_ROOT", root), ("CACHE_TTL", "60")]);
    std::fs::write(&file, fixture("png/size-1x1.png")).unwrap();
    assert_eq!(server.get(&plain("local:///a.png")).size(), (1, 1));

    server.clock.advance(std::time::Duration::from_secs(60));
    let reply = server.get(&plain("local:///a.png"));
    assert_eq!(
        reply.header("cache-status"),
        Some("Inkfish; fwd=stale; fwd-status=304")
    );

    std::fs::write(&file, fixture("png/grey-1-interlaced-17x13.png")).unwrap();
    server.clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(server.get(&plain("local:///a.png")).size(), (17, 13));
}
