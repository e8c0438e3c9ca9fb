//! What is printed of a day.

use serde_json::{Value, json};

use crate::cluster::Store;
use crate::outcome::{Outcome, Tally};
use crate::scenario::{Found, Scenario, Site};

/// Titles of the table, in two lines.
const TITLES: [(&str, &str); 13] = [
    ("edge", "%"),
    ("memory", "%"),
    ("disk", "%"),
    ("shared", "%"),
    ("made", "%"),
    ("made", "million"),
    ("moved", "%"),
    ("core", "hours"),
    ("cores,", "peak hour"),
    ("an origin's", "worst minute"),
    ("read, disk", "GB"),
    ("network", "GB"),
    ("held, disk", "GB"),
];

/// The titles of the table, and what all rows have in common.
pub(crate) fn heading(site: &Site) -> String {
    let first = format!(
        "{} requests, {} sources; each origin has {:.0} GiB of memory and {:.0} GiB of disk for images",
        site.requests,
        site.ring_places.len(),
        gib(site.room.memory_bytes),
        gib(site.room.disk_bytes),
    );
    let (above, below) = (TITLES.map(|title| title.0), TITLES.map(|title| title.1));
    [first, line("", &above), line("", &below)].join("\n")
}

/// The figures of a day in a line.
pub(crate) fn row(scenario: &Scenario, found: &Found) -> String {
    let tally = &found.tally;
    let (minute, cores) = tally.slowest_minute();
    let made = tally.requests(Outcome::Made);
    let cells = [
        percent(tally, tally.edge_hits),
        percent(tally, tally.requests(Outcome::Memory)),
        percent(tally, tally.requests(Outcome::Disk)),
        percent(tally, tally.requests(Outcome::Shared)),
        percent(tally, made),
        format!("{:.2}", made as f64 / 1e6),
        percent(tally, tally.moved),
        format!("{:.1}", tally.core_hours()),
        format!("{:.1}", tally.peak_hour_cores()),
        format!("{cores:.1}, {:02}:{:02}", minute / 60, minute % 60),
        gigabytes(tally.bytes(Outcome::Disk)),
        gigabytes(network_bytes(tally)),
        gigabytes(found.disk_bytes.iter().sum()),
    ];
    line(&scenario.name, &cells.each_ref().map(String::as_str))
}

fn line(name: &str, cells: &[&str]) -> String {
    let cells = cells.iter().map(|cell| format!("{cell:>13}"));
    format!("{name:52}{}", cells.collect::<String>())
}

/// The figures of a day as an object.
pub(crate) fn object(scenario: &Scenario, found: &Found) -> Value {
    let tally = &found.tally;
    let (minute, cores) = tally.slowest_minute();
    json!({
        "name": scenario.name,
        "origins": scenario.origins,
        "skew": scenario.skew,
        "shared_store": scenario.store == Store::Shared,
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

fn percent(tally: &Tally, requests: u64) -> String {
    format!("{:.2}", requests as f64 / tally.all() as f64 * 100.0)
}

fn gigabytes(bytes: u64) -> String {
    format!("{:.0}", bytes as f64 / 1e9)
}

fn gib(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0 * 1024.0)
}
