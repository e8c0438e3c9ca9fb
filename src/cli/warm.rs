//! `inkfish warm`: has a server make what an access log says is asked for.

mod caller;
mod fill;
mod line;
mod paths;
mod reader;
mod tally;

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderMap, HeaderValue};
use tokio::signal::unix::{SignalKind, signal};

use super::calling::{bearer, reached, run};
use super::progress::Progress;
use super::{FileArgument, load};
use crate::config::Config;
use fill::{Filling, Plan};
use paths::{MAX_PATHS, Order, Paths};
use reader::Reader;

/// What a client sends that takes any image and names no format that is chosen by this header.
const PLAIN_ACCEPT: &str = "image/*,*/*;q=0.8";
/// Requests a second at most.
const MAX_RATE: f64 = 100_000.0;

#[derive(Debug, clap::Args)]
pub(super) struct WarmArguments {
    /// Access logs of Inkfish, or in the common or combined format of Nginx and Apache; `-` is standard input.
    #[arg(required = true, value_name = "LOG")]
    logs: Vec<PathBuf>,
    /// Asks in the order of the log, and not for what was asked for most often first.
    #[arg(long)]
    in_order: bool,
    /// Requests a second.
    #[arg(long, value_name = "N", default_value = "10", value_parser = rate)]
    rate: f64,
    /// Requests at a time.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
    /// Paths that are asked for at most.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// The server that is asked instead of that of the settings.
    #[arg(long, visible_alias = "host", value_name = "HOST:PORT")]
    to: Option<String>,
    /// The Accept header; where it is given several times, each path is asked for with each.
    #[arg(long, value_name = "TYPES", default_value = PLAIN_ACCEPT, value_parser = accept)]
    accept: Vec<HeaderValue>,
    #[command(flatten)]
    file: FileArgument,
}

/// Asks for what the logs name, and prints what came of it. Exits with 1 where an image was not answered, and where
/// it was interrupted.
///
/// # Errors
/// Settings that do not hold, logs that cannot be read, and a server that does not answer.
pub(super) fn warm(arguments: WarmArguments, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let config = load(arguments.file.clone())?;
    let mut paths = read(&arguments.logs, &config)?;
    writeln!(out, "lines: {}", paths.lines)?;
    writeln!(out, "passed over: {}", paths.passed_over)?;
    writeln!(out, "paths: {}", paths.len())?;
    if paths.cut > 0 {
        let cut = paths.cut;
        writeln!(
            out,
            "cut: {cut} lines, whose paths are past the {MAX_PATHS} that are kept"
        )?;
    }
    let filling = Filling::new(plan(&arguments, &config, &mut paths)?, Progress::new());
    let begun = Instant::now();
    let end = run(until_stopped(&filling));
    filling.progress().end();
    let tally = filling.tally();
    write!(out, "{}", tally.lines())?;
    writeln!(out, "took: {:.1} s", begun.elapsed().as_secs_f64())?;
    let is_over = end?;
    if !is_over {
        writeln!(out, "it was interrupted")?;
    }
    Ok(match is_over && tally.failed == 0 {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn read(logs: &[PathBuf], config: &Config) -> anyhow::Result<Paths> {
    let reader = Reader::try_new(config)?;
    let mut paths = Paths::new();
    for log in logs {
        let read = match log == Path::new("-") {
            true => paths.read(io::stdin().lock(), &reader),
            false => File::open(log).and_then(|file| paths.read(BufReader::new(file), &reader)),
        };
        read.with_context(|| format!("cannot read {}", log.display()))?;
    }
    Ok(paths)
}

fn plan(arguments: &WarmArguments, config: &Config, paths: &mut Paths) -> anyhow::Result<Plan> {
    let order = match arguments.in_order {
        true => Order::First,
        false => Order::MostAsked,
    };
    let mut paths = paths.take(order);
    paths.truncate(arguments.limit.unwrap_or(usize::MAX));
    let own = || reached(config.server.bind);
    Ok(Plan {
        address: arguments.to.clone().unwrap_or_else(own),
        paths,
        headers: headers(&arguments.accept, config.server.secret.as_deref())?,
        rate: arguments.rate,
        concurrency: arguments.concurrency.into(),
    })
}

/// What is sent with each Accept header, to a server that may want a secret of its clients.
fn headers(accepts: &[HeaderValue], secret: Option<&str>) -> anyhow::Result<Vec<HeaderMap>> {
    let authorization = secret.map(bearer).transpose()?;
    let headers = accepts.iter().map(|accept| {
        let named = [(ACCEPT, accept.clone())].into_iter();
        named
            .chain(authorization.clone().map(|value| (AUTHORIZATION, value)))
            .collect()
    });
    Ok(headers.collect())
}

/// Answers whether it came to its end; a signal ends it before.
async fn until_stopped(filling: &Filling) -> anyhow::Result<bool> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        end = filling.run() => end.map(|()| true),
        _ = interrupted.recv() => Ok(false),
        _ = terminated.recv() => Ok(false),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text
        .parse()
        .ok()
        .filter(|rate| *rate > 0.0 && *rate <= MAX_RATE);
    rate.ok_or_else(|| format!("it is no number above 0 and up to {MAX_RATE}"))
}

fn accept(text: &str) -> Result<HeaderValue, String> {
    HeaderValue::try_from(text).map_err(|_| "no header can hold it".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_above_nothing_and_bounded() {
        for (text, expected) in [
            ("10", Some(10.0)),
            ("0.5", Some(0.5)),
            ("100000", Some(MAX_RATE)),
        ] {
            assert_eq!(rate(text).ok(), expected, "{text}");
        }
        for text in ["", "0", "-1", "NaN", "inf", "100001", "x"] {
            assert!(rate(text).is_err(), "{text}");
        }
    }
}
