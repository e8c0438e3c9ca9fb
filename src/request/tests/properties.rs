//! Properties of any path, option and source.

use super::*;

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
            prop_assert_eq!(again.transform, request.transform);
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
