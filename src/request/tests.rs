use super::*;
use crate::identify::Format;
use crate::transform::ask::{HashKind, ResizingType};
use crate::transform::info::{AlphaAsk, AverageAsk, ExifAsk, InfoAsk};
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

const SOURCE: &str = "http://images.example/lorem/ipsum.jpg";

fn unsigned() -> Config {
    Config {
        allow_unsigned: true,
        ..Config::default()
    }
}

fn signed() -> Config {
    Config {
        keys: vec![KeyPair {
            key: b"secret".to_vec(),
            salt: b"hello".to_vec(),
        }],
        ..Config::default()
    }
}

fn parser(config: Config) -> Parser {
    Parser::try_new(config).unwrap()
}

fn with_presets(presets: &[&str]) -> Config {
    Config {
        presets: presets.iter().map(|&text| text.to_owned()).collect(),
        ..unsigned()
    }
}

/// The request for options, in front of [`SOURCE`] in plain text.
fn request(config: Config, options: &str) -> Request {
    let target = format!("/_{options}/plain/{SOURCE}");
    let outcome = parser(config).parse(&target);
    outcome.unwrap_or_else(|error| panic!("{target}: {error}"))
}

fn asked(options: &str) -> String {
    request(unsigned(), options).asked
}

fn settings(config: Config) -> Vec<&'static str> {
    let faults = Parser::try_new(config).unwrap_err();
    faults.iter().map(|fault| fault.setting).collect()
}

#[test]
fn the_query_is_neither_signed_nor_kept() {
    let parser = parser(signed());
    let path = "/lgW1G1DUj_8ro6bOc_Yx-gygeaSjjo1LugX8n8nyWgI/w:100/plain/http://example.com/a.jpg";
    for query in ["", "?", "?x=1", "?/plain/x", "?a?b"] {
        let request = parser.parse(&format!("{path}{query}")).unwrap();
        assert_eq!(request.source.as_str(), "http://example.com/a.jpg");
        assert_eq!(request.transform.width, 100);
    }
}

#[test]
fn a_signature_holds_for_the_path_as_a_proxy_leaves_it() {
    let parser = parser(signed());
    let signature = "lgW1G1DUj_8ro6bOc_Yx-gygeaSjjo1LugX8n8nyWgI";
    for path in [
        "/w:100/plain/http:/example.com/a.jpg",
        "/w%3A100/plain/http://example.com/a.jpg",
        "//w:100/plain/http://example.com/a.jpg",
    ] {
        let request = parser.parse(&format!("/{signature}{path}")).unwrap();
        assert_eq!(request.source.as_str(), "http://example.com/a.jpg");
    }
    for path in [
        "/w:101/plain/http://example.com/a.jpg",
        "/w%3a100/plain/http://example.com/a.jpg",
        "/w:100/plain/http%3A//example.com/a.jpg",
        "/width:100/plain/http://example.com/a.jpg",
    ] {
        let error = parser.parse(&format!("/{signature}{path}")).unwrap_err();
        assert_eq!(error, Error::Forbidden, "{path}");
    }
}

#[test]
fn the_prefix_is_not_signed() {
    let config = Config {
        path_prefix: "img".to_owned(),
        ..signed()
    };
    let target =
        "/lgW1G1DUj_8ro6bOc_Yx-gygeaSjjo1LugX8n8nyWgI/w:100/plain/http://example.com/a.jpg";
    let parser = parser(config);
    assert!(parser.parse(&format!("/img{target}")).is_ok());
    let error = parser.parse(target).unwrap_err();
    assert!(matches!(error, Error::Malformed { .. }), "{error}");
}

#[test]
fn the_signature_is_judged_before_anything_else_in_the_path() {
    let parser = parser(signed());
    for path in ["bogus:1/x", "x", "w:1", "enc/AAAA", "plain/ftp://x"] {
        assert_eq!(
            parser.parse(&format!("/sig/{path}")),
            Err(Error::Forbidden),
            "{path}"
        );
    }
}

#[test]
fn each_kind_of_refusal_has_its_error() {
    let parser = parser(unsigned());
    for target in [
        "/_/bogus:1/plain/http://a/b",
        "/_/w:x/plain/http://a/b",
        "/_/plain/http://a/b@tif",
        "/_/plain/http://a/b@heic",
        "/_/plain/http://a/b@png@png",
        "/_/pr:x/plain/http://a/b",
        "/_/w:100",
        "/_/w:100/",
        "/_/fill/300/400/sm/0/aHR0cDovL2E",
        "/_/enc/AAAAAAAAAAAAAAAAAAAAAA",
        "/_/plain/http://u@a/b",
        "/_/plain/http://u%40a/b",
        "/_/!",
        "/_",
        "",
    ] {
        let error = parser.parse(target).unwrap_err();
        assert!(
            matches!(error, Error::Malformed { .. }),
            "{target}: {error}"
        );
    }
    for target in ["/_/plain/ftp://a/b", "/_/plain/a.jpg", "/_/c3g6Ly9hL2I"] {
        let error = parser.parse(target).unwrap_err();
        assert!(
            matches!(error, Error::Unreachable { .. }),
            "{target}: {error}"
        );
    }
    let error = parser.parse("/w:100/plain/http://a/b").unwrap_err();
    assert_eq!(error, Error::LooksUnsigned);
}

#[test]
fn errors_quote_little_of_what_was_sent() {
    let parser = parser(unsigned());
    let long = "é".repeat(2000);
    for target in [
        format!("/_/{long}:1/x"),
        format!("/_/w:{long}/x"),
        format!("/_/plain/{long}://x"),
        format!("/_/plain/http://{long}%zz"),
        format!("/_/plain/http://[{long}"),
        format!("/_/pr:{long}/x"),
        format!("/_/{}", "x".repeat(9000)),
    ] {
        let error = parser.parse(&target).unwrap_err().to_string();
        assert!(error.len() < 400, "{error}");
    }
}

#[test]
fn the_extension_has_the_last_word_on_the_format() {
    let format = |options: &str, suffix: &str| {
        let target = format!("/_{options}/plain/{SOURCE}{suffix}");
        parser(unsigned())
            .parse(&target)
            .map(|request| request.transform.format)
    };
    assert_eq!(format("/f:webp", ""), Ok(Some(Format::WebP)));
    assert_eq!(format("/f:webp", "@png"), Ok(Some(Format::Png)));
    assert_eq!(format("/f:webp", "@"), Ok(Some(Format::WebP)));
    assert_eq!(format("", "@jpeg"), Ok(Some(Format::Jpeg)));
    assert!(format("", "@heic").is_err());
    assert_eq!(format("/raw:1", "@heic"), Ok(None));
    assert_eq!(format("/raw:1/f:png", "@webp"), Ok(Some(Format::Png)));
}

#[test]
fn the_default_preset_comes_first() {
    let config = with_presets(&["default=rs:fill/q:50/cb:v1", "q=q:60"]);
    let request = request(config, "/pr:q/w:70");
    assert_eq!(request.transform.resizing_type, ResizingType::Fill);
    assert_eq!(request.transform.quality, Some(60));
    assert_eq!(request.transform.width, 70);
    assert_eq!(request.asked, "preset:q/width:70/cachebuster:v1");
}

#[test]
fn with_presets_only_the_first_segment_lists_them() {
    let config = Config {
        only_presets: true,
        ..with_presets(&["default=w:9", "a=h:1", "b=h:2/f:webp"])
    };
    let parser = parser(config);
    let request = parser.parse(&format!("/_/a:b/plain/{SOURCE}@png")).unwrap();
    assert_eq!(request.transform.width, 9);
    assert_eq!(request.transform.height, 2);
    assert_eq!(request.transform.format, Some(Format::Png));
    assert_eq!(request.asked, "preset:a:b/format:png");
    assert!(parser.parse("/_/a/aHR0cDovL2EvYg").is_ok());
    for path in ["w:1", "a:w", "a/b", ""] {
        let target = format!("/_/{path}/plain/{SOURCE}");
        assert!(parser.parse(&target).is_err(), "{path}");
    }
    assert!(parser.parse("/_/a").is_err());
}

#[test]
fn what_concerns_the_answer_is_told_apart() {
    let answer = |options: &str| request(unsigned(), options).answer;
    assert_eq!(answer("/w:1"), Answer::default());
    assert_eq!(
        answer("/exp:100/fn:cat/att:1/raw:t"),
        Answer {
            expires: Some(100),
            filename: Some("cat".to_owned()),
            attachment: true,
            raw: true,
            ..Answer::default()
        }
    );
    for options in ["/exp:100/exp:0", "/exp:-5", "/fn:a/fn:", "/att:1/att:0"] {
        assert_eq!(answer(options), Answer::default(), "{options}");
    }
}

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

#[test]
fn objects_end_where_the_separator_says() {
    let object = |separator: &str, source: &str| {
        let config = Config {
            source_url_query_separator: separator.to_owned(),
            ..unsigned()
        };
        let request = parser(config).parse(&format!("/_/plain/{source}")).unwrap();
        let object = request.source.object().unwrap();
        (object.key.to_owned(), object.version.map(str::to_owned))
    };
    let version = |text: &str| Some(text.to_owned());
    assert_eq!(
        object("?", "s3://b/a%2520b%3Fv"),
        ("a%20b".to_owned(), version("v"))
    );
    assert_eq!(object("", "s3://b/a%3Fv"), ("a?v".to_owned(), None));
    assert_eq!(
        object("~", "gs://b/a%3Fb~v"),
        ("a?b".to_owned(), version("v"))
    );
    assert_eq!(object("?", "s3:/b/a"), ("a".to_owned(), None));
}

#[test]
fn attachment_has_a_default() {
    let config = || Config {
        return_attachment: true,
        ..unsigned()
    };
    assert!(request(config(), "").answer.attachment);
    assert!(!request(config(), "/att:0").answer.attachment);
}

#[test]
fn requests_for_information_have_options_of_their_own() {
    let config = Config {
        path_prefix: "img".to_owned(),
        info_presets: vec!["p=avg:1/chs:sha1:md5".to_owned(), "default=f:0".to_owned()],
        presets: vec!["p=w:1".to_owned()],
        ..unsigned()
    };
    let parser = parser(config);
    let info = |options: &str| parser.parse_info(&format!("/img/info/_{options}/plain/{SOURCE}"));
    let request = info("/pr:p/s:0/exif:1:1/bh:4:3/c:0.5:0.5:no/a:1:1/cb:x/exp:9/ct:b:a").unwrap();
    assert_eq!(request.source.as_str(), SOURCE);
    assert_eq!(request.answer.expires, Some(9));
    assert_eq!(request.answer.cache_tags, ["a", "b"]);
    let ask = InfoAsk {
        size: false,
        format: false,
        exif: ExifAsk::Canonical,
        alpha: AlphaAsk::Transparency,
        average: AverageAsk::IgnoreTransparent,
        blurhash: Some((4, 3)),
        hashsums: vec![HashKind::Md5, HashKind::Sha1],
        crop: request.ask.crop,
        ..InfoAsk::default()
    };
    assert_eq!(request.ask, ask);
    assert_eq!(request.ask.crop.width, 0.5);
    assert!(
        request
            .asked
            .starts_with("size:0/format:0/dimensions:1/exif:1:1/")
    );
    assert!(
        request
            .asked
            .ends_with("/crop:0.5:0.5:no:0:0/cache_tags:a:b/cachebuster:x")
    );
    for options in [
        "", "/do:0", "/cl:0:5", "/p:2", "/p:256", "/avg:1:0", "/dc:1:1", "/bh:0:0", "/chs:",
    ] {
        assert!(info(options).is_ok(), "{options}");
    }
    for options in [
        "/do:1",
        "/cl:1",
        "/w:1",
        "/p:1",
        "/p:257",
        "/bh:10:1",
        "/bh:0:4",
        "/bh:4",
        "/chs:crc",
        "/vts:1",
        "/op:fp:0:0",
        "/-",
        "/s:1:1",
        "/phash:1:1",
        "/raw:1",
        "/pr:x",
    ] {
        assert!(
            matches!(info(options), Err(Error::Malformed { .. })),
            "{options}"
        );
    }
    assert!(matches!(info("/msr:1"), Err(Error::NotPermitted { .. })));
    assert!(
        parser
            .parse_info(&format!("/img/_/plain/{SOURCE}"))
            .is_err()
    );
    assert!(
        parser
            .parse_info(&format!("/info/_/plain/{SOURCE}"))
            .is_err()
    );
}

#[test]
fn the_signature_of_information_is_of_what_follows_it() {
    let parser = parser(signed());
    let path = "lgW1G1DUj_8ro6bOc_Yx-gygeaSjjo1LugX8n8nyWgI/w:100/plain/http://example.com/a.jpg";
    let error = parser.parse_info(&format!("/info/{path}")).unwrap_err();
    assert!(matches!(error, Error::Malformed { .. }), "{error}");
    let path = format!("/s:1/plain/{SOURCE}");
    let signature = Signer::try_new(&signed().keys, 32).unwrap().sign(&path);
    assert!(
        parser
            .parse_info(&format!("/info/{signature}{path}"))
            .is_ok()
    );
    assert_eq!(
        parser.parse_info(&format!("/info/x{path}")),
        Err(Error::Forbidden)
    );
}

#[test]
fn presets_stand_in_the_text_where_they_stand_in_the_url() {
    let presets = &["a=w:1/cb:x", "b=h:1"];
    for (options, expected) in [
        (
            "/h:2/w:2/pr:a/h:3/w:3",
            "width:2/height:2/preset:a/width:3/height:3/cachebuster:x",
        ),
        ("/pr:b/w:1", "preset:b/width:1"),
        ("/w:1/pr:b", "width:1/preset:b"),
        ("/cb:y/pr:a", "preset:a/cachebuster:x"),
        ("/pr:a/cb:y", "preset:a/cachebuster:y"),
    ] {
        let request = request(with_presets(presets), options);
        assert_eq!(request.asked, expected, "{options}");
    }
}

#[test]
fn every_fault_of_a_configuration_is_reported() {
    let key = signed().keys;
    for (config, expected) in [
        (Config::default(), &["KEY"][..]),
        (
            Config {
                allow_unsigned: true,
                ..signed()
            },
            &["ALLOW_UNSIGNED"],
        ),
        (
            Config {
                signature_size: 0,
                ..signed()
            },
            &["SIGNATURE_SIZE"],
        ),
        (
            Config {
                encryption_key: Some(vec![0; 16]),
                ..unsigned()
            },
            &["SOURCE_URL_ENCRYPTION_KEY"],
        ),
        (
            Config {
                encryption_key: Some(vec![0; 15]),
                signature_size: 40,
                presets: vec!["a=bogus:1".to_owned(), "b=w:x".to_owned()],
                keys: key,
                ..Config::default()
            },
            &[
                "SOURCE_URL_ENCRYPTION_KEY",
                "PRESETS",
                "PRESETS",
                "SIGNATURE_SIZE",
            ],
        ),
        (with_presets(&["a=pr:b"]), &["PRESETS"]),
        (with_presets(&["a"]), &["PRESETS"]),
    ] {
        assert_eq!(settings(config), expected);
    }
    for separator in ["", "/", "a", "1", ".", "::-", "%", "é", " "] {
        let config = Config {
            arguments_separator: separator.to_owned(),
            ..unsigned()
        };
        assert_eq!(settings(config), ["ARGUMENTS_SEPARATOR"], "{separator:?}");
    }
    for separator in [":", ",", ";", "::", "~", "|"] {
        let config = Config {
            arguments_separator: separator.to_owned(),
            ..unsigned()
        };
        assert!(Parser::try_new(config).is_ok(), "{separator:?}");
    }
}

#[test]
fn encrypted_sources_are_read_behind_a_signature() {
    let config = Config {
        encryption_key: Some(vec![5; 16]),
        ..signed()
    };
    let data = encryption::tests::encrypt(&[5; 16], [1; 16], SOURCE.as_bytes());
    let path = format!("/w:5/enc/{}.png", base64url::encode(&data));
    let signature = Signer::try_new(&config.keys, 32).unwrap().sign(&path);
    let request = parser(config)
        .parse(&format!("/{signature}{path}"))
        .unwrap();
    assert_eq!(request.source.as_str(), SOURCE);
    assert_eq!(request.transform.format, Some(Format::Png));
}

#[test]
fn debug_texts_of_configuration_and_parser_show_no_secret() {
    let config = Config {
        encryption_key: Some(b"0123456789abcdef".to_vec()),
        trusted_signatures: vec!["open-sesame".to_owned()],
        ..signed()
    };
    let text = format!("{config:?}");
    assert!(
        !text.contains("open-sesame") && !text.contains("48, 49"),
        "{text}"
    );
}

/// A parser with everything that can be reached through options.
fn rich_parser() -> Parser {
    parser(Config {
        allow_security_options: true,
        allow_bypass_cache: true,
        max_chained_pipelines: 4,
        ..with_presets(&[
            "default=pd::3/g:so/t:5:f00/jpgo:1",
            "a=w:1/pd:1:2/c:1:1:no/fq:png:5/wm:1:no:1:2:0.5",
            "c=pd:::3/c:2/g:fp::/t:/aq:size:5/-/ush:auto:2",
            "b=pr:a/skp:gif/fl::1/ex:1:fp:0.5:0.5/gr:1:f00:left",
        ])
    })
}

fn argument() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(vec![
            "",
            "0",
            "1",
            "t",
            "90",
            "-90",
            "0.5",
            "2.25",
            "fill",
            "fit",
            "no",
            "so",
            "fp",
            "ce",
            "png",
            "jpg",
            "webp",
            "fff",
            "012abc",
            "a",
            "b",
            "c",
            "255",
            "1e2",
            "-3",
            "sm",
            "auto",
            "best",
            "none",
            "dssim",
            "lossless",
            "photo",
            "always",
            "left",
            "re",
            "ch",
            "soea",
            "cubic",
            "on",
            "md5",
            "00112233445566778899aabbccddeeff",
            "aHR0cDovL2EvYg",
            "w6kKOg",
        ])
        .prop_map(str::to_owned),
        (-10i32..2000).prop_map(|number| number.to_string()),
        (0.0f64..1.5).prop_map(|number| number.to_string()),
        "[a-zA-Z0-9 _.~é-]{0,6}",
    ]
}

fn option() -> impl Strategy<Value = String> {
    let names = options::names().collect::<Vec<_>>();
    let arguments = proptest::collection::vec(argument(), 1..6);
    let option = (proptest::sample::select(names), arguments)
        .prop_map(|(name, arguments)| format!("{name}:{}", arguments.join(":")));
    prop_oneof![20 => option, 1 => proptest::strategy::Just("-".to_owned())]
}

/// Options that are valid each by itself, in any order and number.
fn options() -> impl Strategy<Value = String> {
    proptest::collection::vec(option(), 0..40).prop_map(|options| {
        let parser = rich_parser();
        let valid = |option: &String| parser.written(option).is_ok();
        options
            .into_iter()
            .filter(valid)
            .collect::<Vec<_>>()
            .join("/")
    })
}

proptest! {
    #[test]
    fn parsing_what_was_printed_gives_the_canonical_choices(path in options()) {
        let parser = rich_parser();
        if let Ok(choices) = parser.written(&path) {
            let canonical = canonical::canonical(&choices);
            let text = print::print(canonical.iter().copied(), ":");
            let again = parser.written(&text).expect("what is printed is valid");
            prop_assert_eq!(again.iter().collect::<Vec<_>>(), canonical);
        }
    }

    #[test]
    fn the_canonical_form_is_its_own_canonical_form(path in options()) {
        let choices = rich_parser().written(&path).unwrap_or_default();
        let once = canonical::canonical(&choices);
        let twice = canonical::canonical(once.iter().copied());
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn the_canonical_text_asks_for_the_same(path in options()) {
        let parser = rich_parser();
        let target = |options: &str| format!("/_/{options}/plain/{SOURCE}").replace("//plain", "/plain");
        if let Ok(request) = parser.parse(&target(&path)) {
            let again = parser.parse(&target(&request.asked)).expect("what is asked is valid");
            prop_assert_eq!(&again.asked, &request.asked);
            // What only refuses a source is asked anew for each answer.
            let transform = Transform { max_src_pixels: None, ..request.transform };
            prop_assert_eq!(again.transform, transform);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(target in any::<String>()) {
        let _ = rich_parser().parse(&target);
        let _ = rich_parser().parse_info(&target);
        let _ = SourceUrl::parse(&target);
        let _ = Signer::try_new(&signed().keys, 32).expect("the key is good").sign(&target);
    }

    #[test]
    fn any_path_is_read_or_refused(
        path in r"/?(_|[a-z:]{0,3})/([a-z]{1,2}[:/]|plain/|enc/|pr:|%3A|:|/|@|\.|%|é|[0-9]{1,9}|\PC){0,20}"
    ) {
        let _ = rich_parser().parse(&path);
    }

    #[test]
    fn any_bytes_in_a_source_are_read_or_refused(bytes in any::<Vec<u8>>()) {
        let parser = rich_parser();
        let _ = parser.parse(&format!("/_/{}", base64url::encode(&bytes)));
        let escaped: String = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
        for scheme in ["http://h/", "http://", "local:///", ""] {
            let _ = parser.parse(&format!("/_/plain/{scheme}{escaped}"));
        }
    }

    #[test]
    fn a_normal_source_is_its_own_normal_form(text in r"(http|https|local|s3|gs|abs)://[a-z0-9.:\[\]%]{0,8}/\PC{0,20}") {
        if let Ok(url) = SourceUrl::parse(&text) {
            let again = SourceUrl::parse(url.as_str()).expect("a normal form is a URL");
            prop_assert_eq!(again.as_str(), url.as_str());
            prop_assert!(!url.file_stem().chars().any(|c| c.is_control() || c == '/'));
        }
    }

    #[test]
    fn what_was_signed_is_accepted(path in r"(w:[0-9]{1,3}/|plain/|http:/|%3A|/|\?|[a-z]){1,12}") {
        let parser = parser(signed());
        let signature = Signer::try_new(&signed().keys, 32).expect("the key is good").sign(&path);
        let outcome = parser.parse(&format!("/{signature}/{path}"));
        prop_assert!(outcome != Err(Error::Forbidden));
    }
}
