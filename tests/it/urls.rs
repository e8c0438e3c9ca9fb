//! Who may ask for what: signatures, paths, sources, presets and options of the URL.

use std::io::{ErrorKind, Write};
use std::net::TcpListener;
use std::path::Path;

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockEncryptMut, KeyIvInit};
use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::support::{Gallery, Origin, Reply, Response, Server, fixture, is_housekeeping};

/// "secret" and "hello".
const KEY: &str = "736563726574";
const SALT: &str = "68656c6c6f";
const SIGNED: [(&str, &str); 3] = [("ALLOW_UNSIGNED", "false"), ("KEY", KEY), ("SALT", SALT)];

const FLAG: &str = "plain/local:///png/rgb-8.png";

/// What is said of a reply here: the status, and the phrase of a refusal.
fn verdict(reply: &Reply) -> (u16, String) {
    let phrase = if reply.status == 200 {
        String::new()
    } else {
        reply.text()
    };
    (reply.status, phrase)
}

fn invalid_url() -> (u16, String) {
    (404, "Invalid URL".to_owned())
}

fn forbidden() -> (u16, String) {
    (403, "Forbidden".to_owned())
}

fn served() -> (u16, String) {
    (200, String::new())
}

fn signature(key: &str, salt: &str, path: &str, size: usize) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&hex::decode(key).unwrap()).unwrap();
    mac.update(&hex::decode(salt).unwrap());
    mac.update(path.as_bytes());
    URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..size])
}

fn signed(path: &str) -> String {
    format!("/{}{path}", signature(KEY, SALT, path, 32))
}

/// Settings of signed URLs and one more.
fn signed_with<'a>(name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut settings = SIGNED.to_vec();
    settings.push((name, value));
    settings
}

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

#[test]
fn plain_sources_are_unescaped_once() {
    let origin = Origin::start();
    let server = Server::start(&[]);
    for (written, fetched) in [
        ("/cat.png", "/cat.png"),
        ("/a+b.png", "/a+b.png"),
        ("/a%2Bb.png", "/a+b.png"),
        ("/a%2520b.png", "/a%20b.png"),
        ("/cat.png%3Fsize=1&v=2", "/cat.png?size=1&v=2"),
        ("/c%40t.png", "/c@t.png"),
        ("/a/./b/../cat.png", "/a/cat.png"),
        ("/%C3%A9.png", "/%C3%A9.png"),
        ("/cat.png@png", "/cat.png"),
        ("/cat.png@", "/cat.png"),
    ] {
        origin.serve(fetched, Response::ok("image/png", fixture("png/rgb-8.png")));
        let before = origin.hits(fetched);
        let reply = server.get(&format!(
            "/_/cb:{}/plain/{}",
            written.len(),
            origin.url(written)
        ));
        assert_eq!(verdict(&reply), served(), "{written}");
        let after = origin.hits(fetched);
        // Sources that are kept already are not fetched again.
        assert!(after > before || after == 1, "{written} asks for {fetched}");
    }
}

#[test]
fn base64_sources_may_be_cut_anywhere_and_padded() {
    let gallery = Gallery::open(&[]);
    let source = "local:///png/rgb-8.png";
    let (bare, padded) = (URL_SAFE_NO_PAD.encode(source), URL_SAFE.encode(source));
    assert_ne!(bare, padded);
    let cut: Vec<&str> = bare
        .as_bytes()
        .chunks(5)
        .map(|part| std::str::from_utf8(part).unwrap())
        .collect();
    let cut = cut.join("/");
    for (part, media_type) in [
        (bare.clone(), "image/png"),
        (padded, "image/png"),
        (cut.clone(), "image/png"),
        (format!("{bare}.webp"), "image/webp"),
        (format!("{cut}.jpg"), "image/jpeg"),
        (format!("{bare}."), "image/png"),
    ] {
        let reply = gallery.server.get(&format!("/_/w:9/{part}"));
        assert_eq!(verdict(&reply), served(), "{part}");
        assert_eq!(reply.header("content-type"), Some(media_type), "{part}");
    }
    let named = Gallery::open(&[("BASE64_URL_INCLUDES_FILENAME", "true")]);
    for part in [
        format!("{bare}/puppy.png"),
        format!("{cut}.jpg/a b.c.d"),
        bare,
    ] {
        let reply = named
            .server
            .get(&format!("/_/w:9/{}", part.replace(' ', "%20")));
        assert_eq!(verdict(&reply), served(), "{part}");
    }
}

fn encrypted(key: &str, source: &str) -> String {
    let (key, iv) = (hex::decode(key).unwrap(), [7_u8; 16]);
    let text = source.as_bytes();
    let body = match key.len() {
        16 => cbc::Encryptor::<aes::Aes128>::new_from_slices(&key, &iv)
            .unwrap()
            .encrypt_padded_vec_mut::<Pkcs7>(text),
        24 => cbc::Encryptor::<aes::Aes192>::new_from_slices(&key, &iv)
            .unwrap()
            .encrypt_padded_vec_mut::<Pkcs7>(text),
        _ => cbc::Encryptor::<aes::Aes256>::new_from_slices(&key, &iv)
            .unwrap()
            .encrypt_padded_vec_mut::<Pkcs7>(text),
    };
    URL_SAFE_NO_PAD.encode([&iv[..], &body].concat())
}

#[test]
fn encrypted_sources_are_read_with_keys_of_every_length() {
    for bytes in [16, 24, 32] {
        let key = "5e".repeat(bytes);
        let gallery = Gallery::open(&signed_with("SOURCE_URL_ENCRYPTION_KEY", &key));
        let text = encrypted(&key, "local:///png/rgb-8.png");
        let (front, back) = text.split_at(20);
        let mut broken = text.clone().into_bytes();
        let middle = broken.len() - 8;
        broken[middle] = if broken[middle] == b'A' { b'B' } else { b'A' };
        let broken = String::from_utf8(broken).unwrap();
        for (part, expected) in [
            (text.clone(), served()),
            (format!("{text}.webp"), served()),
            (format!("{front}/{back}"), served()),
            (
                encrypted(&"5f".repeat(bytes), "local:///png/rgb-8.png"),
                invalid_url(),
            ),
            (broken, invalid_url()),
            (front.to_owned(), invalid_url()),
            ("AAAA".to_owned(), invalid_url()),
        ] {
            let reply = gallery.server.get(&signed(&format!("/w:9/enc/{part}")));
            assert_eq!(verdict(&reply), expected, "{part}");
        }
    }
    let keyless = Gallery::open(&SIGNED);
    let text = encrypted(&"5e".repeat(16), "local:///png/rgb-8.png");
    let reply = keyless.server.get(&signed(&format!("/enc/{text}")));
    assert_eq!(verdict(&reply), invalid_url());
}

#[test]
fn presets_stand_for_their_options_wherever_they_are_defined() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(
        file,
        "# of the file\n\nsquare=rs:fill:10:10\n  nested=pr:square/pd:1\nloop=pr:loop/w:7\n"
    )
    .unwrap();
    let gallery = Gallery::open(&[
        ("PRESETS", "wide=w:24/h:4/rt:force,small=w:12"),
        ("PRESETS_PATH", file.path().to_str().unwrap()),
    ]);
    for (options, size) in [
        ("", (48, 32)),
        ("pr:small", (12, 8)),
        ("preset:small", (12, 8)),
        ("pr:square", (10, 10)),
        ("pr:nested", (12, 12)),
        ("pr:wide:small", (12, 4)),
        ("pr:small:wide", (24, 4)),
        // Where it stands among the options it counts.
        ("w:30/pr:small", (12, 8)),
        ("pr:small/w:30", (30, 20)),
        // One inside itself is skipped.
        ("pr:loop", (7, 5)),
    ] {
        let reply = gallery.show(options, "png/rgb-8.png");
        assert_eq!(reply.size(), size, "{options}");
    }
    for options in ["pr:none", "pr:small:none", "pr:", "pr:Small"] {
        assert_eq!(
            verdict(&gallery.show(options, "png/rgb-8.png")),
            invalid_url(),
            "{options}"
        );
    }
}

#[test]
fn the_default_preset_comes_first() {
    let gallery = Gallery::open(&[("PRESETS", "default=w:24/pd:1,bare=pd:0")]);
    for (options, size) in [
        ("", (26, 18)),
        ("w:12", (14, 10)),
        ("pr:bare", (24, 16)),
        ("pr:default/w:12", (14, 10)),
    ] {
        assert_eq!(
            gallery.show(options, "png/rgb-8.png").size(),
            size,
            "{options}"
        );
    }
}

#[test]
fn with_presets_alone_the_options_are_a_list_of_names() {
    let gallery = Gallery::open(&[
        ("PRESETS", "default=pd:1,small=w:12,square=rs:fill:10:10"),
        ("ONLY_PRESETS", "true"),
    ]);
    for (list, size) in [
        ("small", (14, 10)),
        ("square", (12, 12)),
        ("small:square", (12, 12)),
    ] {
        let reply = gallery.server.get(&format!("/_/{list}/{FLAG}@png"));
        assert_eq!(reply.size(), size, "{list}");
    }
    for list in ["w:12", "none", "small:none", "small/w:20", "pr:small"] {
        let reply = gallery.server.get(&format!("/_/{list}/{FLAG}"));
        assert_eq!(verdict(&reply), invalid_url(), "{list}");
    }
}

#[test]
fn presets_and_options_may_have_other_separators() {
    let gallery = Gallery::open(&[
        ("ARGUMENTS_SEPARATOR", ";"),
        ("PRESETS_SEPARATOR", "|"),
        ("PRESETS", "a=w;12|b=rs;fill;10;10"),
    ]);
    for (options, size) in [
        ("pr;a", (12, 8)),
        ("pr;b", (10, 10)),
        ("rs;fit;24;0", (24, 16)),
    ] {
        assert_eq!(
            gallery.show(options, "png/rgb-8.png").size(),
            size,
            "{options}"
        );
    }
    assert_eq!(
        verdict(&gallery.show("w:12", "png/rgb-8.png")),
        invalid_url()
    );
}

#[test]
fn allowed_options_bind_urls_by_spelling_and_presets_not() {
    let gallery = Gallery::open(&[
        ("ALLOWED_PROCESSING_OPTIONS", "w,height,pr"),
        ("PRESETS", "tall=rt:force/h:40"),
    ]);
    for (options, passes) in [
        ("w:12", true),
        ("height:8/w:9", true),
        ("pr:tall", true),
        ("width:12", false),
        ("h:12", false),
        ("preset:tall", false),
        ("w:12/q:5", false),
    ] {
        let expected = if passes { served() } else { invalid_url() };
        assert_eq!(
            verdict(&gallery.show(options, "png/rgb-8.png@jpg")),
            expected,
            "{options}"
        );
    }
}

/// Each option's names, arguments that make a difference to the flag as JPEG, and what is asked besides.
const OPTIONS: [(&[&str], &str, &str); 27] = [
    (&["resize", "rs"], "fill:20:20:0:0", ""),
    (&["size", "s"], "20:10:0:1", ""),
    (&["resizing_type", "rt"], "fill", "/w:20/h:20"),
    (&["width", "w"], "20", ""),
    (&["height", "h"], "20", ""),
    (&["min-width", "mw"], "60", ""),
    (&["min-height", "mh"], "60", ""),
    (&["zoom", "z"], "0.5", ""),
    (&["dpr"], "0.5", ""),
    (&["enlarge", "el"], "1", "/w:60"),
    (&["extend", "ex"], "1:so:1:2", "/w:60/h:60"),
    (
        &["extend_aspect_ratio", "extend_ar", "exar"],
        "1:no",
        "/w:20/h:20",
    ),
    (&["gravity", "g"], "soea:1:1", "/rs:fill:20:20"),
    (&["crop", "c"], "20:0.5:nowe", ""),
    (&["padding", "pd"], "1:2:3:4", ""),
    (&["rotate", "rot"], "90", ""),
    (&["flip", "fl"], "1:1", ""),
    (&["background", "bg"], "f00", "/pd:2"),
    (&["quality", "q"], "20", ""),
    (&["format_quality", "fq"], "jpg:20", ""),
    (&["format", "f", "ext"], "webp", ""),
    (&["skip_processing", "skp"], "png", ""),
    (&["raw"], "1", "/w:20"),
    (&["auto_rotate", "ar"], "0", ""),
    (&["strip_metadata", "sm"], "0", ""),
    (&["strip_color_profile", "scp"], "0", ""),
    (&["preset", "pr"], "low", ""),
];

/// The source of an option: one of which it changes something.
fn source_of(name: &str) -> &'static str {
    match name {
        "auto_rotate" | "strip_metadata" => "jpeg/orientation-6.jpg",
        "strip_color_profile" => "jpeg/icc-swapped-red-green.jpg",
        "skip_processing" | "raw" => "png/palette-8.png",
        _ => "jpeg/baseline-444.jpg",
    }
}

#[test]
fn every_name_of_an_option_does_the_same_and_does_something() {
    let gallery = Gallery::open(&[("PRESETS", "low=q:20")]);
    for (names, args, besides) in OPTIONS {
        let source = source_of(names[0]);
        let without = gallery.show(besides.trim_start_matches('/'), source);
        assert_eq!(verdict(&without), served(), "{besides}");
        let bodies = names.iter().map(|name| {
            let reply = gallery.show(&format!("{name}:{args}{besides}"), source);
            assert_eq!(verdict(&reply), served(), "{name}:{args}");
            reply.body
        });
        let bodies: Vec<_> = bodies.collect();
        assert!(bodies.iter().all(|body| *body == bodies[0]), "{names:?}");
        assert!(bodies[0] != without.body, "{} changes nothing", names[0]);
    }
}

#[test]
fn options_of_the_answer_have_their_names_too() {
    let gallery = Gallery::open(&[]);
    let show = |options: &str| {
        let reply = gallery.show(options, "png/rgb-8.png");
        assert_eq!(verdict(&reply), served(), "{options}");
        reply
    };
    let disposition = |options: &str| {
        let reply = show(options);
        reply.header("content-disposition").unwrap().to_owned()
    };
    for name in ["filename", "fn"] {
        assert_eq!(
            disposition(&format!("{name}:cat")),
            "inline; filename=\"cat.png\""
        );
        assert_eq!(
            disposition(&format!("{name}:Y2F0:1")),
            "inline; filename=\"cat.png\""
        );
    }
    for name in ["return_attachment", "att"] {
        assert!(disposition(&format!("{name}:1")).starts_with("attachment;"));
        assert!(disposition(&format!("{name}:0")).starts_with("inline;"));
    }
    for name in ["cachebuster", "cb"] {
        show(&format!("{name}:v2"));
        show(&format!("{name}:"));
    }
    // The clock of the tests stands at 1800000000.
    for name in ["expires", "exp"] {
        show(&format!("{name}:1800000001"));
        show(&format!("{name}:0"));
        let past = gallery.show(&format!("{name}:1799999999"), "png/rgb-8.png");
        assert_eq!(verdict(&past), invalid_url(), "{name}");
    }
}

#[test]
fn booleans_have_six_spellings_of_yes_and_everything_else_is_no() {
    let gallery = Gallery::open(&[]);
    for (on, size) in [
        ("1", (96, 64)),
        ("t", (96, 64)),
        ("T", (96, 64)),
        ("true", (96, 64)),
        ("True", (96, 64)),
        ("TRUE", (96, 64)),
        ("0", (48, 32)),
        ("", (48, 32)),
        ("yes", (48, 32)),
        ("tRue", (48, 32)),
        ("2", (48, 32)),
    ] {
        let reply = gallery.show(&format!("w:96/el:{on}"), "png/rgb-8.png");
        assert_eq!(reply.size(), size, "{on}");
    }
}

#[test]
fn later_options_override_and_blanks_keep() {
    let gallery = Gallery::open(&[]);
    for (options, size) in [
        ("w:9/w:12", (12, 8)),
        ("rs:fill:9:9/rs::12", (12, 9)),
        ("rs:fill:9:9/s:12", (12, 9)),
        ("s:9:9/rt:fill", (9, 9)),
        ("rt:fill/rs:fit:12:4", (6, 4)),
        // A blank top keeps, the others follow: 1, 0, 1, 0.
        ("pd:1:2:3:4/pd::0", (48, 34)),
        ("w:12/w:0", (48, 32)),
    ] {
        assert_eq!(
            gallery.show(options, "png/rgb-8.png").size(),
            size,
            "{options}"
        );
    }
}

/// Options that another server may have, and that are unknown here.
const UNBUILT: [&str; 12] = [
    "blur_areas:1:0:0:1:1",
    "progressive_blur:1",
    "crop_objects:1",
    "g:obj:face",
    "g:sm:1:1",
    "wmr:90",
    "wmsh:1",
    "style:YQ",
    "icc:srgb",
    "vts:1",
    "f:heic",
    "f:mp4",
];

/// Options whose name is known and whose arguments are not.
const MALFORMED: [&str; 52] = [
    "w:",
    "w:x",
    "w:-1",
    "w:1.5",
    "w:1:2",
    "w:99999999999999999999",
    "h:",
    "mw:-1",
    "mh:x",
    "rs:cover:9:9",
    "rs:fill:9:9:0:0:ce:0:0:0",
    "rt:",
    "rt:Fill",
    "s:9:9:9:9:9:9:9:9",
    "z:0",
    "z:-1",
    "z:x",
    "z:1:2:3",
    "dpr:0",
    "dpr:-2",
    "dpr:NaN",
    "dpr:inf",
    "dpr:",
    "g:",
    "g:middle",
    "g:re",
    "g:fp",
    "g:fp:0.5",
    "g:fp:0.5:1.5",
    "g:fp:x:0",
    "g:no:x",
    "c:-1:5",
    "c:x",
    "c:5:5:xx",
    "pd:-1",
    "pd:x",
    "pd:1:2:3:4:5",
    "rot:45",
    "rot:x",
    "rot:",
    "fl:1:1:1",
    "bg:ff",
    "bg:ggg",
    "bg:1:2",
    "bg:256:0:0",
    "bg:1:2:3:4",
    "q:101",
    "q:-1",
    "fq:jpg",
    "fq:xyz:50",
    "f:tif",
    "f:",
];

/// Everything else that is wrong with a path, after the signature.
const CROOKED: [&str; 16] = [
    "",
    "/",
    "/w:9",
    "/w:9/",
    "/w:9/plain/",
    "/w:9/plain",
    "/fill/9/9/plain/SOURCE",
    "/w:9//plain/SOURCE",
    "/nonsense:1/plain/SOURCE",
    "/:/plain/SOURCE",
    "/w:9/plain/SOURCE@png@jpg",
    "/w:9/plain/SOURCE@tif",
    "/w:9/plain/SOURCE%zz",
    "/w:9/plain/%",
    "/w:9/not*base64",
    "/w:9/aHR0cDovL2EvYi5qcGc.png.jpg",
];

/// How many files there are below a folder.
fn files_below(folder: &Path) -> usize {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !is_housekeeping(path))
        .map(|path| if path.is_dir() { files_below(&path) } else { 1 })
        .sum()
}

#[test]
fn what_is_malformed_is_refused_without_a_connection_or_a_cache_file() {
    let origin = TcpListener::bind("127.0.0.1:0").unwrap();
    origin.set_nonblocking(true).unwrap();
    let source = format!("http://{}/a.png", origin.local_addr().unwrap());
    let cache = tempfile::tempdir().unwrap();
    let server = Server::start(&[("CACHE_DIR", cache.path().to_str().unwrap())]);
    let fresh = files_below(cache.path());
    let options = UNBUILT
        .iter()
        .chain(&MALFORMED)
        .map(|option| format!("/{option}/plain/{source}"));
    let crooked = CROOKED.iter().map(|path| path.replace("SOURCE", &source));
    let mut connection = server.connect();
    for path in options.chain(crooked) {
        let reply = connection.request("GET", &format!("/_{path}"), &[]);
        assert_eq!(verdict(&reply), invalid_url(), "{path}");
    }
    let long = format!("/_/cb:{}/plain/{source}", "x".repeat(9000));
    assert!(matches!(server.get(&long).status, 404 | 414 | 431));
    let many = format!("/_{}/plain/{source}", "/w:9".repeat(600));
    assert_eq!(verdict(&server.get(&many)), invalid_url());
    let error = origin.accept().expect_err("nobody came");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    assert_eq!(files_below(cache.path()), fresh);
}

#[test]
fn sources_that_cannot_be_asked_for_are_refused_without_a_connection() {
    let origin = TcpListener::bind("127.0.0.1:0").unwrap();
    origin.set_nonblocking(true).unwrap();
    let address = origin.local_addr().unwrap();
    let server = Server::start(&[]);
    let unreachable = (404, "Source is unreachable".to_owned());
    for (source, expected) in [
        (format!("ftp://{address}/a.png"), unreachable.clone()),
        (format!("file://{address}/a.png"), unreachable.clone()),
        ("s3://bucket/a.png".to_owned(), unreachable.clone()),
        ("local:///a.png".to_owned(), unreachable),
        (format!("http://user:word%40{address}/a.png"), invalid_url()),
        (format!("http://user%40{address}/a.png"), invalid_url()),
        ("http://".to_owned(), invalid_url()),
        ("http:///".to_owned(), invalid_url()),
        ("http://a b/".replace(' ', "%20"), invalid_url()),
        ("http://[::1/a.png".to_owned(), invalid_url()),
        ("http://127.0.0.1:99999/a.png".to_owned(), invalid_url()),
    ] {
        let reply = server.get(&format!("/_/w:9/plain/{source}"));
        assert_eq!(verdict(&reply), expected, "{source}");
    }
    let error = origin.accept().expect_err("nobody came");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
}
