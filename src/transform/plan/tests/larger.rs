//! The larger picture that is measured in place of a small one.

use super::*;
use crate::transform::ask::{Autoquality, AutoqualityMethod};

/// What is looked for by how it looks.
fn measured(transform: Transform) -> Transform {
    let autoquality = Autoquality {
        method: AutoqualityMethod::Ssimulacra2,
        target: None,
        min: None,
        max: None,
        error: None,
    };
    Transform {
        format: Some(Format::Jpeg),
        autoquality: Some(autoquality),
        ..transform
    }
}

fn larger(transform: &Transform, facts: &Facts) -> Option<Size> {
    let refined = plan(transform, facts).refined()?;
    refined.larger().map(Steps::result)
}

#[test]
fn a_small_picture_has_a_larger_one_of_the_same_shape_where_its_source_has_the_pixels() {
    let square = |side| Transform {
        resizing_type: ResizingType::Fill,
        ..fitted(side, side)
    };
    let size = |width, height| Some(Size { width, height });
    let photo = facts(Format::Jpeg, 2000, 1000);
    let rows = [
        (square(64), photo.clone(), size(256, 256)),
        (fitted(100, 100), photo.clone(), size(512, 256)),
        // As far as the pixels go.
        (square(64), facts(Format::Jpeg, 400, 200), size(200, 200)),
        (square(64), facts(Format::Jpeg, 200, 100), None),
        (square(128), photo.clone(), None),
        (fitted(9000, 2), facts(Format::Jpeg, 60_000, 9), None),
    ];
    for (transform, facts, expected) in rows {
        let found = larger(&measured(transform.clone()), &facts);
        assert_eq!(found, expected, "{transform:?}");
    }
}

#[test]
fn there_is_none_while_somebody_waits_or_where_nothing_is_measured() {
    let photo = facts(Format::Jpeg, 2000, 1000);
    let fast = plan(&measured(fitted(64, 64)), &photo);
    assert!(fast.larger().is_none());
    let refined = fast.refined().unwrap();
    assert!(refined.larger().is_some() && refined.peak_bytes() > fast.peak_bytes());
    let said = Transform {
        quality: Some(50),
        ..measured(fitted(64, 64))
    };
    assert_eq!(larger(&said, &photo), None);
}

#[test]
fn it_is_the_picture_alone_and_all_of_it() {
    let framed = Transform {
        padding: Padding {
            top: 10,
            right: 10,
            bottom: 10,
            left: 10,
        },
        watermark: Some(WATERMARK),
        ..measured(fitted(64, 64))
    };
    let refined = plan(&framed, &facts(Format::Jpeg, 2000, 2000)).refined();
    let steps = refined.as_ref().and_then(Plan::larger).unwrap();
    let pass = &steps.stages[0].pass;
    assert_eq!(pass.mark, None);
    let inner = pass.sampling.size;
    let sides = (steps.result().width, inner.width);
    assert!((250..=260).contains(&sides.0), "{sides:?}");
    assert!(sides.1 < sides.0 - 40, "{sides:?}");
}
