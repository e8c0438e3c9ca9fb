//! Limits of the result, and that every box keeps to them.

use super::*;

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
