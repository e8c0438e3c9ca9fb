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

mod colors;
mod formats;
mod larger;
mod marks;
mod output;
mod passes;
mod reading;
mod recipes;
mod scaling;

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

fn chained(first: Transform, rest: impl IntoIterator<Item = Transform>) -> Transform {
    Transform {
        pipelines: rest.into_iter().collect(),
        ..first
    }
}

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

fn on_white(transform: Transform) -> Transform {
    Transform {
        background: Some(Rgb::WHITE),
        ..transform
    }
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
