//! The folder swept by hand: with nobody beside, beside a server, and whole.

use std::fs;
use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use crate::support::{Origin, Process, eventually, kept_files, run};

const SMALL: &str = "rs:fit:24:24";
const OTHER: &str = "rs:fit:16:16";

fn sweep(folder: &Path, more: &[&str]) -> Output {
    let variables = [
        ("INKFISH_ALLOW_UNSIGNED", "true"),
        ("INKFISH_CACHE_DIR", folder.to_str().unwrap()),
    ];
    run(&[&["sweep"], more].concat(), &variables)
}

/// The number that a summary gives for `name`.
#[track_caller]
fn told(output: &Output, name: &str) -> u64 {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let line = line.unwrap_or_else(|| panic!("no {name:?} in {text:?}; {output:?}"));
    line.trim_start_matches(": ").parse().unwrap()
}

/// A server on `folder` that has made two variants of one source; both and their record are on disk.
fn filled(folder: &Path) -> Process {
    let origin = Origin::with_picture();
    let process = Process::serve(&[
        ("INKFISH_CACHE_DIR", folder.to_str().unwrap()),
        ("INKFISH_PURGE_TOKEN", "sixteen letters!"),
    ]);
    for options in [SMALL, OTHER] {
        process.get(&origin.asking(options)).image();
    }
    eventually("all is written", || kept_files(folder).len() == 3);
    process
}

#[test]
fn a_scan_beside_a_server_removes_what_is_damaged_and_leaves_the_rest() {
    let folder = TempDir::new().unwrap();
    let process = filled(folder.path());
    let sound = sweep(folder.path(), &["--scan"]);
    assert!(sound.status.success(), "{sound:?}");
    assert_eq!(told(&sound, "files looked at"), 3);
    assert_eq!(told(&sound, "kept"), 3);
    assert!(sound.stderr.is_empty(), "nothing but the summary on a pipe");
    let variant = kept_files(folder.path());
    let variant = variant
        .iter()
        .find(|path| !path.starts_with(folder.path().join("sources")));
    fs::write(variant.unwrap(), "INKF torn").unwrap();
    let output = sweep(folder.path(), &["--scan"]);
    assert_eq!(told(&output, "removed: damaged"), 1);
    assert_eq!(kept_files(folder.path()).len(), 2);
    drop(process);
}

#[test]
fn a_scan_removes_what_was_purged_and_the_folders_that_this_emptied() {
    let folder = TempDir::new().unwrap();
    let process = filled(folder.path());
    let admin = process.admin_address().to_string();
    let variables = [
        ("INKFISH_ALLOW_UNSIGNED", "true"),
        ("INKFISH_PURGE_TOKEN", "sixteen letters!"),
    ];
    assert!(
        run(&["purge", "--all", "--admin", &admin], &variables)
            .status
            .success()
    );
    let output = sweep(folder.path(), &["--scan"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(told(&output, "removed: purged"), 2);
    assert_eq!(told(&output, "empty folders removed"), 2);
    assert!(told(&output, "bytes freed") > 0);
    assert_eq!(
        kept_files(folder.path()).len(),
        1,
        "the record of the source"
    );
}

#[test]
fn a_sweep_leaves_the_folder_to_the_server_that_keeps_it() {
    let folder = TempDir::new().unwrap();
    let process = filled(folder.path());
    eventually("the server has the lock", || {
        folder.path().join("lock").exists()
    });
    let output = sweep(folder.path(), &[]);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("another process keeps"), "{text}");
    process.terminate();
    let output = sweep(folder.path(), &[]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(told(&output, "failed"), 0);
    assert_eq!(kept_files(folder.path()).len(), 3, "nothing has expired");
}

#[test]
fn what_is_no_folder_is_not_made_one() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("missing");
    let output = sweep(&missing, &["--scan"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!missing.exists());
    let output = run(&["sweep"], &[("INKFISH_ALLOW_UNSIGNED", "true")]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("INKFISH_CACHE_DIR is not set"), "{text}");
}
