//! Every setting of the table, of its documentation and of imgproxy.

use super::*;

#[test]
fn every_variable_of_imgproxy_is_known_under_both_prefixes() {
    for name in include_str!("../imgproxy_names.txt").lines() {
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
    let page = include_str!("../../../docs/imgproxy.md");
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
    // The last one only permits what others say.
    let elsewhere = ["CONFIG", "ALLOW_UNSIGNED", "SHARED_CACHE_SINGLE_WRITER"];
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
        cdn,
        source,
        watermark,
        fallback,
        cache,
        shared,
        refine,
        purge,
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
        (negotiation, cdn, source, error_ttl),
    );
    let ours = (
        answers,
        (cache, refine),
        error_ttl,
        workers,
        output,
        log,
        access_log,
        metrics_namespace,
        notes,
    );
    let around = (watermark, fallback);
    let purging = (
        (shared, &purge.token, &purge.redis, purge.strict),
        (&purge.hooks, &purge.hooks_authorization, &purge.surrogates),
    );
    format!("{secrets:?} {listening:?} {request:?} {rest:?} {ours:?} {around:?} {purging:?}")
}

/// A text of the setting's form that is not its default.
fn another_text(setting: &Setting, path: &str) -> String {
    let text = match setting.kind {
        _ if setting.name == "PURGE_TOKEN" => "0123456789abcdef",
        _ if setting.name == "PURGE_HOOKS" => "xkey=http://x.example/",
        _ if setting.name == "SURROGATE_KEYS" => "source,host",
        _ if setting.name == "SHARED_CACHE_URL" => "file:///x",
        Kind::RedisUrl => "redis://x.example/",
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
        Kind::Score => "high",
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
