//! imgproxy's settings that Inkfish does not have. Their names are known, so that a configuration can move
//! over as it is where it says nothing but imgproxy's defaults; anything else stops the start with a sentence.

use crate::config::kind::flag;

/// Settings of imgproxy that are missing here for one reason.
#[derive(Debug)]
pub(crate) struct Group {
    /// Why, as a clause without a stop.
    pub(crate) reason: &'static str,
    pub(crate) settings: &'static [Unbuilt],
}

/// One of them: its name without prefix, and the text that asks for nothing that is missing.
#[derive(Debug)]
pub(crate) struct Unbuilt {
    pub(crate) name: &'static str,
    /// imgproxy's default; empty for unset.
    pub(crate) default: &'static str,
}

/// A setting that is accepted at imgproxy's default alone.
const fn at(name: &'static str, default: &'static str) -> Unbuilt {
    Unbuilt { name, default }
}

/// A setting that is accepted while it says nothing.
const fn unset(name: &'static str) -> Unbuilt {
    at(name, "")
}

/// A switch that is accepted while it is off.
const fn off(name: &'static str) -> Unbuilt {
    at(name, "false")
}

/// Every setting of imgproxy, of its open-source and its Pro edition, that `SECTIONS` does not have.
pub(crate) const GROUPS: &[Group] = &[
    Group {
        reason: "Inkfish listens on TCP, on one socket that its threads share",
        settings: &[at("NETWORK", "tcp"), off("SO_REUSEPORT")],
    },
    Group {
        reason: "metrics are served at `INKFISH_ADMIN_BIND`, under `/metrics`",
        settings: &[unset("PROMETHEUS_BIND")],
    },
    Group {
        reason: "Inkfish neither collects garbage nor chooses its allocator by a setting",
        settings: &[
            at("FREE_MEMORY_INTERVAL", "10"),
            unset("MALLOC"),
            at("DOWNLOAD_BUFFER_SIZE", "0"),
            at("BUFFER_POOL_CALIBRATION_THRESHOLD", "1024"),
        ],
    },
    Group {
        reason: "Inkfish has no such diagnosis",
        settings: &[
            off("LOG_MEM_STATS"),
            unset("PPROF_BIND"),
            off("VIPS_LEAK_CHECK"),
            off("VIPS_CACHE_TRACE"),
            off("DEVELOPMENT_ERRORS_MODE"),
            off("FAIL_ON_DEPRECATION"),
        ],
    },
    Group {
        reason: "Inkfish needs no licence key",
        settings: &[unset("LICENSE_KEY"), off("LICENSE_DEVELOPMENT_MODE")],
    },
    Group {
        reason: "the names of the server and of its health are its own",
        settings: &[
            at("SERVER_NAME", "imgproxy"),
            at("HEALTH_CHECK_MESSAGE", "imgproxy is running"),
        ],
    },
    Group {
        reason: "of a source's headers only Last-Modified reaches clients",
        settings: &[unset("RESPONSE_HEADERS_PASSTHROUGH")],
    },
    Group {
        reason: "the ETag is made from the bytes of the answer, and a changed setting remakes them",
        settings: &[unset("ETAG_BUSTER"), unset("LAST_MODIFIED_BUSTER")],
    },
    Group {
        reason: "no decoder works without limits",
        settings: &[
            off("PNG_UNLIMITED"),
            off("SVG_UNLIMITED"),
            off("TIFF_UNLIMITED"),
        ],
    },
    Group {
        reason: "PNG is written sequentially, which is smaller",
        settings: &[off("PNG_INTERLACED")],
    },
    Group {
        reason: "JPEG XL is read and not written",
        settings: &[off("AUTO_JXL"), off("ENFORCE_JXL"), at("JXL_EFFORT", "4")],
    },
    Group {
        reason: "PDF and raw formats of cameras are not read",
        settings: &[off("PDF_NO_BACKGROUND"), off("ENABLE_RAW_FORMATS")],
    },
    Group {
        reason: "imgproxy knows them as `AUTO_WEBP` and `AUTO_AVIF` now",
        settings: &[off("ENABLE_WEBP_DETECTION"), off("ENABLE_AVIF_DETECTION")],
    },
    Group {
        reason: "profiles come from images alone",
        settings: &[at("COLOR_PROFILES_DIR", "/usr/share/color/icc")],
    },
    Group {
        reason: "quality is measured, and no network guesses it",
        settings: &[
            unset("AUTOQUALITY_JPEG_NET"),
            unset("AUTOQUALITY_WEBP_NET"),
            unset("AUTOQUALITY_AVIF_NET"),
            unset("AUTOQUALITY_JXL_NET"),
            unset("AUTOQUALITY_ML_INFERENCE_NUM_STREAMS"),
            unset("AUTOQUALITY_ML_INFERENCE_NUM_THREADS"),
            unset("AUTOQUALITY_ML_EXECUTION_MODE"),
            unset("AUTOQUALITY_ML_CPU_PINNING"),
        ],
    },
    Group {
        reason: "the best format is found by trial of each",
        settings: &[
            at("BEST_FORMAT_COMPLEXITY_THRESHOLD", "5.5"),
            off("BEST_FORMAT_ALLOW_SKIPS"),
        ],
    },
    Group {
        reason: "nothing is recognised in images: `gravity:sm` looks for where there is most to see",
        settings: &[
            off("SMART_CROP_ADVANCED"),
            at("SMART_CROP_ADVANCED_MODE", "max_score_area"),
            off("SMART_CROP_FACE_DETECTION"),
            unset("OBJECT_DETECTION_NET"),
            at("OBJECT_DETECTION_NET_TYPE", "yolox"),
            at("OBJECT_DETECTION_NET_SIZE", "416"),
            unset("OBJECT_DETECTION_CLASSES"),
            at("OBJECT_DETECTION_CONFIDENCE_THRESHOLD", "0.2"),
            at("OBJECT_DETECTION_NMS_THRESHOLD", "0.4"),
            off("OBJECT_DETECTION_SWAP_RB"),
            at("OBJECT_DETECTION_FALLBACK_TO_SMART_CROP", "true"),
            at("OBJECT_DETECTION_GRAVITY_MODE", "max_score_area"),
            unset("OBJECT_DETECTION_INFERENCE_NUM_STREAMS"),
            unset("OBJECT_DETECTION_INFERENCE_NUM_THREADS"),
            unset("OBJECT_DETECTION_EXECUTION_MODE"),
            unset("OBJECT_DETECTION_CPU_PINNING"),
            unset("CLASSIFICATION_NET"),
            at("CLASSIFICATION_NET_SIZE", "224"),
            unset("CLASSIFICATION_CLASSES"),
            at("CLASSIFICATION_THRESHOLD", "0.5"),
            at("CLASSIFICATION_NORMALIZATION", "none"),
            at("CLASSIFICATION_LAYOUT", "nhwc"),
            unset("CLASSIFICATION_INFERENCE_NUM_STREAMS"),
            unset("CLASSIFICATION_INFERENCE_NUM_THREADS"),
            unset("CLASSIFICATION_EXECUTION_MODE"),
            unset("CLASSIFICATION_CPU_PINNING"),
            unset("ML_NUM_STREAMS"),
            unset("ML_INFERENCE_NUM_THREADS"),
            at("ML_EXECUTION_MODE", "performance"),
            off("ML_CPU_PINNING"),
            unset("MAX_ML_CONCURRENCY"),
        ],
    },
    Group {
        reason: "there are no thumbnails of videos",
        settings: &[
            off("ENABLE_VIDEO_THUMBNAILS"),
            at("VIDEO_THUMBNAIL_SECOND", "1"),
            off("VIDEO_THUMBNAIL_KEYFRAMES"),
            off("VIDEO_THUMBNAIL_TILE_AUTO_KEYFRAMES"),
            at("VIDEO_THUMBNAIL_PROBE_SIZE", "5000000"),
            at("VIDEO_THUMBNAIL_MAX_ANALYZE_DURATION", "0"),
        ],
    },
    Group {
        reason: "a watermark that a URL names is kept as any source is",
        settings: &[
            off("WATERMARK_PREPROCESS_URL"),
            at("WATERMARKS_CACHE_SIZE", "256"),
        ],
    },
    Group {
        reason: "a fallback image that a URL names is kept as any source is",
        settings: &[
            off("FALLBACK_IMAGE_PREPROCESS_URL"),
            at("FALLBACK_IMAGES_CACHE_SIZE", "256"),
        ],
    },
    Group {
        reason: "objects are read as they lie in S3, Google and Azure, without roles and access points, and there is no Swift",
        settings: &[
            unset("S3_ASSUME_ROLE_ARN"),
            unset("S3_ASSUME_ROLE_EXTERNAL_ID"),
            off("S3_USE_DECRYPTION_CLIENT"),
            unset("S3_ACCESS_POINTS"),
            off("USE_SWIFT"),
            unset("SWIFT_USERNAME"),
            unset("SWIFT_API_KEY"),
            unset("SWIFT_AUTH_URL"),
            at("SWIFT_AUTH_VERSION", "0"),
            unset("SWIFT_TENANT"),
            unset("SWIFT_DOMAIN"),
            at("SWIFT_TIMEOUT_SECONDS", "60"),
            at("SWIFT_CONNECT_TIMEOUT_SECONDS", "10"),
            unset("SWIFT_ALLOWED_BUCKETS"),
            unset("SWIFT_DENIED_BUCKETS"),
        ],
    },
    Group {
        reason: "images are kept in memory and in the folder that `INKFISH_CACHE_DIR` names",
        settings: &[
            unset("CACHE_USE"),
            unset("CACHE_PATH_PREFIX"),
            unset("CACHE_BUCKET"),
            unset("CACHE_KEY_HEADERS"),
            unset("CACHE_KEY_COOKIES"),
            off("CACHE_REPORT_ERRORS"),
            at("CACHE_TAGS_FORMAT", "all"),
            unset("CACHE_FS_ROOT"),
            unset("CACHE_S3_REGION"),
            unset("CACHE_S3_ENDPOINT"),
            at("CACHE_S3_ENDPOINT_USE_PATH_STYLE", "true"),
            off("CACHE_S3_USE_DECRYPTION_CLIENT"),
            unset("CACHE_S3_ASSUME_ROLE_ARN"),
            unset("CACHE_S3_ASSUME_ROLE_EXTERNAL_ID"),
            unset("CACHE_GCS_KEY"),
            unset("CACHE_GCS_ENDPOINT"),
            unset("CACHE_ABS_NAME"),
            unset("CACHE_ABS_KEY"),
            unset("CACHE_ABS_ENDPOINT"),
            unset("CACHE_SWIFT_USERNAME"),
            unset("CACHE_SWIFT_API_KEY"),
            unset("CACHE_SWIFT_AUTH_URL"),
            at("CACHE_SWIFT_AUTH_VERSION", "0"),
            unset("CACHE_SWIFT_TENANT"),
            unset("CACHE_SWIFT_DOMAIN"),
            at("CACHE_SWIFT_TIMEOUT_SECONDS", "60"),
            at("CACHE_SWIFT_CONNECT_TIMEOUT_SECONDS", "10"),
        ],
    },
    Group {
        reason: "what happens is told in the log and in Prometheus metrics",
        settings: &[
            unset("NEW_RELIC_KEY"),
            at("NEW_RELIC_APP_NAME", "imgproxy"),
            unset("NEW_RELIC_LABELS"),
            off("NEW_RELIC_PROPAGATE_EXTERNAL"),
            off("DATADOG_ENABLE"),
            off("DATADOG_ENABLE_ADDITIONAL_METRICS"),
            off("DATADOG_PROPAGATE_EXTERNAL"),
            off("OPEN_TELEMETRY_ENABLE"),
            off("OPEN_TELEMETRY_ENABLE_METRICS"),
            off("OPEN_TELEMETRY_ENABLE_LOGS"),
            unset("OPEN_TELEMETRY_LOGGER_NAME"),
            unset("OPEN_TELEMETRY_SERVER_CERT"),
            unset("OPEN_TELEMETRY_CLIENT_CERT"),
            unset("OPEN_TELEMETRY_CLIENT_KEY"),
            at("OPEN_TELEMETRY_TRACE_ID_GENERATOR", "xray"),
            off("OPEN_TELEMETRY_PROPAGATE_EXTERNAL"),
            unset("CLOUD_WATCH_SERVICE_NAME"),
            unset("CLOUD_WATCH_NAMESPACE"),
            unset("CLOUD_WATCH_REGION"),
            unset("BUGSNAG_KEY"),
            at("BUGSNAG_STAGE", "production"),
            unset("HONEYBADGER_KEY"),
            at("HONEYBADGER_ENV", "production"),
            unset("SENTRY_DSN"),
            at("SENTRY_ENVIRONMENT", "production"),
            unset("SENTRY_RELEASE"),
            unset("AIRBRAKE_PROJECT_ID"),
            unset("AIRBRAKE_PROJECT_KEY"),
            at("AIRBRAKE_ENVIRONMENT", "production"),
            at("REPORT_DOWNLOADING_ERRORS", "true"),
            off("REPORT_IO_ERRORS"),
            off("SYSLOG_ENABLE"),
            at("SYSLOG_LEVEL", "info"),
            unset("SYSLOG_NETWORK"),
            unset("SYSLOG_ADDRESS"),
            at("SYSLOG_TAG", "imgproxy"),
        ],
    },
    Group {
        reason: "settings are read from variables and one TOML file",
        settings: &[
            unset("ENV_LOCAL_FILE_PATH"),
            unset("ENV_AWS_SECRET_ID"),
            unset("ENV_AWS_SECRET_REGION"),
            unset("ENV_AWS_SECRET_VERSION_ID"),
            unset("ENV_AWS_SECRET_VERSION_STAGE"),
            unset("ENV_AWS_SSM_PARAMETERS_PATH"),
            unset("ENV_AWS_SSM_PARAMETERS_REGION"),
            unset("ENV_GCP_KEY"),
            unset("ENV_GCP_SECRET_ID"),
            unset("ENV_GCP_SECRET_PROJECT_ID"),
            unset("ENV_GCP_SECRET_VERSION_ID"),
        ],
    },
];

/// The setting of a name without prefix, in capitals, and why it is missing.
pub(crate) fn find(name: &str) -> Option<(&'static Unbuilt, &'static str)> {
    GROUPS.iter().find_map(|group| {
        let setting = group.settings.iter().find(|setting| setting.name == name)?;
        Some((setting, group.reason))
    })
}

/// Every name, without prefix.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    GROUPS
        .iter()
        .flat_map(|group| group.settings)
        .map(|setting| setting.name)
}

impl Unbuilt {
    /// Whether `text` asks for nothing that is missing.
    pub(crate) fn accepts(&self, text: &str) -> bool {
        is_same(self.default, text)
    }
}

/// Whether two texts say the same, as a switch, as a number, or letter by letter.
fn is_same(default: &str, text: &str) -> bool {
    let text = text.trim();
    match (flag(default), default.parse::<f64>()) {
        (_, Ok(number)) => text.parse() == Ok(number),
        (Some(switch), _) => flag(text) == Some(switch),
        _ => default.eq_ignore_ascii_case(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_is_accepted_in_every_spelling() {
        let cases = [
            ("NETWORK", "tcp", true),
            ("NETWORK", "TCP", true),
            ("NETWORK", "unix", false),
            ("SO_REUSEPORT", "0", true),
            ("SO_REUSEPORT", "F", true),
            ("SO_REUSEPORT", "1", false),
            ("BEST_FORMAT_COMPLEXITY_THRESHOLD", "5.50", true),
            ("BEST_FORMAT_COMPLEXITY_THRESHOLD", "6", false),
            ("PNG_INTERLACED", "off", true),
            ("PNG_INTERLACED", "maybe", false),
            ("SWIFT_TENANT", "me", false),
        ];
        for (name, text, accepted) in cases {
            let (setting, _) = find(name).unwrap();
            assert_eq!(setting.accepts(text), accepted, "{name}={text}");
        }
    }
}
