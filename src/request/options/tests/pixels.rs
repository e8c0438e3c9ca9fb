//! Options of pixels and of the watermark, each with what it refuses.

use super::*;

const RED: Rgb = Rgb { r: 255, g: 0, b: 0 };
const BLACK: Rgb = Rgb { r: 0, g: 0, b: 0 };

#[test]
fn trim_is_off_without_a_threshold() {
    let trim = |threshold, color, equal_horizontally, equal_vertically| {
        Choice::Trim(Some(Trim {
            threshold,
            color,
            equal_horizontally,
            equal_vertically,
        }))
    };
    for (path, expected) in [
        ("t:10", trim(10.0, None, false, false)),
        ("t:0", trim(0.0, None, false, false)),
        ("t:2.5:f00:1:1", trim(2.5, Some(RED), true, true)),
        ("t:10:auto::1", trim(10.0, None, false, true)),
        ("t:", Choice::Trim(None)),
        ("t::f00:1:1", Choice::Trim(None)),
        ("t:10:f00:1/t:20", trim(20.0, Some(RED), true, false)),
        ("t:10:f00:1/t:20:auto:0", trim(20.0, None, false, false)),
        ("t:10:f00:1/t:/t:20", trim(20.0, None, false, false)),
    ] {
        assert_eq!(last(path), expected, "{path}");
    }
    refuses(&["t:x", "t:-1", "t:256", "t:10:red", "t:1:fff:0:0:0", "t:inf"]);
}

#[test]
fn crop_aspect_ratio_is_off_at_zero() {
    let ratio = |ratio, enlarge| Choice::CropAspectRatio(Some(CropAspectRatio { ratio, enlarge }));
    for (path, expected) in [
        ("car:1.5", ratio(1.5, false)),
        ("car:1.5:1", ratio(1.5, true)),
        ("car:2:1/car::0", ratio(2.0, false)),
        ("car:2:1/car:3", ratio(3.0, true)),
        ("car:0", Choice::CropAspectRatio(None)),
        ("car:", Choice::CropAspectRatio(None)),
        ("car:2:1/car:0/car:3", ratio(3.0, false)),
    ] {
        assert_eq!(last(path), expected, "{path}");
    }
    refuses(&["car:-1", "car:0.00001", "car:1001", "car:x", "car:1:1:1"]);
}

#[test]
fn kernels_have_exact_names() {
    for (name, kernel) in [
        ("nearest", Kernel::Nearest),
        ("linear", Kernel::Linear),
        ("cubic", Kernel::Cubic),
        ("lanczos2", Kernel::Lanczos2),
        ("lanczos3", Kernel::Lanczos3),
    ] {
        assert_eq!(
            last(&format!("ra:{name}")),
            Choice::ResizingAlgorithm(kernel)
        );
    }
    refuses(&["ra:", "ra:Cubic", "ra:lanczos", "ra:cubic:1"]);
}

#[test]
fn one_number_is_bounded() {
    for (path, expected) in [
        ("br:-255", Choice::Brightness(-255)),
        ("br:+255", Choice::Brightness(255)),
        ("co:0.5", Choice::Contrast(0.5)),
        ("sa:2", Choice::Saturation(2.0)),
        ("bl:0", Choice::Blur(0.0)),
        ("bl:1000", Choice::Blur(1000.0)),
        ("sh:0.7", Choice::Sharpen(0.7)),
        ("pix:0", Choice::Pixelate(0)),
        ("pix:16", Choice::Pixelate(16)),
        ("bga:0.25", Choice::BackgroundAlpha(0.25)),
        ("mb:0", Choice::MaxBytes(0)),
        ("mb:9223372036854775807", Choice::MaxBytes(i64::MAX as u64)),
        ("dpi:0", Choice::Dpi(0.0)),
        ("dpi:299.5", Choice::Dpi(299.5)),
        ("pg:0", Choice::Page(0)),
        ("pg:7", Choice::Page(7)),
        ("pgs:1", Choice::Pages(1)),
    ] {
        assert_eq!(last(path), expected, "{path}");
    }
    refuses(&[
        "br:",
        "br:256",
        "br:1.5",
        "co:0",
        "co:-1",
        "co:1001",
        "sa:0",
        "sa:NaN",
        "bl:-1",
        "bl:1000.1",
        "bl:",
        "sh:-0.1",
        "sh:inf",
        "pix:-1",
        "pix:1.5",
        "bga:1.1",
        "bga:-0.1",
        "mb:-1",
        "mb:1.5",
        "mb:9223372036854775808",
        "dpi:-1",
        "dpi:65536",
        "pg:-1",
        "pgs:0",
        "pgs:-1",
        "bl:1:1",
        "br:1:1",
    ]);
}

#[test]
fn adjust_keeps_what_is_blank() {
    assert_eq!(
        read("a:10:1.5:0.5").unwrap(),
        [
            Choice::Brightness(10),
            Choice::Contrast(1.5),
            Choice::Saturation(0.5)
        ]
    );
    assert_eq!(read("adjust::2").unwrap(), [Choice::Contrast(2.0)]);
    assert_eq!(read("a:").unwrap(), []);
    refuses(&["a:1:0", "a:1:1:1:1", "a:x"]);
}

#[test]
fn tints_keep_blank_colors() {
    let monochrome = |intensity, color| Choice::Monochrome(Monochrome { intensity, color });
    let duotone = |intensity, shadows, highlights| {
        Choice::Duotone(Duotone {
            intensity,
            shadows,
            highlights,
        })
    };
    let grey = Rgb {
        r: 0xb3,
        g: 0xb3,
        b: 0xb3,
    };
    let white = Rgb {
        r: 255,
        g: 255,
        b: 255,
    };
    for (path, expected) in [
        ("mc:1", monochrome(1.0, grey)),
        ("mc:0.5:f00", monochrome(0.5, RED)),
        ("mc:1:f00/mc:0.5", monochrome(0.5, RED)),
        ("mc:1:f00/-/mc:0.5", monochrome(0.5, grey)),
        ("dt:1", duotone(1.0, BLACK, white)),
        ("dt:1::f00", duotone(1.0, BLACK, RED)),
        ("dt:0.5:f00/dt:1::000", duotone(1.0, RED, BLACK)),
    ] {
        assert_eq!(last(path), expected, "{path}");
    }
    refuses(&[
        "mc:",
        "mc:1.1",
        "mc:1:red",
        "mc:1:f00:f00",
        "dt:",
        "dt:2",
        "dt:1:fff:fff:fff",
    ]);
}

#[test]
fn overlays_keep_what_is_blank() {
    let colorize = |opacity, color, keep_alpha| {
        Choice::Colorize(Colorize {
            opacity,
            color,
            keep_alpha,
        })
    };
    for (path, expected) in [
        ("col:0.5", colorize(0.5, BLACK, false)),
        ("col:0.5:f00:1", colorize(0.5, RED, true)),
        ("col:0.5:f00:1/col:1", colorize(1.0, RED, true)),
        ("col:0.5:f00:1/col:1::0", colorize(1.0, RED, false)),
    ] {
        assert_eq!(last(path), expected, "{path}");
    }
    let gradient = |opacity, direction, start, stop| {
        Choice::Gradient(Gradient {
            opacity,
            color: BLACK,
            direction,
            start,
            stop,
        })
    };
    for (path, expected) in [
        ("gr:1", gradient(1.0, 0.0, 0.0, 1.0)),
        ("gr:1::down", gradient(1.0, 0.0, 0.0, 1.0)),
        ("gr:1::left", gradient(1.0, 90.0, 0.0, 1.0)),
        ("gr:1::up", gradient(1.0, 180.0, 0.0, 1.0)),
        ("gr:1::right:0.2:0.8", gradient(1.0, 270.0, 0.2, 0.8)),
        ("gr:1::45.5", gradient(1.0, 45.5, 0.0, 1.0)),
        ("gr:1::-90", gradient(1.0, 270.0, 0.0, 1.0)),
        ("gr:1::360", gradient(1.0, 0.0, 0.0, 1.0)),
        ("gr:1::up/gr:0.5:::0.5", gradient(0.5, 180.0, 0.5, 1.0)),
    ] {
        assert_eq!(last(path), expected, "{path}");
    }
    refuses(&[
        "col:",
        "col:2",
        "gr:",
        "gr:1::north",
        "gr:1::361",
        "gr:1:::2",
        "gr:1:::0:0:0",
    ]);
}

#[test]
fn unsharp_masking_says_only_what_it_says() {
    let unsharp = |mode, weight, divider| {
        Choice::UnsharpMasking(UnsharpAsk {
            mode,
            weight,
            divider,
        })
    };
    for (path, expected) in [
        ("ush:auto", unsharp(Some(UnsharpMode::Auto), None, None)),
        (
            "ush:none:1:24",
            unsharp(Some(UnsharpMode::None), Some(1.0), Some(24.0)),
        ),
        ("ush::2", unsharp(None, Some(2.0), None)),
        (
            "ush:always/ush:::9",
            unsharp(Some(UnsharpMode::Always), None, Some(9.0)),
        ),
    ] {
        assert_eq!(last(path), expected, "{path}");
    }
    refuses(&["ush:on", "ush:auto:0", "ush:auto:1:0", "ush:auto:1:24:1"]);
}

#[test]
fn a_watermark_keeps_what_is_blank_and_has_no_scale_of_zero() {
    let watermark = |opacity, position, x, y, scale| {
        Choice::Watermark(Watermark {
            opacity,
            position,
            x,
            y,
            scale,
        })
    };
    let at = WatermarkPosition::At;
    for (path, expected) in [
        ("wm:0.5", watermark(0.5, at(Compass::Center), 0.0, 0.0, 0.0)),
        (
            "wm:1:soea:-10:0.5:0.2",
            watermark(1.0, at(Compass::SouthEast), -10.0, 0.5, 0.2),
        ),
        (
            "wm:1:re:5:5",
            watermark(1.0, WatermarkPosition::Replicated, 5.0, 5.0, 0.0),
        ),
        (
            "wm:1:ch::",
            watermark(1.0, WatermarkPosition::Chessboard, 0.0, 0.0, 0.0),
        ),
        ("wm:0", watermark(0.0, at(Compass::Center), 0.0, 0.0, 0.0)),
        (
            "wm:1:no:1:2:0.5/wm:0.5",
            watermark(0.5, at(Compass::North), 1.0, 2.0, 0.5),
        ),
        (
            "wm:1::::",
            watermark(1.0, at(Compass::Center), 0.0, 0.0, 0.0),
        ),
    ] {
        assert_eq!(last(path), expected, "{path}");
    }
    refuses(&[
        "wm:",
        "wm:1:::::",
        "wm:1.5",
        "wm:1:sm",
        "wm:1:ce:x",
        "wm:1:ce:0:0:0",
        "wm:1:ce:0:0:-1",
    ]);
    assert_eq!(
        last("wms:100/wms::50"),
        Choice::WatermarkSize {
            width: 100,
            height: 50
        }
    );
    refuses(&["wms:-1", "wms:1:2:3"]);
}

#[test]
fn texts_of_the_watermark_and_urls_are_in_base64() {
    let url = "aHR0cDovL2EvYg";
    let plain = "http://a/b".to_owned();
    assert_eq!(
        last(&format!("wmu:{url}")),
        Choice::WatermarkUrl(plain.clone())
    );
    assert_eq!(
        last(&format!("wmu:{url}==")),
        Choice::WatermarkUrl(plain.clone())
    );
    assert_eq!(last(&format!("fiu:{url}")), Choice::FallbackImageUrl(plain));
    assert_eq!(last("wmt:w6kKOg"), Choice::WatermarkText("é\n:".to_owned()));
    for name in ["wmu", "wmt", "fiu"] {
        assert!(read(&format!("{name}:")).is_ok(), "{name}");
        refuses(&[
            &format!("{name}:!"),
            &format!("{name}:_w"),
            &format!("{name}:YQ:YQ"),
        ]);
    }
    refuses(&["wmt:AA", "wmt:DQ"]);
}
