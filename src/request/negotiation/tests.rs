use super::*;
use crate::request::{Config, Parser};

const OFF: Negotiation = Negotiation {
    auto_webp: false,
    enforce_webp: false,
    auto_avif: false,
    enforce_avif: false,
    client_hints: false,
    save_data: false,
};
const AUTO: Negotiation = Negotiation {
    auto_webp: true,
    auto_avif: true,
    ..OFF
};
const ENFORCE: Negotiation = Negotiation {
    enforce_webp: true,
    enforce_avif: true,
    ..OFF
};
const HINTS: Negotiation = Negotiation {
    client_hints: true,
    save_data: true,
    ..OFF
};

fn request(options: &str) -> Request {
    let config = Config {
        allow_unsigned: true,
        ..Config::default()
    };
    let parser = Parser::try_new(config).unwrap();
    parser
        .parse(&format!("/_{options}/plain/http://a/b.jpg"))
        .unwrap()
}

fn accepting(negotiation: Negotiation, accept: &str, request: &Request) -> (bool, bool) {
    let headers = ClientHeaders {
        accept: Some(accept),
        ..ClientHeaders::default()
    };
    let variant = negotiation.variant(&headers, request);
    (variant.webp, variant.avif)
}

fn named(format: Format) -> Request {
    let mut request = request("");
    request.transform.format = Some(format);
    request
}

#[test]
fn url_and_settings_alone_decide_whether_accept_has_a_say() {
    let vary = |negotiation: Negotiation, request: &Request| negotiation.vary(request).is_some();
    for (request, off, auto, enforce) in [
        (request(""), false, true, true),
        (named(Format::Jpeg), false, false, true),
        (named(Format::WebP), false, false, true),
        (named(Format::Avif), false, false, true),
        (request("/raw:1"), false, false, false),
    ] {
        let says = [OFF, AUTO, ENFORCE].map(|negotiation| vary(negotiation, &request));
        assert_eq!(says, [off, auto, enforce], "{request:?}");
    }
    let webp_alone = Negotiation {
        enforce_webp: true,
        ..OFF
    };
    assert_eq!(webp_alone.vary(&named(Format::WebP)), None);
    assert_eq!(webp_alone.vary(&named(Format::Avif)), Some("Accept"));
}

#[test]
fn a_client_gets_the_named_format_that_it_likes_best() {
    for (accept, webp, avif) in [
        ("", false, false),
        ("*/*", false, false),
        ("image/*", false, false),
        ("image/avif,image/webp,*/*;q=0.8", true, true),
        ("image/webp,*/*", true, false),
        ("image/avif,*/*", false, true),
        ("image/webp;q=0", false, false),
        ("image/webp;q=0.5,image/avif;q=0.6", false, true),
        ("image/webp;q=0.6,image/avif;q=0.5", true, false),
        ("image/webp;q=0.1,image/jpeg", true, false),
        ("image/webp;q=0.5,image/avif;q=0.5", true, true),
    ] {
        for negotiation in [AUTO, ENFORCE] {
            assert_eq!(
                accepting(negotiation, accept, &request("")),
                (webp, avif),
                "{accept}"
            );
        }
        assert_eq!(accepting(OFF, accept, &request("")), (false, false));
        assert_eq!(
            accepting(AUTO, accept, &named(Format::Jpeg)),
            (false, false)
        );
        assert_eq!(
            accepting(ENFORCE, accept, &named(Format::Jpeg)),
            (webp, avif)
        );
    }
    // A format that is not offered is no rival.
    let webp_alone = Negotiation {
        auto_webp: true,
        ..OFF
    };
    let accept = "image/avif,image/webp;q=0.1";
    assert_eq!(accepting(webp_alone, accept, &request("")), (true, false));
    let accept = "image/avif,image/webp";
    assert_eq!(
        accepting(ENFORCE, accept, &named(Format::WebP)),
        (false, true)
    );
    assert_eq!(
        accepting(ENFORCE, accept, &named(Format::Avif)),
        (true, true)
    );
}

#[test]
fn hints_have_a_say_where_the_url_has_none() {
    let headers = ClientHeaders {
        accept: None,
        dpr: Some("2"),
        width: Some("1280"),
        save_data: Some("on"),
    };
    for (options, dpr_tenths, width, save_data) in [
        ("", Some(20), Some(700), true),
        ("/w:300", Some(20), None, true),
        ("/rs:fill:0:300", Some(20), None, true),
        ("/h:300", Some(20), Some(700), true),
        ("/dpr:1", None, Some(700), true),
        ("/w:300/dpr:1", None, None, true),
        ("/q:50", Some(20), Some(700), false),
        ("/q:0", Some(20), Some(700), true),
        ("/-/w:300/dpr:3", Some(20), Some(700), true),
        ("/raw:1", None, None, false),
    ] {
        let expected = Variant {
            dpr_tenths,
            width,
            save_data,
            ..Variant::default()
        };
        let request = request(options);
        assert_eq!(HINTS.variant(&headers, &request), expected, "{options}");
        assert_eq!(AUTO.variant(&headers, &request), Variant::default());
    }
}

#[test]
fn vary_names_what_has_a_say() {
    let all = Negotiation {
        auto_avif: true,
        ..HINTS
    };
    for (negotiation, options, vary) in [
        (OFF, "", None),
        (AUTO, "", Some("Accept")),
        (
            HINTS,
            "",
            Some("Sec-CH-DPR, DPR, Sec-CH-Width, Width, Save-Data"),
        ),
        (HINTS, "/w:1", Some("Sec-CH-DPR, DPR, Save-Data")),
        (HINTS, "/w:1/q:1", Some("Sec-CH-DPR, DPR")),
        (
            HINTS,
            "/dpr:1/q:1",
            Some("Sec-CH-DPR, DPR, Sec-CH-Width, Width"),
        ),
        (HINTS, "/w:1/dpr:1", Some("Save-Data")),
        (HINTS, "/w:1/dpr:1/q:1", None),
        (
            all,
            "",
            Some("Accept, Sec-CH-DPR, DPR, Sec-CH-Width, Width, Save-Data"),
        ),
        (
            all,
            "/q:1",
            Some("Accept, Sec-CH-DPR, DPR, Sec-CH-Width, Width"),
        ),
        (all, "/w:1", Some("Accept, Sec-CH-DPR, DPR, Save-Data")),
        (all, "/w:1/q:1", Some("Accept, Sec-CH-DPR, DPR")),
        (all, "/w:1/dpr:1", Some("Accept, Save-Data")),
        (all, "/w:1/dpr:1/q:1", Some("Accept")),
        (all, "/raw:1", None),
    ] {
        assert_eq!(negotiation.vary(&request(options)), vary, "{options}");
    }
}

#[test]
fn no_header_makes_more_than_a_few_variants() {
    let mut variants = std::collections::HashSet::new();
    let all = Negotiation {
        auto_webp: true,
        auto_avif: true,
        ..HINTS
    };
    let request = request("/w:1");
    for dpr in 0..200 {
        for accept in ["", "image/webp", "image/avif", "image/avif,image/webp"] {
            let dpr = format!("{}", f64::from(dpr) / 20.0);
            let headers = ClientHeaders {
                accept: Some(accept),
                dpr: Some(&dpr),
                width: Some(&dpr),
                save_data: None,
            };
            variants.insert(all.variant(&headers, &request));
        }
    }
    assert_eq!(variants.len(), 16);
}
