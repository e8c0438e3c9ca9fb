//! What makes another entry of the cache, and what does not.

use super::*;

#[test]
fn one_ask_has_one_text() {
    for (options, expected) in [
        ("", ""),
        (
            "/rs:fill:300:400:0",
            "resizing_type:fill/width:300/height:400/enlarge:0",
        ),
        (
            "/el:no/h:0400/w:1/width:+300/rt:fill",
            "resizing_type:fill/width:300/height:400/enlarge:0",
        ),
        ("/z:2.50", "zoom:2.5:2.5"),
        ("/dpr:2.0", "dpr:2"),
        ("/g:no", "gravity:no:0:0"),
        ("/g:fp:.5:-0", "gravity:fp:0.5:0"),
        ("/c:100", "crop:100:0"),
        ("/c:0.5:0.5:so:1", "crop:0.5:0.5:so:1:0"),
        ("/ex:1", "extend:1:ce:0:0"),
        ("/exar:1:fp:0:1", "extend_aspect_ratio:1:fp:0:1"),
        ("/pd:1:2", "padding:1:2:1:2"),
        ("/rot:-90", "rotate:270"),
        ("/fl::1", "flip:0:1"),
        ("/bg:FFF", "background:ffffff"),
        ("/bg:1:2:3", "background:010203"),
        ("/bg:", "background:"),
        ("/fq:webp:70:jpg:60", "format_quality:jpeg:60:webp:70"),
        ("/skp:png:jpg", "skip_processing:jpeg:png"),
        (
            "/ar:1/sm:0/scp:t",
            "auto_rotate:1/strip_metadata:0/strip_color_profile:1",
        ),
        ("/mw:1/mh:2", "min-width:1/min-height:2"),
        ("/raw:1", "raw:1"),
        ("/exp:9/fn:x/att:1/q:5", "quality:5"),
        ("/cb:v1/w:5", "width:5/cachebuster:v1"),
        ("/cb:v1/w:5/cb:", "width:5"),
        ("/g:sm", "gravity:sm"),
        ("/t:10", "trim:10:auto:0:0"),
        ("/t:10:F00/t:", "trim:"),
        ("/car:0", "crop_aspect_ratio:0"),
        ("/car:1.50", "crop_aspect_ratio:1.5:0"),
        ("/a:1:2:3", "brightness:1/contrast:2/saturation:3"),
        ("/mc:1", "monochrome:1:b3b3b3"),
        ("/dt:1", "duotone:1:000000:ffffff"),
        ("/bl:1.0/sh:2/pix:3", "blur:1/sharpen:2/pixelate:3"),
        ("/ush::2", "unsharp_masking::2:"),
        ("/col:1:f00", "colorize:1:ff0000:0"),
        ("/gr:1::up", "gradient:1:000000:180:0:1"),
        ("/wm:.5", "watermark:0.5:ce:0:0:"),
        (
            "/wm:1:re:1:2:.5/wms:5",
            "watermark:1:re:1:2:0.5/watermark_size:5:0",
        ),
        ("/wmu:aHR0cDovL2EvYg==", "watermark_url:aHR0cDovL2EvYg"),
        ("/q:auto", "quality:0/autoquality:ssimulacra2::::"),
        ("/jpgo::1", "jpeg_options::1::::"),
        (
            "/pngo:1/webpo::1/avifo:off",
            "png_options:1::/webp_options::1:/avif_options:off",
        ),
        ("/f:png/f:best", "format:best"),
        ("/f:best/f:png", "format:png"),
        (
            "/w:1/q:2/-/q:3/w:4",
            "width:1/quality:2/-/width:4/quality:3",
        ),
        (
            "/ct:b:a/fiu:aHR0cDovL2EvYg/w:1",
            "width:1/fallback_image_url:aHR0cDovL2EvYg/cache_tags:a:b",
        ),
        (
            "/mb:10/pg:1/pgs:2/da:1",
            "max_bytes:10/page:1/pages:2/disable_animation:1",
        ),
    ] {
        assert_eq!(asked(options), expected, "{options}");
    }
}

#[test]
fn limits_of_the_source_make_no_other_entry() {
    let config = || Config {
        allow_security_options: true,
        allow_bypass_cache: true,
        ..unsigned()
    };
    for (options, expected) in [
        ("/msfs:10/bc:1/w:1", "width:1"),
        (
            "/maf:2/mafr:1.5/mrd:100",
            "max_animation_frames:2/max_animation_frame_resolution:1.5/max_result_dimension:100",
        ),
    ] {
        assert_eq!(request(config(), options).asked, expected);
    }
    let request = request(config(), "/msr:1.5/msfs:10/bc:1");
    assert_eq!(request.transform.max_src_pixels, Some(1_500_000));
    assert_eq!(request.answer.max_src_bytes, Some(10));
    assert!(request.answer.bypass_cache);
    let error = parser(unsigned()).parse("/_/msr:1/plain/http://a/b");
    assert!(matches!(error, Err(Error::NotPermitted { .. })));
}

#[test]
fn a_limit_of_pixels_makes_another_entry_because_drawings_fit_into_it() {
    let config = Config {
        allow_security_options: true,
        ..unsigned()
    };
    let asked = request(config, "/msr:1.5/w:1").asked;
    assert_eq!(asked, "width:1/max_src_resolution:1.5");
}

#[test]
fn named_sources_go_the_way_of_the_source() {
    let config = Config {
        base_url: "http://base/".to_owned(),
        url_replacements: vec!["x/*/=http://${1}/".to_owned()],
        ..unsigned()
    };
    let encoded = base64url::encode(b"b.png");
    let target = format!("/_/wmu:{encoded}/fiu:{encoded}/plain/a.jpg");
    let request = parser(config).parse(&target).unwrap();
    assert_eq!(request.source.as_str(), "http://base/a.jpg");
    let named = SourceUrl::parse("http://base/b.png").ok();
    assert_eq!(request.watermark, named);
    assert_eq!(request.answer.fallback, named);
    let bad = base64url::encode(b"http://u@a/");
    for option in ["wmu", "fiu"] {
        let target = format!("/_/{option}:{bad}/plain/{SOURCE}");
        assert!(parser(unsigned()).parse(&target).is_err(), "{option}");
    }
    let other = base64url::encode(b"http://a/c.png");
    let target = format!("/_/wmu:{other}/-/wmu:{other}/plain/{SOURCE}");
    assert!(parser(unsigned()).parse(&target).is_ok());
    let target = format!(
        "/_/wmu:{other}/-/wmu:{}/plain/{SOURCE}",
        base64url::encode(b"http://a/")
    );
    assert!(parser(unsigned()).parse(&target).is_err());
}
