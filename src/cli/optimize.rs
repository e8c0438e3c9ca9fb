//! `inkfish optimize`: writes image files anew, in fewer bytes, where they look as good as asked.

mod asked;
mod crew;
mod found;
mod one;
mod report;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::ValueEnum;

use super::placing;
use super::progress::Progress;
use crate::image::Format;
use crate::optimize::Target;
use crate::transform::ask::SCORE_LEVELS;
use asked::{Asked, Tags};
use crew::{Crew, End};
use found::Search;
use one::{Row, Work, Writes};
use report::Report;

/// What a shell answers for a command that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

#[derive(Debug, clap::Args)]
pub(super) struct OptimizeArguments {
    /// Files, and folders with all that is in them; symbolic links in them are not followed.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Writes into this folder, as the folders that were named are laid out, and leaves the originals alone.
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// How good files must look: a score of SSIMULACRA2 from 1 to 100, or low, medium, high, best or lossless.
    #[arg(long, value_name = "SCORE", default_value_t = Target::DEFAULT_SCORE, value_parser = score)]
    target: f64,
    /// Loses nothing, as `--target lossless`.
    #[arg(long, conflicts_with = "target")]
    lossless: bool,
    /// Writes pictures in this format, under a name that ends so; the originals stay. Drawings stay drawings.
    #[arg(long)]
    format: Option<Wanted>,
    /// Scales down what does not fit into a box of so many pixels; a side that is left out is not bounded.
    #[arg(long, value_name = "WxH", value_parser = sides)]
    resize: Option<(u32, u32)>,
    /// Keeps what files say besides their picture. Without it, the author and the rights stay alone.
    #[arg(long)]
    keep_metadata: bool,
    /// Says what would be done, and writes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Prints a JSON object a line: one for each file, and one of all.
    #[arg(long)]
    json: bool,
    /// Files that are worked on at a time [default: one for each core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
}

/// A format that files may be brought to.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Wanted {
    Jpeg,
    Png,
    Webp,
    Avif,
}

impl Wanted {
    const fn format(self) -> Format {
        match self {
            Self::Jpeg => Format::Jpeg,
            Self::Png => Format::Png,
            Self::Webp => Format::WebP,
            Self::Avif => Format::Avif,
        }
    }
}

/// Writes what is smaller, and prints what came of each file. Exits with 1 where a file failed, and with 130 where it
/// was interrupted.
///
/// # Errors
/// A folder of output that is one of the input, and whatever keeps the work from beginning.
pub(super) fn optimize(
    arguments: OptimizeArguments,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let begun = Instant::now();
    let asked = asked(&arguments);
    let found = Search {
        paths: &arguments.paths,
        output: arguments.output.as_deref(),
        format: asked.format,
    }
    .found()?;
    let writes = match arguments.dry_run {
        true => Writes::Nothing,
        false => Writes::Files,
    };
    if writes == Writes::Files {
        found.leftovers.iter().for_each(|left| placing::clear(left));
    }
    let crew = Crew::start(jobs(&arguments), Work { asked, writes }, found.items)?;
    let progress = Progress::new();
    let (rows, end) = crew.rows(&progress);
    progress.end();
    let report = Report {
        rows: &rows,
        took: begun.elapsed(),
        writes,
        end,
    };
    match arguments.json {
        true => report.print_json(out)?,
        false => report.print_table(out)?,
    }
    Ok(match end {
        End::Interrupted => ExitCode::from(INTERRUPTED),
        End::Done if rows.iter().any(Row::has_failed) => ExitCode::FAILURE,
        End::Done => ExitCode::SUCCESS,
    })
}

fn asked(arguments: &OptimizeArguments) -> Asked {
    Asked {
        score: match arguments.lossless {
            true => Target::LOSSLESS_SCORE,
            false => arguments.target,
        },
        format: arguments.format.map(Wanted::format),
        resize: arguments.resize,
        tags: match arguments.keep_metadata {
            true => Tags::Keep,
            false => Tags::Strip,
        },
    }
}

fn jobs(arguments: &OptimizeArguments) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, |cores| cores.get().min(256));
    arguments.jobs.map_or_else(cores, usize::from)
}

fn score(text: &str) -> Result<f64, String> {
    let level = SCORE_LEVELS.iter().find(|(name, _)| *name == text);
    let number = || text.parse().ok();
    let score = level.map(|(_, score)| *score).or_else(number);
    score
        .filter(|score| (1.0..=100.0).contains(score))
        .ok_or_else(|| {
            "it is no number from 1 to 100, nor low, medium, high, best or lossless".to_owned()
        })
}

/// The sides of a box; 0 is no bound.
fn sides(text: &str) -> Result<(u32, u32), String> {
    let side = |text: &str| match text {
        "" => Some(0),
        text => text.parse().ok().filter(|side| *side > 0),
    };
    let sides = text.split_once('x');
    let sides = sides.and_then(|(width, height)| Some((side(width)?, side(height)?)));
    sides
        .filter(|sides| *sides != (0, 0))
        .ok_or_else(|| "it is no box such as 1600x1200, 1600x or x1200".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_level_or_a_number() {
        for (text, expected) in [
            ("low", 60.0),
            ("best", 90.0),
            ("lossless", 100.0),
            ("1", 1.0),
            ("77.5", 77.5),
        ] {
            assert_eq!(score(text).ok(), Some(expected), "{text}");
        }
        for text in ["", "0", "101", "NaN", "inf", "-5", "High"] {
            assert!(score(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_box_has_one_side_at_least() {
        for (text, expected) in [("16x9", (16, 9)), ("16x", (16, 0)), ("x9", (0, 9))] {
            assert_eq!(sides(text).ok(), Some(expected), "{text}");
        }
        for text in [
            "",
            "x",
            "16",
            "0x9",
            "axb",
            "1x2x3",
            "-1x4",
            "99999999999x1",
        ] {
            assert!(sides(text).is_err(), "{text}");
        }
    }
}
