//! What stops a start, and how it is told.

use super::*;

#[test]
fn all_faults_are_told_at_once_each_with_its_key_form_and_origin() {
    let (_folder, path) = file("quality = 101\ntimeouts = 1\nTTL = 1\n[cache]\ndir = 'x'\n");
    let inputs = Inputs {
        variables: variables(&[
            ("INKFISH_TTL", "-1"),
            ("INKFISH_TTLS", "1"),
            ("IMGPROXY_TIMEOUT", "soon"),
            ("INKFISH_USE_SWIFT", "true"),
            ("INKFISH_QUALITY", "80"),
        ]),
        file: Some(path.clone()),
    };
    let path = path.display();
    let expected = [
        format!("cache: expected text, a number, a boolean or an array of them, in the file {path}"),
        "INKFISH_TTLS: there is no such setting".into(),
        "INKFISH_USE_SWIFT: objects are read as they lie in S3, Google and Azure, without roles and access \
         points, and there is no Swift; it can only be `false`, imgproxy's default"
            .into(),
        format!("TTL: there is no such setting, in the file {path}"),
        format!("timeouts: there is no such setting, in the file {path}"),
        "INKFISH_TIMEOUT: expected whole seconds from 1 to 3600, got `soon` from the variable IMGPROXY_TIMEOUT"
            .into(),
        format!("INKFISH_QUALITY: expected a whole number from 1 to 100, got `101` from the file {path}"),
        "INKFISH_TTL: expected whole seconds from 0 to 2147483647, got `-1` from the variable INKFISH_TTL"
            .into(),
    ];
    assert_eq!(faults(&inputs), expected);
}

#[test]
fn faults_never_repeat_a_secret() {
    for name in [
        "INKFISH_KEY",
        "INKFISH_SALT",
        "INKFISH_SOURCE_URL_ENCRYPTION_KEY",
    ] {
        let faults = faults_of(&[("INKFISH_ALLOW_UNSIGNED", "1"), (name, "hunter2")]);
        assert_eq!(faults.len(), 1, "{name}");
        assert!(!faults[0].contains("hunter2"), "{name}");
    }
    let (_folder, path) = file("key = hunter2\n");
    let faults = faults(&Inputs {
        variables: variables(&[]),
        file: Some(path),
    });
    assert_eq!(faults.len(), 1);
    assert!(faults[0].contains("line 1 is not TOML") && !faults[0].contains("hunter2"));
}

#[test]
fn a_file_that_is_missing_stops_the_start() {
    let missing = faults_of(&[
        ("INKFISH_ALLOW_UNSIGNED", "1"),
        ("INKFISH_CONFIG", "/nonexistent/inkfish.toml"),
    ]);
    assert_eq!(missing.len(), 1);
    assert!(missing[0].starts_with("INKFISH_CONFIG: /nonexistent/inkfish.toml: "));
    let (_folder, path) = file("allow_unsigned = true\nconfig = 'other.toml'\n");
    let inputs = Inputs {
        variables: Vec::new(),
        file: Some(path),
    };
    assert!(faults(&inputs)[0].contains("cannot name another file"));
}

#[test]
fn signing_must_be_settled_one_way() {
    let cases: [(&[(&str, &str)], &str); 8] = [
        (&[("INKFISH_KEY", "aa"), ("INKFISH_SALT", "bb")], ""),
        (&[("INKFISH_KEY", "aa,cc"), ("INKFISH_SALT", "bb,dd")], ""),
        (
            &[("INKFISH_KEY", "aa")],
            "as many salts as keys, got 0 and 1",
        ),
        (
            &[("INKFISH_KEY", "aa,cc"), ("INKFISH_SALT", "bb")],
            "as many salts as keys, got 1 and 2",
        ),
        (
            &[
                ("INKFISH_KEY", "aa"),
                ("INKFISH_SALT", "bb"),
                ("INKFISH_ALLOW_UNSIGNED", "1"),
            ],
            "unset one or the other",
        ),
        (&[("INKFISH_ALLOW_UNSIGNED", "0")], "they are unset"),
        (
            &[("INKFISH_TRUSTED_SIGNATURES", "secret")],
            "they are unset",
        ),
        (
            &[
                ("INKFISH_ALLOW_UNSIGNED", "1"),
                (
                    "INKFISH_SOURCE_URL_ENCRYPTION_KEY",
                    "000102030405060708090a0b0c0d0e0f",
                ),
            ],
            "encrypted sources need",
        ),
    ];
    for (variables, phrase) in cases {
        let faults = faults_of(variables);
        assert_eq!(
            faults.is_empty(),
            phrase.is_empty(),
            "{variables:?}: {faults:?}"
        );
        assert!(
            faults.iter().all(|fault| fault.contains(phrase)),
            "{faults:?}"
        );
    }
}

#[test]
fn keys_and_salts_are_paired_by_place() {
    let inputs = Inputs {
        variables: [("INKFISH_KEY", "aa,cc"), ("INKFISH_SALT", "bb,dd")]
            .map(|(name, text)| (name.into(), text.into()))
            .into(),
        file: None,
    };
    let keys = Settings::gather(&inputs)
        .resolve()
        .ok()
        .unwrap()
        .request
        .keys;
    let pairs: Vec<(Vec<u8>, Vec<u8>)> =
        keys.into_iter().map(|pair| (pair.key, pair.salt)).collect();
    assert_eq!(pairs, [(vec![0xaa], vec![0xbb]), (vec![0xcc], vec![0xdd])]);
}

#[test]
fn settings_must_go_together() {
    let cases = [
        (
            "INKFISH_MAX_SRC_FILE_SIZE",
            "1GiB",
            "INKFISH_MAX_SRC_FILE_SIZE: expected at most",
        ),
        (
            "INKFISH_ADMIN_BIND",
            ":8080",
            "INKFISH_ADMIN_BIND: expected another address",
        ),
        (
            "INKFISH_ADMIN_BIND",
            "127.0.0.1:8080",
            "INKFISH_ADMIN_BIND: expected another address",
        ),
        (
            "INKFISH_PRESETS_PATH",
            "/nonexistent/presets",
            "INKFISH_PRESETS_PATH: /nonexistent/presets",
        ),
        ("INKFISH_INFO_PRESETS", "a=w:1", "INKFISH_INFO_PRESETS: "),
        (
            "INKFISH_URL_REPLACEMENTS",
            "a=${1}",
            "INKFISH_URL_REPLACEMENTS: ",
        ),
        ("INKFISH_USE_ABS", "1", "INKFISH_ABS_NAME: expected"),
        (
            "INKFISH_FALLBACK_IMAGE_HTTP_CODE",
            "99",
            "INKFISH_FALLBACK_IMAGE_HTTP_CODE: expected 0 or",
        ),
        (
            "INKFISH_CUSTOM_RESPONSE_HEADERS",
            "a=b\\;c",
            "INKFISH_CUSTOM_RESPONSE_HEADERS: expected headers",
        ),
    ];
    for (name, text, start) in cases {
        let faults = faults_of(&[("INKFISH_ALLOW_UNSIGNED", "1"), (name, text)]);
        assert_eq!(faults.len(), 1, "{name}={text}");
        assert!(faults[0].starts_with(start), "{}", faults[0]);
    }
}
