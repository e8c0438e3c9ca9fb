//! Quality that is searched: by how the file looks, and by its bytes.

use fast_ssim2::{PixelDescriptor, PixelSlice, compute_ssimulacra2};
use image::RgbImage;

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
