//! What is done to one file.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{Read, Seek};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::RwLock;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use rustix::fs::OFlags;

use super::asked::Asked;
use super::crew::Room;
use super::found::{Fault, Item};
use crate::cli::identifying::identified;
use crate::cli::placing::{Over, place};
use crate::identify::{Facts, Identified, identify};
use crate::image::coefficients::Coefficients;
use crate::image::decode::{How, Scale, decode};
use crate::image::{Error, Format};
use crate::optimize::{LEAST_SAVED_PERCENT, saves_enough};
use crate::transform::pipeline::{self, Derivative};

/// The most bytes of a file that is read.
const MAX_FILE_BYTES: u64 = 256 << 20;

/// By how many points a result may miss what was asked for.
const MOST_MISSED: f64 = 1.0;

/// The longest side that a drawing is rendered to, to see whether it is still the same.
const DRAWN_PX: u32 = 1024;

/// What is read.
const TAKEN: &[Format] = &[
    Format::Jpeg,
    Format::Png,
    Format::WebP,
    Format::Avif,
    Format::Gif,
    Format::Svg,
];

/// What is done to every file.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) asked: Asked,
    pub(super) writes: Writes,
}

/// Whether anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writes {
    Files,
    Nothing,
}

/// What came of one file.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) file: PathBuf,
    pub(super) outcome: Outcome,
    pub(super) took: Duration,
}

/// What came of a file.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// It was made smaller.
    Smaller(Made),
    /// It is as good as it gets, for a reason.
    Kept { bytes: u64, reason: String },
    /// It is nothing for this command.
    PassedBy(String),
    /// It could not be read, made or written.
    Failed(String),
    /// The command was interrupted before its turn or within it.
    Unfinished,
}

/// A smaller file.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) target: PathBuf,
    pub(super) format: Format,
    pub(super) before: u64,
    pub(super) after: u64,
    pub(super) score: Option<f64>,
    /// Whether it is the source packed anew.
    pub(super) packed: bool,
}

impl Row {
    pub(super) fn has_failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed(_))
    }
}

/// What holds while files are worked on side by side.
#[derive(Debug)]
pub(super) struct Limits {
    /// Memory for pixels.
    pub(super) room: Room,
    /// Held while a file is put in its place, so that whoever locks it for good finds none unfinished.
    pub(super) placing: RwLock<()>,
}

impl Work {
    /// Does what is asked to one file, and says what came of it.
    pub(super) fn row(&self, item: &Item, limits: &Limits) -> Row {
        let begun = Instant::now();
        let outcome = match &item.fault {
            Some(Fault::PassedBy(reason)) => Outcome::PassedBy(reason.clone()),
            Some(Fault::Failed(reason)) => Outcome::Failed(reason.clone()),
            None => self.outcome(item, limits),
        };
        Row {
            file: item.source.clone(),
            outcome,
            took: begun.elapsed(),
        }
    }

    fn outcome(&self, item: &Item, limits: &Limits) -> Outcome {
        let outcome = self.done(item, limits);
        outcome.unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")))
    }

    fn done(&self, item: &Item, limits: &Limits) -> anyhow::Result<Outcome> {
        let original = Original::open(&item.source)?;
        if let Some(reason) = original.is_nothing_for_us()? {
            return Ok(Outcome::PassedBy(reason));
        }
        let source = original.read()?;
        let facts = match identify(&source, true) {
            Identified::Image(facts) => facts,
            _ => bail!("it is no whole image"),
        };
        if facts.animated {
            return Ok(Outcome::PassedBy("an animation".to_owned()));
        }
        match self.made(&source, &facts, limits)? {
            Ok(made) => {
                self.put(item, &original, &made.bytes, limits)?;
                Ok(Outcome::Smaller(Made {
                    target: item.target.clone(),
                    format: made.format,
                    before: source.len() as u64,
                    after: made.bytes.len() as u64,
                    score: made.score,
                    packed: made.packed,
                }))
            }
            Err(reason) => {
                self.copied(item, &original, &source, limits)?;
                let bytes = source.len() as u64;
                Ok(Outcome::Kept { bytes, reason })
            }
        }
    }

    /// What is made of a source, or why that is not better.
    fn made(
        &self,
        source: &[u8],
        facts: &Facts,
        limits: &Limits,
    ) -> anyhow::Result<Result<Derivative, String>> {
        if let Some(refusal) = self.asked.refusal(facts) {
            return Ok(Err(refusal.to_owned()));
        }
        let plan = self.asked.plan(facts)?;
        let _room = limits.room.take(plan.peak_bytes())?;
        ensure_sound(source, facts)?;
        let mut made = pipeline::run(source, facts, &plan, None)?;
        if self.loses_unseen(&made, facts) {
            // The same picture, so the memory is there.
            let plan = self.asked.lossless().plan(facts)?;
            made = pipeline::run(source, facts, &plan, None)?;
        }
        if let Some(reason) = self.fault(&made, source, facts) {
            return Ok(Err(reason));
        }
        ensure_whole(&made).context("what was written is not what was meant")?;
        if facts.format == Format::Svg && !is_drawn_alike(source, &made.bytes)? {
            return Ok(Err("it would not be drawn the same".to_owned()));
        }
        Ok(Ok(made))
    }

    /// Why a result does not stand for its source.
    fn fault(&self, made: &Derivative, source: &[u8], facts: &Facts) -> Option<String> {
        let format = self.asked.format_for(facts.format);
        let (before, after) = (source.len() as u64, made.bytes.len() as u64);
        let resized = is_resized(made, facts);
        let again = self.loses_again(made, facts);
        let reason = match made {
            _ if made.format != format || resized && self.asked.resize.is_none() => {
                format!("{} cannot hold a picture of this size", format.name())
            }
            _ if self.asked.is_lossless() && format == Format::Jpeg && !made.packed => {
                "it cannot be packed without a loss".to_owned()
            }
            _ if made
                .score
                .is_some_and(|score| score < self.asked.score - MOST_MISSED) =>
            {
                "no file of this format looks as good as asked".to_owned()
            }
            _ if self.loses_unseen(made, facts) => {
                "another loss cannot be measured in a picture this small".to_owned()
            }
            _ if after >= before => "nothing smaller was found".to_owned(),
            _ if again && !saves_enough(before, after) => {
                format!("another loss saves less than {LEAST_SAVED_PERCENT} %")
            }
            _ => return None,
        };
        Some(reason)
    }

    /// Whether a result is the same picture with another loss.
    fn loses_again(&self, made: &Derivative, facts: &Facts) -> bool {
        let same = self.asked.format_for(facts.format) == facts.format && !is_resized(made, facts);
        same && facts.has_lost() && !made.packed
    }

    /// Whether it has another loss of which nobody knows how it looks.
    fn loses_unseen(&self, made: &Derivative, facts: &Facts) -> bool {
        let unseen = made.score.is_none() && !self.asked.is_lossless();
        unseen && self.loses_again(made, facts)
    }

    /// Puts a result in its place, if the original is still what was read.
    fn put(
        &self,
        item: &Item,
        original: &Original,
        bytes: &[u8],
        limits: &Limits,
    ) -> anyhow::Result<()> {
        if self.writes == Writes::Nothing {
            return Ok(());
        }
        let _placing = limits
            .placing
            .read()
            .unwrap_or_else(|held| held.into_inner());
        let over = match item.target == item.source || item.copy != item.source {
            true => Over::Anything,
            false => Over::Nothing,
        };
        ensure!(original.is_still(&item.source), "it was changed meanwhile");
        place(bytes, &item.target, Some(&original.metadata), over)
    }

    /// Copies a source that stays as it is to the folder of output, where it is of the format that was asked for.
    fn copied(
        &self,
        item: &Item,
        original: &Original,
        source: &[u8],
        limits: &Limits,
    ) -> anyhow::Result<()> {
        if item.copy == item.source || item.copy != item.target {
            return Ok(());
        }
        self.put(item, original, source, limits)
    }
}

/// A file as it was when it was opened.
struct Original {
    file: File,
    metadata: Metadata,
}

impl Original {
    /// Opens a file, and no link, pipe or device.
    fn open(path: &Path) -> anyhow::Result<Self> {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let mut options = OpenOptions::new();
        options.read(true).custom_flags(flags.bits().cast_signed());
        let file = options.open(path)?;
        let metadata = file.metadata()?;
        ensure!(metadata.is_file(), "it is no file any more");
        Ok(Self { file, metadata })
    }

    /// Why it is passed by, as far as its first bytes tell.
    fn is_nothing_for_us(&self) -> anyhow::Result<Option<String>> {
        Ok(match identified(&self.file)? {
            Identified::NotAnImage(reason) => Some(format!("not an image: {reason}")),
            Identified::Unsupported(format) => Some(format!("{} is not read", format.name())),
            Identified::NeedsMore(_) => Some("its header does not end".to_owned()),
            Identified::Image(facts) if !TAKEN.contains(&facts.format) => {
                Some(format!("{} is not optimized", facts.format.name()))
            }
            Identified::Image(_) if self.metadata.len() > MAX_FILE_BYTES => {
                Some(format!("more than {} MiB", MAX_FILE_BYTES >> 20))
            }
            Identified::Image(_) => None,
        })
    }

    fn read(&self) -> anyhow::Result<Vec<u8>> {
        let length = self.metadata.len();
        let mut bytes = Vec::with_capacity(length as usize);
        let mut file = &self.file;
        file.rewind()?;
        file.take(length + 1).read_to_end(&mut bytes)?;
        ensure!(bytes.len() as u64 == length, "it was changed meanwhile");
        Ok(bytes)
    }

    /// Whether its path still names it, unchanged.
    fn is_still(&self, path: &Path) -> bool {
        let stamp = |of: &Metadata| (of.dev(), of.ino(), of.len(), of.mtime(), of.mtime_nsec());
        let now = path.symlink_metadata();
        now.is_ok_and(|now| stamp(&now) == stamp(&self.metadata))
    }
}

/// Whether a result is of another size than its source, as seen.
fn is_resized(made: &Derivative, facts: &Facts) -> bool {
    let upright = match facts.orientation.swaps_sides() {
        true => (facts.height, facts.width),
        false => (facts.width, facts.height),
    };
    upright != (made.width, made.height)
}

/// Refuses a JPEG that decoders would forgive: what they guessed would take the place of what could be saved.
fn ensure_sound(source: &[u8], facts: &Facts) -> Result<(), Error> {
    match facts.format {
        Format::Jpeg => Coefficients::read(source, facts).map(drop),
        _ => Ok(()),
    }
}

/// Refuses a file that does not decode to the size that it was made in.
fn ensure_whole(made: &Derivative) -> anyhow::Result<()> {
    let Identified::Image(facts) = identify(&made.bytes, true) else {
        bail!("it is no image");
    };
    ensure!(facts.format == made.format, "it is {}", facts.format.name());
    if facts.format == Format::Svg {
        return Ok(());
    }
    let pixels = decode(&made.bytes, &facts, &How::at(Scale::Full))?;
    let seen = match facts.orientation.swaps_sides() {
        true => (pixels.height(), pixels.width()),
        false => (pixels.width(), pixels.height()),
    };
    ensure!(
        seen == (made.width, made.height),
        "it is {}x{} and not {}x{}",
        seen.0,
        seen.1,
        made.width,
        made.height
    );
    Ok(())
}

/// Whether two drawings come to the same pixels.
fn is_drawn_alike(one: &[u8], other: &[u8]) -> anyhow::Result<bool> {
    let drawn = |file: &[u8]| {
        let Identified::Image(facts) = identify(file, true) else {
            bail!("it is no drawing");
        };
        let longest = facts.width.max(facts.height).max(1);
        let side = |side: u32| (u64::from(side) * u64::from(DRAWN_PX) / u64::from(longest)).max(1);
        let how = How {
            render: Some((side(facts.width) as u32, side(facts.height) as u32)),
            ..How::at(Scale::Full)
        };
        Ok(decode(file, &facts, &how)?)
    };
    Ok(drawn(one)? == drawn(other)?)
}
