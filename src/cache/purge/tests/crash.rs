//! Processes that are killed, and what they tell the system before they acknowledge.

use super::*;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

const FOLDER: &str = "INKFISH_TEST_PURGES";
const ROUNDS: u64 = 50;
const LONG_ROUNDS: u64 = 1000;

/// The name by which the test binary finds a test of this module.
fn name_of(test: &str) -> String {
    let module = module_path!();
    let (_, inner) = module.split_once("::").unwrap();
    format!("{inner}::{test}")
}

/// The command that runs one test of this binary on a folder, by way of `before`.
fn child(before: &[&str], test: &str, dir: &Path) -> Command {
    let binary = env::current_exe().unwrap();
    let mut words = before
        .iter()
        .map(|word| word.as_ref())
        .chain([binary.as_os_str()]);
    let mut command = Command::new(words.next().unwrap());
    command
        .args(words)
        .args(["--exact", &name_of(test), "--ignored", "--nocapture"])
        .env(FOLDER, dir)
        .stdout(Stdio::piped());
    command
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
}

#[test]
#[ignore = "run by other tests, as a process of its own"]
fn purges_until_it_is_killed() {
    let dir = env::var(FOLDER).unwrap();
    let purges = open(Path::new(&dir));
    let base = u64::from(std::process::id()) << 32;
    for at in 0.. {
        let (one, two) = (base + at * 2, base + at * 2 + 1);
        let last = purges.add(&[of(one, HARD), of(two, HARD)]).unwrap();
        say(&format!("acknowledged {one} {}", last.0 - 1));
        say(&format!("acknowledged {two} {}", last.0));
    }
}

#[test]
#[ignore = "run by other tests, as a process of its own"]
fn purges_three_times() {
    let dir = env::var(FOLDER).unwrap();
    let purges = open(Path::new(&dir));
    for number in add_each(&purges, 3) {
        say(&format!("acknowledged {}", number.0));
    }
}

#[test]
#[ignore = "run by other tests, as a process of its own"]
fn purges_until_the_disk_is_full() {
    let dir = env::var(FOLDER).unwrap();
    let purges = open(Path::new(&dir));
    let mut newest = Sequence(0);
    for number in 0..10_000 {
        match purges.add(&[of(number, HARD)]) {
            Ok(given) => newest = given,
            Err(error) => {
                assert_eq!(purges.floor(&[scope(number)]), Floor::default());
                assert_eq!(purges.newest(), newest);
                purges.refresh().unwrap();
                assert_eq!(hard(&purges, number - 1), newest);
                return say(&format!("refused {number} {} {error}", newest.0));
            }
        }
    }
}

fn acknowledged(line: &str) -> Option<(u64, Sequence)> {
    let mut words = line
        .split_whitespace()
        .skip_while(|word| *word != "acknowledged");
    let mut next = || words.nth(1)?.parse().ok();
    let scope: u64 = next()?;
    let mut words = line.split_whitespace().rev();
    Some((scope, Sequence(words.next()?.parse().ok()?)))
}

/// Kills a process after `count` lines; answers what it had acknowledged.
fn kill_after(mut process: Child, count: usize) -> Vec<(u64, Sequence)> {
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut said: Vec<String> = Vec::new();
    while said.iter().filter_map(|line| acknowledged(line)).count() < count {
        said.push(lines.next().unwrap().unwrap());
    }
    process.kill().unwrap();
    said.extend(lines.map_while(Result::ok));
    process.wait().unwrap();
    said.iter().filter_map(|line| acknowledged(line)).collect()
}

#[test]
fn what_a_killed_process_has_acknowledged_holds() {
    let rounds = match env::var_os("INKFISH_TEST_LONG") {
        Some(_) => LONG_ROUNDS,
        None => ROUNDS,
    };
    let dir = tempfile::tempdir().unwrap();
    let running = open(dir.path());
    let mut all = Vec::new();
    for round in 0..rounds {
        let process = child(&[], "purges_until_it_is_killed", dir.path())
            .spawn()
            .unwrap();
        // A different moment each time, the same in every run.
        all.extend(kill_after(process, 1 + (round * 7919 % 13) as usize));
        running.refresh().unwrap();
        let opened = open(dir.path());
        for purges in [&running, &opened] {
            assert!(
                all.iter()
                    .all(|(scope, number)| hard(purges, *scope) == *number)
            );
            assert_eq!(purges.floor(&[]), Floor::default(), "round {round}");
        }
        all.push((round, opened.add(&[of(round, HARD)]).unwrap()));
    }
    assert_eq!(running.usage().losses, 0);
}

#[test]
fn a_full_disk_purges_nothing_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    // A limit on the length of files stands in for the disk: 8 blocks of 512 bytes.
    let limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""];
    let output = child(&limited, "purges_until_the_disk_is_full", dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let refusal = said.split("refused ").nth(1).expect(&said);
    let mut words = refusal.split_whitespace();
    let count: u64 = words.next().unwrap().parse().unwrap();
    let newest = Sequence(words.next().unwrap().parse().unwrap());
    assert!(refusal.contains("cannot write"), "{refusal}");
    let purges = open(dir.path());
    assert_eq!(
        (purges.newest(), hard(&purges, count - 1)),
        (newest, newest)
    );
    assert_eq!(hard(&purges, count), Sequence(0));
    assert!(purges.add(&[of(count, HARD)]).unwrap() > newest);
}

/// The calls of the system that matter, in order; a line each.
fn calls_of(test: &str, dir: &Path) -> Vec<String> {
    let trace = dir.join("trace");
    let calls = "trace=write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,ftruncate";
    let traced = [
        "strace",
        "-f",
        "-y",
        "-s",
        "200",
        "-e",
        calls,
        "-o",
        trace.to_str().unwrap(),
    ];
    let output = child(&traced, test, &dir.join("purges"))
        .output()
        .expect("strace is there: `make setup-test` installs it");
    assert!(output.status.success());
    let text = fs::read_to_string(trace).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_purge_is_synced_before_it_is_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let calls = calls_of("purges_three_times", dir.path());
    let log = format!("{}/purges/log>", dir.path().display());
    let mut unsynced = 0;
    let mut acknowledged = 0;
    for call in &calls {
        if call.contains(&log) && call.contains("pwrite64(") {
            unsynced += 1;
        } else if call.contains(&log) && call.contains("fdatasync(") {
            unsynced = 0;
        } else if call.contains("acknowledged") {
            acknowledged += 1;
            assert_eq!(unsynced, 0, "{calls:#?}");
        }
    }
    assert_eq!(acknowledged, 3, "{calls:#?}");
}

#[test]
fn a_new_log_is_synced_before_its_name_and_its_folders_before_anything_is_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let calls = calls_of("purges_three_times", dir.path());
    let root = dir.path().display();
    let expected = [
        "/purges/log.new>".to_owned(),
        "fsync(".to_owned(),
        "rename".to_owned(),
        format!("{root}/purges>)"),
        format!("{root}>)"),
        "acknowledged".to_owned(),
    ];
    let mut left = expected.iter();
    let mut next = left.next();
    for call in &calls {
        if next.is_some_and(|part| call.contains(part)) {
            next = left.next();
        }
    }
    assert_eq!(next, None, "{calls:#?}");
}
