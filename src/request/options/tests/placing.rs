//! Options of position, canvas and rotation.

use super::*;

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
        ("g:sm", Gravity::Smart),
        ("g:no:1:2/g:sm/g:so", compass(Compass::South, 0.0, 0.0)),
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
        "g:sm:0:0",
        "g:sm:",
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
        ("c:1:2:sm", crop(1.0, 2.0, Some(Gravity::Smart))),
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
        "c:1:2:sm:1",
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
