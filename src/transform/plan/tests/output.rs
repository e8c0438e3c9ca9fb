//! Formats, qualities and what is said beside the pixels.

use super::*;
use crate::image::Depth;
use crate::image::encode::{AvifSubsample, JpegOptions, PngOptions, WebpCompression, WebpOptions};
use crate::transform::ask::{Autoquality, AutoqualityMethod, PngAsk};

fn with_variant(transform: &Transform, defaults: &Defaults, variant: Variant) -> Plan {
    let facts = facts(Format::Jpeg, 200, 100);
    Plan::new(transform, defaults, &facts, variant).unwrap()
}

fn formats(plan: &Plan) -> Vec<Format> {
    let encodings = steps_of(plan).output.ways().map(|way| &way.options);
    encodings.map(|options| options.format).collect()
}

fn trying() -> Transform {
    Transform {
        best_format: true,
        ..Transform::default()
    }
}

const WEBP: Variant = Variant {
    webp: true,
    avif: false,
    dpr_tenths: None,
    width: None,
    save_data: false,
};

#[test]
fn hints_are_the_width_and_the_ratio_of_the_first_pipeline() {
    let hinted = Variant {
        width: Some(50),
        dpr_tenths: Some(20),
        ..Variant::default()
    };
    let plan = with_variant(&Transform::default(), &defaults(), hinted);
    assert_eq!((plan.width(), plan.height()), (100, 50));
    let chained = Transform {
        pipelines: vec![padded()],
        ..Transform::default()
    };
    let plan = with_variant(&chained, &defaults(), hinted);
    assert_eq!((plan.width(), plan.height()), (100, 51));
}

#[test]
fn a_client_that_saves_bytes_gets_less_of_the_settings_quality_and_all_of_the_url_s() {
    let saving = Variant {
        save_data: true,
        ..Variant::default()
    };
    let table = [
        (Transform::default(), 60),
        (named(Format::WebP), 59),
        (
            Transform {
                quality: Some(80),
                ..Transform::default()
            },
            80,
        ),
        (
            Transform {
                format_quality: vec![(Format::Jpeg, 70)],
                ..Transform::default()
            },
            70,
        ),
    ];
    for (transform, expected) in table {
        let plan = with_variant(&transform, &defaults(), saving);
        let found = steps_of(&plan).output.main().options.quality;
        assert_eq!(found, expected, "{transform:?}");
    }
}

#[test]
fn formats_are_tried_where_that_is_wanted_and_those_that_the_client_takes() {
    let best = Defaults {
        best_format: true,
        ..defaults()
    };
    let small = Defaults {
        best_format_max_pixels: 19_999,
        ..defaults()
    };
    let both = vec![Format::Jpeg, Format::Png];
    let with_webp = vec![Format::Jpeg, Format::Png, Format::WebP];
    let table = [
        (trying(), defaults(), Variant::default(), both.clone()),
        (trying(), defaults(), WEBP, with_webp.clone()),
        (Transform::default(), best.clone(), WEBP, with_webp),
        (named(Format::Png), best, WEBP, vec![Format::Png]),
        // Too many pixels for a trial: chosen as ever.
        (trying(), small.clone(), WEBP, vec![Format::WebP]),
        (
            Transform {
                width: 199,
                ..trying()
            },
            small,
            Variant::default(),
            both,
        ),
    ];
    for (transform, defaults, variant, expected) in table {
        let plan = with_variant(&transform, &defaults, variant);
        assert_eq!(formats(&plan), expected, "{transform:?}");
    }
}

#[test]
fn a_trial_keeps_transparency_until_it_is_known_which_format_holds_it() {
    let plan = plan(&trying(), &with_alpha(Format::Png));
    assert_eq!(steps_of(&plan).stages[0].pass.flatten, None);
    assert_eq!(steps_of(&plan).output.selection, Selection::Smallest);
}

#[test]
fn a_negotiated_format_that_is_enforced_goes_before_the_url_s() {
    let enforcing = Defaults {
        enforced: vec![Format::WebP],
        ..defaults()
    };
    let both = Variant { avif: true, ..WEBP };
    let plan = with_variant(&named(Format::Png), &enforcing, both);
    assert_eq!(plan.format(), Format::WebP);
}

#[test]
fn options_of_a_format_are_the_url_s_over_the_settings() {
    let settings = Defaults {
        jpeg: JpegOptions {
            progressive: true,
            quant_table: 3,
            ..JpegOptions::default()
        },
        ..defaults()
    };
    let transform = Transform {
        jpeg: JpegAsk {
            trellis_quant: Some(true),
            quant_table: Some(2),
            ..JpegAsk::default()
        },
        png: PngAsk {
            quantize: Some(true),
            colors: Some(16),
            ..PngAsk::default()
        },
        webp: WebpAsk {
            compression: Some(WebpCompression::Lossless),
            ..WebpAsk::default()
        },
        avif: AvifAsk {
            subsample: Some(AvifSubsample::Off),
        },
        ..Transform::default()
    };
    let plan = with_variant(&transform, &settings, Variant::default());
    let found = &steps_of(&plan).output.main().options;
    let jpeg = JpegOptions {
        progressive: true,
        trellis_quant: true,
        quant_table: 2,
        ..JpegOptions::default()
    };
    let png = PngOptions {
        quantize: true,
        colors: 16,
    };
    assert_eq!((found.jpeg, found.png), (jpeg, png));
    assert_eq!(found.webp.compression, WebpCompression::Lossless);
    assert_eq!(found.avif.subsample, AvifSubsample::Off);
}

#[test]
fn the_resolution_is_the_url_s_or_where_metadata_is_dropped_the_settings() {
    let table = [
        (None, None, 72.0, Some(72.0)),
        (None, Some(false), 72.0, None),
        (None, None, 0.0, None),
        (Some(300.0), None, 72.0, Some(300.0)),
        (Some(300.0), Some(false), 72.0, Some(300.0)),
    ];
    for (dpi, strip_metadata, strip_metadata_dpi, expected) in table {
        let transform = Transform {
            dpi,
            strip_metadata,
            ..Transform::default()
        };
        let settings = Defaults {
            strip_metadata_dpi,
            ..defaults()
        };
        let plan = with_variant(&transform, &settings, Variant::default());
        let found = steps_of(&plan).output.main().options.dpi;
        assert_eq!(found, expected, "{dpi:?} {strip_metadata:?}");
    }
}

#[test]
fn deep_samples_stay_where_everything_on_the_way_carries_them() {
    let deep = Facts {
        bit_depth: 16,
        ..facts(Format::Png, 200, 100)
    };
    let keeping = |transform: Transform| Transform {
        preserve_hdr: Some(true),
        ..transform
    };
    let blurred = Transform {
        blur: 1.0,
        ..Transform::default()
    };
    let quantized = Transform {
        png: PngAsk {
            quantize: Some(true),
            ..PngAsk::default()
        },
        ..Transform::default()
    };
    let table = [
        (keeping(Transform::default()), &deep, Depth::Sixteen),
        (keeping(fitted(20, 0)), &deep, Depth::Sixteen),
        (keeping(named(Format::Tiff)), &deep, Depth::Sixteen),
        (Transform::default(), &deep, Depth::Eight),
        (keeping(named(Format::Jpeg)), &deep, Depth::Eight),
        (keeping(blurred), &deep, Depth::Eight),
        (keeping(quantized), &deep, Depth::Eight),
        (keeping(trying()), &deep, Depth::Eight),
        (
            keeping(Transform::default()),
            &facts(Format::Png, 200, 100),
            Depth::Eight,
        ),
    ];
    for (transform, facts, expected) in table {
        let steps = steps(&transform, facts);
        let read = (steps.depth, steps.how.deep);
        assert_eq!(
            read,
            (expected, expected == Depth::Sixteen),
            "{transform:?}"
        );
    }
}

#[test]
fn wide_colours_are_read_deep_and_rounded_when_they_are_srgb() {
    let source = |format, bit_depth, icc| Facts {
        bit_depth,
        icc,
        ..facts(format, 200, 100)
    };
    let kept = Transform {
        strip_color_profile: Some(false),
        ..Transform::default()
    };
    let plain = Transform::default();
    let table = [
        (&plain, source(Format::Png, 16, true), true),
        (&plain, source(Format::Png, 16, false), false),
        (&plain, source(Format::Png, 8, true), false),
        (&plain, source(Format::Tiff, 16, true), true),
        // What their numbers say is found when they are read.
        (&plain, source(Format::Avif, 10, false), true),
        (&plain, source(Format::Jxl, 12, false), true),
        (&kept, source(Format::Png, 16, true), false),
    ];
    for (transform, facts, expected) in table {
        let steps = steps(transform, &facts);
        let read = (steps.how.deep, steps.depth);
        assert_eq!(read, (expected, Depth::Eight), "{facts:?}");
    }
}

fn refined(transform: &Transform, defaults: &Defaults) -> Option<Plan> {
    let facts = facts(Format::Jpeg, 200, 100);
    let plan = Plan::new(transform, defaults, &facts, Variant::default()).unwrap();
    plan.refined()
}

#[test]
fn where_quality_is_said_only_effort_rises() {
    let options = |format| {
        let named = Transform {
            quality: Some(50),
            ..named(format)
        };
        let plan = refined(&named, &defaults()).unwrap();
        let options = steps_of(&plan).output.main().options.clone();
        assert_eq!(options.quality, 50);
        (
            options.jpeg.trellis_quant,
            options.webp.effort,
            options.avif.speed,
        )
    };
    let usual = (false, defaults().webp.effort, defaults().avif.speed);
    assert_eq!(options(Format::Jpeg), (true, usual.1, usual.2));
    assert_eq!(options(Format::WebP), (false, 6, usual.2));
    assert_eq!(options(Format::Avif), (false, usual.1, usual.2 - 2));
}

#[test]
fn what_is_switched_off_by_name_stays_off_where_nobody_waits() {
    let jpeg = |transform: &Transform, defaults: &Defaults| {
        refined(transform, defaults).map(|plan| steps_of(&plan).output.main().options.jpeg)
    };
    let all = JpegOptions {
        progressive: true,
        trellis_quant: true,
        overshoot_deringing: true,
        optimize_scans: true,
        ..JpegOptions::default()
    };
    assert_eq!(jpeg(&Transform::default(), &defaults()), Some(all));
    let mut plain = Transform::default();
    plain.jpeg.overshoot_deringing = Some(false);
    let without = JpegOptions {
        trellis_quant: false,
        overshoot_deringing: false,
        ..all
    };
    assert_eq!(jpeg(&plain, &defaults()), Some(without));
    plain.autoquality = Some(Autoquality {
        method: AutoqualityMethod::Ssimulacra2,
        target: None,
        min: None,
        max: None,
        error: None,
    });
    assert_eq!(jpeg(&plain, &defaults()), Some(without), "searched");
    let spared = Spared {
        progressive: true,
        trellis: true,
        scans: true,
    };
    let sparing = Defaults {
        jpeg_spared: spared,
        ..defaults()
    };
    assert_eq!(jpeg(&Transform::default(), &sparing), None);
    let mut asking = Transform::default();
    asking.jpeg.progressive = Some(true);
    assert_eq!(jpeg(&asking, &sparing), None);
}

#[test]
fn a_png_is_coded_better_without_a_loss_and_within_memory_for_it() {
    let facts = facts(Format::Png, 300, 200);
    let (transform, variant) = (named(Format::Png), Variant::default());
    let fast = Plan::new(&transform, &defaults(), &facts, variant).unwrap();
    let plan = fast.refined().unwrap();
    assert_eq!(plan.target(), Some(100.0));
    // The best coding was measured at 182 bytes for each byte of samples.
    assert!(plan.peak_bytes() > 300 * 200 * 3 * 182);
    assert!(plan.peak_bytes() > fast.peak_bytes());
}

#[test]
fn formats_that_no_work_makes_smaller_are_not_refined() {
    let mut reduced = named(Format::Png);
    reduced.png.quantize = Some(true);
    let others = [Format::Tiff, Format::Bmp, Format::Ico, Format::Gif].map(named);
    for transform in others.iter().chain([&reduced]) {
        assert_eq!(refined(transform, &defaults()), None, "{transform:?}");
    }
    let slowest = Defaults {
        webp: WebpOptions {
            effort: 6,
            ..defaults().webp
        },
        ..defaults()
    };
    assert_eq!(refined(&named(Format::WebP), &slowest), None);
}
