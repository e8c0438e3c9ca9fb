//! Presets, and which options a URL may use.

use super::*;

#[test]
fn allowed_options_are_by_spelling() {
    let rules = Rules {
        allowed: vec!["w".to_owned(), "pr".to_owned()],
        ..rules(":", &["p=h:5/pr:q", "q=bl:1", "r=h:1"])
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
