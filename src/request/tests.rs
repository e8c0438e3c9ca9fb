use super::*;
use crate::identify::Format;
use crate::transform::ask::{HashKind, ResizingType};
use crate::transform::info::{AlphaAsk, AverageAsk, ExifAsk, InfoAsk};
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

mod entries;
mod information;
mod properties;
mod signing;

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
