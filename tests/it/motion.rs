//! Animations frame by frame, pages, and drawings.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, Frame, RgbaImage};

use crate::support::{Gallery, Reply};

/// Settings under which animations move.
const MOVING: [(&str, &str); 1] = [("MAX_ANIMATION_FRAMES", "100")];

/// Every frame of an answer.
#[track_caller]
fn frames(reply: &Reply) -> Vec<Frame> {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let file = Cursor::new(&reply.body[..]);
    let frames = match reply.header("content-type") {
        Some("image/gif") => GifDecoder::new(file).unwrap().into_frames(),
        Some("image/webp") => WebPDecoder::new(file).unwrap().into_frames(),
        other => panic!("no animation: {other:?}"),
    };
    frames.collect_frames().unwrap()
}

fn delays_ms(frames: &[Frame]) -> Vec<u32> {
    let delays = frames.iter().map(|frame| frame.delay().numer_denom_ms());
    delays.map(|(ms, of)| ms / of).collect()
}

/// How often an animation is shown, as its file says: 0 is for ever.
fn loops(reply: &Reply) -> Option<u16> {
    let (name, skipped): (&[u8], usize) = match reply.header("content-type") {
        Some("image/gif") => (b"NETSCAPE2.0\x03\x01", 0),
        // The length of the chunk and the background.
        _ => (b"ANIM", 8),
    };
    let at = reply
        .body
        .windows(name.len())
        .position(|part| part == name)?;
    let value = reply.body.get(at + name.len() + skipped..)?.get(..2)?;
    Some(u16::from_le_bytes([value[0], value[1]]))
}

/// The mean distance of a picture from what it should be, a sample, where that is either opaque or clear.
fn distance(found: &RgbaImage, expected: &RgbaImage) -> f64 {
    assert_eq!(found.dimensions(), expected.dimensions());
    let mut off = 0;
    for (found, expected) in found.pixels().zip(expected.pixels()) {
        off += match expected[3] {
            255 => (0..4)
                .map(|at| u32::from(found[at].abs_diff(expected[at])))
                .sum(),
            0 => u32::from(found[3]),
            _ => 0,
        };
    }
    f64::from(off) / expected.len() as f64
}

const ANIMATIONS: [&str; 4] = [
    "gif/animated-2-frames-once.gif",
    "gif/animated-3-frames-first-smaller.gif",
    "webp/animated-3-frames.webp",
    "webp/animated-alpha-3-frames.webp",
];

#[test]
fn an_animation_keeps_its_frames_delays_and_loops_in_either_format() {
    let gallery = Gallery::open(&MOVING);
    for file in ANIMATIONS {
        // The one that plays once says so by saying nothing.
        let once = file.contains("once");
        let count = if once { 2 } else { 3 };
        for format in ["gif", "webp"] {
            let source = format!("{file}@{format}");
            for (options, size) in [("", (48, 32)), ("w:24", (24, 16)), ("rot:90", (32, 48))] {
                let reply = gallery.show(options, &source);
                let frames = frames(&reply);
                assert_eq!(delays_ms(&frames), vec![100; count], "{options} {source}");
                for frame in &frames {
                    assert_eq!(frame.buffer().dimensions(), size, "{options} {source}");
                }
                let expected: &[_] = match (once, format) {
                    (false, _) => &[Some(0)],
                    (true, "gif") => &[None],
                    (true, _) => &[Some(1)],
                };
                assert!(
                    expected.contains(&loops(&reply)),
                    "{options} {source}: {:?}",
                    loops(&reply)
                );
            }
        }
    }
}

#[test]
fn every_frame_shows_what_it_showed() {
    let gallery = Gallery::open(&MOVING);
    for file in ANIMATIONS {
        let original = gallery.show("raw:1", file);
        let original = match file.split('/').next() {
            Some("gif") => GifDecoder::new(Cursor::new(&original.body[..]))
                .unwrap()
                .into_frames()
                .collect_frames(),
            _ => WebPDecoder::new(Cursor::new(&original.body[..]))
                .unwrap()
                .into_frames()
                .collect_frames(),
        }
        .unwrap();
        for format in ["gif", "webp"] {
            let made = frames(&gallery.show("q:95", &format!("{file}@{format}")));
            assert_eq!(made.len(), original.len(), "{file} as {format}");
            for (index, (made, original)) in made.iter().zip(&original).enumerate() {
                let off = distance(made.buffer(), original.buffer());
                assert!(off < 6.0, "{file} as {format}, frame {index}: {off}");
            }
        }
    }
}

#[test]
fn options_reach_every_frame() {
    let gallery = Gallery::open(&MOVING);
    for (options, expected) in [
        ("col:1:00ff00", [0, 255, 0, 255]),
        ("pd:4/bg:ff0000", [255, 0, 0, 255]),
    ] {
        for format in ["gif", "webp"] {
            let source = format!("gif/animated-2-frames-once.gif@{format}");
            for frame in frames(&gallery.show(options, &source)) {
                let found = frame.buffer().get_pixel(1, 1).0;
                let off = found.iter().zip(expected).map(|(a, b)| a.abs_diff(b)).max();
                assert!(off <= Some(4), "{options} {source}: {found:?}");
            }
        }
    }
    let text = "SW5r";
    let plain = frames(&gallery.show("", "webp/animated-3-frames.webp@webp"));
    let marked = frames(&gallery.show(
        &format!("wm:1:ce:::0.9/wmt:{text}"),
        "webp/animated-3-frames.webp@webp",
    ));
    assert_eq!(plain.len(), 3);
    for (plain, marked) in plain.iter().zip(&marked) {
        assert!(distance(plain.buffer(), marked.buffer()) > 3.0);
    }
}

#[test]
fn limits_and_options_choose_which_frames_there_are() {
    let counts = |settings: &[(&str, &str)], options: &str| {
        let gallery = Gallery::open(settings);
        frames(&gallery.show(options, "webp/animated-3-frames.webp@webp")).len()
    };
    let two = [("MAX_ANIMATION_FRAMES", "2")];
    let trusting = [
        ("MAX_ANIMATION_FRAMES", "100"),
        ("ALLOW_SECURITY_OPTIONS", "true"),
    ];
    for (settings, options, expected) in [
        (&MOVING[..], "", 3),
        (&two[..], "", 2),
        (&MOVING[..], "pg:1", 2),
        (&trusting[..], "maf:2", 2),
    ] {
        assert_eq!(
            counts(settings, options),
            expected,
            "{settings:?} {options}"
        );
    }
    let gallery = Gallery::open(&MOVING);
    for options in ["da:1", "pg:2", "pg:99", "f:png"] {
        let reply = gallery.show(options, "gif/animated-3-frames-first-smaller.gif");
        assert_eq!(reply.size(), (48, 32), "{options}");
        let moves = reply.body.windows(11).any(|part| part == b"NETSCAPE2.0");
        assert!(!moves, "{options}");
    }
    let still = Gallery::open(&[]).show("", "gif/animated-3-frames-first-smaller.gif");
    assert_eq!(
        frames(&still).len(),
        1,
        "one frame unless settings say more"
    );
}

#[test]
fn a_page_is_the_frame_of_that_number_and_pages_lie_below_each_other() {
    let gallery = Gallery::open(&MOVING);
    let all = frames(&gallery.show("", "gif/animated-3-frames-first-smaller.gif"));
    let shown = |options: &str| {
        let reply = gallery.show(options, "gif/animated-3-frames-first-smaller.gif@png");
        reply.image().to_rgba8()
    };
    for (index, frame) in all.iter().enumerate() {
        let page = shown(&format!("pg:{index}"));
        assert!(distance(&page, frame.buffer()) < 1.0, "{index}");
    }
    assert_eq!(shown("pg:99"), shown("pg:2"), "the last one");
    for (options, size) in [
        ("pgs:2", (48, 64)),
        ("pgs:99", (48, 96)),
        ("pg:1/pgs:99", (48, 64)),
        ("pgs:3/w:24", (24, 48)),
    ] {
        assert_eq!(shown(options).dimensions(), size, "{options}");
    }
    let stack = shown("pgs:3");
    for (index, frame) in all.iter().enumerate() {
        let part = image::imageops::crop_imm(&stack, 0, 32 * index as u32, 48, 32).to_image();
        assert!(distance(&part, frame.buffer()) < 1.0, "{index}");
    }
}

const DRAWING: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20" onload="alert(1)">
<script>alert(2)</script><rect width="20" height="20" fill="blue"/><circle cx="30" cy="10" r="8" fill="red"/></svg>"#;

#[test]
fn a_drawing_is_rendered_at_the_size_that_is_asked_for() {
    let gallery = Gallery::open(&[]);
    for (options, size) in [
        ("f:png", (40, 20)),
        ("f:png/w:400", (400, 200)),
        ("f:png/w:10", (10, 5)),
        ("f:png/rs:fill:300:300", (300, 300)),
        ("f:png/w:100/dpr:3", (300, 150)),
        ("f:jpg/w:400", (400, 200)),
        ("f:webp/w:400", (400, 200)),
    ] {
        let reply = gallery.show_bytes(options, "drawing.svg", DRAWING.into());
        assert_eq!(reply.size(), size, "{options}");
    }
    let large = gallery.show_bytes("f:png/w:800", "drawing.svg", DRAWING.into());
    let large = large.image().to_rgba8();
    // Enlarged from 40 pixels, the edge would be tens of pixels wide.
    assert_eq!(large.get_pixel(398, 200).0, [0, 0, 255, 255]);
    assert_eq!(large.get_pixel(401, 200).0, [0, 0, 0, 0]);
    assert_eq!(large.get_pixel(600, 200).0, [255, 0, 0, 255]);
}

#[test]
fn a_drawing_that_stays_one_is_rid_of_what_is_active() {
    let gallery = Gallery::open(&[]);
    let reply = gallery.show_bytes("", "drawing.svg", DRAWING.into());
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("image/svg+xml"));
    let policy = reply.header("content-security-policy").unwrap();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("sandbox"),
        "{policy}"
    );
    let text = reply.text();
    assert!(
        !text.contains("alert") && !text.contains("onload"),
        "{text}"
    );
    assert!(text.contains("circle") && text.contains("rect"), "{text}");
    let always = Gallery::open(&[("ALWAYS_RASTERIZE_SVG", "true")]);
    let reply = always.show_bytes("", "drawing.svg", DRAWING.into());
    assert_eq!(reply.header("content-type"), Some("image/png"));
}

/// A drawing as an editor leaves it.
const EDITED: &str = r##"<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!-- Created with an editor -->
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
     xmlns:editor="http://example.com/editor" width="80px" height="60px" viewBox="0 0 80 60" version="1.1">
  <metadata><editor:grid/></metadata>
  <editor:view zoom="1.5"/>
  <defs>
    <linearGradient id="fade"><stop offset="0.0" stop-color="#FF0000"/><stop offset="1.0" stop-color="#0000FF"/></linearGradient>
  </defs>
  <g>
    <g transform="matrix(1, 0, 0, 1, 2.50, 3.0)">
      <path style="fill:url(#fade);stroke:#000000;stroke-width:1.0px" d="M 10.000001,10.0 L 40.0,10.0 L 40.0,30.50 C 40.0,45.0 10.0,45.0 10.0,30.50 Z"/>
    </g>
  </g>
  <text x="10.0" y="55.0" font-size="10.0">two  spaces</text>
</svg>"##;

#[test]
fn a_drawing_that_stays_one_is_written_shorter_and_drawn_the_same() {
    let gallery = Gallery::open(&[]);
    let reply = gallery.show_bytes("", "edited.svg", EDITED.into());
    assert_eq!(reply.status, 200, "{}", reply.text());
    let short = reply.text();
    assert!(short.len() * 5 < EDITED.len() * 3, "{short}");
    for gone in ["editor", "metadata", "<!--", "#FF0000", "1.0px"] {
        assert!(!short.contains(gone), "{gone}: {short}");
    }
    assert!(short.contains(">two  spaces<") && short.contains("id=\"fade\""));
    for width in [80, 333] {
        let options = format!("f:png/w:{width}");
        let drawn = gallery.show_bytes(&options, "edited.svg", EDITED.into());
        let again = gallery.show_bytes(&options, "short.svg", reply.body.clone());
        assert!(
            drawn.image().to_rgba8() == again.image().to_rgba8(),
            "{width}"
        );
    }
    let kept = Gallery::open(&[("SANITIZE_SVG", "false")]);
    let reply = kept.show_bytes("", "edited.svg", EDITED.into());
    assert_eq!(reply.text(), EDITED);
}
