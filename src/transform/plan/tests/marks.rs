//! Marks on a picture.

use super::*;

fn marked() -> Transform {
    Transform {
        watermark: Some(WATERMARK),
        ..Transform::default()
    }
}

#[test]
fn a_mark_is_needed_where_one_is_asked_for_and_there_is_one() {
    let url = || Some("http://a/b.png".to_owned());
    let configured = Some([7; 32]);
    let named = Some(MarkSource::Url("http://a/b.png".to_owned()));
    let with_url = Transform {
        watermark_url: url(),
        ..marked()
    };
    let with_text = Transform {
        watermark_text: Some("<b>a</b>".to_owned()),
        ..marked()
    };
    let only_url = Transform {
        watermark_url: url(),
        ..Transform::default()
    };
    let second = chained(Transform::default(), [with_url.clone()]);
    let table = [
        (marked(), None, None),
        (marked(), configured, Some(MarkSource::Configured)),
        (with_url, configured, named.clone()),
        (with_text, configured, None),
        (only_url, configured, None),
        (second, None, named),
    ];
    for (transform, watermark_digest, expected) in table {
        let defaults = Defaults {
            watermark_digest,
            ..defaults()
        };
        let facts = facts(Format::Png, 200, 100);
        let plan = Plan::new(&transform, &defaults, &facts, Variant::default()).unwrap();
        assert_eq!(plan.mark(), expected.as_ref(), "{transform:?}");
        assert_eq!(plan.needs_mark(), expected.is_some());
    }
}

#[test]
fn a_mark_is_fitted_by_its_scale_or_else_its_size_or_else_left_as_it_is() {
    let scaled = |scale| Transform {
        watermark: Some(Watermark { scale, ..WATERMARK }),
        ..marked()
    };
    let sized = |width, height| Transform {
        watermark_size: Some((width, height)),
        dpr: 2.0,
        ..scaled(0.0)
    };
    let both = Transform {
        watermark_size: Some((1, 1)),
        ..scaled(0.5)
    };
    let table = [
        (scaled(0.0), (40, 40)),
        (scaled(0.5), (100, 100)),
        (scaled(0.1), (20, 20)),
        (sized(30, 0), (60, 60)),
        (sized(30, 10), (20, 20)),
        (both, (100, 100)),
    ];
    for (transform, expected) in table {
        let transform = Transform {
            enlarge: true,
            watermark_url: Some("a".to_owned()),
            ..transform
        };
        let pass = pass(&transform, &facts(Format::Png, 400, 200));
        let own = Size {
            width: 40,
            height: 40,
        };
        let under = Size {
            width: 400,
            height: 200,
        };
        let size = pass.mark.unwrap().fitted(own, under).unwrap();
        assert_eq!((size.width, size.height), expected, "{transform:?}");
    }
}

#[test]
fn a_mark_s_memory_is_counted_and_its_size_bounded() {
    let transform = Transform {
        watermark_url: Some("a".to_owned()),
        ..marked()
    };
    let plan = plan(&transform, &facts(Format::Png, 200, 100));
    let before = plan.peak_bytes();
    let mark = facts(Format::Png, 1_000, 1_000);
    let with_mark = plan.clone().with_mark(&mark).unwrap();
    assert!(with_mark.peak_bytes() >= before + 4_000_000);
    let large = facts(Format::Png, 10_000, 5_001);
    let refused = Error::SourceTooLarge {
        width: 10_000,
        height: 5_001,
        max_pixels: 50_000_000,
    };
    assert_eq!(plan.with_mark(&large), Err(refused));
}
