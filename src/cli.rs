//! The command line: what can be asked of the program, and the commands that need no server.

mod calling;
mod explain;
mod purge;
mod sweep;
mod warm;

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use clap::{Parser, Subcommand};
use serde::Serialize;

use crate::app;
use crate::config::{self, Config, Faults, Inputs, Settings};
use crate::identify::{Facts, Identified, identify};
use crate::request::Signer;
use explain::ExplainArguments;
use purge::PurgeArguments;
use sweep::SweepArguments;
use warm::WarmArguments;

/// An image origin: fetches, resizes, optimizes, caches and serves images by URL.
#[derive(Debug, Parser)]
#[command(name = "inkfish", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves images.
    Serve(FileArgument),
    /// Prints what the first bytes of each file declare, a JSON object a line.
    ///
    /// A file that is no image, or cannot be read, gets its line on standard error, and the exit code is 1.
    Identify {
        /// The files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Prints a path with its signature in front, made with the first key.
    Sign {
        /// The path without its signature, such as `/rs:fill:600:400/plain/https://shop.example/cat.jpg`.
        path: String,
        #[command(flatten)]
        file: FileArgument,
    },
    /// Has a server that runs purge something, or erase a source.
    Purge(PurgeArguments),
    /// Removes from the cache's folder what has expired, where no server does; repairs it with --scan.
    Sweep(SweepArguments),
    /// Has a server that runs say how an image stands: its keys, and what each layer of the cache has of it.
    ///
    /// Nothing is fetched, made or moved by it. The exit code is 1 where the path is refused.
    Explain(ExplainArguments),
    /// Asks a server for the images that access logs name, so that it has them.
    ///
    /// It reads logs of Inkfish (JSON and text) and the common and combined formats of Nginx and Apache, and takes what
    /// was answered 200, 206 or 304. Signatures that a log of Inkfish leaves out are made anew with the keys of the
    /// settings. The exit code is 1 where an image was not answered, or where it was interrupted.
    Warm(WarmArguments),
    /// Prints every setting with its value, default, origin and meaning; exits with 1 if they do not hold.
    Config {
        #[command(flatten)]
        file: FileArgument,
        /// Prints the page that documents every setting instead.
        #[arg(long, hide = true)]
        markdown: bool,
    },
}

#[derive(Clone, Debug, clap::Args)]
struct FileArgument {
    /// The TOML file of settings; `INKFISH_CONFIG` names one too.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// One line of `identify`.
#[derive(Serialize)]
struct Line<'a, T> {
    file: &'a str,
    #[serde(flatten)]
    finding: T,
}

#[derive(Serialize)]
struct Failure {
    error: String,
}

/// Bytes of a file that are looked at first; nearly every header fits.
const FIRST_READ_BYTES: usize = 4 << 10;

/// Bytes of a file that are looked at in the end: past them a header is no header.
const LAST_READ_BYTES: usize = 16 << 20;

/// Does what the arguments of this process ask for.
///
/// # Errors
///
/// Settings that do not hold, and whatever stops a command.
pub fn run() -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    match Arguments::parse().command {
        Command::Serve(file) => {
            drop(out);
            app::serve(|| load(file.clone()))?;
        }
        Command::Identify { files } => {
            return identify_files(&files, &mut out, &mut io::stderr().lock());
        }
        Command::Sign { path, file } => {
            writeln!(out, "{}", signed(&load(file)?, &path)?)?;
        }
        Command::Purge(arguments) => return purge::purge(arguments, &mut out),
        Command::Sweep(arguments) => return sweep::sweep(arguments, &mut out),
        Command::Explain(arguments) => return explain::explain(arguments, &mut out),
        Command::Warm(arguments) => return warm::warm(arguments, &mut out),
        Command::Config { markdown: true, .. } => out.write_all(config::markdown().as_bytes())?,
        Command::Config { file, .. } => {
            let settings = Settings::gather(&Inputs::of_process(file.config));
            out.write_all(settings.render().as_bytes())?;
            settings.resolve()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn load(file: FileArgument) -> Result<Config, Faults> {
    Settings::gather(&Inputs::of_process(file.config)).resolve()
}

/// The path as a client sends it: prefix, signature, and what was signed.
fn signed(config: &Config, path: &str) -> anyhow::Result<String> {
    let request = &config.request;
    anyhow::ensure!(
        !request.keys.is_empty(),
        "there is nothing to sign with: set INKFISH_KEY and INKFISH_SALT"
    );
    let signer = Signer::try_new(&request.keys, request.signature_size).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow!(faults.join("; "))
    })?;
    let path = path.trim_start_matches('/');
    let prefix = &request.path_prefix;
    Ok(format!("{prefix}/{}/{path}", signer.sign(path)))
}

/// Prints a line for each file; the exit code says whether all of them are images.
fn identify_files(
    files: &[PathBuf],
    out: &mut impl Write,
    complaints: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    for path in files {
        let file = &path.to_string_lossy();
        match facts(path) {
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

/// Reads as much of a file as its header takes, doubling what is read while that is too little.
fn facts(path: &Path) -> anyhow::Result<Facts> {
    let file = File::open(path)?;
    let mut head = Vec::new();
    let mut wanted = FIRST_READ_BYTES;
    loop {
        let missing = (wanted - head.len()) as u64;
        (&file).take(missing).read_to_end(&mut head)?;
        let complete = head.len() < wanted;
        match identify(&head, complete) {
            Identified::Image(facts) => return Ok(facts),
            Identified::NeedsMore(_) if !complete && wanted < LAST_READ_BYTES => wanted *= 2,
            Identified::NeedsMore(_) => anyhow::bail!("the header does not end"),
            Identified::Unsupported(format) => {
                anyhow::bail!("{} is not read by this build", format.name())
            }
            Identified::NotAnImage(reason) => anyhow::bail!("not an image: {reason}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/demo")
            .join(name)
    }

    fn config(variables: &[(&str, &str)]) -> Config {
        let inputs = Inputs {
            variables: variables
                .iter()
                .map(|(name, text)| ((*name).into(), (*text).into()))
                .collect(),
            file: None,
        };
        Settings::gather(&inputs).resolve().ok().unwrap()
    }

    /// The lines of `identify` for standard output and for standard error.
    fn identified(files: &[PathBuf]) -> (Vec<serde_json::Value>, Vec<serde_json::Value>) {
        let (mut out, mut complaints) = (Vec::new(), Vec::new());
        identify_files(files, &mut out, &mut complaints).unwrap();
        let lines = |bytes: &[u8]| {
            let lines = bytes.split_inclusive(|byte| *byte == b'\n');
            lines
                .map(|line| serde_json::from_slice(line).unwrap())
                .collect()
        };
        (lines(&out), lines(&complaints))
    }

    #[test]
    fn the_arguments_are_declared_without_contradiction() {
        Arguments::command().debug_assert();
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

    #[test]
    fn sign_prints_the_whole_path_as_a_client_sends_it() {
        let keys = [
            ("INKFISH_KEY", "736563726574"),
            ("INKFISH_SALT", "68656c6c6f"),
        ];
        let path = "/plain/http://example.com/images/curiosity.jpg";
        let signature = "tLvEboG5BrUsclTgTUEGnYHTECamEGJN0sAxY2br4Qw";
        let signed_path = format!("/{signature}{path}");
        assert_eq!(signed(&config(&keys), path).unwrap(), signed_path);
        assert_eq!(signed(&config(&keys), &path[1..]).unwrap(), signed_path);
        let mut prefixed = keys.to_vec();
        prefixed.push(("INKFISH_PATH_PREFIX", "img/"));
        assert_eq!(
            signed(&config(&prefixed), path).unwrap(),
            format!("/img{signed_path}")
        );
        let unsigned = config(&[("INKFISH_ALLOW_UNSIGNED", "true")]);
        assert!(signed(&unsigned, path).is_err());
    }
}
