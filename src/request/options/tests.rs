use super::*;
use crate::identify::Format;
use crate::image::encode::{AvifSubsample, WebpCompression, WebpPreset};
use crate::transform::ask::{
    Autoquality, AutoqualityMethod, AvifAsk, Colorize, Compass, Crop, CropAspectRatio, Duotone,
    Extend, Flip, Gradient, Gravity, HashKind, Hashsum, JpegAsk, Kernel, Monochrome, Padding,
    PngAsk, ResizingType, Rgb, Trim, Turn, UnsharpAsk, UnsharpMode, Watermark, WatermarkPosition,
    WebpAsk, Zoom,
};

mod files;
mod pixels;
mod placing;
mod presets;
mod sizes;

const EVERYTHING: Permits = Permits {
    security_options: true,
    bypass_cache: true,
};

fn rules(separator: &str, presets: &[&str]) -> Rules {
    let presets: Vec<String> = presets.iter().map(|&text| text.to_owned()).collect();
    Rules {
        separator: separator.to_owned(),
        allowed: Vec::new(),
        presets: Presets::parse(&presets, separator, "PRESETS").unwrap(),
        permits: Permits::default(),
        chained_pipelines: 2,
    }
}

fn read_with(rules: &Rules, path: &str) -> Result<Vec<Choice>, Error> {
    let mut reader = Reader::<Ledger>::new(rules);
    reader.options(path)?;
    let choices = reader.sheet().choices().iter();
    Ok(choices.map(|chosen| chosen.choice.clone()).collect())
}

fn read(path: &str) -> Result<Vec<Choice>, Error> {
    read_with(&rules(":", &[]), path)
}

/// What a path of options comes to, by its last choice.
fn last(path: &str) -> Choice {
    let mut choices = read(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    choices.pop().unwrap()
}

fn refuses(segments: &[&str]) {
    for segment in segments {
        let error = read(segment).err();
        assert!(
            matches!(error, Some(Error::Malformed { .. })),
            "{segment}: {error:?}"
        );
    }
}

fn compass(at: Compass, x: f64, y: f64) -> Gravity {
    Gravity::Compass { at, x, y }
}

/// Arguments that an option takes.
fn arguments(name: &str) -> &'static str {
    match name {
        "resize" | "resizing_type" => "fill",
        "resizing_algorithm" => "cubic",
        "gravity" => "no",
        "rotate" => "90",
        "background" => "fff",
        "format_quality" => "png:1",
        "jpeg_options" | "png_options" | "webp_options" | "avif_options" => "",
        "format" | "skip_processing" => "png",
        "autoquality" => "size",
        "unsharp_masking" => "none",
        "watermark_url" | "watermark_text" | "fallback_image_url" => "YQ",
        "hashsum" => "md5:00112233445566778899aabbccddeeff",
        "preset" => "p",
        _ => "1",
    }
}

#[test]
fn every_option_has_its_names() {
    let rules = Rules {
        permits: EVERYTHING,
        ..rules(":", &["p=w:1"])
    };
    for (names, _) in table::OPTIONS {
        let argument = arguments(names[0]);
        let long = read_with(&rules, &format!("{}:{argument}", names[0])).unwrap();
        assert!(!long.is_empty(), "{names:?}");
        for name in *names {
            let choices = read_with(&rules, &format!("{name}:{argument}")).unwrap();
            assert_eq!(choices, long, "{name}");
        }
    }
}

/// The names in the first column of the tables under a heading of the page about imgproxy.
fn documented(heading: &str) -> Vec<&'static str> {
    let page = include_str!("../../../docs/imgproxy.md");
    let (_, section) = page.split_once(heading).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.flat_map(|row| row.split(" |").next().unwrap_or_default().split(", "))
        .map(|name| name.trim_matches('`'))
        .collect()
}

#[test]
fn every_name_is_in_the_page_about_imgproxy() {
    let images = documented("## Options of images");
    for name in table::OPTIONS.iter().flat_map(|(names, _)| *names) {
        assert!(images.contains(name), "{name}");
    }
    let infos = documented("## Options of `/info`");
    for name in info::OPTIONS.iter().flat_map(|(names, _)| *names) {
        assert!(infos.contains(name), "{name}");
    }
}

#[test]
fn no_name_is_that_of_two_options() {
    let mut seen = std::collections::HashSet::new();
    for name in table::OPTIONS.iter().flat_map(|(names, _)| *names) {
        assert!(seen.insert(name), "{name}");
    }
    let mut seen = std::collections::HashSet::new();
    for name in info::OPTIONS.iter().flat_map(|(names, _)| *names) {
        assert!(seen.insert(name), "{name}");
    }
}

#[test]
fn what_is_not_built_is_unknown() {
    refuses(&[
        "blur_areas:1:0:0:1:1",
        "progressive_blur:1",
        "crop_objects:1",
        "style:YQ",
        "color_profile:srgb",
        "video_thumbnail_second:1",
        "watermark_rotate:90",
        "watermark_shadow:1",
        "min_width:1",
        "Width:1",
        "-:1",
        ":1",
        ":",
    ]);
}

#[test]
fn segments_are_options_until_one_has_no_separator() {
    let rules = rules(":", &[]);
    for (path, rest) in [
        ("w:1/h:2/plain/http://a:1/b", "plain/http://a:1/b"),
        ("abc/w:1", "abc/w:1"),
        ("w:1/", ""),
        ("w:1", ""),
        ("w:1//h:1", "/h:1"),
        ("", ""),
    ] {
        assert_eq!(
            Reader::<Ledger>::new(&rules).options(path).unwrap(),
            rest,
            "{path}"
        );
    }
}

#[test]
fn a_resizing_type_in_the_first_segment_is_the_old_format() {
    refuses(&[
        "fill/300/200/no/1/abc",
        "fit/1",
        "fill-down/1",
        "force",
        "auto/x",
    ]);
}

#[test]
fn another_separator_takes_the_place_of_the_colon() {
    let rules = rules(",", &[]);
    let choices = read_with(&rules, "size,100,200,1/cb,a:b/w:5").unwrap();
    assert_eq!(
        choices,
        [
            Choice::Width(100),
            Choice::Height(200),
            Choice::Enlarge(true),
            Choice::Cachebuster("a:b".to_owned()),
        ]
    );
}

#[test]
fn background_is_hexadecimal_decimal_or_off() {
    for (path, color) in [
        ("bg:ffddee", Some([255, 221, 238])),
        ("bg:08F", Some([0, 136, 255])),
        ("bg:128:129:130", Some([128, 129, 130])),
        ("bg:", None),
    ] {
        let color = color.map(|[r, g, b]| Rgb { r, g, b });
        assert_eq!(last(path), Choice::Background(color), "{path}");
    }
    refuses(&[
        "bg:#fff",
        "bg:red",
        "bg:1:2",
        "bg:1:2:256",
        "bg:1:2:",
        "bg:1:2:3:4",
    ]);
}

#[test]
fn qualities_are_from_0_to_100() {
    assert_eq!(last("q:0"), Choice::Quality(0));
    assert_eq!(last("q:100"), Choice::Quality(100));
    refuses(&["q:", "q:101", "q:-1", "q:1.5", "q:80:80", "q:Auto"]);
    assert_eq!(
        last("fq:webp:70:jpg:60:avif:50"),
        Choice::FormatQuality(vec![
            (Format::Jpeg, 60),
            (Format::WebP, 70),
            (Format::Avif, 50)
        ])
    );
    assert_eq!(
        last("fq:jpg:60:png:1/fq:jpeg:0"),
        Choice::FormatQuality(vec![(Format::Jpeg, 0), (Format::Png, 1)])
    );
    refuses(&["fq:", "fq:jpg", "fq:jpg:60:png", "fq:tif:60", "fq:jpg:101"]);
}

#[test]
fn formats_are_those_that_are_written_here() {
    for format in Format::ALL {
        let path = format!("f:{}", format.name());
        if format.encodes() || format == Format::Svg {
            assert_eq!(last(&path), Choice::Format(format));
        } else {
            refuses(&[&path]);
        }
    }
    assert_eq!(last("ext:jpg"), Choice::Format(Format::Jpeg));
    assert_eq!(last("f:best"), Choice::BestFormat);
    refuses(&["f:", "f:tif", "f:mp4", "f:PNG", "f:Best", "f:png:png"]);
}

#[test]
fn skip_processing_adds_up() {
    assert_eq!(
        last("skp:webp:jpg/skp:png:jpeg"),
        Choice::SkipProcessing(vec![Format::Jpeg, Format::Png, Format::WebP])
    );
    assert_eq!(last("skp:svg"), Choice::SkipProcessing(vec![Format::Svg]));
    refuses(&["skp:", "skp:jpg:", "skp:tif"]);
}

#[test]
fn handling_options_take_text() {
    assert_eq!(last("cb:abc"), Choice::Cachebuster("abc".to_owned()));
    assert_eq!(last("cb:"), Choice::Cachebuster(String::new()));
    assert_eq!(last("exp:32503669200"), Choice::Expires(32_503_669_200));
    assert_eq!(last("exp:-1"), Choice::Expires(-1));
    assert_eq!(last("fn:cat%20"), Choice::Filename("cat%20".to_owned()));
    assert_eq!(last("fn:"), Choice::Filename(String::new()));
    assert_eq!(last("fn:a:0"), Choice::Filename("a".to_owned()));
    assert_eq!(last("fn:a:"), Choice::Filename("a".to_owned()));
    assert_eq!(last("fn:w6kvOg:1"), Choice::Filename("é/:".to_owned()));
    assert_eq!(last("fn:w6kvOg==:t"), Choice::Filename("é/:".to_owned()));
    refuses(&[
        "cb:a:b",
        "exp:",
        "exp:soon",
        "exp:1.5",
        "exp:99999999999999999999",
        "exp:1:2",
        "fn:a:1:2",
        "fn:!:1",
        "fn:_w:1",
        "fn:DQo:1",
        "fn:a\tb",
    ]);
}
