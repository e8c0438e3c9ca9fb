//! Replays a day of requests over a model of several origins, and prints what became of them.
//!
//! `docs/scaling.md` says what the model is, what it leaves out, and where its constants come from.

mod check;
mod cluster;
mod day;
mod edge;
mod images;
mod outcome;
mod popularity;
mod random;
mod report;
mod ring;
mod scenario;
mod tier;
mod warm;

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Parser;

use cluster::Room;
use images::{Ask, Images, VARIANTS};
use popularity::Popularity;
use scenario::{Requests, Site};

const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

/// Most sources that are told apart: two homes of each variant have a number of 32 bits.
const MOST_SOURCES: u32 = u32::MAX / VARIANTS / 2;

#[derive(Debug, Parser)]
#[command(about = "Replays a day of requests over a model of several origins")]
struct Options {
    /// Requests of the day
    #[arg(long, default_value_t = 100_000_000)]
    requests: u64,
    /// Sources; each has five variants
    #[arg(long, default_value_t = 4_000_000)]
    sources: u32,
    /// Skew of popularity, where a scenario names none: the source of rank r is asked for 1 / r^skew times as often as the first
    #[arg(long, default_value_t = 0.9)]
    skew: f64,
    /// Requests of the peak minute for each of the mean minute
    #[arg(long, default_value_t = 2.0)]
    peak: f64,
    /// Memory for images of each origin, in GiB
    #[arg(long, default_value_t = 8.0)]
    memory: f64,
    /// Disk for images of each origin, in GiB
    #[arg(long, default_value_t = 256.0)]
    disk: f64,
    /// The part of the sources that gets another image in the course of the day
    #[arg(long, default_value_t = 0.01)]
    renewed: f64,
    /// Where the random numbers begin
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Replays the scenarios alone whose name contains this
    #[arg(long, default_value = "")]
    only: String,
    /// Prints a JSON object a scenario instead of a table
    #[arg(long)]
    json: bool,
    /// Prints so many requests, the number of a variant and a path in each line, and replays nothing
    #[arg(long, value_name = "N")]
    trace: Option<u64>,
    /// Replays the requests of a file alone, the number of a variant and its bytes in each line
    #[arg(long, value_name = "FILE", requires = "address")]
    check: Option<PathBuf>,
    /// Address of an origin that answers them, each in turn
    #[arg(long, value_name = "HOST:PORT")]
    address: Vec<String>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    options.check()?;
    match (&options.check, options.trace) {
        (Some(file), _) => print_check(file, &options),
        (None, Some(count)) => print_trace(&options, count),
        (None, None) => print_scenarios(&options),
    }
}

impl Options {
    fn check(&self) -> Result<()> {
        ensure!(
            (1..=MOST_SOURCES).contains(&self.sources),
            "sources: 1 to {MOST_SOURCES}"
        );
        ensure!((0.0..=3.0).contains(&self.skew), "skew: 0 to 3");
        ensure!((1.0..=10.0).contains(&self.peak), "peak: 1 to 10");
        ensure!((0.0..=1.0).contains(&self.renewed), "renewed: 0 to 1");
        ensure!(
            self.memory >= 0.0 && self.disk >= 0.0,
            "memory, disk: 0 or more"
        );
        Ok(())
    }

    fn room(&self) -> Room {
        Room {
            memory_bytes: (self.memory * GIB) as u64,
            disk_bytes: (self.disk * GIB) as u64,
        }
    }

    fn site(&self) -> Site {
        Site {
            requests: self.requests,
            peak_factor: self.peak,
            renewed_part: self.renewed,
            room: self.room(),
            ring_places: (0..self.sources).map(ring::place_of).collect(),
            images: Images::new(),
            seed: self.seed,
        }
    }
}

fn print_scenarios(options: &Options) -> Result<()> {
    let site = &options.site();
    let begun = Instant::now();
    if !options.json {
        println!("{}", report::heading(site));
    }
    for scenario in scenario::all(options.skew) {
        if scenario.name.contains(&options.only) {
            let found = scenario.replay(site);
            match options.json {
                true => println!("{}", report::object(&scenario, &found)),
                false => println!("{}", report::row(&scenario, &found)),
            }
        }
    }
    eprintln!("{:.0} s", begun.elapsed().as_secs_f64());
    Ok(())
}

/// Requests as they come, as paths of an origin that takes unsigned ones.
fn print_trace(options: &Options, count: u64) -> Result<()> {
    let site = options.site();
    let popularity = Popularity::new(options.sources, options.skew);
    let mut requests = Requests::new(&site, &popularity);
    let mut output = BufWriter::new(io::stdout().lock());
    for &variant in requests.draw(count) {
        let Ask {
            options, extension, ..
        } = images::ask_of(variant);
        let source = ring::source_url(variant / VARIANTS);
        writeln!(
            output,
            "{variant} /unsigned/{options}/plain/{source}@{extension}"
        )?;
    }
    Ok(output.flush()?)
}

fn print_check(file: &Path, options: &Options) -> Result<()> {
    println!("{}", check::replay(file, &options.address, options.room())?);
    Ok(())
}
