//! `inkfish compare` and `inkfish identify`: what is said about pictures.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::support::run;

const PHOTO: &str = "jpeg/photo-1200x800.jpg";

fn file(name: &str) -> String {
    format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn object(output: &Output) -> Value {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_picture_is_the_same_as_itself() {
    for name in [PHOTO, "png/rgba-8.png", "jpeg/grey.jpg", "gif/gif89a.gif"] {
        let found = object(&run(&["compare", &file(name), &file(name), "--json"], &[]));
        assert_eq!(found["ssimulacra2"], 100.0, "{name}");
        assert_eq!(found["equal"], true, "{name}");
        assert_eq!(found["psnr"]["all"], Value::Null, "{name}");
    }
}

#[test]
fn a_lossy_copy_scores_less_and_its_map_is_a_picture_of_the_size() {
    let folder = tempfile::tempdir().unwrap();
    let map = folder.path().join("map.png");
    let (one, other) = (file(PHOTO), file("webp/photo-1200x800.webp"));
    let map_text = map.to_str().unwrap();
    let arguments = ["compare", &one, &other, "--json", "--map", map_text];
    let found = object(&run(&arguments, &[]));
    let score = found["ssimulacra2"].as_f64().unwrap();
    assert!((10.0..100.0).contains(&score), "{found}");
    assert!(found["psnr"]["all"].as_f64().unwrap() > 20.0, "{found}");
    assert_eq!(found["equal"], false);
    let drawn = image::open(&map).unwrap().to_rgb8();
    assert_eq!(drawn.dimensions(), (1200, 800));
    let glows = |pixel: &image::Rgb<u8>| pixel[0] > pixel[2];
    assert!(drawn.pixels().any(glows));
    let text = run(&["compare", &one, &other], &[]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.starts_with("size: 1200x800\nSSIMULACRA2: "), "{text}");
}

#[test]
fn pictures_of_different_sizes_are_refused_in_a_sentence() {
    let output = run(&["compare", &file(PHOTO), &file("png/rgb-8.png")], &[]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("is 1200x800 and"), "{text}");
    assert!(text.contains("only pictures of one size"), "{text}");
    let output = run(&["compare", &file(PHOTO), &file("missing.png")], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(Path::new(&file(PHOTO)).exists());
}

#[test]
fn identify_tells_the_quality_of_a_jpeg_and_looks_deeper_on_request() {
    let paths = [file(PHOTO), file("png/palette-4.png")];
    let lines = |arguments: &[&str]| -> Vec<Value> {
        let output = run(arguments, &[]);
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let plain = lines(&["identify", &paths[0], &paths[1]]);
    assert!(plain[0]["nearest_quality"].as_u64().unwrap() > 1);
    assert!(plain[0].get("quality").is_some());
    assert_eq!(plain[1].get("nearest_quality"), None);
    assert_eq!(plain[0].get("colors"), None);
    let deep = lines(&["identify", "--deep", &paths[0], &paths[1]]);
    assert_eq!(deep[0]["colors"], "more");
    assert_eq!(deep[0]["content"], "photo");
    assert!(deep[1]["colors"].as_u64().unwrap() <= 16);
}
