//! Every format that is read into every format that is written, and colours of other spaces on the way.

use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageReader, Rgb};
use inkfish::identify::{Facts, Identified, identify};
use inkfish::image::decode::{How, Scale, decode};
use inkfish::image::{Layout, Pixels, metadata};

use crate::support::{Gallery, Reply, fixture};

const OUTPUTS: [(&str, &str); 8] = [
    ("jpg", "image/jpeg"),
    ("png", "image/png"),
    ("webp", "image/webp"),
    ("gif", "image/gif"),
    ("avif", "image/avif"),
    ("tiff", "image/tiff"),
    ("bmp", "image/bmp"),
    ("ico", "image/x-icon"),
];

/// How far means of colour may be off: chroma of half the resolution, and palettes.
const CLOSE: f64 = 4.0;

/// The flag, painted. Its arrow is a triangle as large as that of the fixtures.
const DRAWN_FLAG: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 32">
<path fill="#dc2828" d="M0 0h24v16H0z"/><path fill="#28b43c" d="M24 0h24v16H24z"/>
<path fill="#2850dc" d="M0 16h24v16H0z"/><path fill="#f0c828" d="M24 16h24v16H24z"/></svg>"##;

fn facts(file: &[u8]) -> Facts {
    match identify(file, true) {
        Identified::Image(facts) => facts,
        other => panic!("{other:?}"),
    }
}

/// The answer as pixels: by a decoder that shares nothing with ours, but for AVIF.
#[track_caller]
fn pixels(reply: &Reply) -> DynamicImage {
    assert_eq!(reply.status, 200, "{}", reply.text());
    if reply.header("content-type") != Some("image/avif") {
        return reply.image();
    }
    let decoded = decode(&reply.body, &facts(&reply.body), &How::at(Scale::Full)).unwrap();
    dynamic(decoded)
}

fn dynamic(pixels: Pixels) -> DynamicImage {
    let (width, height, layout) = (pixels.width(), pixels.height(), pixels.layout());
    let data = pixels.into_data();
    let image = match layout {
        Layout::Rgba => image::RgbaImage::from_raw(width, height, data).map(DynamicImage::from),
        Layout::Rgb => image::RgbImage::from_raw(width, height, data).map(DynamicImage::from),
        _ => image::GrayImage::from_raw(width, height, data).map(DynamicImage::from),
    };
    image.unwrap()
}

/// The mean of each channel.
fn mean(image: &DynamicImage) -> [f64; 3] {
    let rgb = image.to_rgb8();
    let mut sums = [0.0; 3];
    for pixel in rgb.pixels() {
        for (sum, sample) in sums.iter_mut().zip(pixel.0) {
            *sum += f64::from(sample);
        }
    }
    sums.map(|sum| sum / f64::from(rgb.width() * rgb.height()))
}

#[track_caller]
fn assert_close(found: [f64; 3], expected: [f64; 3], bound: f64, what: &str) {
    let off = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    assert!(
        off.fold(0.0, f64::max) <= bound,
        "{what}: {found:?} and not {expected:?}"
    );
}

/// The flag in every format that is read: fixtures, and what the server writes of one where there is none.
fn flags(gallery: &Gallery) -> Vec<(&'static str, Vec<u8>)> {
    let mut flags = vec![
        ("jpeg", fixture("jpeg/baseline-444.jpg")),
        ("png", fixture("png/rgb-8.png")),
        ("webp", fixture("webp/lossless.webp")),
        ("gif", fixture("gif/gif89a.gif")),
        ("jxl", fixture("foreign/lossless-rgb.jxl")),
    ];
    for format in ["avif", "tiff", "bmp", "ico"] {
        let reply = gallery.show("q:95", &format!("png/rgb-8.png@{format}"));
        assert_eq!(reply.status, 200, "{format}: {}", reply.text());
        flags.push((format, reply.body));
    }
    flags
}

#[test]
fn every_format_that_is_read_comes_out_in_every_one_that_is_written() {
    let gallery = Gallery::open(&[]);
    let flag = image::load_from_memory(&fixture("png/rgb-8.png")).unwrap();
    let mut sources: Vec<_> = flags(&gallery)
        .into_iter()
        .map(|(name, file)| (name, file, mean(&flag)))
        .collect();
    let quarters = [[220, 40, 40], [40, 180, 60], [40, 80, 220], [240, 200, 40]];
    let drawn = [0, 1, 2].map(|channel| quarters.iter().map(|q| f64::from(q[channel]) / 4.0).sum());
    sources.push(("svg", DRAWN_FLAG.into(), drawn));
    for (name, file, expected) in &sources {
        for (extension, media_type) in OUTPUTS {
            let what = format!("{name} as {extension}");
            let options = format!("w:24/f:{extension}");
            let reply = gallery.show_bytes(&options, name, file.clone());
            assert_eq!(reply.status, 200, "{what}: {}", reply.text());
            assert_eq!(reply.header("content-type"), Some(media_type), "{what}");
            let image = pixels(&reply);
            assert_eq!((image.width(), image.height()), (24, 16), "{what}");
            assert_close(mean(&image), *expected, CLOSE, &what);
        }
    }
}

/// A colour of Display P3 in sRGB, given its curve: the matrix is that of their primaries.
fn p3_to_srgb(color: [f64; 3], light: fn(f64) -> f64) -> [f64; 3] {
    const ROWS: [[f64; 3]; 3] = [
        [1.224_940_2, -0.224_940_2, 0.0],
        [-0.042_056_9, 1.042_056_9, 0.0],
        [-0.019_637_6, -0.078_636_1, 1.098_273_6],
    ];
    let light = color.map(|sample| light(sample / 255.0));
    ROWS.map(|row| {
        let sum: f64 = row.iter().zip(light).map(|(a, b)| a * b).sum();
        let sample = match sum.clamp(0.0, 1.0) {
            dark if dark <= 0.003_130_8 => dark * 12.92,
            bright => 1.055 * bright.powf(1.0 / 2.4) - 0.055,
        };
        sample * 255.0
    })
}

/// By the curve of the profile of the fixtures.
fn p3_by_profile(color: [f64; 3]) -> [f64; 3] {
    p3_to_srgb(color, |sample| sample.powf(2.2))
}

/// By that of Display P3, which is that of sRGB.
fn p3_by_number(color: [f64; 3]) -> [f64; 3] {
    p3_to_srgb(color, |sample| match sample {
        dark if dark <= 0.040_45 => dark / 12.92,
        bright => ((bright + 0.055) / 1.055).powf(2.4),
    })
}

/// The middles of the four fields of the flag, and their numbers.
const FIELDS: [((u32, u32), [f64; 3]); 4] = [
    ((6, 4), [220.0, 40.0, 40.0]),
    ((42, 4), [40.0, 180.0, 60.0]),
    ((6, 28), [40.0, 80.0, 220.0]),
    ((42, 28), [240.0, 200.0, 40.0]),
];

#[track_caller]
fn assert_fields(image: &DynamicImage, expected: fn([f64; 3]) -> [f64; 3], bound: f64, what: &str) {
    let rgb = image.to_rgb8();
    for ((x, y), color) in FIELDS {
        let found = rgb.get_pixel(x, y).0.map(f64::from);
        assert_close(found, expected(color), bound, &format!("{what} at {x},{y}"));
    }
}

/// The flag's numbers in Display P3, in formats that say so.
fn wide_flags(gallery: &Gallery) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![
        ("png".to_owned(), fixture("png/icc-display-p3.png")),
        ("jpeg".to_owned(), fixture("jpeg/icc-display-p3.jpg")),
        ("jxl".to_owned(), fixture("foreign/icc-display-p3.jxl")),
        (
            "jxl by number".to_owned(),
            fixture("foreign/p3-by-number.jxl"),
        ),
    ];
    for format in ["avif", "tiff", "webp"] {
        let reply = gallery.show("q:95/scp:0", &format!("png/icc-display-p3.png@{format}"));
        assert_eq!(reply.status, 200, "{format}: {}", reply.text());
        files.push((format.to_owned(), reply.body));
    }
    files
}

#[test]
fn wide_colours_come_out_right_in_srgb_or_stay_where_that_is_asked() {
    for settings in [&[][..], &[("USE_LINEAR_COLORSPACE", "true")]] {
        let gallery = Gallery::open(settings);
        for (name, file) in wide_flags(&gallery) {
            let name = name.replace(' ', "-");
            let what = format!("{name} under {settings:?}");
            let reply = gallery.show_bytes("f:png", &name, file.clone());
            let expected = if name.ends_with("number") {
                p3_by_number
            } else {
                p3_by_profile
            };
            assert_fields(&pixels(&reply), expected, 6.0, &what);
            for format in ["jpg", "png", "webp", "avif", "tiff"] {
                let options = format!("scp:0/q:95/f:{format}");
                let reply = gallery.show_bytes(&options, &name, file.clone());
                let what = format!("{what} kept in {format}");
                assert_fields(&pixels(&reply), |color| color, 6.0, &what);
                let facts = facts(&reply.body);
                let kept = metadata::read(&reply.body, facts.format);
                assert!(kept.icc.is_some(), "{what}");
            }
        }
    }
}

/// A ramp in 16 bits whose green grows from one eighth to three eighths.
fn deep_ramp() -> image::ImageBuffer<Rgb<u16>, Vec<u16>> {
    let green = |x: u32| 8_192 + x as u16 * 32;
    image::ImageBuffer::from_fn(512, 32, |x, _| Rgb([4_000, green(x), 9_000]))
}

fn deep_png(icc: Option<Vec<u8>>) -> Vec<u8> {
    let ramp = deep_ramp();
    let mut file = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut file);
    if let Some(icc) = icc {
        encoder.set_icc_profile(icc).unwrap();
    }
    let data: Vec<u8> = ramp
        .iter()
        .flat_map(|sample| sample.to_ne_bytes())
        .collect();
    let kind = image::ExtendedColorType::Rgb16;
    encoder.write_image(&data, 512, 32, kind).unwrap();
    file
}

#[test]
fn deep_samples_are_rounded_once_and_wide_ones_leave_no_gaps() {
    let gallery = Gallery::open(&[]);
    let reply = gallery.show_bytes("f:png", "plain.png", deep_png(None));
    let found = reply.image();
    assert_eq!(found.color(), image::ColorType::Rgb8);
    for (deep, found) in deep_ramp().pixels().zip(found.to_rgb8().pixels()) {
        let rounded = deep
            .0
            .map(|sample| (f64::from(sample) / 257.0).round() as u8);
        assert_eq!(found.0, rounded);
    }
    let p3 = fixture("profiles/display-p3.icc");
    let wide = gallery.show_bytes("f:png", "wide.png", deep_png(Some(p3)));
    let rgb = wide.image().to_rgb8();
    let greens: Vec<u8> = (0..512).map(|x| rgb.get_pixel(x, 3)[1]).collect();
    assert!(greens[0] < 40 && greens[511] > 95, "{greens:?}");
    let steps = greens.windows(2).map(|pair| pair[1] - pair[0]);
    assert!(steps.max() == Some(1), "{greens:?}");
}

#[test]
fn samples_stay_deep_where_that_is_asked_and_the_format_holds_them() {
    let gallery = Gallery::open(&[]);
    let deep = deep_ramp();
    for format in ["png", "tiff"] {
        let options = format!("ph:1/f:{format}");
        let reply = gallery.show_bytes(&options, "deep.png", deep_png(None));
        assert_eq!(reply.image().color(), image::ColorType::Rgb16, "{format}");
        assert!(reply.image().to_rgb16() == deep, "{format}");
        // And back.
        let back = gallery.show_bytes("ph:1/f:png", "back", reply.body);
        assert!(back.image().to_rgb16() == deep, "{format}");
    }
    let table = [
        ("ph:1/w:100/f:png", image::ColorType::Rgb16),
        ("ph:1/pd:9/bg:fff/f:png", image::ColorType::Rgb8),
        ("ph:1/bl:2/f:png", image::ColorType::Rgb8),
        ("ph:0/f:png", image::ColorType::Rgb8),
        ("ph:1/f:jpg", image::ColorType::Rgb8),
        ("ph:1/f:webp", image::ColorType::Rgb8),
        ("ph:1/f:bmp", image::ColorType::Rgb8),
    ];
    for (options, expected) in table {
        let reply = gallery.show_bytes(options, "deep.png", deep_png(None));
        assert_eq!(reply.image().color(), expected, "{options}");
    }
    let avif = gallery.show_bytes("ph:1/f:avif", "deep.png", deep_png(None));
    assert_eq!(facts(&avif.body).bit_depth, 8);
    for foreign in ["avif-444-10bit-bt2020.avif", "lossless-rgb-16.jxl"] {
        let reply = gallery.show("ph:1", &format!("foreign/{foreign}@png"));
        assert_eq!(reply.image().color(), image::ColorType::Rgb16, "{foreign}");
        let reply = gallery.show("", &format!("foreign/{foreign}@png"));
        assert_eq!(reply.image().color(), image::ColorType::Rgb8, "{foreign}");
    }
}

#[test]
fn the_profile_that_stays_is_that_of_the_source() {
    let gallery = Gallery::open(&[]);
    let p3 = fixture("profiles/display-p3.icc");
    for format in ["jpg", "png", "webp"] {
        let reply = gallery.show("scp:0", &format!("png/icc-display-p3.png@{format}"));
        let reader = ImageReader::new(std::io::Cursor::new(&reply.body));
        let mut decoder = reader
            .with_guessed_format()
            .unwrap()
            .into_decoder()
            .unwrap();
        assert!(
            decoder.icc_profile().unwrap() == Some(p3.clone()),
            "{format}"
        );
    }
}
