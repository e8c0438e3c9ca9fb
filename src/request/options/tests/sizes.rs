//! Options of size, and how strict numbers and switches are.

use super::*;

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
        "rs:fit:1:2:0:1:sm",
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
