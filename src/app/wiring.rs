//! Settings to what the server and delivery are told. Nothing is decided here: a field a line.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode};

use super::Error;
use super::stills::Stills;
use crate::config::{Config, Fault};
use crate::delivery;
use crate::purge::{self, HookConfig, StreamConfig, SurrogateConfig, Surrogates};
use crate::request::{self, Parser};
use crate::server::{
    AnswerConfig, CachingConfig, Demo, ListenerConfig, Paths, PublicConfig, Switches, Timeouts,
};
use crate::source::{self, AllowedSources};
use crate::transform::plan::Defaults;

/// Pictures that the demonstration shows at most.
const MAX_DEMO_PICTURES: usize = 8;
/// Connections to the admin address at once.
const ADMIN_CONNECTIONS: usize = 64;

/// Both parts, or the faults of both at once.
pub(super) fn checked<T>(
    parser: Result<Parser, Vec<request::Fault>>,
    of_sources: Result<T, Vec<source::Fault>>,
) -> Result<(Parser, T), Error> {
    match (parser, of_sources) {
        (Ok(parser), Ok(of_sources)) => Ok((parser, of_sources)),
        (parser, of_sources) => {
            let of_parser = parser
                .err()
                .into_iter()
                .flatten()
                .map(|fault| fault.to_string());
            let of_sources = of_sources.err().into_iter().flatten();
            let of_sources =
                of_sources.map(|fault| format!("{}: {}", setting(fault.field), fault.problem));
            let faults = of_parser.chain(of_sources);
            Err(Error::Settings(
                faults
                    .map(|fault| Fault::new(format!("INKFISH_{fault}")))
                    .collect(),
            ))
        }
    }
}

/// The patterns of URLs that may be fetched.
pub(super) fn allowed_sources(config: &Config) -> Result<AllowedSources, Vec<source::Fault>> {
    AllowedSources::parse(&config.source.allowed_sources).map_err(|problems| {
        let fault = |problem| source::Fault {
            field: "allowed_sources",
            problem,
        };
        problems.into_iter().map(fault).collect()
    })
}

/// The setting behind a field of the fetcher.
fn setting(field: &str) -> String {
    match field {
        "local_root" => "LOCAL_FILESYSTEM_ROOT".to_owned(),
        "max_bytes" => "MAX_SRC_FILE_SIZE".to_owned(),
        "max_pixels" => "MAX_SRC_RESOLUTION".to_owned(),
        "stores" => "OBJECT_STORES_PATH".to_owned(),
        "passthrough.request_headers" => "REQUEST_HEADERS_PASSTHROUGH".to_owned(),
        "passthrough.custom_headers" => "CUSTOM_REQUEST_HEADERS".to_owned(),
        "transfer_bytes" => "TRANSFER_MEMORY_BYTES".to_owned(),
        other => other.to_uppercase(),
    }
}

/// The part of the transfer memory that answers have to themselves: a quarter, unless one largest source needs it.
pub(super) fn answer_bytes(config: &Config) -> u64 {
    let total = config.source.transfer_bytes;
    (total / 4).min(total.saturating_sub(config.source.max_bytes))
}

pub(super) fn delivery(config: &Config, stills: Stills) -> delivery::Config {
    let timeout = config.server.timeout;
    delivery::Config {
        timeout,
        flight_timeout: config.source.download_timeout + 2 * timeout,
        error_ttl: config.error_ttl,
        heeds_origins: config.answers.heeds_origins,
        max_source_bytes: config.source.max_bytes,
        defaults: Defaults {
            watermark_digest: stills.watermark.as_ref().map(|still| still.digest),
            ..config.output.clone()
        },
        watermark: stills.watermark,
        fallback: stills.fallback,
    }
}

/// What names answers, by a secret that every node with the same keys shares. Without keys nothing is hidden.
pub(super) fn surrogates(config: &Config, parser: &Parser) -> Result<Arc<Surrogates>, Error> {
    let settings = &config.purge.surrogates;
    let prefixes = settings.prefixes.iter();
    let prefixes = prefixes.map(|text| purge::normal_prefix(text, parser));
    let prefixes = prefixes.collect::<Result<_, _>>().map_err(|error| {
        Error::Settings(vec![Fault::new(format!(
            "INKFISH_SURROGATE_PREFIXES: {error}"
        ))])
    })?;
    let secret = config.request.keys.first();
    let secret = secret.map(|pair| [pair.key.as_slice(), &pair.salt].concat());
    let settings = SurrogateConfig {
        kinds: settings.kinds.clone(),
        prefixes,
    };
    Ok(Arc::new(Surrogates::new(
        settings,
        &secret.unwrap_or_default(),
    )))
}

pub(super) fn purge(config: &Config) -> purge::Config {
    let settings = &config.purge;
    let stream = settings.redis.clone().map(|(url, key)| StreamConfig {
        url,
        key,
        dir: config.cache.dir.as_ref().map(|dir| dir.join("purges")),
        unconfirmed: Arc::default(),
    });
    purge::Config {
        stream,
        hooks: HookConfig {
            hooks: settings.hooks.clone(),
            authorization: settings.hooks_authorization.clone(),
            longest_request: config.server.timeout + config.server.write_response_timeout,
        },
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
            fallback_ttl: config.fallback.ttl,
            refine_ttl: config.refine.ttl,
            cdn_ttl: settings.cdn_ttl,
            stale_while_revalidate: settings.stale_while_revalidate,
            stale_if_error: settings.stale_if_error,
        },
        fallback_status: config
            .fallback
            .http_code
            .and_then(|code| StatusCode::from_u16(code).ok()),
        allow_origin: header(&settings.allow_origin),
        custom_headers: custom_headers(&settings.custom_headers),
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

/// Headers whose names and values the settings have seen to.
fn custom_headers(pairs: &[(String, String)]) -> Vec<(HeaderName, HeaderValue)> {
    let read = |(name, value): &(String, String)| {
        let name = HeaderName::try_from(name).ok()?;
        Some((name, HeaderValue::try_from(value).ok()?))
    };
    pairs.iter().filter_map(read).collect()
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

/// Pictures right under the local root, where the demonstration is on and URLs need no signature.
pub(super) fn demo(config: &Config) -> Demo {
    let shown = config.server.demo && config.request.allow_unsigned;
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
