//! The names of options, and how they add up.

use super::{invalid_url, served, verdict};
use crate::support::Gallery;

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
