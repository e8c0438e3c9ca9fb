//! What lies around the image: extended canvases and padding.

use super::*;

#[test]
fn extend_lays_the_image_on_the_asked_box() {
    let table = [
        // (box, canvas of the 200x100 source)
        ((400, 300), canvas(size(400, 300), 100, 100)),
        ((100, 100), canvas(size(100, 100), 0, 26)),
        ((0, 300), canvas(size(200, 300), 0, 100)),
        ((50, 25), None),
        ((400, 0), canvas(size(400, 100), 100, 0)),
        ((0, 0), None),
    ];
    for ((width, height), expected) in table {
        let transform = Transform {
            extend: extended(),
            ..asked(ResizingType::Fit, width, height)
        };
        assert_eq!(
            geometry(&transform, 200, 100).canvas,
            expected,
            "{width}x{height}"
        );
    }
}

#[test]
fn extend_keeps_to_its_own_gravity() {
    let transform = Transform {
        extend: Extend {
            enabled: true,
            gravity: Gravity::Compass {
                at: Compass::SouthEast,
                x: 3.0,
                y: 5.0,
            },
        },
        ..asked(ResizingType::Fit, 400, 300)
    };
    let expected = canvas(size(400, 300), 197, 195);
    assert_eq!(geometry(&transform, 200, 100).canvas, expected);
}

#[test]
fn extend_aspect_ratio_grows_one_side() {
    let table = [
        // Not enlarged: 200x100 grows to 1:1 and 4:1.
        ((400, 400), canvas(size(200, 200), 0, 50)),
        ((400, 100), canvas(size(400, 100), 100, 0)),
        // Fits 100x100 as 100x50, which grows to 100x100: (50 + 1) / 2 = 25.5 to even 26.
        ((100, 100), canvas(size(100, 100), 0, 26)),
        // The ratio is there already, or there is none.
        ((100, 50), None),
        ((100, 0), None),
        // 200 * 300 / 700 = 85.7 is less than 100, so the width grows: 100 * 700 / 300 = 233.3.
        ((700, 300), canvas(size(233, 100), 17, 0)),
    ];
    for ((width, height), expected) in table {
        let transform = Transform {
            extend_aspect_ratio: extended(),
            ..asked(ResizingType::Fit, width, height)
        };
        assert_eq!(
            geometry(&transform, 200, 100).canvas,
            expected,
            "{width}x{height}"
        );
    }
}

#[test]
fn padding_is_added_around_and_scales_with_the_effective_dpr() {
    let table = [
        // (width, dpr, canvas)
        (100, 1.0, canvas(size(106, 54), 4, 1)),
        (100, 2.0, canvas(size(212, 108), 8, 2)),
        // No more than 2 is effective, because the source has no more pixels.
        (100, 3.0, canvas(size(212, 108), 8, 2)),
        // Halves to even: 1, 2, 3, 4 by 0.5 are 0, 1, 2, 2.
        (100, 0.5, canvas(size(53, 27), 2, 0)),
    ];
    for (width, dpr, expected) in table {
        let transform = Transform {
            padding: padding(1, 2, 3, 4),
            dpr,
            ..asked(ResizingType::Fit, width, 0)
        };
        assert_eq!(
            geometry(&transform, 200, 100).canvas,
            expected,
            "w:{width} dpr:{dpr}"
        );
    }
}

#[test]
fn padding_lies_around_what_extend_made() {
    let transform = Transform {
        padding: padding(10, 20, 30, 40),
        extend: extended(),
        ..asked(ResizingType::Fit, 400, 300)
    };
    let expected = canvas(size(460, 340), 140, 110);
    assert_eq!(geometry(&transform, 200, 100).canvas, expected);
}
