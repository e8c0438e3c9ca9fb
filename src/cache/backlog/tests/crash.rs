//! Processes that are killed while they queue and work.

use super::*;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

const FOLDER: &str = "INKFISH_TEST_BACKLOG";
const ROUNDS: usize = 25;
const SOURCES: [&[u8]; 3] = [SOURCE, b"another source", b"and one more"];

#[test]
#[ignore = "run by another test, as a process of its own"]
fn queues_and_works_until_it_is_killed() {
    let backlog = open(Path::new(&env::var(FOLDER).unwrap()));
    for step in 0_usize.. {
        let number = (step % 40) as u8;
        if let Ok(place) = reserve(&backlog, number, SOURCES[step % 3]) {
            place.fill(Bytes::from_static(SOURCES[step % 3])).unwrap();
        }
        if step % 2 == 0
            && let Some(job) = take(&backlog)
        {
            check(&backlog, &job);
            backlog.done(&job);
        }
        let mut out = std::io::stdout().lock();
        out.write_all(b"stepped\n").unwrap();
    }
}

/// A job is whole, whoever wrote it, and so is its source.
fn check(backlog: &Backlog, job: &Job) {
    let number = job.key.as_bytes()[0];
    assert_eq!(job.payload, format!("job {number}").as_bytes());
    assert!(job.attempts <= MAX_ATTEMPTS);
    let source = backlog.source(&job.source).unwrap();
    assert_eq!(source.map(|source| digest(&source)), Some(job.source));
}

#[test]
fn whenever_a_process_is_killed_the_next_finds_whole_jobs_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (_, module) = module_path!().split_once("::").unwrap();
    let test = format!("{module}::queues_and_works_until_it_is_killed");
    for round in 0..ROUNDS {
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["--exact", &test, "--ignored", "--nocapture"])
            .env(FOLDER, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut steps =
            lines.filter(|line| line.as_ref().is_ok_and(|line| line.contains("stepped")));
        // A different moment each time, the same in every run.
        let count = 1 + round * 7919 % 53;
        assert_eq!(steps.by_ref().take(count).count(), count, "round {round}");
        process.kill().unwrap();
        process.wait().unwrap();
        drop(open(dir.path()));
        let known: Vec<String> = SOURCES.map(|source| hex::encode(digest(source))).into();
        for name in files(dir.path()) {
            assert!(name.len() == 66 || known.contains(&name), "{name}");
        }
    }
    let backlog = open(dir.path());
    while let Some(job) = take(&backlog) {
        check(&backlog, &job);
        backlog.done(&job);
    }
    assert!(files(dir.path()).is_empty());
}
