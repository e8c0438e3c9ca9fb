//! Which format and quality come out, and what is passed through or refused.

use super::*;

fn extended() -> Transform {
    Transform {
        extend: Extend {
            enabled: true,
            gravity: Gravity::default(),
        },
        ..Transform::default()
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
        assert_eq!(
            steps.output.main().options.quality,
            expected,
            "{transform:?}"
        );
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
