//! Options of pixels, of the file and of handling, each with what it refuses.

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

#[test]
fn autoquality_has_a_word_in_quality() {
    let autoquality = |method, target, min, max, error| {
        Choice::Autoquality(Autoquality {
            method,
            target,
            min,
            max,
            error,
        })
    };
    for (path, expected) in [
        (
            "aq:dssim:0.02:70:80:0.002",
            autoquality(
                AutoqualityMethod::Dssim,
                Some(0.02),
                Some(70),
                Some(80),
                Some(0.002),
            ),
        ),
        (
            "aq:none",
            autoquality(AutoqualityMethod::None, None, None, None, None),
        ),
        (
            "aq:ml",
            autoquality(AutoqualityMethod::Ml, None, None, None, None),
        ),
        (
            "aq:size:10000/aq:::60",
            autoquality(
                AutoqualityMethod::Size,
                Some(10_000.0),
                Some(60),
                None,
                None,
            ),
        ),
        (
            "q:auto",
            autoquality(AutoqualityMethod::Ssimulacra2, None, None, None, None),
        ),
    ] {
        assert_eq!(last(path), expected, "{path}");
    }
    assert_eq!(read("q:80/q:auto").unwrap()[1], Choice::Quality(0));
    refuses(&[
        "aq:ssim",
        "aq:size:-1",
        "aq:size:1:0",
        "aq:size:1:1:101",
        "aq:size:1:1:1:1:1",
    ]);
}

#[test]
fn options_of_a_format_keep_what_is_blank() {
    let jpeg = JpegAsk {
        progressive: Some(true),
        quant_table: Some(3),
        ..JpegAsk::default()
    };
    assert_eq!(last("jpgo:1/jpgo::::::3"), Choice::JpegOptions(jpeg));
    let png = PngAsk {
        interlaced: Some(false),
        quantize: Some(true),
        colors: Some(16),
    };
    assert_eq!(last("pngo:0/pngo::1:16"), Choice::PngOptions(png));
    let webp = WebpAsk {
        compression: Some(WebpCompression::NearLossless),
        smart_subsample: Some(true),
        preset: Some(WebpPreset::Photo),
    };
    assert_eq!(
        last("webpo:near_lossless:1:photo"),
        Choice::WebpOptions(webp)
    );
    let avif = |subsample| Choice::AvifOptions(AvifAsk { subsample });
    assert_eq!(last("avifo:off"), avif(Some(AvifSubsample::Off)));
    assert_eq!(last("avifo:"), avif(None));
    refuses(&[
        "jpgo:1:1:1:1:1:9",
        "jpgo:1:1:1:1:1:1:1",
        "pngo:1:1:1",
        "pngo:1:1:257",
        "pngo:1:1:2:1",
        "webpo:best",
        "webpo:lossy:1:cat",
        "webpo:lossy:1:text:1",
        "avifo:444",
        "avifo:on:on",
    ]);
}

#[test]
fn switches_of_files_take_junk_for_no() {
    for (name, choice) in [
        ("kcr", Choice::KeepCopyright as fn(bool) -> Choice),
        ("ph", Choice::PreserveHdr),
        ("eth", Choice::EnforceThumbnail),
        ("da", Choice::DisableAnimation),
    ] {
        assert_eq!(last(&format!("{name}:t")), choice(true));
        assert_eq!(last(&format!("{name}:junk")), choice(false));
        refuses(&[&format!("{name}:1:1")]);
    }
}

#[test]
fn a_checksum_has_the_length_of_its_type() {
    let hashsum = |kind, digest: Vec<u8>| Choice::Hashsum(Some(Hashsum { kind, digest }));
    for (name, kind, bytes) in [
        ("md5", HashKind::Md5, 16),
        ("sha1", HashKind::Sha1, 20),
        ("sha256", HashKind::Sha256, 32),
        ("sha512", HashKind::Sha512, 64),
    ] {
        let path = format!("hs:{name}:{}", "aB".repeat(bytes));
        assert_eq!(last(&path), hashsum(kind, vec![0xab; bytes]));
        refuses(&[
            &format!("hs:{name}:{}", "ab".repeat(bytes + 1)),
            &format!("hs:{name}"),
        ]);
    }
    assert_eq!(last("hs:none"), Choice::Hashsum(None));
    assert_eq!(last("hs:"), Choice::Hashsum(None));
    refuses(&["hs:crc32:00", "hs:md5:xx", "hs:md5:00:00"]);
}

#[test]
fn tags_are_few_short_and_safe() {
    let tags = |tags: &[&str]| Choice::CacheTags(tags.iter().map(|&tag| tag.to_owned()).collect());
    assert_eq!(last("ct:b:a:b"), tags(&["a", "b"]));
    assert_eq!(last("ct:sku-1.2_x"), tags(&["sku-1.2_x"]));
    assert_eq!(last("ct:"), tags(&[]));
    assert_eq!(last("ct:a/ct:b"), tags(&["b"]));
    let many = format!("ct{}", ":a".repeat(17));
    let long = format!("ct:{}", "a".repeat(65));
    refuses(&[
        "ct::a", "ct:a:", "ct:a b", "ct:a,b", "ct:é", "ct:%20", &many, &long,
    ]);
}

#[test]
fn limits_need_leave_outside_of_presets() {
    let strict = rules(":", &["p=msr:10/bc:1"]);
    for path in [
        "msr:10",
        "max_src_file_size:1",
        "maf:2",
        "mafr:1",
        "mrd:100",
        "msr:x",
    ] {
        let error = read_with(&strict, path).unwrap_err();
        assert!(
            matches!(error, Error::NotPermitted { .. }),
            "{path}: {error}"
        );
    }
    let error = read_with(&strict, "bc:1").unwrap_err();
    assert!(matches!(error, Error::Malformed { .. }), "{error}");
    assert!(read_with(&strict, "pr:p").is_ok());
    let rules = Rules {
        permits: EVERYTHING,
        ..rules(":", &[])
    };
    for (path, expected) in [
        ("msr:0.5", Choice::MaxSrcPixels(500_000)),
        ("msr:0", Choice::MaxSrcPixels(0)),
        ("msfs:1000", Choice::MaxSrcBytes(1000)),
        ("maf:100", Choice::MaxAnimationFrames(100)),
        ("mafr:1.234567", Choice::MaxAnimationFramePixels(1_234_567)),
        ("mrd:4096", Choice::MaxResultDimension(4096)),
        ("bc:1", Choice::BypassCache(true)),
    ] {
        assert_eq!(read_with(&rules, path).unwrap(), [expected], "{path}");
    }
    for path in [
        "msr:-1",
        "msr:10001",
        "msfs:-1",
        "maf:0",
        "mafr:x",
        "mrd:65536",
    ] {
        let error = read_with(&rules, path).unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{path}: {error}");
    }
}

#[test]
fn pipelines_are_counted_and_each_begins_anew() {
    let padding = |px| {
        Choice::Padding(Padding {
            top: px,
            right: px,
            bottom: px,
            left: px,
        })
    };
    assert_eq!(
        read("pd:5/-/pd:").unwrap(),
        [padding(5), Choice::NextPipeline, padding(0)]
    );
    assert_eq!(
        read("fq:png:5/-/fq:jpg:6").unwrap()[2],
        Choice::FormatQuality(vec![(Format::Jpeg, 6), (Format::Png, 5)])
    );
    assert!(read("w:1/-/w:2/-/w:3").is_ok());
    refuses(&["w:1/-/w:2/-/w:3/-/w:4", "-/-/-"]);
    let rules = rules(":", &["twice=w:1/-/w:2", "thrice=pr:twice/-/w:3"]);
    assert!(read_with(&rules, "pr:thrice").is_ok());
    assert!(read_with(&rules, "pr:thrice/-/w:4").is_err());
}
