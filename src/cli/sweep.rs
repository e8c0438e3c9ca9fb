//! `inkfish sweep`: cleans the folder of the cache by hand.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;

use super::{FileArgument, load};
use crate::cache::{self, BLOCK_BYTES, Cache, KeeperCounts, Swept};
use crate::clock::Clock;

/// Characters of the bar.
const BAR: u32 = 40;

#[derive(Debug, clap::Args)]
pub(super) struct SweepArguments {
    /// Looks at every file: removes what has expired, was purged or is damaged, and writes the journal anew.
    #[arg(long)]
    scan: bool,
    #[command(flatten)]
    file: FileArgument,
}

/// Sweeps the folder of the settings, and prints what came of it. Exits with 1 where files could not be read or removed.
///
/// # Errors
/// Settings that do not hold, a folder that is not there, and what the file system refuses.
pub(super) fn sweep(arguments: SweepArguments, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let config = load(arguments.file)?.cache;
    let dir = config.dir.clone();
    let dir = dir.context("there is nothing to sweep: INKFISH_CACHE_DIR is not set")?;
    anyhow::ensure!(dir.is_dir(), "there is no folder {}", dir.display());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let parts = cache::Parts {
        clock: Clock::system(),
        runtime: runtime.handle().clone(),
        shared: None,
    };
    let cache = Cache::open(config, parts)?;
    let begun = Instant::now();
    let swept = match arguments.scan {
        true => Some(scan(&cache)?),
        false => cache.sweep_folder()?,
    };
    cache.save();
    let Some(swept) = swept else {
        writeln!(
            out,
            "nothing is swept: another process keeps {} and sweeps it; --scan works beside it",
            dir.display()
        )?;
        return Ok(ExitCode::SUCCESS);
    };
    let counts = cache.keeper_counts().unwrap_or_default();
    write!(out, "{}", summary(swept, counts, begun.elapsed()))?;
    Ok(match swept.failed + swept.unnoted {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Scans, with a bar on standard error where that is a terminal.
fn scan(cache: &Cache) -> Result<Swept, cache::Error> {
    if !std::io::stderr().is_terminal() {
        return cache.scan_folder(&|_, _| ());
    }
    let shown = AtomicU32::new(u32::MAX);
    let swept = cache.scan_folder(&|done, all| {
        let percent = percent(done.into(), all.into());
        if shown.swap(percent, Ordering::Relaxed) != percent {
            eprint!("\r{}", bar(percent));
        }
    });
    eprintln!("\r{}", bar(100));
    swept
}

/// How much of `all` is done.
pub(super) fn percent(done: u64, all: u64) -> u32 {
    (done * 100 / all.max(1)) as u32
}

/// A bar that is full at 100.
pub(super) fn bar(percent: u32) -> String {
    let full = (percent * BAR / 100) as usize;
    let left = BAR as usize - full;
    format!("[{}{}] {percent:3} %", "#".repeat(full), " ".repeat(left))
}

fn summary(swept: Swept, counts: KeeperCounts, took: Duration) -> String {
    let looked_at = swept.gone + swept.damaged + swept.kept + swept.foreign;
    let rows = [
        ("files looked at", looked_at),
        ("kept", swept.kept),
        (
            "removed: expired, or left by dead writers",
            swept.gone.saturating_sub(counts.purged),
        ),
        ("removed: purged", counts.purged),
        ("removed: damaged", swept.damaged),
        ("left: of other releases", swept.foreign),
        ("failed", swept.failed + swept.unnoted),
        ("bytes freed", swept.freed_blocks * BLOCK_BYTES),
        ("empty folders removed", swept.folders),
    ];
    let lines = rows.map(|(name, count)| format!("{name}: {count}\n"));
    format!("{}took: {:.1} s\n", lines.concat(), took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills_as_the_work_is_done() {
        assert_eq!(bar(percent(0, 8)), format!("[{}]   0 %", " ".repeat(40)));
        let half = format!("[{}{}]  50 %", "#".repeat(20), " ".repeat(20));
        assert_eq!(bar(percent(4, 8)), half);
        assert_eq!(bar(percent(8, 8)), format!("[{}] 100 %", "#".repeat(40)));
    }
}
