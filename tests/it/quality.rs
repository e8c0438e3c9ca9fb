//! Quality that is searched: by how the file looks, and by its bytes.

use std::io::Cursor;

use fast_ssim2::{PixelDescriptor, PixelSlice, compute_ssimulacra2};
use image::codecs::gif::{GifDecoder, GifEncoder};
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, DynamicImage, Frame, RgbImage};

use crate::support::{Gallery, Reply, fixture};

const PHOTO: &str = "jpeg/photo-1200x800.jpg";
const SIZE: &str = "rs:fit:480:480";

fn show(gallery: &Gallery, options: &str, format: &str) -> Reply {
    let reply = gallery.show(&format!("{SIZE}/{options}"), &format!("{PHOTO}@{format}"));
    assert_eq!(reply.status, 200, "{options}: {}", reply.text());
    reply
}

fn decoded(reply: &Reply) -> RgbImage {
    image::load_from_memory(&reply.body).unwrap().to_rgb8()
}

/// How much a file looks like the same picture without a loss.
fn score(gallery: &Gallery, reply: &Reply) -> f64 {
    let (reference, found) = (decoded(&show(gallery, "ar:1", "png")), decoded(reply));
    compute_ssimulacra2(&slice(&reference), &slice(&found)).unwrap()
}

fn slice(image: &RgbImage) -> PixelSlice<'_> {
    let (width, height) = image.dimensions();
    let (stride, descriptor) = (width as usize * 3, PixelDescriptor::RGB8_SRGB);
    PixelSlice::new(image.as_raw(), width, height, stride, descriptor).unwrap()
}

#[test]
fn a_score_that_is_asked_for_is_reached_in_few_bytes() {
    let gallery = Gallery::open(&[]);
    for format in ["jpg", "webp"] {
        let mut last = 0;
        for (options, target) in [
            ("aq:ssimulacra2:low", 60.0),
            ("q:auto", 75.0),
            ("aq:ml:85", 85.0),
        ] {
            let reply = show(&gallery, options, format);
            let score = score(&gallery, &reply);
            assert!(
                (target - 1.0..target + 5.0).contains(&score),
                "{options} {format}: {score}"
            );
            assert!(reply.body.len() > last, "{options} {format}");
            last = reply.body.len();
        }
    }
}

#[test]
fn settings_search_for_urls_that_name_no_quality() {
    let searching = Gallery::open(&[("AUTOQUALITY", "low")]);
    let plain = Gallery::open(&[]);
    let bytes = |gallery: &Gallery, options: &str| show(gallery, options, "jpg").body;
    assert_eq!(
        bytes(&searching, "ar:1"),
        bytes(&plain, "aq:ssimulacra2:60"),
        "as a URL may say"
    );
    for fixed in ["q:80", "fq:jpg:80", "mb:9000000/q:80"] {
        assert_eq!(bytes(&searching, fixed), bytes(&plain, fixed), "{fixed}");
    }
    assert_eq!(bytes(&searching, "aq:none"), bytes(&plain, "ar:1"), "none");
    let small = Gallery::open(&[
        ("AUTOQUALITY", "low"),
        ("AUTOQUALITY_MAX_RESOLUTION", "0.1"),
    ]);
    assert_eq!(
        bytes(&small, "ar:1"),
        bytes(&plain, "ar:1"),
        "too many pixels"
    );
}

#[test]
fn bounds_of_quality_win_over_the_target() {
    let gallery = Gallery::open(&[]);
    let bytes = |options: &str| show(&gallery, options, "jpg").body;
    assert_eq!(
        bytes("aq:ssimulacra2:99:20:30"),
        bytes("aq:ssimulacra2:98:20:30")
    );
    assert!(bytes("aq:ssimulacra2:10:90:95").len() > bytes("aq:ssimulacra2:10:1:95").len());
}

#[test]
fn the_greatest_quality_that_fits_some_bytes_is_found() {
    let gallery = Gallery::open(&[]);
    let len = |options: &str| show(&gallery, options, "jpg").body.len();
    for most in [8_000, 15_000, 30_000] {
        let found = len(&format!("aq:size:{most}:1:100"));
        assert!(found <= most, "{most}: {found}");
        assert!(found * 10 > most * 8, "{most}: {found} is too little");
    }
    // As imgproxy bounds it where nothing is named.
    assert_eq!(len("aq:size:1"), len("q:70"));
    assert_eq!(len("aq:size:9000000"), len("q:80"));
}

#[test]
fn a_picture_that_is_as_its_source_has_it_is_never_larger() {
    let gallery = Gallery::open(&[]);
    for (name, options) in [
        (PHOTO, "q:100"),
        (PHOTO, "q:auto"),
        ("jpeg/orientation-6.jpg", "q:100"),
        ("png/palette-8.png", "q:auto"),
        ("png/rgba-8.png", "aq:none"),
    ] {
        let source = fixture(name);
        let reply = gallery.show(options, name);
        assert_eq!(reply.status, 200);
        assert!(
            reply.body.len() <= source.len(),
            "{name} {options}: {} of {}",
            reply.body.len(),
            source.len()
        );
    }
    let larger = gallery.show("q:100/br:1", PHOTO).body.len();
    assert!(larger > fixture(PHOTO).len(), "{larger}");
}

#[test]
fn a_jpeg_of_its_own_size_is_packed_anew_where_nothing_may_be_lost() {
    let gallery = Gallery::open(&[]);
    let reply = gallery.show("aq:ssimulacra2:lossless", &format!("{PHOTO}@jpg"));
    assert!(reply.body.len() <= fixture(PHOTO).len());
    let source = image::load_from_memory(&fixture(PHOTO)).unwrap().to_rgb8();
    assert!(decoded(&reply) == source);
}

/// The frames of a film that pans over a photograph.
const FRAMES: u32 = 14;

fn film() -> Vec<u8> {
    let photo = image::load_from_memory(&fixture(PHOTO)).unwrap();
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut file, 10);
    for step in 0..FRAMES {
        let frame = photo.crop_imm(20 * step, 10 * step, 240, 160).to_rgba8();
        encoder.encode_frame(Frame::new(frame)).unwrap();
    }
    drop(encoder);
    file
}

fn frames_of(reply: &Reply) -> Vec<RgbImage> {
    let file = Cursor::new(&reply.body[..]);
    let frames = match reply.header("content-type") {
        Some("image/gif") => GifDecoder::new(file).unwrap().into_frames(),
        _ => WebPDecoder::new(file).unwrap().into_frames(),
    };
    let frames = frames.collect_frames().unwrap().into_iter();
    let opaque = |frame: Frame| DynamicImage::from(frame.into_buffer()).to_rgb8();
    frames.map(opaque).collect()
}

#[test]
fn an_animation_gets_one_quality_at_which_all_of_its_frames_look_good_enough() {
    let gallery = Gallery::open(&[("MAX_ANIMATION_FRAMES", "100")]);
    let film = film();
    let show = |options: &str, format: &str| {
        let options = format!("{options}/f:{format}");
        gallery.show_bytes(&options, "film.gif", film.clone())
    };
    let source = frames_of(&show("q:90", "gif"));
    for format in ["gif", "webp"] {
        let mut last = usize::MAX;
        for target in [90.0, 75.0, 60.0] {
            let reply = show(&format!("aq:ssimulacra2:{target}"), format);
            assert_eq!(reply.status, 200, "{}", reply.text());
            let shown = frames_of(&reply);
            assert_eq!(shown.len(), FRAMES as usize);
            for (at, (shown, source)) in shown.iter().zip(&source).enumerate() {
                let score = compute_ssimulacra2(&slice(source), &slice(shown)).unwrap();
                assert!(
                    score > target - 4.0,
                    "{format} {target}, frame {at}: {score}"
                );
            }
            assert!(reply.body.len() < last, "{format} {target}");
            last = reply.body.len();
        }
    }
    let searching = Gallery::open(&[("MAX_ANIMATION_FRAMES", "100"), ("AUTOQUALITY", "60")]);
    let by_settings = searching.show_bytes("f:webp", "film.gif", film.clone());
    assert!(by_settings.body == show("aq:ssimulacra2:60", "webp").body);
}
