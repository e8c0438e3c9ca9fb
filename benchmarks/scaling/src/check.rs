//! Replays requests that real origins have answered, so that both can be compared.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::cluster::{Cluster, Room, Setup, Store};
use crate::images::{Images, VARIANTS};
use crate::outcome::{Outcome, Tally};
use crate::ring::{Ring, place_of};

/// Requests in their order: the number of a variant and the bytes that were answered.
type Request = (u32, u32);

/// What becomes of the requests in a file, a line each, at origins with these addresses that hold nothing at first.
pub(crate) fn replay(file: &Path, addresses: &[String], room: Room) -> Result<Value> {
    ensure!((1..=255).contains(&addresses.len()), "addresses: 1 to 255");
    Ok(outcomes(&read(file)?, addresses, room))
}

fn outcomes(requests: &[Request], addresses: &[String], room: Room) -> Value {
    let variants = requests.iter().map(|&(variant, _)| variant);
    let sources = variants.max().map_or(0, |last| last / VARIANTS + 1);
    let images = Images::of_known_bytes(sizes(requests, sources));
    let places: Vec<u32> = (0..sources).map(place_of).collect();
    let setup = Setup {
        room,
        store: Store::None,
        absent: None,
    };
    let ring = Ring::of_addresses(addresses);
    let mut cluster = Cluster::new((&images, &places), ring, setup);
    let mut tally = Tally::new(addresses.len());
    for (variant, _) in requests {
        cluster.ask(*variant, 0, &mut tally);
    }
    json!({
        "memory": tally.requests(Outcome::Memory),
        "disk": tally.requests(Outcome::Disk),
        "made": tally.requests(Outcome::Made),
        "disk_bytes": cluster.disk_bytes(),
        "homes": cluster.homes().collect::<Vec<_>>(),
    })
}

fn read(file: &Path) -> Result<Vec<Request>> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    text.lines()
        .map(|line| request(line).with_context(|| line.to_owned()))
        .collect()
}

fn request(line: &str) -> Result<Request> {
    let (variant, bytes) = line.split_once(' ').context("two numbers are wanted")?;
    Ok((variant.parse()?, bytes.parse()?))
}

/// The bytes of all variants; of those that were not asked for, none.
fn sizes(requests: &[Request], sources: u32) -> Vec<u32> {
    let mut sizes = vec![0; (sources * VARIANTS) as usize];
    requests
        .iter()
        .for_each(|&(variant, bytes)| sizes[variant as usize] = bytes);
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_memory_has_no_room_for_comes_from_disk() {
        let room = Room {
            memory_bytes: 2_000,
            disk_bytes: 1 << 20,
        };
        let requests = [(3, 1_000), (3, 1_000), (7, 5_000), (7, 5_000)];
        let found = outcomes(&requests, &["127.0.0.1:80".to_owned()], room);
        let counts = ["made", "memory", "disk"].map(|tier| found[tier].as_u64());
        assert_eq!(counts, [Some(2), Some(1), Some(1)]);
        assert_eq!(found["homes"], json!([0, 0]));
    }

    #[test]
    fn a_line_that_is_no_request_is_an_error() {
        assert_eq!(request("12 345").ok(), Some((12, 345)));
        for line in ["", "12", "12 x", "-1 2"] {
            assert!(request(line).is_err(), "{line}");
        }
    }
}
