//! Filling a server from access logs: what is asked for, in which order, and what is told of it.

use std::io::Write;
use std::process::Output;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::NamedTempFile;

use crate::support::{Origin, PICTURE, Process, begin, picture, run};

const SMALL: &str = "rs:fit:24:24";
const OTHER: &str = "rs:fit:16:16";
const UNSIGNED: [(&str, &str); 1] = [("INKFISH_ALLOW_UNSIGNED", "true")];
const FAST: [&str; 2] = ["--rate", "100000"];

/// A log in the combined format.
fn log(paths: &[&str]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    for path in paths {
        writeln!(
            file,
            "192.0.2.7 - - [23/Nov/2026:02:24:01 +0000] \"GET {path} HTTP/1.1\" 200 9 \"-\" \"curl/8\""
        )
        .unwrap();
    }
    file
}

fn warm(process: &Process, log: &NamedTempFile, more: &[&str]) -> Output {
    let (path, address) = (log.path().to_str().unwrap(), process.address().to_string());
    let own = ["warm", path, "--to", &address];
    run(&[&own, &FAST[..], more].concat(), &UNSIGNED)
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[track_caller]
fn assert_told(output: &Output, lines: &[&str]) {
    let text = text(output);
    for line in lines {
        assert!(
            text.lines().any(|told| told == *line),
            "{line:?} in {text}; {output:?}"
        );
    }
}

#[test]
fn what_a_log_names_is_made_once_and_held_from_then_on() {
    let origin = Origin::with_picture();
    let process = Process::serve(&[]);
    let (small, other) = (origin.asking(SMALL), origin.asking(OTHER));
    let log = log(&[&small, &other, &small, "/health", "/unsafe/nonsense"]);
    let output = warm(&process, &log, &[]);
    assert!(output.status.success(), "{output:?}");
    let counts = [
        "lines: 5",
        "passed over: 2",
        "paths: 2",
        "asked: 2",
        "already held: 0",
        "made: 2",
        "failed: 0",
    ];
    assert_told(&output, &counts);
    assert!(output.stderr.is_empty(), "no bar where nobody looks");
    let output = warm(&process, &log, &["--concurrency", "8"]);
    let counts = [
        "asked: 2",
        "already held: 2",
        "made: 0",
        "  hit; detail=hit_memory: 2",
    ];
    assert_told(&output, &counts);
    process.get(&small).image();
    assert_eq!(origin.hits(PICTURE), 1, "one download for both sizes");
}

#[test]
fn what_is_asked_for_most_comes_first_unless_told_otherwise() {
    let origin = Origin::with_picture();
    let (small, other) = (origin.asking(SMALL), origin.asking(OTHER));
    let log = log(&[&small, &other, &other]);
    for (more, first) in [(&[][..], &other), (&["--in-order"], &small)] {
        let process = Process::serve(&[]);
        let output = warm(&process, &log, &[&["--limit", "1"], more].concat());
        assert_told(&output, &["paths: 2", "asked: 1", "made: 1"]);
        let line = process.out.wait_for("miss");
        let options = first.split('/').nth(2).unwrap();
        assert!(line.contains(options), "{line}");
    }
}

#[test]
fn a_log_of_our_own_warms_another_server_with_the_same_keys() {
    let origin = Origin::with_picture();
    for format in ["json", "pretty"] {
        let keys = [
            ("INKFISH_ALLOW_UNSIGNED", "false"),
            ("INKFISH_KEY", "736563726574"),
            ("INKFISH_SALT", "68656c6c6f"),
            ("INKFISH_LOG_FORMAT", format),
        ];
        let [first, second] = [(); 2].map(|()| Process::serve(&keys));
        let unsigned = format!("/{SMALL}/plain/{}", origin.url(PICTURE));
        let signed = run(&["sign", &unsigned], &keys);
        let path = String::from_utf8(signed.stdout).unwrap();
        first.get(path.trim()).image();
        first.out.wait_for(SMALL);
        let mut warming = begin(&["warm", "-", "--to", &second.address().to_string()], &keys);
        let mut input = warming.stdin.take().unwrap();
        input.write_all(first.out.text().as_bytes()).unwrap();
        drop(input);
        let output = warming.wait_with_output().unwrap();
        assert_told(&output, &["lines: 1", "made: 1", "failed: 0"]);
    }
}

#[test]
fn each_accept_header_is_another_request() {
    let origin = Origin::with_picture();
    let process = Process::serve(&[("INKFISH_AUTO_WEBP", "true")]);
    let log = log(&[&origin.asking(SMALL)]);
    let output = warm(
        &process,
        &log,
        &["--accept", "image/webp", "--accept", "image/png"],
    );
    assert_told(&output, &["paths: 1", "asked: 2", "made: 2"]);
    let output = warm(&process, &log, &[]);
    assert_told(&output, &["asked: 1", "already held: 1"]);
}

#[test]
fn long_bodies_are_read_and_dropped() {
    let origin = Origin::with_picture();
    let process = Process::serve(&[]);
    let log = log(&[&origin.asking("rs:fill:1200:1200/el:1/f:bmp")]);
    let output = warm(&process, &log, &[]);
    assert_told(&output, &["made: 1", "failed: 0"]);
    let text = text(&output);
    let bytes = text.lines().find_map(|line| line.strip_prefix("bytes: "));
    assert!(bytes.unwrap().parse::<u64>().unwrap() > 4_000_000, "{text}");
}

#[test]
fn failures_are_counted_by_status_and_told_by_the_exit_code() {
    let origin = Origin::with_picture();
    let process = Process::serve(&[]);
    let missing = origin.asking_for("/missing.jpg", SMALL);
    let log = log(&[&missing, &origin.asking(SMALL)]);
    let output = warm(&process, &log, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_told(
        &output,
        &["asked: 2", "made: 1", "failed: 1", "  status 404: 1"],
    );
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let paths: Vec<String> = (1..50)
        .map(|size| format!("/-/w:{size}/plain/http://a.example/b"))
        .collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let log = log(&paths);
    let own = ["warm", log.path().to_str().unwrap(), "--to", "127.0.0.1:1"];
    let output = run(&[&own, &FAST[..]].concat(), &UNSIGNED);
    assert_eq!(output.status.code(), Some(1));
    assert_told(
        &output,
        &["paths: 49", "asked: 10", "failed: 10", "  no answer: 10"],
    );
    let reason = String::from_utf8(output.stderr).unwrap();
    assert!(reason.contains("cannot ask 127.0.0.1:1"), "{reason}");
}

#[test]
fn an_interrupt_ends_it_with_the_summary() {
    let origin = Origin::start();
    let gate = origin.gated("/slow.jpg", picture());
    let process = Process::serve(&[]);
    let slow = origin.asking_for("/slow.jpg", SMALL);
    let log = log(&[&slow, &origin.asking(SMALL)]);
    let address = process.address().to_string();
    let own = ["warm", log.path().to_str().unwrap(), "--to", &address];
    let warming = begin(&[&own, &["--concurrency", "1"][..]].concat(), &UNSIGNED);
    gate.wait_for(1);
    kill_process(Pid::from_child(&warming), Signal::INT).unwrap();
    let output = warming.wait_with_output().unwrap();
    gate.open();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_told(&output, &["paths: 2", "asked: 0", "it was interrupted"]);
}

#[test]
fn logs_that_cannot_be_read_and_nonsense_are_refused() {
    let output = run(&["warm", "/nowhere/log"], &UNSIGNED);
    assert_eq!(output.status.code(), Some(1));
    let reason = String::from_utf8(output.stderr).unwrap();
    assert!(reason.contains("cannot read /nowhere/log"), "{reason}");
    for nonsense in [
        &["warm"][..],
        &["warm", "-", "--rate", "0"],
        &["warm", "-", "--concurrency", "0"],
        &["warm", "-", "--accept", "a\nb"],
    ] {
        assert_eq!(
            run(nonsense, &UNSIGNED).status.code(),
            Some(2),
            "{nonsense:?}"
        );
    }
}
