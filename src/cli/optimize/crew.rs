//! The threads that work on files, the memory that they share, and how they are interrupted.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, RwLock};
use std::thread;
use std::time::Duration;

use anyhow::ensure;
use tokio::signal::unix::{SignalKind, signal};

use super::found::Item;
use super::one::{Limits, Outcome, Row, Work};
use crate::cli::progress::Progress;

/// What there is for pixels where the machine does not tell its memory.
const USUAL_BYTES: u64 = 4 << 30;

/// How the work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Done,
    Interrupted,
}

/// Threads at work on files.
pub(super) struct Crew {
    shared: Arc<Shared>,
    events: Receiver<Event>,
}

struct Shared {
    work: Work,
    items: Vec<Item>,
    next: AtomicUsize,
    limits: Limits,
}

enum Event {
    /// What came of the file of this number.
    Row(usize, Row),
    /// A signal came, and no file is being put in its place any more.
    Interrupted,
}

impl Crew {
    /// Sets so many threads to work.
    ///
    /// # Errors
    /// Signals that cannot be listened to, and threads that cannot be started.
    pub(super) fn start(jobs: usize, work: Work, items: Vec<Item>) -> anyhow::Result<Self> {
        let jobs = jobs.min(items.len()).max(1);
        let shared = Arc::new(Shared {
            work,
            items,
            next: AtomicUsize::new(0),
            limits: Limits {
                room: Room::of(memory_bytes() / 4 * 3),
                placing: RwLock::new(()),
            },
        });
        let (sender, events) = mpsc::channel();
        listen(Arc::clone(&shared), sender.clone())?;
        for _ in 0..jobs {
            let (shared, sender) = (Arc::clone(&shared), sender.clone());
            thread::Builder::new().spawn(move || shared.work_on(&sender))?;
        }
        Ok(Self { shared, events })
    }

    /// Waits for the end, and answers what came of each file, in their order. The threads of an interrupted crew end
    /// with the process.
    pub(super) fn rows(self, progress: &Progress) -> (Vec<Row>, End) {
        let all = self.shared.items.len();
        let unfinished = |item: &Item| Row {
            file: item.source.clone(),
            outcome: Outcome::Unfinished,
            took: Duration::ZERO,
        };
        let mut rows: Vec<Row> = self.shared.items.iter().map(unfinished).collect();
        for done in 0..all {
            progress.show(done as u64, all as u64);
            match self.events.recv() {
                Ok(Event::Row(index, row)) => rows[index] = row,
                Ok(Event::Interrupted) | Err(_) => return (rows, End::Interrupted),
            }
        }
        progress.show(all as u64, all as u64);
        (rows, End::Done)
    }
}

impl Shared {
    /// Works on files until there are no more, or nobody wants to know.
    fn work_on(&self, sender: &Sender<Event>) {
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = self.items.get(index) else {
                return;
            };
            let row = self.work.row(item, &self.limits);
            if sender.send(Event::Row(index, row)).is_err() {
                return;
            }
        }
    }
}

/// Has a thread wait for SIGINT or SIGTERM. When one comes, it lets files that are being put in their places get there,
/// and no others after them.
fn listen(shared: Arc<Shared>, sender: Sender<Event>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (mut interrupted, mut terminated) = {
        let _entered = runtime.enter();
        (
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        )
    };
    thread::Builder::new().spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupted.recv() => {}
                _ = terminated.recv() => {}
            }
        });
        let placing = &shared.limits.placing;
        let _held = placing.write().unwrap_or_else(|held| held.into_inner());
        // Nobody waits where all is done.
        let _ = sender.send(Event::Interrupted);
        loop {
            thread::park();
        }
    })?;
    Ok(())
}

/// Memory that is shared by reservation.
#[derive(Debug)]
pub(super) struct Room {
    all: u64,
    free: Mutex<u64>,
    freed: Condvar,
}

/// A reservation, until it is dropped.
#[derive(Debug)]
pub(super) struct Reserved<'a> {
    room: &'a Room,
    bytes: u64,
}

impl Room {
    pub(super) fn of(bytes: u64) -> Self {
        Self {
            all: bytes,
            free: Mutex::new(bytes),
            freed: Condvar::new(),
        }
    }

    /// Waits until there is room for so many bytes.
    ///
    /// # Errors
    /// More than there ever is.
    pub(super) fn take(&self, bytes: u64) -> anyhow::Result<Reserved<'_>> {
        let (needed, all) = (bytes >> 20, self.all >> 20);
        ensure!(
            bytes <= self.all,
            "it may take {needed} MiB of memory, and there are {all}"
        );
        let free = self.free();
        let lacks = |free: &mut u64| *free < bytes;
        let waited = self.freed.wait_while(free, lacks);
        let mut free = waited.unwrap_or_else(|held| held.into_inner());
        *free -= bytes;
        Ok(Reserved { room: self, bytes })
    }

    fn free(&self) -> MutexGuard<'_, u64> {
        self.free.lock().unwrap_or_else(|held| held.into_inner())
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        *self.room.free() += self.bytes;
        self.room.freed.notify_all();
    }
}

/// The memory that the machine can give.
fn memory_bytes() -> u64 {
    let told = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    available_bytes(&told).unwrap_or(USUAL_BYTES)
}

fn available_bytes(meminfo: &str) -> Option<u64> {
    let mut lines = meminfo.lines();
    let line = lines.find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib = line.trim().strip_suffix("kB")?.trim();
    kib.parse::<u64>().ok()?.checked_mul(1 << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_given_out_and_comes_back() {
        let room = Room::of(100);
        assert!(room.take(101).is_err());
        let one = room.take(60).unwrap();
        thread::scope(|scope| {
            let other = scope.spawn(|| room.take(60).map(drop).is_ok());
            drop(one);
            assert!(other.join().unwrap());
        });
        drop(room.take(100).unwrap());
    }

    #[test]
    fn what_the_machine_has_is_read_of_its_report() {
        let report = "MemTotal:       4043780 kB\nMemAvailable:   2043780 kB\n";
        assert_eq!(available_bytes(report), Some(2_043_780 << 10));
        assert_eq!(available_bytes("MemTotal: 1 kB"), None);
    }
}
