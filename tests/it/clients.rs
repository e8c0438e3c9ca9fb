//! Clients that others have written for the URL contract, unmodified: what they make is served.
//!
//! `make setup-test` installs them beside what is built.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::Server;

const KEY: &str = "736563726574";
const SALT: &str = "68656c6c6f";
const SOURCE: &str = "local:///jpeg/baseline-420.jpg";
const WATERMARK: &str = "local:///png/rgba-8.png";

/// One URL: the client that made it, the option that it is about, and the path.
struct Made {
    client: String,
    option: String,
    path: String,
}

/// Where the clients are installed: beside the folder that cargo gives to tests.
fn installed() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("clients")
}

fn made_by(program: &str, arguments: &[&str]) -> Vec<Made> {
    let folder = installed();
    let output = Command::new(program)
        .args(arguments)
        .current_dir(&folder)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; `make setup-test` installs it"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{program} in {}: {told}",
        folder.display()
    );
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(made).collect()
}

fn made(line: &str) -> Made {
    let [client, option, path] = line.split('\t').collect::<Vec<_>>()[..] else {
        panic!("{line}");
    };
    Made {
        client: client.to_owned(),
        option: option.to_owned(),
        path: path.to_owned(),
    }
}

fn server() -> Server {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    Server::start(&[
        ("KEY", KEY),
        ("SALT", SALT),
        ("ALLOW_UNSIGNED", "false"),
        ("LOCAL_FILESYSTEM_ROOT", fixtures),
        (
            "WATERMARK_PATH",
            concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/png/rgba-8.png"),
        ),
        ("ALLOW_SECURITY_OPTIONS", "true"),
    ])
}

fn check(all: &[Made], at_least: usize) {
    let server = server();
    let mut connection = server.connect();
    for Made {
        client,
        option,
        path,
    } in all
    {
        let reply = connection.request("GET", path, &[]);
        let expected = if client == "absent" { 404 } else { 200 };
        assert_eq!(
            reply.status,
            expected,
            "{client} {option} {path}: {}",
            reply.text()
        );
        let is_report = reply.header("content-type") == Some("application/json");
        assert_eq!(is_report, client == "info", "{client} {option}");
    }
    assert!(all.len() >= at_least, "{}", all.len());
}

#[test]
fn every_option_of_the_clients_for_node_is_served() {
    let arguments = ["urls.mjs", SOURCE, WATERMARK, KEY, SALT];
    check(&made_by("node", &arguments), 150);
}

#[test]
fn every_option_of_the_client_for_python_is_served() {
    let python = installed().join("python/bin/python3");
    let arguments = ["urls.py", SOURCE, KEY, SALT];
    check(&made_by(python.to_str().unwrap(), &arguments), 7);
}
