//! Which signatures pass, and over what they are made.

use super::{FLAG, KEY, SALT, SIGNED, forbidden, served, signature, signed, signed_with, verdict};
use crate::support::{Gallery, Origin, Response, Server, fixture};

#[test]
fn published_signatures_pass_and_no_changed_one_does() {
    const CURIOSITY: &str = "/plain/http://example.com/images/curiosity.jpg";
    const TEST_KEY: &str = "746573742d6b6579";
    const TEST_SALT: &str = "746573742d73616c74";
    let table = [
        (
            (KEY, SALT, "32"),
            "/rs:fill:300:400:0/g:sm/aHR0cDovL2V4YW1w/bGUuY29tL2ltYWdl/cy9jdXJpb3NpdHku/anBn.png"
                .to_owned(),
            "oKfUtW34Dvo2BGQehJFR4Nr0_rIjOtdtzJ3QFsUcXH8",
        ),
        (
            (KEY, SALT, "32"),
            format!("/rs:fill:300:400:0/g:sm{CURIOSITY}@png"),
            "v4il5rmSYrVOW341NliE_MPcqrwWLyWyeHNDz9YGFBs",
        ),
        (
            (KEY, SALT, "32"),
            CURIOSITY.to_owned(),
            "tLvEboG5BrUsclTgTUEGnYHTECamEGJN0sAxY2br4Qw",
        ),
        (
            (KEY, SALT, "8"),
            format!("/rs:fit:300:300{CURIOSITY}"),
            "ZRAxEAfmt34",
        ),
        (
            (TEST_KEY, TEST_SALT, "10"),
            "/rs:fill:4:4/plain/local:///test1.png".to_owned(),
            "My9d3xq_PYpVHg",
        ),
        (
            (TEST_KEY, TEST_SALT, "32"),
            "/rs:fill:4:4/plain/local:///test1.png".to_owned(),
            "My9d3xq_PYpVHsPrCyww0Kh1w5KZeZhIlWhsa4az1TI",
        ),
    ];
    for ((key, salt, size), path, signature) in table {
        let server = Server::start(&[
            ("ALLOW_UNSIGNED", "false"),
            ("KEY", key),
            ("SALT", salt),
            ("SIGNATURE_SIZE", size),
        ]);
        // The sources are not there, and smart gravity is not built; but the signature is right.
        assert_eq!(
            server.get(&format!("/{signature}{path}")).status,
            404,
            "{path}"
        );
        let flipped = signature.replacen(&signature[..1], "-", 1);
        for (signature, path) in [
            (flipped.as_str(), path.clone()),
            (&signature[1..], path.clone()),
            (&format!("{signature}="), path.clone()),
            (
                signature,
                path.replacen("300", "301", 1).replacen(":4", ":5", 1) + "x",
            ),
            ("unsafe", path.clone()),
        ] {
            let reply = server.get(&format!("/{signature}{path}"));
            assert_eq!(verdict(&reply), forbidden(), "{signature} {path}");
        }
    }
}

#[test]
fn a_query_is_neither_signed_nor_forwarded() {
    let published =
        "/lgW1G1DUj_8ro6bOc_Yx-gygeaSjjo1LugX8n8nyWgI/w:100/plain/http://example.com/a.jpg?x=1";
    assert_eq!(Server::start(&SIGNED).get(published).status, 404);
    let origin = Origin::start();
    origin.serve(
        "/a.png",
        Response::ok("image/png", fixture("png/rgb-8.png")),
    );
    let server = Server::start(&SIGNED);
    let path = signed(&format!("/w:9/plain/{}", origin.url("/a.png")));
    for query in ["", "?", "?x=1", "?x=/y?z"] {
        assert_eq!(
            verdict(&server.get(&format!("{path}{query}"))),
            served(),
            "{query}"
        );
    }
    assert_eq!(origin.hits("/a.png"), 1, "one source, one entry");
}

#[test]
fn any_pair_of_key_and_salt_signs_and_no_other_mixture_does() {
    let lists = [
        ("ALLOW_UNSIGNED", "false"),
        ("KEY", "aa01,bb02"),
        ("SALT", "cc03,dd04"),
    ];
    let gallery = Gallery::open(&lists);
    let path = format!("/w:9/{FLAG}");
    for (key, salt, passes) in [
        ("aa01", "cc03", true),
        ("bb02", "dd04", true),
        ("aa01", "dd04", false),
        ("bb02", "cc03", false),
        ("cc03", "aa01", false),
        (KEY, SALT, false),
    ] {
        let reply = gallery
            .server
            .get(&format!("/{}{path}", signature(key, salt, &path, 32)));
        let expected = if passes { served() } else { forbidden() };
        assert_eq!(verdict(&reply), expected, "{key} {salt}");
    }
}

#[test]
fn a_signature_has_the_length_that_is_set_and_no_other() {
    let path = format!("/{FLAG}");
    for (set, sizes) in [
        ("8", [7, 8, 9, 32]),
        ("32", [1, 8, 31, 32]),
        ("1", [1, 2, 3, 32]),
    ] {
        let gallery = Gallery::open(&signed_with("SIGNATURE_SIZE", set));
        for size in sizes {
            let signature = signature(KEY, SALT, &path, size);
            let reply = gallery.server.get(&format!("/{signature}{path}"));
            let passes = size.to_string() == set;
            let expected = if passes { served() } else { forbidden() };
            assert_eq!(verdict(&reply), expected, "{size} bytes for {set}");
        }
    }
}

#[test]
fn trusted_texts_pass_whole_and_exact() {
    let gallery = Gallery::open(&signed_with("TRUSTED_SIGNATURES", "let-me-in,also me?no"));
    let path = format!("/w:9/{FLAG}");
    for (text, passes) in [
        ("let-me-in", true),
        ("let-me-i", false),
        ("let-me-inn", false),
        ("LET-ME-IN", false),
        ("let-me-in,also", false),
    ] {
        let expected = if passes { served() } else { forbidden() };
        let reply = gallery.server.get(&format!("/{text}{path}"));
        assert_eq!(verdict(&reply), expected, "{text}");
    }
}

#[test]
fn a_forgotten_signature_is_told_apart_where_none_are_asked_for() {
    let gallery = Gallery::open(&[]);
    for segment in ["_", "unsafe", "insecure", "x=y", "%20"] {
        let reply = gallery.server.get(&format!("/{segment}/w:9/{FLAG}"));
        assert_eq!(verdict(&reply), served(), "{segment}");
    }
    for path in [format!("/w:9/{FLAG}"), format!("/rs:fit:9:9/w:9/{FLAG}")] {
        let (status, text) = verdict(&gallery.server.get(&path));
        assert_eq!(status, 403);
        assert!(
            text.starts_with("Forbidden: ") && text.contains("/unsafe/"),
            "{text}"
        );
    }
    let gallery = Gallery::open(&SIGNED);
    let reply = gallery.server.get(&format!("/w:9/{FLAG}"));
    assert_eq!(verdict(&reply), forbidden());
}

#[test]
fn what_proxies_do_to_a_path_is_undone_before_its_signature_is_checked() {
    let origin = Origin::start();
    origin.serve(
        "/a.png",
        Response::ok("image/png", fixture("png/rgb-8.png")),
    );
    let gallery = Gallery::open(&SIGNED);
    let source = origin.url("/a.png");
    let one_slash = source.replacen("://", ":/", 1);
    let http = format!("/rs:fit:9:9/plain/{source}");
    let local = format!("/rs:fit:9:9/{FLAG}");
    for (signed_as, sent_as, passes) in [
        (&http, format!("/rs%3Afit%3A9%3A9/plain/{source}"), true),
        (&http, format!("/rs%3Afit:9%3A9/plain/{one_slash}"), true),
        (&http, format!("/rs:fit:9:9/plain/{one_slash}"), true),
        (
            &local,
            "/rs:fit:9:9/plain/local:/png/rgb-8.png".to_owned(),
            true,
        ),
        // Only the upper-case escape, and only before the source.
        (&http, format!("/rs%3afit:9:9/plain/{source}"), false),
        (&http, http.replacen("http:", "http%3A", 1), false),
    ] {
        let signature = signature(KEY, SALT, signed_as, 32);
        let reply = gallery.server.get(&format!("/{signature}{sent_as}"));
        let expected = if passes { served() } else { forbidden() };
        assert_eq!(verdict(&reply), expected, "{sent_as}");
    }
    // Signed as it was mangled, it is not the canonical form.
    let mangled = format!("/rs%3Afit%3A9%3A9/plain/{source}");
    assert_eq!(verdict(&gallery.server.get(&signed(&mangled))), forbidden());
}

#[test]
fn a_path_prefix_stands_before_everything_and_is_not_signed() {
    let gallery = Gallery::open(&signed_with("PATH_PREFIX", "/img/v1"));
    let path = signed(&format!("/w:9/{FLAG}"));
    assert_eq!(
        verdict(&gallery.server.get(&format!("/img/v1{path}"))),
        served()
    );
    for wrong in [
        path.clone(),
        format!("/img/v2{path}"),
        format!("/img/v1x{path}"),
        format!("/img{path}"),
    ] {
        let reply = gallery.server.get(&wrong);
        assert!(
            matches!(reply.status, 403 | 404),
            "{wrong}: {}",
            reply.status
        );
    }
    let with_prefix = signed(&format!("/img/v1/w:9/{FLAG}"));
    let twice = format!("/img/v1{}", with_prefix.replacen("/img/v1", "", 1));
    assert_eq!(verdict(&gallery.server.get(&twice)), forbidden());
}
