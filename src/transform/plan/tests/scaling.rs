//! How far the decoder shrinks, and what the sampler is given.

use super::*;

#[test]
fn the_decoder_shrinks_as_far_as_leaves_the_needed_pixels() {
    let table = [
        // (format, source, asked width, scale)
        (Format::Jpeg, (800, 800), 100, Scale::Eighth),
        (Format::Jpeg, (800, 800), 101, Scale::Quarter),
        (Format::Jpeg, (800, 800), 200, Scale::Quarter),
        (Format::Jpeg, (800, 800), 201, Scale::Half),
        (Format::Jpeg, (800, 800), 400, Scale::Half),
        (Format::Jpeg, (800, 800), 401, Scale::Full),
        (Format::Jpeg, (800, 800), 800, Scale::Full),
        (Format::Jpeg, (8000, 8), 1000, Scale::Eighth),
        // 12.5 columns of whole blocks are no 13.
        (Format::Jpeg, (100, 100), 13, Scale::Quarter),
        // libwebp averages boxes: twice the size is left to the sampler.
        (Format::WebP, (800, 800), 50, Scale::Eighth),
        (Format::WebP, (800, 800), 51, Scale::Quarter),
        (Format::WebP, (800, 800), 200, Scale::Half),
        (Format::WebP, (800, 800), 201, Scale::Full),
        // Other decoders do not scale.
        (Format::Png, (800, 800), 100, Scale::Full),
        (Format::Gif, (800, 800), 100, Scale::Full),
    ];
    for (format, (width, height), asked, expected) in table {
        let found = steps(&fitted(asked, 0), &facts(format, width, height))
            .how
            .scale;
        assert_eq!(found, expected, "{format:?} {width}x{height} to {asked}");
    }
}

#[test]
fn the_decoder_shrinks_less_for_a_crop_and_for_the_side_that_needs_more() {
    let source = facts(Format::Jpeg, 800, 800);
    let cropped = Transform {
        crop: Crop {
            width: 400.0,
            height: 400.0,
            gravity: None,
        },
        ..fitted(100, 0)
    };
    let forced = Transform {
        resizing_type: ResizingType::Force,
        ..fitted(50, 400)
    };
    let filled = Transform {
        resizing_type: ResizingType::Fill,
        ..fitted(50, 400)
    };
    let turned = Transform {
        rotate: Turn::Quarter,
        ..fitted(100, 0)
    };
    let table = [
        (&cropped, Scale::Quarter),
        (&forced, Scale::Half),
        (&filled, Scale::Half),
        (&turned, Scale::Eighth),
    ];
    for (transform, expected) in table {
        assert_eq!(
            steps(transform, &source).how.scale,
            expected,
            "{transform:?}"
        );
    }
}

#[test]
fn webp_with_alpha_or_frames_is_not_shrunk_because_it_is_decoded_whole_before() {
    let animated = Facts {
        animated: true,
        ..facts(Format::WebP, 800, 800)
    };
    let clear = Facts {
        width: 800,
        height: 800,
        ..with_alpha(Format::WebP)
    };
    for source in [animated, clear] {
        assert_eq!(steps(&fitted(50, 0), &source).how.scale, Scale::Full);
    }
}

#[test]
fn the_decoder_does_not_shrink_where_that_is_switched_off() {
    let defaults = Defaults {
        shrink_on_load: false,
        ..defaults()
    };
    let source = facts(Format::Jpeg, 800, 800);
    let plan = Plan::new(&fitted(10, 0), &defaults, &source, Variant::default()).unwrap();
    assert_eq!(steps_of(&plan).how.scale, Scale::Full);
}

#[test]
fn the_sampler_is_given_the_part_of_the_source_that_the_cut_shows() {
    let source = facts(Format::Png, 400, 200);
    let transform = Transform {
        resizing_type: ResizingType::Fill,
        ..fitted(60, 100)
    };
    // Scaled to 200x100; the cut begins at (200 - 60 + 1) / 2 = 70.5 to even 70.
    let sampling = pass(&transform, &source).sampling;
    assert_eq!(sampling.window, window(140.0, 0.0, 120.0, 200.0));
    assert_eq!(
        sampling.size,
        Size {
            width: 60,
            height: 100
        }
    );
}

#[test]
fn the_cut_is_turned_back_to_the_pixels_as_stored() {
    let source = facts(Format::Png, 400, 200);
    let transform = Transform {
        resizing_type: ResizingType::Fill,
        gravity: Gravity::Compass {
            at: Compass::NorthWest,
            x: 0.0,
            y: 0.0,
        },
        rotate: Turn::Quarter,
        ..fitted(50, 100)
    };
    // Seen as 200x400; scaled to 50x100 there is nothing to cut.
    assert_eq!(
        pass(&transform, &source).sampling.window,
        window(0.0, 0.0, 400.0, 200.0)
    );
    // Scaled to 100x200, the left 50 columns stay: as stored, the lower half.
    let narrow = Transform {
        height: 200,
        ..transform
    };
    let sampling = pass(&narrow, &source).sampling;
    assert_eq!(sampling.window, window(0.0, 100.0, 400.0, 100.0));
    assert_eq!(
        sampling.size,
        Size {
            width: 200,
            height: 50
        }
    );
}

#[test]
fn a_crop_bounds_the_view_in_decoded_pixels() {
    let source = facts(Format::Jpeg, 801, 800);
    let transform = Transform {
        crop: Crop {
            width: 400.0,
            height: 404.0,
            gravity: Some(Gravity::Compass {
                at: Compass::NorthWest,
                x: 2.0,
                y: 4.0,
            }),
        },
        ..fitted(100, 0)
    };
    let steps = steps(&transform, &source);
    assert_eq!(steps.how.scale, Scale::Quarter);
    let sampling = steps.stages[0].pass.sampling;
    // A quarter of 2..402 and 4..408 is 0.5..100.5 and 1..102.
    let view = Rect {
        left: 0,
        top: 1,
        width: 101,
        height: 101,
    };
    assert_eq!(sampling.view, view);
    assert_eq!(sampling.window, window(0.5, 0.0, 100.0, 101.0));
    assert_eq!(
        sampling.decoded,
        Size {
            width: 201,
            height: 200
        }
    );
}

#[test]
fn nothing_is_sampled_where_the_decoder_gives_the_result() {
    let table = [
        (Transform::default(), facts(Format::Png, 200, 100), true),
        (fitted(400, 0), facts(Format::Png, 200, 100), true),
        (fitted(100, 0), facts(Format::Jpeg, 800, 400), true),
        (fitted(100, 0), facts(Format::Png, 200, 100), false),
        (fitted(99, 0), facts(Format::Jpeg, 800, 400), false),
    ];
    for (transform, facts, expected) in table {
        let found = pass(&transform, &facts).sampling.is_nothing();
        assert_eq!(found, expected, "{:?} {}", facts.format, transform.width);
    }
}
