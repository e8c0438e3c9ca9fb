//! The whole application as a fixture: the real server on a port of its own, a scripted origin, a test clock.

mod azurite;
mod client;
mod folder;
mod gallery;
mod origin;
mod outcome;
mod picture;
mod process;
mod redis;
mod s3;
mod server;
mod tls;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::time::Duration;

pub(crate) use azurite::Azurite;
pub(crate) use client::{Connection, Reply};
pub(crate) use folder::kept_files;
pub(crate) use gallery::Gallery;
pub(crate) use origin::{Origin, Request, Response};
pub(crate) use outcome::{
    BYPASS, COALESCED, DISK, MEMORY, MISS, REVALIDATED, STALE, is_made, status,
};
pub(crate) use picture::{MODIFIED, PICTURE, picture};
pub(crate) use process::{Process, begin, run};
pub(crate) use redis::Redis;
pub(crate) use s3::S3Server;
pub(crate) use server::{Server, TOKEN};
pub(crate) use tls::tls_origin;

/// How long anything in a test may take before the test is given up; waits end by events, not by this.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The bytes of a committed input file.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A name for bytes: others have another.
pub(crate) fn hash_of(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// Whether a path right below a cache's folder is of its house-keeping, and neither an image nor about a source.
pub(crate) fn is_housekeeping(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    [
        "journal",
        "lock",
        "purges",
        "recency",
        "recency.part",
        "refine",
    ]
    .iter()
    .any(|of_house| name == *of_house)
}

/// Waits until `holds`, by asking again and again; for what has no event to wait for.
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "never came true: {what}");
        std::thread::yield_now();
    }
}
