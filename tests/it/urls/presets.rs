//! Presets, and which options URLs may use.

use std::io::Write;

use super::{FLAG, invalid_url, served, verdict};
use crate::support::Gallery;

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
