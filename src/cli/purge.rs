//! `inkfish purge`: has servers that run purge or erase something.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use super::calling::{Post, reached, run};
use super::{FileArgument, load};
use crate::cache::Force;
use crate::config::Config;
use crate::purge::{Order, Target};

/// For a purge to be on disk, and with Redis.
const PATIENCE: Duration = Duration::from_secs(30);
/// For every file of the folder and every object of the shared store to be looked at.
const ERASING_PATIENCE: Duration = Duration::from_secs(3600);

#[derive(Debug, clap::Args)]
pub(super) struct PurgeArguments {
    #[command(flatten)]
    target: TargetArguments,
    /// Marks it stale instead: it answers until its source was asked.
    #[arg(long)]
    soft: bool,
    /// Removes every byte of it too, and prints what was removed where; of a source alone.
    #[arg(long, conflicts_with_all = ["soft", "url", "tag", "prefix", "all"])]
    erase: bool,
    /// An admin address that is asked instead of that of the settings; several are asked in turn.
    #[arg(long, value_name = "HOST:PORT")]
    admin: Vec<String>,
    #[command(flatten)]
    file: FileArgument,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct TargetArguments {
    /// Every variant of what this image path asks for, whatever its signature.
    #[arg(long, value_name = "PATH")]
    url: Option<String>,
    /// Everything that is made of this source.
    #[arg(long, value_name = "URL")]
    source: Option<String>,
    /// Everything whose URL names this cache tag.
    #[arg(long)]
    tag: Option<String>,
    /// Everything that is made of sources which begin so; it ends with a slash.
    #[arg(long, value_name = "URL")]
    prefix: Option<String>,
    /// Everything.
    #[arg(long)]
    all: bool,
}

impl TargetArguments {
    fn target(&self) -> Target {
        let texts = [
            self.url.clone().map(Target::Url),
            self.source.clone().map(Target::Source),
            self.tag.clone().map(Target::Tag),
            self.prefix.clone().map(Target::Prefix),
        ];
        texts.into_iter().flatten().next().unwrap_or(Target::All)
    }
}

/// Sends the order to each address, and prints what each answers. The exit code says whether all did it.
///
/// # Errors
/// Settings that do not hold, and addresses that do not answer.
pub(super) fn purge(arguments: PurgeArguments, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let config = load(arguments.file.clone())?;
    let post = post(&arguments, &config)?;
    let patience = match arguments.erase {
        true => ERASING_PATIENCE,
        false => PATIENCE,
    };
    let addresses = match &arguments.admin[..] {
        [] => vec![reached(config.server.admin_bind)],
        named => named.to_vec(),
    };
    run(async {
        let mut code = ExitCode::SUCCESS;
        for address in addresses {
            let done = match post.send(&address, patience).await {
                Ok(reply) => {
                    let text = String::from_utf8_lossy(&reply.body);
                    writeln!(out, "{}", text.trim_end())?;
                    reply.is_success()
                }
                // The others are asked all the same.
                Err(error) => {
                    eprintln!("{error:#}");
                    false
                }
            };
            if !done {
                code = ExitCode::FAILURE;
            }
        }
        Ok(code)
    })
}

fn post(arguments: &PurgeArguments, config: &Config) -> anyhow::Result<Post> {
    let order = Order {
        target: arguments.target.target(),
        force: match arguments.soft {
            true => Force::Soft,
            false => Force::Hard,
        },
    };
    let path = match arguments.erase {
        true => "/erase",
        false => "/purge",
    };
    Post::new(path, &order.to_json(), config)
}
