//! The settings of the cache.

use std::path::PathBuf;
use std::time::Duration;

use super::freshness::Lifetimes;
use super::recency::Limits;

/// The settings of the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The folder that entries are kept in; `None` keeps them in memory alone.
    pub dir: Option<PathBuf>,
    /// Bytes of memory for entries and records; 0 holds nothing in memory.
    pub memory_bytes: u64,
    /// Length above which a body is not held in memory, and read from its file while it is sent; at least 1 MiB.
    pub stream_bytes: u64,
    /// How long things last.
    pub lifetimes: Lifetimes,
    /// How much the folder may hold.
    pub disk_limits: Limits,
    /// Bytes of memory for the purges that are known.
    pub purge_table_bytes: u64,
    /// Disk operations at a time; more of them wait.
    pub disk_operations: usize,
    /// Longest wait for one disk operation; past it the request goes on as if nothing were kept.
    pub disk_patience: Duration,
    /// Time between two looks for what has expired.
    pub sweep_interval: Duration,
}

impl Default for Config {
    /// Memory alone, 256 MiB, bodies up to 4 MiB in it; a day and 30 days; a million files in 10 GiB; purges in 16 MiB;
    /// 32 disk operations, 2 seconds each; a sweep a minute.
    fn default() -> Self {
        Self {
            dir: None,
            memory_bytes: 256 << 20,
            stream_bytes: 4 << 20,
            lifetimes: Lifetimes::default(),
            disk_limits: Limits {
                bytes: 10 << 30,
                entries: 1_000_000,
            },
            purge_table_bytes: 16 << 20,
            disk_operations: 32,
            disk_patience: Duration::from_secs(2),
            sweep_interval: Duration::from_secs(60),
        }
    }
}
