//! Golden images of what looks at pixels, lays marks and moves; `UPDATE_GOLDEN=1` writes them anew.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::gif::GifDecoder;
use image::{AnimationDecoder, RgbaImage};

use crate::support::{Gallery, Reply, fixture};

/// Its clear border is trimmed, and it is laid over pictures.
const DISC: &str = "png/rgba-8-clear-edges-over-green.png";
const MOVING: &str = "gif/animated-3-frames-first-smaller.gif";

/// Checks a picture against the golden one of an input and its options.
#[track_caller]
fn check(source: &str, options: &str, found: &RgbaImage) {
    let (_, input) = source.split_once('/').unwrap();
    let name = format!(
        "{input}__{}.png",
        options.replace(':', "-").replace('/', "_")
    );
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden");
    let path = folder.join(&name);
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        found.save(&path).unwrap();
    }
    let golden = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let golden = image::load_from_memory(&golden).unwrap().to_rgba8();
    assert!(golden == *found, "{name} differs");
}

#[test]
fn smart_crops_and_trimmed_pictures_equal_their_golden_images() {
    let gallery = Gallery::open(&[]);
    for (source, options) in [
        ("jpeg/photo-1200x800.jpg", "rs:fill:40:60/g:sm"),
        ("jpeg/photo-1200x800.jpg", "rs:fill:60:20/g:sm"),
        ("png/exif-orientation-6.png", "rs:fill:12:24/g:sm"),
        (DISC, "t:10"),
        (DISC, "t:10::1:1/w:16"),
    ] {
        let image = gallery.show(options, &format!("{source}@png")).image();
        check(source, options, &image.to_rgba8());
    }
}

#[test]
fn marks_lie_as_in_their_golden_images() {
    let mark = STANDARD.encode(fixture(DISC));
    let gallery = Gallery::open(&[("WATERMARK_DATA", &mark)]);
    for options in [
        "wm:1:ce",
        "wm:1:soea:3:2:0.5",
        "wm:1:nowe:-5:0.25:0.5",
        "wm:1:re:2:3:0.25",
        "wm:1:ch:::0.25",
    ] {
        let image = gallery.show(options, "png/rgb-8.png").image();
        check("png/rgb-8.png", options, &image.to_rgba8());
    }
}

/// The frames of a GIF, one below the other.
fn stacked(reply: &Reply) -> RgbaImage {
    let frames = GifDecoder::new(std::io::Cursor::new(&reply.body)).unwrap();
    let frames = frames.into_frames().collect_frames().unwrap();
    let (width, height) = frames[0].buffer().dimensions();
    let mut stack = RgbaImage::new(width, height * frames.len() as u32);
    for (frame, top) in frames.iter().zip((0..).step_by(height as usize)) {
        image::imageops::replace(&mut stack, frame.buffer(), 0, top);
    }
    stack
}

#[test]
fn frames_lie_as_in_their_golden_images() {
    let gallery = Gallery::open(&[("MAX_ANIMATION_FRAMES", "100")]);
    for options in ["w:24", "rs:fill:16:20", "rot:90"] {
        check(MOVING, options, &stacked(&gallery.show(options, MOVING)));
    }
}
