//! Settings as a whole: precedence, faults, imgproxy's names, and what comes out.

use std::path::PathBuf;

use super::kind::Kind;
use super::table::{self, Setting};
use super::*;
use crate::identify::Format;
use crate::telemetry;

/// Variables that make a start, with `more` after them.
fn variables(more: &[(&str, &str)]) -> Vec<(String, String)> {
    let base = [("INKFISH_ALLOW_UNSIGNED", "true")];
    let all = base.iter().chain(more);
    all.map(|(name, text)| ((*name).into(), (*text).into()))
        .collect()
}

fn gathered(more: &[(&str, &str)]) -> Settings {
    Settings::gather(&Inputs {
        variables: variables(more),
        file: None,
    })
}

fn resolved(more: &[(&str, &str)]) -> Config {
    match gathered(more).resolve() {
        Ok(config) => config,
        Err(faults) => panic!("{faults}"),
    }
}

fn faults(inputs: &Inputs) -> Vec<String> {
    let resolved = Settings::gather(inputs).resolve();
    let faults = resolved
        .err()
        .map(|faults| faults.iter().map(Fault::to_string).collect());
    faults.unwrap_or_default()
}

fn faults_of(variables: &[(&str, &str)]) -> Vec<String> {
    faults(&Inputs {
        variables: variables
            .iter()
            .map(|(n, t)| ((*n).into(), (*t).into()))
            .collect(),
        file: None,
    })
}

/// A folder with a settings file in it; the file goes with the folder.
fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inkfish.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

#[test]
fn a_start_without_settings_is_refused_for_want_of_keys() {
    let faults = faults_of(&[]);
    assert_eq!(faults.len(), 1);
    assert!(faults[0].starts_with("INKFISH_KEY and INKFISH_SALT: they are unset"));
}

#[test]
fn defaults_are_finite_and_closed() {
    let config = resolved(&[]);
    assert_eq!(config.server.bind, Listen::Everywhere { port: 8080 });
    assert_eq!(
        config.server.admin_bind,
        Listen::At("127.0.0.1:8081".parse().unwrap())
    );
    assert_eq!(config.answers.ttl, Duration::from_secs(31_536_000));
    assert_eq!(config.answers.cdn_ttl, None);
    assert_eq!(config.cache.lifetimes.ttl, Duration::from_secs(86_400));
    assert_eq!(config.cache.lifetimes.keep.variants, Duration::from_secs(30 * 86_400));
    assert_eq!(config.cache.dir, None);
    assert_eq!(config.source.max_bytes, 32 << 20);
    assert_eq!(config.source.max_pixels, 50_000_000);
    assert!(!config.source.allow_private && !config.source.allow_loopback);
    assert_eq!(config.source.local_root, None);
    assert_eq!(
        config.source.user_agent,
        concat!("inkfish/", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(config.workers.queue, 256);
    assert_eq!(config.output.max_result_dimension, 16_384);
    assert_eq!(
        config.output.format_quality,
        [(Format::WebP, 79), (Format::Avif, 63), (Format::Jxl, 77)]
    );
    assert_eq!(config.log.format, telemetry::Format::Human);
}

#[test]
fn an_explicit_zero_means_what_imgproxy_means_within_a_bound() {
    let config = resolved(&[
        ("INKFISH_MAX_CLIENTS", "0"),
        ("INKFISH_REQUESTS_QUEUE_SIZE", "0"),
        ("INKFISH_MAX_SRC_FILE_SIZE", "0"),
        ("INKFISH_MAX_RESULT_DIMENSION", "0"),
        ("INKFISH_TTL", "0"),
        ("INKFISH_KEEP_ALIVE_TIMEOUT", "0"),
    ]);
    assert_eq!(config.server.max_clients, 65_536);
    assert_eq!(config.workers.queue, 65_536);
    assert_eq!(config.source.max_bytes, config.source.transfer_bytes);
    assert_eq!(config.output.max_result_dimension, 65_535);
    assert!(config.answers.ttl.is_zero() && config.server.keep_alive_timeout.is_zero());
}

#[test]
fn a_variable_beats_the_file_and_the_file_beats_imgproxys_variable() {
    let (_folder, path) = file("ttl = 20\nquality = 20\n");
    let inputs = Inputs {
        variables: variables(&[
            ("INKFISH_TTL", "10"),
            ("IMGPROXY_TTL", "30"),
            ("IMGPROXY_QUALITY", "30"),
            ("IMGPROXY_TIMEOUT", "30"),
        ]),
        file: Some(path),
    };
    let settings = Settings::gather(&inputs);
    let config = settings.resolve().ok().unwrap();
    assert_eq!(config.answers.ttl, Duration::from_secs(10));
    assert_eq!(config.output.quality, 20);
    assert_eq!(config.server.timeout, Duration::from_secs(30));
    assert_eq!(
        settings.notes,
        ["IMGPROXY_TIMEOUT is read because INKFISH_TIMEOUT is unset; rename it"]
    );
}

#[test]
fn blank_counts_as_unset_at_every_level() {
    let (_folder, path) = file("ttl = ' '\nallowed_sources = []\n");
    let inputs = Inputs {
        variables: variables(&[
            ("INKFISH_TTL", ""),
            ("IMGPROXY_TTL", "30"),
            ("INKFISH_ETAG_BUSTER", " "),
        ]),
        file: Some(path),
    };
    let config = Settings::gather(&inputs).resolve().ok().unwrap();
    assert_eq!(config.answers.ttl, Duration::from_secs(30));
}

#[test]
fn the_file_takes_arrays_numbers_switches_and_text() {
    let (_folder, path) = file(
        "allowed_sources = ['https://a.example/', 'local://']\nmax_src_resolution = 1.5\nuse_etag = false\n\
         format_quality = 'webp=50'\npresets = ['a=fn:x,y', 'b=h:2']\nmax_src_file_size = '1MiB'\n",
    );
    let inputs = Inputs {
        variables: variables(&[("INKFISH_CONFIG", path.to_str().unwrap())]),
        file: None,
    };
    let config = Settings::gather(&inputs).resolve().ok().unwrap();
    assert_eq!(
        config.source.allowed_sources,
        ["https://a.example/", "local://"]
    );
    assert_eq!(config.source.max_pixels, 1_500_000);
    assert!(!config.answers.use_etag);
    assert!(config.output.format_quality.contains(&(Format::WebP, 50)));
    assert!(config.output.format_quality.contains(&(Format::Avif, 63)));
    assert_eq!(config.request.presets, ["a=fn:x,y", "b=h:2"]);
    assert_eq!(config.source.max_bytes, 1 << 20);
}

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

#[test]
fn the_first_of_three_ways_to_name_an_image_counts() {
    let all = [
        ("INKFISH_WATERMARK_URL", "http://a/b"),
        ("INKFISH_WATERMARK_PATH", "/a"),
        ("INKFISH_WATERMARK_DATA", "AAAA"),
    ];
    let url = crate::request::SourceUrl::parse("http://a/b").unwrap();
    assert_eq!(resolved(&[]).watermark, None);
    assert_eq!(resolved(&all[..1]).watermark, Some(ImageSetting::Url(url)));
    assert_eq!(
        resolved(&all[..2]).watermark,
        Some(ImageSetting::Path("/a".into()))
    );
    assert_eq!(
        resolved(&all).watermark,
        Some(ImageSetting::Data(vec![0; 3]))
    );
    let fallback = resolved(&[]).fallback;
    assert_eq!(
        (fallback.image, fallback.http_code, fallback.ttl),
        (None, Some(200), None)
    );
    let fallback = resolved(&[("INKFISH_FALLBACK_IMAGE_HTTP_CODE", "0")]).fallback;
    assert_eq!(fallback.http_code, None);
}

#[test]
fn custom_headers_are_names_with_values() {
    let config = resolved(&[(
        "IMGPROXY_CUSTOM_RESPONSE_HEADERS",
        "X-A=1;2\\; X-B = a=b \\;",
    )]);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let expected = [pair("X-A", "1;2"), pair("X-B", "a=b")];
    assert_eq!(config.answers.custom_headers, expected);
}

#[test]
fn port_is_the_last_word_about_where_to_listen() {
    let cases: [(&[(&str, &str)], u16); 3] = [
        (&[("PORT", "9000")], 9000),
        (&[("PORT", "9000"), ("IMGPROXY_BIND", ":9001")], 9001),
        (&[("PORT", "nonsense"), ("INKFISH_BIND", ":9002")], 9002),
    ];
    for (variables, port) in cases {
        assert_eq!(resolved(variables).server.bind, Listen::Everywhere { port });
    }
    let faults = faults_of(&[("INKFISH_ALLOW_UNSIGNED", "1"), ("PORT", "nonsense")]);
    assert!(faults[0].ends_with("got `:nonsense` from the variable PORT"));
}

#[test]
fn presets_come_from_the_setting_and_then_from_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("presets");
    std::fs::write(&path, "# sizes\nc=w:3\n\n  d=w:4\n").unwrap();
    let config = resolved(&[
        ("INKFISH_PRESETS", "a=w:1; b=fn:x,y;"),
        ("INKFISH_PRESETS_SEPARATOR", ";"),
        ("INKFISH_PRESETS_PATH", path.to_str().unwrap()),
    ]);
    assert_eq!(
        config.request.presets,
        ["a=w:1", "b=fn:x,y", "c=w:3", "d=w:4"]
    );
}

#[test]
fn imgproxys_variables_without_meaning_here_are_noted_or_refused() {
    let settings = gathered(&[
        ("IMGPROXY_MADE_UP", "1"),
        ("IMGPROXY_CACHE_DIR", "/x"),
        ("IMGPROXY_SO_REUSEPORT", "f"),
    ]);
    let config = settings.resolve().ok().unwrap();
    assert_eq!(config.cache.dir, None);
    assert_eq!(settings.notes.len(), 2);
    let faults = faults_of(&[
        ("INKFISH_ALLOW_UNSIGNED", "1"),
        ("IMGPROXY_ETAG_BUSTER", "1"),
    ]);
    assert_eq!(
        faults,
        [
            "IMGPROXY_ETAG_BUSTER: the ETag is made from the bytes of the answer, and a changed setting remakes \
             them; it can only be unset"
        ]
    );
}

#[test]
fn every_variable_of_imgproxy_is_known_under_both_prefixes() {
    for name in include_str!("imgproxy_names.txt").lines() {
        let known = table::find(name).is_some_and(Setting::is_known_to_imgproxy);
        assert!(known || table::unbuilt::find(name).is_some(), "{name}");
    }
    let unbuilt = table::unbuilt::GROUPS
        .iter()
        .flat_map(|group| group.settings);
    for setting in unbuilt.filter(|setting| !setting.default.is_empty()) {
        for prefix in ["INKFISH_", "IMGPROXY_"] {
            let name = format!("{prefix}{}", setting.name);
            let settings = gathered(&[(&name, setting.default)]);
            assert!(settings.resolve().is_ok(), "{name}");
            assert!(settings.notes.is_empty(), "{name}");
        }
    }
}

#[test]
fn every_setting_is_in_the_page_about_imgproxy() {
    let page = include_str!("../../docs/imgproxy.md");
    let (_, section) = page.split_once("## Variables").unwrap();
    let unbuilt = table::unbuilt::GROUPS
        .iter()
        .flat_map(|group| group.settings);
    let names = table::settings()
        .map(|setting| setting.name)
        .chain(unbuilt.map(|setting| setting.name));
    for name in names {
        assert!(section.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn every_setting_of_the_table_changes_the_configuration() {
    let (folder, path) = file("x=w:1");
    let (_folder, info_path) = file("x=s:1");
    let (_folder, stores_path) = file("[[store]]\nname = \"a\"\nkind = \"gcs\"");
    let elsewhere = ["CONFIG", "ALLOW_UNSIGNED"];
    for setting in table::settings().filter(|setting| !elsewhere.contains(&setting.name)) {
        let name = format!("INKFISH_{}", setting.name);
        let path = match setting.name {
            "LOCAL_FILESYSTEM_ROOT" => folder.path(),
            "INFO_PRESETS_PATH" => &info_path,
            "OBJECT_STORES_PATH" => &stores_path,
            _ => &path,
        };
        let text = another_text(setting, path.to_str().unwrap());
        let company = company(setting.name);
        let without = Settings::gather(&inputs(company, None)).resolve();
        let with = Settings::gather(&inputs(company, Some((name.clone(), text)))).resolve();
        let (Ok(without), Ok(with)) = (without, with) else {
            panic!("{name} does not resolve");
        };
        assert!(fingerprint(&with) != fingerprint(&without), "{name}");
    }
}

/// Every value of a configuration, secrets too.
fn fingerprint(config: &Config) -> String {
    let Config {
        server,
        answers,
        request,
        negotiation,
        source,
        watermark,
        fallback,
        cache,
        error_ttl,
        workers,
        output,
        log,
        access_log,
        metrics_namespace,
        notes,
    } = config;
    let pairs = request.keys.iter().map(|pair| (&pair.key, &pair.salt));
    let secrets = (
        &server.secret,
        pairs.collect::<Vec<_>>(),
        &request.encryption_key,
        &request.trusted_signatures,
    );
    let listening = (
        (server.bind, server.admin_bind, server.threads),
        (
            server.max_clients,
            &server.path_prefix,
            &server.health_check_path,
            server.demo,
        ),
        (server.timeout, server.read_request_timeout),
        (server.write_response_timeout, server.keep_alive_timeout),
        server.graceful_stop_timeout,
    );
    let rest = (
        request.base64_url_includes_filename,
        (negotiation, source, error_ttl),
    );
    let ours = (
        answers,
        cache,
        error_ttl,
        workers,
        output,
        log,
        access_log,
        metrics_namespace,
        notes,
    );
    let around = (watermark, fallback);
    format!("{secrets:?} {listening:?} {request:?} {rest:?} {ours:?} {around:?}")
}

/// What a setting needs beside it.
fn company(name: &str) -> &'static [(&'static str, &'static str)] {
    match name {
        "KEY" | "SALT" | "SOURCE_URL_ENCRYPTION_KEY" => {
            &[("INKFISH_KEY", "aa"), ("INKFISH_SALT", "bb")]
        }
        "PRESETS_SEPARATOR" => &[
            ("INKFISH_ALLOW_UNSIGNED", "1"),
            ("INKFISH_PRESETS", "a=fn:x,#y"),
        ],
        "CUSTOM_HEADERS_SEPARATOR" => &[
            ("INKFISH_ALLOW_UNSIGNED", "1"),
            ("INKFISH_CUSTOM_REQUEST_HEADERS", "a=b;c=d"),
        ],
        "COOKIE_BASE_URL" => &[
            ("INKFISH_ALLOW_UNSIGNED", "1"),
            ("INKFISH_COOKIE_PASSTHROUGH", "1"),
        ],
        name if name.starts_with("S3_") => {
            &[("INKFISH_ALLOW_UNSIGNED", "1"), ("INKFISH_USE_S3", "1")]
        }
        name if name.starts_with("GCS_") => {
            &[("INKFISH_ALLOW_UNSIGNED", "1"), ("INKFISH_USE_GCS", "1")]
        }
        name if name.starts_with("ABS_") => &[
            ("INKFISH_ALLOW_UNSIGNED", "1"),
            ("INKFISH_USE_ABS", "1"),
            ("INKFISH_ABS_NAME", "account"),
        ],
        "USE_ABS" => &[
            ("INKFISH_ALLOW_UNSIGNED", "1"),
            ("INKFISH_ABS_NAME", "account"),
        ],
        _ => &[("INKFISH_ALLOW_UNSIGNED", "1")],
    }
}

/// Inputs of variables, the first of a name standing.
fn inputs(company: &[(&str, &str)], first: Option<(String, String)>) -> Inputs {
    let company = company.iter().map(|(n, t)| ((*n).into(), (*t).into()));
    Inputs {
        variables: first.into_iter().chain(company).collect(),
        file: None,
    }
}

/// A text of the setting's form that is not its default.
fn another_text(setting: &Setting, path: &str) -> String {
    let text = match setting.kind {
        Kind::Flag if setting.default == "true" => "false",
        Kind::Flag => "true",
        Kind::Count { least, most } | Kind::Seconds { least, most } => {
            let other = if setting.default == most.to_string() {
                least
            } else {
                most
            };
            return other.to_string();
        }
        Kind::Threads => "1000",
        Kind::Bytes { .. } => "65MiB",
        Kind::Megapixels | Kind::MegapixelLimit => "1",
        Kind::Number { least, most } => {
            let other = if setting.default.parse() == Ok(most) {
                least
            } else {
                most
            };
            return other.to_string();
        }
        Kind::Word(words) if words.last() == Some(&setting.default) => words[0],
        Kind::Word(words) => words.last().unwrap(),
        Kind::Header | Kind::MetricPrefix => "x",
        Kind::List => "https://x.example/",
        Kind::Separator => ";",
        Kind::Path => path,
        Kind::UrlPath => "/x",
        Kind::Address => ":9999",
        Kind::Separated("PRESETS_SEPARATOR") if setting.name == "INFO_PRESETS" => "x=s:1",
        Kind::Separated("PRESETS_SEPARATOR") => "x=w:1",
        Kind::Separated(_) => "x=y",
        Kind::Replacements => "a=b",
        Kind::QuerySeparator => "none",
        Kind::HeaderNames => "X-A",
        Kind::Buckets => "bucket",
        Kind::Endpoint => "https://x.example/",
        Kind::Source => "https://x.example/y",
        Kind::Base64 => "AAAA",
        Kind::CipherKey => "000102030405060708090a0b0c0d0e0f",
        Kind::HexList => "cc",
        Kind::OutputFormats | Kind::Formats => "webp",
        Kind::FormatQuality => "webp=1",
    };
    text.into()
}

#[test]
fn the_demonstration_may_start() {
    let text = include_str!("../../fixtures/demo.toml");
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo");
    let (_folder, path) = file(&text.replace("fixtures/demo", root));
    let inputs = Inputs {
        variables: Vec::new(),
        file: Some(path),
    };
    let config = Settings::gather(&inputs).resolve().ok().unwrap();
    assert_eq!(
        config.server.bind,
        Listen::At("127.0.0.1:8080".parse().unwrap())
    );
    assert_eq!(config.source.local_root, Some(root.into()));
    assert_eq!(config.cache.dir, Some("target/demo-cache".into()));
}
