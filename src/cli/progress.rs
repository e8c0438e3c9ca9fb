//! A bar on standard error, where that is a terminal.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicU64, Ordering};

/// Characters of a full bar.
const BAR: usize = 40;

/// How far something has come, as one sees it.
pub(super) struct Progress {
    is_shown: bool,
    /// What was shown last, so that each step is drawn once.
    done: AtomicU64,
}

impl Progress {
    /// A bar that has not been drawn yet.
    pub(super) fn new() -> Self {
        Self {
            is_shown: io::stderr().is_terminal(),
            done: AtomicU64::new(u64::MAX),
        }
    }

    /// Draws how much of `all` is done.
    pub(super) fn show(&self, done: u64, all: u64) {
        if self.is_shown && self.done.swap(done, Ordering::Relaxed) != done {
            eprint!("\r{} {done} of {all}", bar(done, all));
        }
    }

    /// Goes on to the next line.
    pub(super) fn end(&self) {
        if self.is_shown {
            eprintln!();
        }
    }
}

fn bar(done: u64, all: u64) -> String {
    let done = done.min(all);
    let percent = done * 100 / all.max(1);
    let full = (done * BAR as u64 / all.max(1)) as usize;
    let left = BAR - full;
    format!("[{}{}] {percent:3} %", "#".repeat(full), " ".repeat(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_fills_up() {
        assert_eq!(bar(0, 0), format!("[{}]   0 %", " ".repeat(40)));
        assert_eq!(
            bar(1, 2),
            format!("[{}{}]  50 %", "#".repeat(20), " ".repeat(20))
        );
        assert_eq!(bar(9, 4), format!("[{}] 100 %", "#".repeat(40)));
    }
}
