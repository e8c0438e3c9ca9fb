use super::*;

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        })
        .collect()
}

fn passing(config: Passthrough) -> Passing {
    let mut faults = Vec::new();
    let passing = Passing::parse(&config, &mut faults);
    assert_eq!(faults, []);
    passing
}

fn passed(config: Passthrough, url: &str, asked: &[(&'static str, &'static str)]) -> HeaderMap {
    let source = SourceUrl::parse(url).unwrap();
    passing(config).passed(&source, &headers(asked)).headers
}

#[test]
fn only_named_headers_pass_and_only_to_hosts() {
    let asked = [("x-user", "7"), ("x-other", "8"), ("cookie", "a=b")];
    let config = Passthrough {
        request_headers: vec!["X-User".to_owned()],
        ..Passthrough::default()
    };
    let expected = headers(&[("x-user", "7")]);
    assert_eq!(passed(config.clone(), "http://a/b", &asked), expected);
    for source in ["local:///b", "s3://a/b"] {
        assert!(
            passed(config.clone(), source, &asked).is_empty(),
            "{source}"
        );
    }
    assert!(passed(Passthrough::default(), "http://a/b", &asked).is_empty());
}

#[test]
fn cookies_pass_to_the_host_that_they_belong_to() {
    let scoped = |base: &str| Cookies::Scoped {
        base: Some(Url::parse(base).unwrap()),
    };
    let asked = [("cookie", "a=b"), ("host", "img.shop.example:8080")];
    for (cookies, url, passes) in [
        (Cookies::Kept, "http://img.shop.example/a", false),
        (Cookies::All, "http://elsewhere/a", true),
        (
            scoped("https://shop.example"),
            "https://shop.example/a",
            true,
        ),
        (
            scoped("https://shop.example"),
            "http://shop.example/a",
            false,
        ),
        (
            scoped("http://shop.example"),
            "https://shop.example:9/a",
            true,
        ),
        (
            scoped("http://shop.example"),
            "http://a.shop.example/a",
            false,
        ),
        (
            scoped("http://shop.example/x/y"),
            "http://shop.example/x/a",
            true,
        ),
        (
            scoped("http://shop.example/x/y"),
            "http://shop.example/xa",
            false,
        ),
        (
            Cookies::Scoped { base: None },
            "http://img.shop.example/a",
            true,
        ),
        (
            Cookies::Scoped { base: None },
            "http://shop.example/a",
            false,
        ),
    ] {
        let config = Passthrough {
            cookies: cookies.clone(),
            ..Passthrough::default()
        };
        let has_passed = passed(config, url, &asked).contains_key(COOKIE);
        assert_eq!(has_passed, passes, "{cookies:?} {url}");
    }
}

#[test]
fn the_digest_is_of_names_and_values_whatever_their_order() {
    let digest = |pairs| {
        let headers = headers(pairs);
        Passed { headers }.digest()
    };
    assert_eq!(Passed::none().digest(), None);
    assert_eq!(
        digest(&[("a", "1"), ("b", "2")]),
        digest(&[("b", "2"), ("a", "1")])
    );
    assert_ne!(digest(&[("a", "1")]), digest(&[("a", "2")]));
    assert_ne!(digest(&[("a", "1")]), digest(&[("a1", "")]));
}

#[test]
fn headers_of_the_connection_and_of_the_fetcher_cannot_be_named() {
    for name in [
        "Connection",
        "host",
        "Range",
        "If-None-Match",
        "cookie",
        "b c",
    ] {
        let config = Passthrough {
            request_headers: vec![name.to_owned()],
            ..Passthrough::default()
        };
        let mut faults = Vec::new();
        Passing::parse(&config, &mut faults);
        assert_eq!(faults.len(), 1, "{name}");
        assert_eq!(faults[0].field, "passthrough.request_headers");
    }
    let config = Passthrough {
        response_headers: vec!["Content-Type".to_owned()],
        custom_headers: vec![("Host".to_owned(), "a".to_owned())],
        ..Passthrough::default()
    };
    let mut faults = Vec::new();
    Passing::parse(&config, &mut faults);
    assert_eq!(faults.len(), 2);
}

#[test]
fn kept_headers_are_bounded() {
    let config = Passthrough {
        response_headers: vec!["x-large".to_owned(), "x-small".to_owned()],
        ..Passthrough::default()
    };
    let mut sent = headers(&[("x-small", "1"), ("x-other", "2")]);
    let large = HeaderValue::from_str(&"a".repeat(MOST_KEPT)).unwrap();
    sent.insert("x-large", large);
    assert_eq!(passing(config).kept(&sent), headers(&[("x-small", "1")]));
}
