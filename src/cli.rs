//! The command line: what can be asked of the program, and the commands that need no server.

mod calling;
mod compare;
mod explain;
mod identifying;
mod optimize;
mod picture;
mod placing;
mod progress;
mod purge;
mod sweep;
mod warm;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::anyhow;
use clap::{Parser, Subcommand};

use crate::app;
use crate::config::{self, Config, Faults, Inputs, Settings};
use crate::request::Signer;
use compare::CompareArguments;
use explain::ExplainArguments;
use identifying::{IdentifyArguments, identify_files};
use optimize::OptimizeArguments;
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
    Identify(IdentifyArguments),
    /// Writes image files anew in fewer bytes, in place or to a folder, where they look as good as asked.
    ///
    /// It takes JPEG, PNG, WebP, AVIF, GIF and SVG, and passes by animations and all else. A file is replaced only by a
    /// smaller one that was read back; it is written beside it and renamed. The exit code is 1 where a file failed, and
    /// 130 where it was interrupted, which leaves every file whole.
    Optimize(OptimizeArguments),
    /// Says how much two pictures differ: SSIMULACRA2, PSNR, and a picture of where.
    ///
    /// 100 is the same, 90 cannot be told apart, 70 is good. The exit code is 1 where they are not of one size.
    Compare(CompareArguments),
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
        Command::Identify(arguments) => {
            return identify_files(&arguments, &mut out, &mut io::stderr().lock());
        }
        Command::Optimize(arguments) => return optimize::optimize(arguments, &mut out),
        Command::Compare(arguments) => return compare::compare(arguments, &mut out),
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

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

    #[test]
    fn the_arguments_are_declared_without_contradiction() {
        Arguments::command().debug_assert();
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
