//! From settings to typed values, a struct a concern.

use std::path::Path;

use super::fault::{Fault, Faults};
use super::gather::Settings;
use super::kind::{Kind, Raw, Value};
use super::values::unless_zero;
use super::{AnswerSettings, Config, ServerSettings};
use crate::identify::Format;
use crate::image::encode;
use crate::request::{self, KeyPair};
use crate::telemetry::{self, access, logging};
use crate::transform::ask::UnsharpMode;
use crate::transform::plan::{Defaults, Unsharp};
use crate::{cache, source, workers};

/// The longest side that any format here can hold.
const LONGEST_SIDE: u64 = 65_535;

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
            answers: self.answers(),
            request: self.request(&mut faults),
            negotiation: self.negotiation(),
            source: self.source(),
            cache: self.cache(),
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

    fn answers(&self) -> AnswerSettings {
        AnswerSettings {
            ttl: self.seconds("TTL"),
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
            presets: self.presets(faults),
            only_presets: self.flag("ONLY_PRESETS"),
            base64_url_includes_filename: self.flag("BASE64_URL_INCLUDES_FILENAME"),
            ..request::Config::default()
        }
    }

    fn negotiation(&self) -> request::Negotiation {
        request::Negotiation {
            auto_webp: self.flag("AUTO_WEBP"),
            enforce_webp: self.flag("ENFORCE_WEBP"),
            ..request::Negotiation::default()
        }
    }

    fn source(&self) -> source::Config {
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
            ..source::Config::default()
        }
    }

    fn cache(&self) -> cache::Config {
        cache::Config {
            dir: self.path("CACHE_DIR"),
            memory_bytes: self.number("CACHE_MEMORY_BYTES"),
            ttl: self.seconds("CACHE_TTL"),
            keep: self.seconds("CACHE_KEEP"),
            ..cache::Config::default()
        }
    }

    fn workers(&self) -> workers::Config {
        workers::Config {
            threads: self.count("WORKERS"),
            queue: self.bound("REQUESTS_QUEUE_SIZE"),
            pixel_memory_bytes: self.number("PIXEL_MEMORY_BYTES"),
        }
    }

    fn output(&self) -> Defaults {
        Defaults {
            quality: self.small("QUALITY"),
            format_quality: self.format_quality(),
            preferred_formats: self.formats("PREFERRED_FORMATS"),
            skip_processing: self.formats("SKIP_PROCESSING_FORMATS"),
            auto_rotate: self.flag("AUTO_ROTATE"),
            strip_metadata: self.flag("STRIP_METADATA"),
            strip_color_profile: self.flag("STRIP_COLOR_PROFILE"),
            keep_copyright: true,
            strip_metadata_dpi: 72.0,
            preserve_hdr: false,
            linear_light: false,
            jpeg: encode::JpegOptions {
                progressive: self.flag("JPEG_PROGRESSIVE"),
                ..encode::JpegOptions::default()
            },
            png: encode::PngOptions::default(),
            webp: encode::WebpOptions {
                effort: self.small("WEBP_EFFORT"),
                ..encode::WebpOptions::default()
            },
            avif: encode::AvifOptions::default(),
            unsharp_masking: Unsharp {
                mode: UnsharpMode::None,
                weight: 1.0,
                divider: 24.0,
            },
            max_result_dimension: u32::try_from(unless_zero(
                self.number("MAX_RESULT_DIMENSION"),
                LONGEST_SIDE,
            ))
            .expect("the range of MAX_RESULT_DIMENSION ends at 65535"),
            max_src_pixels: self.number("MAX_SRC_RESOLUTION"),
            max_animation_frames: 1,
            max_animation_frame_pixels: 0,
            enforced: if self.flag("ENFORCE_WEBP") {
                vec![Format::WebP]
            } else {
                Vec::new()
            },
            shrink_on_load: !self.flag("DISABLE_SHRINK_ON_LOAD"),
            enforce_thumbnail: false,
            always_rasterize_svg: false,
            sanitize_svg: true,
            watermark_opacity: 1.0,
            watermark_digest: None,
            best_format: false,
            best_format_max_pixels: 0,
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

    fn presets(&self, faults: &mut Vec<Fault>) -> Vec<String> {
        let separator = self.text("PRESETS_SEPARATOR").unwrap_or_default();
        let mut presets = match self.value("PRESETS") {
            Value::Text(text) => text.split(&separator).map(trimmed).collect(),
            _ => self.list("PRESETS"),
        };
        if let Some(path) = self.path("PRESETS_PATH") {
            match preset_lines(&path) {
                Ok(lines) => presets.extend(lines),
                Err(fault) => faults.push(fault),
            }
        }
        presets.retain(|preset| !preset.is_empty());
        presets
    }

    fn format_quality(&self) -> Vec<(Format, u8)> {
        let default = Raw::Text(self.entry("FORMAT_QUALITY").setting.default.into());
        let base = Kind::FormatQuality.parse(&default);
        let mut merged: Vec<(Format, u8)> = Vec::new();
        for value in [base.as_ref(), Some(self.value("FORMAT_QUALITY"))] {
            let Some(Value::FormatQuality(pairs)) = value else {
                continue;
            };
            for (format, quality) in pairs {
                merged.retain(|(known, _)| known != format);
                merged.push((*format, *quality));
            }
        }
        merged
    }
}

fn trimmed(text: &str) -> String {
    text.trim().to_owned()
}

fn preset_lines(path: &Path) -> Result<Vec<String>, Fault> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Fault::new(format!("INKFISH_PRESETS_PATH: {}: {error}", path.display()))
    })?;
    Ok(text
        .lines()
        .map(trimmed)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect())
}
