//! Settings as a whole: precedence, faults, imgproxy's names, and what comes out.

use std::path::PathBuf;

use super::kind::Kind;
use super::table::{self, Setting};
use super::*;
use crate::identify::Format;
use crate::telemetry;

mod faults;
mod settings;

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
    assert_eq!(
        config.cache.lifetimes.keep.variants,
        Duration::from_secs(30 * 86_400)
    );
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
        "SHARED_CACHE_URL" | "PURGE_STREAM" => &[
            ("INKFISH_ALLOW_UNSIGNED", "1"),
            ("INKFISH_REDIS_URL", "redis://x.example/"),
        ],
        name if name.starts_with("SHARED_CACHE_") => &[
            ("INKFISH_ALLOW_UNSIGNED", "1"),
            ("INKFISH_REDIS_URL", "redis://x.example/"),
            ("INKFISH_SHARED_CACHE_URL", "s3://bucket/x"),
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
