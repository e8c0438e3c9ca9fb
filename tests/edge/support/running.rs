//! A program that runs on a machine.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use rustix::process::{Pid, Signal, kill_process};

use super::eventually;

/// It is killed, with all its processes, when this is dropped.
pub(crate) struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts what [`Machine::command`](super::Machine::command) has made; what it writes goes to the file `log`.
    pub(crate) fn start(mut command: Command, log: &Path) -> Self {
        let file = File::options().create(true).append(true).open(log).unwrap();
        let child = command
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        Self {
            child,
            log: log.to_owned(),
        }
    }

    /// Ends all its processes at once, without a word.
    pub(crate) fn kill(&mut self) {
        self.end();
    }

    /// The process of the program itself.
    pub(crate) fn program(&self) -> Pid {
        descendants(self.child.id())[0]
    }

    /// Asks it to end and waits until it has.
    pub(crate) fn terminate(mut self, signal: Signal) {
        self.signal(signal);
        let told = self.log();
        eventually(&format!("it ends by {signal:?}: {told}"), || {
            self.child.try_wait().unwrap().is_some()
        });
    }

    /// Stops or continues all its processes where they are.
    pub(crate) fn signal_all(&self, signal: Signal) {
        for process in descendants(self.child.id()) {
            // It may have ended meanwhile.
            let _ = kill_process(process, signal);
        }
    }

    /// Sends a signal to the program itself.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.program(), signal).unwrap();
    }

    /// The processes that the program has made and that still run.
    pub(crate) fn workers(&self) -> Vec<Pid> {
        let mut processes = descendants(self.child.id());
        processes.remove(0);
        processes.retain(|process| !has_ended(*process));
        processes
    }

    /// What it has written.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn end(&mut self) {
        let processes = descendants(self.child.id());
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        // The first of them takes the others along, of which who waits for the command around them is not told.
        eventually("killed processes are gone", || {
            processes.iter().copied().all(has_ended)
        });
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// The processes below one, the first of them first.
fn descendants(parent: u32) -> Vec<Pid> {
    let mut found: Vec<u32> = children(parent);
    let mut next = 0;
    while next < found.len() {
        found.extend(children(found[next]));
        next += 1;
    }
    found
        .into_iter()
        .filter_map(|process| Pid::from_raw(i32::try_from(process).ok()?))
        .collect()
}

/// Whether a process is gone, or waits for nothing but to be counted.
fn has_ended(process: Pid) -> bool {
    let folder = format!("/proc/{}", process.as_raw_nonzero());
    let stat = fs::read_to_string(format!("{folder}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").map(|(_, state)| state);
    // Its first thread may be done before the others, which keep its sockets open.
    let threads = fs::read_dir(format!("{folder}/task")).map_or(0, Iterator::count);
    state.is_none_or(|state| state.starts_with('Z') && threads <= 1)
}

fn children(parent: u32) -> Vec<u32> {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let list = fs::read_to_string(path).unwrap_or_default();
    list.split_whitespace()
        .filter_map(|process| process.parse().ok())
        .collect()
}
