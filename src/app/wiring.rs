//! Settings to what each part is told. Nothing is decided here: a field a line.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use http::HeaderValue;

use super::Error;
use crate::config::{Config, Fault, LogFormat};
use crate::request::{self, Negotiation, Parser};
use crate::server::{
    AnswerConfig, CachingConfig, Demo, ListenerConfig, Paths, PublicConfig, Switches, Timeouts,
};
use crate::source::{self, Fetcher};
use crate::telemetry::{self, logging};
use crate::transform::plan::Defaults;
use crate::{cache, delivery, workers};

/// Pictures that the demonstration shows at most.
const MAX_DEMO_PICTURES: usize = 8;
/// Connections to the admin address at once.
const ADMIN_CONNECTIONS: usize = 64;

/// Both parts, or the faults of both at once.
pub(super) fn checked(
    parser: Result<Parser, Vec<request::Fault>>,
    fetcher: Result<Fetcher, Vec<source::Fault>>,
) -> Result<(Parser, Fetcher), Error> {
    match (parser, fetcher) {
        (Ok(parser), Ok(fetcher)) => Ok((parser, fetcher)),
        (parser, fetcher) => {
            let of_parser = parser
                .err()
                .into_iter()
                .flatten()
                .map(|fault| Fault::new(format!("INKFISH_{fault}")));
            let of_fetcher = fetcher.err().into_iter().flatten();
            let of_fetcher = of_fetcher.map(|fault| {
                Fault::new(format!(
                    "INKFISH_{}: {}",
                    setting(fault.field),
                    fault.problem
                ))
            });
            Err(Error::Settings(of_parser.chain(of_fetcher).collect()))
        }
    }
}

/// The setting behind a field of the fetcher.
fn setting(field: &str) -> String {
    match field {
        "local_root" => "LOCAL_FILESYSTEM_ROOT".to_owned(),
        "max_bytes" => "MAX_SRC_FILE_SIZE".to_owned(),
        "max_pixels" => "MAX_SRC_RESOLUTION".to_owned(),
        "transfer_bytes" => "TRANSFER_MEMORY_BYTES".to_owned(),
        other => other.to_uppercase(),
    }
}

pub(super) fn parser(config: &Config) -> Result<Parser, Vec<request::Fault>> {
    Parser::try_new(request_config(config))
}

/// What the reader of URLs is told.
pub(crate) fn request_config(config: &Config) -> request::Config {
    let settings = config.request.clone();
    let pair = |pair: crate::config::KeyPair| request::KeyPair {
        key: pair.key,
        salt: pair.salt,
    };
    request::Config {
        keys: settings.keys.into_iter().map(pair).collect(),
        signature_size: settings.signature_size,
        trusted_signatures: settings.trusted_signatures,
        allow_unsigned: settings.allow_unsigned,
        path_prefix: config.server.path_prefix.clone(),
        arguments_separator: settings.arguments_separator,
        presets: settings.presets,
        only_presets: settings.only_presets,
        encryption_key: settings.encryption_key,
        allowed_options: settings.allowed_options,
        base64_url_includes_filename: settings.base64_url_includes_filename,
    }
}

pub(super) fn negotiation(config: &Config) -> Negotiation {
    Negotiation {
        auto_webp: config.request.auto_webp,
        enforce_webp: config.request.enforce_webp,
    }
}

pub(super) fn source(config: &Config, own_listeners: Vec<SocketAddr>) -> source::Config {
    let settings = config.source.clone();
    source::Config {
        allowed_sources: settings.allowed_sources,
        allow_loopback: settings.allow_loopback,
        allow_link_local: settings.allow_link_local,
        allow_private: settings.allow_private,
        own_listeners,
        max_bytes: settings.max_bytes,
        max_pixels: settings.max_pixels,
        max_redirects: settings.max_redirects,
        connect_timeout: settings.connect_timeout,
        first_byte_timeout: settings.first_byte_timeout,
        download_timeout: settings.download_timeout,
        max_fetches: settings.max_fetches,
        max_fetches_per_host: settings.max_fetches_per_host,
        fetch_queue: settings.fetch_queue,
        transfer_bytes: settings.transfer_bytes,
        local_root: settings.local_root,
        user_agent: settings.user_agent,
        ignore_tls_verification: settings.ignore_tls_verification,
    }
}

pub(super) fn cache(config: &Config) -> cache::Config {
    let settings = config.cache.clone();
    cache::Config {
        dir: settings.dir,
        memory_bytes: settings.memory_bytes,
        ttl: settings.ttl,
        keep: settings.keep,
        ..cache::Config::default()
    }
}

pub(super) fn workers(config: &Config) -> workers::Config {
    workers::Config {
        threads: config.workers.threads,
        queue: config.workers.queue,
        pixel_memory_bytes: config.workers.pixel_memory_bytes,
    }
}

pub(super) fn delivery(config: &Config) -> delivery::Config {
    let timeout = config.server.timeout;
    delivery::Config {
        timeout,
        flight_timeout: config.source.download_timeout + 2 * timeout,
        error_ttl: config.cache.error_ttl,
        max_source_bytes: config.source.max_bytes,
        defaults: defaults(config),
    }
}

fn defaults(config: &Config) -> Defaults {
    let settings = config.output.clone();
    Defaults {
        quality: settings.quality,
        format_quality: settings.format_quality,
        preferred_formats: settings.preferred_formats,
        auto_rotate: settings.auto_rotate,
        strip_metadata: settings.strip_metadata,
        strip_color_profile: settings.strip_color_profile,
        jpeg_progressive: settings.jpeg_progressive,
        png_interlaced: settings.png_interlaced,
        webp_effort: settings.webp_effort,
        max_result_dimension: settings.max_result_dimension,
        max_src_pixels: config.source.max_pixels,
        skip_processing: settings.skip_processing,
        enforce_webp: config.request.enforce_webp,
        shrink_on_load: settings.shrink_on_load,
    }
}

pub(super) fn public(config: &Config) -> PublicConfig {
    PublicConfig {
        paths: Paths {
            prefix: config.server.path_prefix.clone(),
            health_check: config.server.health_check_path.clone(),
        },
        answers: answers(config),
        secret: config.server.secret.clone(),
        demo: demo(config),
    }
}

fn answers(config: &Config) -> AnswerConfig {
    let settings = &config.answers;
    let header = |text: &Option<String>| {
        text.as_deref()
            .and_then(|text| HeaderValue::try_from(text).ok())
    };
    AnswerConfig {
        caching: CachingConfig {
            ttl: settings.ttl,
            cdn_ttl: settings.cdn_ttl,
        },
        allow_origin: header(&settings.allow_origin),
        resource_policy: header(&settings.cross_origin_resource_policy),
        timing_allow_origin: header(&settings.timing_allow_origin),
        switches: Switches {
            etag: settings.use_etag,
            last_modified: settings.use_last_modified,
            canonical: settings.set_canonical_header,
            debug: settings.enable_debug_headers,
        },
    }
}

pub(super) fn public_listener(config: &Config) -> ListenerConfig {
    ListenerConfig {
        threads: config.server.threads,
        max_connections: config.server.max_clients,
        timeouts: timeouts(config),
        drain: config.server.graceful_stop_timeout,
    }
}

/// The admin address has limits of its own, so that no flood of images hides what it tells.
pub(super) fn admin_listener(config: &Config) -> ListenerConfig {
    ListenerConfig {
        threads: 1,
        max_connections: ADMIN_CONNECTIONS,
        timeouts: timeouts(config),
        drain: Duration::from_secs(1),
    }
}

fn timeouts(config: &Config) -> Timeouts {
    Timeouts {
        head: config.server.read_request_timeout,
        idle: config.server.keep_alive_timeout,
        write: config.server.write_response_timeout,
    }
}

/// The log that the process keeps.
pub(crate) fn log(config: &Config) -> logging::Config {
    logging::Config {
        format: log_format(config.log.format),
        level: config.log.level,
    }
}

pub(super) fn log_format(format: LogFormat) -> telemetry::Format {
    match format {
        LogFormat::Human => telemetry::Format::Human,
        LogFormat::Json => telemetry::Format::Json,
    }
}

/// Pictures right under the local root, where the demonstration is on and URLs need no signature.
pub(super) fn demo(config: &Config) -> Demo {
    let shown = config.request.allow_unsigned;
    match config.source.local_root.as_deref().filter(|_| shown) {
        Some(root) => Demo {
            pictures: pictures(root),
        },
        None => Demo::default(),
    }
}

fn pictures(root: &Path) -> Vec<String> {
    let files = std::fs::read_dir(root).into_iter().flatten().flatten();
    let mut names: Vec<String> = files
        .filter_map(|file| file.file_name().into_string().ok())
        .filter(|name| is_picture(name))
        .collect();
    names.sort();
    names.truncate(MAX_DEMO_PICTURES);
    names
}

fn is_picture(name: &str) -> bool {
    name.rsplit_once('.')
        .and_then(|(_, extension)| crate::identify::Format::from_name(extension))
        .is_some_and(crate::identify::Format::decodes)
}
