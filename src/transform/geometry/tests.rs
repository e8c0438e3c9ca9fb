use super::super::ask::{
    Compass, CropAspectRatio, Extend, Flip, Gravity, Padding, ResizingType, Turn, Zoom,
};
use super::*;
use crate::identify::Orientation;
use proptest::prelude::*;

mod canvases;
mod crops;
mod limits;

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

fn canvas(size: Size, x: u32, y: u32) -> Option<Canvas> {
    let at = Point { x, y };
    Some(Canvas { size, at })
}

fn padding(top: u32, right: u32, bottom: u32, left: u32) -> Padding {
    Padding {
        top,
        right,
        bottom,
        left,
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
