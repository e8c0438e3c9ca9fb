//! The program itself, as a child process.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

use super::{Connection, PATIENCE, Reply};

/// Settings of every child that serves, unless the test says otherwise.
const SETTINGS: [(&str, &str); 7] = [
    ("INKFISH_REFINE", "off"),
    ("INKFISH_BIND", "127.0.0.1:0"),
    ("INKFISH_ADMIN_BIND", "127.0.0.1:0"),
    ("INKFISH_ALLOW_UNSIGNED", "true"),
    ("INKFISH_ALLOW_LOOPBACK_SOURCE_ADDRESSES", "true"),
    ("INKFISH_WORKERS", "1"),
    ("INKFISH_SERVER_THREADS", "1"),
];

/// The command with these arguments and no variables but these.
fn command(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
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

/// Starts a command that reads what it is given; what it writes is for who waits for it.
pub(crate) fn begin(arguments: &[&str], variables: &[(&str, &str)]) -> Child {
    command(arguments, variables)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
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
        Self::wait_for(command(&["serve"], &SETTINGS), variables)
    }

    /// The same, of a child for which [`Process::limit_files`] makes errors and no signals.
    #[track_caller]
    pub(crate) fn serve_limited(variables: &[(&str, &str)]) -> Self {
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", "trap '' XFSZ; exec \"$0\" serve"])
            .arg(env!("CARGO_BIN_EXE_inkfish"))
            .env_clear()
            .envs(SETTINGS)
            .stdin(Stdio::null());
        Self::wait_for(shell, variables)
    }

    /// The same, of a child that is handed over `socket` as the service manager does it.
    #[track_caller]
    pub(crate) fn serve_on(socket: &TcpListener) -> Self {
        let mut shell = Command::new("/bin/sh");
        let script = "exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$0\" serve";
        shell
            .args(["-c", script])
            .arg(env!("CARGO_BIN_EXE_inkfish"))
            .env_clear()
            .envs(SETTINGS)
            .stdin(OwnedFd::from(socket.try_clone().unwrap()));
        Self::wait_for(shell, &[])
    }

    #[track_caller]
    fn wait_for(mut command: Command, variables: &[(&str, &str)]) -> Self {
        let mut child = command
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

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn admin_address(&self) -> SocketAddr {
        self.admin_address
    }

    pub(crate) fn get(&self, target: &str) -> Reply {
        Connection::open(self.address).request("GET", target, &[])
    }

    /// An answer of the admin address.
    pub(crate) fn admin(&self, target: &str) -> Reply {
        Connection::open(self.admin_address).request("GET", target, &[])
    }

    /// What the admin address says to an order to purge.
    pub(crate) fn order(&self, token: &str, order: &str) -> Reply {
        Connection::open(self.admin_address).order("/purge", token, order)
    }

    /// Lets no file grow past so many bytes from now on, as if the disk were full; `None` lifts that.
    pub(crate) fn limit_files(&self, bytes: Option<u64>) {
        let limit = Rlimit {
            current: bytes,
            maximum: None,
        };
        prlimit(Some(Pid::from_child(&self.child)), Resource::Fsize, limit).unwrap();
    }

    /// Sends SIGHUP; what comes of it is told in the log.
    pub(crate) fn hang_up(&self) {
        kill_process(Pid::from_child(&self.child), Signal::HUP).unwrap();
    }

    /// Sends SIGTERM and waits for the end, and for all that was written before it.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        self.out.wait_for_end();
        self.log.wait_for_end();
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
pub(crate) struct Lines(Arc<(Mutex<Written>, Condvar)>);

#[derive(Default)]
struct Written {
    lines: Vec<String>,
    is_all: bool,
}

impl Lines {
    fn of(stream: impl Read + Send + 'static) -> Self {
        let lines = Self::default();
        let writer = lines.clone();
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                writer.change(|written| written.lines.push(line));
            }
            writer.change(|written| written.is_all = true);
        });
        lines
    }

    /// The first line that holds `text`, as soon as it is there.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) -> String {
        let find = |written: &Written| {
            let mut lines = written.lines.iter();
            lines.find(|line| line.contains(text)).cloned()
        };
        self.wait_until(|written| find(written).is_some() || written.is_all);
        let written = self.0.0.lock().unwrap();
        find(&written).unwrap_or_else(|| panic!("no line with {text:?} in {:#?}", written.lines))
    }

    /// All of them, one after the other.
    pub(crate) fn text(&self) -> String {
        self.0.0.lock().unwrap().lines.join("\n")
    }

    fn wait_for_end(&self) {
        self.wait_until(|written| written.is_all);
    }

    fn wait_until(&self, holds: impl Fn(&Written) -> bool) {
        let (written, changed) = &*self.0;
        drop(
            changed
                .wait_timeout_while(written.lock().unwrap(), PATIENCE, |written| !holds(written))
                .unwrap(),
        );
    }

    fn change(&self, change: impl FnOnce(&mut Written)) {
        change(&mut self.0.0.lock().unwrap());
        self.0.1.notify_all();
    }
}
