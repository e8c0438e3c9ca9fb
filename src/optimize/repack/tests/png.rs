//! PNG packed anew.

use super::*;
use crate::image::testing::visible;
use crate::optimize::repack::png;

fn packed_png(file: &[u8]) -> Result<Vec<u8>, Error> {
    png(file, &facts(file), &options(Format::Png), Stage::Fast)
}

#[test]
fn a_packed_png_has_the_same_pixels_in_no_more_bytes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/png");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let file = fixture(&format!("png/{name}"));
        let of = facts(&file);
        if of.animated || of.orientation != Orientation::UPRIGHT || name == "truncated.png" {
            assert!(
                packed_png(&file).is_err() || name == "truncated.png",
                "{name}"
            );
            continue;
        }
        let small = packed_png(&file).unwrap();
        assert!(small.len() <= file.len(), "{name}");
        assert_eq!(visible(&pixels(&small)), visible(&pixels(&file)), "{name}");
        let copied = png_parts::copied(&file, &options(Format::Png)).unwrap();
        assert_eq!(pixels(&copied), pixels(&file), "{name}");
        seen += 1;
    }
    assert!(seen > 20);
}

#[test]
fn a_damaged_png_is_refused_or_packed_into_a_sound_one() {
    let file = fixture("png/rgba-8-clear-edges-over-green.png");
    let (whole, mut packed) = (facts(&file), 0);
    for end in (0..file.len()).step_by(8) {
        let done = png(&file[..end], &whole, &options(Format::Png), Stage::Fast);
        if let Ok(small) = done {
            pixels(&small);
        }
    }
    for at in 8..file.len() {
        let mut flipped = file.clone();
        flipped[at] ^= 1 << (at % 8);
        let Identified::Image(facts) = identify(&flipped, true) else {
            continue;
        };
        if facts.format != Format::Png || u64::from(facts.width) * u64::from(facts.height) > 1 << 20
        {
            continue;
        }
        if let Ok(small) = png(&flipped, &facts, &options(Format::Png), Stage::Fast) {
            pixels(&small);
            packed += 1;
        }
    }
    assert!(packed > 0, "some damage is none to the picture");
}
