use super::*;

fn parse(kind: Kind, text: &str) -> Option<Value> {
    kind.parse(&Raw::Text(text.into()))
}

#[test]
fn flags_are_read_shared_with_imgproxy_reads_them() {
    for text in ["1", "t", "T", "TRUE", "true", "True", "on", " true "] {
        assert_eq!(parse(Kind::Flag, text), Some(Value::Flag(true)), "{text}");
    }
    for text in ["0", "f", "F", "FALSE", "false", "False", "off"] {
        assert_eq!(parse(Kind::Flag, text), Some(Value::Flag(false)), "{text}");
    }
    for text in ["yes", "tRUE", "2", "enabled"] {
        assert_eq!(parse(Kind::Flag, text), None, "{text}");
    }
}

#[test]
fn numbers_keep_to_their_range() {
    let count = Kind::Count { least: 1, most: 32 };
    let seconds = Kind::Seconds { least: 0, most: 60 };
    let cases = [
        (count, "1", Some(1)),
        (count, "32", Some(32)),
        (count, "0", None),
        (count, "33", None),
        (count, "-1", None),
        (count, "1.0", None),
        (count, "99999999999999999999", None),
        (seconds, "0", Some(0)),
        (seconds, "60", Some(60)),
        (seconds, "1.5", None),
        (seconds, "10s", None),
        (Kind::Threads, "3", Some(3)),
        (Kind::Threads, "0", None),
        (Kind::Threads, "all", None),
        (Kind::Megapixels, "50", Some(50_000_000)),
        (Kind::Megapixels, "0.5", Some(500_000)),
        (Kind::Megapixels, "0", None),
        (Kind::Megapixels, "-1", None),
        (Kind::Megapixels, "NaN", None),
        (Kind::Megapixels, "inf", None),
    ];
    for (kind, text, number) in cases {
        assert_eq!(
            parse(kind, text),
            number.map(Value::Number),
            "{kind:?} {text}"
        );
    }
    assert!(matches!(parse(Kind::Threads, "cores"), Some(Value::Number(n)) if n >= 1));
}

#[test]
fn byte_sizes_take_binary_units() {
    let kind = Kind::Bytes {
        least: 0,
        most: 8 << 30,
    };
    let cases = [
        ("0", Some(0)),
        ("1048576", Some(1 << 20)),
        ("3KiB", Some(3 << 10)),
        ("256 MiB", Some(256 << 20)),
        ("1GiB", Some(1 << 30)),
        ("9GiB", None),
        ("99999999999999999GiB", None),
        ("1MB", None),
        ("1.5MiB", None),
        ("MiB", None),
        ("-1", None),
        ("é", None),
    ];
    for (text, bytes) in cases {
        assert_eq!(parse(kind, text), bytes.map(Value::Number), "{text}");
    }
}

#[test]
fn addresses_are_a_port_or_an_ip_address_with_one() {
    let at = |text: &str| Some(Listen::At(text.parse().unwrap()));
    let cases = [
        (":8080", Some(Listen::Everywhere { port: 8080 })),
        ("127.0.0.1:80", at("127.0.0.1:80")),
        ("localhost:80", at("127.0.0.1:80")),
        ("[::1]:80", at("[::1]:80")),
        ("[::]:80", at("[::]:80")),
        ("8080", None),
        ("::1:80", None),
        ("example.com:80", None),
        (":http", None),
        (":70000", None),
        ("/run/inkfish.sock", None),
    ];
    for (text, listen) in cases {
        assert_eq!(
            parse(Kind::Address, text),
            listen.map(Value::Address),
            "{text}"
        );
    }
}

#[test]
fn lists_are_divided_by_commas_and_hold_nothing_empty() {
    let list = |items: &[&str]| {
        Some(Value::List(
            items.iter().map(|item| (*item).into()).collect(),
        ))
    };
    assert_eq!(parse(Kind::List, "a, b,c"), list(&["a", "b", "c"]));
    assert_eq!(parse(Kind::List, "a,,c"), None);
    assert_eq!(
        Kind::List.parse(&Raw::List(vec!["a,b".into(), "c".into()])),
        list(&["a,b", "c"])
    );
    assert_eq!(
        parse(Kind::HexList, "00ff, 0A"),
        Some(Value::HexList(vec![vec![0, 255], vec![10]]))
    );
    assert_eq!(parse(Kind::HexList, "00f"), None);
    assert_eq!(parse(Kind::HexList, "00,"), None);
    assert_eq!(Kind::Flag.parse(&Raw::List(vec!["true".into()])), None);
}

#[test]
fn formats_are_names_that_are_known_and_for_output_written() {
    assert_eq!(
        parse(Kind::Formats, "jpg, svg"),
        Some(Value::Formats(vec![Format::Jpeg, Format::Svg]))
    );
    assert_eq!(parse(Kind::Formats, "tif"), None);
    assert_eq!(
        parse(Kind::OutputFormats, "webp,gif"),
        Some(Value::Formats(vec![Format::WebP, Format::Gif]))
    );
    assert_eq!(parse(Kind::OutputFormats, "svg"), None);
}

#[test]
fn format_qualities_are_pairs_from_1_to_100() {
    assert_eq!(
        parse(Kind::FormatQuality, "webp=79, jpg = 100"),
        Some(Value::FormatQuality(vec![
            (Format::WebP, 79),
            (Format::Jpeg, 100)
        ]))
    );
    for text in ["webp", "webp=", "webp=0", "webp=101", "=80", "tif=80"] {
        assert_eq!(parse(Kind::FormatQuality, text), None, "{text}");
    }
}

#[test]
fn texts_of_sources_and_headers_are_checked() {
    let fits = |kind: Kind, text: &str| parse(kind, text).is_some();
    for (kind, good, bad) in [
        (
            Kind::Number {
                least: 0.0,
                most: 1.0,
            },
            &["0", "0.5", "1"][..],
            &["-0.1", "1.1", "NaN", "inf", ""][..],
        ),
        (
            Kind::MegapixelLimit,
            &["0", "0.5", "10000"],
            &["-1", "10001", "x", "NaN"],
        ),
        (Kind::Base64, &["AAAA", "AA=="], &["AA", "!", "A"]),
        (
            Kind::Endpoint,
            &["http://a:9000", "https://a/b"],
            &["s3://a", "a", "http://u@a"],
        ),
        (
            Kind::Source,
            &["http://a/b", "local:///a", "s3://b/k"],
            &["ftp://a", "a", "http://u@a/"],
        ),
        (Kind::HeaderNames, &["X-A, b"], &["a b", "é", "a:"]),
        (Kind::Buckets, &["a.b,c-d_e"], &["a/b", "a b"]),
        (Kind::Replacements, &["a=b;c=d"], &[]),
        (Kind::QuerySeparator, &["?", "none", "~~"], &["a b", "é"]),
    ] {
        for text in good {
            assert!(fits(kind, text), "{kind:?} {text}");
        }
        for text in bad {
            assert!(!fits(kind, text), "{kind:?} {text}");
        }
    }
    let value = parse(Kind::MegapixelLimit, "1.5");
    assert_eq!(value, Some(Value::Number(1_500_000)));
    let items = vec!["a=b".to_owned(), "c=d,e".to_owned()];
    assert_eq!(
        parse(Kind::Replacements, "a=b; c=d,e;"),
        Some(Value::List(items))
    );
}

#[test]
fn url_paths_get_one_slash_in_front_and_none_behind() {
    for (text, path) in [
        ("abc", "/abc"),
        ("/abc/def/", "/abc/def"),
        ("/abc?x#y", "/abc"),
        ("/", ""),
    ] {
        assert_eq!(
            parse(Kind::UrlPath, text),
            Some(Value::Text(path.into())),
            "{text}"
        );
    }
    assert_eq!(parse(Kind::UrlPath, "/a\nb"), None);
}

#[test]
fn texts_are_checked_for_where_they_go() {
    let cases = [
        (Kind::Header, "inkfish/1", true),
        (Kind::Header, "a\r\nb", false),
        (Kind::Header, "é", false),
        (Kind::MetricPrefix, "img_1", true),
        (Kind::MetricPrefix, "1img", false),
        (Kind::MetricPrefix, "img-1", false),
        (Kind::Separator, ";;", true),
        (Kind::Separator, "/", false),
        (Kind::Word(&["json", "pretty"]), "json", true),
        (Kind::Word(&["json", "pretty"]), "xml", false),
    ];
    for (kind, text, fits) in cases {
        let value = fits.then(|| Value::Text(text.into()));
        assert_eq!(parse(kind, text), value, "{kind:?} {text}");
    }
    assert_eq!(
        parse(Kind::Word(&["json"]), "JSON"),
        Some(Value::Text("json".into()))
    );
    assert!(parse(Kind::CipherKey, &"ab".repeat(16)).is_some());
    assert!(parse(Kind::CipherKey, &"ab".repeat(15)).is_none());
}
