//! Redis as a child process, which a test kills and starts again.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{PATIENCE, eventually};

/// A Redis that syncs every write, on a port and in a folder of its own.
pub(crate) struct Redis {
    address: SocketAddr,
    folder: TempDir,
    arguments: Vec<String>,
    child: Child,
}

impl Redis {
    pub(crate) fn start() -> Self {
        Self::with(Vec::new())
    }

    /// One that follows `master`.
    pub(crate) fn replica_of(master: &Self) -> Self {
        let address = master.address;
        let (ip, port) = (address.ip().to_string(), address.port().to_string());
        let replica = Self::with(vec!["--replicaof".into(), ip, port]);
        eventually("the replica confirms", || {
            master.ask("SET probe 1\r\nWAIT 1 100").contains(":1")
        });
        replica
    }

    fn with(arguments: Vec<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Nobody else is given the port so soon after.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let child = spawn(address, &folder, &arguments);
        let redis = Self {
            address,
            folder,
            arguments,
            child,
        };
        redis.wait_until_it_answers();
        redis
    }

    /// As `REDIS_URL` names it.
    pub(crate) fn url(&self) -> String {
        format!("redis://{}/0", self.address)
    }

    /// Ends it without a word.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it where it was, with what it had.
    pub(crate) fn restart(&mut self) {
        self.child = spawn(self.address, &self.folder, &self.arguments);
        self.wait_until_it_answers();
    }

    /// Leaves its connections open and answers nothing more.
    pub(crate) fn freeze(&self) {
        kill_process(Pid::from_child(&self.child), Signal::STOP).unwrap();
    }

    /// The first line that it answers to a command, and the rest of a longer answer.
    pub(crate) fn ask(&self, command: &str) -> String {
        self.try_ask(command).expect("Redis answers")
    }

    fn try_ask(&self, command: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream
            .write_all(format!("{command}\r\nQUIT\r\n").as_bytes())
            .ok()?;
        let lines = BufReader::new(stream).lines().map_while(Result::ok);
        Some(lines.collect::<Vec<_>>().join("\n"))
    }

    fn wait_until_it_answers(&self) {
        eventually("Redis answers", || {
            self.try_ask("PING")
                .is_some_and(|answer| answer.starts_with("+PONG"))
        });
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // A test may have ended it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(address: SocketAddr, folder: &TempDir, arguments: &[String]) -> Child {
    Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--port", &address.port().to_string()])
        .args(["--dir", folder.path().to_str().unwrap()])
        .args([
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            "--save",
            "",
        ])
        .args(["--repl-diskless-sync-delay", "0"])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server is installed: `make test` does it")
}
