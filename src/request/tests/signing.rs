//! What a signature covers, and when it is judged.

use super::*;

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
