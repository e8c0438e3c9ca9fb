//! Requests of `/info`.

use super::*;

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
