//! The program itself, as a child process.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use super::{Connection, PATIENCE, Reply};

/// Settings of every child that serves, unless the test says otherwise.
const SETTINGS: [(&str, &str); 6] = [
    ("INKFISH_BIND", "127.0.0.1:0"),
    ("INKFISH_ADMIN_BIND", "127.0.0.1:0"),
    ("INKFISH_ALLOW_UNSIGNED", "true"),
    ("INKFISH_ALLOW_LOOPBACK_SOURCE_ADDRESSES", "true"),
    ("INKFISH_WORKERS", "1"),
    ("INKFISH_SERVER_THREADS", "1"),
];

/// The command with these arguments and no variables but these.
pub(crate) fn command(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inkfish"));
    command
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    command(arguments, variables).output().unwrap()
}

/// A child that serves; it is killed when this is dropped.
pub(crate) struct Process {
    child: Child,
    address: SocketAddr,
    admin_address: SocketAddr,
    /// What it writes to standard output: the access log.
    pub(crate) out: Lines,
    /// What it writes to standard error: the log.
    pub(crate) log: Lines,
}

impl Process {
    /// Starts `inkfish serve` with these variables over those of every child, and waits until it serves.
    #[track_caller]
    pub(crate) fn serve(variables: &[(&str, &str)]) -> Self {
        let mut child = command(&["serve"], &SETTINGS)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = Lines::of(child.stdout.take().unwrap());
        let log = Lines::of(child.stderr.take().unwrap());
        let serving = log.wait_for("serving");
        let mut addresses = serving
            .split(|character: char| !matches!(character, '0'..='9' | '.' | ':'))
            .filter_map(|word| word.parse().ok());
        Self {
            address: addresses.next().unwrap(),
            admin_address: addresses.next().unwrap(),
            child,
            out,
            log,
        }
    }

    pub(crate) fn get(&self, target: &str) -> Reply {
        Connection::open(self.address).request("GET", target, &[])
    }

    /// An answer of the admin address.
    pub(crate) fn admin(&self, target: &str) -> Reply {
        Connection::open(self.admin_address).request("GET", target, &[])
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines that a child has written so far.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<(Mutex<Vec<String>>, Condvar)>);

impl Lines {
    fn of(stream: impl Read + Send + 'static) -> Self {
        let lines = Self::default();
        let writer = lines.clone();
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                writer.0.0.lock().unwrap().push(line);
                writer.0.1.notify_all();
            }
        });
        lines
    }

    /// The first line that holds `text`, as soon as it is there.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) -> String {
        let (lines, changed) = &*self.0;
        let find = |lines: &Vec<String>| lines.iter().find(|line| line.contains(text)).cloned();
        let (lines, _) = changed
            .wait_timeout_while(lines.lock().unwrap(), PATIENCE, |lines| {
                find(lines).is_none()
            })
            .unwrap();
        find(&lines).unwrap_or_else(|| panic!("no line with {text:?} in {lines:#?}"))
    }

    /// All of them, one after the other.
    pub(crate) fn text(&self) -> String {
        self.0.0.lock().unwrap().join("\n")
    }
}
