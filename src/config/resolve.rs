//! From settings to typed values, a struct a concern.

use std::path::Path;

use super::fault::{Fault, Faults};
use super::gather::Settings;
use super::kind::Value;
use super::values::unless_zero;
use super::{AnswerSettings, Config, ServerSettings};
use crate::request::{self, KeyPair};
use crate::telemetry::{self, access, logging};
use crate::{cache, source, workers};

/// The longest side that any format here can hold.
pub(super) const LONGEST_SIDE: u64 = 65_535;

/// What an explicit 0 of `MAX_CHAINED_PIPELINES` comes to.
const MOST_PIPELINES: u64 = 64;

impl Settings {
    /// The values of a start that may go ahead.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, be it one value's form or how several go together.
    pub fn resolve(&self) -> Result<Config, Faults> {
        let mut faults = self.faults.clone();
        let config = Config {
            server: self.server(),
            answers: self.answers(&mut faults),
            request: self.request(&mut faults),
            negotiation: self.negotiation(),
            cdn: self.text("CDN"),
            source: self.source(&mut faults),
            watermark: self.watermark(),
            fallback: self.fallback(),
            cache: self.cache(),
            shared: self.shared(&mut faults),
            refine: self.refine(),
            purge: self.purge(&mut faults),
            error_ttl: self.seconds("ERROR_TTL"),
            workers: self.workers(),
            output: self.output(),
            log: self.log(),
            access_log: self.flag("ACCESS_LOG").then(|| self.access_log()),
            metrics_namespace: self.text("PROMETHEUS_NAMESPACE").unwrap_or_default(),
            notes: self.notes.clone(),
        };
        self.check(&config, &mut faults);
        Faults::check(faults)?;
        Ok(config)
    }

    fn server(&self) -> ServerSettings {
        ServerSettings {
            bind: self.address("BIND"),
            admin_bind: self.address("ADMIN_BIND"),
            threads: self.count("SERVER_THREADS"),
            max_clients: self.bound("MAX_CLIENTS"),
            path_prefix: self.text("PATH_PREFIX").unwrap_or_default(),
            health_check_path: self.text("HEALTH_CHECK_PATH").unwrap_or_default(),
            demo: self.flag("DEMO"),
            timeout: self.seconds("TIMEOUT"),
            read_request_timeout: self.seconds("READ_REQUEST_TIMEOUT"),
            write_response_timeout: self.seconds("WRITE_RESPONSE_TIMEOUT"),
            keep_alive_timeout: self.seconds("KEEP_ALIVE_TIMEOUT"),
            graceful_stop_timeout: self.seconds("GRACEFUL_STOP_TIMEOUT"),
            secret: self.text("SECRET"),
        }
    }

    fn answers(&self, faults: &mut Vec<Fault>) -> AnswerSettings {
        AnswerSettings {
            ttl: self.seconds("TTL"),
            heeds_origins: self.flag("CACHE_CONTROL_PASSTHROUGH"),
            stale_while_revalidate: Some(self.seconds("STALE_WHILE_REVALIDATE"))
                .filter(|time| !time.is_zero()),
            stale_if_error: self.optional_seconds("STALE_IF_ERROR"),
            cdn_ttl: self
                .is_set("CDN_CACHE_CONTROL")
                .then(|| self.seconds("CDN_CACHE_CONTROL")),
            use_etag: self.flag("USE_ETAG"),
            use_last_modified: self.flag("USE_LAST_MODIFIED"),
            set_canonical_header: self.flag("SET_CANONICAL_HEADER"),
            enable_debug_headers: self.flag("ENABLE_DEBUG_HEADERS"),
            allow_origin: self.text("ALLOW_ORIGIN"),
            cross_origin_resource_policy: self.text("CROSS_ORIGIN_RESOURCE_POLICY"),
            timing_allow_origin: self.text("TIMING_ALLOW_ORIGIN"),
            custom_headers: self.headers("CUSTOM_RESPONSE_HEADERS", faults),
        }
    }

    fn request(&self, faults: &mut Vec<Fault>) -> request::Config {
        request::Config {
            keys: self.keys(),
            signature_size: self.count("SIGNATURE_SIZE"),
            trusted_signatures: self.list("TRUSTED_SIGNATURES"),
            allow_unsigned: self.flag("ALLOW_UNSIGNED"),
            path_prefix: self.text("PATH_PREFIX").unwrap_or_default(),
            encryption_key: self.bytes("SOURCE_URL_ENCRYPTION_KEY"),
            allowed_options: self.list("ALLOWED_PROCESSING_OPTIONS"),
            arguments_separator: self.text("ARGUMENTS_SEPARATOR").unwrap_or_default(),
            presets: self.presets(["PRESETS", "PRESETS_PATH"], faults),
            only_presets: self.flag("ONLY_PRESETS"),
            allowed_info_options: self.list("ALLOWED_INFO_OPTIONS"),
            info_presets: self.presets(["INFO_PRESETS", "INFO_PRESETS_PATH"], faults),
            info_only_presets: self.flag("INFO_ONLY_PRESETS"),
            allow_security_options: self.flag("ALLOW_SECURITY_OPTIONS"),
            allow_bypass_cache: self.flag("ALLOW_BYPASS_CACHE"),
            max_chained_pipelines: usize::try_from(unless_zero(
                self.number("MAX_CHAINED_PIPELINES"),
                MOST_PIPELINES,
            ))
            .unwrap_or_default(),
            return_attachment: self.flag("RETURN_ATTACHMENT"),
            url_replacements: self.list("URL_REPLACEMENTS"),
            base_url: self.text("BASE_URL").unwrap_or_default(),
            source_url_query_separator: self.query_separator(),
            base64_url_includes_filename: self.flag("BASE64_URL_INCLUDES_FILENAME"),
        }
    }

    fn query_separator(&self) -> String {
        let text = self.text("SOURCE_URL_QUERY_SEPARATOR");
        text.filter(|text| text != "none").unwrap_or_default()
    }

    fn negotiation(&self) -> request::Negotiation {
        request::Negotiation {
            auto_webp: self.flag("AUTO_WEBP"),
            enforce_webp: self.flag("ENFORCE_WEBP"),
            auto_avif: self.flag("AUTO_AVIF"),
            enforce_avif: self.flag("ENFORCE_AVIF"),
            client_hints: self.flag("ENABLE_CLIENT_HINTS"),
            save_data: self.flag("SAVE_DATA"),
        }
    }

    fn source(&self, faults: &mut Vec<Fault>) -> source::Config {
        let transfer_bytes = self.number("TRANSFER_MEMORY_BYTES");
        let user_agent = self.text("USER_AGENT").unwrap_or_default();
        source::Config {
            allowed_sources: self.list("ALLOWED_SOURCES"),
            allow_loopback: self.flag("ALLOW_LOOPBACK_SOURCE_ADDRESSES"),
            allow_link_local: self.flag("ALLOW_LINK_LOCAL_SOURCE_ADDRESSES"),
            allow_private: self.flag("ALLOW_PRIVATE_SOURCE_ADDRESSES"),
            own_listeners: Vec::new(),
            max_bytes: unless_zero(self.number("MAX_SRC_FILE_SIZE"), transfer_bytes),
            max_pixels: self.number("MAX_SRC_RESOLUTION"),
            max_redirects: self.small("MAX_REDIRECTS"),
            connect_timeout: self.seconds("CONNECT_TIMEOUT"),
            first_byte_timeout: self.seconds("FIRST_BYTE_TIMEOUT"),
            keep_alive: self.seconds("CLIENT_KEEP_ALIVE_TIMEOUT"),
            download_timeout: self.seconds("DOWNLOAD_TIMEOUT"),
            max_fetches: self.count("MAX_FETCHES"),
            max_fetches_per_host: self.count("MAX_FETCHES_PER_HOST"),
            fetch_queue: self.count("FETCH_QUEUE_SIZE"),
            transfer_bytes,
            local_root: self.path("LOCAL_FILESYSTEM_ROOT"),
            user_agent: user_agent.replace("%current_version", env!("CARGO_PKG_VERSION")),
            ignore_tls_verification: self.flag("IGNORE_SSL_VERIFICATION"),
            stores: self.stores(faults),
            source_cache_bytes: self.number("SOURCE_CACHE_BYTES"),
            source_cache_ttl: self.seconds("SOURCE_CACHE_TTL"),
            passthrough: self.passthrough(faults),
        }
    }

    fn cache(&self) -> cache::Config {
        cache::Config {
            dir: self.path("CACHE_DIR"),
            memory_bytes: self.number("CACHE_MEMORY_BYTES"),
            stream_bytes: self.number("CACHE_STREAM_BYTES"),
            disk_limits: cache::Limits {
                bytes: self.number("CACHE_DISK_BYTES"),
                entries: self.number("CACHE_DISK_ENTRIES"),
            },
            purge_table_bytes: self.number("PURGE_TABLE_BYTES"),
            sweep_interval: self.seconds("SWEEP_INTERVAL"),
            lifetimes: self.lifetimes(),
            ..cache::Config::default()
        }
    }

    fn lifetimes(&self) -> cache::Lifetimes {
        cache::Lifetimes {
            ttl: self.seconds("CACHE_TTL"),
            floor: self.seconds("CACHE_TTL_FLOOR"),
            ceiling: self.seconds("CACHE_TTL_CEILING"),
            stale_while_revalidate: self.seconds("STALE_WHILE_REVALIDATE"),
            stale_if_error: self.optional_seconds("STALE_IF_ERROR"),
            keep: cache::Keep {
                variants: self.seconds("CACHE_KEEP"),
                uploads: self.seconds("CACHE_KEEP_UPLOADS"),
                web_uploads: self.seconds("CACHE_KEEP_WEB_UPLOADS"),
            },
        }
    }

    fn workers(&self) -> workers::Config {
        workers::Config {
            threads: self.count("WORKERS"),
            queue: self.bound("REQUESTS_QUEUE_SIZE"),
            pixel_memory_bytes: self.number("PIXEL_MEMORY_BYTES"),
        }
    }

    fn log(&self) -> logging::Config {
        let level = self.text("LOG_LEVEL").unwrap_or_default();
        logging::Config {
            format: self.log_format(),
            level: level
                .parse()
                .expect("the words of LOG_LEVEL are tracing's levels"),
        }
    }

    fn access_log(&self) -> access::Config {
        access::Config {
            format: self.log_format(),
            path_prefix: self.text("PATH_PREFIX").unwrap_or_default(),
        }
    }

    fn log_format(&self) -> telemetry::Format {
        match self.text("LOG_FORMAT").as_deref() {
            Some("json" | "gcp") => telemetry::Format::Json,
            _ => telemetry::Format::Human,
        }
    }

    fn keys(&self) -> Vec<KeyPair> {
        let keys = self.hex_list("KEY").into_iter();
        keys.zip(self.hex_list("SALT"))
            .map(|(key, salt)| KeyPair { key, salt })
            .collect()
    }

    fn presets(&self, [name, path]: [&str; 2], faults: &mut Vec<Fault>) -> Vec<String> {
        let separator = self.text("PRESETS_SEPARATOR").unwrap_or_default();
        let mut presets = match self.value(name) {
            Value::Text(text) => text.split(&separator).map(trimmed).collect(),
            _ => self.list(name),
        };
        if let Some(file) = self.path(path) {
            match preset_lines(path, &file) {
                Ok(lines) => presets.extend(lines),
                Err(fault) => faults.push(fault),
            }
        }
        presets.retain(|preset| !preset.is_empty());
        presets
    }
}

fn trimmed(text: &str) -> String {
    text.trim().to_owned()
}

fn preset_lines(name: &str, path: &Path) -> Result<Vec<String>, Fault> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Fault::new(format!("INKFISH_{name}: {}: {error}", path.display())))?;
    Ok(text
        .lines()
        .map(trimmed)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect())
}
