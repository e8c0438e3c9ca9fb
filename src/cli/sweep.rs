//! `inkfish sweep`: cleans the folder of the cache by hand.

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::progress::Progress;
use super::{FileArgument, load};
use crate::cache::{self, BLOCK_BYTES, Cache, KeeperCounts, Swept};
use crate::clock::Clock;

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
    let progress = Progress::new();
    let swept = cache.scan_folder(&|done, all| progress.show(done.into(), all.into()));
    progress.end();
    swept
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
