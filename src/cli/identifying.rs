//! `inkfish identify`: what files are.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use serde::Serialize;

use super::picture::seen;
use crate::identify::{Facts, Format, Identified, MAX_HEAD_BYTES, identify, jpeg_quality};
use crate::image::Pixels;
use crate::optimize::colors::Colors;
use crate::optimize::{self, Kind};

/// Bytes of a file that are looked at first; nearly every header fits.
const FIRST_READ_BYTES: usize = 4 << 10;

#[derive(Debug, clap::Args)]
pub(super) struct IdentifyArguments {
    /// The files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Decodes each file too, and says how many colours it has, up to 256, and whether it is a photo or a graphic.
    #[arg(long)]
    deep: bool,
}

/// How closely files are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// Their headers are read.
    Header,
    /// They are decoded.
    Deep,
}

/// One line.
#[derive(Serialize)]
struct Line<'a, T> {
    file: &'a str,
    #[serde(flatten)]
    finding: T,
}

#[derive(Serialize)]
struct Finding {
    #[serde(flatten)]
    facts: Facts,
    #[serde(flatten)]
    quality: Option<Quality>,
    #[serde(flatten)]
    content: Option<Content>,
}

/// The quality of a JPEG: that whose tables it has, `None` where it has others, and that whose tables come closest.
#[derive(Serialize)]
struct Quality {
    quality: Option<u8>,
    nearest_quality: u8,
}

#[derive(Serialize)]
struct Content {
    colors: Count,
    content: &'static str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Count {
    Few(usize),
    More(&'static str),
}

#[derive(Serialize)]
struct Failure {
    error: String,
}

/// Prints a line for each file; the exit code says whether all of them are images.
///
/// # Errors
/// Output that cannot be written.
pub(super) fn identify_files(
    arguments: &IdentifyArguments,
    out: &mut impl Write,
    complaints: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let look = match arguments.deep {
        true => Look::Deep,
        false => Look::Header,
    };
    let mut code = ExitCode::SUCCESS;
    for path in &arguments.files {
        let file = &path.to_string_lossy();
        match found(path, look) {
            Ok(finding) => print_line(out, &Line { file, finding })?,
            Err(error) => {
                let error = format!("{error:#}");
                let finding = Failure { error };
                print_line(complaints, &Line { file, finding })?;
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}

fn print_line(out: &mut impl Write, line: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    out.write_all(&text).context("cannot print")
}

fn found(path: &Path, look: Look) -> anyhow::Result<Finding> {
    let (head, identified) = head(&File::open(path)?)?;
    let facts = match identified {
        Identified::Image(facts) => facts,
        Identified::NeedsMore(_) => anyhow::bail!("the header does not end"),
        Identified::Unsupported(format) => {
            anyhow::bail!("{} is not read by this build", format.name())
        }
        Identified::NotAnImage(reason) => anyhow::bail!("not an image: {reason}"),
    };
    Ok(Finding {
        quality: quality(&facts, &head),
        content: match look {
            Look::Header => None,
            Look::Deep => Some(content(&seen(path)?)),
        },
        facts,
    })
}

/// What a file is, by as much of it as its header takes.
///
/// # Errors
/// What reading says.
pub(super) fn identified(file: &File) -> io::Result<Identified> {
    head(file).map(|(_, identified)| identified)
}

/// Reads as much of a file as its header takes, doubling what is read while that is too little.
fn head(file: &File) -> io::Result<(Vec<u8>, Identified)> {
    let mut head = Vec::new();
    let mut wanted = FIRST_READ_BYTES;
    loop {
        let missing = (wanted - head.len()) as u64;
        file.take(missing).read_to_end(&mut head)?;
        let complete = head.len() < wanted;
        match identify(&head, complete) {
            Identified::NeedsMore(_) if !complete && wanted < MAX_HEAD_BYTES => wanted *= 2,
            identified => return Ok((head, identified)),
        }
    }
}

/// It stands in the header, which is there anyway.
fn quality(facts: &Facts, head: &[u8]) -> Option<Quality> {
    let quality = (facts.format == Format::Jpeg).then(|| jpeg_quality(head));
    quality.flatten().map(|quality| Quality {
        quality: quality.exact,
        nearest_quality: quality.nearest,
    })
}

fn content(pixels: &Pixels) -> Content {
    Content {
        colors: match Colors::of(pixels).count() {
            Some(count) => Count::Few(count),
            None => Count::More("more"),
        },
        content: match optimize::kind(pixels) {
            Kind::Photo => "photo",
            Kind::Graphic => "graphic",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/demo")
            .join(name)
    }

    /// The lines for standard output and for standard error.
    fn identified(files: &[PathBuf]) -> (Vec<serde_json::Value>, Vec<serde_json::Value>) {
        let (mut out, mut complaints) = (Vec::new(), Vec::new());
        let arguments = IdentifyArguments {
            files: files.to_vec(),
            deep: false,
        };
        identify_files(&arguments, &mut out, &mut complaints).unwrap();
        let lines = |bytes: &[u8]| {
            let lines = bytes.split_inclusive(|byte| *byte == b'\n');
            lines
                .map(|line| serde_json::from_slice(line).unwrap())
                .collect()
        };
        (lines(&out), lines(&complaints))
    }

    #[test]
    fn identify_prints_an_object_a_line_with_the_file_in_it() {
        let files = [fixture("valley.jpg"), fixture("squid.png")];
        let (lines, complaints) = identified(&files);
        assert!(complaints.is_empty());
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["format"], "jpeg");
        assert_eq!(lines[1]["format"], "png");
        for (line, file) in lines.iter().zip(&files) {
            assert_eq!(line["file"], file.to_str().unwrap());
            assert!(line["width"].as_u64().unwrap() > 0);
        }
        assert!(lines[0]["nearest_quality"].is_u64());
        assert!(lines[1].get("nearest_quality").is_none());
    }

    #[test]
    fn what_is_no_image_gets_its_line_on_standard_error_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (text, empty) = (folder.path().join("text"), folder.path().join("empty"));
        std::fs::write(&text, "no image").unwrap();
        std::fs::write(&empty, "").unwrap();
        let missing = folder.path().join("missing");
        let files = [text, empty, missing, folder.path().into()];
        let (lines, complaints) = identified(&files);
        assert!(lines.is_empty());
        assert_eq!(complaints.len(), files.len());
        for (complaint, file) in complaints.iter().zip(&files) {
            assert_eq!(complaint["file"], file.to_str().unwrap());
            assert!(complaint["error"].is_string());
        }
    }
}
