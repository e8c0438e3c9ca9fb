//! What is done to the pixels: one pass for each pipeline.

use super::*;
use crate::transform::gravity::Shares;
use crate::transform::plan::steps::ByLook;

const RED: Rgb = Rgb { r: 255, g: 0, b: 0 };

fn filled(width: u32, height: u32, gravity: Gravity) -> Transform {
    Transform {
        resizing_type: ResizingType::Fill,
        gravity,
        ..fitted(width, height)
    }
}

fn result(pass: &Pass) -> (u32, u32) {
    let size = pass.result();
    (size.width, size.height)
}

#[test]
fn each_pipeline_works_on_the_result_of_the_one_before() {
    let turned = Transform {
        rotate: Turn::Quarter,
        ..fitted(0, 40)
    };
    let transform = chained(fitted(100, 0), [turned, padded()]);
    let facts = Facts {
        orientation: Orientation::from_exif(6),
        ..facts(Format::Jpeg, 800, 400)
    };
    let steps = steps(&transform, &facts);
    let sizes: Vec<_> = steps
        .stages
        .iter()
        .map(|stage| result(&stage.pass))
        .collect();
    assert_eq!(sizes, [(100, 200), (80, 40), (80, 41)]);
    let turns: Vec<_> = steps
        .stages
        .iter()
        .map(|stage| stage.pass.orientation)
        .collect();
    // EXIF is obeyed once.
    let expected = [
        Dihedral::QuarterTurn,
        Dihedral::QuarterTurn,
        Dihedral::Identity,
    ];
    assert_eq!(turns, expected);
    assert!(steps.stages.iter().all(|stage| stage.open.is_none()));
}

#[test]
fn only_the_last_pass_is_bound_to_the_format() {
    let transform = Transform {
        format: Some(Format::Jpeg),
        ..chained(padded(), [padded()])
    };
    let steps = steps(&transform, &facts(Format::Png, 200, 100));
    let flattens: Vec<_> = steps
        .stages
        .iter()
        .map(|stage| stage.pass.flatten.map(|flatten| flatten.background))
        .collect();
    assert_eq!(flattens, [None, Some(Rgb::WHITE)]);
}

#[test]
fn a_pass_is_left_open_only_where_a_look_can_change_it() {
    let smart_crop = Transform {
        crop: Crop {
            width: 50.0,
            height: 0.0,
            gravity: Some(Gravity::Smart),
        },
        ..Transform::default()
    };
    let whole_crop = Transform {
        crop: Crop {
            width: 200.0,
            height: 100.0,
            gravity: Some(Gravity::Smart),
        },
        ..Transform::default()
    };
    let trimmed = Transform {
        trim: Some(TRIM),
        ..Transform::default()
    };
    let table = [
        (filled(50, 50, Gravity::default()), ByLook::Nothing),
        (filled(50, 50, Gravity::Smart), ByLook::Places),
        // Nothing is cut off.
        (filled(50, 25, Gravity::Smart), ByLook::Nothing),
        (smart_crop, ByLook::Places),
        (whole_crop, ByLook::Nothing),
        (trimmed, ByLook::Sizes),
    ];
    for (transform, expected) in table {
        let stage = &steps(&transform, &facts(Format::Jpeg, 200, 100)).stages[0];
        assert_eq!(stage.by_look, expected, "{transform:?}");
        assert_eq!(stage.open.is_some(), expected != ByLook::Nothing);
    }
}

#[test]
fn what_follows_a_trim_is_decided_after_it() {
    let trimmed = Transform {
        trim: Some(TRIM),
        ..Transform::default()
    };
    let steps = steps(
        &chained(trimmed, [fitted(10, 0)]),
        &facts(Format::Jpeg, 800, 400),
    );
    let by_look: Vec<_> = steps.stages.iter().map(|stage| stage.by_look).collect();
    assert_eq!(by_look, [ByLook::Sizes, ByLook::Sizes]);
    // The border is looked for at full size.
    assert_eq!(steps.how.scale, Scale::Full);
}

#[test]
fn a_trimmed_picture_is_taken_for_the_source() {
    let transform = Transform {
        trim: Some(TRIM),
        ..fitted(50, 0)
    };
    let steps = steps(&transform, &facts(Format::Png, 200, 100));
    let course = steps.stages[0].open.as_deref().unwrap();
    let part = Rect {
        left: 20,
        top: 10,
        width: 100,
        height: 80,
    };
    let size = Size {
        width: 200,
        height: 100,
    };
    let scene = course.scene(size, Some(part));
    let geometry = course.geometry(&scene).unwrap();
    let pass = course.pass(&scene, &geometry);
    assert_eq!(result(&pass), (50, 40));
    assert_eq!(pass.sampling.view, part);
    assert_eq!(pass.sampling.decoded, size);
    assert_eq!(pass.sampling.window, window(0.0, 0.0, 100.0, 80.0));
    // Without a border it is the pass that was planned.
    let scene = course.scene(size, None);
    let geometry = course.geometry(&scene).unwrap();
    assert_eq!(course.pass(&scene, &geometry), steps.stages[0].pass);
}

#[test]
fn what_was_seen_places_the_cut_as_stored() {
    let transform = Transform {
        rotate: Turn::Quarter,
        ..filled(50, 200, Gravity::Smart)
    };
    let steps = steps(&transform, &facts(Format::Png, 200, 100));
    let course = steps.stages[0].open.as_deref().unwrap();
    // Seen as 100x200, of which the left or right half stays: as stored, the lower or the upper.
    for (share, top) in [(0.0, 0.0), (1.0, 50.0)] {
        let size = Size {
            width: 200,
            height: 100,
        };
        let scene = course.scene(size, None);
        let geometry = course.geometry(&scene).unwrap();
        assert_eq!(course.cut_to_place(&scene, &geometry), Some((1.0, 0.5)));
        let scene = scene.with_cut_at((0.5, share));
        let geometry = course.geometry(&scene).unwrap();
        let window = course.pass(&scene, &geometry).sampling.window;
        assert_eq!((window.top, window.height), (top, 50.0), "{share}");
    }
    assert_eq!(Shares::default(), Shares { x: 0.5, y: 0.5 });
}

#[test]
fn filters_work_in_one_order() {
    let transform = Transform {
        gradient: Some(AskedGradient {
            opacity: 1.0,
            color: RED,
            direction: 0.0,
            start: 0.0,
            stop: 1.0,
        }),
        brightness: 5,
        pixelate: 4,
        sharpen: 2.0,
        blur: 1.0,
        unsharp_masking: UnsharpAsk {
            mode: Some(UnsharpMode::Always),
            ..UnsharpAsk::default()
        },
        ..Transform::default()
    };
    let found = pass(&transform, &facts(Format::Png, 200, 100)).filters;
    let names: Vec<_> = found
        .iter()
        .map(|filter| match filter {
            Filter::Unsharp(_) => "unsharp",
            Filter::Blur(_) => "blur",
            Filter::Sharpen(_) => "sharpen",
            Filter::Pixelate(_) => "pixelate",
            Filter::Adjust { .. } => "adjust",
            Filter::Gradient(_) => "gradient",
            _ => "other",
        })
        .collect();
    let expected = [
        "unsharp", "blur", "sharpen", "pixelate", "adjust", "gradient",
    ];
    assert_eq!(names, expected);
    assert!(
        pass(&Transform::default(), &facts(Format::Png, 2, 2))
            .filters
            .is_empty()
    );
}

#[test]
fn automatic_sharpening_is_for_what_was_made_smaller_and_not_sharpened() {
    let sharpened = Transform {
        sharpen: 1.0,
        ..fitted(20, 0)
    };
    let table = [
        (fitted(20, 0), true),
        (fitted(200, 0), false),
        (sharpened, false),
    ];
    for (transform, expected) in table {
        let defaults = Defaults {
            unsharp_masking: Unsharp {
                mode: UnsharpMode::Auto,
                ..Unsharp::default()
            },
            ..defaults()
        };
        let facts = facts(Format::Png, 200, 100);
        let plan = Plan::new(&transform, &defaults, &facts, Variant::default()).unwrap();
        let filters = &steps_of(&plan).stages[0].pass.filters;
        let found = filters
            .iter()
            .any(|filter| matches!(filter, Filter::Unsharp(_)));
        assert_eq!(found, expected, "{transform:?}");
    }
}

#[test]
fn a_background_is_as_opaque_as_asked_where_the_format_has_alpha() {
    let table = [
        (Format::Png, 1.0, Some((RED, 255))),
        (Format::Png, 0.5, Some((RED, 128))),
        (Format::Png, 0.0, None),
        (Format::Jpeg, 0.0, Some((Rgb::WHITE, 255))),
        // Red over white.
        (
            Format::Jpeg,
            0.2,
            Some((
                Rgb {
                    r: 255,
                    g: 204,
                    b: 204,
                },
                255,
            )),
        ),
    ];
    for (format, background_alpha, expected) in table {
        let transform = Transform {
            background: Some(RED),
            background_alpha,
            ..named(format)
        };
        let found = pass(&transform, &with_alpha(Format::Png)).flatten;
        let found = found.map(|flatten| (flatten.background, flatten.alpha));
        assert_eq!(found, expected, "{format:?} {background_alpha}");
    }
}

#[test]
fn samples_are_weighed_as_the_url_and_the_settings_say() {
    let transform = Transform {
        resizing_algorithm: Kernel::Cubic,
        ..fitted(10, 0)
    };
    let defaults = Defaults {
        linear_light: true,
        ..defaults()
    };
    let facts = facts(Format::Png, 200, 100);
    let plan = Plan::new(&transform, &defaults, &facts, Variant::default()).unwrap();
    let sampling = steps_of(&plan).stages[0].pass.sampling;
    assert_eq!((sampling.kernel, sampling.linear), (Kernel::Cubic, true));
}
