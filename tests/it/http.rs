//! What answers look like: status, headers and body, as clients and CDNs read them.

mod headers;
mod lifetimes;
mod raw;
mod routes;
mod validators;

/// Options of a test that needs some.
const SMALL: &str = "rs:fit:24:24";

/// The test clock's time at the start, in Unix seconds.
const NOW: u64 = 1_800_000_000;
