//! Settings: one table of them, read from variables and one file, checked all at once, and handed out as
//! plain values, a struct a concern.
//!
//! Fails closed: an unknown name or a bad value stops the start. A variable beats the file; imgproxy's
//! variables fill in what neither says.

mod access;
mod check;
mod fault;
mod gather;
mod kind;
mod origin;
mod render;
mod resolve;
mod table;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

pub use fault::{Fault, Faults};
pub use gather::Settings;
pub use kind::Listen;
pub use origin::Inputs;

use crate::identify::Format;

/// Everything that the server is told at its start.
///
/// It has no `Debug`, because it holds keys.
#[derive(Clone, PartialEq)]
pub struct Config {
    /// Listening, and the times of a request.
    pub server: ServerSettings,
    /// Headers of answers.
    pub answers: AnswerSettings,
    /// Signatures, URLs and presets.
    pub request: RequestSettings,
    /// Where sources come from, and what they may be.
    pub source: SourceSettings,
    /// What is kept, where, and for how long.
    pub cache: CacheSettings,
    /// Admission of work.
    pub workers: WorkerSettings,
    /// Which format comes out, and how it is written.
    pub output: OutputSettings,
    /// Logs and metrics.
    pub log: LogSettings,
}

/// Listening, and the times of a request.
#[derive(Clone, PartialEq)]
pub struct ServerSettings {
    /// Where images are served.
    pub bind: Listen,
    /// Where health, readiness and metrics are served.
    pub admin_bind: Listen,
    /// Threads that accept connections and answer hits.
    pub threads: usize,
    /// Connections held open at once.
    pub max_clients: usize,
    /// What stands before the signature in every path, with a slash in front and none behind; empty for nothing.
    pub path_prefix: String,
    /// One more path of the health check, as it stands after the prefix; empty for none.
    pub health_check_path: String,
    /// From the request to the first byte of its answer.
    pub timeout: Duration,
    /// For the head of a request to arrive.
    pub read_request_timeout: Duration,
    /// For an answer to be taken, from its first byte.
    pub write_response_timeout: Duration,
    /// How long a connection without a request stays open; zero closes it after each answer.
    pub keep_alive_timeout: Duration,
    /// How long running requests may take to end.
    pub graceful_stop_timeout: Duration,
    /// The bearer token that image requests must carry.
    pub secret: Option<String>,
}

/// Headers of answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerSettings {
    /// The max-age that clients are told; zero is `no-cache`.
    pub ttl: Duration,
    /// The max-age that CDNs are told apart from browsers.
    pub cdn_ttl: Option<Duration>,
    /// Whether an ETag is sent and If-None-Match answered.
    pub use_etag: bool,
    /// Whether Last-Modified is relayed and If-Modified-Since answered.
    pub use_last_modified: bool,
    /// Whether the source's URL is sent as the canonical link.
    pub set_canonical_header: bool,
    /// Whether sizes of source and result are sent.
    pub enable_debug_headers: bool,
    /// The origin whose scripts may read the image.
    pub allow_origin: Option<String>,
    /// The Cross-Origin-Resource-Policy.
    pub cross_origin_resource_policy: Option<String>,
    /// The Timing-Allow-Origin.
    pub timing_allow_origin: Option<String>,
}

/// A key of the signature with its salt.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// The key's bytes.
    pub key: Vec<u8>,
    /// The salt's bytes.
    pub salt: Vec<u8>,
}

/// Signatures, URLs and presets.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestSettings {
    /// The pairs that may have signed a URL; empty exactly if `allow_unsigned`.
    pub keys: Vec<KeyPair>,
    /// Bytes of the digest that make a signature, 1..=32.
    pub signature_size: usize,
    /// Texts that pass as a signature.
    pub trusted_signatures: Vec<String>,
    /// Whether URLs need no signature.
    pub allow_unsigned: bool,
    /// The key of encrypted sources: 16, 24 or 32 bytes.
    pub encryption_key: Option<Vec<u8>>,
    /// The only options that URLs may use; empty for all.
    pub allowed_options: Vec<String>,
    /// What stands between an option's name and its arguments.
    pub arguments_separator: String,
    /// Definitions of presets, of the setting and then of the file.
    pub presets: Vec<String>,
    /// Whether URLs name presets in the place of options.
    pub only_presets: bool,
    /// Whether the last part of an encoded source is a file name to be ignored.
    pub base64_url_includes_filename: bool,
    /// Whether WebP is answered where the URL names no format and the client accepts it.
    pub auto_webp: bool,
    /// Whether WebP is answered wherever the client accepts it.
    pub enforce_webp: bool,
}

/// Where sources come from, and what they may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSettings {
    /// Beginnings of URLs that are fetched; empty for all.
    pub allowed_sources: Vec<String>,
    /// Whether this machine's own addresses may be dialled.
    pub allow_loopback: bool,
    /// Whether link-local addresses may be dialled.
    pub allow_link_local: bool,
    /// Whether private addresses may be dialled.
    pub allow_private: bool,
    /// The largest source in bytes.
    pub max_bytes: u64,
    /// The most pixels of a source.
    pub max_pixels: u64,
    /// Redirects that one fetch follows.
    pub max_redirects: u32,
    /// For a connection to stand.
    pub connect_timeout: Duration,
    /// For the head of an answer to arrive.
    pub first_byte_timeout: Duration,
    /// For a whole fetch.
    pub download_timeout: Duration,
    /// How long an unused connection is kept; zero keeps none.
    pub keep_alive_timeout: Duration,
    /// Fetches at once.
    pub max_fetches: usize,
    /// Fetches from one host at once.
    pub max_fetches_per_host: usize,
    /// Fetches that may wait for their turn.
    pub fetch_queue: usize,
    /// Memory for bytes on their way, at least `max_bytes`.
    pub transfer_bytes: u64,
    /// The folder of `local://`.
    pub local_root: Option<PathBuf>,
    /// The User-Agent that sources see.
    pub user_agent: String,
    /// Whether any certificate is taken.
    pub ignore_tls_verification: bool,
}

/// What is kept, where, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheSettings {
    /// The folder of kept images; unset keeps them in memory alone.
    pub dir: Option<PathBuf>,
    /// Memory for kept images.
    pub memory_bytes: u64,
    /// How long a source counts as unchanged.
    pub ttl: Duration,
    /// How long an image that nobody asks for may stay.
    pub keep: Duration,
    /// How long a source's failure is remembered.
    pub error_ttl: Duration,
}

/// Admission of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerSettings {
    /// Images that are processed at once.
    pub threads: usize,
    /// Images that may wait.
    pub queue: usize,
    /// Memory for images in work.
    pub pixel_memory_bytes: u64,
}

/// Which format comes out, and how it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputSettings {
    /// Quality of formats that `format_quality` does not name.
    pub quality: u8,
    /// Quality by format, each format once.
    pub format_quality: Vec<(Format, u8)>,
    /// Formats that an answer keeps from its source; never empty.
    pub preferred_formats: Vec<Format>,
    /// Source formats that are answered as they are.
    pub skip_processing: Vec<Format>,
    /// Whether EXIF orientation is obeyed.
    pub auto_rotate: bool,
    /// Whether metadata is dropped.
    pub strip_metadata: bool,
    /// Whether the image becomes sRGB without a profile.
    pub strip_color_profile: bool,
    /// Whether JPEG is written progressive.
    pub jpeg_progressive: bool,
    /// Whether PNG is written interlaced.
    pub png_interlaced: bool,
    /// Effort of the WebP encoder, 1..=6.
    pub webp_effort: u8,
    /// The longest side of a result in pixels.
    pub max_result_dimension: u32,
    /// Whether decoders may scale.
    pub shrink_on_load: bool,
}

/// Logs and metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// The form of a line.
    pub format: LogFormat,
    /// The least weight of what is logged.
    pub level: tracing::Level,
    /// Whether each request is logged.
    pub access: bool,
    /// What stands before the name of each metric, a `_` between; empty for nothing.
    pub metrics_namespace: String,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Human,
    /// An object a line.
    Json,
}
