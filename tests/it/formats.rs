//! Formats in and out: what is read, what is written, and who chooses.

mod choice;
mod refusals;

use std::path::Path;

use image::{DynamicImage, ImageFormat, ImageReader};

use crate::support::{Gallery, Reply, fixture};

const OUTPUTS: [(&str, &str, ImageFormat); 4] = [
    ("jpg", "image/jpeg", ImageFormat::Jpeg),
    ("png", "image/png", ImageFormat::Png),
    ("webp", "image/webp", ImageFormat::WebP),
    ("gif", "image/gif", ImageFormat::Gif),
];

/// Every file of the folders of formats that are read, but for the broken ones.
fn sources() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut names = Vec::new();
    for folder in ["jpeg", "png", "webp", "gif"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if !name.starts_with("truncated") {
                names.push(format!("{folder}/{name}"));
            }
        }
    }
    names.sort();
    assert!(names.len() > 60, "{names:?}");
    names
}

fn reader(bytes: &[u8]) -> ImageReader<std::io::Cursor<&[u8]>> {
    ImageReader::new(std::io::Cursor::new(bytes))
        .with_guessed_format()
        .unwrap()
}

/// The size of a source upright and not above 48 wide, by another library and the file's name.
fn shown_size(name: &str) -> (u32, u32) {
    let (width, height) = reader(&fixture(name)).into_dimensions().unwrap();
    let on_its_side = ["-5.", "-6.", "-7.", "-8."]
        .iter()
        .any(|number| name.contains("orientation") && name.contains(number));
    match (width, height) {
        (width, height) if width > 48 => (48, height * 48 / width),
        _ if on_its_side => (height, width),
        upright => upright,
    }
}

fn has_clear_pixels(image: &DynamicImage) -> bool {
    image.to_rgba8().pixels().any(|pixel| pixel[3] < 128)
}

#[test]
fn every_source_comes_out_in_every_format() {
    let gallery = Gallery::open(&[]);
    for source in sources() {
        let size = shown_size(&source);
        let clear = source.contains("clear")
            || source.contains("trns")
            || source.contains("transparent-arrow")
            || source.contains("alpha")
            || source.contains("first-smaller")
            || source.ends_with("rgba-8.png")
            || source.contains("rgba-16");
        for (extension, media_type, format) in OUTPUTS {
            let what = format!("{source} as {extension}");
            let reply = gallery.show("w:48", &format!("{source}@{extension}"));
            assert_eq!(reply.status, 200, "{what}: {}", reply.text());
            assert_eq!(reply.header("content-type"), Some(media_type), "{what}");
            assert_eq!(image::guess_format(&reply.body).unwrap(), format, "{what}");
            assert_eq!(reply.size(), size, "{what}");
            let expected = clear && extension != "jpg";
            assert_eq!(has_clear_pixels(&reply.image()), expected, "{what}");
        }
    }
}

#[test]
fn an_animation_comes_out_as_its_first_frame() {
    let gallery = Gallery::open(&[]);
    for file in [
        "gif/animated-2-frames-once.gif",
        "gif/animated-3-frames-first-smaller.gif",
        "png/animated-3-frames.png",
        "webp/animated-3-frames.webp",
        "webp/animated-alpha-3-frames.webp",
    ] {
        let first = image::load_from_memory(&fixture(file)).unwrap().to_rgba8();
        let found = gallery.show("", &format!("{file}@png")).image().to_rgba8();
        assert_eq!(found.dimensions(), first.dimensions(), "{file}");
        for (found, first) in found.pixels().zip(first.pixels()) {
            let off = found
                .0
                .iter()
                .zip(first.0)
                .map(|(a, b)| a.abs_diff(b))
                .max();
            let both_clear = found[3] == 0 && first[3] == 0;
            assert!(
                both_clear || off <= Some(3),
                "{file}: {found:?} and not {first:?}"
            );
        }
    }
}

#[test]
fn metadata_goes_unless_it_is_kept_and_then_the_picture_is_upright() {
    let gallery = Gallery::open(&[]);
    let holds = |reply: &Reply, text: &[u8]| {
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.body.windows(text.len()).any(|part| part == text)
    };
    for format in ["jpg", "png", "webp"] {
        let source = format!("jpeg/orientation-6.jpg@{format}");
        let name: &[u8] = match format {
            "jpg" => b"Exif\0\0",
            "png" => b"eXIf",
            _ => b"EXIF",
        };
        assert!(!holds(&gallery.show("", &source), name), "{format}");
        let kept = gallery.show("sm:0", &source);
        assert!(holds(&kept, name), "{format}");
        assert_eq!(kept.size(), (48, 32));
        // Turned once more by whoever obeys EXIF, it would not be.
        assert_eq!(
            orientation(&kept),
            image::metadata::Orientation::NoTransforms,
            "{format}"
        );
        let untouched = gallery.show("sm:0/ar:0", &source);
        assert_eq!(
            orientation(&untouched),
            image::metadata::Orientation::Rotate90,
            "{format}"
        );
    }
}

fn orientation(reply: &Reply) -> image::metadata::Orientation {
    use image::ImageDecoder;
    reader(&reply.body)
        .into_decoder()
        .unwrap()
        .orientation()
        .unwrap()
}

#[test]
fn jpeg_is_progressive_where_settings_say_so() {
    for (settings, expected) in [
        (&[][..], false),
        (&[("JPEG_PROGRESSIVE", "true")][..], true),
    ] {
        let reply = Gallery::open(settings).show("", "png/rgb-8.png@jpg");
        let progressive = reply.body.windows(2).any(|pair| pair == [0xff, 0xc2]);
        assert_eq!(progressive, expected);
        assert_eq!(reply.size(), (48, 32));
    }
}
