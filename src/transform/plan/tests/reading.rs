//! What is read of sources that hold several pictures, or none.

use super::*;
use crate::image::decode::Range;

fn animated(frames: u32) -> Facts {
    Facts {
        animated: true,
        frames: Some(frames),
        ..facts(Format::Gif, 100, 100)
    }
}

fn pages(frames: u32) -> Facts {
    Facts {
        animated: false,
        ..animated(frames)
    }
}

fn reading_of(transform: &Transform, defaults: &Defaults, facts: &Facts) -> Result<Reading, Error> {
    Plan::new(transform, defaults, facts, Variant::default()).map(|plan| steps_of(&plan).reading)
}

#[test]
fn frames_are_read_where_nothing_speaks_against_it() {
    let moving = Defaults {
        max_animation_frames: 10,
        ..defaults()
    };
    let none = Transform::default;
    let range = |first, count| Some(Range { first, count });
    let from = |page| Transform { page, ..none() };
    let disabled = Transform {
        disable_animation: true,
        ..none()
    };
    let fewer = Transform {
        max_animation_frames: Some(2),
        ..none()
    };
    let table = [
        (none(), &moving, animated(30), range(0, 10)),
        (none(), &moving, animated(3), range(0, 3)),
        (from(1), &moving, animated(3), range(1, 2)),
        (from(2), &moving, animated(3), None),
        (from(9), &moving, animated(3), None),
        (fewer, &defaults(), animated(3), range(0, 2)),
        (disabled, &moving, animated(3), None),
        (none(), &defaults(), animated(3), None),
        (none(), &moving, pages(3), None),
    ];
    for (transform, defaults, facts, expected) in table {
        let case = Case {
            transform: &transform,
            defaults,
            facts: &facts,
            variant: Variant::default(),
        };
        assert_eq!(case.frames(), expected, "{transform:?} {facts:?}");
    }
}

#[test]
fn a_page_that_is_not_there_is_the_last_one() {
    for (page, expected) in [(0, 0), (2, 2), (3, 2), (u32::MAX, 2)] {
        let transform = Transform {
            page,
            ..Transform::default()
        };
        assert_eq!(steps(&transform, &pages(3)).how.page, expected, "{page}");
    }
}

#[test]
fn pages_are_stacked_as_far_as_there_are_any() {
    let table = [
        (0, 1, 1, (100, 100)),
        (0, 2, 2, (100, 200)),
        (1, 5, 2, (100, 200)),
        (2, 5, 1, (100, 100)),
    ];
    for (page, asked, expected, size) in table {
        let transform = Transform {
            page,
            pages: asked,
            ..Transform::default()
        };
        let plan = plan(&transform, &pages(3));
        assert_eq!(
            steps_of(&plan).reading.pictures(),
            expected,
            "{page} {asked}"
        );
        assert_eq!((plan.width(), plan.height()), size);
        let decoded = steps_of(&plan).decoded;
        assert_eq!((decoded.width, decoded.height), (100, 100));
    }
}

#[test]
fn every_picture_that_is_read_counts_towards_the_limit() {
    let limited = Defaults {
        max_src_pixels: 20_000,
        ..defaults()
    };
    let stacked = |pages| Transform {
        pages,
        ..Transform::default()
    };
    let lifted = Transform {
        max_src_pixels: Some(0),
        ..stacked(3)
    };
    let lowered = Transform {
        max_src_pixels: Some(9_999),
        ..stacked(1)
    };
    let table = [
        (stacked(2), true),
        (stacked(3), false),
        (lifted, true),
        (lowered, false),
    ];
    for (transform, expected) in table {
        let found = reading_of(&transform, &limited, &pages(3));
        assert_eq!(found.is_ok(), expected, "{transform:?}");
    }
}

#[test]
fn frames_count_together_or_each_by_its_own_limit() {
    let table = [
        (20_000, 0, 2, true),
        (20_000, 0, 3, false),
        (20_000, 10_000, 3, true),
        (20_000, 9_999, 2, false),
    ];
    for (max_src_pixels, max_animation_frame_pixels, count, expected) in table {
        let defaults = Defaults {
            max_src_pixels,
            max_animation_frame_pixels,
            ..defaults()
        };
        let facts = animated(5);
        let transform = Transform::default();
        let case = Case {
            transform: &transform,
            defaults: &defaults,
            facts: &facts,
            variant: Variant::default(),
        };
        let reading = Reading::Moving(Range { first: 0, count });
        let found = case.within_pixels(reading).is_ok();
        assert_eq!(found, expected, "{max_animation_frame_pixels} {count}");
    }
}

fn drawing(width: u32, height: u32) -> Facts {
    Facts {
        color_type: ColorType::Rgba,
        alpha: true,
        ..facts(Format::Svg, width, height)
    }
}

#[test]
fn a_drawing_is_passed_on_unless_pixels_are_asked_for() {
    let settings = |sanitize_svg| Defaults {
        sanitize_svg,
        ..defaults()
    };
    let skipped = Transform {
        skip_processing: vec![Format::Svg],
        ..fitted(10, 0)
    };
    let table = [
        (fitted(10, 0), settings(true), Work::Sanitised),
        (fitted(10, 0), settings(false), Work::Passthrough),
        (named(Format::Svg), settings(true), Work::Sanitised),
        (skipped, settings(true), Work::Sanitised),
    ];
    for (transform, defaults, expected) in table {
        let facts = drawing(300, 150);
        let plan = Plan::new(&transform, &defaults, &facts, Variant::default()).unwrap();
        assert_eq!(plan.work(), &expected, "{transform:?}");
        assert_eq!(plan.is_passthrough(), expected == Work::Passthrough);
        assert_eq!(plan.format(), Format::Svg);
    }
}

/// The passes of a drawing, whether this build renders it or not.
fn drawn(transform: &Transform, defaults: &Defaults, facts: &Facts) -> stages::Staged {
    let case = Case {
        transform,
        defaults,
        facts,
        variant: Variant::default(),
    };
    let target = stages::Target::Format(Format::Png);
    case.staged(target, Reading::One).unwrap()
}

#[test]
fn a_drawing_is_rendered_at_the_size_that_is_needed() {
    let filled = Transform {
        resizing_type: ResizingType::Fill,
        ..fitted(100, 100)
    };
    let cropped = Transform {
        crop: Crop {
            width: 30.0,
            height: 15.0,
            gravity: None,
        },
        ..fitted(60, 0)
    };
    let trimmed = Transform {
        trim: Some(TRIM),
        ..fitted(600, 0)
    };
    let table = [
        (fitted(100, 0), (100, 50), (100, 50)),
        // Drawings grow without being told.
        (fitted(600, 0), (600, 300), (600, 300)),
        (filled, (200, 100), (100, 100)),
        (cropped, (600, 300), (60, 30)),
        (trimmed, (300, 150), (600, 300)),
    ];
    for (transform, rendered, size) in table {
        let staged = drawn(&transform, &defaults(), &drawing(300, 150));
        assert_eq!(staged.how.render, Some(rendered), "{transform:?}");
        let result = staged.result();
        assert_eq!((result.width, result.height), size, "{transform:?}");
    }
}

#[test]
fn a_drawing_at_its_needed_size_is_not_sampled_again() {
    for width in 1..400 {
        let staged = drawn(&fitted(width, 0), &defaults(), &drawing(300, 150));
        assert!(staged.stages[0].pass.sampling.is_nothing(), "{width}");
    }
}

#[test]
fn a_drawing_that_is_too_large_is_taken_for_a_smaller_one() {
    let limited = Defaults {
        max_src_pixels: 20_000,
        ..defaults()
    };
    let staged = drawn(&Transform::default(), &limited, &drawing(2_000, 1_000));
    assert_eq!(staged.how.render, Some((200, 100)));
    let thin = drawn(&Transform::default(), &limited, &drawing(4_000_000, 1));
    assert!(thin.result().pixels() <= 20_000, "{:?}", thin.result());
    // What is asked for is not limited by it.
    let asked = drawn(&fitted(400, 0), &limited, &drawing(2_000, 1_000));
    assert_eq!(asked.how.render, Some((400, 200)));
}
