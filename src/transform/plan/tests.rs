use proptest::prelude::*;

use super::*;
use crate::identify::{ColorType, Orientation};
use crate::image::decode::Scale;
use crate::image::encode;
use crate::transform::ask::{
    AvifAsk, Colorize, Compass, Crop, CropAspectRatio, Duotone, Extend, Flip,
    Gradient as AskedGradient, Gravity, JpegAsk, Kernel, Monochrome, Padding, PngAsk, ResizingType,
    Trim, Turn, UnsharpAsk, UnsharpMode, Watermark, WatermarkPosition, WebpAsk, Zoom,
};
use crate::transform::dihedral::Dihedral;
use crate::transform::geometry::tests::any_transform;
use crate::transform::geometry::{Canvas, MAX_RESULT_PIXELS, Point, Rect};

mod output;
mod passes;
mod reading;
mod recipes;

const TRIM: Trim = Trim {
    threshold: 10.0,
    color: None,
    equal_horizontally: false,
    equal_vertically: false,
};

const WATERMARK: Watermark = Watermark {
    opacity: 0.5,
    position: WatermarkPosition::At(Compass::Center),
    x: 0.0,
    y: 0.0,
    scale: 0.0,
};

fn defaults() -> Defaults {
    Defaults {
        format_quality: vec![(Format::WebP, 79)],
        ..Defaults::default()
    }
}

fn facts(format: Format, width: u32, height: u32) -> Facts {
    Facts {
        format,
        subtype: None,
        width,
        height,
        orientation: Orientation::UPRIGHT,
        color_type: ColorType::Rgb,
        bit_depth: 8,
        alpha: false,
        icc: false,
        exif: false,
        animated: false,
        frames: Some(1),
    }
}

fn with_alpha(format: Format) -> Facts {
    Facts {
        color_type: ColorType::Rgba,
        alpha: true,
        ..facts(format, 200, 100)
    }
}

fn fitted(width: u32, height: u32) -> Transform {
    Transform {
        width,
        height,
        ..Transform::default()
    }
}

fn plan(transform: &Transform, facts: &Facts) -> Plan {
    Plan::new(transform, &defaults(), facts, Variant::default()).unwrap()
}

fn steps_of(plan: &Plan) -> &Steps {
    match plan.work() {
        Work::Remade(steps) => steps,
        other => panic!("no pixels are made: {other:?}"),
    }
}

fn steps(transform: &Transform, facts: &Facts) -> Steps {
    steps_of(&plan(transform, facts)).clone()
}

/// The first pass.
fn pass(transform: &Transform, facts: &Facts) -> Pass {
    steps(transform, facts).stages[0].pass.clone()
}

fn named(format: Format) -> Transform {
    Transform {
        format: Some(format),
        ..Transform::default()
    }
}

fn padded() -> Transform {
    Transform {
        padding: Padding {
            top: 1,
            ..Padding::default()
        },
        ..Transform::default()
    }
}

fn extended() -> Transform {
    Transform {
        extend: Extend {
            enabled: true,
            gravity: Gravity::default(),
        },
        ..Transform::default()
    }
}

fn on_white(transform: Transform) -> Transform {
    Transform {
        background: Some(Rgb::WHITE),
        ..transform
    }
}

#[test]
fn the_format_is_the_url_s_or_the_source_s_if_preferred_or_the_first_that_holds_the_result() {
    let none = Transform::default;
    let opaque = |format| facts(format, 200, 100);
    let table = [
        (none(), opaque(Format::Jpeg), Format::Jpeg),
        (none(), opaque(Format::Png), Format::Png),
        (none(), opaque(Format::Gif), Format::Gif),
        (none(), with_alpha(Format::Png), Format::Png),
        // WebP is not preferred: opaque becomes JPEG, transparent PNG.
        (none(), opaque(Format::WebP), Format::Jpeg),
        (none(), with_alpha(Format::WebP), Format::Png),
        (on_white(none()), with_alpha(Format::WebP), Format::Jpeg),
        // What is added around may be clear.
        (padded(), opaque(Format::WebP), Format::Png),
        (extended(), opaque(Format::WebP), Format::Png),
        (on_white(padded()), opaque(Format::WebP), Format::Jpeg),
        (on_white(extended()), opaque(Format::WebP), Format::Jpeg),
        // A preferred source format is not asked whether it holds that.
        (padded(), opaque(Format::Jpeg), Format::Jpeg),
        (named(Format::WebP), opaque(Format::Jpeg), Format::WebP),
        (named(Format::Jpeg), with_alpha(Format::Png), Format::Jpeg),
        (named(Format::Gif), opaque(Format::Jpeg), Format::Gif),
    ];
    for (transform, facts, expected) in table {
        let found = plan(&transform, &facts).format();
        assert_eq!(found, expected, "{:?} {transform:?}", facts.format);
    }
}

#[test]
fn a_negotiated_webp_yields_to_the_url_unless_it_is_enforced() {
    let table = [
        (None, true, false, Format::WebP),
        (None, true, true, Format::WebP),
        (None, false, true, Format::Jpeg),
        (Some(Format::Png), true, false, Format::Png),
        (Some(Format::Png), true, true, Format::WebP),
        (Some(Format::Png), false, true, Format::Png),
    ];
    for (format, webp, enforce_webp, expected) in table {
        let transform = Transform {
            format,
            ..Transform::default()
        };
        let defaults = Defaults {
            enforced: Vec::from_iter(enforce_webp.then_some(Format::WebP)),
            ..defaults()
        };
        let facts = facts(Format::Jpeg, 200, 100);
        let plan = Plan::new(
            &transform,
            &defaults,
            &facts,
            Variant {
                webp,
                ..Variant::default()
            },
        )
        .unwrap();
        assert_eq!(plan.format(), expected, "{format:?} {webp} {enforce_webp}");
    }
}

#[test]
fn the_first_preferred_format_that_holds_alpha_is_taken_and_else_the_first() {
    let table = [
        (vec![Format::Png, Format::Jpeg], Format::Png),
        (vec![Format::Jpeg, Format::Gif, Format::Png], Format::Gif),
        (vec![Format::Jpeg], Format::Jpeg),
    ];
    for (preferred_formats, expected) in table {
        let defaults = Defaults {
            preferred_formats,
            ..defaults()
        };
        let facts = with_alpha(Format::WebP);
        let plan = Plan::new(&Transform::default(), &defaults, &facts, Variant::default());
        assert_eq!(plan.unwrap().format(), expected);
    }
}

#[test]
fn quality_is_taken_from_what_is_most_exact() {
    let table = [
        // (q, fq, format, quality)
        (None, vec![], Format::Jpeg, 80),
        (None, vec![], Format::WebP, 79),
        (None, vec![(Format::WebP, 60)], Format::WebP, 60),
        (None, vec![(Format::WebP, 60)], Format::Jpeg, 80),
        (Some(50), vec![(Format::WebP, 60)], Format::WebP, 50),
        (Some(50), vec![], Format::WebP, 50),
    ];
    for (quality, format_quality, format, expected) in table {
        let transform = Transform {
            quality,
            format_quality,
            ..named(format)
        };
        let steps = steps(&transform, &facts(Format::Jpeg, 200, 100));
        assert_eq!(steps.output.main().quality, expected, "{transform:?}");
    }
}

#[test]
fn a_listed_source_format_passes_through_unless_another_format_is_named() {
    let table = [
        (vec![], vec![], None, false),
        (vec![Format::Jpeg], vec![], None, true),
        (vec![], vec![Format::Jpeg], None, true),
        (vec![Format::Jpeg], vec![], Some(Format::Jpeg), true),
        (vec![Format::Jpeg], vec![], Some(Format::Png), false),
        (vec![Format::Png], vec![Format::Gif], None, false),
    ];
    for (skip_processing, by_settings, format, expected) in table {
        let transform = Transform {
            skip_processing,
            format,
            ..fitted(10, 10)
        };
        let defaults = Defaults {
            skip_processing: by_settings,
            ..defaults()
        };
        let facts = Facts {
            orientation: Orientation::from_exif(6),
            ..facts(Format::Jpeg, 200, 100)
        };
        // A negotiated format does not keep a source from passing.
        let plan = Plan::new(
            &transform,
            &defaults,
            &facts,
            Variant {
                webp: true,
                ..Variant::default()
            },
        )
        .unwrap();
        assert_eq!(plan.is_passthrough(), expected, "{transform:?}");
        if expected {
            assert_eq!(plan.format(), Format::Jpeg);
            assert_eq!((plan.width(), plan.height()), (100, 200));
        }
    }
}

#[test]
fn what_cannot_be_done_is_refused_before_anything_is_decoded() {
    let large = facts(Format::Jpeg, 10_000, 5_001);
    let skipped = Transform {
        skip_processing: vec![Format::Jpeg],
        ..Transform::default()
    };
    let enlarged = Transform {
        enlarge: true,
        resizing_type: ResizingType::Force,
        ..fitted(16_384, 16_384)
    };
    let too_large = Error::SourceTooLarge {
        width: 10_000,
        height: 5_001,
        max_pixels: 50_000_000,
    };
    let undecodable = Error::Undecodable {
        format: Format::Heic,
    };
    let unwritable = Error::Unwritable {
        format: Format::Heic,
    };
    let small = facts(Format::Jpeg, 200, 100);
    let heic = facts(Format::Heic, 200, 100);
    let table = [
        (&Transform::default(), &large, Some(too_large.clone())),
        (&skipped, &large, Some(too_large)),
        (&Transform::default(), &heic, Some(undecodable)),
        (&named(Format::Heic), &small, Some(unwritable)),
        (&enlarged, &small, None),
    ];
    for (transform, facts, expected) in table {
        let found = Plan::new(transform, &defaults(), facts, Variant::default());
        assert_eq!(found.err(), expected, "{transform:?}");
    }
    let unlimited = Defaults {
        max_result_dimension: 0,
        ..defaults()
    };
    let larger = Transform {
        width: 16_385,
        ..enlarged
    };
    let found = Plan::new(&larger, &unlimited, &small, Variant::default());
    assert_eq!(found, Err(Error::ResultTooLarge));
}

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

fn window(left: f64, top: f64, width: f64, height: f64) -> Window {
    Window {
        left,
        top,
        width,
        height,
    }
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

#[test]
fn orientation_is_exif_then_turn_then_flip() {
    let flip = Flip {
        horizontal: true,
        vertical: false,
    };
    let table = [
        (1, Turn::Zero, Flip::default(), Dihedral::Identity),
        (6, Turn::Zero, Flip::default(), Dihedral::QuarterTurn),
        (6, Turn::Quarter, Flip::default(), Dihedral::HalfTurn),
        (6, Turn::ThreeQuarters, Flip::default(), Dihedral::Identity),
        (6, Turn::Zero, flip, Dihedral::Transpose),
        (1, Turn::Quarter, flip, Dihedral::Transpose),
        (2, Turn::Quarter, flip, Dihedral::ThreeQuarterTurn),
        (5, Turn::Half, flip, Dihedral::ThreeQuarterTurn),
    ];
    for (exif, rotate, flip, expected) in table {
        let transform = Transform {
            rotate,
            flip,
            ..Transform::default()
        };
        let facts = Facts {
            orientation: Orientation::from_exif(exif),
            ..facts(Format::Jpeg, 200, 100)
        };
        let found = pass(&transform, &facts).orientation;
        assert_eq!(found, expected, "{exif} {rotate:?} {flip:?}");
    }
}

#[test]
fn exif_is_not_obeyed_where_that_is_switched_off() {
    let transform = Transform {
        auto_rotate: Some(false),
        rotate: Turn::Half,
        ..Transform::default()
    };
    let facts = Facts {
        orientation: Orientation::from_exif(6),
        ..facts(Format::Jpeg, 200, 100)
    };
    let plan = plan(&transform, &facts);
    assert_eq!(
        steps_of(&plan).stages[0].pass.orientation,
        Dihedral::HalfTurn
    );
    assert_eq!((plan.width(), plan.height()), (200, 100));
}

#[test]
fn transparency_is_laid_on_the_asked_colour_or_on_white_where_there_is_no_alpha() {
    let red = Rgb { r: 255, g: 0, b: 0 };
    let table = [
        (None, Format::Png, None),
        (None, Format::WebP, None),
        (None, Format::Jpeg, Some(Rgb::WHITE)),
        (Some(red), Format::Png, Some(red)),
        (Some(red), Format::Jpeg, Some(red)),
    ];
    for (background, format, expected) in table {
        let transform = Transform {
            background,
            ..named(format)
        };
        let found = pass(&transform, &with_alpha(Format::Png)).flatten;
        assert_eq!(
            found.map(|flatten| flatten.background),
            expected,
            "{format:?}"
        );
    }
}

#[test]
fn grey_with_alpha_is_grey_again_over_a_grey_background() {
    let red = Rgb { r: 255, g: 0, b: 0 };
    let table = [
        (ColorType::GreyAlpha, false, None, true),
        (ColorType::GreyAlpha, false, Some(red), false),
        (ColorType::GreyAlpha, true, None, false),
        (ColorType::Rgba, false, None, false),
    ];
    for (color_type, icc, background, expected) in table {
        let facts = Facts {
            color_type,
            icc,
            ..with_alpha(Format::Png)
        };
        let transform = Transform {
            background,
            ..named(Format::Jpeg)
        };
        let found = pass(&transform, &facts).flatten.unwrap().grey;
        assert_eq!(found, expected, "{color_type:?} {background:?}");
    }
}

#[test]
fn a_profile_is_kept_only_where_it_fits_what_is_written() {
    let keeping = |transform: Transform| Transform {
        strip_color_profile: Some(false),
        ..transform
    };
    let red = Some(Rgb { r: 255, g: 0, b: 0 });
    let grey_on_red = Transform {
        background: red,
        ..padded()
    };
    let opaque = |color_type| Facts {
        color_type,
        ..facts(Format::Png, 200, 100)
    };
    let table = [
        (
            Transform::default(),
            opaque(ColorType::Rgb),
            Profile::Convert,
        ),
        (
            keeping(Transform::default()),
            opaque(ColorType::Rgb),
            Profile::Keep,
        ),
        (
            keeping(named(Format::Gif)),
            opaque(ColorType::Rgb),
            Profile::Convert,
        ),
        (
            keeping(Transform::default()),
            opaque(ColorType::Cmyk),
            Profile::ConvertInk,
        ),
        (
            keeping(Transform::default()),
            opaque(ColorType::Ycck),
            Profile::ConvertInk,
        ),
        (
            Transform::default(),
            opaque(ColorType::Cmyk),
            Profile::ConvertInk,
        ),
        // A profile for grey fits grey alone.
        (
            keeping(Transform::default()),
            opaque(ColorType::Grey),
            Profile::Keep,
        ),
        (
            keeping(named(Format::Jpeg)),
            opaque(ColorType::Grey),
            Profile::Keep,
        ),
        (
            keeping(named(Format::WebP)),
            opaque(ColorType::Grey),
            Profile::Convert,
        ),
        (keeping(padded()), opaque(ColorType::Grey), Profile::Convert),
        (
            keeping(on_white(padded())),
            opaque(ColorType::Grey),
            Profile::Keep,
        ),
        (
            keeping(grey_on_red),
            opaque(ColorType::Grey),
            Profile::Convert,
        ),
        (keeping(padded()), opaque(ColorType::Rgb), Profile::Keep),
    ];
    for (transform, facts, expected) in table {
        let found = steps(&transform, &facts).profile;
        assert_eq!(found, expected, "{:?} {transform:?}", facts.color_type);
    }
}

#[test]
fn tags_are_dropped_or_kept_upright() {
    let table = [
        (None, None, None, Tags::KeepCopyright),
        (Some(true), Some(true), None, Tags::KeepCopyright),
        (Some(true), Some(false), None, Tags::Strip),
        (Some(false), None, None, Tags::KeepUpright),
        (Some(false), None, Some(false), Tags::Keep),
    ];
    for (strip_metadata, keep_copyright, auto_rotate, expected) in table {
        let transform = Transform {
            strip_metadata,
            keep_copyright,
            auto_rotate,
            ..Transform::default()
        };
        let found = steps(&transform, &facts(Format::Jpeg, 200, 100)).tags;
        assert_eq!(found, expected, "{strip_metadata:?} {auto_rotate:?}");
    }
}

#[test]
fn the_peak_holds_the_result_and_falls_when_less_is_decoded() {
    let source = facts(Format::Jpeg, 6000, 4000);
    let whole = plan(&Transform::default(), &source).peak_bytes();
    let small = plan(&fitted(750, 0), &source).peak_bytes();
    assert!(whole >= 6000 * 4000 * 3, "{whole}");
    assert!(small < whole, "{small} {whole}");
    let enlarged = Transform {
        enlarge: true,
        ..fitted(8000, 0)
    };
    let grown = plan(&enlarged, &facts(Format::Png, 400, 400)).peak_bytes();
    assert!(grown >= 8000 * 8000 * 3, "{grown}");
}

fn source() -> impl Strategy<Value = Facts> {
    let format = prop::sample::select(vec![Format::Jpeg, Format::Png, Format::WebP, Format::Gif]);
    let orientation = (1..=8u16).prop_map(Orientation::from_exif);
    (format, 1..5_000u32, 1..5_000u32, orientation).prop_map(
        |(format, width, height, orientation)| Facts {
            orientation,
            ..facts(format, width, height)
        },
    )
}

proptest! {
    #[test]
    fn a_plan_keeps_to_its_limits_and_its_steps_fit_into_each_other(
        transform in any_transform(),
        facts in source(),
        max_result_dimension in prop_oneof![Just(0u32), 1..3_000u32],
        format in prop::sample::select(vec![Format::Jpeg, Format::Png, Format::WebP, Format::Gif]),
    ) {
        let transform = Transform { format: Some(format), ..transform };
        let defaults = Defaults { max_result_dimension, ..defaults() };
        if let Ok(plan) = Plan::new(&transform, &defaults, &facts, Variant::default()) {
            let pass = &steps_of(&plan).stages[0].pass;
            let Sampling { decoded, view, window, .. } = pass.sampling;
            let size = pass.result();
            prop_assert_eq!((size.width, size.height), (plan.width(), plan.height()));
            prop_assert!(size.pixels() <= MAX_RESULT_PIXELS);
            prop_assert!(max_result_dimension == 0 || size.longest() <= max_result_dimension);
            prop_assert!(view.left + view.width <= decoded.width);
            prop_assert!(view.top + view.height <= decoded.height);
            prop_assert!(0.0 <= window.left && window.left < f64::from(view.width));
            prop_assert!(0.0 <= window.top && window.top < f64::from(view.height));
            prop_assert!(window.width > 0.0 && window.left + window.width <= f64::from(view.width));
            prop_assert!(window.height > 0.0 && window.top + window.height <= f64::from(view.height));
            let oriented = pass.orientation.size(pass.sampling.size);
            if let Some(Canvas { size, at: Point { x, y } }) = pass.canvas {
                prop_assert!(x + oriented.width <= size.width && y + oriented.height <= size.height);
            }
            prop_assert!(plan.peak_bytes() >= size.pixels());
        }
    }
}
