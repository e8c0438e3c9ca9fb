//! Settings of the fetcher.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::passed::Passthrough;
use super::stores::StoreConfig;

/// Limits and permissions of the fetcher; the default permits public addresses only and bounds everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Patterns of URLs that may be fetched, see [`AllowedSources`](super::AllowedSources); empty permits every
    /// URL that the other rules permit.
    pub allowed_sources: Vec<String>,
    /// Whether loopback and unspecified addresses may be dialled. Default: no.
    pub allow_loopback: bool,
    /// Whether link-local addresses and those of cloud metadata services may be dialled. Default: no.
    pub allow_link_local: bool,
    /// Whether private, unique-local and carrier-grade NAT addresses may be dialled. Default: no.
    pub allow_private: bool,
    /// Where this server listens: never dialled, whatever else is allowed. Filled in by `app` once it is bound.
    pub own_listeners: Vec<SocketAddr>,
    /// Largest source in bytes. Default: 32 MiB.
    pub max_bytes: u64,
    /// Largest source in pixels, width times height. Default: 50 million.
    pub max_pixels: u64,
    /// Redirects that are followed for one source; 0 follows none. Default: 10.
    pub max_redirects: u32,
    /// Time for name look-up, TCP and TLS of one connection. Default: 2 s.
    pub connect_timeout: Duration,
    /// Time from a request to the end of the response's head, connecting apart. Default: 4 s.
    pub first_byte_timeout: Duration,
    /// Time for the whole fetch, waiting for our own limits apart. Default: 5 s. It is also the longest wait in
    /// the queue.
    pub download_timeout: Duration,
    /// How long an unused connection to an origin is kept; zero keeps none. Default: 90 s.
    pub keep_alive: Duration,
    /// Fetches at a time. Default: 64.
    pub max_fetches: usize,
    /// Fetches at a time from one host. Default: 16.
    pub max_fetches_per_host: usize,
    /// Fetches that may wait for one of the two limits above; past it the answer is [`Error::Busy`](super::Error).
    /// Default: 256.
    pub fetch_queue: usize,
    /// Memory of source bytes in flight, in bytes; at least `max_bytes`. Default: 256 MiB.
    pub transfer_bytes: u64,
    /// Folder under which `local://` sources lie; unset switches the scheme off.
    pub local_root: Option<PathBuf>,
    /// Object stores, in the order in which they are considered; see [`StoreConfig`]. Default: none, which switches
    /// their schemes off.
    pub stores: Vec<StoreConfig>,
    /// Memory of sources that are kept for their next size, in bytes, beside `transfer_bytes`; 0 keeps none.
    /// Default: 64 MiB.
    pub source_cache_bytes: u64,
    /// How long a kept source is used before its origin is asked whether it still stands. Default: 5 minutes.
    pub source_cache_ttl: Duration,
    /// Headers that pass from clients to origins and back. Default: none.
    pub passthrough: Passthrough,
    /// The `User-Agent` that origins see.
    pub user_agent: String,
    /// Whether certificates of origins are taken on trust. Default: no.
    pub ignore_tls_verification: bool,
}

/// A setting that stops the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Name of the field of [`Config`].
    pub field: &'static str,
    /// What is wrong with it, as a sentence without the name.
    pub problem: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            allowed_sources: Vec::new(),
            allow_loopback: false,
            allow_link_local: false,
            allow_private: false,
            own_listeners: Vec::new(),
            max_bytes: 32 << 20,
            max_pixels: 50_000_000,
            max_redirects: 10,
            connect_timeout: Duration::from_secs(2),
            first_byte_timeout: Duration::from_secs(4),
            download_timeout: Duration::from_secs(5),
            keep_alive: Duration::from_secs(90),
            max_fetches: 64,
            max_fetches_per_host: 16,
            fetch_queue: 256,
            transfer_bytes: 256 << 20,
            local_root: None,
            stores: Vec::new(),
            source_cache_bytes: 64 << 20,
            source_cache_ttl: Duration::from_secs(300),
            passthrough: Passthrough::default(),
            user_agent: concat!("inkfish/", env!("CARGO_PKG_VERSION")).to_owned(),
            ignore_tls_verification: false,
        }
    }
}

impl Fault {
    pub(super) fn new(field: &'static str, problem: impl Into<String>) -> Self {
        Self {
            field,
            problem: problem.into(),
        }
    }
}

impl Config {
    /// Time from the wish for a response to the end of its head, a new connection included.
    pub(super) fn head_timeout(&self) -> Duration {
        self.connect_timeout.saturating_add(self.first_byte_timeout)
    }

    /// Faults of the numbers, each found by itself; patterns, folders and headers are judged where they are used.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let zeroes = [
            ("max_bytes", self.max_bytes == 0),
            ("max_pixels", self.max_pixels == 0),
            ("connect_timeout", self.connect_timeout.is_zero()),
            ("first_byte_timeout", self.first_byte_timeout.is_zero()),
            ("download_timeout", self.download_timeout.is_zero()),
            ("max_fetches", self.max_fetches == 0),
            ("max_fetches_per_host", self.max_fetches_per_host == 0),
        ];
        let mut faults: Vec<Fault> = zeroes
            .into_iter()
            .filter(|(_, is_zero)| *is_zero)
            .map(|(field, _)| Fault::new(field, "must be above 0"))
            .collect();
        if self.transfer_bytes < self.max_bytes {
            let problem = format!("must hold one source of max_bytes ({})", self.max_bytes);
            faults.push(Fault::new("transfer_bytes", problem));
        }
        faults
    }
}
