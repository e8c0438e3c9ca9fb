//! What is printed of a day.

use serde_json::{Value, json};

use crate::outcome::{Outcome, Tally};
use crate::scenario::{Found, Scenario, Site};

const GB: f64 = 1e9;

/// The titles of the table, and what all rows have in common.
pub(crate) fn heading(site: &Site) -> String {
    format!(
        "{} requests, {} sources; each origin has {:.0} GiB of memory and {:.0} GiB of disk for images\n\
         {:52}{:>7}{:>7}{:>7}{:>7}{:>8}{:>8}{:>8}{:>8}{:>7}{:>14}{:>9}{:>9}{:>9}{:>8}",
        site.requests,
        site.ring_places.len(),
        gib(site.room.memory_bytes),
        gib(site.room.disk_bytes),
        "",
        "memory",
        "disk",
        "shared",
        "made",
        "made",
        "core",
        "cores,",
        "",
        "",
        "one origin's",
        "from",
        "fetched",
        "on",
        "moved"
    ) + &format!(
        "\n{:52}{:>7}{:>7}{:>7}{:>7}{:>8}{:>8}{:>8}{:>8}{:>7}{:>14}{:>9}{:>9}{:>9}{:>8}",
        "",
        "%",
        "%",
        "%",
        "%",
        "million",
        "hours",
        "peak h",
        "edge %",
        "",
        "worst minute",
        "disk, GB",
        "GB",
        "disk, GB",
        "%"
    )
}

/// The figures of a day in a line.
pub(crate) fn row(scenario: &Scenario, found: &Found) -> String {
    let tally = &found.tally;
    let (minute, cores) = tally.slowest_minute();
    format!(
        "{:52}{:>7.2}{:>7.2}{:>7.2}{:>7.2}{:>8.2}{:>8.1}{:>8.1}{:>8.1}{:>7}{:>14}{:>9.0}{:>9.0}{:>9.0}{:>8.2}",
        scenario.name,
        percent(tally, tally.requests(Outcome::Memory)),
        percent(tally, tally.requests(Outcome::Disk)),
        percent(tally, tally.requests(Outcome::Shared)),
        percent(tally, tally.requests(Outcome::Made)),
        tally.requests(Outcome::Made) as f64 / 1e6,
        tally.core_hours(),
        tally.peak_hour_cores(),
        percent(tally, tally.edge_hits),
        "",
        format!("{cores:.1} at {:02}:{:02}", minute / 60, minute % 60),
        tally.bytes(Outcome::Disk) as f64 / GB,
        network_bytes(tally) as f64 / GB,
        found.disk_bytes.iter().sum::<u64>() as f64 / GB,
        percent(tally, tally.moved),
    )
}

/// The figures of a day as an object.
pub(crate) fn object(scenario: &Scenario, found: &Found) -> Value {
    let tally = &found.tally;
    let (minute, cores) = tally.slowest_minute();
    json!({
        "name": scenario.name,
        "origins": scenario.origins,
        "skew": scenario.skew,
        "shared_store": scenario.has_shared,
        "requests": tally.all(),
        "edge_hits": tally.edge_hits,
        "memory_hits": tally.requests(Outcome::Memory),
        "disk_hits": tally.requests(Outcome::Disk),
        "shared_hits": tally.requests(Outcome::Shared),
        "made": tally.requests(Outcome::Made),
        "asked_again": tally.asked_again,
        "moved": tally.moved,
        "core_hours": tally.core_hours(),
        "peak_hour_cores": tally.peak_hour_cores(),
        "worst_minute": minute,
        "worst_minute_cores_of_one_origin": cores,
        "bytes_from_disk": tally.bytes(Outcome::Disk),
        "bytes_from_shared_store": tally.bytes(Outcome::Shared),
        "bytes_made": tally.bytes(Outcome::Made),
        "bytes_of_sources": tally.fetched_bytes,
        "disk_bytes": found.disk_bytes,
    })
}

/// What comes to the origins over the network: sources, and variants of the shared store.
const fn network_bytes(tally: &Tally) -> u64 {
    tally.fetched_bytes + tally.bytes(Outcome::Shared)
}

fn percent(tally: &Tally, requests: u64) -> f64 {
    requests as f64 / tally.all() as f64 * 100.0
}

fn gib(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0 * 1024.0)
}
