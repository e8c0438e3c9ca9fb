//! What it takes to identify the image files of a system.
//!
//! `identify_heads BYTES PATH…` prints, as JSON, how many of the image files in those folders are known by their first
//! BYTES, and the median over their JPEGs of what one look at a header takes, in microseconds.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use inkfish::identify::{Format, Identified, identify};
use serde_json::json;

/// Looks at each header, of which the fastest counts: others are disturbed.
const ROUNDS: u32 = 20;
const LOOKS: u32 = 200;

const ENDINGS: [&str; 8] = ["jpg", "jpeg", "png", "gif", "webp", "avif", "svg", "tiff"];

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let usage = "usage: identify_heads BYTES PATH…";
    let bytes = arguments.next().context(usage)?;
    let bytes: usize = bytes.to_str().context(usage)?.parse().context(usage)?;
    let mut files = Vec::new();
    for folder in arguments {
        images(Path::new(&folder), &mut files);
    }
    let (mut known, mut times) = (0, Vec::new());
    for file in &files {
        let head = head(file, bytes)?;
        let complete = head.len() < bytes;
        match identify(&head, complete) {
            Identified::NeedsMore(_) => {}
            Identified::Image(facts) if facts.format == Format::Jpeg => {
                known += 1;
                times.push(microseconds(&head, complete));
            }
            _ => known += 1,
        }
    }
    times.sort_by(f64::total_cmp);
    let median = times.get(times.len() / 2).context("no JPEGs were found")?;
    println!(
        "{}",
        json!({"files": files.len(), "known": known, "jpegs": times.len(), "jpeg_us": median})
    );
    Ok(())
}

/// The image files in a folder and in those within, by their names.
fn images(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => images(&path, found),
            Ok(kind) if kind.is_file() && is_image(&path) => found.push(path),
            _ => {}
        }
    }
}

fn is_image(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
}

fn head(path: &Path, bytes: usize) -> Result<Vec<u8>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let mut head = Vec::new();
    file.take(bytes as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// What one look takes, in the fastest round.
fn microseconds(head: &[u8], complete: bool) -> f64 {
    let round = || {
        let begun = Instant::now();
        for _ in 0..LOOKS {
            black_box(identify(black_box(head), complete));
        }
        begun.elapsed().as_secs_f64() * 1e6 / f64::from(LOOKS)
    };
    (0..ROUNDS).map(|_| round()).fold(f64::INFINITY, f64::min)
}
