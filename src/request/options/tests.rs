use super::*;
use crate::identify::Format;
use crate::transform::ask::{
    Compass, Crop, Extend, Flip, Gravity, Padding, ResizingType, Rgb, Turn, Zoom,
};

fn rules(separator: &str, presets: &[&str]) -> Rules {
    let presets: Vec<String> = presets.iter().map(|&text| text.to_owned()).collect();
    Rules {
        separator: separator.to_owned(),
        allowed: Vec::new(),
        presets: Presets::parse(&presets, separator).unwrap(),
    }
}

fn read_with(rules: &Rules, path: &str) -> Result<Vec<Choice>, Error> {
    let mut reader = Reader::new(rules);
    reader.options(path)?;
    let choices = reader.ledger().choices().iter();
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

#[test]
fn every_option_has_its_names() {
    for (names, argument) in [
        (&["resize", "rs"][..], "fill"),
        (&["size", "s"], "1"),
        (&["resizing_type", "rt"], "fit"),
        (&["width", "w"], "1"),
        (&["height", "h"], "1"),
        (&["min-width", "mw"], "1"),
        (&["min-height", "mh"], "1"),
        (&["zoom", "z"], "1"),
        (&["dpr"], "1"),
        (&["enlarge", "el"], "1"),
        (&["extend", "ex"], "1"),
        (&["extend_aspect_ratio", "extend_ar", "exar"], "1"),
        (&["gravity", "g"], "no"),
        (&["crop", "c"], "1"),
        (&["padding", "pd"], "1"),
        (&["auto_rotate", "ar"], "1"),
        (&["rotate", "rot"], "90"),
        (&["flip", "fl"], "1"),
        (&["background", "bg"], "fff"),
        (&["quality", "q"], "1"),
        (&["format_quality", "fq"], "png:1"),
        (&["format", "f", "ext"], "png"),
        (&["strip_metadata", "sm"], "1"),
        (&["strip_color_profile", "scp"], "1"),
        (&["skip_processing", "skp"], "png"),
        (&["raw"], "1"),
        (&["cachebuster", "cb"], "1"),
        (&["expires", "exp"], "1"),
        (&["filename", "fn"], "1"),
        (&["return_attachment", "att"], "1"),
    ] {
        let long = read(&format!("{}:{argument}", names[0])).unwrap();
        assert!(!long.is_empty(), "{names:?}");
        for name in names {
            let choices = read(&format!("{name}:{argument}")).unwrap();
            assert_eq!(choices, long, "{name}");
        }
    }
}

#[test]
fn what_is_not_built_is_unknown() {
    refuses(&[
        "trim:10",
        "t:10",
        "blur:1",
        "bl:1",
        "sharpen:1",
        "sh:1",
        "pixelate:2",
        "pix:2",
        "watermark:1",
        "wm:1",
        "max_bytes:1",
        "mb:1",
        "keep_copyright:1",
        "preserve_hdr:1",
        "enforce_thumbnail:1",
        "autoquality:size",
        "page:1",
        "msr:10",
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
        assert_eq!(Reader::new(&rules).options(path).unwrap(), rest, "{path}");
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
fn resize_and_size_keep_what_is_blank() {
    let extend = |at, x, y| {
        Choice::Extend(Extend {
            enabled: true,
            gravity: compass(at, x, y),
        })
    };
    for (path, expected) in [
        (
            "rs:fill:1:2:1:1:noea:3:4",
            vec![
                Choice::ResizingType(ResizingType::Fill),
                Choice::Width(1),
                Choice::Height(2),
                Choice::Enlarge(true),
                extend(Compass::NorthEast, 3.0, 4.0),
            ],
        ),
        ("rs:", vec![]),
        ("rs:::::", vec![]),
        ("rs::5", vec![Choice::Width(5)]),
        ("rs:::5", vec![Choice::Height(5)]),
        ("rs:auto", vec![Choice::ResizingType(ResizingType::Auto)]),
        ("rs::::no", vec![Choice::Enlarge(false)]),
        ("s::7", vec![Choice::Height(7)]),
        ("s:::t", vec![Choice::Enlarge(true)]),
        ("s::::1:so", vec![extend(Compass::South, 0.0, 0.0)]),
        // A blank switch ends the list: its gravity is not even looked at.
        ("s:::::bogus:x:y", vec![]),
    ] {
        assert_eq!(read(path).unwrap(), expected, "{path}");
    }
    refuses(&[
        "rs:stretch",
        "rs:fit:a",
        "rs:fit:1:2:0:0:ce:0:0:0",
        "s:1:2:0:0:ce:0:0:0",
        "s:-1",
        "s:1:2:0:1:sm",
        "s::::1:",
    ]);
}

#[test]
fn resizing_types_have_exact_names() {
    for (name, kind) in [
        ("fit", ResizingType::Fit),
        ("fill", ResizingType::Fill),
        ("fill-down", ResizingType::FillDown),
        ("force", ResizingType::Force),
        ("auto", ResizingType::Auto),
    ] {
        assert_eq!(last(&format!("rt:{name}")), Choice::ResizingType(kind));
    }
    refuses(&["rt:", "rt:Fit", "rt:fill_down", "rt:fit:fit"]);
}

#[test]
fn sides_are_strict() {
    assert_eq!(last("w:300"), Choice::Width(300));
    assert_eq!(last("h:0"), Choice::Height(0));
    assert_eq!(last("mw:1000000"), Choice::MinWidth(1_000_000));
    assert_eq!(last("mh:+5"), Choice::MinHeight(5));
    for name in ["w", "h", "mw", "mh"] {
        for bad in ["", "abc", "-1", "1.5", "1000001", "1:2", "NaN", "1e308"] {
            refuses(&[&format!("{name}:{bad}")]);
        }
    }
}

#[test]
fn zoom_and_dpr_are_above_zero_and_bounded() {
    let zoom = |x, y| Choice::Zoom(Zoom { x, y });
    assert_eq!(last("z:0.5"), zoom(0.5, 0.5));
    assert_eq!(last("z:2:3"), zoom(2.0, 3.0));
    assert_eq!(last("z:100:0.0001"), zoom(100.0, 0.0001));
    assert_eq!(last("dpr:1.5"), Choice::Dpr(1.5));
    assert_eq!(last("dpr:16"), Choice::Dpr(16.0));
    refuses(&[
        "z:",
        "z:0",
        "z:-1",
        "z:1:",
        "z:1:0",
        "z:1:2:3",
        "z:100.1",
        "z:1e308",
        "z:NaN",
        "z:inf",
        "dpr:",
        "dpr:0",
        "dpr:-1",
        "dpr:x",
        "dpr:16.1",
        "dpr:1:2",
        "dpr:0.00001",
        "dpr:1e-400",
    ]);
}

#[test]
fn switches_take_junk_for_no_and_no_second_argument() {
    for (name, choice) in [
        ("el", Choice::Enlarge as fn(bool) -> Choice),
        ("ar", Choice::AutoRotate),
        ("sm", Choice::StripMetadata),
        ("scp", Choice::StripColorProfile),
        ("raw", Choice::Raw),
        ("att", Choice::ReturnAttachment),
    ] {
        assert_eq!(last(&format!("{name}:1")), choice(true));
        assert_eq!(last(&format!("{name}:true")), choice(true));
        assert_eq!(last(&format!("{name}:0")), choice(false));
        assert_eq!(last(&format!("{name}:")), choice(false));
        assert_eq!(last(&format!("{name}:junk")), choice(false));
        refuses(&[&format!("{name}:1:1")]);
    }
}

#[test]
fn gravity_is_a_point_with_offsets_or_a_focal_point() {
    for (path, gravity) in [
        ("g:ce", compass(Compass::Center, 0.0, 0.0)),
        ("g:no:1:2", compass(Compass::North, 1.0, 2.0)),
        ("g:so:-10:0.25", compass(Compass::South, -10.0, 0.25)),
        ("g:ea::5", compass(Compass::East, 0.0, 5.0)),
        ("g:we:5:", compass(Compass::West, 5.0, 0.0)),
        ("g:noea", compass(Compass::NorthEast, 0.0, 0.0)),
        ("g:nowe", compass(Compass::NorthWest, 0.0, 0.0)),
        ("g:soea", compass(Compass::SouthEast, 0.0, 0.0)),
        ("g:sowe", compass(Compass::SouthWest, 0.0, 0.0)),
        ("g:fp:0.5:1", Gravity::FocalPoint { x: 0.5, y: 1.0 }),
        ("g:fp::", Gravity::FocalPoint { x: 0.0, y: 0.0 }),
        // Offsets outlive the kind of gravity that they were given for.
        ("g:no:1:2/g:so", compass(Compass::South, 1.0, 2.0)),
        ("g:no:1:2/g:so::9", compass(Compass::South, 1.0, 9.0)),
        ("g:fp:0.5:0.75/g:ce", compass(Compass::Center, 0.5, 0.75)),
        (
            "g:ce:0.5:1/g:fp::0.1",
            Gravity::FocalPoint { x: 0.5, y: 0.1 },
        ),
    ] {
        assert_eq!(last(path), Choice::Gravity(gravity), "{path}");
    }
    refuses(&[
        "g:",
        "g:sm",
        "g:obj:face",
        "g:re",
        "g:CE",
        "g:center",
        "g:no:a",
        "g:no:1:2:3",
        "g:no:1000001",
        "g:no:NaN:0",
        "g:fp",
        "g:fp:0.5",
        "g:fp:0.5:0.5:0.5",
        "g:fp:1.1:0",
        "g:fp:-0.1:0",
        "g:no:7:7/g:fp::",
    ]);
}

#[test]
fn crop_takes_sizes_and_a_gravity_of_its_own() {
    let crop = |width, height, gravity| {
        Choice::Crop(Crop {
            width,
            height,
            gravity,
        })
    };
    for (path, expected) in [
        ("c:100", crop(100.0, 0.0, None)),
        ("c:0.5:0.25", crop(0.5, 0.25, None)),
        (
            "c:1:2:nowe:3:4",
            crop(1.0, 2.0, Some(compass(Compass::NorthWest, 3.0, 4.0))),
        ),
        (
            "c:1:2:fp:0.1:0.2",
            crop(1.0, 2.0, Some(Gravity::FocalPoint { x: 0.1, y: 0.2 })),
        ),
        ("c:1:2/c:3", crop(3.0, 2.0, None)),
        (
            "c:1:2:so/c:3:4",
            crop(3.0, 4.0, Some(compass(Compass::South, 0.0, 0.0))),
        ),
    ] {
        assert_eq!(last(path), expected, "{path}");
    }
    refuses(&[
        "c:",
        "c:-1",
        "c:1:",
        "c::1",
        "c:1:2:",
        "c:1:2:sm",
        "c:1:2:re",
        "c:1:2:ce:0:0:0",
        "c:1000001",
        "c:inf",
    ]);
}

#[test]
fn both_extends_take_a_switch_and_a_gravity() {
    for (name, choice) in [
        ("ex", Choice::Extend as fn(Extend) -> Choice),
        ("exar", Choice::ExtendAspectRatio),
    ] {
        let extend = |enabled, at, x, y| {
            choice(Extend {
                enabled,
                gravity: compass(at, x, y),
            })
        };
        for (arguments, expected) in [
            ("1", extend(true, Compass::Center, 0.0, 0.0)),
            ("0", extend(false, Compass::Center, 0.0, 0.0)),
            (":so", extend(false, Compass::South, 0.0, 0.0)),
            ("1:so:10:20", extend(true, Compass::South, 10.0, 20.0)),
        ] {
            assert_eq!(last(&format!("{name}:{arguments}")), expected);
        }
        let kept = last(&format!("{name}:1:so:10:20/{name}:t"));
        assert_eq!(kept, extend(true, Compass::South, 10.0, 20.0));
        for bad in ["1:", "1:sm", "1:re", "1:ce:0:0:0", "1:fp:2:0"] {
            refuses(&[&format!("{name}:{bad}")]);
        }
    }
}

#[test]
fn padding_follows_its_opposite_side() {
    for (path, [top, right, bottom, left]) in [
        ("pd:1", [1, 1, 1, 1]),
        ("pd:1:2", [1, 2, 1, 2]),
        ("pd:1:2:3", [1, 2, 3, 2]),
        ("pd:1:2:3:4", [1, 2, 3, 4]),
        ("pd:1::3", [1, 1, 3, 1]),
        ("pd:1:::4", [1, 1, 1, 4]),
        ("pd:", [0, 0, 0, 0]),
        ("pd::2", [0, 2, 0, 2]),
        ("pd:5/pd::2", [5, 2, 5, 2]),
        ("pd::2/pd:::3", [0, 0, 3, 0]),
    ] {
        let expected = Choice::Padding(Padding {
            top,
            right,
            bottom,
            left,
        });
        assert_eq!(last(path), expected, "{path}");
    }
    refuses(&["pd:-1", "pd:a", "pd:1.5", "pd:1:2:3:4:5", "pd:1000001"]);
}

#[test]
fn rotation_is_by_quarters() {
    for (degrees, turn) in [
        ("0", Turn::Zero),
        ("90", Turn::Quarter),
        ("180", Turn::Half),
        ("270", Turn::ThreeQuarters),
        ("360", Turn::Zero),
        ("450", Turn::Quarter),
        ("-90", Turn::ThreeQuarters),
    ] {
        assert_eq!(last(&format!("rot:{degrees}")), Choice::Rotate(turn));
    }
    refuses(&["rot:", "rot:45", "rot:90.0", "rot:90:90", "rot:1e2"]);
}

#[test]
fn flip_keeps_what_is_blank() {
    for (path, horizontal, vertical) in [
        ("fl:1", true, false),
        ("fl:1:1", true, true),
        ("fl::1", false, true),
        ("fl:", false, false),
        ("fl:1/fl::1", true, true),
        ("fl:1/fl:0", false, false),
    ] {
        let flip = Flip {
            horizontal,
            vertical,
        };
        assert_eq!(last(path), Choice::Flip(flip), "{path}");
    }
    refuses(&["fl:1:1:1"]);
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
    refuses(&["q:", "q:101", "q:-1", "q:1.5", "q:80:80", "q:auto"]);
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
    for (name, format) in [
        ("jpg", Format::Jpeg),
        ("jpeg", Format::Jpeg),
        ("png", Format::Png),
        ("webp", Format::WebP),
        ("gif", Format::Gif),
        ("avif", Format::Avif),
    ] {
        assert_eq!(last(&format!("f:{name}")), Choice::Format(format));
    }
    refuses(&[
        "f:",
        "f:svg",
        "f:ico",
        "f:heic",
        "f:bmp",
        "f:tiff",
        "f:tif",
        "f:jxl",
        "f:best",
        "f:mp4",
        "f:PNG",
        "f:png:png",
    ]);
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

#[test]
fn allowed_options_are_by_spelling() {
    let rules = Rules {
        allowed: vec!["w".to_owned(), "pr".to_owned()],
        ..rules(":", &["p=h:5/pr:q", "q=blur:1", "r=h:1"])
    };
    assert!(read_with(&rules, "w:1").is_ok());
    assert!(read_with(&rules, "width:1").is_err());
    assert!(read_with(&rules, "pr:r").is_ok());
    assert!(read_with(&rules, "preset:r").is_err());
    assert!(read_with(&rules, "rs:fit:1").is_err());
}

#[test]
fn presets_apply_where_they_are_named() {
    let rules = rules(":", &["a=w:1/h:2", "b=pr:a/w:3", "c=pd:5"]);
    let preset = |names: &[&str]| Choice::Preset(names.iter().map(|&n| n.to_owned()).collect());
    let (width, height) = (Choice::Width, Choice::Height);
    for (path, expected) in [
        ("pr:a", vec![preset(&["a"]), width(1), height(2)]),
        (
            "w:9/pr:b/h:8",
            vec![
                width(9),
                preset(&["b"]),
                width(1),
                height(2),
                width(3),
                height(8),
            ],
        ),
        (
            "pr:a:a",
            vec![
                preset(&["a", "a"]),
                width(1),
                height(2),
                width(1),
                height(2),
            ],
        ),
    ] {
        assert_eq!(read_with(&rules, path).unwrap(), expected, "{path}");
    }
    // What a preset set is what a blank keeps.
    let choices = read_with(&rules, "pr:c/pd::2").unwrap();
    let expected = Padding {
        top: 5,
        right: 2,
        bottom: 5,
        left: 2,
    };
    assert_eq!(choices.last(), Some(&Choice::Padding(expected)));
    for path in ["pr:", "pr:x", "pr:a:", "pr:A"] {
        assert!(read_with(&rules, path).is_err(), "{path}");
    }
}

#[test]
fn preset_recursion_is_skipped() {
    let rules = rules(":", &["a=w:1/pr:b", "b=h:2/pr:a:b/q:3", "self=pr:self"]);
    let choices = read_with(&rules, "pr:a").unwrap();
    assert_eq!(
        choices[1..],
        [Choice::Width(1), Choice::Height(2), Choice::Quality(3)]
    );
    assert_eq!(read_with(&rules, "pr:self").unwrap().len(), 1);
}

#[test]
fn options_are_counted_presets_included() {
    let path = "w:1/".repeat(MAX_OPTIONS);
    assert!(read(&path).is_ok());
    assert!(read(&format!("{path}w:1")).is_err());
    // Each preset names the next one eight times: 8^8 applications if nothing counted them.
    let definitions: Vec<String> = (0..8)
        .map(|n| format!("p{n}=pr{}", format!(":p{}", n + 1).repeat(8)))
        .chain(["p8=pr:p0".to_owned()])
        .collect();
    let definitions: Vec<&str> = definitions.iter().map(String::as_str).collect();
    assert!(read_with(&rules(":", &definitions), "pr:p0").is_err());
}
