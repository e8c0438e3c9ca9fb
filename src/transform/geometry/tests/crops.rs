//! Crops and cuts: their sizes, and where they lie.

use super::*;

#[test]
fn a_crop_is_pixels_from_one_upwards_and_a_share_below() {
    let table = [
        ((0.0, 0.0), (200, 100)),
        ((50.0, 40.0), (50, 40)),
        ((50.9, 40.0), (50, 40)),
        ((0.5, 0.25), (100, 25)),
        // 100 * 0.125 = 12.5 rounds to 13.
        ((1.0, 0.125), (1, 13)),
        ((0.001, 0.001), (1, 1)),
        ((500.0, 50.0), (200, 50)),
        ((50.0, 0.0), (50, 100)),
        ((f64::MAX, f64::NAN), (200, 100)),
    ];
    for ((width, height), expected) in table {
        let transform = Transform {
            crop: crop(width, height),
            ..Transform::default()
        };
        assert_eq!(
            result(&transform, 200, 100),
            expected,
            "crop {width}:{height}"
        );
    }
}

#[test]
fn a_crop_lies_where_its_gravity_says_or_else_the_transform_s() {
    let east = Gravity::Compass {
        at: Compass::East,
        x: 10.0,
        y: 0.0,
    };
    let own = Transform {
        crop: Crop {
            gravity: Some(east),
            ..crop(40.0, 50.0)
        },
        dpr: 2.0,
        ..Transform::default()
    };
    let general = Transform {
        crop: crop(40.0, 50.0),
        gravity: east,
        ..Transform::default()
    };
    // 200 - 40 - 10, whatever the dpr; (100 - 50 + 1) / 2 = 25.5 to even 26.
    let expected = Rect {
        left: 150,
        top: 26,
        width: 40,
        height: 50,
    };
    assert_eq!(geometry(&own, 200, 100).crop, expected);
    assert_eq!(geometry(&general, 200, 100).crop, expected);
}

#[test]
fn a_crop_is_what_resizing_starts_from() {
    let transform = Transform {
        crop: crop(100.0, 100.0),
        ..asked(ResizingType::Fill, 40, 20)
    };
    let geometry = geometry(&transform, 200, 100);
    assert_eq!(geometry.scaled, size(40, 40));
    // (40 - 20 + 1) / 2 = 10.5 to even 10.
    let cut = Rect {
        left: 0,
        top: 10,
        width: 40,
        height: 20,
    };
    assert_eq!(geometry.cut, cut);
}

#[test]
fn a_crop_is_measured_on_the_image_as_seen() {
    // Each asks for the 30x20 box at the top left of what is seen; the boxes are in stored pixels of 200x100.
    let table = [
        (1, (0, 0, 30, 20)),
        (2, (170, 0, 30, 20)),
        (3, (170, 80, 30, 20)),
        (4, (0, 80, 30, 20)),
        (5, (0, 0, 20, 30)),
        (6, (0, 70, 20, 30)),
        (7, (180, 70, 20, 30)),
        (8, (180, 0, 20, 30)),
    ];
    let transform = Transform {
        crop: Crop {
            gravity: Some(Gravity::Compass {
                at: Compass::NorthWest,
                x: 0.0,
                y: 0.0,
            }),
            ..crop(30.0, 20.0)
        },
        ..Transform::default()
    };
    for (exif, (left, top, width, height)) in table {
        let frame = Frame {
            orientation: Orientation::from_exif(exif).into(),
            ..frame(200, 100)
        };
        let geometry = Geometry::new(&transform, &frame).unwrap();
        let expected = Rect {
            left,
            top,
            width,
            height,
        };
        assert_eq!(geometry.crop, expected, "orientation {exif}");
        assert_eq!(geometry.result(), size(30, 20), "orientation {exif}");
    }
}

#[test]
fn an_orientation_that_swaps_sides_swaps_what_is_asked_of_them() {
    let frame = Frame {
        orientation: Dihedral::QuarterTurn,
        ..frame(200, 100)
    };
    let geometry = Geometry::new(&asked(ResizingType::Fit, 50, 0), &frame).unwrap();
    assert_eq!(geometry.result(), size(50, 100));
}

#[test]
fn the_cut_lies_by_gravity_with_offsets_times_dpr() {
    let transform = Transform {
        gravity: Gravity::Compass {
            at: Compass::NorthWest,
            x: 10.0,
            y: 0.0,
        },
        dpr: 2.0,
        ..asked(ResizingType::Fill, 30, 50)
    };
    // Scaled to 200x100, cut to 60x100, moved by 10 * 2.
    let cut = geometry(&transform, 200, 100).cut;
    let expected = Rect {
        left: 20,
        top: 0,
        width: 60,
        height: 100,
    };
    assert_eq!(cut, expected);
}

#[test]
fn a_crop_shrinks_to_its_ratio_or_grows_as_far_as_the_image_goes() {
    let table = [
        // (crop, ratio, enlarge, box) in 200x100.
        ((80.0, 40.0), 1.0, false, (40, 40)),
        ((80.0, 40.0), 4.0, false, (80, 20)),
        ((80.0, 40.0), 1.0, true, (80, 80)),
        ((80.0, 40.0), 4.0, true, (160, 40)),
        // Beyond the image the ratio stays and the box does not.
        ((180.0, 40.0), 1.0, true, (100, 100)),
        ((80.0, 90.0), 4.0, true, (200, 50)),
        // Without a crop it is that of the image.
        ((0.0, 0.0), 1.0, false, (100, 100)),
        ((0.0, 0.0), 3.0, true, (200, 67)),
        ((80.0, 40.0), 1e-300, false, (1, 40)),
        ((80.0, 40.0), 1e300, true, (200, 1)),
    ];
    for ((width, height), ratio, enlarge, expected) in table {
        let transform = Transform {
            crop: crop(width, height),
            crop_aspect_ratio: Some(CropAspectRatio { ratio, enlarge }),
            ..Transform::default()
        };
        let found = geometry(&transform, 200, 100).crop;
        assert_eq!((found.width, found.height), expected, "{ratio} {enlarge}");
    }
}
