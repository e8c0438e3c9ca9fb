//! What the headers of clients choose, and that nothing else of them has a say.

use std::thread;

use crate::support::{Gallery, Origin, Process, Reply, Response, Server, fixture};

const PHOTO: &str = "jpeg/photo-1200x800.jpg";
const SMALL: &str = "rs:fit:60:60";
const ALL_HEADERS: &str = "Accept, Sec-CH-DPR, DPR, Sec-CH-Width, Width, Save-Data";
const BOTH: &str = "image/avif,image/webp,*/*;q=0.8";

/// Everything that headers may decide, on.
const EVERYTHING: [(&str, &str); 4] = [
    ("AUTO_WEBP", "true"),
    ("AUTO_AVIF", "true"),
    ("ENABLE_CLIENT_HINTS", "true"),
    ("SAVE_DATA", "true"),
];

fn media_type(reply: &Reply) -> &str {
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.header("content-type").unwrap()
}

fn etag(reply: &Reply) -> &str {
    reply.header("etag").unwrap()
}

fn target(options: &str) -> String {
    format!("/unsafe/{options}/plain/local:///{PHOTO}")
}

#[test]
fn accept_chooses_among_the_formats_on_offer() {
    let gallery = Gallery::open(&[("AUTO_WEBP", "true"), ("AUTO_AVIF", "true")]);
    #[rustfmt::skip]
    let table = [
        ("image/avif,image/webp,*/*", "image/avif"),
        ("image/webp,*/*", "image/webp"),
        ("IMAGE/WEBP", "image/webp"),
        ("image/webp;q=0.9, image/avif;q=0.8", "image/webp"),
        ("image/webp;q=0.5, image/avif;q=0.5", "image/avif"),
        ("image/avif;q=0, image/webp;q=0.1", "image/webp"),
        ("image/avif;q=0, image/webp;q=0", "image/jpeg"),
        ("image/*", "image/jpeg"),
        ("*/*", "image/jpeg"),
        ("", "image/jpeg"),
        ("image/webpx, image/avi", "image/jpeg"),
    ];
    for (accept, expected) in table {
        let reply = gallery.show_to(accept, SMALL, PHOTO);
        assert_eq!(media_type(&reply), expected, "{accept}");
        assert_eq!(reply.header("vary"), Some("Accept"), "{accept}");
    }
}

#[test]
fn more_variants_than_are_remembered_of_a_url_stay_apart() {
    let gallery = Gallery::open(&EVERYTHING);
    let variants = [
        [("Accept", "image/webp"), ("DPR", "1")],
        [("Accept", "*/*"), ("DPR", "1")],
        [("Accept", "*/*"), ("DPR", "2")],
        [("Accept", "image/webp"), ("DPR", "2")],
        [("Accept", "image/webp"), ("DPR", "3")],
        [("Accept", "*/*"), ("DPR", "3")],
    ];
    let show = || {
        let tags = variants.map(|headers| {
            let reply = gallery.server.get_with(&target(SMALL), &headers);
            assert_eq!(reply.status, 200, "{}", reply.text());
            etag(&reply).to_owned()
        });
        let distinct: std::collections::HashSet<_> = tags.iter().collect();
        assert_eq!(distinct.len(), variants.len());
        tags
    };
    assert_eq!(show(), show());
}

#[test]
fn settings_say_which_formats_are_on_offer_and_where() {
    type Row = (
        &'static str,
        &'static [&'static str],
        &'static str,
        &'static str,
        Option<&'static str>,
    );
    #[rustfmt::skip]
    let table: [Row; 8] = [
        ("nothing", &[], SMALL, "image/jpeg", None),
        ("webp", &["AUTO_WEBP"], SMALL, "image/webp", Some("Accept")),
        ("avif", &["AUTO_AVIF"], SMALL, "image/avif", Some("Accept")),
        (
            "a named format",
            &["AUTO_WEBP", "AUTO_AVIF"],
            "rs:fit:60:60/f:png",
            "image/png",
            None,
        ),
        (
            "enforced webp",
            &["ENFORCE_WEBP"],
            "rs:fit:60:60/f:png",
            "image/webp",
            Some("Accept"),
        ),
        (
            "enforced avif",
            &["ENFORCE_AVIF"],
            "rs:fit:60:60/f:webp",
            "image/avif",
            Some("Accept"),
        ),
        (
            "both enforced",
            &["ENFORCE_AVIF", "ENFORCE_WEBP"],
            "rs:fit:60:60/f:png",
            "image/avif",
            Some("Accept"),
        ),
        (
            "named and enforced",
            &["ENFORCE_WEBP"],
            "rs:fit:60:60/f:webp",
            "image/webp",
            None,
        ),
    ];
    thread::scope(|scope| {
        for (name, on, options, expected, vary) in table {
            scope.spawn(move || {
                let settings: Vec<_> = on.iter().map(|setting| (*setting, "true")).collect();
                let reply = Gallery::open(&settings).show_to(BOTH, options, PHOTO);
                assert_eq!(media_type(&reply), expected, "{name}");
                assert_eq!(reply.header("vary"), vary, "{name}");
            });
        }
    });
}

#[test]
fn hints_stand_in_for_what_the_url_leaves_open() {
    let gallery = Gallery::open(&[("ENABLE_CLIENT_HINTS", "true")]);
    type Row = (
        &'static str,
        &'static [(&'static str, &'static str)],
        (u32, u32),
    );
    #[rustfmt::skip]
    let table: [Row; 14] = [
        ("w:60", &[], (60, 40)),
        ("w:60", &[("Sec-CH-DPR", "2")], (120, 80)),
        ("w:60", &[("DPR", "2")], (120, 80)),
        ("w:60", &[("Sec-CH-DPR", "1"), ("DPR", "2")], (60, 40)),
        ("w:60", &[("DPR", "1.7")], (120, 80)),
        ("w:60", &[("DPR", "7")], (180, 120)),
        ("w:60", &[("DPR", "9")], (60, 40)),
        ("w:60/dpr:1", &[("DPR", "3")], (60, 40)),
        ("w:60", &[("Sec-CH-Width", "300")], (60, 40)),
        ("h:40", &[("Sec-CH-Width", "20")], (60, 40)),
        ("q:80", &[("Sec-CH-Width", "250")], (300, 200)),
        ("q:80", &[("Width", "201")], (300, 200)),
        ("q:80", &[("Width", "400"), ("DPR", "2")], (400, 267)),
        (
            "q:80",
            &[("Width", "nonsense"), ("DPR", "many")],
            (1200, 800),
        ),
    ];
    for (options, headers, expected) in table {
        let reply = gallery.server.get_with(&target(options), headers);
        assert_eq!(reply.size(), expected, "{options} {headers:?}");
    }
}

#[test]
fn hints_are_nothing_unless_settings_say_so() {
    let gallery = Gallery::open(&[]);
    let headers = [("Sec-CH-DPR", "2"), ("Width", "100"), ("Save-Data", "on")];
    let reply = gallery.server.get_with(&target("w:60"), &headers);
    assert_eq!(reply.size(), (60, 40));
    assert_eq!(reply.header("vary"), None);
}

#[test]
fn who_saves_data_gets_less_quality_than_settings_give() {
    let gallery = Gallery::open(&[("SAVE_DATA", "true")]);
    let get = |options: &str, value: &str| {
        let headers = [("Save-Data", value)];
        gallery.server.get_with(&target(options), &headers)
    };
    let (plain, saving) = (get("w:120", "off"), get("w:120", "on"));
    assert!(saving.body.len() < plain.body.len());
    assert_eq!(saving.header("vary"), Some("Save-Data"));
    assert_eq!(plain.header("vary"), Some("Save-Data"));
    let (plain, saving) = (get("w:120/q:70", "off"), get("w:120/q:70", "on"));
    assert_eq!(plain.body, saving.body, "the URL names the quality");
    assert_eq!(saving.header("vary"), None);
}

#[test]
fn vary_follows_from_url_and_settings_whatever_the_answer_is() {
    let origin = Origin::with_picture();
    origin.serve("/text", Response::ok("image/jpeg", "no image"));
    let server = Server::start(&EVERYTHING);
    let at = |path: &str, options: &str| origin.asking_for(path, options);
    let picture = crate::support::PICTURE;
    #[rustfmt::skip]
    let table = [
        (picture, "bg:fff", Some(ALL_HEADERS)),
        (picture, "w:10", Some("Accept, Sec-CH-DPR, DPR, Save-Data")),
        (picture, "w:10/dpr:1", Some("Accept, Save-Data")),
        (picture, "w:10/dpr:1/q:50", Some("Accept")),
        (picture, "w:10/dpr:1/q:50/f:png", None),
        ("/none", "bg:fff", Some(ALL_HEADERS)),
        ("/text", "bg:fff", Some(ALL_HEADERS)),
        ("/none", "w:10/dpr:1/q:50/f:png", None),
        ("/text", "w:10/dpr:1/q:50/f:png", None),
    ];
    for (path, options, expected) in table {
        for headers in [&[][..], &[("Accept", BOTH), ("DPR", "2")]] {
            let reply = server.get_with(&at(path, options), headers);
            let status = match path {
                "/none" => 404,
                "/text" => 422,
                _ => 200,
            };
            assert_eq!(reply.status, status, "{path} {options}");
            assert_eq!(reply.header("vary"), expected, "{path} {options}");
            let Some(tag) = reply.header("etag") else {
                continue;
            };
            let asking = [headers, &[("If-None-Match", tag)]].concat();
            let held = server.get_with(&at(path, options), &asking);
            assert_eq!(held.status, 304, "{path} {options}");
            assert_eq!(held.header("vary"), expected, "{path} {options}");
            let head = server.request("HEAD", &at(path, options), headers);
            assert_eq!(head.header("vary"), expected, "{path} {options}");
        }
    }
    let raw = server.get(&at(picture, "raw:1"));
    assert_eq!((raw.status, raw.header("vary")), (200, None));
}

#[test]
fn every_variant_has_an_etag_and_a_304_of_its_own() {
    let gallery = Gallery::open(&EVERYTHING);
    let variants: [&[(&str, &str)]; 6] = [
        &[],
        &[("Accept", "image/webp")],
        &[("Accept", BOTH)],
        &[("DPR", "2")],
        &[("Save-Data", "on")],
        &[("Accept", "image/webp"), ("DPR", "3")],
    ];
    let path = target("w:60");
    let replies = variants.map(|headers| gallery.server.get_with(&path, headers));
    for (i, headers) in variants.iter().enumerate() {
        for (j, reply) in replies.iter().enumerate() {
            let asking = [*headers, &[("If-None-Match", etag(reply))]].concat();
            let answer = gallery.server.get_with(&path, &asking);
            let expected = if i == j { 304 } else { 200 };
            assert_eq!(answer.status, expected, "{headers:?} with the tag of {j}");
            assert_eq!(etag(&answer), etag(&replies[i]));
        }
    }
}

#[test]
fn no_header_can_multiply_what_is_kept() {
    let (origin, server) = (Origin::start(), Server::start(&EVERYTHING));
    origin.serve("/photo", Response::ok("image/jpeg", fixture(PHOTO)));
    let path = origin.asking_for("/photo", "h:20/f:png");
    for step in 1..=60 {
        let (dpr, width) = (format!("{}.{step}", step % 4), format!("{}", step * 3));
        let (accept, other) = (format!("image/x-{step}"), format!("anything {step}"));
        let headers = [
            ("Sec-CH-DPR", dpr.as_str()),
            ("Width", width.as_str()),
            ("Accept", accept.as_str()),
            ("Accept-Language", other.as_str()),
            ("Cookie", other.as_str()),
            ("User-Agent", other.as_str()),
        ];
        assert_eq!(server.get_with(&path, &headers).status, 200);
    }
    // Four ratios and the widths that they leave: 100, 200 and 300.
    let made = server.metric("inkfish_requests_total{status=\"200\",cache=\"miss\"}");
    assert!((2.0..=12.0).contains(&made), "{made} were made");
    assert_eq!(origin.hits("/photo") as f64, made);
}

#[test]
fn the_start_warns_of_variants_until_somebody_says_what_stands_in_front() {
    let table: [(&[(&str, &str)], bool); 4] = [
        (&[], false),
        (&[("INKFISH_AUTO_WEBP", "true")], true),
        (&[("INKFISH_SAVE_DATA", "true")], true),
        (
            &[("INKFISH_AUTO_AVIF", "true"), ("INKFISH_CDN", "fastly")],
            false,
        ),
    ];
    for (settings, warns) in table {
        let log = Process::serve(settings).log.text();
        assert_eq!(log.contains("INKFISH_CDN"), warns, "{log}");
    }
}
