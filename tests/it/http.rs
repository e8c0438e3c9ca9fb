//! What answers look like: status, headers and body, as clients and CDNs read them.

use std::io::Write;
use std::time::Duration;

use crate::support::{MODIFIED, Origin, PICTURE, Reply, Response, Server, fixture, picture};

/// Options of a test that needs some.
const SMALL: &str = "rs:fit:24:24";

/// The test clock's time at the start, in Unix seconds.
const NOW: u64 = 1_800_000_000;

/// Settings, options, and what Cache-Control and CDN-Cache-Control say then.
type Keeping<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str, Option<&'a str>);

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
fn clients_may_keep_an_answer_as_long_as_ttl_and_expires_both_allow() {
    let origin = Origin::with_picture();
    let soon = format!("exp:{}", NOW + 30);
    let late = format!("exp:{}", NOW + 1_000_000_000);
    let year = "max-age=31536000, public";
    let rows: [Keeping<'_>; 8] = [
        (&[], SMALL, year, None),
        (&[], &soon, "max-age=30, public", None),
        (&[], &late, year, None),
        (&[], "exp:0", year, None),
        (&[("TTL", "60")], SMALL, "max-age=60, public", None),
        (&[("TTL", "0")], SMALL, "no-cache", None),
        (
            &[("TTL", "60"), ("CDN_CACHE_CONTROL", "600")],
            SMALL,
            "max-age=60, public",
            Some("max-age=600, public"),
        ),
        (
            &[("TTL", "0"), ("CDN_CACHE_CONTROL", "600")],
            &soon,
            "no-cache",
            Some("max-age=30, public"),
        ),
    ];
    for (settings, options, browser, cdn) in rows {
        let server = Server::start(settings);
        let path = origin.asking(options);
        for found in ["made", "held"] {
            let reply = server.get(&path);
            let told = (
                reply.header("cache-control"),
                reply.header("cdn-cache-control"),
            );
            assert_eq!(told, (Some(browser), cdn), "{settings:?} {options} {found}");
            assert_eq!(reply.header("age"), None);
            assert_eq!(reply.header("expires"), None);
        }
    }
}

#[test]
fn max_age_counts_from_the_answer_and_not_from_the_making() {
    let origin = Origin::with_picture();
    let server = Server::start(&[]);
    let path = origin.asking(&format!("exp:{}", NOW + 30));
    server.get(&path);
    server.clock.advance(Duration::from_secs(20));
    let reply = server.get(&path);
    assert_eq!(reply.header("cache-control"), Some("max-age=10, public"));
}

#[test]
fn cdns_keep_lasting_errors_for_ten_seconds_and_passing_ones_not_at_all() {
    let origin = Origin::start();
    for status in [403, 404, 410, 500, 503] {
        origin.serve(&format!("/{status}"), Response::status(status));
    }
    origin.serve("/text", Response::ok("image/jpeg", "no picture"));
    let server = Server::start(&[]);
    let rows = [
        (origin.asking_for("/404", SMALL), 404, "s-maxage=10"),
        (origin.asking_for("/410", SMALL), 410, "s-maxage=10"),
        (origin.asking_for("/text", SMALL), 422, "s-maxage=10"),
        (origin.asking_for("/403", SMALL), 403, "no-store"),
        (origin.asking_for("/500", SMALL), 502, "no-store"),
        (origin.asking_for("/503", SMALL), 502, "no-store"),
        ("/unsafe/nonsense:1/plain/x".into(), 404, "s-maxage=10"),
        (origin.asking("exp:1"), 404, "s-maxage=10"),
    ];
    for (path, status, keep) in rows {
        let reply = server.get(&path);
        assert_eq!(reply.status, status, "{path}");
        assert_eq!(reply.header("cache-control"), Some(keep), "{path}");
        assert_eq!(
            reply.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        for name in [
            "etag",
            "last-modified",
            "cdn-cache-control",
            "content-disposition",
        ] {
            assert_eq!(reply.header(name), None, "{name} of {path}");
        }
    }
}

#[test]
fn one_of_two_that_ask_at_once_made_it_and_the_other_waited() {
    let origin = Origin::start();
    let gate = origin.gated(PICTURE, picture());
    let server = Server::start(&[]);
    let path = origin.asking(SMALL);
    let mut statuses: Vec<_> = std::thread::scope(|scope| {
        let mut first = server.connect();
        first.ask("GET", &path, &[]);
        gate.wait_for(1);
        let second = scope.spawn(|| server.get(&path));
        crate::support::eventually("the second one waits", || {
            server.metric("inkfish_open_connections") >= 2.0
        });
        gate.open();
        [first.read_reply(true), second.join().unwrap()]
    })
    .iter()
    .map(|reply| reply.header("cache-status").unwrap().to_owned())
    .collect();
    statuses.sort();
    assert_eq!(statuses[1], "Inkfish; fwd=uri-miss; stored");
    // The second may have come after the first was answered; the origin was asked once all the same.
    assert!(
        [
            "Inkfish; fwd=uri-miss; collapsed",
            "Inkfish; hit; detail=hit_memory"
        ]
        .contains(&&*statuses[0]),
        "{statuses:?}"
    );
    assert_eq!(origin.hits(PICTURE), 1);
}

#[test]
fn server_timing_names_the_phases_that_an_answer_went_through() {
    let origin = Origin::with_picture();
    let server = Server::start(&[]);
    let path = origin.asking(SMALL);
    let phases = |reply: &Reply| -> Vec<String> {
        let timing = reply.header("server-timing").unwrap();
        let entries = timing.split(", ").map(|entry| {
            let (phase, duration) = entry.split_once(";dur=").unwrap();
            assert!(duration.parse::<f64>().unwrap() >= 0.0, "{timing}");
            phase.to_owned()
        });
        entries.collect()
    };
    let made = server.get(&path);
    assert_eq!(phases(&made), ["fetch", "queue", "work", "total"]);
    let held = server.get(&path);
    assert_eq!(phases(&held), ["total"]);
}

#[test]
fn an_answer_is_named_after_what_the_url_says_or_its_source() {
    let origin = Origin::with_picture();
    let server = Server::start(&[]);
    for (options, expected) in [
        (SMALL, "inline; filename=\"cat.jpg\""),
        ("f:png", "inline; filename=\"cat.png\""),
        ("fn:dog", "inline; filename=\"dog.jpg\""),
        ("fn:ZG9nIG9uZQ:1", "inline; filename=\"dog one.jpg\""),
        ("att:1", "attachment; filename=\"cat.jpg\""),
        ("fn:dog/att:1/f:webp", "attachment; filename=\"dog.webp\""),
    ] {
        let reply = server.get(&origin.asking(options));
        let named = reply.header("content-disposition");
        assert_eq!(named, Some(expected), "{options}");
    }
    origin.serve("/", picture());
    let reply = server.get(&origin.asking_for("/", SMALL));
    let named = reply.header("content-disposition");
    assert_eq!(named, Some("inline; filename=\"image.jpg\""));
}

#[test]
fn vary_depends_on_url_and_settings_alone() {
    let origin = Origin::with_picture();
    origin.serve("/text", Response::ok("image/jpeg", "no picture"));
    let any = origin.asking(SMALL);
    let fixed = origin.asking("f:png");
    let rows = [
        (&any, 200),
        (&origin.asking_for("/missing", SMALL), 404),
        (&origin.asking_for("/text", SMALL), 422),
        (&origin.asking("exp:1"), 404),
    ];
    let webp = [("Accept", "image/webp,*/*")];
    for (setting, varying_when_fixed) in [("AUTO_WEBP", None), ("ENFORCE_WEBP", Some("Accept"))] {
        let server = Server::start(&[(setting, "true")]);
        for (path, status) in rows {
            for headers in [&[][..], &webp] {
                let reply = server.get_with(path, headers);
                assert_eq!(reply.status, status, "{path}");
                assert_eq!(reply.header("vary"), Some("Accept"), "{setting} {path}");
            }
        }
        let renewal = server.get_with(&any, &[("If-None-Match", "*")]);
        assert_eq!(renewal.status, 304);
        assert_eq!(renewal.header("vary"), Some("Accept"));
        let reply = server.get(&fixed);
        assert_eq!(reply.header("vary"), varying_when_fixed, "{setting}");
    }
    let server = Server::start(&[]);
    for (path, _) in rows {
        assert_eq!(server.get_with(path, &webp).header("vary"), None, "{path}");
    }
}

#[test]
fn clients_that_accept_webp_get_it_where_nothing_else_is_asked_for() {
    let origin = Origin::with_picture();
    let server = Server::start(&[("AUTO_WEBP", "true")]);
    let webp = [("Accept", "image/avif,image/webp,*/*;q=0.8")];
    let other = [("Accept", "image/*")];
    for (options, headers, kind) in [
        (SMALL, &webp, "image/webp"),
        (SMALL, &other, "image/jpeg"),
        ("f:png", &webp, "image/png"),
    ] {
        let reply = server.get_with(&origin.asking(options), headers);
        assert_eq!(reply.header("content-type"), Some(kind), "{options}");
    }
}

#[test]
fn every_answer_forbids_what_no_image_needs() {
    let origin = Origin::with_picture();
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";
    let server = Server::start(&[]);
    for path in [
        &origin.asking(SMALL),
        &origin.asking("raw:1"),
        &origin.asking_for("/missing", SMALL),
        "/unsafe/nonsense",
        "/health",
        "/favicon.ico",
    ] {
        let reply = server.get(path);
        let header = |name| reply.header(name);
        assert_eq!(header("content-security-policy"), Some(policy), "{path}");
        assert_eq!(header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(header("server"), Some("Inkfish"), "{path}");
    }
}

#[test]
fn policies_for_other_sites_are_sent_where_they_are_set() {
    let origin = Origin::with_picture();
    let paths = [
        origin.asking(SMALL),
        origin.asking_for("/missing", SMALL),
        origin.asking("raw:1"),
    ];
    let rows = [
        ("access-control-allow-origin", "https://shop.example"),
        ("access-control-allow-methods", "GET, HEAD, OPTIONS"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("timing-allow-origin", "*"),
    ];
    let silent = Server::start(&[]);
    let telling = Server::start(&[
        ("ALLOW_ORIGIN", "https://shop.example"),
        ("CROSS_ORIGIN_RESOURCE_POLICY", "cross-origin"),
        ("TIMING_ALLOW_ORIGIN", "*"),
    ]);
    for path in &paths {
        let (unset, set) = (silent.get(path), telling.get(path));
        for (name, value) in rows {
            assert_eq!(unset.header(name), None, "{name} of {path}");
            assert_eq!(set.header(name), Some(value), "{name} of {path}");
        }
    }
}

#[test]
fn the_source_and_its_size_are_told_where_that_is_wanted() {
    let origin = Origin::with_picture();
    let path = origin.asking("rs:fit:24:24");
    let bytes = fixture("jpeg/baseline-420.jpg").len().to_string();
    let link = format!("<{}>; rel=\"canonical\"", origin.url(PICTURE));
    let rows = [
        ("link", &*link),
        ("x-origin-content-length", &bytes),
        ("x-origin-width", "48"),
        ("x-origin-height", "32"),
        ("x-result-width", "24"),
        ("x-result-height", "16"),
    ];
    let silent = Server::start(&[]);
    let telling = Server::start(&[
        ("SET_CANONICAL_HEADER", "true"),
        ("ENABLE_DEBUG_HEADERS", "true"),
    ]);
    for _made_and_held in 0..2 {
        let (unset, set) = (silent.get(&path), telling.get(&path));
        for (name, value) in rows {
            assert_eq!(unset.header(name), None, "{name}");
            assert_eq!(set.header(name), Some(value), "{name}");
        }
    }
}

#[test]
fn a_request_has_one_id_which_the_client_may_choose() {
    let server = Server::start(&[]);
    let id = |given: &[(&str, &str)]| {
        let reply = server.get_with("/health", given);
        reply.header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(id(&[("X-Request-ID", "abc-DEF_1")]), "abc-DEF_1");
    let long = "x".repeat(129);
    for odd in ["", "a b", "a\"b", &*long] {
        let fresh = id(&[("X-Request-ID", odd)]);
        assert!(fresh.len() == 16 && fresh != odd, "{odd:?}: {fresh}");
    }
    assert_ne!(id(&[]), id(&[]));
}

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
