//! Which format an answer has, by URL, client, settings and source.

use super::OUTPUTS;
use crate::support::{Gallery, Reply, fixture};

/// The format of an answer, as its type says and its bytes confirm.
#[track_caller]
fn format_of(reply: &Reply) -> &'static str {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let format = image::guess_format(&reply.body).unwrap();
    let (name, media_type, _) = OUTPUTS
        .into_iter()
        .find(|output| output.2 == format)
        .unwrap();
    assert_eq!(reply.header("content-type"), Some(media_type));
    name
}

#[track_caller]
fn check_choice(settings: &[(&str, &str)], table: &[(&str, &str, &str)]) {
    let gallery = Gallery::open(settings);
    for (options, source, expected) in table {
        let found = format_of(&gallery.show(options, source));
        assert_eq!(found, *expected, "{options} of {source} under {settings:?}");
    }
}

#[test]
fn a_url_without_a_format_keeps_a_preferred_one_or_takes_the_first_that_fits() {
    check_choice(
        &[],
        &[
            ("w:9", "jpeg/grey.jpg", "jpg"),
            ("w:9", "png/rgb-8.png", "png"),
            ("w:9", "gif/gif89a.gif", "gif"),
            // WebP is not preferred: JPEG holds an opaque one, PNG is the first that holds alpha.
            ("w:9", "webp/lossy.webp", "jpg"),
            ("w:9", "webp/lossless.webp", "jpg"),
            ("w:9", "webp/lossy-alpha.webp", "png"),
            // What is added around without a background is transparent.
            ("pd:2", "webp/lossy.webp", "png"),
            ("s:99:99/ex:1", "webp/lossy.webp", "png"),
            ("pd:2/bg:fff", "webp/lossy.webp", "jpg"),
            ("s:99:99/ex:1/bg:fff", "webp/lossy.webp", "jpg"),
            ("bg:fff", "webp/lossy-alpha.webp", "jpg"),
            // A preferred format is kept though it holds no alpha.
            ("pd:2", "jpeg/grey.jpg", "jpg"),
            // What is named counts, the extension most.
            ("f:png", "jpeg/grey.jpg", "png"),
            ("ext:webp", "jpeg/grey.jpg", "webp"),
            ("f:jpeg", "png/rgba-8.png", "jpg"),
            ("f:gif", "png/rgba-8.png@webp", "webp"),
            ("f:gif", "png/rgba-8.png@", "gif"),
            ("f:gif/f:webp", "png/rgba-8.png", "webp"),
        ],
    );
    check_choice(
        &[("PREFERRED_FORMATS", "webp,jpeg")],
        &[
            ("", "jpeg/grey.jpg", "jpg"),
            ("", "webp/lossy.webp", "webp"),
            ("", "png/rgb-8.png", "webp"),
            ("", "gif/gif89a.gif", "webp"),
        ],
    );
    check_choice(
        &[("PREFERRED_FORMATS", "jpeg")],
        &[
            ("", "png/rgba-8.png", "jpg"),
            ("", "gif/transparent-arrow.gif", "jpg"),
        ],
    );
}

#[test]
fn a_client_that_accepts_webp_gets_it_where_settings_say_so_and_vary_tells_everybody() {
    const BROWSER: &str = "image/avif,image/webp,image/apng,*/*;q=0.8";
    // (setting, options, source, format without WebP, with it, whether Accept has a say)
    let table = [
        ("", "w:9", "jpeg/grey.jpg", "jpg", "jpg", false),
        ("AUTO_WEBP", "w:9", "jpeg/grey.jpg", "jpg", "webp", true),
        ("AUTO_WEBP", "w:9", "gif/gif89a.gif", "gif", "webp", true),
        (
            "AUTO_WEBP",
            "w:9",
            "webp/lossy-alpha.webp",
            "png",
            "webp",
            true,
        ),
        ("AUTO_WEBP", "f:png", "jpeg/grey.jpg", "png", "png", false),
        ("AUTO_WEBP", "w:9", "jpeg/grey.jpg@jpg", "jpg", "jpg", false),
        (
            "AUTO_WEBP",
            "f:webp",
            "jpeg/grey.jpg",
            "webp",
            "webp",
            false,
        ),
        ("ENFORCE_WEBP", "w:9", "jpeg/grey.jpg", "jpg", "webp", true),
        (
            "ENFORCE_WEBP",
            "f:png",
            "jpeg/grey.jpg",
            "png",
            "webp",
            true,
        ),
        (
            "ENFORCE_WEBP",
            "w:9",
            "jpeg/grey.jpg@gif",
            "gif",
            "webp",
            true,
        ),
        (
            "ENFORCE_WEBP",
            "f:webp",
            "jpeg/grey.jpg",
            "webp",
            "webp",
            false,
        ),
    ];
    for setting in ["", "AUTO_WEBP", "ENFORCE_WEBP"] {
        let settings: &[(&str, &str)] = if setting.is_empty() {
            &[]
        } else {
            &[(setting, "true")]
        };
        let gallery = Gallery::open(settings);
        for (_, options, source, plain, webp, varies) in
            table.into_iter().filter(|row| row.0 == setting)
        {
            for (accept, expected) in [("*/*", plain), (BROWSER, webp), ("image/*", plain)] {
                let what = format!("{setting} {options} {source} for {accept}");
                let reply = gallery.show_to(accept, options, source);
                assert_eq!(format_of(&reply), expected, "{what}");
                let named = reply.header("vary").is_some_and(|vary| {
                    vary.split(',')
                        .any(|name| name.trim().eq_ignore_ascii_case("accept"))
                });
                assert_eq!(named, varies, "{what}");
            }
        }
    }
}

#[test]
fn an_answer_is_named_by_its_source_and_the_format_that_it_has() {
    let gallery = Gallery::open(&[("AUTO_WEBP", "true")]);
    let disposition = |accept, options, source| {
        let reply = gallery.show_to(accept, options, source);
        reply.header("content-disposition").unwrap().to_owned()
    };
    for (accept, options, source, expected) in [
        (
            "*/*",
            "w:9",
            "jpeg/grey.jpg",
            "inline; filename=\"grey.jpg\"",
        ),
        (
            "image/webp",
            "w:9",
            "jpeg/grey.jpg",
            "inline; filename=\"grey.webp\"",
        ),
        (
            "*/*",
            "fn:cat",
            "jpeg/grey.jpg@png",
            "inline; filename=\"cat.png\"",
        ),
        (
            "*/*",
            "att:1",
            "jpeg/grey.jpg",
            "attachment; filename=\"grey.jpg\"",
        ),
    ] {
        assert_eq!(
            disposition(accept, options, source),
            expected,
            "{options} {accept}"
        );
    }
}

#[test]
fn the_nearest_word_on_quality_counts() {
    const SOURCE: &str = "png/rgb-8.png";
    let plain = Gallery::open(&[]);
    let body = |gallery: &Gallery, options: &str, extension: &str| {
        let reply = gallery.show(options, &format!("{SOURCE}@{extension}"));
        assert_eq!(reply.status, 200, "{options}: {}", reply.text());
        reply.body
    };
    let [low, middle, high] = ["q:30", "q:60", "q:95"].map(|q| body(&plain, q, "jpg"));
    assert!(low.len() < middle.len() && middle.len() < high.len());
    // Unset: 80, and 79 for WebP.
    assert!(body(&plain, "", "jpg") == body(&plain, "q:80", "jpg"));
    assert!(body(&plain, "", "webp") == body(&plain, "q:79", "webp"));
    assert!(body(&plain, "q:0", "jpg") == body(&plain, "q:80", "jpg"));
    for (options, extension, same) in [
        ("fq:jpg:30", "jpg", "q:30"),
        ("fq:jpeg:30:webp:60", "jpg", "q:30"),
        ("fq:jpeg:30:webp:60", "webp", "q:60"),
        ("fq:webp:30", "jpg", "q:80"),
        ("fq:jpg:90/q:30", "jpg", "q:30"),
        ("q:30/fq:jpg:90", "jpg", "q:30"),
        ("fq:jpg:30/q:0", "jpg", "q:30"),
        ("q:10", "png", "q:90"),
    ] {
        let [a, b] = [options, same].map(|options| body(&plain, options, extension));
        assert!(a == b, "{options} as {extension}");
    }
    let set = Gallery::open(&[("QUALITY", "60"), ("FORMAT_QUALITY", "webp=30,gif=1")]);
    for (options, extension, same) in [
        ("", "jpg", "q:60"),
        ("", "webp", "q:30"),
        ("fq:webp:95", "webp", "q:95"),
        ("q:95", "webp", "q:95"),
    ] {
        let expected = body(&plain, same, extension);
        assert!(
            body(&set, options, extension) == expected,
            "{options} as {extension}"
        );
    }
}

#[test]
fn skipped_sources_are_answered_as_they_are() {
    let gallery = Gallery::open(&[]);
    let set = Gallery::open(&[("SKIP_PROCESSING_FORMATS", "gif,webp")]);
    for (gallery, options, source, skipped) in [
        (&gallery, "skp:jpg/w:9", "jpeg/orientation-6.jpg", true),
        (&gallery, "skp:gif:jpeg/w:9", "jpeg/grey.jpg", true),
        (&gallery, "skp:jpg/w:9", "jpeg/grey.jpg@jpg", true),
        (&gallery, "skp:jpg/w:9", "jpeg/grey.jpg@png", false),
        (&gallery, "skp:png/w:9", "jpeg/grey.jpg", false),
        (&set, "w:9", "gif/animated-2-frames-once.gif", true),
        (&set, "w:9/skp:png", "webp/lossy.webp", true),
        (&set, "w:9", "jpeg/grey.jpg", false),
    ] {
        let reply = gallery.show(options, source);
        assert_eq!(reply.status, 200, "{options}: {}", reply.text());
        let (file, _) = source.split_once('@').unwrap_or((source, ""));
        assert_eq!(
            reply.body == fixture(file),
            skipped,
            "{options} of {source}"
        );
        format_of(&reply);
    }
    // The limits hold all the same.
    let small = Gallery::open(&[("MAX_SRC_RESOLUTION", "0.001")]);
    assert_eq!(small.show("skp:png", "png/rgb-8.png").status, 422);
}

#[test]
fn raw_answers_are_the_source_whatever_it_is() {
    let gallery = Gallery::open(&[]);
    for source in [
        "jpeg/orientation-6.jpg",
        "other/not-an-image.html",
        "other/plain.svg",
    ] {
        for options in ["raw:1", "raw:t/w:5/f:png"] {
            let reply = gallery.show(options, source);
            assert_eq!(reply.status, 200, "{source}: {}", reply.text());
            assert!(reply.body == fixture(source), "{source}");
            let policy = reply.header("content-security-policy").unwrap();
            assert!(policy.contains("sandbox"), "{policy}");
            assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        }
    }
    let ignored = gallery.show("raw:1", "jpeg/grey.jpg@png");
    assert!(
        ignored.body == fixture("jpeg/grey.jpg"),
        "the extension has no say"
    );
    let off = gallery.show("raw:0", "jpeg/grey.jpg@png");
    assert_eq!(format_of(&off), "png");
}
