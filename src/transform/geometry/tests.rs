use super::super::ask::{
    Compass, CropAspectRatio, Extend, Flip, Gravity, Padding, ResizingType, Turn, Zoom,
};
use super::*;
use crate::identify::Orientation;
use proptest::prelude::*;

const NO_LIMIT: u32 = 0;

fn size(width: u32, height: u32) -> Size {
    Size { width, height }
}

fn asked(resizing_type: ResizingType, width: u32, height: u32) -> Transform {
    Transform {
        resizing_type,
        width,
        height,
        ..Transform::default()
    }
}

impl Geometry {
    /// The size of the result.
    fn result(&self) -> Size {
        let on_canvas = self.canvas.map(|canvas| canvas.size);
        self.fit.or(on_canvas).unwrap_or(self.cut.size())
    }
}

fn frame(width: u32, height: u32) -> Frame {
    Frame {
        stored: size(width, height),
        orientation: Dihedral::Identity,
        max_result_dimension: NO_LIMIT,
        enlarges: false,
        format: Some(Format::Png),
        attention: Attention::default(),
    }
}

fn geometry(transform: &Transform, width: u32, height: u32) -> Geometry {
    let frame = Frame {
        enlarges: transform.enlarge,
        ..frame(width, height)
    };
    Geometry::new(transform, &frame).unwrap()
}

fn result(transform: &Transform, width: u32, height: u32) -> (u32, u32) {
    let size = geometry(transform, width, height).result();
    (size.width, size.height)
}

fn extended() -> Extend {
    Extend {
        enabled: true,
        gravity: Gravity::default(),
    }
}

/// A source of 200x100 asked for a box, under every type.
#[test]
fn a_type_meets_a_box_in_its_own_way() {
    use ResizingType::{Auto, Fill, FillDown, Fit, Force};
    let table = [
        // Nothing asked: nothing changes.
        (Fit, (0, 0), (200, 100)),
        (Fill, (0, 0), (200, 100)),
        (FillDown, (0, 0), (200, 100)),
        (Force, (0, 0), (200, 100)),
        (Auto, (0, 0), (200, 100)),
        // One side: the other follows the ratio, except under force, which keeps it.
        (Fit, (50, 0), (50, 25)),
        (Fit, (0, 50), (100, 50)),
        (Fill, (50, 0), (50, 25)),
        (Fill, (0, 50), (100, 50)),
        (FillDown, (50, 0), (50, 25)),
        (Auto, (0, 50), (100, 50)),
        (Force, (50, 0), (50, 100)),
        (Force, (0, 50), (200, 50)),
        // A box inside the source.
        (Fit, (50, 50), (50, 25)),
        (Fit, (150, 20), (40, 20)),
        (Fill, (50, 50), (50, 50)),
        (Fill, (150, 20), (150, 20)),
        (FillDown, (50, 50), (50, 50)),
        (Force, (50, 50), (50, 50)),
        (Force, (20, 90), (20, 90)),
        // Auto: landscape in landscape fills, landscape in portrait fits, a square counts as landscape.
        (Auto, (60, 50), (60, 50)),
        (Auto, (50, 50), (50, 50)),
        (Auto, (50, 60), (50, 25)),
        // An unset side counts as the base's: 300 is taller than 200, but the ratio decides anyway.
        (Auto, (0, 80), (160, 80)),
        // A box outside the source: no type enlarges.
        (Fit, (400, 400), (200, 100)),
        (Fill, (400, 0), (200, 100)),
        (Fill, (0, 400), (200, 100)),
        // min(0.5, 0.25) is below 1, so the image stays and the target comes down with D = 1 (its least).
        (Fill, (400, 400), (200, 100)),
        // One side inside, one outside: the outer one gives the shrink, the inner one cuts.
        (Fill, (100, 150), (100, 100)),
        (Fill, (300, 50), (200, 50)),
        // Fill-down cuts to the ratio of the box instead: 200 wide at 300:50 is 33.3 high.
        (FillDown, (300, 50), (200, 33)),
        (FillDown, (100, 150), (67, 100)),
        (FillDown, (400, 400), (100, 100)),
        (FillDown, (400, 0), (200, 100)),
        // Force keeps the asked ratio: shrinks (0.5, 2) become (1, 4).
        (Force, (400, 50), (200, 25)),
        (Force, (400, 400), (100, 100)),
    ];
    for (kind, (width, height), expected) in table {
        let found = result(&asked(kind, width, height), 200, 100);
        assert_eq!(found, expected, "{kind:?} {width}x{height}");
    }
}

#[test]
fn enlarge_lets_every_type_reach_its_box() {
    use ResizingType::{Auto, Fill, FillDown, Fit, Force};
    let table = [
        (Fit, (400, 400), (400, 200)),
        (Fit, (0, 400), (800, 400)),
        (Fill, (400, 400), (400, 400)),
        (Fill, (300, 50), (300, 50)),
        (FillDown, (300, 50), (300, 50)),
        (Force, (400, 50), (400, 50)),
        (Auto, (300, 200), (300, 200)),
        (Auto, (200, 300), (200, 100)),
    ];
    for (kind, (width, height), expected) in table {
        let transform = Transform {
            enlarge: true,
            ..asked(kind, width, height)
        };
        assert_eq!(
            result(&transform, 200, 100),
            expected,
            "{kind:?} {width}x{height}"
        );
    }
}

#[test]
fn sides_are_rounded_half_away_from_zero_and_never_vanish() {
    let table = [
        // 101 * 50 / 200 = 25.25; 102 gives 25.5; 103 gives 25.75.
        ((200, 101), 50, (50, 25)),
        ((200, 102), 50, (50, 26)),
        ((200, 103), 50, (50, 26)),
        // 10 / 1000 = 0.01 of a pixel is one pixel.
        ((1000, 10), 1, (1, 1)),
        ((10_000, 3), 100, (100, 1)),
        ((1, 1), 1, (1, 1)),
        ((3, 7), 2, (2, 5)),
    ];
    for ((source_width, source_height), width, expected) in table {
        let transform = asked(ResizingType::Fit, width, 0);
        assert_eq!(result(&transform, source_width, source_height), expected);
    }
}

#[test]
fn dpr_multiplies_the_size_and_never_enlarges() {
    let table = [
        // (width, dpr, result of 200x100)
        (50, 2.0, (100, 50)),
        (50, 0.5, (25, 13)),
        (50, 1.5, (75, 38)),
        (50, 4.0, (200, 100)),
        (50, 5.0, (200, 100)),
        (0, 2.0, (200, 100)),
        // No size asked: a dpr below 1 shrinks.
        (0, 0.5, (100, 50)),
        // The size cannot be reached; what is missing is taken from dpr: 0.5 / 0.5 = 1.
        (400, 0.5, (200, 100)),
        (400, 0.25, (100, 50)),
        (400, 2.0, (200, 100)),
    ];
    for (width, dpr, expected) in table {
        let transform = Transform {
            dpr,
            ..asked(ResizingType::Fit, width, 0)
        };
        assert_eq!(
            result(&transform, 200, 100),
            expected,
            "w:{width} dpr:{dpr}"
        );
    }
}

#[test]
fn dpr_enlarges_where_that_is_allowed() {
    let transform = Transform {
        dpr: 2.0,
        enlarge: true,
        ..asked(ResizingType::Fill, 150, 150)
    };
    assert_eq!(result(&transform, 200, 100), (300, 300));
}

#[test]
fn dpr_is_not_raised_for_what_is_missing_where_the_canvas_is_extended() {
    let transform = Transform {
        dpr: 0.5,
        extend: extended(),
        ..asked(ResizingType::Fit, 400, 400)
    };
    // The image stays at half of 200x100, on half of 400x400.
    let geometry = geometry(&transform, 200, 100);
    assert_eq!(geometry.scaled, size(100, 50));
    assert_eq!(geometry.result(), size(200, 200));
}

#[test]
fn zoom_multiplies_the_size() {
    let table = [
        // (zoom, enlarge, box, result of 200x100)
        ((2.0, 2.0), false, (50, 0), (100, 50)),
        ((0.5, 0.5), false, (0, 0), (100, 50)),
        ((3.0, 3.0), false, (0, 0), (200, 100)),
        ((3.0, 3.0), true, (0, 0), (600, 300)),
        ((2.0, 1.0), false, (50, 50), (100, 25)),
        ((1.0, 2.0), false, (50, 0), (50, 50)),
        // Both sides beyond: shrinks (1/2, 1) are divided by the least, 1/2.
        ((2.0, 1.0), false, (0, 0), (200, 50)),
    ];
    for ((x, y), enlarge, (width, height), expected) in table {
        let transform = Transform {
            zoom: Zoom { x, y },
            enlarge,
            ..asked(ResizingType::Fit, width, height)
        };
        assert_eq!(result(&transform, 200, 100), expected, "zoom {x}:{y}");
    }
}

#[test]
fn least_sides_enlarge_even_without_enlarge_and_the_excess_is_cut() {
    let table = [
        // (min width, min height, box, result of 200x100)
        ((300, 0), (0, 0), (300, 150)),
        ((0, 300), (0, 0), (600, 300)),
        ((300, 300), (0, 0), (600, 300)),
        // To 50x25, then to 100x50 for the least side; the asked side cuts and the unset one does not.
        ((100, 0), (50, 0), (50, 50)),
        ((0, 100), (0, 50), (200, 50)),
        // Scaled to 100x50 for the least width; only the asked width bites.
        ((100, 0), (50, 50), (50, 50)),
        // A least side that is held anyway does nothing.
        ((50, 20), (100, 0), (100, 50)),
    ];
    for ((min_width, min_height), (width, height), expected) in table {
        let transform = Transform {
            min_width,
            min_height,
            ..asked(ResizingType::Fit, width, height)
        };
        let found = result(&transform, 200, 100);
        assert_eq!(found, expected, "{min_width}:{min_height}");
    }
}

fn crop(width: f64, height: f64) -> Crop {
    Crop {
        width,
        height,
        gravity: None,
    }
}

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

fn canvas(size: Size, x: u32, y: u32) -> Option<Canvas> {
    let at = Point { x, y };
    Some(Canvas { size, at })
}

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

fn padding(top: u32, right: u32, bottom: u32, left: u32) -> Padding {
    Padding {
        top,
        right,
        bottom,
        left,
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

fn limited_result(transform: &Transform, limit: u32) -> (u32, u32) {
    let frame = Frame {
        max_result_dimension: limit,
        enlarges: transform.enlarge,
        ..frame(200, 100)
    };
    let size = Geometry::new(transform, &frame).unwrap().result();
    (size.width, size.height)
}

#[test]
fn a_result_beyond_the_limit_is_scaled_down_whole() {
    let enlarged = Transform {
        enlarge: true,
        ..asked(ResizingType::Fit, 800, 0)
    };
    let filled = Transform {
        enlarge: true,
        ..asked(ResizingType::Fill, 800, 800)
    };
    let extended = Transform {
        extend: extended(),
        ..asked(ResizingType::Fit, 400, 400)
    };
    let padded = Transform {
        padding: padding(50, 100, 50, 100),
        ..Transform::default()
    };
    let table = [
        (&enlarged, 800, (800, 400)),
        (&enlarged, 400, (400, 200)),
        (&enlarged, 0, (800, 400)),
        (&filled, 400, (400, 400)),
        // 200x100 on 400x400, all halved.
        (&extended, 200, (200, 200)),
        // 200x100 with margins 100 and 50, all halved.
        (&padded, 200, (200, 100)),
        (&Transform::default(), 100, (100, 50)),
        (&Transform::default(), 1, (1, 1)),
    ];
    for (transform, limit, expected) in table {
        assert_eq!(limited_result(transform, limit), expected, "limit {limit}");
    }
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

#[test]
fn a_size_is_shrunk_to_so_many_pixels() {
    let table = [
        ((200, 100), 20_000, (200, 100)),
        ((200, 100), 5_000, (100, 50)),
        ((200, 100), 1, (1, 1)),
        ((1_000_000, 1), 100, (100, 1)),
    ];
    for ((width, height), most, expected) in table {
        assert_eq!(
            size(width, height).within(most),
            size(expected.0, expected.1)
        );
    }
}

#[test]
fn a_format_that_holds_less_gets_the_result_scaled_to_it() {
    let wide = asked(ResizingType::Fit, 0, 0);
    let table = [
        (Format::WebP, (20_000, 100), (16_383, 82)),
        (Format::WebP, (100, 20_000), (82, 16_383)),
        (Format::WebP, (16_383, 100), (16_383, 100)),
        (Format::WebP, (16_384, 1), (16_383, 1)),
        (Format::Png, (20_000, 100), (20_000, 100)),
        (Format::Gif, (70_000, 100), (65_535, 94)),
        (Format::Jpeg, (70_000, 100), (65_500, 94)),
        (Format::Ico, (300, 200), (256, 171)),
        (Format::Avif, (20_000, 100), (16_384, 82)),
        (Format::Bmp, (70_000, 100), (65_535, 94)),
        (Format::Tiff, (70_000, 100), (65_535, 94)),
    ];
    for (format, (width, height), expected) in table {
        let frame = Frame {
            format: Some(format),
            enlarges: wide.enlarge,
            ..frame(width, height)
        };
        let found = Geometry::new(&wide, &frame).unwrap().result();
        assert_eq!(
            (found.width, found.height),
            expected,
            "{format:?} {width}x{height}"
        );
    }
}

#[test]
fn what_is_too_large_for_any_limit_is_refused() {
    let table = [
        Transform {
            enlarge: true,
            ..asked(ResizingType::Force, u32::MAX, u32::MAX)
        },
        Transform {
            enlarge: true,
            dpr: f64::MAX,
            ..asked(ResizingType::Fit, u32::MAX, 0)
        },
        Transform {
            padding: padding(u32::MAX, u32::MAX, u32::MAX, u32::MAX),
            ..Transform::default()
        },
        Transform {
            extend: extended(),
            ..asked(ResizingType::Fit, 20_000, 20_000)
        },
        Transform {
            min_width: 100_000,
            ..Transform::default()
        },
    ];
    for transform in table {
        let frame = Frame {
            enlarges: transform.enlarge,
            ..frame(200, 100)
        };
        assert_eq!(
            Geometry::new(&transform, &frame),
            Err(Oversize),
            "{transform:?}"
        );
    }
}

pub(in crate::transform) fn any_gravity() -> impl Strategy<Value = Gravity> {
    let compass = prop::sample::select(vec![
        Compass::Center,
        Compass::North,
        Compass::SouthEast,
        Compass::West,
        Compass::NorthEast,
    ]);
    prop_oneof![
        (compass, -300.0..300.0f64, -1.0..1.0f64).prop_map(|(at, x, y)| Gravity::Compass {
            at,
            x,
            y
        }),
        (0.0..=1.0f64, 0.0..=1.0f64).prop_map(|(x, y)| Gravity::FocalPoint { x, y }),
    ]
}

fn any_extend() -> impl Strategy<Value = Extend> {
    (any::<bool>(), any_gravity()).prop_map(|(enabled, gravity)| Extend { enabled, gravity })
}

fn any_side() -> impl Strategy<Value = u32> {
    prop_oneof![4 => Just(0u32), 4 => 1..2_000u32, 1 => any::<u32>()]
}

fn any_factor() -> impl Strategy<Value = f64> {
    prop_oneof![4 => Just(1.0), 4 => 0.01..8.0f64, 1 => prop::num::f64::POSITIVE]
}

/// Asks of every kind, sane and not.
pub(in crate::transform) fn any_transform() -> impl Strategy<Value = Transform> {
    let kind = prop::sample::select(vec![
        ResizingType::Fit,
        ResizingType::Fill,
        ResizingType::FillDown,
        ResizingType::Force,
        ResizingType::Auto,
    ]);
    let turn = prop::sample::select(vec![
        Turn::Zero,
        Turn::Quarter,
        Turn::Half,
        Turn::ThreeQuarters,
    ]);
    let flip = (any::<bool>(), any::<bool>()).prop_map(|(horizontal, vertical)| Flip {
        horizontal,
        vertical,
    });
    let sides = (any_side(), any_side(), any_side(), any_side());
    let factors = (any_factor(), any_factor(), any_factor());
    let crop = (
        0.0..1_000.0f64,
        0.0..1.5f64,
        prop::option::of(any_gravity()),
    );
    let margins = (0..200u32, 0..200u32, 0..3u32, any_side());
    let ratio = (any_factor(), any::<bool>())
        .prop_map(|(ratio, enlarge)| CropAspectRatio { ratio, enlarge });
    let ratio = prop::option::of(ratio);
    (
        (kind, sides, factors, any::<bool>()),
        (any_extend(), any_extend(), any_gravity()),
        (crop, margins, turn, flip, ratio),
    )
        .prop_map(|(sizing, extending, rest)| {
            let (resizing_type, (width, height, min_width, min_height), (x, y, dpr), enlarge) =
                sizing;
            let (extend, extend_aspect_ratio, gravity) = extending;
            let (crop, (top, right, bottom, left), rotate, flip, crop_aspect_ratio) = rest;
            let (crop_width, crop_height, crop_gravity) = crop;
            Transform {
                resizing_type,
                width,
                height,
                min_width,
                min_height,
                zoom: Zoom { x, y },
                dpr,
                enlarge,
                extend,
                extend_aspect_ratio,
                gravity,
                crop: Crop {
                    width: crop_width,
                    height: crop_height,
                    gravity: crop_gravity,
                },
                crop_aspect_ratio,
                padding: padding(top, right, bottom, left),
                rotate,
                flip,
                ..Transform::default()
            }
        })
}

fn holds(inner: Rect, outer: Size) -> bool {
    inner.width >= 1
        && inner.height >= 1
        && inner.left + inner.width <= outer.width
        && inner.top + inner.height <= outer.height
}

proptest! {
    #[test]
    fn every_box_lies_inside_the_one_around_it_and_the_result_within_the_limit(
        transform in any_transform(),
        (width, height) in (1..5_000u32, 1..5_000u32),
        orientation in prop::sample::select(Dihedral::ALL.to_vec()),
        max_result_dimension in 1..3_000u32,
    ) {
        let frame = Frame {
            orientation,
            max_result_dimension,
            enlarges: transform.enlarge,
            format: Some(Format::WebP),
            ..frame(width, height)
        };
        if let Ok(geometry) = Geometry::new(&transform, &frame) {
            let result = geometry.result();
            prop_assert!(holds(geometry.crop, frame.stored));
            prop_assert!(holds(geometry.cut, geometry.scaled));
            if let Some(canvas) = geometry.canvas {
                prop_assert!(holds(canvas.at.rect(geometry.cut.size()), canvas.size));
            }
            prop_assert!(result.longest() <= max_result_dimension);
            prop_assert!(result.pixels() <= MAX_RESULT_PIXELS);
        }
    }
}
