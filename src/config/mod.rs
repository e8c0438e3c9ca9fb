//! Settings: one table of them, read from variables and one file, checked all at once, and handed out as
//! plain values, a struct a concern.
//!
//! Fails closed: an unknown name or a bad value stops the start. A variable beats the file; imgproxy's
//! variables fill in what neither says.

mod check;
mod fault;
mod gather;
mod images;
mod kind;
mod origin;
mod output;
mod purge;
mod refine;
mod render;
mod resolve;
mod shared;
mod stores;
mod table;
#[cfg(test)]
mod tests;
mod values;

use std::time::Duration;

pub use fault::{Fault, Faults};
pub use gather::Settings;
pub use images::{FallbackSettings, ImageSetting};
pub use kind::Listen;
pub use origin::Inputs;
pub use purge::PurgeSettings;
pub use refine::RefineSettings;
pub use render::markdown;
pub use shared::{SharedPlace, SharedSettings};

use crate::telemetry::{access, logging};
use crate::transform::plan::Defaults;
use crate::{cache, request, source, workers};

/// Everything that the server is told at its start.
///
/// It has no `Debug`, because it holds secrets.
#[derive(Clone)]
pub struct Config {
    /// Listening, and the times of a request.
    pub server: ServerSettings,
    /// Headers of answers.
    pub answers: AnswerSettings,
    /// Signatures, URLs and presets.
    pub request: request::Config,
    /// What is offered to clients by their headers.
    pub negotiation: request::Negotiation,
    /// What stands in front of us; `None` where nobody says.
    pub cdn: Option<String>,
    /// Where sources come from, and what they may be; `own_listeners` is left empty.
    pub source: source::Config,
    /// The watermark of URLs that name none; its digest in `output` is left empty.
    pub watermark: Option<ImageSetting>,
    /// The image that is shown where a source fails.
    pub fallback: FallbackSettings,
    /// What is kept, where, and for how long.
    pub cache: cache::Config,
    /// The store that several nodes share below it.
    pub shared: Option<SharedSettings>,
    /// What is made smaller after it was answered.
    pub refine: RefineSettings,
    /// Who may purge, and who is told.
    pub purge: PurgeSettings,
    /// How long a source's failure is remembered.
    pub error_ttl: Duration,
    /// Admission of work.
    pub workers: workers::Config,
    /// Which format comes out, and how it is written.
    pub output: Defaults,
    /// The log.
    pub log: logging::Config,
    /// The access log; `None` writes none.
    pub access_log: Option<access::Config>,
    /// What stands before the name of each metric, a `_` between; empty for nothing.
    pub metrics_namespace: String,
    /// What the log should say at the start, a sentence each.
    pub notes: Vec<String>,
}

/// Listening, and the times of a request.
#[derive(Clone)]
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
    /// Whether the page at `/` shows the pictures of the local root.
    pub demo: bool,
    /// From the request to the first byte of its answer.
    pub timeout: Duration,
    /// For the head of a request to arrive.
    pub read_request_timeout: Duration,
    /// How long an answer may stand still because the client takes nothing of it.
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
    /// Whether what origins say of caching counts.
    pub heeds_origins: bool,
    /// What clients are told of stale answers while they ask anew; `None` says nothing.
    pub stale_while_revalidate: Option<Duration>,
    /// What clients are told of stale answers where we fail; `None` says nothing.
    pub stale_if_error: Option<Duration>,
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
    /// Names and values that every image carries.
    pub custom_headers: Vec<(String, String)>,
}
