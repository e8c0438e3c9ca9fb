//! What the other headers say of an answer.

use super::SMALL;
use crate::support::{Origin, PICTURE, Reply, Response, Server, fixture, picture};

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
