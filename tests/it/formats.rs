//! Formats in and out: what is read, what is written, and who chooses.

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

#[test]
fn what_is_known_but_not_read_and_what_is_no_image_is_refused_with_a_phrase() {
    let gallery = Gallery::open(&[]);
    for file in ["head.heic", "head-by-compatible-brand.heic"] {
        let reply = gallery.show("w:9", &format!("other/{file}"));
        let answer = (reply.status, reply.text());
        assert_eq!(
            answer,
            (422, "HEIC images are not supported".to_owned()),
            "{file}"
        );
    }
    for file in [
        "head.avif",
        "head-sequence.avif",
        "movie.mp4",
        "not-an-image.html",
        "not-an-image.json",
    ] {
        let reply = gallery.show("w:9", &format!("other/{file}"));
        let answer = (reply.status, reply.text());
        assert_eq!(answer, (422, "Invalid source image".to_owned()), "{file}");
    }
}

#[test]
fn broken_sources_are_refused_and_a_cut_jpeg_shows_what_came() {
    let gallery = Gallery::open(&[]);
    for file in [
        "png/truncated.png",
        "webp/truncated.webp",
        "gif/truncated.gif",
    ] {
        let reply = gallery.show("w:9", file);
        let answer = (reply.status, reply.text());
        assert_eq!(
            answer,
            (422, "Broken or unsupported image".to_owned()),
            "{file}"
        );
    }
    assert_eq!(gallery.show("", "jpeg/truncated.jpg").size(), (160, 120));
    let whole = fixture("jpeg/photo-1200x800.jpg");
    let cut = whole[..whole.len() * 3 / 5].to_vec();
    let [cut, whole] = [("cut", cut), ("whole", whole)].map(|(name, bytes)| {
        let reply = gallery.show_bytes("c:1200:200:no/w:150/f:png", name, bytes);
        reply.image()
    });
    assert!(cut == whole, "the top is there");
}

#[test]
fn no_prefix_and_no_damage_of_a_file_is_worse_than_unprocessable() {
    let gallery = Gallery::open(&[]);
    for name in [
        "jpeg/size-17x13.jpg",
        "png/palette-4-interlaced.png",
        "webp/lossy-alpha.webp",
        "webp/lossless-alpha.webp",
        "gif/interlaced.gif",
        "jpeg/cmyk-adobe-icc.jpg",
    ] {
        let file = fixture(name);
        let steps = (0..file.len()).step_by((file.len() / 40).max(1));
        for at in steps {
            let prefix = file[..at].to_vec();
            let mut damaged = file.clone();
            damaged[at] ^= 0x55;
            for (kind, bytes) in [("prefix", prefix), ("damage", damaged)] {
                let reply = gallery.show_bytes("w:9/f:png", &format!("{kind}-{at}"), bytes);
                let what = format!("{kind} {at} of {name}: {} {}", reply.status, reply.text());
                assert!(matches!(reply.status, 200 | 422), "{what}");
            }
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

/// The first bytes of a file that says it is as large as its format can say.
fn boasting() -> [(&'static str, Vec<u8>); 4] {
    let mut png = fixture("png/rgb-8.png");
    png[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
    let checksum = crc32(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&checksum);
    let mut gif = fixture("gif/gif89a.gif");
    gif[6..10].fill(0xff);
    let mut jpeg = fixture("jpeg/baseline-444.jpg");
    let frame = jpeg
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .unwrap();
    jpeg[frame + 5..frame + 9].fill(0xff);
    let mut webp = fixture("webp/icc-swapped-red-green.webp");
    assert_eq!(&webp[12..16], b"VP8X");
    webp[24..30].copy_from_slice(&[0xff, 0xff, 0, 0xff, 0xff, 0]);
    [("png", png), ("gif", gif), ("jpg", jpeg), ("webp", webp)]
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum: u32, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(sum & 1))
        })
    })
}

#[test]
fn sources_that_declare_too_many_pixels_are_refused_unread() {
    let gallery = Gallery::open(&[]);
    for (name, bytes) in boasting() {
        for options in ["w:9", "skp:png:gif:jpg:webp"] {
            let reply = gallery.show_bytes(options, name, bytes.clone());
            let answer = (reply.status, reply.text());
            assert_eq!(
                answer,
                (422, "Invalid source image".to_owned()),
                "{options} of {name}"
            );
        }
    }
    // 48x32 are 1536 pixels.
    let below = Gallery::open(&[("MAX_SRC_RESOLUTION", "0.001535")]);
    assert_eq!(
        below.show("", "png/rgb-8.png").text(),
        "Invalid source image"
    );
    let exact = Gallery::open(&[("MAX_SRC_RESOLUTION", "0.001536")]);
    assert_eq!(exact.show("", "png/rgb-8.png").size(), (48, 32));
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
