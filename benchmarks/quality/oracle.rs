//! sharp with mozjpeg, asked for the lowest quality that is good enough, picture by picture.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

/// Scores rise with quality, but for noise: so many qualities below the lowest good one are tried as well.
const NOISE: u8 = 3;

/// sharp, in a process of its own.
pub(super) struct Oracle {
    child: Child,
    jobs: ChildStdin,
    answers: BufReader<ChildStdout>,
    file: NamedTempFile,
}

/// A file that it wrote.
struct Written {
    quality: u8,
    bytes: usize,
    score: f64,
}

impl Oracle {
    pub(super) fn start(folder: &Path) -> Result<Self> {
        let mut child = Command::new("node")
            .arg(folder.join("encode.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("node")?;
        Ok(Self {
            jobs: child.stdin.take().expect("it is piped"),
            answers: BufReader::new(child.stdout.take().expect("it is piped")),
            child,
            file: NamedTempFile::new()?,
        })
    }

    /// The fewest bytes of a picture at a score: those of its best file, and as they would be at that very score.
    pub(super) fn best(
        &mut self,
        picture: &Path,
        target: f64,
        score: impl Fn(&[u8]) -> Result<f64>,
    ) -> Result<Value> {
        let mut best: Option<(f64, Written, &str)> = None;
        for chroma in ["4:2:0", "4:4:4"] {
            let found = self.lowest(target, |oracle, quality| {
                oracle.write(picture, quality, chroma)?;
                let file = fs::read(oracle.file.path())?;
                let (bytes, score) = (file.len(), score(&file)?);
                Ok(Written {
                    quality,
                    bytes,
                    score,
                })
            })?;
            let Some((at_target, file)) = found else {
                continue;
            };
            if best.as_ref().is_none_or(|(least, ..)| at_target < *least) {
                best = Some((at_target, file, chroma));
            }
        }
        Ok(match best {
            Some((at_target, file, chroma)) => json!({
                "bytes_at_target": at_target,
                "bytes": file.bytes,
                "score": file.score,
                "quality": file.quality,
                "chroma": chroma,
            }),
            None => Value::Null,
        })
    }

    /// The file of the lowest quality that is good enough, with the bytes it would take at the very target.
    fn lowest(
        &mut self,
        target: f64,
        mut write: impl FnMut(&mut Self, u8) -> Result<Written>,
    ) -> Result<Option<(f64, Written)>> {
        let (mut low, mut high) = (1, 100);
        while low < high {
            let middle = (low + high) / 2;
            match write(self, middle)?.score >= target {
                true => high = middle,
                false => low = middle + 1,
            }
        }
        let mut files = Vec::new();
        for quality in low.saturating_sub(NOISE).max(1)..=low {
            files.push(write(self, quality)?);
        }
        let Some(at) = files.iter().position(|file| file.score >= target) else {
            return Ok(None);
        };
        let file = files.swap_remove(at);
        let below = (file.quality > 1).then(|| write(self, file.quality - 1));
        let at_target = match below.transpose()? {
            Some(below) => between(&below, &file, target),
            None => file.bytes as f64,
        };
        Ok(Some((at_target, file)))
    }

    fn write(&mut self, picture: &Path, quality: u8, chroma: &str) -> Result<()> {
        let job = json!({
            "source": picture,
            "format": "jpeg",
            "options": { "quality": quality, "mozjpeg": true, "chromaSubsampling": chroma },
            "target": self.file.path(),
        });
        writeln!(self.jobs, "{job}")?;
        let mut answer = String::new();
        let read = self.answers.read_line(&mut answer)?;
        anyhow::ensure!(read > 0, "sharp has ended");
        Ok(())
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // Nothing is lost with it; that it has ended already is no matter.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The bytes at a score between those of two files, on a straight line of their logarithms.
fn between(below: &Written, above: &Written, target: f64) -> f64 {
    let share = (target - below.score) / (above.score - below.score);
    let (low, high) = ((below.bytes as f64).ln(), (above.bytes as f64).ln());
    (low + (high - low) * share.clamp(0.0, 1.0)).exp()
}
