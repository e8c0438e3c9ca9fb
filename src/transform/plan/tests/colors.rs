//! Transparency, grey, profiles and tags.

use super::*;

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
