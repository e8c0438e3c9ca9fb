//! `inkfish explain`: has a server that runs say how an image stands.

mod table;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::calling::{Post, reached, run};
use super::{FileArgument, load};

/// For the folder and the shared store to be looked at.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, clap::Args)]
pub(super) struct ExplainArguments {
    /// The path of an image as a client asks for it, or its whole URL; its signature may be any.
    url: String,
    /// The Accept header of the client.
    #[arg(long, value_name = "TYPES")]
    accept: Option<String>,
    /// Another header of the client.
    #[arg(long, value_name = "NAME:VALUE", value_parser = header)]
    header: Vec<(String, String)>,
    /// Prints a JSON object instead of a table.
    #[arg(long)]
    json: bool,
    /// The admin address that is asked instead of that of the settings.
    #[arg(long, value_name = "HOST:PORT")]
    admin: Option<String>,
    #[command(flatten)]
    file: FileArgument,
}

/// Asks, and prints what is told. Exits with 1 where the path is refused.
///
/// # Errors
/// Settings that do not hold, and an address that does not answer.
pub(super) fn explain(
    arguments: ExplainArguments,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let config = load(arguments.file.clone())?;
    let question = Post::new("/explain", &question(&arguments), &config)?;
    let own = || reached(config.server.admin_bind);
    let address = arguments.admin.clone().unwrap_or_else(own);
    let reply = run(question.send(&address, PATIENCE))?;
    let told: Value =
        serde_json::from_slice(&reply.body).context("the answer is none of an admin address")?;
    if !reply.is_success() {
        let reason = told["error"].as_str().unwrap_or("refused");
        eprintln!("{reason}");
        return Ok(ExitCode::FAILURE);
    }
    match arguments.json {
        true => writeln!(out, "{}", serde_json::to_string_pretty(&told)?)?,
        false => write!(out, "{}", table::table(&told))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn question(arguments: &ExplainArguments) -> Value {
    let accept = arguments.accept.iter();
    let accept = accept.map(|types| ("Accept".to_owned(), types.clone()));
    let headers: Vec<_> = accept.chain(arguments.header.clone()).collect();
    json!({ "path": path(&arguments.url), "headers": headers })
}

/// The path of a URL, which may be all of it.
fn path(url: &str) -> &str {
    let web = ["http://", "https://"];
    let below = web.iter().find_map(|scheme| url.strip_prefix(scheme));
    match below {
        Some(below) => below.find('/').map_or("/", |at| &below[at..]),
        None => url,
    }
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("there is no colon in it")?;
    let value = value.trim();
    HeaderName::try_from(name).map_err(|_| "this is no name of a header")?;
    HeaderValue::try_from(value).map_err(|_| "no header can hold this value")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_whole_url_the_path_is_taken() {
        let rows = [
            ("/s/w:1/plain/http://a/b", "/s/w:1/plain/http://a/b"),
            (
                "https://img.example/s/w:1/plain/http://a/b?c",
                "/s/w:1/plain/http://a/b?c",
            ),
            ("http://img.example:8080", "/"),
            ("s/w:1/plain/http://a/b", "s/w:1/plain/http://a/b"),
        ];
        for (url, expected) in rows {
            assert_eq!(path(url), expected);
        }
    }

    #[test]
    fn a_header_has_a_name_and_a_value() {
        let dpr = ("DPR".to_owned(), "2".to_owned());
        assert_eq!(header("DPR: 2"), Ok(dpr));
        for text in ["DPR", ": 2", "a b:1", "a:b\nc"] {
            assert!(header(text).is_err(), "{text:?}");
        }
    }
}
